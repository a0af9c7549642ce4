import type { FaultRule } from '../../../sandbox/sandbox.mts';
import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('transaction', 'charge', {
	cardId: { __rl: true, mode: 'id', value: '={{ $json.card }}' },
	amount: '={{ $json.amount }}',
	currency: 'NOK',
	refId: '={{ $json.order }}',
});
const SENT = 'aid_cards_transactions_post';
const sent = () => harness.sandbox.count(SENT);
const byToken = (token: string, more = {}) => ({ cardBy: 'cardToken', cardToken: token, ...more });

describe('charging', () => {
	test('draws from the cards, in the order of the items', async () => {
		await harness.seed('a');
		await harness.seed('b');
		const outputs = await harness.outputOf([
			{ card: 'a', amount: '100', order: 'order-1' },
			{ card: 'b', amount: '49,50', order: 'order-2' },
			{ card: 'a', amount: 20, order: 'order-3' },
		]);
		expect(outputs).toMatchObject([
			{
				cardId: 'a',
				refId: 'order-1',
				type: 'drawdown',
				amount: '100.00',
				amountMinor: 10000,
				amountFormatted: '100.00 NOK',
				currency: 'NOK',
				outcome: 'done',
				alreadyDone: false,
				recovered: false,
			},
			{ cardId: 'b', refId: 'order-2', amountMinor: 4950 },
			{ cardId: 'a', refId: 'order-3', amountMinor: 2000 },
		]);
		expect(harness.sandbox.books.card('a')?.available).toBe(38000);
		expect(harness.sandbox.books.card('b')?.available).toBe(45050);
		expect(sent()).toBe(3);
	});

	test('finds the card by its token', async () => {
		const { token } = await harness.seed('a');
		const [output] = await harness.outputOf([{ amount: 100, order: 'x' }], { set: byToken(token) });
		expect(output).toMatchObject({ refId: 'x', outcome: 'done' });
		expect(harness.movesOf('a')).toEqual([['drawdown', 10000]]);
		expect(harness.sandbox.count()).toBe(2); // sign-in and charge
	});

	test('checks the PIN first when there is one', async () => {
		const { token, pin } = await harness.seed('a');
		const set = byToken(token, { pin });
		const [output] = await harness.outputOf([{ amount: 100, order: 'x' }], { set });
		expect(output).toMatchObject({ cardId: 'a', outcome: 'done' });
		expect(
			await harness.failureOf([{ amount: 100, order: 'y' }], {
				set: byToken(token, { pin: 'no' }),
			}),
		).toMatch(/^The PIN is wrong \|/);
		expect(harness.movesOf('a')).toEqual([['drawdown', 10000]]);
	});

	test('says whether the PIN was checked', async () => {
		const { token, pin } = await harness.seed('a');
		const checked = async (order: string, set: object) =>
			(await harness.outputOf([{ card: 'a', amount: 1, order }], { set }))[0].pinChecked;
		expect(await checked('x', byToken(token, { pin }))).toBe(true);
		expect(await checked('y', byToken(token))).toBe(false);
		expect(await checked('z', {})).toBe(false);
	});

	test.each([true, false])('returns the new balance on request, by token: %p', async (named) => {
		const { token } = await harness.seed('a');
		await harness.api.post('/wallets/transactions', {
			card_id: 'a',
			ref_id: 'hold',
			amount: 5000,
			currency: 'NOK',
			pending: true,
		});
		const set = { ...(named ? byToken(token) : {}), options: { addBalance: true } };
		const [output] = await harness.outputOf([{ card: 'a', amount: 100, order: 'x' }], { set });
		expect(output).toMatchObject({
			outcome: 'done',
			balance: '400.00',
			balanceMinor: 40000,
			balanceFormatted: '400.00 NOK',
			available: '350.00',
			availableMinor: 35000,
			availableFormatted: '350.00 NOK',
		});
	});

	test('a balance that cannot be looked up hides nothing that was done', async () => {
		await harness.seed('a');
		harness.sandbox.faults.add({
			kind: 'error-before',
			status: 403,
			operationId: 'aid_cards_cardid_get',
		});
		const set = { options: { addBalance: true } };
		const [output] = await harness.outputOf([{ card: 'a', amount: 100, order: 'x' }], { set });
		expect(output).toMatchObject({ outcome: 'done' });
		expect(output).not.toHaveProperty('balance');
	});

	test('reserves instead of drawing', async () => {
		await harness.seed('a');
		const [output] = await harness.outputOf([{ card: 'a', amount: 100, order: 'x' }], {
			set: { pending: true },
		});
		expect(output).toMatchObject({ type: 'pending_capture', outcome: 'done' });
		expect(harness.movesOf('a')).toEqual([['pending', 10000]]);
	});

	test('takes minor units, metadata and a source of its own; raw output on request', async () => {
		await harness.seed('a');
		const [output] = await harness.outputOf([{ card: 'a', amount: 1999, order: 'x' }], {
			raw: true,
			set: {
				options: { amountUnit: 'minor', simplify: false },
				additionalFields: {
					originatedBy: 'Till 3',
					metadata: { entries: [{ key: 'dintero_transaction_id', value: 'T1' }] },
					metadataJson: '{"shop":"Oslo"}',
				},
			},
		});
		expect(output).toMatchObject({
			ref_id: 'x',
			amount: 1999,
			originated_by: 'Till 3',
			metadata: { dintero_transaction_id: 'T1', shop: 'Oslo' },
			outcome: 'done',
		});
	});

	test.each(['a b', 'a/b', 'a/../b', 'æøå 100%', 'x?y#z'])('works on the card %p', async (card) => {
		await harness.seed(card);
		harness.sandbox.faults.add({ kind: 'cut-after', operationId: SENT });
		const outputs = await harness.outputOf([{ card, amount: 1, order: 'x' }]);
		expect(outputs).toMatchObject([{ cardId: card, outcome: 'recovered' }]);
	});
});

