import fc from 'fast-check';
import { generate, mask } from '../../sandbox/codes.mts';
import { ApiError } from '../../sandbox/errors.mts';
import type { Switches } from '../../sandbox/sandbox.mts';
import { card, closeAll, listen, open, sleep } from './client.mts';

let box: Awaited<ReturnType<typeof open>>;
let token: string;
beforeEach(async () => {
	box = await open({ switches: { retryDelaysMs: [5, 5] } });
	token = (await box.post('/wallets/cards', card('gc-1'))).data.card_token.token.value;
});
afterEach(async () => {
	await closeAll();
	expect(box.sandbox.violations).toEqual([]);
});

const draw = (more: object = {}) =>
	box.post('/wallets/transactions', { ref_id: 'r', token, amount: 1, currency: 'NOK', ...more });
const makeToken = (more: object = {}) =>
	box.post('/wallets/cards/gc-1/tokens', { ref_id: 't', expires_in: 60, ...more });

/** What each status switch is about; it must answer with exactly what the switch says. */
const provoke: Partial<Record<keyof Switches, () => Promise<{ status: number }>>> = {
	wrongPin: () => box.post('/wallets/info', { token, pin: 'wrong' }),
	missingPin: () => box.post('/wallets/info', { token }),
	expiredCardToken: async () => {
		const made = await makeToken();
		box.sandbox.advance(61_000);
		return box.post('/wallets/info', { token: made.data.token.value });
	},
	insufficientFunds: () => draw({ amount: 50001 }),
	currencyMismatch: () => draw({ currency: 'EUR' }),
	usedCardToken: async () => {
		const once = (await makeToken()).data.token.value;
		await draw({ token: once });
		return draw({ token: once, ref_id: 'r2' });
	},
	notPending: async () => {
		const { data } = await draw();
		return box.post(`/wallets/transactions/${data.id}/void`, { ref_id: 'v' });
	},
	cardNotUsable: async () => {
		await box.post('/wallets/cards', card('old', { expires_at: '2001-01-01T00:00:00Z' }));
		return draw({ token: undefined, card_id: 'old' });
	},
	walletSettings: () => box.get('/wallets/settings'),
	walletSettingsPatch: () => box.patch('/wallets/settings', { default_card_expires_in_days: 1 }),
	activateTwice: () => box.post('/wallets/cards/gc-1/activate', { amount: 1, currency: 'NOK' }),
	duplicateTokenRefId: async () => {
		await makeToken();
		return makeToken();
	},
	expiryInPast: () => box.post('/wallets/cards', card('p', { expires_at: '2001-01-01T00:00:00Z' })),
	batchStatusCode: () =>
		box.post('/wallets/cards/batch', { cards: [{ card_id: 'b', type: 'gift_card' }] }),
	duplicateSubscription: async () => {
		const body = { config: { url: 'http://127.0.0.1:9/' }, events: ['wallet_transaction'] };
		await box.post('/hooks/subscriptions', body);
		return box.post('/hooks/subscriptions', body);
	},
};

test.each([
	['wrongPin', [400, 401, 403, 404, 'ignore']],
	['missingPin', ['allow', 400, 403]],
	['expiredCardToken', [404, 400, 403]],
	['insufficientFunds', [400, 402, 403, 409, 422]],
	['currencyMismatch', [400, 403, 422]],
	['usedCardToken', [400, 403, 404]],
	['notPending', [400, 403, 404, 409]],
	['cardNotUsable', [400, 403, 409, 422]],
	['activateTwice', [400, 403, 409, 'return-existing']],
	['walletSettings', ['served', 404]],
	['walletSettingsPatch', [200, 204]],
	['duplicateTokenRefId', ['new-token', 'return-first', 'return-without-code', 400, 409]],
	['expiryInPast', ['accept', 400]],
	['batchStatusCode', [200, 201]],
	['duplicateSubscription', ['allow', 400, 409]],
] as const)('%s answers as it is set', async (name, settings) => {
	for (const setting of settings) {
		await box.sandbox.stop();
		box = await open();
		token = (await box.post('/wallets/cards', card('gc-1'))).data.card_token.token.value;
		box.sandbox.set({ [name]: setting });
		const reply = await provoke[name]?.();
		expect(reply?.status).toBe(typeof setting === 'number' ? setting : 200);
	}
});

