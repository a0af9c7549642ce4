import { axios, checkoutHarness } from '../checkout.mts';

const harness = checkoutHarness('paymentSession', 'create', {
	amount: '500',
	merchantReference: '={{ $json.order }}',
	returnUrl: 'https://shop.example/thanks',
});
const SENT = 'checkout_session_profile_post';

const link = async (set: object = {}, item: object = { order: '10045' }) =>
	(await harness.outputOf([{ ...item }], { set }))[0];
const failure = (set: object = {}, item: object = { order: '10045' }) =>
	harness.failureOf([{ ...item }], { set });
const last = () => harness.sandbox.checkout.sessions().at(-1)!;

test('four fields make a link that takes a gift card, and it is paid with one', async () => {
	const output = await link();
	expect(output).toMatchObject({
		merchantReference: '10045',
		amount: '500.00',
		currency: 'NOK',
		acceptsGiftCards: true,
		sessionId: last().id,
		paymentUrl: `${harness.sandbox.url}/pay/${last().id}`,
	});
	expect(output.smsStatus).toBeUndefined();
	expect((await axios.get(String(output.paymentUrl))).status).toBe(200);
	const { token, pin } = await harness.seed('gc-1', { amount: 20_000 });
	const payment = harness.sandbox.checkout.pay(last().id, { giftCard: { token, pin } });
	expect(payment).toMatchObject({ card: { authorized: 20_000 }, other: { authorized: 30_000 } });
	expect(payment.order.items).toMatchObject([
		{ line_id: '1', amount: 50_000, description: 'Order 10045' },
	]);
});

test('the link always ends: after a week, or when it was said', async () => {
	const { expiresAt } = await link();
	expect(Date.parse(String(expiresAt)) - Date.now()).toBeGreaterThan(6.9 * 86_400_000);
	expect(last().request.expires_at).toBeDefined();
	await link({ additionalFields: { expiresAt: '2099-12-31' } });
	expect(new Date(last().expiresAt).toISOString()).toMatch(
		/^2100-01-01T04:59:59|^2099-12-31T22:59:59/,
	);
	expect(await failure({ additionalFields: { expiresAt: '2020-01-01' } })).toMatch(/has passed/);
});

test('a link without gift cards is a plain session', async () => {
	expect(await link({ giftCards: false })).toMatchObject({ acceptsGiftCards: false });
	expect(last().request).not.toHaveProperty('express');
	expect(last().request.configuration).toBeUndefined();
});

test('customer, item, profile, metadata and automatic capture are handed on', async () => {
	await link({
		additionalFields: {
			customerEmail: 'anna@example.com',
			customerId: 'c-77',
			customerPhone: '0047 999 99 999',
			itemId: 'GIFTCARD-500',
			itemDescription: 'Gift card',
			profileId: 'gift-cards',
			autoCapture: true,
			metadataJson: '{"ext_campaign":"summer"}',
		},
	});
	expect(last().request).toMatchObject({
		profile_id: 'gift-cards',
		customer: { customer_id: 'c-77', email: 'anna@example.com', phone_number: '+4799999999' },
		order: { items: [{ id: 'GIFTCARD-500', description: 'Gift card', amount: 50_000 }] },
		configuration: { auto_capture: true, dintero: { wallets: { enabled: true } } },
		metadata: { ext_campaign: 'summer' },
	});
});

test('the link goes out by SMS, and the output says how that went', async () => {
	const sms = { sendSms: true, customerPhone: '+4799999999' };
	for (const way of ['sent', 'skipped', 'failed'] as const) {
		harness.sandbox.set({ testAccountSms: way });
		expect(await link({ additionalFields: sms })).toMatchObject({ smsStatus: way });
	}
	expect(await failure({ additionalFields: { sendSms: true } })).toMatch(
		/^Send Link by SMS: has no number/,
	);
});

test.each([401, 403] as const)(
	'a token that expired (%i) is fetched anew, and one link is made',
	async (expiredCheckoutToken) => {
		harness.sandbox.set({ expiredCheckoutToken });
		await link();
		const before = harness.sandbox.checkout.sessions().length;
		harness.sandbox.expireTokens();
		expect(await link()).toMatchObject({ merchantReference: '10045' });
		expect(harness.sandbox.checkout.sessions()).toHaveLength(before + 1);
	},
);

