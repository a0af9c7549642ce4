import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('transaction', 'topUp', {
	cardId: { __rl: true, mode: 'id', value: '={{ $json.card }}' },
	amount: '={{ $json.amount }}',
	currency: 'NOK',
	refId: '={{ $json.order }}',
});
const SENT = 'aid_cards_transactions_post';
const item = { card: 'a', amount: 100, order: 'refund-1' };

test('adds money to the cards, in the order of the items', async () => {
	await harness.seed('a');
	await harness.seed('b');
	const outputs = await harness.outputOf([item, { card: 'b', amount: '0,50', order: 'refund-2' }]);
	expect(outputs).toMatchObject([
		{
			cardId: 'a',
			refId: 'refund-1',
			type: 'fund',
			amount: '100.00',
			amountMinor: 10000,
			outcome: 'done',
			alreadyDone: false,
			recovered: false,
		},
		{ cardId: 'b', refId: 'refund-2', amountMinor: 50 },
	]);
	expect(harness.sandbox.books.card('a')?.available).toBe(60000);
	expect(harness.sandbox.books.card('b')?.available).toBe(50050);
});

test('finds the card by its token', async () => {
	const { token } = await harness.seed('a');
	const set = { cardBy: 'cardToken', cardToken: token };
	await harness.outputOf([item], { set });
	expect(harness.movesOf('a')).toEqual([['fund', 10000]]);
});

test.each([true, false])('returns the new balance on request, by token: %p', async (named) => {
	const { token } = await harness.seed('a');
	const set = {
		...(named ? { cardBy: 'cardToken', cardToken: token } : {}),
		options: { addBalance: true },
	};
	expect(await harness.outputOf([item], { set })).toMatchObject([
		{
			balance: '600.00',
			balanceMinor: 60000,
			balanceFormatted: '600.00 NOK',
			available: '600.00',
			availableMinor: 60000,
			availableFormatted: '600.00 NOK',
		},
	]);
});

test('works before the card is active, and returns raw output on request', async () => {
	await harness.seed('a', { active_from: '2099-01-01T00:00:00Z' });
	const set = { options: { simplify: false } };
	const [output] = await harness.outputOf([item], { set, raw: true });
	expect(output).toMatchObject({ ref_id: 'refund-1', type: 'fund', amount: 10000 });
});

describe('limits', () => {
	test('the spending limit of the credential stops it before anything is sent', async () => {
		await harness.seed('a');
		harness.signIn(harness.sandbox.account, { maximumAmount: 500 });
		expect(await harness.failureOf([{ ...item, amount: '500.01' }])).toMatch(
			/^Amount: 500\.01 NOK is more than the credential's spending limit of 500\.00 NOK/,
		);
		expect(harness.sandbox.count()).toBe(0);
		await harness.outputOf([{ ...item, amount: 500 }]);
		expect(harness.movesOf('a')).toEqual([['fund', 50000]]);
	});

	test('the maximum total stops the run before anything is sent', async () => {
		const items = [item, { ...item, order: 'refund-2' }];
		const set = { options: { maximumTotal: '199.99' } };
		expect(await harness.failureOf(items, { set })).toMatch(
			/^Maximum Total: The 2 items of this run come to 200\.00 NOK, more than 199\.99 NOK/,
		);
		expect(harness.sandbox.count()).toBe(0);
	});
});

test.each<[string, object, RegExp]>([
	['no card', { card: '' }, /^Card: is empty/],
	['nothing', { amount: '0' }, /^Amount: is 0\.00 NOK/],
	['no number', { amount: 'fem' }, /^Amount: 'fem' is not a number/],
	['an expression that gives no reference', { order: null }, /^Reference: is empty/],
])('%s is refused before anything is sent', async (_what, wrong, message) => {
	expect(await harness.failureOf([{ ...item, ...wrong }])).toMatch(message);
	expect(harness.sandbox.count()).toBe(0);
});

test('an expired card is refused by Dintero, in its words', async () => {
	await harness.seed('a', { expires_at: '2030-01-01T00:00:00Z' });
	harness.sandbox.advance(20 * 365 * 24 * 3600 * 1000);
	expect(await harness.failureOf([item])).toMatch(/The card has expired \(400 CARD NOT USABLE\)/);
});

test.each([400, 403, 422] as const)('another currency than the card, as %i', async (status) => {
	harness.sandbox.set({ currencyMismatch: status });
	await harness.seed('a');
	expect(await harness.failureOf([item], { set: { currency: 'EUR' } })).toMatch(/Another currency/);
	expect(harness.movesOf('a')).toEqual([]);
});

test('without the right to add money the error says so', async () => {
	await harness.seed('a');
	harness.signIn(harness.sandbox.addClient({ scopes: ['write:wallets:/transactions'] }));
	expect(await harness.failureOf([item])).toMatch(/403 FORBIDDEN.*'write:wallets'/);
});

describe.each(['return-first', 400, 409] as const)(
	'a repeated reference as %p',
	(duplicateRefId) => {
		beforeEach(() => harness.sandbox.set({ duplicateRefId }));

		test('is never added twice', async () => {
			await harness.seed('a');
			await harness.outputOf([item]);
			const [again] = await harness.outputOf([item]);
			expect(again).toMatchObject({ outcome: 'alreadyDone', alreadyDone: true });
			expect(harness.movesOf('a')).toEqual([['fund', 10000]]);
		});

		test('is never taken for a charge', async () => {
			await harness.seed('a');
			await harness.api.post('/wallets/transactions', {
				card_id: 'a',
				ref_id: 'refund-1',
				amount: 10000,
				currency: 'NOK',
			});
			expect(await harness.failureOf([item])).toMatch(
				/in type \(found drawdown, expected top-up\)/,
			);
			expect(harness.movesOf('a')).toEqual([['drawdown', 10000]]);
		});

		test.each(['cut-before', 'cut-after', 'error-before', 'error-after', 'not-json'] as const)(
			'%s: added once',
			async (kind) => {
				await harness.seed('a');
				harness.sandbox.faults.add({ kind, operationId: SENT, nth: 1 });
				const [output] = await harness.outputOf([item]);
				expect(output).toMatchObject({ refId: 'refund-1', alreadyDone: false });
				expect(harness.movesOf('a')).toEqual([['fund', 10000]]);
			},
		);
	},
);

test('a run that stopped is resumed by its execution ID, adding nothing twice', async () => {
	await harness.seed('a');
	const items = [
		{ card: 'a', amount: 1 },
		{ card: 'unknown', amount: 1 },
		{ card: 'a', amount: 2 },
	];
	const set = { refId: '', options: { ifItemFails: 'stop', concurrency: 1 } };
	expect(await harness.failureOf(items, { set, executionId: '70' })).toMatch(
		/no gift card 'unknown' \[item 2\].*1 of 3 items were done .*'Resume Execution ID' 70/,
	);
	await harness.seed('unknown');
	const resumed = { refId: '', options: { resumeExecutionId: '70' } };
	const outputs = await harness.outputOf(items, { set: resumed });
	expect(outputs.map(({ amountMinor }) => amountMinor)).toEqual([100, 100, 200]);
	expect(harness.movesOf('a')).toEqual([
		['fund', 100],
		['fund', 200],
	]);
});
