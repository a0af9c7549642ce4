import { axios, card, clientFor, closeAll, getToken, open, temporaryFile } from './client.mts';

let box: Awaited<ReturnType<typeof open>>;
beforeEach(async () => {
	box = await open();
});
afterEach(closeAll);

describe('contract', () => {
	test.each([
		['an unknown member', card('a', { colour: 'red' })],
		['an amount as text', card('a', { amount: '50000' })],
		['a fraction of an øre', card('a', { amount: 0.5 })],
		['an unknown currency', card('a', { currency: 'GBP' })],
		['an empty card ID', card('')],
		['a space around the card ID', card(' a')],
		['a date without an offset', card('a', { expires_at: '2030-01-01T00:00:00' })],
		['a PIN of three', card('a', { pin: { format: { length: 3 } } })],
		['no body', undefined],
		['a list', [card('a')]],
	])('%s is a 400 and is written down', async (_name, body) => {
		const { status, data } = await box.post('/wallets/cards', body);
		expect(status).toBe(400);
		expect(data.error).toMatchObject({ code: 'BAD REQUEST', errors: expect.any(Array) });
		const [violation] = box.sandbox.violations;
		expect(violation).toMatchObject({ kind: 'request', operationId: 'aid_cards_post' });
		expect(box.sandbox.books.cards()).toEqual([]);
	});

	test('naming the card twice is a violation', async () => {
		const both = { ref_id: '1', amount: 1, currency: 'NOK', token: 't', card_id: 'c' };
		expect((await box.post('/wallets/transactions', both)).status).toBe(400);
		expect(box.sandbox.violations).toHaveLength(1);
	});

	test('an unknown path is a 404 and a violation', async () => {
		expect((await box.get('/wallets/nothing')).status).toBe(404);
		expect(box.sandbox.violations[0].operationId).toBe('unknown');
	});

	test.each([
		['text/plain', '{}'],
		['application/json', '{"card_id":'],
		['application/x-www-form-urlencoded', 'card_id=a'],
	])('a body of %s %p is a violation', async (type, body) => {
		const { data } = await getToken(box.sandbox.apiUrl, box.sandbox.account);
		const url = `${box.sandbox.apiUrl}/accounts/${box.sandbox.account.accountId}/wallets/cards`;
		const headers = { 'content-type': type, authorization: `Bearer ${data.access_token}` };
		const reply = await axios.post(url, body, {
			headers,
			validateStatus: () => true,
			transformRequest: (raw: string) => raw,
		});
		expect(reply.status).toBe(400);
		expect(box.sandbox.violations).toHaveLength(1);
	});

	test('our own answers are held against it as well', async () => {
		box.sandbox.set({ batchCurrency: 'KRONER' });
		await box.post('/wallets/cards/batch', { cards: [{ card_id: 'b', type: 'gift_card' }] });
		expect(box.sandbox.violations[0]).toMatchObject({ kind: 'answer' });
	});
});

