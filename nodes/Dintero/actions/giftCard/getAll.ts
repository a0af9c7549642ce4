import { list } from '../../transport/pages';
import { limitField, returnAllField, simplifyField } from '../fields';
import { operation } from '../operation';
import { readFlag } from '../readers';
import { readLimit } from '../readLimit';
import { PACE_OPTIONS, optionsCollection } from '../runOptions';
import { simpleCard } from './cardOutput';

export const getAll = operation<{ limit: number; simplify: boolean }>({
	resource: 'giftCard',
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many gift cards',
	description: 'List the gift cards of the account',
	effect: 'read',
	fields: [returnAllField, limitField, simplifyField, optionsCollection(PACE_OPTIONS)],

	prepare: (item) => ({
		limit: readLimit(item),
		simplify: readFlag(item.get('simplify', true), true),
	}),

	async run({ limit, simplify }, dintero) {
		const cards = await list(dintero, 'wallets/cards', 'cards', limit);
		return cards.map((card) => ({ json: simplify ? simpleCard(card) : card }));
	},
});
