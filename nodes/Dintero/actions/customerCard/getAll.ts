import { list } from '../../transport/pages';
import { customerField, limitField, returnAllField, simplifyField } from '../fields';
import { simpleCard } from '../giftCard/cardOutput';
import { operation } from '../operation';
import { readFlag } from '../readers';
import { readLimit } from '../readLimit';
import { PACE_OPTIONS, optionsCollection } from '../runOptions';
import { customerCardsPath, readCustomerId } from './customerCard';

export const getAll = operation<{ customerId: string; limit: number; simplify: boolean }>({
	resource: 'customerCard',
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many cards of customer',
	description: "List a customer's active cards; Dintero gives their balances with 'Get' only",
	effect: 'read',
	fields: [
		customerField,
		returnAllField,
		limitField,
		simplifyField,
		optionsCollection(PACE_OPTIONS),
	],

	prepare: (item) => ({
		customerId: readCustomerId(item),
		limit: readLimit(item),
		simplify: readFlag(item.get('simplify', true), true),
	}),

	async run({ customerId, limit, simplify }, dintero) {
		const cards = await list(dintero, customerCardsPath(customerId), 'cards', limit);
		return cards.map((card) => ({ json: simplify ? simpleCard(card) : card }));
	},
});
