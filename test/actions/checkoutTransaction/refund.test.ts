import { byId, checkoutHarness } from '../checkout.mts';

const harness = checkoutHarness('checkoutTransaction', 'refund');
const SENT = 'transactions_id_refund_post';

const refund = (id: string, amount: unknown = '', more: object = {}) =>
	harness.outputOf([{}], { set: { ...byId(id), amount, ...more } as object });
const failure = (id: string, amount: unknown = '', more: object = {}) =>
	harness.failureOf([{}], { set: { ...byId(id), amount, ...more } as object });

test('the card gets its money back first, and the output says where it went', async () => {
	const id = await harness.paid({ captured: 50_000 });
	const [first] = await refund(id, '150', {
		refId: 'return-1',
		additionalFields: { reason: 'Broken' },
	});
	expect(first).toEqual({
		checkoutTransactionId: id,
		merchantReference: 'order-1',
		status: 'PARTIALLY_REFUNDED',
		amount: '150.00',
		amountMinor: 15_000,
		amountFormatted: '150.00 NOK',
		currency: 'NOK',
		giftCardAmount: '150.00',
		giftCardAmountMinor: 15_000,
		giftCardAmountFormatted: '150.00 NOK',
		otherAmount: '0.00',
		otherAmountMinor: 0,
		otherAmountFormatted: '0.00 NOK',
		cardId: 'gc-1',
		refId: 'return-1',
		captured: '500.00',
		capturedMinor: 50_000,
		capturedFormatted: '500.00 NOK',
		refunded: '150.00',
		refundedMinor: 15_000,
		refundedFormatted: '150.00 NOK',
		outcome: 'done',
		alreadyDone: false,
		recovered: false,
		underWay: false,
	});
	const [second] = await refund(id, 100, { refId: 'return-2' });
	expect(second).toMatchObject({ giftCardAmountMinor: 5000, otherAmountMinor: 5000 });
	const [rest] = await refund(id, '', { refId: 'return-3' });
	expect(rest).toMatchObject({ amountMinor: 25_000, otherAmountMinor: 25_000, status: 'REFUNDED' });
	expect(harness.balanceOf('gc-1')).toBe(20_000);
	expect(harness.audit(id)).toMatchObject({
		card: { refunded: 20_000 },
		other: { refunded: 30_000 },
	});
});

test('the same reference refunds once; another amount with it is refused', async () => {
	const id = await harness.paid({ captured: 50_000 });
	await refund(id, 100, { refId: 'r' });
	const [again] = await refund(id, 100, { refId: 'r' });
	expect(again).toMatchObject({ alreadyDone: true, giftCardAmountMinor: 10_000 });
	expect(await failure(id, 101, { refId: 'r' })).toMatch(
		/^The Reference 'r' was used before for another amount \| It was 100\.00 NOK then, now it is 101\.00 NOK\. Nothing was sent now/,
	);
	expect(harness.audit(id).card.refunded).toBe(10_000);
});

test("n8n's retry refunds once, without a reference of one's own; another execution is another refund", async () => {
	const id = await harness.paid({ captured: 50_000 });
	const set = { ...byId(id), amount: 100 } as object;
	// The refund is made, but neither its answer nor the look afterwards comes through: the first try fails.
	harness.sandbox.faults.add(
		{ kind: 'cut-after', operationId: SENT, nth: 1 },
		{ kind: 'error-before', status: 404, operationId: 'transactions_id_get', nth: 2 },
	);
	const settings = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };
	const [output] = await harness.outputOf([{}], { set, settings: settings as never });
	expect(output).toMatchObject({ outcome: 'recovered', recovered: true });
	expect(harness.audit(id).card.refunded).toBe(10_000);
	expect(await harness.outputOf([{}], { set })).toMatchObject([{ outcome: 'done' }]);
	expect(harness.audit(id).card.refunded).toBe(20_000);
});

test('what is unknown is said to be unknown, and sent once', async () => {
	const id = await harness.paid({ captured: 50_000 });
	harness.sandbox.faults.add({ kind: 'cut-before', operationId: SENT });
	expect(await failure(id, 100, { refId: 'r' })).toMatch(
		/^Dintero did not say whether the refund with the Reference 'r' was made .* \| It may still be carried out\./,
	);
	expect(harness.sandbox.count(SENT)).toBe(1);
});

