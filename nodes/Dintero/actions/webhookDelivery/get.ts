import type { IDataObject } from 'n8n-workflow';

import { parseId } from '../../domain/text';
import { segment } from '../../transport/client';
import { simplifyField, subscriptionField } from '../fields';
import { operation } from '../operation';
import { readFlag } from '../readers';
import { PACE_OPTIONS, optionsCollection } from '../runOptions';
import { readSubscriptionId, subscriptionPath } from '../webhookSubscription/subscription';
import { safeDelivery, simpleDelivery } from './delivery';

interface Plan {
	subscriptionId: string;
	deliveryId: string;
	simplify: boolean;
}

export const get = operation<Plan>({
	resource: 'webhookDelivery',
	value: 'get',
	name: 'Get',
	action: 'Get webhook delivery',
	description: 'Look up what Dintero sent in one delivery and what the receiver answered',
	effect: 'read',
	fields: [
		subscriptionField,
		{
			displayName: 'Delivery',
			name: 'deliveryId',
			type: 'resourceLocator',
			required: true,
			default: { mode: 'list', value: '' },
			description: 'The delivery to look up',
			modes: [
				{
					displayName: 'From List',
					name: 'list',
					type: 'list',
					placeholder: 'Select a delivery…',
					typeOptions: { searchListMethod: 'searchDeliveries', searchable: true },
				},
				{
					displayName: 'By ID',
					name: 'id',
					type: 'string',
					placeholder: "e.g. the ID that 'Get Many' returns",
				},
			],
		},
		simplifyField,
		optionsCollection(PACE_OPTIONS),
	],

	prepare: (item) => ({
		subscriptionId: readSubscriptionId(item),
		deliveryId: parseId(item.get('deliveryId', ''), 'Delivery'),
		simplify: readFlag(item.get('simplify', true), true),
	}),

	async run({ subscriptionId, deliveryId, simplify }, dintero) {
		const path = `${subscriptionPath(subscriptionId)}/deliveries/${segment(deliveryId) ?? ''}`;
		const delivery = (await dintero.get(path)) as IDataObject;
		return { json: simplify ? simpleDelivery(delivery) : safeDelivery(delivery) };
	},
});
