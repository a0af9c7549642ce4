import { options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { subscription } from '../../fields/locator';
import { paceOptions } from '../../fields/runOptions';
import { operation } from '../operation';
import { simpleSubscription, subscriptionPath, redactedSubscription } from './subscription';

const fields = { id: subscription, simplify, options: options(paceOptions) };

export const get = operation<typeof fields, { id: string; simplify: boolean }>({
	resource: 'webhookSubscription',
	value: 'get',
	name: 'Get',
	action: 'Get webhook subscription',
	description: 'Look up the URL and the events of one subscription',
	effect: 'read',
	scopes: ['admin:hooks', 'read:hooks'],
	fields,

	prepare: (values) => ({ id: values.id, simplify: values.simplify }),

	async run({ id, simplify: simple }, dintero) {
		const found = await dintero.getRecord(subscriptionPath(id), id);
		return { json: simple ? simpleSubscription(found) : redactedSubscription(found) };
	},
});
