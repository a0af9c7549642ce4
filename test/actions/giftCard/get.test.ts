import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('giftCard', 'get', {
	cardId: { __rl: true, mode: 'id', value: '={{ $json.card }}' },
});

test('gives what can be spent first, beside the balance, in the order of the items', async () => {
	await harness.seed('a', {
		name: 'Summer',
		customer_id: 'customer-7',
		expires_at: '2099-12-31T22:59:59Z',
	});
	await harness.seed('b', { amount: 5, currency: 'EUR' });
	await harness.api.post('/wallets/transactions', {
		card_id: 'a',
		ref_id: 'x',
		amount: 12345,
		currency: 'NOK',
		pending: true,
	});
	const outputs = await harness.outputOf([{ card: 'b' }, { card: 'a' }]);
	expect(outputs).toEqual([
		{
			cardId: 'b',
			status: 'unused',
			available: '0.05',
			availableMinor: 5,
			availableFormatted: '0.05 EUR',
			balance: '0.05',
			balanceMinor: 5,
			balanceFormatted: '0.05 EUR',
			amount: '0.05',
			amountMinor: 5,
			amountFormatted: '0.05 EUR',
			currency: 'EUR',
		},
		{
			cardId: 'a',
			status: 'unused',
			available: '376.55',
			availableMinor: 37655,
			availableFormatted: '376.55 NOK',
			balance: '500.00',
			balanceMinor: 50000,
			balanceFormatted: '500.00 NOK',
			amount: '500.00',
			amountMinor: 50000,
			amountFormatted: '500.00 NOK',
			currency: 'NOK',
			name: 'Summer',
			customerId: 'customer-7',
			// In the time zone of the workflow, which here is n8n's default, New York.
			expiresAt: '2099-12-31T17:59:59-05:00',
		},
	]);
});

test('raw output on request, without any code', async () => {
	const { pin } = await harness.seed('a', { metadata: { campaign: 'summer' } });
	const [card] = await harness.outputOf([{ card: 'a' }], { set: { simplify: false }, raw: true });
	expect(card).toMatchObject({ card_id: 'a', amount: 50000, metadata: { campaign: 'summer' } });
	expect(JSON.stringify(card)).not.toContain(pin);
});

test.each(['a b', 'a/b', 'a/../b', '..b', 'Åse Øl', '100%', 'a?b#c', 'batch', 'x'.repeat(255)])(
	'finds the card %p',
	async (card) => {
		await harness.seed(card);
		expect(await harness.outputOf([{ card }])).toMatchObject([{ cardId: card }]);
	},
);

test.each<[string, unknown, RegExp]>([
	['no card', '', /^Card: is empty/],
	['one dot', '.', /^Card: '\.' cannot be part of a web address/],
	['two dots', '..', /^Card: '\.\.' cannot/],
	['spaces', '  ', /^Card: is empty: the expression gave nothing/],
	['too long', 'x'.repeat(256), /^Card: .* has 256 characters/],
	['a list', ['a'], /^Card: .* is not text/],
])('%s is refused before anything is sent', async (_what, card, message) => {
	expect(await harness.failureOf([{ card }] as never)).toMatch(message);
	expect(harness.sandbox.count()).toBe(0);
});

test('a number is an ID too', async () => {
	await harness.seed('10045');
	expect(await harness.outputOf([{ card: 10045 }])).toMatchObject([{ cardId: '10045' }]);
});

test('an unknown card: the first item that is not there ends a run of reads', async () => {
	await harness.seed('a');
	expect(await harness.failureOf([{ card: 'a' }, { card: 'unknown' }])).toMatch(
		/^Dintero answered: Card not found \(404 NOT FOUND\) \[item 2\] \| Check the ID/,
	);
	const run = await harness.run([{ card: 'unknown' }, { card: 'a' }], {
		settings: { onError: 'continueRegularOutput' },
	});
	expect(run.json('Dintero')).toMatchObject([
		{ error: expect.stringContaining('Card not found') },
		{ cardId: 'a' },
	]);
});

test('a read is tried again whatever breaks', async () => {
	await harness.seed('a');
	const operationId = 'aid_cards_cardid_get';
	for (const kind of ['cut-before', 'cut-after', 'error-after', 'truncated', 'rate-limit'] as const)
		harness.sandbox.faults.add({ kind, operationId, times: 1, retryAfter: 0.1 });
	expect(await harness.outputOf([{ card: 'a' }])).toMatchObject([{ cardId: 'a' }]);
});

test('amounts as text, other words for the status, and no money at all are read too', async () => {
	await harness.seed('a');
	harness.sandbox.set({ numbersAsStrings: true, errorCodes: false, statusAfterUse: 'partly_used' });
	await harness.sandbox.pay({ token: harness.sandbox.books.card('a')!.tokens[0], amount: 100 });
	expect(await harness.outputOf([{ card: 'a' }])).toMatchObject([
		{ status: 'partly_used', balance: '499.00', balanceMinor: 49900 },
	]);
});
