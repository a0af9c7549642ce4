import { sceneOf } from '../scene.mts';
import workflow from './void.workflow.json';

const scene = sceneOf(workflow);
const SENT = 'aid_cards_cardid_transactions_void_post';

async function reserve(
	order = 'hold',
	card = 'a',
): Promise<{ transactionId: string; cardId: string }> {
	if (!scene.sandbox.books.card(card)) await scene.seed(card);
	const { data } = await scene.api.post('/wallets/transactions', {
		card_id: card,
		ref_id: order,
		amount: 10000,
		currency: 'NOK',
		pending: true,
	});
	scene.sandbox.resetLog();
	return { transactionId: String(data.id), cardId: card };
}

test('releases what is locked, in the order of the items', async () => {
	const first = await reserve('h1', 'a');
	const second = await reserve('h2', 'b');
	const outputs = await scene.outputOf([
		{ ...second, order: 'v2' },
		{ ...first, order: 'v1' },
	]);
	expect(outputs).toMatchObject([
		{ cardId: 'b', refId: 'v2', type: 'voided', parentId: second.transactionId, outcome: 'done' },
		{ cardId: 'a', refId: 'v1', amountMinor: 10000, alreadyDone: false, recovered: false },
	]);
	expect(scene.sandbox.books.card('a')).toMatchObject({ balance: 50000, available: 50000 });
});

test('takes metadata, and returns raw output on request', async () => {
	const hold = await reserve();
	const set = {
		additionalFields: { metadataJson: { why: 'sold out' } },
		options: { simplify: false },
	};
	const [output] = await scene.outputOf([{ ...hold, order: 'v1' }], { set, raw: true });
	expect(output).toMatchObject({ type: 'voided', metadata: { why: 'sold out' } });
});

test.each<[string, object, RegExp]>([
	['no transaction', { transactionId: null }, /^Transaction ID: is empty/],
	['no ID of Dintero', { transactionId: 7 }, /^Transaction ID: '7' is not an ID Dintero makes/],
	['an expression that gives no reference', { order: '' }, /^Reference: is empty/],
])('%s is refused before anything is sent', async (_what, wrong, message) => {
	const good = { transactionId: '9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11', cardId: 'a', order: 'x' };
	expect(await scene.failureOf([{ ...good, ...wrong }])).toMatch(message);
	expect(scene.sandbox.count()).toBe(0);
});

test('an unknown reservation is named by Dintero', async () => {
	await scene.seed('a');
	const item = { transactionId: '9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11', cardId: 'a', order: 'x' };
	expect(await scene.failureOf([item])).toMatch(/Transaction not found \(404/);
});

test.each([400, 403, 404, 409] as const)(
	'released before by another reference, as %i',
	async (status) => {
		scene.sandbox.set({ notPending: status });
		const hold = await reserve();
		await scene.outputOf([{ ...hold, order: 'v1' }]);
		expect(await scene.failureOf([{ ...hold, order: 'v2' }])).toMatch(
			/The transaction is not pending/,
		);
	},
);

describe.each(['return-first', 400, 409] as const)(
	'a repeated reference as %p',
	(duplicateRefId) => {
		beforeEach(() => scene.sandbox.set({ duplicateRefId }));

		test('is done already', async () => {
			const hold = await reserve();
			await scene.outputOf([{ ...hold, order: 'v1' }]);
			const [again] = await scene.outputOf([{ ...hold, order: 'v1' }]);
			expect(again).toMatchObject({ alreadyDone: true });
		});

		test('of another reservation of the card is refused', async () => {
			const first = await reserve('h1');
			const second = await reserve('h2');
			await scene.outputOf([{ ...first, order: 'v1' }]);
			expect(await scene.failureOf([{ ...second, order: 'v1' }])).toMatch(
				/used before for something else .*the reservation it belongs to/,
			);
			expect(scene.sandbox.books.card('a')?.available).toBe(40000);
		});

		test.each([
			'cut-before',
			'cut-after',
			'error-before',
			'error-after',
			'not-json',
			'rate-limit',
		] as const)('%s: released once', async (kind) => {
			const hold = await reserve();
			scene.sandbox.faults.add({ kind, operationId: SENT, nth: 1, retryAfter: 0.1 });
			const [output] = await scene.outputOf([{ ...hold, order: 'v1' }]);
			expect(output).toMatchObject({ refId: 'v1', alreadyDone: false });
			expect(scene.movesOf('a')).toEqual([
				['pending', 10000],
				['void', 10000],
			]);
		});
	},
);
