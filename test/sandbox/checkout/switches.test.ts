/** Every switch of Checkout, every way. */
import type { Switches } from '../../../sandbox/sandbox.mts';
import { checkoutSwitches } from '../../../sandbox/checkout/switches.mts';
import { closeAll, listen, sleep } from '../client.mts';
import { giftCardsOn, openCheckout, order, session, type Box } from './client.mts';

let box: Box;
const turned = new Set<string>();
/** Opens a fresh sandbox with these switches and remembers which were turned. */
async function turn(switches: Partial<Switches>) {
	if (box) await box.sandbox.stop();
	box = await openCheckout();
	box.sandbox.set(switches);
	for (const [name, value] of Object.entries(switches)) turned.add(`${name}=${String(value)}`);
}
afterEach(async () => {
	await closeAll();
	expect(box.sandbox.violations).toEqual([]);
});
afterAll(() => {
	const all = Object.entries(checkoutSwitches).flatMap(([name, { options, initial }]) =>
		(options ?? [])
			.filter((option) => option !== initial)
			.map((option) => `${name}=${String(option)}`),
	);
	expect(all.filter((value) => !turned.has(value))).toEqual([]);
});

const create = (body: unknown = session(50_000)) => box.checkout.post('/sessions-profile', body);
const capture = (id: string, amount = 50_000) => box.operate('capture', id, { amount });
const refund = (id: string, amount: number, more: object = {}) =>
	box.operate('refund', id, { amount, ...more });
const card = (cardId = 'gc-1') => {
	const { balance, available } = box.sandbox.books.card(cardId)!;
	return [balance, available];
};
const agree = () => box.sandbox.checkout.audit();

describe('access', () => {
	test.each([
		['both', 200, 200],
		['classic', 200, 404],
		['account', 404, 200],
	] as const)('checkoutPaths %s', async (checkoutPaths, classic, account) => {
		await turn({ checkoutPaths });
		expect((await box.checkout.get('/transactions')).status).toBe(classic);
		expect((await box.get('/payments/transactions')).status).toBe(account);
		expect((await box.post('/payments/sessions-profile', session(1))).status).toBe(account);
	});

	test.each([401, 403] as const)('an expired token is a %i', async (expiredCheckoutToken) => {
		await turn({ expiredCheckoutToken });
		box.sandbox.expireTokens();
		expect((await box.checkout.get('/transactions')).status).toBe(expiredCheckoutToken);
		expect((await box.get('/wallets/cards')).status).toBe(401);
	});

	test('calls a second can be limited', async () => {
		await turn({ checkoutRequestsPerSecond: 2 });
		const replies = [];
		for (let nth = 0; nth < 3; nth++) replies.push(await box.checkout.get('/transactions'));
		expect(replies.map(({ status }) => status)).toEqual([200, 200, 429]);
		expect(replies[2].headers['retry-after']).toBe('1');
	});

	test.each(['ignore', 'honor'] as const)('an Idempotency-Key: %s', async (idempotencyKey) => {
		await turn({ idempotencyKey });
		const id = await box.paid();
		await capture(id);
		const again = () =>
			box.checkout.post(`/transactions/${id}/refund`, { amount: 100 }, { 'idempotency-key': 'k' });
		await again();
		await again();
		const refunded = idempotencyKey === 'honor' ? 100 : 200;
		expect(agree()[0].card.refunded).toBe(refunded);
	});

	test('the account follows from the token; a missing right is refused', async () => {
		await turn({});
		const { http } = await clientWith(['read:checkout']);
		expect((await http.get('/transactions')).status).toBe(200);
		const refused = await http.post('/sessions-profile', session(1));
		expect(refused).toMatchObject({ status: 403 });
		expect(refused.data.error.message).toContain('write:checkout');
	});
});