describe('bad input', () => {
	test.each<[string, object, RegExp]>([
		['no card', { card: '' }, /^Card: is empty/],
		['a card no address can carry', { card: '..' }, /^Card: '\.\.' cannot be part of a web/],
		['no amount', { amount: '' }, /^Amount: is empty/],
		['nothing', { amount: 0 }, /^Amount: is 0\.00 NOK/],
		['less than nothing', { amount: -5 }, /^Amount: '-5' is negative/],
		['too many decimals', { amount: '1.2345' }, /^Amount: '1\.2345' has more decimals/],
		['an expression that gives no reference', { order: '' }, /^Reference: is empty/],
		['too long a reference', { order: 'x'.repeat(256) }, /^Reference: .* has 256 characters/],
	])('%s is refused before anything is sent', async (_what, wrong, message) => {
		expect(await harness.failureOf([{ card: 'a', amount: 1, order: 'x', ...wrong }])).toMatch(
			message,
		);
		expect(harness.sandbox.count()).toBe(0);
	});

	test.each<[string, object, RegExp]>([
		['an unknown currency', { currency: 'GBP' }, /^Currency: 'GBP'/],
		['an unknown way to find the card', { cardBy: 'luck' }, /^Find Card By: 'luck'/],
		[
			'an empty token',
			{ cardBy: 'cardToken', cardToken: ' ' },
			/^Card Token: has no visible characters/,
		],
		['metadata that is no JSON', { additionalFields: { metadataJson: '[' } }, /^Metadata \(JSON\)/],
	])('%s is refused before anything is sent', async (_what, set, message) => {
		expect(await harness.failureOf([{ card: 'a', amount: 1, order: 'x' }], { set })).toMatch(
			message,
		);
		expect(harness.sandbox.count()).toBe(0);
	});

	test('two items with one reference for one card are listed; none is sent', async () => {
		const items = [
			{ card: 'a', amount: 1, order: 'x' },
			{ card: 'b', amount: 1, order: 'x' },
			{ card: 'a', amount: 1, order: 'x' },
		];
		expect(await harness.failureOf(items)).toMatch(
			/^Reference: 'x' is also the reference of item 1, for the same card\. \[item 3\]/,
		);
		expect(harness.sandbox.count()).toBe(0);
	});

	test('an unknown card is named by Dintero', async () => {
		expect(await harness.failureOf([{ card: 'unknown', amount: 1, order: 'x' }])).toMatch(
			/Card not found \(404 NOT FOUND\)/,
		);
		expect(sent()).toBe(1);
	});

	test.each([400, 402, 403, 409, 422] as const)('too little money, as %i', async (status) => {
		harness.sandbox.set({ insufficientFunds: status });
		await harness.seed('a');
		expect(await harness.failureOf([{ card: 'a', amount: 501, order: 'x' }])).toMatch(
			new RegExp(`Insufficient funds \\(${status} INSUFFICIENT FUNDS\\)`),
		);
		expect(sent()).toBe(1);
		expect(harness.movesOf('a')).toEqual([]);
	});

	test.each([400, 403, 409, 422] as const)('a card that cannot pay yet, as %i', async (status) => {
		harness.sandbox.set({ cardNotUsable: status, errorCodes: false });
		await harness.seed('a', { active_from: '2099-01-01T00:00:00Z' });
		expect(await harness.failureOf([{ card: 'a', amount: 1, order: 'x' }])).toMatch(
			new RegExp(`The card is not active yet \\(${status}\\)`),
		);
	});

	test('one refused item among others does not hide what was done', async () => {
		await harness.seed('a');
		const run = await harness.run(
			[
				{ card: 'a', amount: 400, order: 'x' },
				{ card: 'a', amount: 400, order: 'y' },
				{ card: 'a', amount: 50, order: 'z' },
			],
			{ set: { options: { concurrency: 1 } } },
		);
		expect(run.json('Dintero').map(({ refId }) => refId)).toEqual(['x', undefined, 'z']);
		expect(harness.errorsOf(run)).toEqual([expect.stringContaining('has 100.00 NOK left')]);
		expect(harness.movesOf('a')).toEqual([
			['drawdown', 40000],
			['drawdown', 5000],
		]);
	});
});

