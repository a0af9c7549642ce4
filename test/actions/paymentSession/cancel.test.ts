import { checkoutHarness } from '../checkout.mts';

const harness = checkoutHarness('paymentSession', 'cancel', { sessionId: '={{ $json.id }}' });
const SENT = 'checkout_session_cancel_post';
const cancel = async (id: string, options: object = {}) =>
	(await harness.outputOf([{ id }], { set: { options } as object }))[0];
const failure = (id: string, options: object = {}) =>
	harness.failureOf([{ id }], { set: { options } as object });

test('closes the link, once', async () => {
	const id = await harness.session();
	expect(await cancel(id)).toMatchObject({ sessionId: id, status: 'canceled', outcome: 'done' });
	expect(() => harness.sandbox.checkout.pay(id)).toThrow('canceled');
	expect(await cancel(id)).toMatchObject({ alreadyDone: true });
	expect(harness.sandbox.count(SENT)).toBe(1);
});

test('a paid order is left alone unless asked for by name', async () => {
	const transaction = await harness.paid();
	const { sessionId } = harness.sandbox.checkout.payment(transaction)!;
	expect(await failure(sessionId)).toMatch(
		/^The customer has paid this order; .*The link was not canceled/,
	);
	expect(harness.sandbox.count(SENT)).toBe(0);
	expect(await cancel(sessionId, { ifAuthorized: 'void' })).toMatchObject({
		status: 'canceled',
		cardId: 'gc-1',
		giftCardAmount: '200.00',
		checkoutTransactionId: transaction,
	});
	expect(harness.sandbox.books.card('gc-1')?.available).toBe(20_000);
	harness.audit(transaction);
});

test('a captured order cannot be canceled', async () => {
	const transaction = await harness.paid({ captured: 100 });
	const { sessionId } = harness.sandbox.checkout.payment(transaction)!;
	expect(await failure(sessionId, { ifAuthorized: 'void' })).toMatch(
		/^The order of this link is paid.*Refund/,
	);
});

describe.each([400, 403, 409, 'unchanged'] as const)('a refusal as %p (K12)', (cancelRefused) => {
	test('of one that was canceled in the meantime is no failure', async () => {
		harness.sandbox.set({ cancelRefused });
		const id = await harness.session();
		harness.sandbox.faults.add({ kind: 'cut-after', operationId: SENT, nth: 1 });
		expect(await cancel(id)).toMatchObject({ outcome: 'recovered', status: 'canceled' });
	});
});

test.each([
	'cut-before',
	'cut-after',
	'error-before',
	'error-after',
	'truncated',
	'not-json',
	'rate-limit',
] as const)('%s: canceled once', async (kind) => {
	const id = await harness.session();
	harness.sandbox.faults.add({ kind, operationId: SENT, nth: 1 });
	expect(await cancel(id)).toMatchObject({ status: 'canceled' });
});

test('without any answer, the error says that the outcome is unknown', async () => {
	const id = await harness.session();
	harness.sandbox.faults.add({ kind: 'cut-before', operationId: SENT });
	expect(await failure(id)).toMatch(
		/^Dintero did not say whether the payment session was canceled/,
	);
});

test('raw output', async () => {
	const id = await harness.session();
	const [raw] = await harness.outputOf([{ id }], {
		set: { options: { simplify: false } },
		raw: true,
	});
	expect(raw).toMatchObject({ id, outcome: 'done', cancelled_by: 'sandbox-client' });
});

test('an answer that shows another link proves nothing', async () => {
	const id = await harness.session();
	const answer = { id: 'another', cancelled_at: '2026-01-01T00:00:00Z' };
	harness.sandbox.faults.add({ kind: 'answer-before', answer, operationId: SENT, nth: 1 });
	expect(await cancel(id)).toMatchObject({ sessionId: id, status: 'canceled' });
	expect(() => harness.sandbox.checkout.pay(id)).toThrow('canceled');
});
