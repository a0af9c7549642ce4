import type { IDataObject, INodePropertyMode } from 'n8n-workflow';

import { parseId } from '../../domain/text';
import { segment } from '../../transport/client';
import { cardField, customerField, simplifyField } from '../fields';
import { simpleCard } from '../giftCard/cardOutput';
import { operation } from '../operation';
import { readFlag } from '../readers';
import { PACE_OPTIONS, optionsCollection } from '../runOptions';
import { customerCardsPath, readCustomerId } from './customerCard';

interface Plan {
	customerId: string;
	cardId: string;
	simplify: boolean;
}

const [fromList, byId] = cardField.modes as INodePropertyMode[];

export const get = operation<Plan>({
	resource: 'customerCard',
	value: 'get',
	name: 'Get',
	action: 'Get card of customer',
	description: "Look up one of a customer's cards, with its balance and status",
	effect: 'read',
	fields: [
		customerField,
		{
			...cardField,
			description: "One of the customer's cards",
			modes: [
				{
					...fromList,
					typeOptions: { searchListMethod: 'searchCustomerCards', searchable: true },
				},
				byId,
			],
		},
		simplifyField,
		optionsCollection(PACE_OPTIONS),
	],

	prepare: (item) => ({
		customerId: readCustomerId(item),
		cardId: parseId(item.get('cardId', ''), 'Card'),
		simplify: readFlag(item.get('simplify', true), true),
	}),

	async run({ customerId, cardId, simplify }, dintero) {
		const path = `${customerCardsPath(customerId)}/${segment(cardId) ?? ''}`;
		const card = (await dintero.get(path)) as IDataObject;
		return { json: simplify ? simpleCard(card) : card };
	},
});
