import { card, closeAll, digits, open } from './client.mts';

let box: Awaited<ReturnType<typeof open>>;
beforeEach(async () => {
	box = await open();
});
afterEach(async () => {
	await closeAll();
	expect(box.sandbox.violations).toEqual([]);
});

test('a created card has its balance, and shows its codes once', async () => {
	const { status, data } = await box.post('/wallets/cards', card('gc-1', { metadata: { a: 1 } }));
	expect(status).toBe(200);
	expect(data).toMatchObject({
		card_id: 'gc-1',
		amount: 50000,
		status: 'unused',
		amount_balance: 50000,
		amount_available: 50000,
		type: 'gift_card',
		metadata: { a: 1 },
		card_token: { expires_after_transaction: false },
	});
	expect(data.pin.pin.value).toMatch(/^\d{4}$/);
	expect(data.card_token.token.value).toMatch(/^\d{16}$/);
	expect(data.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

	const read = await box.get('/wallets/cards/gc-1');
	expect(read.data.tokens[0].masked_code).toMatch(/^\*{9}\d{2}\d{5}$/);
	const text = JSON.stringify(read.data);
	expect(text).not.toContain(data.pin.pin.value);
	expect(text).not.toContain(data.card_token.token.value);
});

test('the books know which card a token and PIN open', async () => {
	const { data } = await box.post('/wallets/cards', card('gc-1'));
	const token = data.card_token.token.value as string;
	const pin = data.pin.pin.value as string;
	expect(box.sandbox.books.opens(token, pin)).toBe('gc-1');
	expect(box.sandbox.books.opens(token, `${pin}0`)).toBeUndefined();
	const info = await box.post('/wallets/info', { token, pin });
	expect(info.data).toMatchObject({ card_id: 'gc-1', amount_available: 50000 });
});

test.each([400, 403, 409, 422] as const)('a taken card_id can be a %i', async (status) => {
	box.sandbox.set({ duplicateCard: status });
	await box.post('/wallets/cards', card('gc-1'));
	const second = await box.post('/wallets/cards', card('gc-1'));
	expect(second.status).toBe(status);
	expect(second.data.error.message).toBeTruthy();
	expect(box.sandbox.books.totals('NOK')).toMatchObject({ cards: 1, amount: 50000 });
});

test('a taken card_id can give the card back, without codes', async () => {
	box.sandbox.set({ duplicateCard: 'return-existing' });
	await box.post('/wallets/cards', card('gc-1'));
	const { status, data } = await box.post('/wallets/cards', card('gc-1', { amount: 7 }));
	expect(status).toBe(200);
	expect(data.amount).toBe(50000);
	expect(data.card_token).toBeUndefined();
	expect(data.pin.pin).toBeUndefined();
});

test.each(['a b', 'a/b', 'a/../b', '..b', 'Åse Øl', '100%', 'a?b#c', 'batch', 'x'.repeat(255)])(
	'the card ID %p can be made and read',
	async (id) => {
		expect((await box.post('/wallets/cards', card(id))).data.card_id).toBe(id);
		const read = await box.get(`/wallets/cards/${encodeURIComponent(id)}`);
		expect(read.data.card_id).toBe(id);
	},
);

test('an unknown card is a 404 worded as Dintero words it', async () => {
	const { status, data } = await box.get('/wallets/cards/none');
	expect(status).toBe(404);
	expect(data).toEqual({ error: { code: 'NOT FOUND', message: 'Card not found' } });
});

test('without pin and card_token a card has neither', async () => {
	const { data } = await box.post('/wallets/cards', { card_id: 'a', amount: 0, currency: 'SEK' });
	expect(data.pin).toBeUndefined();
	expect(data.card_token).toBeUndefined();
});

test('a rotated PIN replaces the old one', async () => {
	const { data } = await box.post('/wallets/cards', card('gc-1'));
	const rotated = await box.post('/wallets/cards/gc-1/rotate-pin', {
		pin: { format: { ...digits(6), prefix: 'P', barcode: true } },
	});
	const pin = rotated.data.pin.pin;
	expect(pin.value).toMatch(/^P\d{6}$/);
	expect(pin.barcode_128).toMatch(/^data:image\/png;base64,iVBOR/);
	const token = data.card_token.token.value as string;
	expect((await box.post('/wallets/info', { token, pin: pin.value })).status).toBe(200);
	const old = data.pin.pin.value as string;
	expect((await box.post('/wallets/info', { token, pin: old })).status).toBe(403);
});

test('a further card token opens the same card; the first stays good', async () => {
	await box.post('/wallets/cards', card('gc-1'));
	const { data } = await box.post('/wallets/cards/gc-1/tokens', { ref_id: 't', expires_in: 60 });
	expect(data).toMatchObject({ ref_id: 't', expires_in: 60, expires_after_transaction: true });
	expect(data.token.value).toMatch(/^DINCARD:[0-9a-f-]{36}$/);
	const read = await box.get('/wallets/cards/gc-1');
	expect(read.data.tokens).toHaveLength(2);
	expect(read.data.tokens[1].masked_code).toMatch(/^DINCARD:\*{8}-\*{4}-\*{4}-..\*\*-\*{7}.{5}$/);
	box.sandbox.advance(61_000);
	expect((await box.post('/wallets/info', { token: data.token.value })).status).toBe(404);
});