test('a client without the right to make links is told so after one more try, not more', async () => {
	harness.signIn(harness.sandbox.addClient({ scopes: ['admin:wallets'] }));
	expect(await failure()).toMatch(/write:checkout|right|scope|permission/i);
	expect(harness.sandbox.count(SENT)).toBeLessThanOrEqual(2);
	expect(harness.sandbox.checkout.sessions()).toHaveLength(0);
});

describe("the customer's own card", () => {
	const offer = (value: string) => ({
		additionalFields: { cardId: { __rl: true, mode: 'id', value } },
	});

	test('is offered, and needs its PIN', async () => {
		const { pin } = await harness.seed('gc-1');
		await link(offer('gc-1'));
		expect(harness.sandbox.checkout.unlock(last().id, { cardId: 'gc-1', pin })).toBe(50_000);
	});

	test.each<[string, object, RegExp]>([
		[
			'expired',
			{ expires_at: '2001-01-01T00:00:00Z' },
			/'gc-1' expired on 2001-01-01, so it cannot pay/,
		],
		['in another currency', { currency: 'EUR' }, /'gc-1' is in EUR/],
		['empty', { amount: 0 }, /'gc-1' is empty/],
		['not active yet', { active_from: '2099-01-01T00:00:00Z' }, /'gc-1' is not active yet/],
	])('is refused when it is %s (K10)', async (_what, card, message) => {
		await harness.seed('gc-1', card);
		expect(await failure(offer('gc-1'))).toMatch(message);
		expect(harness.sandbox.count(SENT)).toBe(0);
	});

	test("is refused when it has expired by Dintero's clock, whatever this machine's says", async () => {
		await harness.seed('gc-1', { expires_at: new Date(Date.now() + 3_600_000).toISOString() });
		harness.sandbox.advance(2 * 3_600_000);
		expect(await failure(offer('gc-1'))).toMatch(/'gc-1' expired on/);
		expect(harness.sandbox.count(SENT)).toBe(0);
	});

	test('that does not exist is refused; without wallet rights the payment page decides', async () => {
		expect(await failure(offer('gone'))).toMatch(/'gone' does not exist/);
		harness.signIn(harness.sandbox.addClient({ scopes: ['admin:checkout'] }));
		await link(offer('gone'));
	});

	test('cannot be offered without gift cards', async () => {
		expect(await failure({ ...offer('gc-1'), giftCards: false })).toMatch(
			/^Card: is offered, but 'Accept Gift Cards' is off/,
		);
	});
});

test.each<[string, object]>([
	['vipps', { vipps: { enabled: true } }],
	['swish.swish', { swish: { swish: { enabled: true } } }],
	['klarna.billie', { klarna: { billie: { enabled: true } } }],
	['instabank.finance', { instabank: { finance: { enabled: true } } }],
	['collector.invoice', { collector: { invoice: { enabled: true } } }],
	['netaxept.creditcard', { netaxept: { creditcard: { enabled: true } } }],
])('what Dintero refuses with gift cards is refused before it is sent: %s', async (name, given) => {
	const set = { additionalFields: { configurationJson: JSON.stringify(given) } };
	expect(await failure(set)).toMatch(`Configuration (JSON): enables ${name}`);
	expect(harness.sandbox.count()).toBe(0);
	await link({ ...set, giftCards: false });
});

test('a payment type that goes with gift cards is handed on', async () => {
	await link({ additionalFields: { configurationJson: '{"klarna":{"klarna":{"enabled":true}}}' } });
	expect(last().request.configuration).toMatchObject({ klarna: { klarna: { enabled: true } } });
});

