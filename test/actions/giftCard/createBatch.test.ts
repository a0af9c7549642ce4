import type { IDataObject } from 'n8n-workflow';

import type { FaultRule } from '../../../sandbox/sandbox.mts';
import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('giftCard', 'createBatch', {
	count: 5,
	idPattern: 'print-{number:5}',
	pinFormat: 'digits6',
	tokenFormat: 'digits16',
});
const SENT = 'aid_cards_batch_post';
const sent = () => harness.sandbox.count(SENT);
const ids = (count: number, from = 1) =>
	Array.from({ length: count }, (_, i) => `print-${String(i + from).padStart(5, '0')}`);
const fromItems = { batchSource: 'items', cardId: '={{ $json.id }}' };
const itemsOf = (cardIds: string[]) => cardIds.map((id) => ({ id }));

/** Does something so long ago by the sandbox's clock. */
async function ago<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
	harness.sandbox.advance(-milliseconds);
	const result = await work();
	harness.sandbox.advance(milliseconds);
	return result;
}

/** Every card exists once, inactive and worth nothing, and is opened by the codes that came out. */
function expectMade(outputs: IDataObject[], cardIds: string[]): void {
	expect(outputs.map(({ cardId }) => cardId)).toEqual(cardIds);
	for (const { cardId, cardToken, pin } of outputs)
		expect(harness.sandbox.books.opens(String(cardToken), String(pin))).toBe(cardId);
	expect(
		harness.sandbox.books
			.cards()
			.map(({ cardId }) => cardId)
			.sort(),
	).toEqual([...cardIds].sort());
	expect(harness.sandbox.books.totals().funds).toBe(0);
}

describe('a number of cards', () => {
	test('with IDs from a pattern, in one request', async () => {
		const outputs = await harness.outputOf();
		expectMade(outputs, ids(5));
		expect(outputs[0]).toMatchObject({
			cardToken: expect.stringMatching(/^\d{16}$/),
			pin: expect.stringMatching(/^\d{6}$/),
			status: 'inactive',
			amount: '0.00',
			type: 'gift_card',
			outcome: 'created',
			recovered: false,
		});
		expect(sent()).toBe(1);
	});

	test('split into requests of a settable size, with codes and barcodes', async () => {
		const run = await harness.run([{}], {
			set: {
				count: '25',
				firstNumber: 100,
				idPattern: 'run-{number}',
				options: { batchSize: 10, tokenBarcode: true, pinBarcode: true, type: 'credit_note' },
			},
		});
		const outputs = run.json('Dintero');
		expect(outputs.map(({ cardId }) => cardId)).toEqual(
			Array.from({ length: 25 }, (_, i) => `run-${100 + i}`),
		);
		expect(outputs[0].type).toBe('credit_note');
		expect(run.output('Dintero')[24].binary).toMatchObject({
			cardTokenBarcode: { fileName: 'run-124-token.png', mimeType: 'image/png' },
			pinBarcode: { fileName: 'run-124-pin.png' },
		});
		expect(
			run.output('Dintero').every(({ pairedItem }) => (pairedItem as { item: number }).item === 0),
		).toBe(true);
		expect(sent()).toBe(3);
	});

	test('of several items, each with its own pattern', async () => {
		const set = { count: 2, idPattern: '={{ $json.shop }}-{number:2}' };
		const outputs = await harness.outputOf([{ shop: 'oslo' }, { shop: 'bergen' }], { set });
		expectMade(outputs, ['oslo-01', 'oslo-02', 'bergen-01', 'bergen-02']);
		expect(sent()).toBe(1);
	});

	test('the answer may be 201 and the status created; raw output on request', async () => {
		harness.sandbox.set({ batchStatusCode: 201, batchStatus: 'created', numbersAsStrings: true });
		const set = { options: { simplify: false } };
		const outputs = await harness.outputOf([{}], { set, raw: true });
		expect(outputs[0]).toMatchObject({
			card_id: 'print-00001',
			status: 'created',
			outcome: 'created',
		});
	});

	test.each([
		['no PIN', { pinFormat: 'none' }, ['cardToken']],
		['no token', { tokenFormat: 'none' }, ['pin']],
		["Dintero's own token", { tokenFormat: 'dinteroDefault' }, ['cardToken', 'pin']],
	])('%s', async (_what, set, codes) => {
		const [output] = await harness.outputOf([{}], { set });
		expect(['cardToken', 'pin'].filter((code) => code in output)).toEqual(codes);
	});

	test('Preview sends nothing and says what would be made', async () => {
		const set = { count: 250, options: { preview: true } };
		const run = await harness.run([{}], { set, raw: true });
		expect(run.json('Dintero')).toEqual([
			{
				preview: true,
				totalCards: 250,
				firstCardId: 'print-00001',
				lastCardId: 'print-00250',
				type: 'gift_card',
				requests: 3,
			},
		]);
		expect(harness.sandbox.count()).toBe(0);
	});
});

