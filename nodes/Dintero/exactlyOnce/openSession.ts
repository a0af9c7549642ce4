import type { IDataObject } from 'n8n-workflow';

import { formatAmount } from '../domain/money';
import { attempt, reasonOf } from '../transport/attempt';
import { checkoutOf } from '../transport/checkout';
import type { DinteroClient } from '../transport/client';
import type { DinteroClock } from '../transport/clock';
import { failureOf, hasError } from '../transport/failure';
import { operationError } from '../transport/operationError';
import { cardPath } from './cardPath';
import type { Origin } from './origin';
import { whyUnusable } from './refundCards';

export type SessionRequest = IDataObject & {
	order: IDataObject & { merchant_reference: string; amount: number };
};

/** A payment session to create, already validated. */
export interface SessionOrder {
	request: SessionRequest;
	/** RFC 3339; a week from now when missing. Dintero's own default is not documented. */
	expiresAt?: string;
	currency: string;
	/** The customer's own card to offer; checked first. */
	offeredCardId?: string;
	origin: Origin;
}

/** How Checkout answers a token that has expired; Dintero's plugins take a 403 for it. */
const REFUSED_TOKEN = new Set<number | undefined>([401, 403]);

/** The default lifetime of a link, in milliseconds. */
const WEEK = 7 * 24 * 3600 * 1000;

/**
 * Creates a payment session.
 *
 * Checkout has no idempotency and no search for sessions, so a request without an answer is not repeated: with a second
 * link, the customer could pay twice.
 * @returns Dintero's answer, with the requested `expires_at`
 * @throws NodeApiError when Dintero refuses, NodeOperationError when the offered card cannot pay or there was no answer
 */
export async function openSession(
	dintero: DinteroClient,
	order: SessionOrder,
): Promise<IDataObject> {
	const { offeredCardId: cardId, currency, origin } = order;
	const expires = order.expiresAt ?? new Date(Date.now() + WEEK).toISOString();
	const request: SessionRequest = { ...order.request, expires_at: expires };
	const { merchant_reference: reference } = request.order;
	const sms = JSON.stringify(request.configuration ?? {}).includes('"publish"');
	const unknown = (reason: string) =>
		operationError(
			dintero.node,
			`Dintero did not say whether the payment link of order '${reference}' was made (${reason})`,
			sms
				? `The customer may already have it by SMS. Ask before you run again: with two links, the order could be paid twice. The link expires at ${expires}.`
				: 'No money has moved, and nobody has the link. Run again to make another one.',
		);
	// n8n's retries do not ask before they send a second SMS.
	if (sms && origin.unknownFor(`link ${reference}`) !== undefined)
		throw unknown('an earlier try got no answer');
	if (cardId !== undefined) await checkOfferedCard(dintero, cardId, currency);
	const send = async () =>
		await attempt(checkoutOf(dintero).post('sessions-profile', request, 'unsafe'));
	let { answer, problem } = await send();
	// An expired token, at which no session was made: the second request signs in first.
	if (REFUSED_TOKEN.has(failureOf(problem)?.status)) ({ answer, problem } = await send());
	if (answer && shows(answer.body, request)) return { ...answer.body, expires_at: expires };
	if (problem !== undefined && failureOf(problem)?.outcome !== 'unknown') throw problem;
	if (sms) origin.noteUnknown(`link ${reference}`);
	throw unknown(answer ? 'no payment link of this order in the answer' : reasonOf(problem));
}

/** Whether an answer shows a link, and no other order. Dintero documents only its ID and the link. */
function shows(
	{ id, url, order, error }: IDataObject,
	{ order: { merchant_reference: reference, amount, currency } }: SessionRequest,
): boolean {
	if (typeof id !== 'string' || typeof url !== 'string' || hasError({ error })) return false;
	const shown = { merchant_reference: reference, amount, currency, ...(order as IDataObject) };
	return (
		shown.merchant_reference === reference &&
		Number(shown.amount) === amount &&
		shown.currency === currency
	);
}

/** @throws NodeOperationError when the card cannot pay, so that the customer is not offered it */
async function checkOfferedCard(
	dintero: DinteroClient,
	cardId: string,
	currency: string,
): Promise<void> {
	const { answer, problem } = await attempt(dintero.getRecord(cardPath(cardId), cardId));
	const status = failureOf(problem)?.status;
	// Without the right to read cards, leave it to the payment page.
	if (status === 401 || status === 403) return;
	if (problem !== undefined && status !== 404) throw problem;
	const reason = answer ? whyItCannotPay(answer, currency, dintero.clock) : 'does not exist';
	if (reason === undefined) return;
	throw operationError(
		dintero.node,
		`The gift card '${cardId}' ${reason}, so it cannot pay this order`,
		"Nothing was sent. Remove 'Card', or choose another one.",
	);
}

function whyItCannotPay(
	card: IDataObject,
	currency: string,
	clock: DinteroClock,
): string | undefined {
	const unusable = whyUnusable(card, clock);
	if (unusable !== undefined) return unusable;
	if (card.status === 'inactive' || card.status === 'created') return 'is inactive';
	if (clock.isToCome(card.active_from)) return 'is not active yet';
	const unit = String(card.currency ?? currency);
	if (unit !== currency) return `is in ${unit}`;
	const available = Number(card.amount_available ?? card.amount_balance);
	return available === 0 ? `is empty (${formatAmount(0, unit)})` : undefined;
}
