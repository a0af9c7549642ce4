import fc from 'fast-check';

import {
	readOrder,
	splitOf,
	splitOfEvent,
	UnreadableOrder,
	describeOrder,
} from '../../nodes/Dintero/domain/order';

const card = (amount: number) => ({
	type: 'dintero.wallets',
	card_id: 'gc-1',
	amount,
	transaction_id: 't',
});
const event = (name: string, amount?: number, more: object = {}) => ({
	event: name,
	success: true,
	amount,
	...more,
});
const transaction = (events: object[], more: object = {}) => ({
	id: 'T1.a',
	status: 'AUTHORIZED',
	amount: 50_000,
	currency: 'NOK',
	merchant_reference: 'order-1',
	gift_cards: [card(20_000)],
	events,
	...more,
});
const authorized = event('AUTHORIZE', 50_000, { gift_cards: [card(20_000)] });

test('the example of the guide: a refund goes to the card first', () => {
	const order = readOrder(
		transaction([
			authorized,
			event('CAPTURE', 50_000, { gift_cards: [card(20_000)] }),
			event('REFUND', 15_000, { gift_cards: [card(15_000)] }),
		]),
	);
	expect(order).toMatchObject({
		captured: 50_000,
		refunded: 15_000,
		captureLeft: 0,
		refundLeft: 35_000,
		cardIds: ['gc-1'],
		card: { authorized: 20_000, captured: 20_000, refunded: 15_000 },
	});
	expect(splitOf(order, 'refund', 10_000)).toEqual({ card: 5000, other: 5000 });
	expect(splitOfEvent(order, order.events[2])).toEqual({ card: 15_000, other: 0 });
	expect(describeOrder(order)).toBe(
		'authorized 500.00 NOK, captured 500.00 NOK, refunded 150.00 NOK',
	);
});

describe('the events in any order', () => {
	const at = (second: number) => ({ created_at: `2026-11-30T10:00:0${second}Z` });
	const told = [
		{ ...authorized, ...at(0) },
		event('CAPTURE', 30_000, { gift_cards: [card(20_000)], ...at(1) }),
		// In the second of the capture, as with automatic jobs.
		event('REFUND', 15_000, { gift_cards: [card(15_000)], ...at(1) }),
		event('REFUND', 10_000, { gift_cards: [card(5000)], ...at(3) }),
	];
	const [first, second, third, fourth] = told;

	test.each([
		['oldest first', told],
		['newest first', [...told].reverse()],
		['unordered', [second, fourth, first, third]],
	])('%s: a refund is divided as its event says', (_name, events) => {
		const order = readOrder(transaction(events));
		const [one, other] = order.events.filter(({ name }) => name === 'REFUND');
		expect(splitOfEvent(order, one)).toEqual({ card: 15_000, other: 0 });
		expect(splitOfEvent(order, other)).toEqual({ card: 5000, other: 5000 });
	});

	test('stay as they come when one has no time', () => {
		const order = readOrder(transaction([first, second, { ...third, created_at: 'x' }, fourth]));
		expect(order.events.map(({ amount }) => amount)).toEqual([50_000, 30_000, 15_000, 10_000]);
	});
});

test('failed events count for nothing', () => {
	const failed = { success: false, error: { message: 'no' } };
	const order = readOrder(
		transaction([
			authorized,
			event('CAPTURE', 50_000, failed),
			event('CAPTURE', 10_000, { gift_cards: [card(10_000)] }),
			event('REFUND', undefined, failed),
		]),
	);
	expect(order).toMatchObject({ captured: 10_000, captureLeft: 40_000, refundLeft: 10_000 });
	expect(order.events[1].message).toBe('no');
});

test.each<[string, object, boolean]>([
	['nothing', {}, true],
	[
		'an event that names its request',
		event('REFUND', 1000, { correlation_request_id: 'q' }),
		false,
	],
	['the same by its name of 2020', event('REFUND', 1000, { initiate_request_id: 'q' }), false],
	[
		'one that failed',
		event('REFUND', 1000, { correlation_request_id: 'q', success: false }),
		false,
	],
	['another request', event('REFUND', 1000, { correlation_request_id: 'other' }), true],
	['its reference, without a request', event('REFUND', 1000, { event_reference: 'r' }), false],
	['another reference', event('REFUND', 1000, { event_reference: 's' }), true],
	['another operation', event('CAPTURE', 1000, { correlation_request_id: 'q' }), true],
])('a refund that was taken is under way until %s ends it', (_what, end, underWay) => {
	const order = readOrder(
		transaction([
			event('CAPTURE', 50_000),
			event('INITIATE_REFUND', 1000, { request_id: 'q', event_reference: 'r' }),
			end,
		]),
	);
	expect(order.underWay).toHaveLength(underWay ? 1 : 0);
	// What is under way is not left for another one.
	if (underWay) expect(order.refundLeft).toBe(order.captured - order.refunded - 1000);
});

