import { closeAll, listen, temporaryFile } from '../client.mts';
import { giftCardsOn, openCheckout, order, plainSession, session, type Box } from './client.mts';

let box: Box;
beforeEach(async () => {
	box = await openCheckout({ switches: { retryDelaysMs: [5, 5] } });
});
afterEach(async () => {
	await closeAll();
	expect(box.sandbox.violations).toEqual([]);
});

const create = (body: unknown = session(50_000)) => box.checkout.post('/sessions-profile', body);
const balanceOf = (cardId = 'gc-1') => {
	const { balance, available } = box.sandbox.books.card(cardId)!;
	return { balance, available };
};
const movesOf = (cardId = 'gc-1') =>
	box.sandbox.books
		.transactions(cardId)
		.slice(1)
		.map(({ kind, amount }) => [kind, amount]);

describe('a session', () => {
	test('is made from a profile, with an address to pay at', async () => {
		const { status, data } = await create();
		expect(status).toBe(200);
		expect(data.id).toMatch(/^T11223344\.\w{22}$/);
		expect(data.url).toBe(`${box.sandbox.url}/pay/${data.id}`);
		expect(data.session).toBeUndefined();
		const { data: read } = await box.checkout.get(`/sessions/${data.id}`);
		expect(read).toMatchObject({ id: data.id, order: { amount: 50_000 }, profile_id: 'default' });
		expect(read.transaction_id).toBeUndefined();
	});

	test('the same request twice makes two', async () => {
		const [one, two] = [await create(), await create()];
		expect(one.data.id).not.toBe(two.data.id);
		expect(box.sandbox.checkout.sessions()).toHaveLength(2);
	});

	test('can be returned whole', async () => {
		const { data } = await box.checkout.post('/sessions-profile?include_session=true', session(1));
		expect(data.session).toMatchObject({ id: data.id, events: [{ name: 'INITIATED' }] });
	});

	test('closes after expires_at, or after its default life', async () => {
		const { data } = await create();
		box.sandbox.advance(14_401_000);
		expect(() => box.sandbox.checkout.visit(data.id)).toThrow('expired');
		const later = new Date(Date.now() + 100 * 86_400_000).toISOString();
		const long = await create(session(1, { expires_at: later }));
		expect(box.sandbox.checkout.visit(long.data.id)).toMatchObject({ amount: 1 });
	});

	test('sends a link by SMS where there is a number', async () => {
		const configuration = { ...giftCardsOn, publish: [{ channel: 'sms', type: 'checkout-link' }] };
		const without = await create(session(1, { configuration }));
		expect(without.data.publish).toMatchObject([{ channel: 'sms', status: 'skipped' }]);
		const customer = { phone_number: '+4799999999' };
		const sent = await create(session(1, { configuration, customer }));
		expect(sent.data.publish).toMatchObject([{ status: 'sent' }]);
		expect(box.sandbox.checkout.sessions().at(-1)?.published).toEqual(['sms +4799999999']);
	});

	test('offers cards of the payer, who still needs the PIN', async () => {
		const { token, pin } = await box.codes('gc-1');
		const customer = { gift_cards: { 'dintero.wallets': [{ card_id: 'gc-1' }] } };
		const { data } = await create(session(50_000, { customer }));
		const read = (await box.checkout.get(`/sessions/${data.id}`)).data;
		const [offered] = read.customer.gift_cards['dintero.wallets'];
		expect(offered.card_id).toBe('gc-1');
		expect(offered.masked_card_token).toMatch(/\*/);
		expect(JSON.stringify(read)).not.toContain(token);
		const { checkout } = box.sandbox;
		expect(() => checkout.unlock(data.id, { cardId: 'gc-1' })).toThrow('PIN');
		expect(() => checkout.unlock(data.id, { cardId: 'gc-1', pin: 'no' })).toThrow('PIN');
		expect(checkout.unlock(data.id, { cardId: 'gc-1', pin })).toBe(20_000);
		const after = (await box.checkout.get(`/sessions/${data.id}`)).data;
		expect(after.order.gift_cards).toMatchObject([{ card_id: 'gc-1', amount: 20_000 }]);
		expect(after.events.at(-1)).toMatchObject({
			name: 'SET_GIFT_CARD',
			details: { gift_card: { card_id: 'gc-1', card_amount: 20_000, currency: 'NOK' } },
		});
	});

	test.each<[string, object]>([
		['vipps', { vipps: { enabled: true } }],
		['swish.swish', { swish: { swish: { enabled: true } } }],
		['klarna.billie', { klarna: { billie: { enabled: true } } }],
		['instabank', { instabank: { finance: { enabled: true } } }],
		['collector', { collector: { invoice: { enabled: true } } }],
		['netaxept', { netaxept: { creditcard: { enabled: true } } }],
	])('gift cards together with %s are refused', async (_name, more) => {
		const { status } = await create(session(1, { configuration: { ...giftCardsOn, ...more } }));
		expect(status).toBe(400);
		// Our own contract says so too, so a node that sends it is caught.
		expect(box.sandbox.violations).toHaveLength(1);
		box.sandbox.resetLog();
	});

	test('gift cards without Express are refused, and together with splits', async () => {
		expect((await create(plainSession(1, { configuration: giftCardsOn }))).status).toBe(400);
		expect(box.sandbox.violations).toHaveLength(1);
		box.sandbox.resetLog();
		const items = [
			{ line_id: '1', amount: 1, splits: [{ payout_destination_id: 'a', amount: 1 }] },
		];
		const split = await create(session(1, { order: order(1, { items }) }));
		expect(split).toMatchObject({
			status: 400,
			data: { error: { message: expect.stringMatching(/splits/) } },
		});
	});

	test('order.gift_cards never spends a card: the contract refuses it', async () => {
		await box.codes('gc-1');
		const gift_cards = [{ type: 'dintero.wallets', card_id: 'gc-1', amount: 1 }];
		expect((await create(session(1, { order: order(1, { gift_cards }) }))).status).toBe(400);
		expect(box.sandbox.violations).toHaveLength(1);
		expect(movesOf()).toEqual([]);
		box.sandbox.resetLog();
	});

	test('canceled: it can no longer be paid, and an authorized payment is voided with it', async () => {
		const { data } = await create();
		const canceled = await box.checkout.post(`/sessions/${data.id}/cancel`);
		expect(canceled).toMatchObject({ status: 200, data: { cancelled_by: 'sandbox-client' } });
		expect(() => box.sandbox.checkout.pay(data.id)).toThrow('canceled');

		const id = await box.paid();
		const { session_id } = await box.read(id);
		expect(balanceOf()).toEqual({ balance: 20_000, available: 0 });
		expect((await box.checkout.post(`/sessions/${session_id}/cancel`)).status).toBe(200);
		expect((await box.read(id)).status).toBe('AUTHORIZATION_VOIDED');
		expect(balanceOf()).toEqual({ balance: 20_000, available: 20_000 });
		expect((await box.checkout.post(`/sessions/${session_id}/cancel`)).status).toBe(400);
	});

	test('an unknown one is a 404', async () => {
		expect((await box.checkout.get('/sessions/T11223344.none')).status).toBe(404);
		expect((await box.checkout.post('/sessions/T11223344.none/cancel')).status).toBe(404);
	});
});