test('a repeated card token ref_id gives what the switch says', async () => {
	const first = await makeToken();
	expect((await makeToken()).data.token.value).not.toBe(first.data.token.value);
	box.sandbox.set({ duplicateTokenRefId: 'return-first' });
	expect((await makeToken()).data.token.value).toBe(first.data.token.value);
	box.sandbox.set({ duplicateTokenRefId: 'return-without-code' });
	const without = await makeToken();
	expect(without.data.id).toBe(first.data.id);
	expect(without.data.token).toBeUndefined();
});

test('the life of a card token without expires_in is a switch, or refused', async () => {
	box.sandbox.set({ cardTokenLifetime: 10 });
	const { data } = await box.post('/wallets/cards', card('short'));
	box.sandbox.advance(11_000);
	expect(box.sandbox.books.opens(data.card_token.token.value)).toBeUndefined();
	expect(box.sandbox.books.opens(token)).toBe('gc-1');
	box.sandbox.set({ createRequiresTokenExpiresIn: true });
	expect((await box.post('/wallets/cards', card('none'))).status).toBe(400);
});

test('a batch has a limit', async () => {
	box.sandbox.set({ batchLimit: 1, batchStatus: 'created' });
	const cards = ['b-1', 'b-2'].map((card_id) => ({ card_id, type: 'gift_card' }));
	expect((await box.post('/wallets/cards/batch', { cards })).status).toBe(400);
	const one = await box.post('/wallets/cards/batch', { cards: cards.slice(1) });
	expect(one.data.cards[0].status).toBe('created');
});

test('a deleted card is gone from reads, and listed on request', async () => {
	expect((await box.del('/wallets/cards/gc-1')).status).toBe(404);
	box.sandbox.set({ deleteCard: 'delete' });
	expect((await box.del('/wallets/cards/gc-1')).status).toBe(200);
	expect((await box.get('/wallets/cards/gc-1')).status).toBe(404);
	expect((await box.get('/wallets/cards')).data.cards).toEqual([]);
	expect((await box.get('/wallets/cards?include_deleted=true')).data.cards).toHaveLength(1);
	expect((await box.post('/wallets/cards', card('gc-1'))).status).toBe(200);
});

test('the types of a reservation and its capture can be named the other way', async () => {
	box.sandbox.set({ transactionTypes: 'action' });
	const { data } = await draw({ pending: true });
	expect(data.type).toBe('drawdown');
	const captured = await box.post(`/wallets/transactions/${data.id}/capture`, { ref_id: 'c' });
	expect(captured.data.type).toBe('pending_capture');
});

test('the status of a card in use is free text', async () => {
	box.sandbox.set({ statusAfterUse: 'partially_used', statusWhenEmpty: 'redeemed' });
	const status = async () => (await box.get('/wallets/cards/gc-1')).data.status as string;
	await draw();
	expect(await status()).toBe('partially_used');
	await draw({ ref_id: 'rest', amount: 49999 });
	expect(await status()).toBe('redeemed');
});