async function clientWith(scopes: string[]) {
	const { axios, getToken } = await import('../client.mts');
	const client = box.sandbox.addClient({ scopes });
	const { data } = await getToken(box.sandbox.apiUrl, client);
	const http = axios.create({
		baseURL: box.sandbox.apiUrl,
		headers: { Authorization: `Bearer ${data.access_token as string}` },
		validateStatus: () => true,
	});
	return { http };
}

describe('sessions', () => {
	test('lines can be limited', async () => {
		await turn({ sessionLines: 1 });
		const items = [1, 2].map((line) => ({ line_id: String(line), amount: 1 }));
		expect((await create(session(2, { order: order(2, { items }) }))).status).toBe(400);
	});

	test('the default life is a switch', async () => {
		await turn({ sessionLifetime: 86_400 });
		const { data } = await create();
		box.sandbox.advance(86_300_000);
		box.sandbox.checkout.visit(data.id);
		box.sandbox.advance(200_000);
		expect(() => box.sandbox.checkout.visit(data.id)).toThrow('expired');
	});

	test.each(['refuse', 'ignore'] as const)(
		'a profile with a payment type that excludes gift cards: %s',
		async (profileConflicts) => {
			await turn({ profileConflicts, profilePaymentTypes: ['vipps'] });
			expect((await create()).status).toBe(profileConflicts === 'refuse' ? 400 : 200);
		},
	);

	test.each(['allow', 'refuse'] as const)('a type on neither list: %s', async (way) => {
		await turn({ unlistedPaymentTypes: way });
		const configuration = { ...giftCardsOn, two: { invoice: { enabled: true } } };
		const { status } = await create(session(1, { configuration }));
		expect(status).toBe(way === 'allow' ? 200 : 400);
	});

	test.each([true, false])('gift cards by the profile: %p', async (profileGiftCards) => {
		await turn({ profileGiftCards });
		const { data } = await create(session(100, { configuration: {} }));
		const giftCard = await box.codes('gc-1');
		const pay = () => box.sandbox.checkout.pay(data.id, { giftCard });
		if (profileGiftCards) expect(pay().card.authorized).toBe(100);
		else expect(pay).toThrow('not accepted');
	});

	test.each(['accept', 400] as const)('a preloaded card that cannot pay: %p', async (way) => {
		await turn({ preloadedUnusableCard: way });
		await box.codes('old', 100, { expires_at: '2001-01-01T00:00:00Z' });
		const customer = { gift_cards: { 'dintero.wallets': [{ card_id: 'old' }] } };
		expect((await create(session(1, { customer }))).status).toBe(way === 400 ? 400 : 200);
	});

	test.each([400, 403, 409, 'unchanged'] as const)('canceling twice: %p', async (cancelRefused) => {
		await turn({ cancelRefused });
		const { data } = await create();
		await box.checkout.post(`/sessions/${data.id}/cancel`);
		const { status } = await box.checkout.post(`/sessions/${data.id}/cancel`);
		expect(status).toBe(cancelRefused === 'unchanged' ? 200 : cancelRefused);
	});

	test.each(['sent', 'skipped', 'failed'] as const)('an SMS of a test account: %s', async (way) => {
		await turn({ testAccountSms: way });
		const configuration = { publish: [{ channel: 'sms', type: 'checkout-link' }] };
		const { data } = await create(
			session(1, { configuration, customer: { phone_number: '+4799999999' } }),
		);
		expect(data.publish).toMatchObject([{ status: way }]);
	});
});

