import { formatAmount } from './money';

/** A Checkout order, read from its transaction and that transaction's events. Amounts are in minor units. */
export interface Order {
	id: string;
	/** Upper case, as in Dintero's specification. */
	status: string;
	currency: string;
	merchantReference?: string;
	/** The authorized amount, including the gift card's part; captures and refunds don't change it. */
	amount: number;
	captured: number;
	refunded: number;
	/** What can still be captured: 0 once the order is voided, and less what is in progress. */
	captureLeft: number;
	/** What can still be refunded, less what is in progress. */
	refundLeft: number;
	/** Whether the reservation was released, completely or after a partial capture. */
	voided: boolean;
	/** Captures, refunds and voids that Dintero accepted with 202 and has not finished. */
	underWay: OrderEvent[];
	/** The wallet card IDs of the gift cards that paid a part. */
	cardIds: string[];
	/** The gift cards' part of the authorized, captured and refunded amounts. */
	card: { authorized: number; captured: number; refunded: number };
	events: OrderEvent[];
}

export type OrderOperation = 'capture' | 'refund' | 'void';

/** One event of a transaction. */
export interface OrderEvent {
	/** `CAPTURE`, `INITIATE_REFUND` … */
	name: string;
	success: boolean;
	amount: number;
	/** The part taken from or returned to gift cards; missing when the event doesn't say. */
	cardAmount?: number;
	reference?: string;
	requestId?: string;
	/** The ID of the request that this event finishes. */
	endsRequestId?: string;
	message?: string;
	metadata: Record<string, unknown>;
	createdAt?: string;
}

/** How an amount is divided between the gift card and the other payment method. */
export interface Split {
	card: number;
	other: number;
}

/** A transaction that can't be parsed; nothing may be decided from it. */
export class UnreadableOrder extends Error {}

const NOT_AUTHORIZED = new Set(['INITIATED', 'ON_HOLD', 'DECLINED', 'FAILED', 'UNKNOWN']);

/** Reads a Checkout transaction, or returns the error instead of throwing it. */
export function tryReadOrder(transaction: unknown): Order | UnreadableOrder {
	try {
		return readOrder(transaction);
	} catch (problem) {
		return problem as UnreadableOrder;
	}
}

/**
 * Reads a Checkout transaction. Dintero gives no totals, so they are summed from the successful events.
 * @throws UnreadableOrder when the amount, the currency or the events are missing
 */
export function readOrder(transaction: unknown): Order {
	const {
		id,
		status,
		amount,
		currency,
		merchant_reference,
		gift_cards,
		events: list,
	} = record(transaction);
	if (!Array.isArray(list)) throw new UnreadableOrder('it shows no events');
	if (typeof currency !== 'string') throw new UnreadableOrder('it shows no currency');
	const total = minor(amount, 'amount');
	const events = oldestFirst(list.map(readEvent));
	const done = (name: string) => events.filter((event) => event.name === name && event.success);
	const sum = (of: OrderEvent[]) => of.reduce((all, event) => all + event.amount, 0);
	const captured = sum(done('CAPTURE'));
	const refunded = sum(done('REFUND'));
	const underWay = events.filter((event) => isUnderWay(event, events));
	const waiting = (kind: OrderOperation) =>
		sum(underWay.filter(({ name }) => name === initiates(kind)));
	const state = statusOf(status);
	const voided = done('VOID').length > 0 || state === 'AUTHORIZATION_VOIDED';
	const open = !voided && !NOT_AUTHORIZED.has(state);
	return {
		id: typeof id === 'string' ? id : '',
		status: state,
		currency,
		...(typeof merchant_reference === 'string' ? { merchantReference: merchant_reference } : {}),
		amount: total,
		captured,
		refunded,
		captureLeft: open ? Math.max(0, total - captured - waiting('capture')) : 0,
		refundLeft: Math.max(0, captured - refunded - waiting('refund')),
		voided,
		underWay,
		cardIds: cardsIn(gift_cards).flatMap(({ cardId }) => cardId ?? []),
		card: cardPart(total, captured, cardsIn(gift_cards), done),
		events,
	};
}

/** Dintero does not document the order of the events. They stay as they come when a time is missing. */
function oldestFirst(events: OrderEvent[]): OrderEvent[] {
	const times = new Map(events.map((event) => [event, Date.parse(event.createdAt ?? '')]));
	const gap = (one?: OrderEvent, other?: OrderEvent) => times.get(one!)! - times.get(other!)!;
	if ([...times.values()].some(Number.isNaN)) return events;
	// Events of the same moment keep their order, so a list with the newest first is turned around before.
	return (gap(events[0], events.at(-1)) > 0 ? events.reverse() : events).sort(gap);
}

export const initiates = (kind: OrderOperation): string => `INITIATE_${kind.toUpperCase()}`;

/**
 * How a capture or a refund will be divided: the gift card comes first, and never gets back more than was taken from
 * it (source: Dintero Checkout, gift cards).
 */
export function splitOf(order: Order, kind: 'capture' | 'refund', amount: number): Split {
	const { authorized, captured, refunded } = order.card;
	const most = kind === 'capture' ? authorized - captured : captured - refunded;
	const card = Math.max(0, Math.min(amount, most));
	return { card, other: amount - card };
}

/**
 * How an event's amount was divided, as the event says; by the rule of `splitOf` when no event mentions gift cards.
 */
export function splitOfEvent(order: Order, event: OrderEvent): Split {
	const before = orderBefore(order, event);
	const rule = splitOf(before, event.name === 'CAPTURE' ? 'capture' : 'refund', event.amount);
	const anySays = order.events.some(({ cardAmount }) => cardAmount !== undefined);
	const card = anySays ? Math.min(event.cardAmount ?? 0, rule.card) : rule.card;
	return { card, other: event.amount - card };
}

