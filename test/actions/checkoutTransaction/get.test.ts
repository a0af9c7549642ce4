import { byId, checkoutHarness } from '../checkout.mts';

const harness = checkoutHarness('checkoutTransaction', 'get');

test('shows what was captured and refunded, and what a refund would put on the gift card', async () => {
	const id = await harness.paid({ captured: 50_000 });
	await harness.sandbox.checkout.operate('refund', id, 15_000);
	const [output] = await harness.outputOf([{}], { set: byId(id) });
	expect(output).toMatchObject({
		checkoutTransactionId: id,
		merchantReference: 'order-1',
		status: 'PARTIALLY_REFUNDED',
		amount: '500.00',
		currency: 'NOK',
		captured: '500.00',
		refunded: '150.00',
		giftCardRefund: '50.00',
		cardId: 'gc-1',
	});
	expect(output.createdAt).toMatch(/[+-]\d\d:\d\d$/);
});

test('raw output is the whole transaction', async () => {
	const id = await harness.paid();
	const [output] = await harness.outputOf([{}], {
		set: { ...byId(id), simplify: false },
		raw: true,
	});
	expect(output).toMatchObject({
		id,
		items: [{ line_id: '1' }],
		gift_cards: [{ card_id: 'gc-1' }],
	});
});

test.each<[string, RegExp]>([
	['={{ $json.no }}', /^Checkout Transaction: is empty/],
	['.', /cannot be part of a web address/],
	['T11223344.none', /Transaction not found/],
])('%p', async (id, message) => {
	expect(await harness.failureOf([{}], { set: byId(id) })).toMatch(message);
});

test('a client without the right to read payments is told which one it needs', async () => {
	const id = await harness.paid();
	harness.signIn(harness.sandbox.addClient({ scopes: ['admin:wallets'] }));
	expect(await harness.failureOf([{}], { set: byId(id) })).toMatch(/read:checkout/);
});