describe('a reference that was used before', () => {
	const answers = ['return-first', 400, 409] as const;
	const item = { card: 'a', amount: 100, order: 'order-1' };

	test.each(answers)(
		'answered with %p: the same charge again moves nothing',
		async (duplicateRefId) => {
			harness.sandbox.set({ duplicateRefId });
			await harness.seed('a');
			await harness.outputOf([item]);
			const [again] = await harness.outputOf([item]);
			expect(again).toMatchObject({ refId: 'order-1', outcome: 'alreadyDone', alreadyDone: true });
			expect(harness.movesOf('a')).toEqual([['drawdown', 10000]]);
		},
	);

	test.each([403, 404, 422, 500])('answered with %i', async (status) => {
		await harness.seed('a');
		await harness.outputOf([item]);
		harness.sandbox.faults.add({ kind: 'error-before', operationId: SENT, status });
		const [again] = await harness.outputOf([item]);
		expect(again).toMatchObject({ alreadyDone: true });
		expect(harness.movesOf('a')).toEqual([['drawdown', 10000]]);
	});

	test.each(answers)(
		'answered with %p: it is recovered by the execution that continues the first one, and by no other',
		async (duplicateRefId) => {
			harness.sandbox.set({ duplicateRefId });
			await harness.seed('a');
			await harness.outputOf([item], { executionId: '7' });
			// A number that comes again, for example from a restored backup.
			const [other] = await harness.outputOf([item], { executionId: '7' });
			expect(other).toMatchObject({ alreadyDone: true });
			const set = { options: { resumeExecutionId: '7' } };
			const [again] = await harness.outputOf([item], { set });
			expect(again).toMatchObject({ alreadyDone: false, recovered: true });
			expect(harness.movesOf('a')).toEqual([['drawdown', 10000]]);
		},
	);

	test.each(answers)(
		'answered with %p: another amount or kind is refused',
		async (duplicateRefId) => {
			harness.sandbox.set({ duplicateRefId });
			await harness.seed('a');
			await harness.outputOf([item]);
			expect(await harness.failureOf([{ ...item, amount: 90 }])).toMatch(
				/^The Reference 'order-1' was used before for something else \| It differs in amount \(found 100\.00 NOK, expected 90\.00 NOK\)/,
			);
			await harness.api.post('/wallets/transactions', {
				card_id: 'a',
				ref_id: 'fund-1',
				amount: 10000,
				currency: 'NOK',
				type: 'fund',
			});
			expect(await harness.failureOf([{ ...item, order: 'fund-1' }])).toMatch(
				/It differs in type \(found fund, expected charge\)/,
			);
			await harness.outputOf([{ ...item, order: 'hold-1' }], { set: { pending: true } });
			expect(await harness.failureOf([{ ...item, order: 'hold-1' }])).toMatch(
				/It differs in type \(found pending_capture, expected charge\)/,
			);
			expect(harness.movesOf('a')).toEqual([
				['drawdown', 10000],
				['fund', 10000],
				['pending', 10000],
			]);
		},
	);

	test.each(['state', 'action'] as const)(
		'a reservation again, types named by %s',
		async (names) => {
			harness.sandbox.set({ transactionTypes: names, duplicateRefId: 409 });
			await harness.seed('a');
			await harness.outputOf([item], { set: { pending: true } });
			const [again] = await harness.outputOf([item], { set: { pending: true } });
			expect(again).toMatchObject({ alreadyDone: true });
			expect(harness.movesOf('a')).toEqual([['pending', 10000]]);
		},
	);

	test('on another card is another reference', async () => {
		await harness.seed('a');
		await harness.seed('b');
		await harness.outputOf([item]);
		const [other] = await harness.outputOf([{ ...item, card: 'b' }]);
		expect(other).toMatchObject({ cardId: 'b', outcome: 'done' });
	});

	test('by token: the card is found through it', async () => {
		harness.sandbox.set({ duplicateRefId: 409 });
		const { token } = await harness.seed('a');
		await harness.outputOf([item], { set: byToken(token) });
		const [again] = await harness.outputOf([item], { set: byToken(token) });
		expect(again).toMatchObject({ cardId: 'a', alreadyDone: true });
	});
});