test('a preview shows how it would be divided, and refunds nothing', async () => {
	const id = await harness.paid({ captured: 50_000 });
	const [shown] = await refund(id, 250, { options: { preview: true } });
	expect(shown).toMatchObject({
		preview: true,
		amountMinor: 25_000,
		giftCardAmountMinor: 20_000,
		otherAmountMinor: 5000,
		alreadyDone: false,
	});
	expect(harness.sandbox.count(SENT)).toBe(0);
});

test.each<[string, { captured?: number }, unknown, RegExp]>([
	[
		'more than was captured',
		{ captured: 10_000 },
		'100.01',
		/^Only 100\.00 NOK is left to refund on this order, not 100\.01 NOK/,
	],
	[
		'before it is captured',
		{},
		'1',
		/^Nothing is left to refund .* Before it is captured, use 'Void'\. Nothing was sent\./,
	],
	['nothing', { captured: 10_000 }, 0, /^Amount: is 0/],
])('%s is refused, and nothing is sent', async (_what, state, amount, message) => {
	const id = await harness.paid(state);
	expect(await failure(id, amount)).toMatch(message);
	expect(harness.sandbox.count(SENT)).toBe(0);
});

test('many items for one order are done one after another, never above what is left', async () => {
	const id = await harness.paid({ captured: 30_000 });
	const items = Array.from({ length: 5 }, (_, nth) => ({ nth }));
	const run = await harness.run(items, {
		set: { ...byId(id), amount: 100, refId: '=r-{{ $json.nth }}' } as object,
	});
	expect(harness.errorsOf(run)).toHaveLength(2);
	expect(harness.audit(id)).toMatchObject({
		card: { refunded: 20_000 },
		other: { refunded: 10_000 },
	});
	expect(harness.sandbox.count(SENT)).toBe(3);
});

test('two items with one reference are refused', async () => {
	const id = await harness.paid({ captured: 30_000 });
	expect(
		await harness.failureOf([{}, {}], { set: { ...byId(id), amount: 1, refId: 'r' } as object }),
	).toMatch(/Reference: 'r' is also the reference of item 1, for the same order/);
	expect(harness.sandbox.count()).toBe(0);
});

describe('a gift card that has expired', () => {
	const expired = async () => {
		const id = await harness.paid({ captured: 50_000 });
		const card = harness.sandbox.books.card('gc-1')!;
		harness.sandbox.changeCard(card.cardId, { expiresAt: Date.now() - 1000 });
		return id;
	};

	test('stops the refund before anything is sent', async () => {
		const id = await expired();
		expect(await failure(id, 100)).toMatch(
			/^The gift card 'gc-1' expired on \d{4}-\d\d-\d\d, so it cannot take 100\.00 NOK of this refund back \| .*Nothing was sent/,
		);
		expect(harness.sandbox.count(SENT)).toBe(0);
	});

	test('is told in the preview too', async () => {
		expect(await failure(await expired(), 100, { options: { preview: true } })).toMatch(
			/expired on/,
		);
	});

	test.each([400, 'other-method', 'book'] as const)(
		'leaves it to Dintero on request: %p',
		async (way) => {
			const id = await expired();
			harness.sandbox.set({ refundToDeadCard: way });
			const more = { options: { ifCardCannotTakeMoney: 'continue' } };
			if (way === 400) {
				expect(await failure(id, 100, more)).toMatch(/The gift card has expired/);
				return;
			}
			const [output] = await refund(id, 100, more);
			expect(output).toMatchObject({
				giftCardAmountMinor: way === 'book' ? 10_000 : 0,
				otherAmountMinor: way === 'book' ? 0 : 10_000,
				warning: expect.stringMatching(
					way === 'book' ? /Dintero decides/ : /was expected to go to the gift card/,
				),
			});
			harness.audit(id);
		},
	);

	test('matters only for the part that goes to it', async () => {
		const id = await harness.paid({ card: null, captured: 50_000 });
		await refund(id, 100);
		expect(harness.audit(id).other.refunded).toBe(10_000);
	});
});

test('a card that cannot be looked up is told, and does not stop the refund', async () => {
	const id = await harness.paid({ captured: 50_000 });
	harness.signIn(harness.sandbox.addClient({ scopes: ['admin:checkout'] }));
	const [output] = await refund(id, 100);
	expect(output.warning).toMatch(/could not be looked up/);
});

test("the credential's spending limit holds, also for all that is left", async () => {
	const id = await harness.paid({ captured: 50_000 });
	harness.signIn(harness.sandbox.account, { maximumAmount: 100 });
	for (const amount of ['100.01', ''])
		expect(await failure(id, amount)).toMatch(
			/^Amount: .* is more than the credential's spending limit/,
		);
	expect(harness.sandbox.count(SENT)).toBe(0);
	expect(await refund(id, 100)).toHaveLength(1);
});