describe('paying', () => {
	test('a card pays first, a bank card the rest; the wallet holds the part', async () => {
		const id = await box.paid();
		const read = await box.read(id);
		expect(read).toMatchObject({
			id,
			status: 'AUTHORIZED',
			amount: 50_000,
			payment_product_type: 'dintero_psp.creditcard',
			gift_cards: [{ type: 'dintero.wallets', card_id: 'gc-1', amount: 20_000 }],
			events: [
				{ event: 'INITIALIZE' },
				{ event: 'AUTHORIZE', success: true, gift_cards: [{ amount: 20_000 }] },
			],
		});
		const [hold] = box.sandbox.books.transactions('gc-1').slice(1);
		expect(hold).toMatchObject({ kind: 'pending', amount: 20_000 });
		expect(read.events[1].gift_cards[0].transaction_id).toBe(hold.id);
		expect(balanceOf()).toEqual({ balance: 20_000, available: 0 });
	});

	test('a card that is rich enough pays all', async () => {
		const id = await box.paid(12_000);
		expect(await box.read(id)).toMatchObject({ payment_product_type: 'dintero.wallets' });
		expect(balanceOf()).toEqual({ balance: 20_000, available: 8000 });
	});

	test.each<[string, object, RegExp]>([
		['another currency', { currency: 'EUR' }, /EUR/],
		['expired', { expires_at: '2001-01-01T00:00:00Z' }, /expired/],
		['not active yet', { active_from: '2099-01-01T00:00:00Z' }, /not active yet/],
		['without a PIN', { pin: undefined }, /PIN/],
	])('a card that is %s is refused on the page', async (_what, more, message) => {
		const { data } = await create();
		const made = await box.post('/wallets/cards', {
			card_id: 'bad',
			amount: 100,
			currency: 'NOK',
			pin: { format: { length: 4 } },
			card_token: {},
			...more,
		});
		const giftCard = {
			token: made.data.card_token.token.value as string,
			pin: made.data.pin?.pin.value as string,
		};
		expect(() => box.sandbox.checkout.pay(data.id, { giftCard })).toThrow(message);
		expect(movesOf('bad')).toEqual([]);
	});

	test('an empty card, and a plain session, take no gift card', async () => {
		const codes = await box.codes('gc-1', 100);
		box.sandbox.checkout.pay((await create(session(100))).data.id, { giftCard: codes });
		const next = (await create()).data.id;
		expect(() => box.sandbox.checkout.pay(next, { giftCard: codes })).toThrow('empty');
		const plain = (await create(plainSession(100))).data.id;
		expect(() => box.sandbox.checkout.pay(plain, { giftCard: codes })).toThrow('not accepted');
	});

	test('a paid order cannot be paid again; a declined one can', async () => {
		const { data } = await create();
		const declined = box.sandbox.checkout.pay(data.id, { outcome: 'declined' });
		expect(await box.read(declined.id)).toMatchObject({ status: 'DECLINED' });
		box.sandbox.checkout.pay(data.id);
		expect(() => box.sandbox.checkout.pay(data.id)).toThrow('is paid');
	});

	test('a payment on hold is decided later', async () => {
		const giftCard = await box.codes('gc-1');
		const first = (await create()).data.id;
		const { id } = box.sandbox.checkout.pay(first, { outcome: 'on-hold', giftCard });
		expect((await box.operate('capture', id, { amount: 1 })).status).toBe(400);
		box.sandbox.checkout.decide(id, false);
		expect(await box.read(id)).toMatchObject({ status: 'FAILED' });
		expect(balanceOf()).toEqual({ balance: 20_000, available: 20_000 });
		box.sandbox.checkout.audit();
	});

	test('auto_capture takes the money at once', async () => {
		const id = await box.paid(50_000, 'gc-1', {
			configuration: { ...giftCardsOn, auto_capture: true },
		});
		expect(await box.read(id)).toMatchObject({ status: 'CAPTURED' });
		expect(balanceOf()).toEqual({ balance: 0, available: 0 });
		box.sandbox.checkout.audit();
	});
});

