/** What a payer does on the payment page: view it, unlock a gift card, pay, leave. */
import { randomUUID } from 'node:crypto';
import { checkPin, openToken } from '../card-codes.mts';
import { needCard } from '../card-view.mts';
import { ApiError } from '../errors.mts';
import type { CardRow, TokenRow } from '../store.mts';
import type { SandboxContext } from '../context.mts';
import { announceAuthorization, announcePayment } from './events.mts';
import { masked, maskedTokenOf, release, reserve, viewEventCard } from './gift-cards.mts';
import { newId } from './ids.mts';
import { addEvent, bookCapture, checkoutAsked } from './operations.mts';
import { read, save, type Payment, type Session, type UsedCard } from './rows.mts';
import { otherMethods, takesGiftCards, whyUnusable } from './session-rules.mts';
import { sessionEvent } from './session-view.mts';

export interface GiftCardCodes {
	/** The number on the card. */
	token?: string;
	/** Instead of the number: one of the cards that the shop offered. */
	cardId?: string;
	pin?: string;
}
export type PayOutcome = 'authorized' | 'on-hold' | 'declined' | 'failed';
export interface PayWith {
	giftCard?: GiftCardCodes;
	/** For what the card does not pay; the first one of the session when left out. */
	method?: string;
	outcome?: PayOutcome;
	/** What an Express payer enters. */
	address?: Record<string, string>;
}

const refuse = (message: string): never => {
	throw new ApiError(400, 'PAYMENT PAGE', message);
};

/** @throws ApiError when the page is closed */
export function openSession(context: SandboxContext, id: string): Session {
	const session = read(context.store, 'session', id.split('.')[0], id);
	if (!session) throw new ApiError(404, 'NOT FOUND', 'There is no such payment');
	if (session.cancelledAt !== undefined) refuse('The payment was canceled');
	if (context.clock.now() >= session.expiresAt) refuse('The payment link has expired');
	const payment = session.transactionId
		? read(context.store, 'payment', session.account, session.transactionId)
		: undefined;
	if (payment && !['DECLINED', 'FAILED'].includes(payment.status)) refuse('The order is paid');
	return session;
}

/** The content of the page. */
export function viewPage(context: SandboxContext, id: string): object {
	const session = openSession(context, id);
	const { order, customer, url } = session.request;
	return {
		id,
		amount: order.amount,
		currency: order.currency,
		reference: order.merchant_reference,
		items: order.items ?? [],
		returnUrl: url.return_url,
		giftCards: takesGiftCards(context, session.request),
		offered: (customer?.gift_cards?.['dintero.wallets'] ?? []).map(({ card_id }) => ({
			cardId: card_id,
			number: maskedTokenOf(context, session.account, card_id) ?? card_id,
		})),
		methods: otherMethods(context, session.request),
		cardPart: session.usedCard?.amount ?? 0,
	};
}

/** Unlocks a card with its PIN; it will pay as much of the order as it can. */
export function unlock(context: SandboxContext, session: Session, codes: GiftCardCodes): UsedCard {
	const { request, account } = session;
	if (!takesGiftCards(context, request)) refuse('Gift cards are not accepted here');
	const opened = codes.token ? openToken(context, account, codes.token) : undefined;
	const offered = request.customer?.gift_cards?.['dintero.wallets'] ?? [];
	if (!opened && !offered.some(({ card_id }) => card_id === codes.cardId)) {
		refuse('The card is not offered here');
	}
	const card: CardRow = opened?.card ?? needCard(context, account, codes.cardId as string);
	if (card.pin === null || codes.pin === undefined) refuse('A gift card needs its PIN here');
	checkPin(context, card, codes.pin);
	const { amount, currency } = request.order;
	const reason = whyUnusable(context, card, currency);
	if (reason) refuse(`The gift card cannot be used: ${reason}`);
	const token: TokenRow | undefined = opened?.token;
	if (token?.expires_after_transaction && token.used > 0) refuse('The card number was used before');
	const whole = card.funds - card.drawn - card.pending;
	const used = {
		card: card.seq,
		token: token?.seq,
		cardId: card.card_id,
		masked: token ? masked(token) : maskedTokenOf(context, account, card.card_id),
		amount: Math.min(whole, amount),
		whole,
		moves: [],
	};
	session.usedCard = used;
	sessionEvent(context, session, 'SET_GIFT_CARD', {
		gift_card: {
			card_id: used.cardId,
			card_amount: used.amount,
			masked_card_token: used.masked,
			currency,
		},
	});
	save(context.store, 'session', session);
	return used;
}

