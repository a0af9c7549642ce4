import type { IDataObject } from 'n8n-workflow';

import { formatAmount } from '../domain/money';
import type { Order } from '../domain/order';
import { attempt } from '../transport/attempt';
import type { DinteroClient } from '../transport/client';
import type { DinteroClock } from '../transport/clock';
import { failureOf } from '../transport/failure';
import { operationError } from '../transport/operationError';
import { cardPath } from './cardPath';
import type { Plan } from './settleOrder';

/**
 * Checks the gift cards that a refund returns money to. Dintero refunds to the card first and refuses every movement on
 * an expired card; it does not document what a refund does then.
 * @param stop whether a card that cannot take money stops the refund; otherwise there is only a warning
 * @returns warnings
 * @throws NodeOperationError when a card cannot take money and `stop` is set; nothing was sent then
 */
export async function checkRefundCards(
	dintero: DinteroClient,
	order: Order,
	{ expected }: Plan,
	stop: boolean,
): Promise<string[]> {
	if (expected.card === 0) return [];
	const warnings: string[] = [];
	const back = formatAmount(expected.card, order.currency);
	for (const cardId of order.cardIds) {
		const { answer, problem } = await attempt(dintero.getRecord(cardPath(cardId), cardId));
		const reason = answer ? whyUnusable(answer, dintero.clock) : whyGone(problem);
		if (reason === undefined) {
			if (problem !== undefined)
				warnings.push(
					`The gift card '${cardId}' could not be looked up, so it is not known whether it can take ${back} back.`,
				);
			continue;
		}
		const message = `The gift card '${cardId}' ${reason}, so it cannot take ${back} of this refund back`;
		if (stop)
			throw operationError(
				dintero.node,
				message,
				"Dintero puts a refund on the gift card first. Nothing was sent. Give the customer the money on a new gift card ('Gift Card: Create') and leave this payment as it is, or let Dintero decide with the option 'If a Card Cannot Take Money'.",
			);
		warnings.push(`${message}; Dintero decides where the money goes.`);
	}
	return warnings;
}

/** Why a card can no longer take or give money, or `undefined`. */
export function whyUnusable(
	{ status, expires_at }: IDataObject,
	clock: DinteroClock,
): string | undefined {
	const state = typeof status === 'string' ? status.toLowerCase() : '';
	if (state === 'deleted') return 'was deleted';
	const expiry = typeof expires_at === 'string' ? Date.parse(expires_at) : NaN;
	if (state === 'expired' || clock.hasPassed(expires_at))
		return Number.isNaN(expiry) ? 'has expired' : `expired on ${String(expires_at).slice(0, 10)}`;
	return undefined;
}

const whyGone = (problem: unknown): string | undefined =>
	failureOf(problem)?.status === 404 ? 'no longer exists' : undefined;

/** Warns when Dintero divided a refund differently than expected. */
export function splitWarnings(
	order: Order,
	{ expected }: Plan,
	split: Plan['expected'] | undefined,
): string[] {
	if (!split || split.card === expected.card) return [];
	const money = (amount: number) => formatAmount(amount, order.currency);
	return [
		`${money(expected.card)} was expected to go to the gift card, but Dintero put ${money(split.card)} there and ${money(split.other)} on the other payment method.`,
	];
}
