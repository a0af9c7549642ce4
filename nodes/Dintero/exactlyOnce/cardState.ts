import type { IDataObject } from 'n8n-workflow';

/** Statuses of an inactive card: Dintero's reference names the first, its changelog the second. */
const INACTIVE = new Set(['inactive', 'created']);

/** Whether a card is active: by its status or, without one, by whether it has ever had money. */
export function isActive(card: IDataObject): boolean {
	if (typeof card.status === 'string' && card.status !== '') return !INACTIVE.has(card.status);
	return [card.amount, card.amount_funds, card.amount_balance].some((value) => Number(value) > 0);
}

/** The state of a card, from its dates and amounts, because Dintero does not list the statuses it uses. */
export type CardStatus = 'inactive' | 'expired' | 'empty' | 'partlyUsed' | 'unused';

/**
 * @param hasPassed whether a point in time given by Dintero has passed
 * @returns `undefined` when the card does not show its amounts
 */
export function statusOf(
	card: IDataObject,
	hasPassed: (moment: unknown) => boolean,
): CardStatus | undefined {
	const balance = amountOf(card.amount_balance);
	const given = amountOf(card.amount_funds) ?? amountOf(card.amount);
	const hasNoAmounts = balance === undefined && given === undefined;
	if (hasNoAmounts && (typeof card.status !== 'string' || card.status === '')) return undefined;
	if (!isActive(card)) return 'inactive';
	if (hasPassed(card.expires_at)) return 'expired';
	if (balance === undefined) return undefined;
	if (balance === 0) return 'empty';
	const used = Number(card.amount_drawdown) > 0 || (given !== undefined && balance < given);
	return used ? 'partlyUsed' : 'unused';
}

/** An amount in minor units, given as a number or text; `undefined` if it is missing or not an amount. */
export function amountOf(value: unknown): number | undefined {
	if (value === undefined || value === null || value === '') return undefined;
	const amount = Number(value);
	return Number.isSafeInteger(amount) ? amount : undefined;
}