describe('transactions', () => {
	test.each(['other', 'dintero.wallets'] as const)('mixed payments are %s', async (way) => {
		await turn({ mixedPaymentType: way });
		const expected = way === 'other' ? 'dintero_psp.creditcard' : way;
		expect((await box.read(await box.paid())).payment_product_type).toBe(expected);
	});

	test.each(['newest-first', 'oldest-first', 'by-id'] as const)('listed %s', async (way) => {
		await turn({ checkoutListOrder: way });
		const made = [await box.paid(1, null), await box.paid(2, null), await box.paid(3, null)];
		const listed = (await box.checkout.get('/transactions')).data.map(
			({ id }: { id: string }) => id,
		);
		const expected = { 'newest-first': [...made].reverse(), 'oldest-first': made };
		expect(listed).toEqual(way === 'by-id' ? [...made].sort() : expected[way]);
	});

	test.each([
		['part', 100, 100],
		['whole-on-transaction', 20_000, 100],
		['whole-everywhere', 20_000, 20_000],
	] as const)('amounts of cards: %s', async (giftCardAmounts, whole, part) => {
		await turn({ giftCardAmounts });
		const { gift_cards, events } = await box.read(await box.paid(100));
		expect(gift_cards[0].amount).toBe(whole);
		expect(events.at(-1).gift_cards[0].amount).toBe(part);
	});

	test.each(['wallet', 'other'] as const)('the id of a card in an event: %s', async (way) => {
		await turn({ eventCardTransaction: way });
		const { events } = await box.read(await box.paid());
		const known = box.sandbox.books.transactions('gc-1').map(({ id }) => id);
		expect(known.includes(events.at(-1).gift_cards[0].transaction_id)).toBe(way === 'wallet');
	});

	test.each(['none', 'originated_by', 'metadata'] as const)(
		'its mark in the wallet: %s',
		async (way) => {
			await turn({ checkoutWalletMark: way });
			const id = await box.paid();
			const moves = (await box.get('/wallets/cards/gc-1/transactions')).data;
			const [hold] = moves.filter(({ type }: { type: string }) => type === 'pending_capture');
			expect(hold.originated_by).toBe(way === 'originated_by' ? 'dintero-checkout' : undefined);
			expect(hold.metadata?.dintero_transaction_id).toBe(way === 'metadata' ? id : undefined);
		},
	);

	test.each(['none', 'capture', 'reservation'] as const)(
		'the parent of money given back: %s',
		async (way) => {
			await turn({ checkoutRefundParent: way });
			const id = await box.paid();
			await capture(id);
			await refund(id, 5_000);
			const moves = (await box.get('/wallets/cards/gc-1/transactions')).data;
			const of = (name: string) =>
				moves.filter(({ type }: { type: string }) => type === name) as Array<
					Record<'id' | 'parent_id', string>
				>;
			const [back] = of('fund');
			const ids = {
				none: undefined,
				capture: of('drawdown')[0]?.id,
				reservation: of('pending_capture')[0]?.id,
			};
			expect(back.parent_id).toBe(ids[way]);
		},
	);

	test.each(['one', 'each'] as const)('a one-transaction number counts %s', async (way) => {
		await turn({ oneTimeTokenInCheckout: way });
		const giftCard = await box.codes('gc-1', 20_000, {
			card_token: { expires_after_transaction: true },
		});
		const { id } = box.sandbox.checkout.pay((await create()).data.id, { giftCard });
		expect((await capture(id)).status).toBe(way === 'one' ? 200 : 400);
		agree();
	});
});