describe('capture, refund, void', () => {
	const capture = (id: string, amount: number, more: object = {}) =>
		box.operate('capture', id, { amount, ...more });
	const refund = (id: string, amount: number, more: object = {}) =>
		box.operate('refund', id, { amount, ...more });

	test('in parts, the gift card first, to the øre', async () => {
		const id = await box.paid();
		const partOf = ({ data }: { data: { events: Array<Record<string, never>> } }) => {
			const last = data.events.at(-1) as unknown as Record<string, unknown>;
			const [used] = (last.gift_cards ?? []) as Array<{ amount: number }>;
			return [last.event, last.amount, used?.amount ?? 0, last.transaction_status];
		};
		expect(partOf(await capture(id, 15_000))).toEqual([
			'CAPTURE',
			15_000,
			15_000,
			'PARTIALLY_CAPTURED',
		]);
		expect(partOf(await capture(id, 35_000))).toEqual(['CAPTURE', 35_000, 5000, 'CAPTURED']);
		// The example of the reference: 150.00 goes to the card; of the next 100.00 half.
		expect(partOf(await refund(id, 15_000))).toEqual([
			'REFUND',
			15_000,
			15_000,
			'PARTIALLY_REFUNDED',
		]);
		expect(partOf(await refund(id, 10_000))).toEqual([
			'REFUND',
			10_000,
			5000,
			'PARTIALLY_REFUNDED',
		]);
		expect(partOf(await refund(id, 25_000))).toEqual(['REFUND', 25_000, 0, 'REFUNDED']);
		expect(balanceOf()).toEqual({ balance: 20_000, available: 20_000 });
		expect(movesOf()).toEqual([
			['pending', 20_000],
			['capture', 15_000],
			['capture', 5000],
			['fund', 15_000],
			['fund', 5000],
		]);
		expect(box.sandbox.checkout.audit()).toMatchObject([
			{
				card: { captured: 20_000, refunded: 20_000 },
				other: { captured: 30_000, refunded: 30_000 },
			},
		]);
	});

	test('a repeated reference moves money again', async () => {
		const id = await box.paid();
		await capture(id, 50_000);
		const body = { refund_reference: 'r-1', reason: 'Broken' };
		await refund(id, 1000, body);
		const { data } = await refund(id, 1000, body);
		expect(data.events.map(({ event_reference }: never) => event_reference).slice(-2)).toEqual([
			'r-1',
			'r-1',
		]);
		expect(box.sandbox.checkout.payment(id)?.card.refunded).toBe(2000);
	});

	test('the reference of the order is the default', async () => {
		const id = await box.paid(50_000, 'gc-1', {
			order: order(50_000, { event_reference: 'order-1' }),
		});
		const { data } = await capture(id, 50_000);
		expect(data.events.at(-1).event_reference).toBe('order-1');
	});

	test.each<[string, (id: string) => Promise<{ status: number }>]>([
		['a capture above the authorized amount', (id) => capture(id, 50_001)],
		['a refund before the capture', (id) => refund(id, 1)],
		[
			'a refund above the captured amount',
			async (id) => {
				await capture(id, 10_000);
				return refund(id, 10_001);
			},
		],
		[
			'a second void',
			async (id) => {
				await box.operate('void', id);
				return box.operate('void', id);
			},
		],
	])('%s is refused', async (_what, work) => {
		expect((await work(await box.paid())).status).toBe(400);
		box.sandbox.checkout.audit();
	});

	test('a void releases the reservation', async () => {
		const id = await box.paid();
		expect((await box.operate('void', id)).data).toMatchObject({ status: 'AUTHORIZATION_VOIDED' });
		expect(balanceOf()).toEqual({ balance: 20_000, available: 20_000 });
		box.sandbox.checkout.audit();
	});

	test('a final capture releases the rest', async () => {
		const id = await box.paid();
		await capture(id, 15_000, { final_capture: true });
		expect(balanceOf()).toEqual({ balance: 5000, available: 5000 });
		expect((await capture(id, 1)).status).toBe(400);
		box.sandbox.checkout.audit();
	});

	test('the audit notices a wallet that disagrees', async () => {
		const id = await box.paid();
		await capture(id, 50_000);
		const payment = box.sandbox.checkout.payment(id)!;
		box.sandbox.checkout.tamper({ ...payment, card: { ...payment.card, captured: 1 } });
		expect(() => box.sandbox.checkout.audit()).toThrow('do not agree');
	});
});

