import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('giftCard', 'checkBalance', {
	cardToken: '={{ $json.token }}',
	pin: '={{ $json.pin }}',
});

test('gives what is left, by card token and PIN, in the order of the items', async () => {
	const a = await harness.seed('a', {
		name: 'Summer',
		customer_id: 'customer-7',
		expires_at: '2099-12-31T22:59:59Z',
	});
	const b = await harness.seed('b', { amount: 100 });
	await harness.sandbox.pay({ token: a.token, amount: 12000 });
	const outputs = await harness.outputOf([
		{ token: b.token, pin: b.pin },
		{ token: ` ${a.token} `, pin: a.pin },
	]);
	expect(outputs).toMatchObject([
		{ cardId: 'b', balance: '1.00', balanceMinor: 100, balanceFormatted: '1.00 NOK' },
		{ cardId: 'a', balance: '380.00', amount: '500.00', status: 'used', currency: 'NOK' },
	]);
});

test('the card token alone is enough', async () => {
	const { token } = await harness.seed('a');
	expect(await harness.outputOf([{ token, pin: '' }])).toMatchObject([{ cardId: 'a' }]);
});

test('raw output on request', async () => {
	const { token, pin } = await harness.seed('a');
	const set = { simplify: false };
	const [card] = await harness.outputOf([{ token, pin }], { set, raw: true });
	expect(card).toMatchObject({ card_id: 'a', amount_available: 50000 });
});

describe.each([400, 401, 403, 404] as const)('Dintero answers a wrong PIN with %i', (wrongPin) => {
	beforeEach(() => harness.sandbox.set({ wrongPin }));

	test('the error says so and nothing more', async () => {
		const { token } = await harness.seed('a', { name: 'Summer' });
		const failure = await harness.failureOf([{ token, pin: 'guess1' }]);
		expect(failure).toBe('The PIN is wrong | Ask for it again and try once more.');
	});

	test('an unknown card token is another thing', async () => {
		await harness.seed('a');
		expect(await harness.failureOf([{ token: '0'.repeat(16), pin: 'guess1' }])).toBe(
			'No card has this card token | It may be mistyped or expired. Check it and try again.',
		);
	});

	test.each([400, 403] as const)(
		'and asks for a PIN with %i: one of the two is wrong',
		async (missingPin) => {
			harness.sandbox.set({ missingPin });
			const { token, pin } = await harness.seed('a');
			expect(await harness.failureOf([{ token, pin: 'guess1' }])).toMatch(
				/^The PIN or the card token is wrong \| Check both\./,
			);
			expect(await harness.outputOf([{ token, pin }])).toMatchObject([{ cardId: 'a' }]);
		},
	);
});

test.each([400, 403] as const)(
	'a card that needs its PIN, as %i: the error asks for it',
	async (missingPin) => {
		harness.sandbox.set({ missingPin });
		const { token } = await harness.seed('a');
		expect(await harness.failureOf([{ token, pin: '' }])).toMatch(
			/The card needs its PIN .*\| If the card has a PIN, fill in 'PIN'\./,
		);
	},
);

test.each([404, 400, 403] as const)('an expired card token, as %i', async (expiredCardToken) => {
	harness.sandbox.set({ expiredCardToken });
	const { token } = await harness.seed('a', {
		card_token: {
			expires_in: 60,
			format: { length: 16, numbers: true, symbols: false, characters: false },
		},
	});
	harness.sandbox.advance(61_000);
	expect(await harness.failureOf([{ token, pin: '' }])).toMatch(/The card token has expired/);
});

test('one wrong PIN among others spoils no other answer', async () => {
	const { token, pin } = await harness.seed('a');
	const run = await harness.run(
		[
			{ token, pin },
			{ token, pin: 'guess1' },
			{ token, pin },
		],
		{
			settings: { onError: 'continueRegularOutput' },
		},
	);
	expect(run.json('Dintero').map(({ cardId, error }) => cardId ?? error)).toEqual([
		'a',
		'The PIN is wrong',
		'a',
	]);
});

test('codes that arrive as numbers are read, with a warning about leading zeros', async () => {
	const { data } = await harness.api.post('/wallets/cards', {
		card_id: 'a',
		amount: 100,
		currency: 'NOK',
		pin: { format: { length: 4, prefix: '9', numbers: true, symbols: false, characters: false } },
		card_token: {
			format: { length: 10, prefix: '9', numbers: true, symbols: false, characters: false },
			expires_after_transaction: false,
		},
	});
	const run = await harness.run([
		{ token: Number(data.card_token.token.value), pin: Number(data.pin.pin.value) },
	]);
	expect(run.json('Dintero')).toMatchObject([{ cardId: 'a' }]);
	expect(run.hints.map(({ message }) => message)).toEqual([
		expect.stringContaining('Card Token arrived as a number'),
		expect.stringContaining('PIN arrived as a number'),
	]);
});

test.each<[string, object, RegExp]>([
	['no token', { token: '' }, /^Card Token: is empty/],
	['a token that is an object', { token: { a: 1 } }, /^Card Token: is not text/],
	['a PIN that is a list', { pin: ['1'] }, /^PIN: is not text/],
])('%s is refused before anything is sent', async (_what, wrong, message) => {
	expect(await harness.failureOf([{ token: 'x', pin: 'y', ...wrong }] as never)).toMatch(message);
	expect(harness.sandbox.count()).toBe(0);
});

test('a client that may only look cards up can', async () => {
	const { token, pin } = await harness.seed('a');
	harness.signIn(harness.sandbox.addClient({ scopes: ['write:wallets:/info'] }));
	expect(await harness.outputOf([{ token, pin }])).toMatchObject([{ cardId: 'a' }]);
});

test('a client that may not is told, whatever the PIN', async () => {
	const { token, pin } = await harness.seed('a');
	harness.signIn(harness.sandbox.addClient({ scopes: ['admin:hooks'] }));
	expect(await harness.failureOf([{ token, pin }])).toMatch(/may lack the right to look cards up/);
});

test('a PIN typed into the field is in no error, log line or hint', async () => {
	const { token } = await harness.seed('a');
	const run = await harness.run([{}], { set: { cardToken: token, pin: 'Geheim77' } });
	expect(run.nodeError('Dintero')?.message).toBe('The PIN is wrong');
	expect(run.logText).not.toContain('Geheim77');
	expect(JSON.stringify(run.nodeError('Dintero'))).not.toContain('Geheim77');
});