/** The order with the card's sums before an event. */
function orderBefore(order: Order, event: OrderEvent): Order {
	const earlier = order.events.slice(0, order.events.indexOf(event));
	const done = (name: string) => earlier.filter((one) => one.name === name && one.success);
	const sum = (name: string) => done(name).reduce((all, { amount }) => all + amount, 0);
	const { authorized } = order.card;
	const captured = takenBy(done('CAPTURE'), authorized, sum('CAPTURE'), order.events);
	const refunded = takenBy(done('REFUND'), captured, sum('REFUND'), order.events);
	return { ...order, card: { authorized, captured, refunded } };
}

interface NamedCard {
	cardId?: string;
	amount: number;
}

function cardPart(
	total: number,
	captured: number,
	cards: NamedCard[],
	done: (name: string) => OrderEvent[],
): Order['card'] {
	// An event gives the card's part of that event; the transaction may give the card's whole amount. Neither exceeds
	// the payment.
	const told = [...done('AUTHORIZE')].reverse().find(({ cardAmount }) => cardAmount !== undefined);
	const named = told?.cardAmount ?? cards.reduce((all, { amount }) => all + amount, 0);
	const authorized = Math.min(named, total);
	const all = [...done('AUTHORIZE'), ...done('CAPTURE'), ...done('REFUND')];
	const taken = takenBy(done('CAPTURE'), authorized, captured, all);
	const refunds = done('REFUND');
	const refunded = refunds.reduce((sum, { amount }) => sum + amount, 0);
	return { authorized, captured: taken, refunded: takenBy(refunds, taken, refunded, all) };
}

/**
 * The sum that events took from or returned to the card: as they say, up to the possible maximum; by the rule when
 * none says.
 */
function takenBy(events: OrderEvent[], most: number, sum: number, all: OrderEvent[]): number {
	const anySays = all.some(({ cardAmount }) => cardAmount !== undefined);
	const told = events.reduce((total, { cardAmount = 0 }) => total + cardAmount, 0);
	return Math.min(anySays ? told : sum, most);
}

function readEvent(value: unknown): OrderEvent {
	const event = record(value);
	const { event_reference, request_id, error, gift_cards } = event;
	const ends = event.correlation_request_id ?? event.initiate_request_id;
	const name = typeof event.event === 'string' ? event.event.toUpperCase() : '';
	const success = event.success !== false && error === undefined;
	// Only these events move money; any other may have no amount.
	const counts = /^(?:INITIATE_)?(?:CAPTURE|REFUND)$/.test(name);
	const amount =
		counts && success ? minor(event.amount, `amount of ${name}`) : amountOrZero(event.amount);
	const cards = Array.isArray(gift_cards) ? cardsIn(gift_cards) : undefined;
	const told = cards?.reduce((sum, card) => sum + card.amount, 0);
	return {
		name,
		success,
		amount,
		...(told === undefined ? {} : { cardAmount: counts ? Math.min(told, amount) : told }),
		...(typeof event_reference === 'string' ? { reference: event_reference } : {}),
		...(typeof request_id === 'string' ? { requestId: request_id } : {}),
		...(typeof ends === 'string' ? { endsRequestId: ends } : {}),
		...(typeof record(error).message === 'string'
			? { message: String(record(error).message) }
			: {}),
		metadata: record(event.metadata),
		...(typeof event.created_at === 'string' ? { createdAt: event.created_at } : {}),
	};
}

/**
 * Whether an `INITIATE_…` event has no event that finishes it, matched by request ID or, where none is given, by
 * reference.
 */
function isUnderWay({ name, requestId, reference, success }: OrderEvent, all: OrderEvent[]) {
	const ended = /^INITIATE_(CAPTURE|REFUND|VOID)$/.exec(name)?.[1];
	if (ended === undefined || !success) return false;
	return !all.some((event) => {
		if (event.name !== ended) return false;
		return event.endsRequestId === undefined || requestId === undefined
			? reference !== undefined && event.reference === reference
			: event.endsRequestId === requestId;
	});
}

const cardsIn = (list: unknown): NamedCard[] =>
	(Array.isArray(list) ? list : []).map((entry) => {
		const { card_id, amount } = record(entry);
		return {
			...(typeof card_id === 'string' && card_id !== '' ? { cardId: card_id } : {}),
			amount: amountOrZero(amount),
		};
	});

/** Dintero's documentation writes some statuses in lower case, and calls the first one `initialized`. */
function statusOf(status: unknown): string {
	const name = typeof status === 'string' ? status.trim().toUpperCase() : 'UNKNOWN';
	return name === 'INITIALIZED' ? 'INITIATED' : name;
}

function minor(value: unknown, what: string): number {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (!Number.isSafeInteger(number) || (number as number) < 0)
		throw new UnreadableOrder(`the ${what} is no whole number`);
	return number as number;
}

/** Reads an amount that no decision depends on: 0 when it is missing. */
const amountOrZero = (value: unknown): number => {
	const number = Number(value);
	return Number.isSafeInteger(number) && number > 0 ? number : 0;
};

const record = (value: unknown): Record<string, unknown> =>
	typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** `captured 500.00 NOK, refunded 100.00 NOK` */
export function describeOrder({ currency, amount, captured, refunded, voided }: Order): string {
	const money = (value: number) => formatAmount(value, currency);
	return [
		`authorized ${money(amount)}`,
		`captured ${money(captured)}`,
		`refunded ${money(refunded)}`,
		...(voided ? ['voided'] : []),
	].join(', ');
}
