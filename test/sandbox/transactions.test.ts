import { card, clientFor, closeAll, getToken, open } from './client.mts';

let box: Awaited<ReturnType<typeof open>>;
let token: string;
beforeEach(async () => {
	box = await open();
	const { data } = await box.post('/wallets/cards', card('gc-1'));
	token = data.card_token.token.value;
});
afterEach(async () => {
	await closeAll();
	expect(box.sandbox.violations).toEqual([]);
});

let serial = 0;
const move = (more: object) =>
	box.post('/wallets/transactions', {
		ref_id: `r-${++serial}`,
		amount: 10000,
		currency: 'NOK',
		...more,
	});
const balances = async () => (await box.get('/wallets/cards/gc-1')).data;

test('drawing and funding move the balance', async () => {
	expect((await move({ token })).data).toMatchObject({ type: 'drawdown', amount: 10000 });
	expect((await move({ card_id: 'gc-1', type: 'fund', amount: 1 })).data.type).toBe('fund');
	expect(await balances()).toMatchObject({
		amount: 50000,
		amount_balance: 40001,
		amount_funds: 50001,
		amount_drawdown: 10000,
		status: 'used',
	});
});

test('a reservation locks money until it is captured in parts or voided', async () => {
	const { data } = await move({ token, pending: true, amount: 30000 });
	expect(data.type).toBe('pending_capture');
	expect(await balances()).toMatchObject({
		amount_balance: 50000,
		amount_available: 20000,
		amount_pending: 30000,
	});
	expect((await move({ token, amount: 20001 })).status).toBe(400);
	const at = `/wallets/transactions/${data.id}`;
	const part = await box.post(`${at}/capture`, { ref_id: 'c1', amount: 10000 });
	expect(part.data).toMatchObject({ type: 'drawdown', amount: 10000, parent_id: data.id });
	expect((await box.post(`${at}/capture`, { ref_id: 'c2', amount: 20001 })).status).toBe(400);
	const rest = await box.post(`${at}/void`, { ref_id: 'v1' });
	expect(rest.data).toMatchObject({ type: 'voided', amount: 20000 });
	expect((await box.post(`${at}/void`, { ref_id: 'v2' })).status).toBe(400);
	expect(await balances()).toMatchObject({
		amount_balance: 40000,
		amount_available: 40000,
		amount_pending: 0,
	});
});

test.each([
	['return-first', 200],
	[400, 400],
	[409, 409],
] as const)('a repeated ref_id never moves money twice (%p)', async (duplicateRefId, status) => {
	box.sandbox.set({ duplicateRefId });
	const first = await move({ token, ref_id: 'same' });
	const second = await move({ token, ref_id: 'same' });
	expect(second.status).toBe(status);
	if (status === 200) expect(second.data).toEqual(first.data);
	expect((await balances()).amount_balance).toBe(40000);
});

test('a card token is good for one transaction unless it says otherwise', async () => {
	const made = await box.post('/wallets/cards/gc-1/tokens', { ref_id: 't', expires_in: 600 });
	const once = { token: made.data.token.value };
	expect((await move(once)).status).toBe(200);
	expect((await move(once)).status).toBe(400);
	expect((await box.post('/wallets/info', once)).status).toBe(200);
});

test.each([
	['another currency', {}, { currency: 'SEK' }],
	['not active yet', { active_from: '2999-01-01T00:00:00Z' }, {}],
	['expired', { expires_at: '2001-01-01T00:00:00Z' }, {}],
	['too little', { amount: 9999 }, {}],
])('a card is not drawn from: %s', async (_name, cardMore, more) => {
	await box.post('/wallets/cards', card('gc-2', cardMore));
	expect((await move({ card_id: 'gc-2', ...more })).status).toBe(400);
});

test('a card that is not active yet can be funded', async () => {
	await box.post('/wallets/cards', card('gc-2', { active_from: '2999-01-01T00:00:00Z' }));
	expect((await move({ card_id: 'gc-2', type: 'fund' })).status).toBe(200);
});

