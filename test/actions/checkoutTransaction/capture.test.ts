import { byId, checkoutHarness } from '../checkout.mts';

const harness = checkoutHarness('checkoutTransaction', 'capture');
const SENT = 'transactions_id_capture_post';

const capture = (id: string, amount: unknown = '', more: object = {}) =>
	harness.outputOf([{}], { set: { ...byId(id), amount, ...more } as object });
const failure = (id: string, amount: unknown = '', more: object = {}) =>
	harness.failureOf([{}], { set: { ...byId(id), amount, ...more } as object });

test('takes the gift card first, in parts, then all that is left', async () => {
	const id = await harness.paid();
	const [part] = await capture(id, 250, { refId: 'parcel-1' });
	expect(part).toMatchObject({
		status: 'PARTIALLY_CAPTURED',
		amount: '250.00',
		giftCardAmount: '200.00',
		otherAmount: '50.00',
		refId: 'parcel-1',
		captured: '250.00',
		refunded: '0.00',
		outcome: 'done',
		underWay: false,
	});
	const [rest] = await capture(id);
	expect(rest).toMatchObject({ status: 'CAPTURED', amount: '250.00', otherAmount: '250.00' });
	expect(harness.audit(id)).toMatchObject({
		card: { captured: 20_000 },
		other: { captured: 30_000 },
	});
	expect(harness.balanceOf('gc-1')).toBe(0);
});

test('the same reference takes it once; above what is left nothing is sent', async () => {
	const id = await harness.paid();
	await capture(id, 100, { refId: 'p' });
	expect(await capture(id, 100, { refId: 'p' })).toMatchObject([{ alreadyDone: true }]);
	expect(await failure(id, '400.01')).toMatch(/^Only 400\.00 NOK is left to capture/);
	expect(harness.sandbox.count(SENT)).toBe(1);
});

test('a void leaves nothing to capture', async () => {
	const id = await harness.paid();
	await harness.sandbox.checkout.operate('void', id);
	expect(await failure(id)).toMatch(/^Nothing is left to capture .*voided/);
});

test('a conflict is read, then decided: done when nobody has taken it', async () => {
	const id = await harness.paid();
	harness.sandbox.faults.add({ kind: 'error-before', status: 503, operationId: SENT, nth: 1 });
	expect(await capture(id, 100)).toMatchObject([{ outcome: 'done' }]);
	expect(harness.audit(id).card.captured).toBe(10_000);
});

test('a conflict with somebody who takes it all meanwhile', async () => {
	const id = await harness.paid();
	harness.sandbox.faults.add({
		kind: 'error-before',
		status: 409,
		operationId: SENT,
		when: () => {
			void harness.sandbox.checkout.operate('capture', id, 45_000);
			return true;
		},
		times: 1,
	});
	expect(await failure(id, 100)).toMatch(/^Only 50\.00 NOK is left .* Nothing was done\./);
	expect(harness.audit(id).card.captured).toBe(20_000);
});

test('a failure that Dintero tells in an event', async () => {
	const id = await harness.paid();
	harness.sandbox.set({ failingOperations: ['capture'], failedOperation: 'event' });
	expect(await failure(id, 100, { refId: 'p' })).toMatch(
		/^Dintero could not capture this order: The payment processor refused \| No money was moved/,
	);
	harness.sandbox.set({ failingOperations: [] });
	expect(await capture(id, 100, { refId: 'p' })).toMatchObject([{ outcome: 'done' }]);
});

test('a one-transaction card number that counts each step (K11) is refused by Dintero', async () => {
	harness.sandbox.set({ oneTimeTokenInCheckout: 'each' });
	await harness.seed('gc-1', { card_token: { format: { length: 16 } }, amount: 20_000 });
	const id = await harness.paid();
	expect(await failure(id, 100)).toMatch(/The card token has been used/);
	harness.audit(id);
});

test('gift card amounts that are the whole card are told as the part they are (K18)', async () => {
	harness.sandbox.set({ giftCardAmounts: 'whole-everywhere' });
	const id = await harness.paid({ amount: 12_000 });
	expect(await capture(id, 50)).toMatchObject([{ giftCardAmountMinor: 5000, otherAmountMinor: 0 }]);
	expect(await capture(id)).toMatchObject([{ giftCardAmountMinor: 7000, otherAmountMinor: 0 }]);
});

test('lines are sent as they are', async () => {
	const id = await harness.paid();
	const orderLinesJson = JSON.stringify([{ line_id: '1', amount: 50_000 }]);
	await capture(id, 500, { additionalFields: { orderLinesJson } });
	const { events } = harness.sandbox.checkout.payment(id)!;
	expect(events.at(-1)?.items).toEqual([{ line_id: '1', amount: 50_000 }]);
	expect(await failure(id, '', { additionalFields: { orderLinesJson } })).toMatch(
		/needs an Amount/,
	);
});

test.each<[string, object, RegExp]>([
	['no order', byId('={{ $json.no }}'), /^Checkout Transaction: is empty/],
	[
		'an expression that gives no amount',
		{ amount: '={{ $json.no }}' },
		/^Amount: is empty: the expression/,
	],
	[
		'lines that are no list',
		{ additionalFields: { orderLinesJson: '{"a":1}' } },
		/is not a list of lines/,
	],
	[
		'a line without an ID',
		{ additionalFields: { orderLinesJson: '[{"amount":1}]' } },
		/line 1 has no line_id/,
	],
])('%s is refused before anything is sent', async (_what, set, message) => {
	expect(await harness.failureOf([{}], { set: { ...byId('x'), ...set } as object })).toMatch(
		message,
	);
	expect(harness.sandbox.count()).toBe(0);
});

test('without a Reference: an execution that continues another one finds what that one did', async () => {
	const [first, second] = [await harness.paid(), await harness.paid({ card: 'gc-2' })];
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
	expect([first, second].map((id) => harness.audit(id).card.captured)).toEqual([10_000, 10_000]);
});

test('without a Reference: an unknown result is not to be tried again by another execution', async () => {
	const id = await harness.paid({ card: 'gc-2' });
	harness.sandbox.faults.add(noReads(), { kind: 'cut-after', operationId: SENT });
	expect(await failure(id, 100)).toMatch(
		/did not say whether the capture .*another execution would capture the money again.*'Resume Execution ID' \d+/,
	);
});

/** Nothing can be read after the first request that moves money. */
function noReads() {
	let sent = false;
	const when = ({ operationId, method }: { operationId: string; method: string }) =>
		(sent ||= operationId === SENT) && method === 'GET';
	return { kind: 'cut-before' as const, when };
}

test("n8n's Retry On Fail does not capture again what may still come", async () => {
	const id = await harness.paid();
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
