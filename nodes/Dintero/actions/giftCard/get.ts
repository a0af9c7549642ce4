import type { IDataObject } from 'n8n-workflow';

import { parseId } from '../../domain/text';
import { cardPath } from '../../issuance/issueCard';
import { cardField, simplifyField } from '../fields';
import { operation } from '../operation';
import { readFlag } from '../readers';
import { PACE_OPTIONS, optionsCollection } from '../runOptions';
import { simpleCard } from './cardOutput';

export const get = operation<{ cardId: string; simplify: boolean }>({
	resource: 'giftCard',
	value: 'get',
	name: 'Get',
	action: 'Get gift card',
	description: 'Look up one gift card by its ID, with its balance and status',
	effect: 'read',
	fields: [cardField, simplifyField, optionsCollection(PACE_OPTIONS)],

	prepare: (item) => ({
		cardId: parseId(item.get('cardId', ''), 'Card'),
		simplify: readFlag(item.get('simplify', true), true),
	}),

	async run({ cardId, simplify }, dintero) {
		const card = (await dintero.get(cardPath(cardId))) as IDataObject;
		return { json: simplify ? simpleCard(card) : card };
	},
});