test.each(['refuse', 'ignore'] as const)(
	'a profile that excludes gift cards (K9: %s)',
	async (way) => {
		harness.sandbox.set({ profilePaymentTypes: ['vipps'], profileConflicts: way });
		if (way === 'refuse') expect(await failure()).toMatch(/can't be enabled together with vipps/);
		else await link();
	},
);

describe('order lines', () => {
	const lines = (...list: object[]) => ({
		additionalFields: { orderLinesJson: JSON.stringify(list) },
	});
	const line = (line_id: string, amount: number, more: object = {}) => ({
		line_id,
		amount,
		...more,
	});

	test('are sent instead of one', async () => {
		await link(lines(line('a', 20_000), line('b', 30_000)));
		expect(last().request.order.items).toHaveLength(2);
	});

	test.each<[string, object[], RegExp]>([
		[
			'that do not come to the amount',
			[line('a', 49_999)],
			/the lines add up to 49999, but Amount is 50000/,
		],
		['with one line ID twice', [line('a', 20_000), line('a', 30_000)], /same line_id/],
		['with splits', [line('a', 50_000, { splits: [{}] })], /has splits/],
		[
			'that sell a gift card as used',
			[line('a', 50_000, { type: 'gift_card' })],
			/'digital' or 'physical'/,
		],
		['with half an øre', [line('a', 0.5)], /not a whole number/],
	])('%s are refused', async (_what, list, message) => {
		expect(await failure(lines(...list))).toMatch(message);
		expect(harness.sandbox.count()).toBe(0);
	});
});

test.each<[string, object, object, RegExp]>([
	['an expression that gives no order number', {}, {}, /^Order Number: is empty/],
	[
		'a return URL without https',
		{ returnUrl: 'shop.example' },
		{ order: '1' },
		/^Return URL: 'shop\.example' is not a web address/,
	],
	[
		'a return URL that is code',
		{ returnUrl: 'javascript://x/%0aalert(1)' },
		{ order: '1' },
		/is not a web address/,
	],
	[
		'a phone number without a country code',
		{ additionalFields: { customerPhone: '99999999' } },
		{ order: '1' },
		/country code/,
	],
	[
		'an e-mail address that is none',
		{ additionalFields: { customerEmail: 'anna' } },
		{ order: '1' },
		/not an e-mail/,
	],
	[
		'a configuration that is no object',
		{ additionalFields: { configurationJson: '[1]' } },
		{ order: '1' },
		/not a JSON object/,
	],
])('%s is refused before anything is sent', async (_what, set, item, message) => {
	expect(await failure(set, item)).toMatch(message);
	expect(harness.sandbox.count()).toBe(0);
});

test('two links for one order are refused: it could be paid twice', async () => {
	expect(await harness.failureOf([{ order: 'o' }, { order: 'o' }])).toMatch(
		/Order Number: 'o' is also the order of item 1/,
	);
});

describe('no answer', () => {
	test.each(['cut-before', 'cut-after', 'truncated', 'error-after'] as const)(
		'(%s) is asked for once, and said as it is',
		async (kind) => {
			harness.sandbox.faults.add({ kind, operationId: SENT });
			expect(await failure()).toMatch(
				/^Dintero did not say whether the payment link of order '10045' was made .*\| No money has moved, and nobody has the link/,
			);
			expect(harness.sandbox.count(SENT)).toBe(1);
		},
	);

	test.each<[string, object]>([
		['another order', { id: 'x', url: 'https://pay.example/x', order: { amount: 1 } }],
		['an error', { id: 'x', url: 'https://pay.example/x', error: { message: 'refused' } }],
	])('of this order: an answer that shows %s is not believed', async (_what, answer) => {
		harness.sandbox.faults.add({ kind: 'answer-before', answer, operationId: SENT });
		expect(await failure()).toMatch(/did not say whether .*no payment link of this order/);
	});

	test("n8n's Retry On Fail sends no second SMS", async () => {
		harness.sandbox.faults.add({ kind: 'cut-after', operationId: SENT, nth: 1 });
		const run = await harness.run([{ order: '10045' }], {
			set: { additionalFields: { sendSms: true, customerPhone: '+4799999999' } },
			settings: { retryOnFail: true, maxTries: 2, waitBetweenTries: 1000 },
		});
		expect(run.nodeError('Dintero')?.message).toMatch(/an earlier try got no answer/);
		expect(harness.sandbox.count(SENT)).toBe(1);
	});

	test('with an SMS the customer may have the link already', async () => {
		harness.sandbox.faults.add({ kind: 'cut-after', operationId: SENT });
		expect(
			await failure({ additionalFields: { sendSms: true, customerPhone: '+4799999999' } }),
		).toMatch(/may already have it by SMS/);
	});
});

test('raw output is what Dintero answers', async () => {
	const [output] = await harness.outputOf([{ order: '1' }], {
		raw: true,
		set: { options: { simplify: false } },
	});
	expect(output).toMatchObject({ id: last().id, url: expect.any(String) });
});
