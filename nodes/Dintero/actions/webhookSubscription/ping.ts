import { subscriptionField } from '../fields';
import { operation } from '../operation';
import { PACE_OPTIONS, WRITE_OPTIONS, optionsCollection } from '../runOptions';
import { readSubscriptionId, subscriptionPath } from './subscription';

export const ping = operation<{ id: string }>({
	resource: 'webhookSubscription',
	value: 'ping',
	name: 'Ping',
	action: 'Ping webhook subscription',
	description: 'Have Dintero send a test delivery; how it went stands in the webhook deliveries',
	effect: 'write',
	fields: [subscriptionField, optionsCollection([...PACE_OPTIONS, ...WRITE_OPTIONS])],

	prepare: (item) => ({ id: readSubscriptionId(item) }),

	async run({ id }, dintero) {
		// A second ping does no harm, so it is repeated like a read.
		await dintero.post(`${subscriptionPath(id)}/ping`, undefined, 'read');
		return { json: { pinged: true, subscriptionId: id } };
	},
});