describe('access', () => {
	const account = () => box.sandbox.account;

	test.each([401, 400, 403] as const)('a wrong secret can be a %i', async (wrongSecret) => {
		box.sandbox.set({ wrongSecret });
		const wrong = { ...account(), clientSecret: 'no' };
		expect((await getToken(box.sandbox.apiUrl, wrong)).status).toBe(wrongSecret);
	});

	test('another account letter is refused', async () => {
		const other = { ...account(), accountId: account().accountId.replace('T', 'P') };
		expect((await getToken(box.sandbox.apiUrl, other)).status).toBe(403);
		const mixed = await getToken(box.sandbox.apiUrl, other, account().accountId);
		expect(mixed.status).toBe(403);
		expect(box.sandbox.violations).toEqual([]);
	});

	test("the audience may name the sandbox's own address", async () => {
		const { accountId, clientId: username, clientSecret: password } = account();
		const reply = await axios.post(
			`${box.sandbox.apiUrl}/accounts/${accountId}/auth/token`,
			{
				grant_type: 'client_credentials',
				audience: `${box.sandbox.apiUrl}/accounts/${accountId}`,
			},
			{ auth: { username, password } },
		);
		expect(reply.data).toMatchObject({ token_type: 'Bearer', expires_in: 86400 });
		expect(box.sandbox.violations).toEqual([]);
	});

	test.each([401, 403] as const)('an expired token is a %i', async (expiredToken) => {
		box.sandbox.set({ expiredToken });
		box.sandbox.advance(86_401_000);
		expect((await box.get('/wallets/cards')).status).toBe(expiredToken);
	});

	test('a token can be good for so many calls', async () => {
		box.sandbox.set({ tokenRequests: 2 });
		const statuses = [];
		for (let nth = 0; nth < 3; nth++) statuses.push((await box.get('/wallets/cards')).status);
		expect(statuses).toEqual([200, 200, 401]);
	});

	test('rights are those of the client', async () => {
		const hooksOnly = box.sandbox.addClient({ scopes: ['read:hooks'] });
		const { data } = await getToken(box.sandbox.apiUrl, hooksOnly);
		const http = clientFor(box.sandbox.apiUrl, hooksOnly, data.access_token);
		expect((await http.get('/hooks/subscriptions')).status).toBe(200);
		const refused = await http.get('/wallets/cards');
		expect(refused.status).toBe(403);
		expect(refused.data.error.message).toContain('read:wallets');
	});

	test('without a token nothing is served', async () => {
		const http = clientFor(box.sandbox.apiUrl, account(), 'nonsense');
		expect((await http.get('/wallets/cards')).status).toBe(401);
	});
});

describe('answers', () => {
	test('amounts and times can look otherwise', async () => {
		box.sandbox.set({
			numbersAsStrings: true,
			timestampsWithMilliseconds: true,
			errorCodes: false,
		});
		const { data } = await box.post('/wallets/cards', card('a'));
		expect(data).toMatchObject({ amount: '50000', amount_available: '50000' });
		expect(data.created_at).toMatch(/\.\d{3}Z$/);
		expect((await box.get('/wallets/cards/none')).data.error.code).toBeUndefined();
	});

	test('an unknown switch or value throws', () => {
		expect(() => box.sandbox.set({ nonsense: 1 } as object)).toThrow('nonsense');
		expect(() => box.sandbox.set({ duplicateCard: 418 } as object)).toThrow('duplicateCard');
	});
});

describe('running', () => {
	test('requests are listed and counted', async () => {
		box.sandbox.setDelay(30);
		await Promise.all([1, 2, 3].map((n) => box.post('/wallets/cards', card(`c-${n}`))));
		expect(box.sandbox.count('aid_cards_post')).toBe(3);
		expect(box.sandbox.count('aid_auths_oauth_token_post')).toBe(1);
		expect(box.sandbox.maxInFlight).toBeGreaterThan(1);
		expect(box.sandbox.requests.at(-1)).toMatchObject({ method: 'POST', status: 200 });
	});

	test('a delay holds every request', async () => {
		box.sandbox.setDelay(60);
		const started = Date.now();
		await box.get('/wallets/cards');
		expect(Date.now() - started).toBeGreaterThanOrEqual(55);
	});

	test.each(['refuse', '503'] as const)('it can be down (%s) and up again', async (how) => {
		await box.post('/wallets/cards', card('a'));
		await box.sandbox.down(how);
		if (how === '503') expect((await box.get('/wallets/cards/a')).status).toBe(503);
		else await expect(box.get('/wallets/cards/a')).rejects.toThrow(/ECONNREFUSED|hang up/);
		await box.sandbox.up();
		expect((await box.get('/wallets/cards/a')).status).toBe(200);
	});

	test('it can be stopped while it is down', async () => {
		await box.sandbox.down();
		await box.sandbox.stop();
		await box.sandbox.stop();
	});

	test('a file keeps the books over a restart', async () => {
		const { file, remove } = temporaryFile();
		const first = await open({ file });
		await first.post('/wallets/cards', card('kept'));
		await first.sandbox.stop();
		const second = await open({ file });
		expect(second.sandbox.books.card('kept')).toMatchObject({ balance: 50000 });
		await second.sandbox.stop();
		remove();
	});
});
