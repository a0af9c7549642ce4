import { statusOf } from '../../../nodes/Dintero/actions/paymentSession/session';
import { checkoutHarness } from '../checkout.mts';

const harness = checkoutHarness('paymentSession', 'get', { sessionId: '={{ $json.id }}' });
const get = async (id: string) => (await harness.outputOf([{ id }]))[0];

test('open, then with a card unlocked, then paid', async () => {
	const id = await harness.session();
	expect(await get(id)).toMatchObject({
		sessionId: id,
		status: 'open',
		merchantReference: 'order-1',
		amount: '500.00',
		currency: 'NOK',
	});
	const { token, pin } = await harness.seed('gc-1', { amount: 20_000 });
	harness.sandbox.checkout.unlock(id, { token, pin });
	expect(await get(id)).toMatchObject({ status: 'open', cardId: 'gc-1', giftCardAmount: '200.00' });
	const payment = harness.sandbox.checkout.pay(id);
	expect(await get(id)).toMatchObject({
		status: 'authorized',
		checkoutTransactionId: payment.id,
		expiresAt: expect.any(String),
		createdAt: expect.any(String),
	});
});

test('canceled, expired, declined', async () => {
	const declined = await harness.session();
	harness.sandbox.checkout.pay(declined, { outcome: 'declined' });
	expect(await get(declined)).toMatchObject({ status: 'open' });
	const canceled = await harness.session();
	await harness.api.post(`/payments/sessions/${canceled}/cancel`);
	expect(await get(canceled)).toMatchObject({ status: 'canceled' });
	const old = { expires_at: '2001-01-01T00:00:00Z' };
	expect(statusOf(old)).toBe('expired');
	expect(statusOf({ ...old, transaction_id: 't' })).toBe('authorized');
	expect(statusOf({ ...old, transaction_id: 't', events: [{ name: 'FAILED' }] })).toBe('expired');
});

test('raw output, and a session that does not exist', async () => {
	const id = await harness.session();
	const [raw] = await harness.outputOf([{ id }], { set: { simplify: false }, raw: true });
	expect(raw).toMatchObject({ id, profile_id: 'default' });
	expect(await harness.failureOf([{ id: 'T1.none' }])).toMatch(/Session not found/);
	expect(await harness.failureOf([{}])).toMatch(/^Session ID: is empty/);
});
