import { options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { delivery, subscription } from '../../fields/locator';
import { paceOptions } from '../../fields/runOptions';
import { segment } from '../../transport/client';
import { operation } from '../operation';
import { subscriptionPath } from '../webhookSubscription/subscription';
import { redactedDelivery, simpleDelivery } from './delivery';

interface Plan {
	subscriptionId: string;
	deliveryId: string;
	simplify: boolean;
}

const fields = {
	subscriptionId: subscription,
	deliveryId: delivery,
	simplify,
	options: options(paceOptions),
};

export const get = operation<typeof fields, Plan>({
	resource: 'webhookDelivery',
	value: 'get',
	name: 'Get',
	action: 'Get webhook delivery',
	description: 'Look up what Dintero sent in one delivery and what the receiver answered',
	effect: 'read',
	scopes: ['admin:hooks', 'read:hooks'],
	fields,

	prepare: (values) => ({
		subscriptionId: values.subscriptionId,
		deliveryId: values.deliveryId,
		simplify: values.simplify,
	}),

	async run({ subscriptionId, deliveryId, simplify: simple }, dintero) {
		const path = `${subscriptionPath(subscriptionId)}/deliveries/${segment(deliveryId) ?? ''}`;
		const found = await dintero.getRecord(path, deliveryId);
		return { json: simple ? simpleDelivery(found) : redactedDelivery(found) };
	},
});
