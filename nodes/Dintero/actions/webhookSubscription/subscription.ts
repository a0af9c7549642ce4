import type { IDataObject } from 'n8n-workflow';

import { segment } from '../../transport/client';
import { text, withoutMissing } from '../output';

/** What the operations on webhook subscriptions share. */

export const SUBSCRIPTIONS = 'hooks/subscriptions';

export function subscriptionPath(id: string): string {
	return `${SUBSCRIPTIONS}/${segment(id) ?? ''}`;
}

/** A subscription in ten fields. */
export function simpleSubscription(subscription: IDataObject): IDataObject {
	const config = (subscription.config ?? {}) as IDataObject;
	return withoutMissing({
		subscriptionId: text(subscription.id),
		url: text(config.url),
		events: subscription.events,
		active: subscription.active,
		secretType: text((config.secret as IDataObject | undefined)?.type) ?? 'none',
		fields: text(subscription.fields),
		excludeFields: subscription.exclude_fields,
		createdAt: text(subscription.created_at),
		updatedAt: text(subscription.updated_at),
		deletedAt: text(subscription.deleted_at),
	});
}

/**
 * A subscription without the secret itself. Dintero does not document whether it returns the secret, and n8n stores a
 * node's output with the execution.
 */
export function redactedSubscription(subscription: IDataObject): IDataObject {
	const config = subscription.config as IDataObject | undefined;
	const secret = config?.secret;
	if (secret === undefined) return subscription;
	const { type } = (typeof secret === 'object' ? secret : {}) as IDataObject;
	return { ...subscription, config: { ...config, secret: { type } } };
}