/** Later than the time-out of 15 s, which the harness's fast time makes 150 ms. */
const LATE = 300;

describe('a lost answer', () => {
	const faults: Array<[string, FaultRule]> = (
		[
			['cut before', { kind: 'cut-before' }],
			['cut after', { kind: 'cut-after' }],
			['cut in the answer', { kind: 'cut-in-answer' }],
			['500 before', { kind: 'error-before' }],
			['500 after', { kind: 'error-after' }],
			['503 after', { kind: 'error-after', status: 503 }],
			['429', { kind: 'rate-limit', retryAfter: 0.1 }],
			['half an answer', { kind: 'truncated' }],
			['no JSON', { kind: 'not-json' }],
			['slow to begin', { kind: 'slow-before', delayMs: LATE }],
			['slow to answer', { kind: 'slow-after', delayMs: LATE }],
		] as Array<[string, FaultRule]>
	).map(([name, rule]) => [name, { ...rule, operationId: SENT, nth: 1 }]);
	const set = { options: { timeout: 15 } };
	const item = { card: 'a', amount: 100, order: 'x' };

	describe.each(['return-first', 409] as const)(
		'with a repeated reference as %p',
		(duplicateRefId) => {
			test.each(faults)('%s: charged once', async (_name, rule) => {
				harness.sandbox.set({ duplicateRefId });
				await harness.seed('a');
				harness.sandbox.faults.add(rule);
				const [output] = await harness.outputOf([item], { set });
				expect(output).toMatchObject({
					refId: 'x',
					cardId: 'a',
					amountMinor: 10000,
					alreadyDone: false,
				});
				await harness.quiet();
				expect(harness.movesOf('a')).toEqual([['drawdown', 10000]]);
			});

			test.each(faults)('%s, by token: charged once', async (_name, rule) => {
				harness.sandbox.set({ duplicateRefId });
				const { token } = await harness.seed('a');
				harness.sandbox.faults.add(rule);
				const [output] = await harness.outputOf([item], { set: { ...set, ...byToken(token) } });
				expect(output).toMatchObject({ refId: 'x', amountMinor: 10000, alreadyDone: false });
				await harness.quiet();
				expect(harness.movesOf('a')).toEqual([['drawdown', 10000]]);
			});
		},
	);

	test('a token for one transaction, whose second use is refused', async () => {
		harness.sandbox.set({ usedCardToken: 404 });
		const { token } = await harness.seed('a', {
			card_token: { format: { length: 16, symbols: false, characters: false, numbers: true } },
		});
		harness.sandbox.faults.add({ kind: 'cut-after', operationId: SENT, nth: 1 });
		const [output] = await harness.outputOf([item], { set: byToken(token) });
		expect(output).toMatchObject({ cardId: 'a', outcome: 'recovered', recovered: true });
		expect(harness.movesOf('a')).toEqual([['drawdown', 10000]]);
	});

	test('the client may not look up: repeated with the same reference only', async () => {
		const till = harness.sandbox.addClient({ scopes: ['write:wallets:/transactions'] });
		const { token } = await harness.seed('a');
		harness.signIn(till);
		harness.sandbox.faults.add({ kind: 'cut-after', operationId: SENT, nth: 1 });
		const [output] = await harness.outputOf([item], { set: byToken(token) });
		expect(output).toMatchObject({ outcome: 'recovered' });
		expect(harness.movesOf('a')).toEqual([['drawdown', 10000]]);
	});

	test('the client may not look up and the repetition is refused: the error says what is open', async () => {
		harness.sandbox.set({ duplicateRefId: 409 });
		const till = harness.sandbox.addClient({ scopes: ['write:wallets:/transactions'] });
		const { token } = await harness.seed('a');
		harness.signIn(till);
		harness.sandbox.faults.add({ kind: 'cut-after', operationId: SENT, nth: 1 });
		expect(await harness.failureOf([item], { set: byToken(token) })).toMatch(
			/^Dintero did not say whether the charge with the Reference 'x' was made .*could not look up the card's transactions/,
		);
		expect(sent()).toBe(2); // a third one could tell nothing more
		expect(harness.movesOf('a')).toEqual([['drawdown', 10000]]);
	});

	test('for good: the error says what is open, and a new run finds it', async () => {
		await harness.seed('a');
		harness.sandbox.faults.add({ kind: 'cut-after' });
		const failure = await harness.failureOf([item]);
		expect(failure).toMatch(/connection to Dintero was lost|did not say whether/);
		harness.sandbox.faults.clear();
		const before = harness.movesOf('a').length;
		const [output] = await harness.outputOf([item]);
		expect(output.alreadyDone).toBe(before === 1);
		expect(harness.movesOf('a')).toEqual([['drawdown', 10000]]);
	});

	test("n8n's Retry On Fail charges nobody twice, whatever the reference", async () => {
		await harness.seed('a');
		await harness.seed('b');
		harness.sandbox.faults.add({ kind: 'error-after', operationId: SENT, times: 3 });
		harness.sandbox.faults.add({
			kind: 'error-before',
			operationId: 'aid_cards_cardid_transactions_tid_get',
			status: 403,
			times: 3,
		});
		const run = await harness.run(
			[
				{ card: 'a', amount: 100 },
				{ card: 'b', amount: 100 },
			],
			{ set: { refId: '' }, settings: { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 } },
		);
		expect(run.error).toBeUndefined();
		expect(harness.movesOf('a')).toEqual([['drawdown', 10000]]);
		expect(harness.movesOf('b')).toEqual([['drawdown', 10000]]);
	});

	test('a storm: forty charges, a third of all answers lost, every one made once', async () => {
		await harness.seed('a', { amount: 10_000_000 });
		harness.sandbox.faults.add(
			{ kind: 'cut-after', operationId: SENT, percent: 20 },
			{ kind: 'error-after', operationId: SENT, percent: 15 },
			{ kind: 'rate-limit', percent: 5, retryAfter: 0.1 },
		);
		const items = Array.from({ length: 40 }, (_, i) => ({
			card: 'a',
			amount: i + 1,
			order: `o${i}`,
		}));
		const outputs = await harness.outputOf(items);
		expect(outputs.map(({ refId }) => refId)).toEqual(items.map(({ order }) => order));
		expect(
			harness
				.movesOf('a')
				.map(([, amount]) => amount)
				.sort((x, y) => x - y),
		).toEqual(items.map(({ amount }) => amount * 100));
	});
});

test('answers may carry amounts as text and times with milliseconds', async () => {
	harness.sandbox.set({
		numbersAsStrings: true,
		timestampsWithMilliseconds: true,
		duplicateRefId: 409,
	});
	await harness.seed('a');
	const item = { card: 'a', amount: 100, order: 'x' };
	await harness.outputOf([item]);
	const [again] = await harness.outputOf([item]);
	expect(again).toMatchObject({ amountMinor: 10000, alreadyDone: true });
});
