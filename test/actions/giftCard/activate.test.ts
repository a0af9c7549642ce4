import type { FaultRule } from '../../../sandbox/sandbox.mts';
import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness(
	'giftCard',
	'activate',
	{
		cardId: { __rl: true, mode: 'id', value: '={{ $json.card }}' },
		amount: '={{ $json.amount }}',
		currency: 'NOK',
	},
	'Europe/Oslo',
);
const SENT = 'aid_cards_cardid_activate_post';
const sent = () => harness.sandbox.count(SENT);
/** Every movement, as an inactive card has none before. */
const moves = (cardId: string) =>
	harness.sandbox.books.transactions(cardId).map(({ kind, amount }) => [kind, amount]);

describe('activating', () => {
	test('sets the balance of each card once, in the order of the items', async () => {
		const [a, b] = await harness.seedBatch('a', 'b');
		const outputs = await harness.outputOf([
			{ card: 'b', amount: '250' },
			{ card: 'a', amount: 500 },
		]);
		expect(outputs).toMatchObject([
			{
				cardId: 'b',
				status: 'unused',
				balance: '250.00',
				balanceMinor: 25000,
				currency: 'NOK',
				outcome: 'activated',
				alreadyDone: false,
				recovered: false,
			},
			{ cardId: 'a', amount: '500.00' },
		]);
		expect(harness.sandbox.books.opens(a.token, a.pin)).toBe('a');
		await harness.sandbox.pay({ token: a.token, amount: 100 });
		// The card is meant for more than one purchase, although Dintero's default is one.
		await harness.sandbox.pay({ token: a.token, amount: 100 });
		expect(moves('b')).toEqual([['fund', 25000]]);
		expect(b.cardId).toBe('b');
	});

	test('finds the card by the token that is printed on it, as a till scans it', async () => {
		const [a] = await harness.seedBatch('a');
		const set = { cardBy: 'cardToken', cardToken: a.token };
		expect(await harness.outputOf([{ amount: 500 }], { set })).toMatchObject([
			{ cardId: 'a', outcome: 'activated' },
		]);
	});

	test('takes what a new card can have; dates are sent with an offset and shown', async () => {
		await harness.seedBatch('a');
		const [output] = await harness.outputOf([{ card: 'a', amount: 50000 }], {
			set: {
				options: { amountUnit: 'minor' },
				additionalFields: {
					name: 'Summer',
					customerId: 'customer-7',
					originatedBy: 'Till 3',
					activeFrom: '2030-06-01T00:00:00',
					expiresAt: '2099-12-31',
					tokenLifetimeDays: 30,
					singleUse: true,
					metadata: { entries: [{ key: 'dintero_transaction_id', value: 'T1' }] },
				},
			},
		});
		expect(output).toMatchObject({
			balance: '500.00',
			name: 'Summer',
			customerId: 'customer-7',
			activeFrom: '2030-06-01T00:00:00+02:00', // midnight in Oslo, the zone of the workflow
			expiresAt: '2099-12-31T23:59:59+01:00', // the end of that day there
		});
		expect(harness.sandbox.books.card('a')).toMatchObject({
			originatedBy: 'Till 3',
			metadata: {
				dintero_transaction_id: 'T1',
				n8n_origin: expect.stringMatching(/^n8n execution/),
			},
		});
	});

	test('batch cards may be called created instead of inactive; raw output on request', async () => {
		harness.sandbox.set({ batchStatus: 'created' });
		await harness.seedBatch('a');
		harness.sandbox.faults.add({ kind: 'error-before', operationId: SENT, nth: 1 });
		const set = { options: { simplify: false } };
		const [output] = await harness.outputOf([{ card: 'a', amount: 1 }], { set, raw: true });
		expect(output).toMatchObject({ card_id: 'a', amount: 100, outcome: 'activated' });
	});

	test.each(['a b', 'a/b', 'a/../b', 'æøå'])('works on the card %p', async (card) => {
		await harness.seedBatch(card);
		expect(await harness.outputOf([{ card, amount: 1 }])).toMatchObject([{ cardId: card }]);
	});
});

