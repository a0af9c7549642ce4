import { options } from '../../fields/collection';
import { subscription } from '../../fields/locator';
import { writeOptions } from '../../fields/runOptions';
import { operation } from '../operation';
import { subscriptionPath } from './subscription';

const fields = { id: subscription, options: options(writeOptions) };

export const ping = operation<typeof fields, { id: string }>({
	resource: 'webhookSubscription',
	value: 'ping',
	name: 'Ping',
	action: 'Ping webhook subscription',
	description:
		'Have Dintero send a test delivery; to see the result, use Webhook Delivery: Get Many',
	effect: 'write',
	scopes: ['admin:hooks', 'write:hooks'],
	fields,

	prepare: ({ id }) => ({ id }),

	async run({ id }, dintero) {
		// A second ping does no harm, so it may be retried like a read.
		await dintero.post(`${subscriptionPath(id)}/ping`, undefined, 'safe');
		return { json: { pinged: true, subscriptionId: id } };
	},
});