describe('the list', () => {
	const list = async (query: string) =>
		(await box.checkout.get(`/transactions?${query}`)).data.map(
			(entry: { merchant_reference: string }) => entry.merchant_reference,
		);
	const many = async (count: number) => {
		for (let nth = 1; nth <= count; nth++) {
			const body = session(nth * 100, {
				order: order(nth * 100, { merchant_reference: `o-${nth}`, merchant_reference_2: 'same' }),
				customer: { customer_id: nth % 2 ? 'odd' : 'even', email: `${nth}@example.com` },
			});
			const { data } = await create(body);
			box.sandbox.checkout.pay(data.id);
		}
	};

	test('pages by the id of the last entry, ten by default', async () => {
		await many(12);
		const first = (await box.checkout.get('/transactions')).data;
		expect(first).toHaveLength(10);
		expect(first[0].merchant_reference).toBe('o-12');
		expect(await list(`starting_after=${first.at(-1).id}`)).toEqual(['o-2', 'o-1']);
		expect((await box.checkout.get('/transactions?starting_after=none')).status).toBe(400);
	});

	test.each<[string, string[]]>([
		['merchant_reference=o-2', ['o-2']],
		['merchant_reference_2=same&limit=2', ['o-4', 'o-3']],
		['customer_id=odd', ['o-3', 'o-1']],
		['amount=200', ['o-2']],
		['amount.gte=300&amount.lte=300', ['o-3']],
		['status=AUTHORIZED&status=CAPTURED&limit=1', ['o-4']],
		['status=REFUNDED', []],
		['currency=SEK', []],
		['payment_product_type=dintero_psp.creditcard&limit=1', ['o-4']],
		['payment_product=dintero', []],
		['search=3%40example.com', ['o-3']],
		['search=o-1', ['o-1']],
		['created_at.gte=2001-01-01&limit=1', ['o-4']],
		['created_at.lte=2001-01-01', []],
		['captured_at.gte=2001-01-01', ['o-1']],
		['refunded_at.gte=2001-01-01', []],
	])('filters by %s', async (query, expected) => {
		await many(4);
		const [first] = box.sandbox.checkout.payments();
		await box.operate('capture', first.id, { amount: 100 });
		expect(await list(query)).toEqual(expected);
	});

	test('an upper limit that is a bare date holds that whole day', async () => {
		await many(1);
		const today = new Date().toISOString().slice(0, 10);
		expect(await list(`created_at.lte=${today}`)).toEqual(['o-1']);
	});
});

