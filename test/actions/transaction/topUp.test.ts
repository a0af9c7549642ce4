import { sceneOf } from '../scene.mts';
import workflow from './topUp.workflow.json';

const scene = sceneOf(workflow);
const SENT = 'aid_cards_transactions_post';
const item = { card: 'a', amount: 100, order: 'refund-1' };

test('adds money to the cards, in the order of the items', async () => {
	await scene.seed('a');
	await scene.seed('b');
	const outputs = await scene.outputOf([item, { card: 'b', amount: '0,50', order: 'refund-2' }]);
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
	expect(scene.sandbox.books.card('a')?.available).toBe(60000);
	expect(scene.sandbox.books.card('b')?.available).toBe(50050);
});

test('finds the card by its token', async () => {
	const { token } = await scene.seed('a');
	const set = { cardBy: 'cardToken', cardToken: token };
	await scene.outputOf([item], { set });
	expect(scene.movesOf('a')).toEqual([['fund', 10000]]);
});

test('works before the card is active, and returns raw output on request', async () => {
	await scene.seed('a', { active_from: '2099-01-01T00:00:00Z' });
	const set = { options: { simplify: false } };
	const [output] = await scene.outputOf([item], { set, raw: true });
	expect(output).toMatchObject({ ref_id: 'refund-1', type: 'fund', amount: 10000 });
});

describe('limits', () => {
	test('the spending limit of the credential stops it before anything is sent', async () => {
		await scene.seed('a');
		scene.signIn(scene.sandbox.account, { maximumAmount: 500 });
		expect(await scene.failureOf([{ ...item, amount: '500.01' }])).toMatch(
			/^Amount: 500\.01 NOK is more than the credential's spending limit of 500\.00 NOK/,
		);
		expect(scene.sandbox.count()).toBe(0);
		await scene.outputOf([{ ...item, amount: 500 }]);
		expect(scene.movesOf('a')).toEqual([['fund', 50000]]);
	});

	test('the maximum total stops the run before anything is sent', async () => {
		const items = [item, { ...item, order: 'refund-2' }];
		const set = { options: { maximumTotal: '199.99' } };
		expect(await scene.failureOf(items, { set })).toMatch(
			/^Maximum Total: The 2 items of this run come to 200\.00 NOK, more than 199\.99 NOK/,
		);
		expect(scene.sandbox.count()).toBe(0);
	});
});

test.each<[string, object, RegExp]>([
	['no card', { card: '' }, /^Card: is empty/],
	['nothing', { amount: '0' }, /^Amount: is 0\.00 NOK/],
	['no number', { amount: 'fem' }, /^Amount: 'fem' is not a number/],
	['an expression that gives no reference', { order: null }, /^Reference: is empty/],
])('%s is refused before anything is sent', async (_what, wrong, message) => {
	expect(await scene.failureOf([{ ...item, ...wrong }])).toMatch(message);
	expect(scene.sandbox.count()).toBe(0);
});

test('an expired card is refused by Dintero, in its words', async () => {
	await scene.seed('a', { expires_at: '2030-01-01T00:00:00Z' });
	scene.sandbox.advance(20 * 365 * 24 * 3600 * 1000);
	expect(await scene.failureOf([item])).toMatch(/The card has expired \(400 CARD NOT USABLE\)/);
});

test.each([400, 403, 422] as const)('another currency than the card, as %i', async (status) => {
	scene.sandbox.set({ currencyMismatch: status });
	await scene.seed('a');
	expect(await scene.failureOf([item], { set: { currency: 'EUR' } })).toMatch(/Another currency/);
	expect(scene.movesOf('a')).toEqual([]);
});

test('without the right to add money the error says so', async () => {
	await scene.seed('a');
	scene.signIn(scene.sandbox.addClient({ scopes: ['write:wallets:/transactions'] }));
	expect(await scene.failureOf([item])).toMatch(/403 FORBIDDEN.*'write:wallets'/);
});

describe.each(['return-first', 400, 409] as const)(
	'a repeated reference as %p',
	(duplicateRefId) => {
		beforeEach(() => scene.sandbox.set({ duplicateRefId }));

		test('is never added twice', async () => {
			await scene.seed('a');
			await scene.outputOf([item]);
			const [again] = await scene.outputOf([item]);
			expect(again).toMatchObject({ outcome: 'alreadyDone', alreadyDone: true });
			expect(scene.movesOf('a')).toEqual([['fund', 10000]]);
		});

		test('is never taken for a charge', async () => {
			await scene.seed('a');
			await scene.api.post('/wallets/transactions', {
				card_id: 'a',
				ref_id: 'refund-1',
				amount: 10000,
				currency: 'NOK',
			});
			expect(await scene.failureOf([item])).toMatch(/in type \(drawdown there, top-up wanted\)/);
			expect(scene.movesOf('a')).toEqual([['drawdown', 10000]]);
		});

		test.each(['cut-before', 'cut-after', 'error-before', 'error-after', 'not-json'] as const)(
			'%s: added once',
			async (kind) => {
				await scene.seed('a');
				scene.sandbox.faults.add({ kind, operationId: SENT, nth: 1 });
				const [output] = await scene.outputOf([item]);
				expect(output).toMatchObject({ refId: 'refund-1', alreadyDone: false });
				expect(scene.movesOf('a')).toEqual([['fund', 10000]]);
			},
		);
	},
);

test('a run that stopped is resumed by its execution ID, adding nothing twice', async () => {
	await scene.seed('a');
	const items = [
		{ card: 'a', amount: 1 },
		{ card: 'none', amount: 1 },
		{ card: 'a', amount: 2 },
	];
	const set = { refId: '', options: { ifItemFails: 'stop', concurrency: 1 } };
	expect(await scene.failureOf(items, { set, executionId: '70' })).toMatch(
		/Card not found .*\[item 2\].*1 of 3 items were done .*'Resume Execution ID' 70/,
	);
	await scene.seed('none');
	const resumed = { refId: '', options: { resumeExecutionId: '70' } };
	const outputs = await scene.outputOf(items, { set: resumed });
	expect(outputs.map(({ amountMinor }) => amountMinor)).toEqual([100, 100, 200]);
	expect(scene.movesOf('a')).toEqual([
		['fund', 100],
		['fund', 200],
	]);
});