describe('cards from input items', () => {
	test('go together in requests, each result with its item', async () => {
		const cardIds = ids(25);
		const set = { ...fromItems, options: { batchSize: 10 } };
		const outputs = await harness.outputOf(itemsOf(cardIds), { set });
		expectMade(outputs, cardIds);
		expect(sent()).toBe(3);
	});

	test('get an ID of this execution and item when they have none of their own', async () => {
		const set = { batchSource: 'items', cardId: '' };
		const first = await harness.outputOf([{}, {}], { set, executionId: '5' });
		expect(first.map(({ cardId }) => cardId)).toEqual([
			expect.stringMatching(/^n8n-5-1-/),
			expect.stringMatching(/^n8n-5-2-/),
		]);
		// A run that continues the execution finds them again and gives them new codes.
		const resume = { ...set, options: { resumeExecutionId: '#5' } };
		const again = await harness.outputOf([{}, {}], { set: resume, executionId: '6' });
		expect(again.map(({ outcome }) => outcome)).toEqual(['recovered', 'recovered']);
		expectMade(
			again,
			first.map(({ cardId }) => String(cardId)),
		);
	});
});

describe('bad input', () => {
	test.each<[string, object, RegExp]>([
		['no number of cards', { count: '' }, /^Number of Cards: is empty/],
		['no cards', { count: 0 }, /^Number of Cards: '0' is too small/],
		['too many cards', { count: 100_001 }, /^Number of Cards: '100001' is too large/],
		['a pattern without a number', { idPattern: 'print' }, /^ID Pattern: 'print' has no number/],
		['a pattern with other braces', { idPattern: '{n}-{number}' }, /^ID Pattern: .* has braces/],
		[
			'too long an ID',
			{ idPattern: 'x'.repeat(250) + '{number:9}' },
			/^ID Pattern: .* has 260 char/,
		],
		['a first number below 0', { firstNumber: -1 }, /^First Number: '-1'/],
		['too large a request', { options: { batchSize: 1001 } }, /^Cards per Request: '1001'/],
		['an unknown type', { options: { type: 'points' } }, /^Card Type: 'points'/],
		['an unknown source', { batchSource: 'thin air' }, /^Cards From: 'thin air'/],
		['an unknown choice', { options: { ifCardExists: 'x' } }, /^If Card Exists: 'x'/],
	])('%s is refused before anything is sent', async (_what, set, message) => {
		expect(await harness.failureOf([{}], { set })).toMatch(message);
		expect(harness.sandbox.count()).toBe(0);
	});

	test('empty and repeated IDs are listed; nothing is sent', async () => {
		const failure = await harness.failureOf(itemsOf(['a', '', 'b', 'a']), { set: fromItems });
		expect(failure).toMatch(/^2 of 4 items are not valid; nothing was sent/);
		expect(failure).toMatch(/Item 2: Card ID: is empty/);
		expect(failure).toMatch(/Item 4: Card ID: 'a' is also an ID of item 1/);
		expect(harness.sandbox.count()).toBe(0);
	});

	test('patterns that overlap are refused', async () => {
		expect(await harness.failureOf([{}, {}])).toMatch(
			/^ID Pattern: 'print-00001' is also an ID of item 1/,
		);
		expect(harness.sandbox.count()).toBe(0);
	});

	test('a client without the right is told, with few requests', async () => {
		harness.signIn(harness.sandbox.addClient({ scopes: ['read:wallets'] }));
		expect(await harness.failureOf()).toMatch(/403 FORBIDDEN/);
		expect(sent()).toBe(1);
	});
});

