import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { attempt } from '../transport/attempt';
import { openDintero, segment, type DinteroClient } from '../transport/client';
import { money } from './events';
import { logOf } from './log';
import { messageOf } from './subscription';

/**
 * Looks up the card of each item and adds it as `card`. Runs in the execution, after Dintero has had its answer. When
 * the look-up fails, the item passes with `card: null` and the reason in `cardProblem`.
 */
export async function addCards(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
): Promise<INodeExecutionData[]> {
	const opened = await attempt(openDintero(context));
	const results: INodeExecutionData[] = [];
	for (const item of items) {
		const lookup = opened.answer
			? await attempt(lookUp(opened.answer, item.json.cardId))
			: { problem: opened.problem };
		if (lookup.problem === undefined) {
			results.push({ ...item, json: { ...item.json, card: lookup.answer } });
			continue;
		}
		const cardProblem = messageOf(lookup.problem);
		logOf(context).warn(`the card's balance could not be looked up (${cardProblem})`);
		results.push({ ...item, json: { ...item.json, card: null, cardProblem } });
	}
	return results;
}

async function lookUp(dintero: DinteroClient, cardId: unknown): Promise<IDataObject> {
	const path = typeof cardId === 'string' ? segment(cardId) : undefined;
	if (path === undefined) throw new Error('The event does not name its card');
	const card = await dintero.getRecord(`wallets/cards/${path}`, cardId as string);
	const currency = typeof card.currency === 'string' ? card.currency : undefined;
	return {
		cardId: card.card_id ?? (cardId as string),
		status: card.status ?? null,
		...money('balance', card.amount_balance, currency),
		...money('available', card.amount_available, currency),
		currency: currency ?? null,
		name: card.name ?? null,
		customerId: card.customer_id ?? null,
	};
}
