import type { IDataObject } from 'n8n-workflow';

import { inZone } from '../../domain/dates';
import { requiredId } from '../../fields/text';
import type { Checkout } from '../../transport/checkout';
import { segment } from '../../transport/client';
import { money, text, withoutMissing } from '../output';

/** What the operations on a payment session share. */

export const sessionId = requiredId({
	name: 'sessionId',
	displayName: 'Session ID',
	placeholder: 'e.g. T12345678.465UfBENeLpkBvwmqfTC4k',
	description: "The payment session, as 'Create' or an event returned it",
});

export const sessionPath = (id: string): string => `sessions/${segment(id) ?? ''}`;

/** @throws NodeApiError */
export async function readSession(checkout: Checkout, id: string): Promise<IDataObject> {
	return await checkout.getRecord(sessionPath(id), id);
}

/** The status of a session. Dintero has none, so it is worked out from the session's events and dates. */
export type SessionStatus = 'open' | 'authorized' | 'canceled' | 'expired';

export function statusOf(session: IDataObject, now = Date.now()): SessionStatus {
	if (session.cancelled_at) return 'canceled';
	const events = Array.isArray(session.events) ? (session.events as IDataObject[]) : [];
	const decided = events
		.map(({ name }) => String(name).toUpperCase())
		.filter((name) => ['AUTHORIZED', 'COMPLETED', 'DECLINED', 'FAILED'].includes(name))
		.pop();
	// A customer can retry a declined payment until the session expires.
	const failed = decided === 'DECLINED' || decided === 'FAILED';
	if (session.transaction_id && !failed) return 'authorized';
	return Date.parse(String(session.expires_at ?? '')) <= now ? 'expired' : 'open';
}

/** A session in ten fields. */
export function simpleSession(session: IDataObject, timeZone: string): IDataObject {
	const order = (session.order ?? {}) as IDataObject;
	const currency = text(order.currency);
	const [card] = (Array.isArray(order.gift_cards) ? order.gift_cards : []) as IDataObject[];
	return withoutMissing({
		sessionId: text(session.id),
		status: statusOf(session),
		merchantReference: text(order.merchant_reference),
		...money('amount', order.amount, currency),
		currency,
		cardId: text(card?.card_id),
		...money('giftCardAmount', card?.amount, currency),
		checkoutTransactionId: text(session.transaction_id),
		expiresAt: inZone(session.expires_at, timeZone),
		createdAt: inZone(session.created_at, timeZone),
	});
}
