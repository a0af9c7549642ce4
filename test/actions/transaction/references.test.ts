/** One reference for two movements of money: it works or it is refused, and never says "done" without money that moved. */
import type { IDataObject } from 'n8n-workflow';

import type { Switches } from '../../../sandbox/sandbox.mts';
import { openHarness, type Harness } from '../../support/harness.mts';
import { fastTime } from '../../support/time.mts';

jest.setTimeout(120_000);

let harness: Harness;
let realTime: () => void;
beforeEach(async () => {
	harness = await openHarness();
	realTime = fastTime();
	await act('giftCard', 'create', { cardId: 'kari', amount: '500', currency: 'NOK' });
});
afterEach(async () => {
	realTime();
	expect(harness.sandbox.violations).toEqual([]);
	await harness.close();
});

const KARI = { __rl: true, mode: 'id', value: 'kari' };
const ORDER = 'order-10045';

async function act(resource: string, operation: string, more: object) {
	const run = await harness.run({ resource, operation, ...more } as never);
	const error = run.nodeError('Dintero') as (Error & { description?: string }) | undefined;
	return {
		output: run.json<IDataObject>('Dintero')[0],
		error: error && `${error.message} | ${error.description}`,
	};
}
const move = async (operation: string, more: object) =>
	await act('transaction', operation, { refId: ORDER, ...more });
const charge = async (more: object = {}) =>
	await move('charge', { cardId: KARI, amount: '100', currency: 'NOK', ...more });
const reserve = async (more: object = {}) => await charge({ pending: true, ...more });
const moves = () =>
	harness.sandbox.books
		.transactions('kari')
		.slice(1)
		.map(({ kind, amount }) => [kind, amount]);

const turns = (['state', 'action'] as const).flatMap((transactionTypes) =>
	(['return-first', 400, 409] as const).flatMap((duplicateRefId) =>
		(['ignored', 'taken', 'limit-ignored', 'refused'] as const).map(
			(transactionPaging): Partial<Switches> => ({
				transactionTypes,
				duplicateRefId,
				transactionPaging,
			}),
		),
	),
);

describe.each(turns)('%j', (turn) => {
	beforeEach(() => harness.sandbox.set(turn));

	test.each([
		['capture', {}],
		['capture', { amount: '30' }],
		['void', {}],
	] as const)('%s %j with the reference of its reservation', async (what, more) => {
		const { output: hold } = await reserve();
		const named = { transactionId: hold.transactionId, cardId: KARI, ...more };
		const kind = [what, 'amount' in more ? 3000 : 10000];

		const first = await move(what, named);
		expect(first.output).toMatchObject({
			outcome: 'done',
			parentId: hold.transactionId,
			refId: `${ORDER} ${what}`,
		});
		expect(moves()).toEqual([['pending', 10000], kind]);

		const again = await move(what, named);
		expect(again.output).toMatchObject({ alreadyDone: true });
		expect(moves()).toEqual([['pending', 10000], kind]);
	});

	test.each(['capture', 'void'] as const)('%s of a card nobody named', async (what) => {
		const { output: hold } = await reserve();
		const { output, error } = await move(what, { transactionId: hold.transactionId });
		if (turn.duplicateRefId === 'return-first') {
			expect(output).toMatchObject({ outcome: 'done', parentId: hold.transactionId });
			expect(moves()).toEqual([
				['pending', 10000],
				[what, 10000],
			]);
		} else {
			expect(error).toMatch(/'Reference' is that of the reservation\. Fill in 'Card'/);
			expect(moves()).toEqual([['pending', 10000]]);
		}
	});

	test.each(['cut-before', 'cut-after', 'error-after', 'answer-after', 'late'] as const)(
		'capture with a lost answer (%s)',
		async (kind) => {
			const { output: hold } = await reserve();
			const operationId = 'aid_cards_cardid_transactions_capture_post';
			for (const nth of [1, 2])
				harness.sandbox.faults.add({ kind, operationId, nth, delayMs: 30, answer: {} });
			const { output } = await move('capture', { transactionId: hold.transactionId, cardId: KARI });
			expect(output).toMatchObject({ parentId: hold.transactionId, amountMinor: 10000 });
			expect(moves()).toEqual([
				['pending', 10000],
				['capture', 10000],
			]);
		},
	);

	test('a charge never takes a reservation for itself, nor a reservation a charge', async () => {
		await reserve();
		expect((await charge()).error).toMatch(/used before for something else.*type/);
		await charge({ refId: 'other' });
		expect((await reserve({ refId: 'other' })).error).toMatch(
			/used before for something else.*type/,
		);
		expect(moves()).toEqual([
			['pending', 10000],
			['drawdown', 10000],
		]);
	});

	test('a reservation that was released is no reservation any more', async () => {
		const { output: hold } = await reserve();
		expect((await reserve()).output).toMatchObject({ alreadyDone: true });
		await move('void', { transactionId: hold.transactionId, cardId: KARI });
		expect((await reserve()).error).toMatch(/the reservation has been released since/);
	});

	test('a top-up with the reference of a charge, and a charge with that of a capture', async () => {
		const { output: hold } = await reserve();
		await move('capture', { transactionId: hold.transactionId, cardId: KARI, refId: 'taken' });
		await charge({ refId: 'charged' });
		const fund = { cardId: KARI, amount: '100', currency: 'NOK' };
		expect((await move('topUp', { ...fund, refId: 'charged' })).error).toMatch(/something else/);
		expect((await charge({ refId: 'taken' })).error).toMatch(/something else/);
		expect(moves()).toHaveLength(3);
	});

	test('a reference beyond the first page is found', async () => {
		await charge();
		for (let index = 0; index < 12; index++) await charge({ refId: `r${index}`, amount: '1' });
		expect((await charge()).output).toMatchObject({ alreadyDone: true });
		expect((await charge({ amount: '90' })).error).toMatch(
			/amount \(found 100\.00 NOK, expected 90\.00/,
		);
		harness.sandbox.set({ listOrder: 'oldest-first' });
		expect((await charge({ refId: 'r11', amount: '1' })).output).toMatchObject({
			alreadyDone: true,
		});
		expect(moves()).toHaveLength(13);
	});
});
