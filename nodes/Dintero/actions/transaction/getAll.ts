import type { IDataObject } from 'n8n-workflow';

import { parseId } from '../../domain/text';
import { transactionsOf } from '../../issuance/moveMoney';
import { cardField, limitField, returnAllField, simplifyField } from '../fields';
import { operation } from '../operation';
import { readFlag } from '../readers';
import { readLimit } from '../readLimit';
import { PACE_OPTIONS, optionsCollection } from '../runOptions';
import { simpleTransaction } from './movement';

export const getAll = operation<{ cardId: string; limit: number; simplify: boolean }>({
	resource: 'transaction',
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many transactions of gift card',
	description: 'List what was drawn from a card, reserved on it and added to it, newest first',
	effect: 'read',
	fields: [cardField, returnAllField, limitField, simplifyField, optionsCollection(PACE_OPTIONS)],

	prepare: (item) => ({
		cardId: parseId(item.get('cardId', ''), 'Card'),
		limit: readLimit(item),
		simplify: readFlag(item.get('simplify', true), true),
	}),

	async run({ cardId, limit, simplify }, dintero) {
		// Dintero documents no order, limit or cursor for this list, so it is sorted and cut here.
		const transactions = (await transactionsOf(dintero, cardId)).sort(newestFirst);
		return transactions.slice(0, limit).map((transaction) => ({
			json: simplify ? simpleTransaction(transaction, cardId) : transaction,
		}));
	},
});

const newestFirst = (a: IDataObject, b: IDataObject): number =>
	String(b.created_at ?? '').localeCompare(String(a.created_at ?? ''));