describe('capture, refund, void', () => {
	test.each(['run', 409, 503] as const)('two at once: %p', async (concurrentOperations) => {
		await turn({ concurrentOperations });
		const id = await box.paid();
		await capture(id);
		box.sandbox.set({ checkoutOperationMs: 60 });
		const replies = await Promise.all([refund(id, 100), refund(id, 100)]);
		const second = concurrentOperations === 'run' ? 200 : concurrentOperations;
		expect(replies.map(({ status }) => status).sort()).toEqual([200, second]);
		expect(agree()[0].card.refunded).toBe(concurrentOperations === 'run' ? 200 : 100);
	});

	test.each(['error', 'event'] as const)('a refusal of the processor: %s', async (way) => {
		await turn({ failedOperation: way, failingOperations: ['capture', 'refund', 'void'] });
		const id = await box.paid();
		for (const reply of [await capture(id), await box.operate('void', id)]) {
			expect(reply.status).toBe(way === 'error' ? 400 : 200);
			if (way === 'event') {
				expect(reply.data.events.at(-1)).toMatchObject({
					success: false,
					error: { message: expect.stringContaining('refused') },
				});
			}
		}
		expect(agree()[0].card).toMatchObject({ captured: 0, voided: 0 });
	});

	test.each(['success', 'failure'] as const)('202, ending in %s', async (acceptedOutcome) => {
		await turn({ acceptedOutcome, acceptedOperations: ['capture'], acceptedMs: null });
		const id = await box.paid();
		const accepted = await capture(id);
		expect(accepted).toMatchObject({ status: 202, data: { status: 'AUTHORIZED' } });
		const begun = accepted.data.events.at(-1);
		expect(begun).toMatchObject({ event: 'INITIATE_CAPTURE', amount: 50_000 });
		expect(accepted.headers['event-request-id']).toBe(begun.request_id);
		expect(agree()[0].card.captured).toBe(0);
		box.sandbox.checkout.finishOperations();
		expect((await box.read(id)).events.at(-1)).toMatchObject({
			event: 'CAPTURE',
			success: acceptedOutcome === 'success',
			correlation_request_id: begun.request_id,
		});
		expect(agree()[0].card.captured).toBe(acceptedOutcome === 'success' ? 20_000 : 0);
	});

	test('202 ends by itself', async () => {
		await turn({ acceptedOperations: ['capture'], acceptedMs: 10 });
		const id = await box.paid();
		await capture(id);
		await sleep(60);
		expect((await box.read(id)).status).toBe('CAPTURED');
	});

	test.each([400, 403, 409, 'event'] as const)('more than is left: %p', async (notAllowed) => {
		await turn({ notAllowed });
		const id = await box.paid();
		const { status, data } = await refund(id, 1);
		expect(status).toBe(notAllowed === 'event' ? 200 : notAllowed);
		if (notAllowed === 'event') expect(data.events.at(-1).success).toBe(false);
		agree();
	});

	test.each(['ignore', 400] as const)('lines that do not add up: %p', async (unevenLines) => {
		await turn({ unevenLines });
		const id = await box.paid();
		await capture(id);
		const { status } = await refund(id, 100, { items: [{ line_id: '1', amount: 99 }] });
		expect(status).toBe(unevenLines === 400 ? 400 : 200);
	});

	test.each(['release', 400, 'keep-card'] as const)('void after a part: %p', async (way) => {
		await turn({ voidAfterCapture: way });
		const id = await box.paid();
		await capture(id, 15_000);
		expect((await box.operate('void', id)).status).toBe(way === 400 ? 400 : 200);
		expect(card()).toEqual(way === 'release' ? [5000, 5000] : [5000, 0]);
		agree();
	});

	test.each([400, 'other-method', 'book'] as const)('a refund to a dead card: %p', async (way) => {
		await turn({ refundToDeadCard: way });
		const giftCard = await box.codes('gc-1', 20_000, {
			expires_at: new Date(Date.now() + 60_000).toISOString(),
		});
		const { id } = box.sandbox.checkout.pay((await create()).data.id, { giftCard });
		await capture(id);
		box.sandbox.advance(120_000);
		const { status } = await refund(id, 10_000);
		expect(status).toBe(way === 400 ? 400 : 200);
		const [{ card: cardPart, other }] = agree();
		expect([cardPart.refunded, other.refunded]).toEqual(
			{ 400: [0, 0], 'other-method': [0, 10_000], book: [10_000, 0] }[way],
		);
	});
});

test.each(['promised', 'with-status', 'whole'] as const)('events carry what is %s', async (way) => {
	await turn({ checkoutEventBody: way });
	const ear = await listen();
	await box.post('/hooks/subscriptions', {
		config: { url: ear.url },
		events: ['checkout_transaction'],
	});
	await box.paid();
	await box.sandbox.deliveriesSettled();
	const [{ body }] = ear.events();
	expect(body.transaction.status).toBe(way === 'promised' ? undefined : 'AUTHORIZED');
	expect(Array.isArray(body.transaction.events)).toBe(way === 'whole');
});
