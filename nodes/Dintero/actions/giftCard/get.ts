import { options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { card } from '../../fields/locator';
import { paceOptions } from '../../fields/runOptions';
import { cardPath } from '../../exactlyOnce/issueCard';
import { operation } from '../operation';
import { simpleCard } from './cardOutput';

const fields = { cardId: card, simplify, options: options(paceOptions) };

export const get = operation<typeof fields, { cardId: string; simplify: boolean }>({
	resource: 'giftCard',
	value: 'get',
	name: 'Get',
	action: 'Get gift card',
	description: 'Look up one gift card by its ID, with its balance and status',
	effect: 'read',
	scopes: ['admin:wallets', 'read:wallets'],
	fields,

	prepare: ({ cardId, simplify: simple }) => ({ cardId, simplify: simple }),

	async run({ cardId, simplify: simple }, dintero) {
		const found = await dintero.getRecord(cardPath(cardId), cardId);
		return { json: simple ? simpleCard(found, dintero.timeZone) : found };
	},
});