test('a till client can draw by token, but not fund and not name a card', async () => {
	const till = box.sandbox.addClient({ scopes: ['write:wallets:/transactions'] });
	const access = await getToken(box.sandbox.apiUrl, till);
	const { post } = clientFor(box.sandbox.apiUrl, till, access.data.access_token);
	const base = { ref_id: 'x', amount: 1, currency: 'NOK' };
	expect((await post('/wallets/transactions', { ...base, token })).status).toBe(200);
	for (const more of [{ card_id: 'gc-1' }, { token, type: 'fund' }]) {
		expect((await post('/wallets/transactions', { ...base, ...more })).status).toBe(403);
	}
});

test('the till of the handle checks the PIN', async () => {
	await expect(box.sandbox.pay({ token, pin: 'no', amount: 1 })).rejects.toThrow('PIN');
	const { pin } = box.sandbox.books.card('gc-1') ?? {};
	const paid = await box.sandbox.pay({ token, pin: pin ?? '', amount: 12345 });
	expect(paid).toMatchObject({ type: 'drawdown', amount: 12345 });
	expect(box.sandbox.books.transactions('gc-1').map(({ kind }) => kind)).toEqual([
		'fund',
		'drawdown',
	]);
});

test('batch cards pay only once activated', async () => {
	const made = await box.post('/wallets/cards/batch', {
		cards: [
			{ card_id: 'b-1', type: 'gift_card' },
			{ card_id: 'b-2', type: 'credit_note' },
		],
		options: { pin: { format: { length: 4 } }, card_token: {} },
	});
	expect(made.data.cards[0]).toMatchObject({ status: 'inactive', amount_balance: 0 });
	expect(made.data.cards[1].pin.pin.value).toHaveLength(4);
	const code = made.data.cards[0].card_token.token.value;
	expect((await move({ token: code })).status).toBe(400);
	const active = await box.post('/wallets/cards/b-1/activate', {
		amount: 20000,
		currency: 'SEK',
		customer_id: 'kunde-1',
		card_token: { expires_after_transaction: false },
	});
	expect(active.data).toMatchObject({ status: 'unused', amount_balance: 20000, currency: 'SEK' });
	expect(active.data.tokens).toHaveLength(1);
	expect((await move({ token: code, currency: 'SEK' })).status).toBe(200);
	const again = await box.post('/wallets/cards/b-1/activate', { amount: 1, currency: 'NOK' });
	expect(again.status).toBe(400);

	const list = await box.get('/wallets/customers/kunde-1/cards');
	expect(list.data).toHaveLength(1);
	expect(list.data[0].amount_balance).toBeUndefined();
	const one = await box.get('/wallets/customers/kunde-1/cards/b-1');
	expect(one.data).toMatchObject({ amount_available: 10000, currency: 'SEK' });
});

test.each([
	['all-or-nothing', 403, []],
	['keep-earlier', 403, ['b-1']],
	['skip-failed', 200, ['b-1', 'b-2']],
] as const)('a batch with a taken card_id: %s', async (batchPartialFailure, status, kept) => {
	box.sandbox.set({ batchPartialFailure });
	const made = await box.post('/wallets/cards/batch', {
		cards: ['b-1', 'gc-1', 'b-2'].map((card_id) => ({ card_id, type: 'gift_card' })),
	});
	expect(made.status).toBe(status);
	const ids = box.sandbox.books.cards().map(({ cardId }) => cardId);
	expect(ids).toEqual(['gc-1', ...kept]);
});

test.each(['ignored', 'taken', 'limit-ignored', 'refused'] as const)(
	'a card’s transactions, paged as %s',
	async (transactionPaging) => {
		for (let count = 1; count < 25; count++) await move({ token, amount: 1 });
		box.sandbox.set({ transactionPaging });
		const at = '/wallets/cards/gc-1/transactions';
		const lengths = [];
		for (const query of ['', '?limit=100'])
			lengths.push((await box.get(at + query)).data.length ?? 'refused');
		const first = (await box.get(at)).data as Array<{ id: string }>;
		const after = await box.get(`${at}?starting_after=${first[first.length - 1].id}`);
		lengths.push(after.data.length ?? 'refused');
		expect(lengths).toEqual(
			{
				ignored: [25, 25, 25],
				taken: [10, 25, 10],
				'limit-ignored': [10, 10, 10],
				refused: [25, 'refused', 'refused'],
			}[transactionPaging],
		);
	},
);