describe.each([400, 403, 409, 422, 'return-existing'] as const)(
	'a taken ID as %p',
	(duplicateCard) => {
		describe.each(['all-or-nothing', 'keep-earlier', 'skip-failed'] as const)(
			'a batch with a bad card: %s',
			(batchPartialFailure) => {
				const taken = 'print-00003';
				let pin: string;
				beforeEach(async () => {
					harness.sandbox.set({ duplicateCard, batchPartialFailure });
					[{ pin }] = await ago(3_600_000, () => harness.seedBatch(taken));
				});

				test('by default it is left alone; the others are made', async () => {
					const run = await harness.run();
					const outputs = run.json('Dintero');
					// Cards that came of a refused request carry nothing that tells whose they are.
					const kept =
						batchPartialFailure === 'keep-earlier' && duplicateCard !== 'return-existing';
					const first = (id: string) =>
						kept ? `A gift card with the Card ID '${id}' already exists` : id;
					expect(outputs.map(({ cardId, error }) => cardId ?? error)).toEqual([
						first('print-00001'),
						first('print-00002'),
						"A gift card with the Card ID 'print-00003' already exists",
						'print-00004',
						'print-00005',
					]);
					expect(harness.sandbox.books.card(taken)?.pin).toBe(pin);
					expect(harness.sandbox.books.cards()).toHaveLength(5);
					for (const { cardId, cardToken, pin: fresh } of outputs.filter(({ error }) => !error))
						expect(harness.sandbox.books.opens(String(cardToken), String(fresh))).toBe(cardId);
				});

				test('it is returned without codes on request', async () => {
					const set = { options: { ifCardExists: 'return' } };
					const outputs = await harness.outputOf([{}], { set });
					expect(outputs[2]).toMatchObject({ cardId: taken, outcome: 'existing' });
					expect(outputs[2]).not.toHaveProperty('pin');
					expect(harness.sandbox.books.card(taken)?.pin).toBe(pin);
				});

				test('it gets new codes on request, unless it is active', async () => {
					const set = { options: { ifCardExists: 'reissue' } };
					const outputs = await harness.outputOf([{}], { set });
					expect(outputs[2]).toMatchObject({ cardId: taken, outcome: 'reissued' });
					expectMade(outputs, ids(5));
					await harness.api.post(`/wallets/cards/${taken}/activate`, {
						amount: 100,
						currency: 'NOK',
					});
					const sold = harness.sandbox.books.card(taken)?.pin;
					const run = await harness.run([{}], { set });
					expect(run.json('Dintero')[2].details).toMatchObject({
						description: expect.stringContaining('It is already active'),
					});
					expect(harness.sandbox.books.card(taken)?.pin).toBe(sold);
				});
			},
		);
	},
);

