import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('transaction', 'capture', {
	transactionId: '={{ $json.transactionId }}',
	cardId: { __rl: true, mode: 'id', value: '={{ $json.cardId }}' },
	refId: '={{ $json.order }}',
});
const SENT = 'aid_cards_cardid_transactions_capture_post';

async function reserve(amount = 10000): Promise<{ transactionId: string; cardId: string }> {
	await harness.seed('a');
	const { data } = await harness.api.post('/wallets/transactions', {
		card_id: 'a',
		ref_id: 'hold',
		amount,
		currency: 'NOK',
		pending: true,
	});
	harness.sandbox.resetLog();
	return { transactionId: String(data.id), cardId: 'a' };
}
const moves = () => harness.movesOf('a').slice(1);

test('takes all that is locked', async () => {
	const hold = await reserve();
	const [output] = await harness.outputOf([{ ...hold, order: 'c1' }]);
	expect(output).toMatchObject({
		cardId: 'a',
		refId: 'c1',
		type: 'drawdown',
		amount: '100.00',
		amountMinor: 10000,
		parentId: hold.transactionId,
		outcome: 'done',
		alreadyDone: false,
		recovered: false,
	});
	expect(moves()).toEqual([['capture', 10000]]);
	expect(harness.sandbox.books.card('a')).toMatchObject({ balance: 40000, available: 40000 });
});

test('takes parts; the rest stays locked', async () => {
	const hold = await reserve();
	const items = [
		{ ...hold, order: 'c1', part: 30 },
		{ ...hold, order: 'c2', part: '20,50' },
	];
	const outputs = await harness.outputOf(items, { set: { amount: '={{ $json.part }}' } });
	expect(outputs.map(({ amountMinor }) => amountMinor)).toEqual([3000, 2050]);
	expect(harness.sandbox.books.card('a')).toMatchObject({ balance: 44950, available: 40000 });
});

test('takes metadata, and returns raw output on request', async () => {
	const hold = await reserve();
	const [output] = await harness.outputOf([{ ...hold, order: 'c1' }], {
		raw: true,
		set: {
			additionalFields: { metadata: { entries: [{ key: 'till', value: '3' }] } },
			options: { simplify: false, amountUnit: 'minor' },
			amount: 7,
		},
	});
	expect(output).toMatchObject({ amount: 7, metadata: { till: '3' }, outcome: 'done' });
});

test.each<[string, object, RegExp]>([
	['no transaction', { transactionId: '' }, /^Transaction ID: is empty/],
	[
		'no ID of Dintero',
		{ transactionId: 'abc' },
		/^Transaction ID: 'abc' is not an ID made by Dintero/,
	],
	['an expression that gives no reference', { order: '' }, /^Reference: is empty/],
	['an expression that gives no amount', { part: '' }, /^Amount: is empty: the expression gave/],
	['nothing', { part: 0 }, /^Amount: is 0\. /],
	['a card no address can carry', { cardId: '.' }, /^Card: '\.' cannot/],
])('%s is refused before anything is sent', async (_what, wrong, message) => {
	const good = { transactionId: '9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11', cardId: 'a', order: 'x' };
	const set = { amount: '={{ $json.part }}' };
	expect(await harness.failureOf([{ ...good, part: 1, ...wrong }], { set })).toMatch(message);
	expect(harness.sandbox.count()).toBe(0);
});

test.each([400, 403, 404, 409] as const)('nothing left to capture, as %i', async (status) => {
	harness.sandbox.set({ notPending: status });
	const hold = await reserve();
	await harness.outputOf([{ ...hold, order: 'c1' }]);
	expect(await harness.failureOf([{ ...hold, order: 'c2' }])).toMatch(
		/The transaction is not pending/,
	);
	expect(moves()).toEqual([['capture', 10000]]);
});

test('more than is reserved is refused by Dintero', async () => {
	const hold = await reserve();
	expect(await harness.failureOf([{ ...hold, order: 'c1' }], { set: { amount: 101 } })).toMatch(
		/More than is reserved/,
	);
	expect(moves()).toEqual([]);
});

describe.each(['return-first', 400, 409] as const)(
	'a repeated reference as %p',
	(duplicateRefId) => {
		beforeEach(() => harness.sandbox.set({ duplicateRefId }));
		const part = { set: { amount: 30 } };

		test('takes nothing twice', async () => {
			const hold = await reserve();
			await harness.outputOf([{ ...hold, order: 'c1' }], part);
			const [again] = await harness.outputOf([{ ...hold, order: 'c1' }], part);
			expect(again).toMatchObject({ amountMinor: 3000, alreadyDone: true });
			expect(moves()).toEqual([['capture', 3000]]);
		});

		test('with another amount, or for a void, is refused', async () => {
			const hold = await reserve();
			await harness.outputOf([{ ...hold, order: 'c1' }], part);
			expect(await harness.failureOf([{ ...hold, order: 'c1' }], { set: { amount: 31 } })).toMatch(
				/^The Reference 'c1' was used before for something else .*amount \(found 30\.00 NOK, expected 31\.00 NOK\)/,
			);
			await harness.api.post(`/wallets/transactions/${hold.transactionId}/void`, { ref_id: 'v1' });
			expect(await harness.failureOf([{ ...hold, order: 'v1' }])).toMatch(
				/type \(found voided, expected capture\)/,
			);
			expect(moves()).toEqual([
				['capture', 3000],
				['void', 7000],
			]);
		});

		test.each(['state', 'action'] as const)('types named by %s', async (transactionTypes) => {
			harness.sandbox.set({ transactionTypes });
			const hold = await reserve();
			harness.sandbox.faults.add({ kind: 'cut-after', operationId: SENT, nth: 1 });
			const [output] = await harness.outputOf([{ ...hold, order: 'c1' }], part);
			expect(output).toMatchObject({ outcome: 'recovered', parentId: hold.transactionId });
		});

		describe.each([true, false])('with the card named: %p', (named) => {
			test.each(['cut-before', 'cut-after', 'error-before', 'error-after', 'truncated'] as const)(
				'%s: taken once, or said to be open',
				async (kind) => {
					const { transactionId, cardId } = await reserve();
					harness.sandbox.faults.add({ kind, operationId: SENT, nth: 1 });
					const item = { transactionId, order: 'c1' };
					const set = {
						...part.set,
						cardId: { __rl: true, mode: 'id', value: named ? cardId : '' },
					};
					const run = await harness.run([item], { ...part, set });
					expect(moves()).toEqual([['capture', 3000]]);
					if (named || !run.error) {
						expect(run.error).toBeUndefined();
						expect(run.json('Dintero')).toMatchObject([{ refId: 'c1', amountMinor: 3000 }]);
					} else {
						expect(run.error.message).toMatch(
							/did not say whether the capture with the Reference 'c1'/,
						);
						expect(run.error.description).toMatch(/could not look up the card's transactions/);
					}
				},
			);
		});
	},
);