describe('bad input', () => {
	const item = { card: 'a', amount: 100 };

	test.each<[string, object, object, RegExp]>([
		['no card', { card: '' }, {}, /^Card: is empty/],
		['nothing', { amount: 0 }, {}, /^Amount: is 0\.00 NOK/],
		['no number', { amount: '5 hundred' }, {}, /^Amount: '5 hundred' is not a number/],
		[
			'an expiry in the past',
			{},
			{ additionalFields: { expiresAt: '2020-01-01' } },
			/^Expires At: .* has passed/,
		],
		[
			'no date',
			{},
			{ additionalFields: { activeFrom: 'soon' } },
			/^Active From: 'soon' is not a date/,
		],
		[
			'an unknown choice',
			{},
			{ options: { ifAlreadyActive: 'maybe' } },
			/^If Already Active: 'maybe' is not one of its choices/,
		],
	])('%s is refused before anything is sent', async (_what, wrong, set, message) => {
		expect(await harness.failureOf([{ ...item, ...wrong }], { set })).toMatch(message);
		expect(harness.sandbox.count()).toBe(0);
	});

	test('one card twice is refused before anything is sent', async () => {
		expect(await harness.failureOf([item, item])).toMatch(/^Card: is also the card of item 1/);
		expect(harness.sandbox.count()).toBe(0);
	});

	test('the spending limit and the maximum total hold', async () => {
		await harness.seedBatch('a', 'b');
		const items = [item, { card: 'b', amount: 100 }];
		expect(await harness.failureOf(items, { set: { options: { maximumTotal: 199 } } })).toMatch(
			/^Maximum Total: The 2 items/,
		);
		harness.signIn(harness.sandbox.account, { maximumAmount: 99 });
		expect(await harness.failureOf([item])).toMatch(/more than the credential's spending limit/);
		expect(sent()).toBe(0);
	});

	test('an unknown card is named by Dintero', async () => {
		expect(await harness.failureOf([{ card: 'unknown', amount: 1 }])).toMatch(
			/Card not found \(404/,
		);
		expect(sent()).toBe(1);
	});
});

describe.each([400, 403, 409] as const)('a card that is already active, as %i', (activateTwice) => {
	const item = { card: 'a', amount: 100 };
	beforeEach(() => harness.sandbox.set({ activateTwice }));

	test('stops, as it may have been sold before', async () => {
		await harness.seedBatch('a');
		await harness.outputOf([item]);
		expect(await harness.failureOf([item])).toMatch(
			/^The gift card 'a' is already active \| It was not activated by this run/,
		);
		expect(moves('a')).toEqual([['fund', 10000]]);
	});

	test('is returned on request, if it was activated with this amount', async () => {
		await harness.seedBatch('a');
		await harness.outputOf([item]);
		const set = { options: { ifAlreadyActive: 'return' } };
		expect(await harness.outputOf([item], { set })).toMatchObject([
			{ cardId: 'a', outcome: 'alreadyActive', alreadyDone: true },
		]);
		expect(await harness.failureOf([{ ...item, amount: 90 }], { set })).toMatch(
			/It differs in amount \(found 100\.00 NOK, expected 90\.00 NOK\)/,
		);
		expect(await harness.failureOf([item], { set: { ...set, currency: 'EUR' } })).toMatch(
			/It differs in currency/,
		);
		expect(moves('a')).toEqual([['fund', 10000]]);
	});

	test('is recovered by the execution that continues the one which activated it', async () => {
		await harness.seedBatch('a');
		await harness.outputOf([item], { executionId: '8' });
		const again = { set: { options: { resumeExecutionId: '8' } } };
		expect(await harness.outputOf([item], again)).toMatchObject([{ outcome: 'recovered' }]);
		expect(moves('a')).toEqual([['fund', 10000]]);
	});

	test('a card that never was inactive is left alone', async () => {
		await harness.seed('a');
		expect(await harness.failureOf([item])).toMatch(/^The gift card 'a' is already active/);
		expect(harness.movesOf('a')).toEqual([]);
	});
});

/** Later than the time-out of 15 s, which the harness's fast time makes 150 ms. */
const LATE = 300;

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

	describe.each([{}, { originatedBy: 'Till 3' }])('with fields %p', (additionalFields) => {
		test.each(faults)('$kind: activated once', async (rule) => {
			const [{ token }] = await harness.seedBatch('a');
			harness.sandbox.faults.add({ ...rule, operationId: SENT, nth: 1 });
			const set = { options: { timeout: 15 }, additionalFields };
			const [output] = await harness.outputOf([{ card: 'a', amount: 100 }], { set });
			expect(output).toMatchObject({ cardId: 'a', balanceMinor: 10000, alreadyDone: false });
			await harness.quiet();
			expect(moves('a')).toEqual([['fund', 10000]]);
			await harness.sandbox.pay({ token, amount: 10000 });
		});
	});

	test('that never comes, with no look-up either: the error says what is open', async () => {
		await harness.seedBatch('a');
		harness.sandbox.faults.add({ kind: 'error-after', operationId: SENT });
		harness.sandbox.faults.add({
			kind: 'error-before',
			operationId: 'aid_cards_cardid_get',
			status: 403,
		});
		expect(await harness.failureOf([{ card: 'a', amount: 100 }])).toMatch(
			/^Dintero did not say whether the gift card 'a' was activated/,
		);
		harness.sandbox.faults.clear();
		const set = { options: { ifAlreadyActive: 'return' } };
		expect(await harness.outputOf([{ card: 'a', amount: 100 }], { set })).toMatchObject([
			{ alreadyDone: true },
		]);
		expect(moves('a')).toEqual([['fund', 10000]]);
	});

	test("n8n's Retry On Fail activates once", async () => {
		await harness.seedBatch('a', 'b');
		harness.sandbox.faults.add({ kind: 'error-after', operationId: SENT, times: 2 });
		harness.sandbox.faults.add({
			kind: 'error-before',
			operationId: 'aid_cards_cardid_get',
			status: 403,
			times: 2,
		});
		const run = await harness.run(
			[
				{ card: 'a', amount: 100 },
				{ card: 'b', amount: 100 },
			],
			{ settings: { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 } },
		);
		expect(run.error).toBeUndefined();
		expect(harness.errorsOf(run)).toEqual([]);
		expect([moves('a'), moves('b')]).toEqual([[['fund', 10000]], [['fund', 10000]]]);
	});
});

test('answers may carry amounts as text', async () => {
	harness.sandbox.set({ numbersAsStrings: true });
	await harness.seedBatch('a');
	harness.sandbox.faults.add({ kind: 'cut-after', operationId: SENT, nth: 1 });
	expect(await harness.outputOf([{ card: 'a', amount: 100 }])).toMatchObject([
		{ balanceMinor: 10000, outcome: 'recovered' },
	]);
});