describe('a chunk that fails', () => {
	const set = { count: 30, options: { batchSize: 10 } };

	test('hides no code of the others; its cards are named', async () => {
		harness.sandbox.faults.add({ kind: 'error-before', operationId: SENT, nth: 2, status: 403 });
		const run = await harness.run([{}], { set });
		expect(run.error).toBeUndefined();
		const outputs = run.json('Dintero');
		expect(outputs).toHaveLength(21);
		expect(outputs[10].error).toMatch(
			/^10 gift cards, 'print-00011' to 'print-00020' could not be made: .*Injected failure \(403/,
		);
		expectMade(
			outputs.filter(({ error }) => !error),
			[...ids(10), ...ids(10, 21)],
		);
	});

	test('with items: every card of it is an error item of its own', async () => {
		harness.sandbox.faults.add({ kind: 'error-before', operationId: SENT, nth: 2, status: 403 });
		const run = await harness.run(itemsOf(ids(30)), {
			set: { ...fromItems, options: { batchSize: 10 } },
		});
		expect(harness.errorsOf(run)).toHaveLength(10);
		expectMade(
			run.json('Dintero').filter(({ error }) => !error),
			[...ids(10), ...ids(10, 21)],
		);
	});

	test('when the run is set to stop, the error names the cards whose codes n8n drops, and no later run touches their PINs', async () => {
		const stop = { ...set, options: { ...set.options, ifItemFails: 'stop' } };
		harness.sandbox.faults.add({ kind: 'error-before', operationId: SENT, nth: 2, status: 403 });
		const failure = await harness.failureOf([{}], { set: stop, executionId: '44' });
		expect(failure).toMatch(/could not be made.*'Resume Execution ID' 44/);
		expect(failure).toMatch(
			/20 cards .*'print-00001' to 'print-00010', 'print-00021' to 'print-00030'.*'Reissue Codes'/,
		);
		harness.sandbox.faults.clear();
		const pins = harness.sandbox.books.cards().map(({ pin }) => pin);
		const resume = { ...set, options: { ...set.options, resumeExecutionId: '44' } };
		const outputs = (await harness.run([{}], { set: resume })).json('Dintero');
		expect(outputs.flatMap(({ cardId }) => cardId ?? [])).toEqual(ids(10, 11));
		expect(
			harness.sandbox.books
				.cards({})
				.slice(0, 20)
				.map(({ pin }) => pin),
		).toEqual(pins);
	});

	test("when the run is set to stop, n8n's Retry of the execution gets every code", async () => {
		const stop = { ...set, options: { ...set.options, ifItemFails: 'stop' } };
		harness.sandbox.faults.add({ kind: 'error-before', operationId: SENT, nth: 2, status: 403 });
		const first = await harness.run([{}], { set: stop });
		harness.sandbox.faults.clear();
		const outputs = await harness.outputOf([{}], { set: stop, retryOf: first });
		expectMade(outputs, ids(30));
		expect(outputs.filter(({ recovered }) => recovered)).toHaveLength(20);
	});

	test('because Dintero takes no more in one request: smaller ones are sent, and remembered', async () => {
		harness.sandbox.set({ batchLimit: 6 });
		const outputs = await harness.outputOf([{}], { set });
		expectMade(outputs, ids(30));
		// 10 refused, then 5 and 5, and from then on 5 at a time.
		expect(sent()).toBe(7);
	});

	test('because of one card Dintero will not have: all others are made', async () => {
		harness.sandbox.faults.add({
			kind: 'error-before',
			operationId: SENT,
			status: 400,
			when: ({ body }) => body?.includes('"print-00007"') === true,
		});
		const run = await harness.run([{}], { set });
		const outputs = run.json('Dintero');
		expect(outputs[6].error).toMatch(/^The gift card 'print-00007' could not be made/);
		expectMade(
			outputs.filter(({ error }) => !error),
			ids(30).filter((id) => id !== 'print-00007'),
		);
	});

	test('because Dintero refuses every card: it is not asked card by card', async () => {
		harness.sandbox.faults.add({ kind: 'error-before', operationId: SENT, status: 400 });
		expect(
			await harness.failureOf([{}], { set: { count: 64, options: { batchSize: 64 } } }),
		).toMatch(/could not be made: .*400/);
		expect(sent()).toBeLessThanOrEqual(10);
	});
});

/** Later than the time-out of 15 s, which the harness's fast time makes 150 ms. */
const LATE = 400;

describe('a lost answer', () => {
	const faults: FaultRule[] = [
		{ kind: 'cut-before' },
		{ kind: 'cut-after' },
		{ kind: 'cut-in-answer' },
		{ kind: 'error-before' },
		{ kind: 'error-after' },
		{ kind: 'rate-limit', retryAfter: 0.1 },
		{ kind: 'truncated' },
		{ kind: 'not-json' },
		{ kind: 'slow-before', delayMs: LATE },
		{ kind: 'slow-after', delayMs: LATE },
	];

	describe.each(['all-or-nothing', 'keep-earlier', 'skip-failed'] as const)(
		'%s',
		(batchPartialFailure) => {
			test.each(faults)('$kind: every card once, every code comes out', async (rule) => {
				harness.sandbox.set({ batchPartialFailure, duplicateCard: 409 });
				harness.sandbox.faults.add({ ...rule, operationId: SENT, nth: [1, 3] });
				const set = { count: 12, options: { batchSize: 4, timeout: 15 } };
				const outputs = await harness.outputOf([{}], { set });
				await harness.quiet();
				expectMade(outputs, ids(12));
			});
		},
	);

	test('of the batch and of the codes that are made anew', async () => {
		harness.sandbox.faults.add(
			{ kind: 'cut-after', operationId: SENT, nth: 1 },
			{ kind: 'error-after', operationId: 'aid_cards_cardid_token_post', every: 3 },
			{ kind: 'cut-before', operationId: 'aid_cards_cardid_get', every: 4 },
		);
		expectMade(await harness.outputOf([{}], { set: { count: 9 } }), ids(9));
	});

	test('hides no other run: cards that were there an hour ago are not taken for our own', async () => {
		const [{ pin }] = await ago(3_600_000, () => harness.seedBatch('print-00002'));
		harness.sandbox.set({ batchPartialFailure: 'skip-failed' });
		harness.sandbox.faults.add({ kind: 'cut-after', operationId: SENT, nth: 1 });
		const run = await harness.run();
		expect(harness.errorsOf(run)).toEqual([
			"A gift card with the Card ID 'print-00002' already exists",
		]);
		expect(harness.sandbox.books.card('print-00002')?.pin).toBe(pin);
	});

	test('that cannot be looked up: the error says what is open', async () => {
		harness.sandbox.faults.add({ kind: 'cut-after', operationId: SENT });
		harness.sandbox.faults.add({
			kind: 'error-before',
			operationId: 'aid_cards_cardid_get',
			status: 403,
		});
		expect(await harness.failureOf()).toMatch(
			/^Dintero did not say whether the gift card 'print-00001' was made/,
		);
	});

	test("n8n's Retry On Fail makes no card twice and loses no code", async () => {
		harness.sandbox.faults.add({ kind: 'error-before', operationId: SENT, nth: 1, status: 403 });
		const run = await harness.run([{}], {
			set: { count: 20, options: { batchSize: 10 } },
			settings: { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 },
		});
		expectMade(run.json('Dintero'), ids(20));
	});

	test("n8n's Retry On Fail after a while still knows the cards of the first try", async () => {
		harness.sandbox.faults.add(
			{ kind: 'error-before', operationId: SENT, nth: 1, status: 403 },
			{ kind: 'slow-after', operationId: SENT, nth: 1, delayMs: 2500 },
		);
		const run = await harness.run([{}], {
			set: { count: 20, options: { batchSize: 10 } },
			settings: { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 },
		});
		const outputs = run.json('Dintero');
		expectMade(outputs, ids(20));
		expect(outputs.filter(({ recovered }) => recovered)).toHaveLength(10);
	});

	test('two runs by hand within a moment: the second one leaves the cards of the first alone', async () => {
		await ago(3_000, () => harness.outputOf([{}], { executionId: '1' }));
		const pins = harness.sandbox.books.cards().map(({ pin }) => pin);
		expect(await harness.failureOf([{}], { executionId: '2' })).toMatch(/already exists/);
		expect(harness.sandbox.books.cards().map(({ pin }) => pin)).toEqual(pins);
	});
});
