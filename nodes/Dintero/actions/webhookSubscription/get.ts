import type { IDataObject } from 'n8n-workflow';

import { simplifyField, subscriptionField } from '../fields';
import { operation } from '../operation';
import { readFlag } from '../readers';
import { PACE_OPTIONS, optionsCollection } from '../runOptions';
import {
	readSubscriptionId,
	simpleSubscription,
	subscriptionPath,
	withoutSecret,
} from './subscription';

export const get = operation<{ id: string; simplify: boolean }>({
	resource: 'webhookSubscription',
	value: 'get',
	name: 'Get',
	action: 'Get webhook subscription',
	description: 'Look up where one subscription delivers which events',
	effect: 'read',
	fields: [subscriptionField, simplifyField, optionsCollection(PACE_OPTIONS)],

	prepare: (item) => ({
		id: readSubscriptionId(item),
		simplify: readFlag(item.get('simplify', true), true),
	}),

	async run({ id, simplify }, dintero) {
		const subscription = (await dintero.get(subscriptionPath(id))) as IDataObject;
		return { json: simplify ? simpleSubscription(subscription) : withoutSecret(subscription) };
	},
});