test.each([
	['AUTHORIZED', 50_000],
	['authorized', 50_000],
	['PARTIALLY_CAPTURED', 50_000],
	['initialized', 0],
	['ON_HOLD', 0],
	['DECLINED', 0],
	['AUTHORIZATION_VOIDED', 0],
	[undefined, 0],
])('status %p leaves %i to capture', (status, left) => {
	expect(readOrder(transaction([authorized], { status })).captureLeft).toBe(left);
});

test('a void leaves nothing to capture, also after a part was captured', () => {
	const order = readOrder(
		transaction([authorized, event('CAPTURE', 10_000), event('VOID')], {
			status: 'PARTIALLY_CAPTURED',
		}),
	);
	expect(order).toMatchObject({ voided: true, captureLeft: 0, refundLeft: 10_000 });
});

test.each<[string, unknown]>([
	['no object', 'text'],
	['no events', transaction([], { events: undefined })],
	['no currency', transaction([], { currency: undefined })],
	['no amount', transaction([], { amount: undefined })],
	['half an øre', transaction([event('CAPTURE', 0.5)])],
	['a capture without an amount', transaction([event('CAPTURE')])],
	['a negative refund', transaction([event('CAPTURE', 100), event('REFUND', -1)])],
])('%s is not read as an order', (_what, value) => {
	expect(() => readOrder(value)).toThrow(UnreadableOrder);
});

test('amounts as text are read', () => {
	expect(
		readOrder(transaction([{ ...authorized, amount: '50000' }], { amount: '50000' })).captureLeft,
	).toBe(50_000);
});

/** Books of our own, by Dintero's rule: the gift card first, and never more back than was taken. */
function play(cardPart: number, operations: Array<['capture' | 'refund', number]>) {
	const sums = { capture: { card: 0, other: 0 }, refund: { card: 0, other: 0 } };
	const events: object[] = [event('AUTHORIZE', 50_000, { gift_cards: [card(cardPart)] })];
	const splits: Array<{ card: number; other: number }> = [];
	for (const [kind, wanted] of operations) {
		const { capture, refund } = sums;
		const left =
			kind === 'capture'
				? { card: cardPart - capture.card, other: 50_000 - cardPart - capture.other }
				: { card: capture.card - refund.card, other: capture.other - refund.other };
		const amount = Math.min(wanted, left.card + left.other);
		if (amount === 0) continue;
		const byCard = Math.min(amount, left.card);
		sums[kind].card += byCard;
		sums[kind].other += amount - byCard;
		splits.push({ card: byCard, other: amount - byCard });
		events.push(
			event(kind.toUpperCase(), amount, byCard > 0 ? { gift_cards: [card(byCard)] } : {}),
		);
	}
	return { sums, events, splits };
}

const operations = fc.array(
	fc.tuple(
		fc.constantFrom('capture' as const, 'refund' as const),
		fc.integer({ min: 1, max: 60_000 }),
	),
	{ maxLength: 12 },
);

test.each(['part', 'whole', 'unsaid'] as const)(
	'any captures and refunds are divided as Dintero divides them, whatever it says of cards: %s',
	(says) => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 50_000 }), operations, (cardPart, list) => {
				const { sums, events, splits } = play(cardPart, list);
				const told = events.map((one) => {
					const { gift_cards, ...rest } = one as { gift_cards?: Array<{ amount: number }> };
					if (says === 'unsaid' || !gift_cards) return rest;
					// Either the part of the event, or all that was on the card.
					return says === 'part' ? one : { ...rest, gift_cards: [card(cardPart)] };
				});
				const order = readOrder(
					transaction(told, { gift_cards: cardPart > 0 ? [card(cardPart)] : [] }),
				);
				expect(order.captured).toBe(sums.capture.card + sums.capture.other);
				expect(order.refunded).toBe(sums.refund.card + sums.refund.other);
				expect(order.captureLeft).toBe(50_000 - order.captured);
				expect(order.card).toEqual({
					authorized: cardPart,
					captured: sums.capture.card,
					refunded: sums.refund.card,
				});
				const moved = order.events.slice(1);
				expect(moved.map((one) => splitOfEvent(order, one))).toEqual(splits);
			}),
		);
	},
);