describe('deliveries', () => {
	const subscribe = async (answer?: Parameters<typeof listen>[0]) => {
		const ear = await listen(answer);
		const config = { url: ear.url, secret: { type: 'HMAC-SHA1', value: 's3cret' } };
		const body = { config, events: ['wallet_transaction'] };
		const { data } = await box.post('/hooks/subscriptions', body);
		await box.sandbox.deliveriesSettled();
		return { ear, id: data.id as string, data };
	};
	const fire = async () => {
		box.sandbox.fireEvent('wallet_transaction');
		await box.sandbox.deliveriesSettled();
	};

	test('some transactions can be silent', async () => {
		const { ear } = await subscribe();
		box.sandbox.set({ silentTransactions: ['create'] });
		await box.post('/wallets/cards', card('quiet'));
		await draw();
		await box.sandbox.deliveriesSettled();
		expect(ear.events().map(({ body }) => body.transaction.type)).toEqual(['drawdown']);
	});

	test('the secret can be visible, and the ping unsigned and without it', async () => {
		box.sandbox.set({ secretVisibleOnRead: true, pingSigned: false, pingCarriesSecret: false });
		const { ear, data } = await subscribe();
		expect(data.config.secret.value).toBe('s3cret');
		expect(ear.received[0].headers['event-signature']).toBeUndefined();
		expect(ear.received[0].raw).not.toContain('s3cret');
	});

	test('no ping at all', async () => {
		box.sandbox.set({ pingOnCreate: false });
		const { ear } = await subscribe();
		expect(ear.received).toEqual([]);
	});

	test('retries can carry new ids, and 201 can be a failure', async () => {
		const { ear, id } = await subscribe((_nth, response) => {
			response.statusCode = 201;
			response.end();
		});
		await fire();
		expect(ear.events()).toHaveLength(1);
		box.sandbox.set({ success: '200', retryKeepsDeliveryId: false });
		await fire();
		const ids = ear.events().map(({ headers }) => headers['event-delivery']);
		expect(new Set(ids).size).toBe(4);
		expect((await box.get(`/hooks/subscriptions/${id}/deliveries`)).data).toHaveLength(5);
	});

	test('the log can have a line per event, and be short', async () => {
		const { id } = await subscribe((_nth, response) => void response.destroy());
		const log = async () => (await box.get(`/hooks/subscriptions/${id}/deliveries`)).data;
		await fire();
		expect(await log()).toHaveLength(4);
		box.sandbox.set({ deliveryLog: 'per-event', unreachableStatus: 599 });
		expect((await log()).map(({ status }: { status: number }) => status)).toEqual([599, 599]);
		box.sandbox.set({ deliveriesListed: 1 });
		expect(await log()).toHaveLength(1);
	});

	test('a subscriber that takes too long has failed', async () => {
		await subscribe(async (nth, response) => {
			if (nth === 2) await sleep(200);
			response.end();
		});
		box.sandbox.set({ deliveryTimeoutMs: 50 });
		await fire();
		const [, { tries }] = box.sandbox.books.deliveries();
		expect(tries.map(({ status }) => status)).toEqual([null, 200]);
		expect(tries[0].response).toContain('50 ms');
	});

	test('subscriptions can be limited', async () => {
		box.sandbox.set({ subscriptionLimit: 0 });
		const { id } = await subscribe();
		expect(id).toBeUndefined();
	});

	test('fields limit what is delivered', async () => {
		const ear = await listen();
		await box.post('/hooks/subscriptions', {
			config: { url: ear.url },
			events: ['wallet_transaction'],
			fields: 'transaction(amount,card_id,type)',
			exclude_fields: ['transaction.type'],
		});
		await draw();
		await box.sandbox.deliveriesSettled();
		expect(ear.events()[0].body.transaction).toEqual({ amount: 1, card_id: 'gc-1' });
	});
});