describe('events', () => {
	const subscribe = async (...events: string[]) => {
		const ear = await listen();
		await box.post('/hooks/subscriptions', {
			config: { url: ear.url, secret: { type: 'HMAC-SHA1', value: 'hemmelig' } },
			events,
		});
		await box.sandbox.deliveriesSettled();
		return async () => {
			await box.sandbox.deliveriesSettled();
			return ear.events().map(({ body }) => body);
		};
	};

	test('a payment and every change of it is told, with the promised members only', async () => {
		const told = await subscribe('checkout_transaction');
		const id = await box.paid();
		await box.operate('capture', id, { amount: 50_000 });
		await box.operate('refund', id, { amount: 1 });
		const bodies = await told();
		expect(bodies).toHaveLength(3);
		for (const body of bodies) {
			expect(Object.keys(body).sort()).toEqual([
				'account_id',
				'event',
				'event_delivery',
				'transaction',
			]);
			expect(Object.keys(body.transaction).sort()).toEqual([
				'created_at',
				'id',
				'merchant_reference',
				'session_id',
				'updated_at',
			]);
		}
	});

	test('how an authorization went is told, also of a payer who went away', async () => {
		const told = await subscribe('checkout_authorization');
		const id = await box.paid();
		await told();
		const { data } = await create();
		box.sandbox.checkout.abandon(data.id);
		await told();
		box.sandbox.checkout.pay(data.id, { outcome: 'declined' });
		const [paid, away, declined] = await told();
		expect(paid).toMatchObject({ authorization: { transaction_id: id }, transaction: { id } });
		expect(away.authorization).toEqual({
			merchant_reference: 'order-1',
			session_id: data.id,
			error: 'cancelled',
		});
		expect(away.transaction).toBeUndefined();
		expect(declined.authorization.error).toBe('authorization');
	});

	test('the wallet tells of what Checkout moves on a card', async () => {
		const told = await subscribe('wallet_transaction');
		const id = await box.paid();
		await box.operate('capture', id, { amount: 50_000 });
		expect((await told()).map(({ transaction }) => transaction.type).sort()).toEqual([
			'drawdown',
			'fund',
			'pending_capture',
		]);
	});
});

test('a file keeps sessions and payments over a restart', async () => {
	const { file, remove } = temporaryFile();
	const first = await openCheckout({ file });
	const id = await first.paid();
	await first.sandbox.stop();
	const second = await openCheckout({ file });
	await second.operate('capture', id, { amount: 50_000 });
	expect(second.sandbox.checkout.audit()).toMatchObject([{ id, status: 'CAPTURED' }]);
	await second.sandbox.stop();
	remove();
});
