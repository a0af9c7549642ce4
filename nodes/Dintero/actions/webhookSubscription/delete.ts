import { unsubscribe } from '../../exactlyOnce/subscribe';
import { operationError } from '../../transport/operationError';
import { options } from '../../fields/collection';
import { subscription } from '../../fields/locator';
import { writeOptions } from '../../fields/runOptions';
import { operation } from '../operation';
import { subscriptionPath } from './subscription';

const fields = { id: subscription, options: options(writeOptions) };

export const deleteSubscription = operation<typeof fields, { id: string }>({
	resource: 'webhookSubscription',
	value: 'delete',
	name: 'Delete',
	action: 'Delete webhook subscription',
	description: 'End a subscription; Dintero sends nothing more to its URL',
	effect: 'write',
	scopes: ['admin:hooks', 'write:hooks'],
	fields,

	prepare: ({ id }) => ({ id }),

	async run({ id }, dintero) {
		// Read first, so that deleting a missing subscription is not reported as a success.
		const { deleted_at } = await dintero.getRecord(subscriptionPath(id), id);
		if (deleted_at)
			throw operationError(
				dintero.node,
				`The webhook subscription '${id}' was already deleted`,
				`Dintero shows that it was deleted at ${String(deleted_at)}. There is nothing left to do.`,
			);
		await unsubscribe(dintero, id);
		return { json: { deleted: true } };
	},
});
