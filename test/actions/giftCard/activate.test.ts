import type { FaultRule } from '../../../sandbox/sandbox.mts';
import { sceneOf } from '../scene.mts';
import workflow from './activate.workflow.json';

const scene = sceneOf(workflow);
const SENT = 'aid_cards_cardid_activate_post';
const sent = () => scene.sandbox.count(SENT);
/** Every movement, as an inactive card has none before. */
const moves = (cardId: string) =>
	scene.sandbox.books.transactions(cardId).map(({ kind, amount }) => [kind, amount]);

describe('activating', () => {
	test('sets the balance of each card once, in the order of the items', async () => {
		const [a, b] = await scene.seedBatch('a', 'b');
		const outputs = await scene.outputOf([
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
		expect(scene.sandbox.books.opens(a.token, a.pin)).toBe('a');
		await scene.sandbox.pay({ token: a.token, amount: 100 });
		// The card is meant for more than one purchase, although Dintero's default is one.
		await scene.sandbox.pay({ token: a.token, amount: 100 });
		expect(moves('b')).toEqual([['fund', 25000]]);
		expect(b.cardId).toBe('b');
	});

	test('finds the card by the token that is printed on it, as a till scans it', async () => {
		const [a] = await scene.seedBatch('a');
		const set = { cardBy: 'cardToken', cardToken: a.token };
		expect(await scene.outputOf([{ amount: 500 }], { set })).toMatchObject([
			{ cardId: 'a', outcome: 'activated' },
		]);
	});

	test('takes what a new card can have; dates are sent with an offset and shown', async () => {
		await scene.seedBatch('a');
		const [output] = await scene.outputOf([{ card: 'a', amount: 50000 }], {
			set: {
				options: { amountUnit: 'minor' },
				additionalFields: {
					name: 'Summer',
					customerId: 'customer-7',
					originatedBy: 'Till 3',
					activeFrom: '2030-06-01T00:00:00',
					expiresAt: '2099-12-31',
					codeLifetimeDays: 30,
					singleUse: true,
					metadata: { entries: [{ key: 'dintero_transaction_id', value: 'T1' }] },
				},
			},
		});
		expect(output).toMatchObject({
			balance: '500.00',
			name: 'Summer',
			customerId: 'customer-7',
			activeFrom: '2030-05-31T22:00:00Z', // midnight in Oslo, the zone of the workflow
			expiresAt: '2099-12-31T22:59:59Z', // the end of that day there
		});
		expect(scene.sandbox.books.card('a')).toMatchObject({
			originatedBy: 'Till 3',
			metadata: {
				dintero_transaction_id: 'T1',
				n8n_origin: expect.stringMatching(/^n8n execution/),
			},
		});
	});

	test('batch cards may be called created instead of inactive; raw output on request', async () => {
		scene.sandbox.set({ batchStatus: 'created' });
		await scene.seedBatch('a');
		scene.sandbox.faults.add({ kind: 'error-before', operationId: SENT, nth: 1 });
		const set = { options: { simplify: false } };
		const [output] = await scene.outputOf([{ card: 'a', amount: 1 }], { set, raw: true });
		expect(output).toMatchObject({ card_id: 'a', amount: 100, outcome: 'activated' });
	});

	test.each(['a b', 'a/b', 'a/../b', 'æøå'])('works on the card %p', async (card) => {
		await scene.seedBatch(card);
		expect(await scene.outputOf([{ card, amount: 1 }])).toMatchObject([{ cardId: card }]);
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
			/^If Already Active: 'maybe' is not a choice/,
		],
	])('%s is refused before anything is sent', async (_what, wrong, set, message) => {
		expect(await scene.failureOf([{ ...item, ...wrong }], { set })).toMatch(message);
		expect(scene.sandbox.count()).toBe(0);
	});

	test('one card twice is refused before anything is sent', async () => {
		expect(await scene.failureOf([item, item])).toMatch(/^Card: is also the card of item 1/);
		expect(scene.sandbox.count()).toBe(0);
	});

	test('the spending limit and the maximum total hold', async () => {
		await scene.seedBatch('a', 'b');
		const items = [item, { card: 'b', amount: 100 }];
		expect(await scene.failureOf(items, { set: { options: { maximumTotal: 199 } } })).toMatch(
			/^Maximum Total: The 2 items/,
		);
		scene.signIn(scene.sandbox.account, { maximumAmount: 99 });
		expect(await scene.failureOf([item])).toMatch(/more than the credential's spending limit/);
		expect(sent()).toBe(0);
	});

	test('an unknown card is named by Dintero', async () => {
		expect(await scene.failureOf([{ card: 'none', amount: 1 }])).toMatch(/Card not found \(404/);
		expect(sent()).toBe(1);
	});
});

describe.each([400, 403, 409] as const)('a card that is active already, as %i', (activateTwice) => {
	const item = { card: 'a', amount: 100 };
	beforeEach(() => scene.sandbox.set({ activateTwice }));

	test('stops, as it may have been sold before', async () => {
		await scene.seedBatch('a');
		await scene.outputOf([item]);
		expect(await scene.failureOf([item])).toMatch(
			/^The gift card 'a' is active already \| It was not activated by this run/,
		);
		expect(moves('a')).toEqual([['fund', 10000]]);
	});

	test('is returned on request, if it was activated with this amount', async () => {
		await scene.seedBatch('a');
		await scene.outputOf([item]);
		const set = { options: { ifAlreadyActive: 'return' } };
		expect(await scene.outputOf([item], { set })).toMatchObject([
			{ cardId: 'a', outcome: 'alreadyActive', alreadyDone: true },
		]);
		expect(await scene.failureOf([{ ...item, amount: 90 }], { set })).toMatch(
			/It differs in amount \(100\.00 NOK there, 90\.00 NOK wanted\)/,
		);
		expect(await scene.failureOf([item], { set: { ...set, currency: 'EUR' } })).toMatch(
			/It differs in currency/,
		);
		expect(moves('a')).toEqual([['fund', 10000]]);
	});

	test('is recovered, when this very execution activated it', async () => {
		await scene.seedBatch('a');
		await scene.outputOf([item], { executionId: '8' });
		const again = { executionId: '8', set: { additionalFields: { originatedBy: '' } } };
		expect(await scene.outputOf([item], again)).toMatchObject([{ outcome: 'recovered' }]);
		expect(moves('a')).toEqual([['fund', 10000]]);
	});

	test('a card that never was inactive is left alone', async () => {
		await scene.seed('a');
		expect(await scene.failureOf([item])).toMatch(/^The gift card 'a' is active already/);
		expect(scene.movesOf('a')).toEqual([]);
	});
});

/** Later than the time-out of 15 s, which the scene's fast time makes 150 ms. */
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
			const [{ token }] = await scene.seedBatch('a');
			scene.sandbox.faults.add({ ...rule, operationId: SENT, nth: 1 });
			const set = { options: { timeout: 15 }, additionalFields };
			const [output] = await scene.outputOf([{ card: 'a', amount: 100 }], { set });
			expect(output).toMatchObject({ cardId: 'a', balanceMinor: 10000, alreadyDone: false });
			await scene.quiet();
			expect(moves('a')).toEqual([['fund', 10000]]);
			await scene.sandbox.pay({ token, amount: 10000 });
		});
	});

	test('that never comes, with no look-up either: the error says what is open', async () => {
		await scene.seedBatch('a');
		scene.sandbox.faults.add({ kind: 'error-after', operationId: SENT });
		scene.sandbox.faults.add({
			kind: 'error-before',
			operationId: 'aid_cards_cardid_get',
			status: 403,
		});
		expect(await scene.failureOf([{ card: 'a', amount: 100 }])).toMatch(
			/^Dintero did not say whether the gift card 'a' was activated/,
		);
		scene.sandbox.faults.clear();
		const set = { options: { ifAlreadyActive: 'return' } };
		expect(await scene.outputOf([{ card: 'a', amount: 100 }], { set })).toMatchObject([
			{ alreadyDone: true },
		]);
		expect(moves('a')).toEqual([['fund', 10000]]);
	});

	test("n8n's Retry On Fail activates once", async () => {
		await scene.seedBatch('a', 'b');
		scene.sandbox.faults.add({ kind: 'error-after', operationId: SENT, times: 2 });
		scene.sandbox.faults.add({
			kind: 'error-before',
			operationId: 'aid_cards_cardid_get',
			status: 403,
			times: 2,
		});
		const run = await scene.run(
			[
				{ card: 'a', amount: 100 },
				{ card: 'b', amount: 100 },
			],
			{ settings: { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 } },
		);
		expect(run.error).toBeUndefined();
		expect(scene.errorsOf(run)).toEqual([]);
		expect([moves('a'), moves('b')]).toEqual([[['fund', 10000]], [['fund', 10000]]]);
	});
});

test('answers may carry amounts as text', async () => {
	scene.sandbox.set({ numbersAsStrings: true });
	await scene.seedBatch('a');
	scene.sandbox.faults.add({ kind: 'cut-after', operationId: SENT, nth: 1 });
	expect(await scene.outputOf([{ card: 'a', amount: 100 }])).toMatchObject([
		{ balanceMinor: 10000, outcome: 'recovered' },
	]);
});
