import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { formatAmount } from '../domain/money';
import { attempt } from '../transport/attempt';
import { openDintero, segment, type Dintero } from '../transport/client';
import { logOf } from './log';
import { messageOf } from './subscription';

/**
 * Adds the card as it is now to each item that names one. This happens in the execution, after Dintero has had its
 * answer. What can't be looked up leaves the item as it came, with the reason in `cardProblem`.
 */
export async function addCards(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
): Promise<INodeExecutionData[]> {
	const opened = await attempt(openDintero(context));
	const results: INodeExecutionData[] = [];
	for (const item of items) {
		const looked = opened.answer
			? await attempt(lookUp(opened.answer, item.json.cardId))
			: { problem: opened.problem };
		if (looked.problem === undefined) {
			results.push({ ...item, json: { ...item.json, card: looked.answer } });
			continue;
		}
		const cardProblem = messageOf(looked.problem);
		logOf(context).warn(`the card's balance could not be looked up (${cardProblem})`);
		results.push({ ...item, json: { ...item.json, card: null, cardProblem } });
	}
	return results;
}

async function lookUp(dintero: Dintero, cardId: unknown): Promise<IDataObject> {
	const path = typeof cardId === 'string' ? segment(cardId) : undefined;
	if (path === undefined) throw new Error('The event does not name its card');
	const card = (await dintero.get(`wallets/cards/${path}`)) as IDataObject;
	const { currency } = card;
	const balance = Number(card.amount_balance);
	const available = Number(card.amount_available);
	const formatted = (amount: number) =>
		Number.isSafeInteger(amount) ? formatAmount(amount, String(currency)) : null;
	return {
		cardId: card.card_id ?? (cardId as string),
		status: card.status ?? null,
		balance: Number.isSafeInteger(balance) ? balance : null,
		balanceFormatted: formatted(balance),
		available: Number.isSafeInteger(available) ? available : null,
		availableFormatted: formatted(available),
		currency: currency ?? null,
		name: card.name ?? null,
		customerId: card.customer_id ?? null,
	};
}
