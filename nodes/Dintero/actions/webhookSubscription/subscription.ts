import type { IDataObject } from 'n8n-workflow';

import { segment } from '../../transport/client';
import type { Item } from '../operation';
import { text, withoutMissing } from '../output';
import { readUuid } from '../readers';

/** What the operations on webhook subscriptions share. */

export const SUBSCRIPTIONS = 'hooks/subscriptions';

/** @throws InvalidInput */
export function readSubscriptionId(item: Item): string {
	return readUuid(item, 'subscriptionId', 'Subscription', 'choose it from the list');
}

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
 * Dintero's subscription as it is, but without the secret itself: whether Dintero shows it is not documented, and what
 * a node returns is kept with the execution.
 */
export function withoutSecret(subscription: IDataObject): IDataObject {
	const config = subscription.config as IDataObject | undefined;
	const secret = config?.secret;
	if (secret === undefined) return subscription;
	const { type } = (typeof secret === 'object' ? secret : {}) as IDataObject;
	return { ...subscription, config: { ...config, secret: { type } } };
}