describe('codes', () => {
	const format = fc.record({
		length: fc.integer({ min: 4, max: 64 }),
		prefix: fc.string({ maxLength: 8 }),
		numbers: fc.boolean(),
		characters: fc.boolean(),
		symbols: fc.boolean(),
	});

	test('a code has exactly the length, prefix and classes asked for', () => {
		fc.assert(
			fc.property(format, (wanted) => {
				const { length, prefix, numbers, characters, symbols } = wanted;
				if (!numbers && !characters && !symbols) {
					expect(() => generate(wanted, 'defaults')).toThrow('no characters');
					return;
				}
				const code = generate(wanted, 'defaults');
				expect(code.startsWith(prefix)).toBe(true);
				const made = code.slice(prefix.length);
				expect(made).toHaveLength(length);
				if (!numbers) expect(made).not.toMatch(/\d/);
				if (!characters) expect(made).not.toMatch(/[A-Za-z]/);
				if (!symbols) expect(made).toMatch(/^[A-Za-z0-9]+$/);
			}),
		);
	});

	test('classes left out follow the switch', () => {
		const long = { length: 400, numbers: true };
		expect(generate(long, 'off')).toMatch(/^\d{400}$/);
		expect(generate(long, 'defaults')).toMatch(/[!@#$%&*]/);
		expect(generate({}, 'off')).toHaveLength(36);
	});

	test('a mask hides most of a code, also of a short one', () => {
		fc.assert(
			fc.property(fc.stringMatching(/^[A-Z0-9]{4,40}$/), (code) => {
				const shown = [...mask(code)].filter((character) => character !== '*').length;
				expect(shown).toBeLessThanOrEqual(Math.ceil(code.length / 2));
				expect(mask(code)).toHaveLength(code.length);
			}),
		);
	});
});

test.each(['served', 404] as const)('wallet settings: %p', async (walletSettings) => {
	box.sandbox.set({ walletSettings });
	if (walletSettings === 404) {
		expect((await box.patch('/wallets/settings', { default_card_expires_in_days: 1 })).status).toBe(
			404,
		);
		return;
	}
	expect((await box.get('/wallets/settings')).data).toEqual({});
	await box.patch('/wallets/settings', { default_card_expires_in_days: 365 });
	expect((await box.get('/wallets/settings')).data).toMatchObject({
		default_card_expires_in_days: 365,
		created_by: 'sandbox-client',
	});
});

test('a card without an expiry gets that of the settings, at its creation or activation', async () => {
	await box.patch('/wallets/settings', { default_card_expires_in_days: 2 });
	const inDays = (text: string) =>
		Math.round((Date.parse(text) - box.sandbox.books.cards()[0].createdAt) / 8_640_000) / 10;
	expect(inDays((await box.post('/wallets/cards', card('a'))).data.expires_at)).toBe(2);
	const own = await box.post('/wallets/cards', card('b', { expires_at: '2099-01-01T00:00:00Z' }));
	expect(own.data.expires_at).toBe('2099-01-01T00:00:00Z');
	box.sandbox.set({ defaultExpiryShown: false });
	expect((await box.post('/wallets/cards', card('c'))).data.expires_at).toBeUndefined();
	expect(inDays((await box.get('/wallets/cards/c')).data.expires_at)).toBe(2);
	await box.post('/wallets/cards/batch', { cards: [{ card_id: 'd', type: 'gift_card' }] });
	expect((await box.get('/wallets/cards/d')).data.expires_at).toBeUndefined();
	box.sandbox.advance(43_200_000);
	await box.post('/wallets/cards/d/activate', { amount: 1, currency: 'NOK' });
	expect(inDays((await box.get('/wallets/cards/d')).data.expires_at)).toBe(2.5);
	// 0 is the same as never set.
	await box.patch('/wallets/settings', { default_card_expires_in_days: 0 });
	await box.post('/wallets/cards', card('e'));
	expect((await box.get('/wallets/cards/e')).data.expires_at).toBeUndefined();
});

test('activation may keep where the card came from', async () => {
	await box.post('/wallets/cards/batch', { cards: [{ card_id: 'd', type: 'gift_card' }] });
	box.sandbox.set({ activationKeepsOrigin: true });
	await box.post('/wallets/cards/d/activate', {
		amount: 1,
		currency: 'NOK',
		originated_by: 'till',
		metadata: { a: 1 },
	});
	const { data } = await box.get('/wallets/cards/d');
	expect(data).toMatchObject({ status: 'unused' });
	expect(data.originated_by ?? data.metadata).toBeUndefined();
});

test.each([
	['text-path', { path: '/x', message: 'is odd', member: 'y' }],
	['list-path', { code: 'INVALID', path: ['x'], message: 'is odd', params: ['y'] }],
	['description', { description: 'x is odd' }],
] as const)('nested errors as %s', (nestedErrors, entry) => {
	const error = new ApiError(400, 'BAD REQUEST', 'no', {
		errors: [{ path: '/requestBody/x', message: 'is odd', member: 'y' } as never],
	});
	const { error: shown } = error.body(true, nestedErrors);
	expect(shown.errors).toMatchObject([
		nestedErrors === 'text-path' ? { ...entry, path: '/requestBody/x' } : entry,
	]);
});
