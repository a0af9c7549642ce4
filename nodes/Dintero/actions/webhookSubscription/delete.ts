import type { IDataObject } from 'n8n-workflow';

import { attempt } from '../../transport/attempt';
import { failureOf } from '../../transport/failure';
import { operationError } from '../../transport/operationError';
import { subscriptionField } from '../fields';
import { operation } from '../operation';
import { PACE_OPTIONS, WRITE_OPTIONS, optionsCollection } from '../runOptions';
import { readSubscriptionId, subscriptionPath } from './subscription';

export const deleteSubscription = operation<{ id: string }>({
	resource: 'webhookSubscription',
	value: 'delete',
	name: 'Delete',
	action: 'Delete webhook subscription',
	description: 'End a subscription; Dintero sends nothing more to its address',
	effect: 'write',
	fields: [subscriptionField, optionsCollection([...PACE_OPTIONS, ...WRITE_OPTIONS])],

	prepare: (item) => ({ id: readSubscriptionId(item) }),

	async run({ id }, dintero) {
		// Read first: a 404 after this means that a first try, whose answer was lost, has deleted it.
		const { deleted_at } = (await dintero.get(subscriptionPath(id))) as IDataObject;
		if (deleted_at)
			throw operationError(
				dintero.node,
				`The webhook subscription '${id}' was deleted before`,
				`Dintero says it was deleted at ${String(deleted_at)}.`,
			);
		const { problem } = await attempt(dintero.delete(subscriptionPath(id)));
		if (problem !== undefined && failureOf(problem)?.status !== 404) throw problem;
		return { json: { deleted: true } };
	},
});