test('lines must come to the amount', async () => {
	const id = await harness.paid({ captured: 50_000 });
	const lines = (amount: number) => ({
		additionalFields: { orderLinesJson: JSON.stringify([{ line_id: '1', amount }]) },
	});
	expect(await failure(id, 100, lines(9999))).toMatch(
		/the lines add up to 9999, but Amount is 10000/,
	);
	harness.sandbox.set({ unevenLines: 400 });
	await refund(id, 100, lines(10_000));
});

test('raw output is the transaction, with what became of it', async () => {
	const id = await harness.paid({ captured: 50_000 });
	const [output] = await harness.outputOf([{}], {
		raw: true,
		set: { ...byId(id), amount: 5000, options: { amountUnit: 'minor', simplify: false } } as object,
	});
	expect(output).toMatchObject({ id, status: 'PARTIALLY_REFUNDED', outcome: 'done' });
	expect((output.events as unknown[]).length).toBeGreaterThan(2);
});

test('an order that does not exist', async () => {
	expect(await failure('T11223344.none', 1)).toMatch(/Transaction not found/);
});

test('taken with 202: under way, no money has moved', async () => {
	const id = await harness.paid({ captured: 50_000 });
	harness.sandbox.set({ acceptedOperations: ['refund'], acceptedMs: null });
	const [output] = await refund(id, 100, { refId: 'r' });
	expect(output).toMatchObject({ outcome: 'underWay', underWay: true, refundedMinor: 0 });
	expect(output.giftCardAmount).toBeUndefined();
	expect(await failure(id, '400.01', { refId: 's' })).toMatch(
		/Only 400\.00 NOK is left .*still under way/,
	);
	harness.sandbox.checkout.finishOperations();
	const [after] = await refund(id, 100, { refId: 'r' });
	expect(after).toMatchObject({ underWay: false, refundedMinor: 10_000 });
	expect(harness.audit(id).card.refunded).toBe(10_000);
});

test('without a Reference: an execution that continues another one finds what that one did', async () => {
	const [first, second] = [
		await harness.paid({ captured: 50_000 }),
		await harness.paid({ card: 'gc-2', captured: 50_000 }),
	];
	const rows = [{ id: first }, { id: second }];
	const run = (items: typeof rows, executionId: string, options = {}) =>
		harness.run(items, { set: { ...byId('={{ $json.id }}'), amount: 100, options }, executionId });
	await run(rows.slice(0, 1), '900');
	const resumed = await run(rows, '901', { resumeExecutionId: '900' });
	expect(resumed.json('Dintero').map(({ outcome }) => outcome)).toEqual(['recovered', 'done']);
	expect(resumed.hints).toEqual([]);
	const moved = await run([...rows].reverse(), '902', { resumeExecutionId: '900' });
	expect(
		harness.errorsOf(moved).concat(String(moved.nodeError('Dintero')?.message)),
	).toContainEqual(
		expect.stringMatching(/^Resume Execution ID: item \d of execution 900 has already moved money/),
	);
	expect([first, second].map((id) => harness.audit(id).card.refunded)).toEqual([10_000, 10_000]);
});

test('without a Reference: an unknown result is not to be tried again by another execution', async () => {
	const id = await harness.paid({ captured: 50_000 });
	harness.sandbox.faults.add(noReads(), { kind: 'cut-after', operationId: SENT });
	expect(await failure(id, 100)).toMatch(
		/did not say whether the refund .*another execution would refund the money again.*'Resume Execution ID' \d+/,
	);
});

/** Nothing can be read after the first request that moves money. */
function noReads() {
	let sent = false;
	const when = ({ operationId, method }: { operationId: string; method: string }) =>
		(sent ||= operationId === SENT) && method === 'GET';
	return { kind: 'cut-before' as const, when };
}

test("n8n's Retry On Fail does not refund again what may still come", async () => {
	const id = await harness.paid({ captured: 50_000 });
	harness.sandbox.faults.add({
		kind: 'late',
		status: 504,
		delayMs: 1500,
		operationId: SENT,
		nth: 1,
	});
	const run = await harness.run([{}], {
		set: { ...byId(id), amount: 100 },
		settings: { retryOnFail: true, maxTries: 2, waitBetweenTries: 1000 },
	});
	expect(run.nodeError('Dintero')?.message).toMatch(
		/did not say whether .*an earlier try got no answer/,
	);
	expect(harness.sandbox.count(SENT)).toBe(1);
	await harness.quiet();
});
