import type { IDataObject } from 'n8n-workflow';

import { limitField, returnAllField, simplifyField, subscriptionField } from '../fields';
import { operation } from '../operation';
import { readFlag } from '../readers';
import { readLimit } from '../readLimit';
import { PACE_OPTIONS, optionsCollection } from '../runOptions';
import { readSubscriptionId, subscriptionPath } from '../webhookSubscription/subscription';
import { simpleLine, wasTaken } from './delivery';

interface Plan {
	subscriptionId: string;
	failedOnly: boolean;
	limit: number;
	simplify: boolean;
}

export const getAll = operation<Plan>({
	resource: 'webhookDelivery',
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many webhook deliveries',
	description: 'List the recent deliveries of a webhook subscription and how they went',
	effect: 'read',
	fields: [
		subscriptionField,
		{
			displayName: 'Failed Only',
			name: 'failedOnly',
			type: 'boolean',
			default: false,
			description: 'Whether to return only deliveries the receiver did not take',
		},
		returnAllField,
		limitField,
		simplifyField,
		optionsCollection(PACE_OPTIONS),
	],

	prepare: (item) => ({
		subscriptionId: readSubscriptionId(item),
		failedOnly: readFlag(item.get('failedOnly', false), false),
		limit: readLimit(item),
		simplify: readFlag(item.get('simplify', true), true),
	}),

	async run({ subscriptionId, failedOnly, limit, simplify }, dintero) {
		// A bare array; Dintero documents neither a limit nor a cursor for it, so it is cut here.
		const answer = await dintero.get(`${subscriptionPath(subscriptionId)}/deliveries`);
		return (Array.isArray(answer) ? (answer as IDataObject[]) : [])
			.filter((delivery) => !failedOnly || !wasTaken(delivery))
			.slice(0, limit)
			.map((delivery) => ({ json: simplify ? simpleLine(delivery) : delivery }));
	},
});