/** Pays the order, first with the unlocked card, then the rest with another method. */
export function pay(context: SandboxContext, id: string, wanted: PayWith = {}): Payment {
	const session = openSession(context, id);
	if (wanted.giftCard) unlock(context, session, wanted.giftCard);
	const outcome = wanted.outcome ?? 'authorized';
	return context.store.atomically(() => {
		const payment = newPayment(context, session, wanted);
		const asked = checkoutAsked();
		addEvent(context, payment, asked, { event: 'INITIALIZE', success: true });
		const good = outcome === 'authorized' || outcome === 'on-hold';
		const row = good && payment.usedCard ? reserve(context, payment) : undefined;
		if (!good) {
			payment.status = outcome.toUpperCase();
			payment.card.authorized = payment.other.authorized = 0;
		} else payment.status = outcome === 'on-hold' ? 'ON_HOLD' : 'AUTHORIZED';
		addEvent(context, payment, asked, {
			event: 'AUTHORIZE',
			success: good,
			amount: payment.amount,
			gift_cards: viewEventCard(context, payment, payment.card.authorized, row),
			error: good ? undefined : { code: outcome, message: `The payment ${outcome}` },
		});
		if (outcome === 'authorized' && session.request.configuration?.auto_capture) {
			bookCapture(context, payment, { kind: 'capture', amount: payment.amount }, asked);
		}
		session.transactionId = payment.id;
		sessionEvent(context, session, good ? 'AUTHORIZED' : outcome.toUpperCase());
		save(context.store, 'payment', payment);
		save(context.store, 'session', session);
		announcePayment(context, payment);
		const error = good ? undefined : outcome === 'declined' ? 'authorization' : 'failed';
		announceAuthorization(context, session, { payment, error });
		return payment;
	});
}

function newPayment(
	context: SandboxContext,
	session: Session,
	{ method, address }: PayWith,
): Payment {
	const { request, usedCard } = session;
	const { amount, currency } = request.order;
	const byCard = usedCard?.amount ?? 0;
	const methods = otherMethods(context, request);
	const other = byCard < amount ? (method ?? methods[0]) : undefined;
	if (byCard < amount && (!other || !methods.includes(other))) refuse('Choose how to pay the rest');
	const part = (authorized: number) => ({ authorized, captured: 0, refunded: 0, voided: 0 });
	const now = context.clock.now();
	return {
		id: newId(session.account),
		account: session.account,
		sessionId: session.id,
		status: 'INITIATED',
		amount,
		currency,
		method: other,
		order: {
			...request.order,
			...(address ? { shipping_address: address, billing_address: address } : {}),
		},
		customer: customerOf(session, address),
		metadata: request.metadata,
		channel: request.configuration?.channel,
		usedCard,
		card: part(byCard),
		other: part(amount - byCard),
		events: [],
		createdAt: now,
		updatedAt: now,
	};
}

function customerOf({ request }: Session, address?: Record<string, string>) {
	const { customer_id, email, phone_number } = request.customer ?? {};
	const given = {
		customer_id,
		email: email ?? address?.email,
		phone_number: phone_number ?? address?.phone_number,
	};
	return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** The payer leaves, so no transaction is created. */
export function abandon(context: SandboxContext, id: string): void {
	const session = openSession(context, id);
	sessionEvent(context, session, 'CANCELLED');
	save(context.store, 'session', session);
	announceAuthorization(context, session, { error: 'cancelled' });
}

/** Ends a manual review (`ON_HOLD`). */
export function decide(
	context: SandboxContext,
	account: string,
	id: string,
	authorized: boolean,
): Payment {
	const payment = read(context.store, 'payment', account, id);
	if (payment?.status !== 'ON_HOLD') throw new ApiError(400, 'NOT ALLOWED', 'It is not on hold');
	const session = read(context.store, 'session', account, payment.sessionId) as Session;
	payment.status = authorized ? 'AUTHORIZED' : 'FAILED';
	if (!authorized) {
		if (payment.card.authorized > 0) release(context, payment, payment.card.authorized);
		for (const part of [payment.card, payment.other]) part.voided = part.authorized;
	}
	addEvent(
		context,
		payment,
		{ by: 'dintero', requestId: randomUUID() },
		{
			event: 'AUTHORIZE',
			success: authorized,
			amount: payment.amount,
		},
	);
	save(context.store, 'payment', payment);
	announcePayment(context, payment);
	announceAuthorization(context, session, { payment, error: authorized ? undefined : 'failed' });
	return payment;
}
