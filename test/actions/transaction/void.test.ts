import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('transaction', 'void', {
	transactionId: '={{ $json.transactionId }}',
	cardId: { __rl: true, mode: 'id', value: '={{ $json.cardId }}' },
	refId: '={{ $json.order }}',
});
const SENT = 'aid_cards_cardid_transactions_void_post';

async function reserve(
	order = 'hold',
	card = 'a',
): Promise<{ transactionId: string; cardId: string }> {
	if (!harness.sandbox.books.card(card)) await harness.seed(card);
	const { data } = await harness.api.post('/wallets/transactions', {
		card_id: card,
		ref_id: order,
		amount: 10000,
		currency: 'NOK',
		pending: true,
	});
	harness.sandbox.resetLog();
	return { transactionId: String(data.id), cardId: card };
}

test('releases what is locked, in the order of the items', async () => {
	const first = await reserve('h1', 'a');
	const second = await reserve('h2', 'b');
	const outputs = await harness.outputOf([
		{ ...second, order: 'v2' },
		{ ...first, order: 'v1' },
	]);
	expect(outputs).toMatchObject([
		{ cardId: 'b', refId: 'v2', type: 'voided', parentId: second.transactionId, outcome: 'done' },
		{ cardId: 'a', refId: 'v1', amountMinor: 10000, alreadyDone: false, recovered: false },
	]);
	expect(harness.sandbox.books.card('a')).toMatchObject({ balance: 50000, available: 50000 });
});

test('takes metadata, and returns raw output on request', async () => {
	const hold = await reserve();
	const set = {
		additionalFields: { metadataJson: { why: 'sold out' } },
		options: { simplify: false },
	};
	const [output] = await harness.outputOf([{ ...hold, order: 'v1' }], { set, raw: true });
	expect(output).toMatchObject({ type: 'voided', metadata: { why: 'sold out' } });
});

test.each<[string, object, RegExp]>([
	['no transaction', { transactionId: null }, /^Transaction ID: is empty/],
	['no ID of Dintero', { transactionId: 7 }, /^Transaction ID: '7' is not an ID made by Dintero/],
	['an expression that gives no reference', { order: '' }, /^Reference: is empty/],
])('%s is refused before anything is sent', async (_what, wrong, message) => {
	const good = { transactionId: '9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11', cardId: 'a', order: 'x' };
	expect(await harness.failureOf([{ ...good, ...wrong }])).toMatch(message);
	expect(harness.sandbox.count()).toBe(0);
});

test('an unknown reservation is named by Dintero', async () => {
	await harness.seed('a');
	const item = { transactionId: '9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11', cardId: 'a', order: 'x' };
	expect(await harness.failureOf([item])).toMatch(/Transaction not found \(404/);
});

test.each([400, 403, 404, 409] as const)(
	'released before by another reference, as %i',
	async (status) => {
		harness.sandbox.set({ notPending: status });
		const hold = await reserve();
		await harness.outputOf([{ ...hold, order: 'v1' }]);
		expect(await harness.failureOf([{ ...hold, order: 'v2' }])).toMatch(
			/The transaction is not pending/,
		);
	},
);

describe.each(['return-first', 400, 409] as const)(
	'a repeated reference as %p',
	(duplicateRefId) => {
		beforeEach(() => harness.sandbox.set({ duplicateRefId }));

		test('is done already', async () => {
			const hold = await reserve();
			await harness.outputOf([{ ...hold, order: 'v1' }]);
			const [again] = await harness.outputOf([{ ...hold, order: 'v1' }]);
			expect(again).toMatchObject({ alreadyDone: true });
		});

		test('of another reservation of the card is refused', async () => {
			const first = await reserve('h1');
			const second = await reserve('h2');
			await harness.outputOf([{ ...first, order: 'v1' }]);
			expect(await harness.failureOf([{ ...second, order: 'v1' }])).toMatch(
				/used before for something else .*the reservation it belongs to/,
			);
			expect(harness.sandbox.books.card('a')?.available).toBe(40000);
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
			harness.sandbox.faults.add({ kind, operationId: SENT, nth: 1, retryAfter: 0.1 });
			const [output] = await harness.outputOf([{ ...hold, order: 'v1' }]);
			expect(output).toMatchObject({ refId: 'v1', alreadyDone: false });
			expect(harness.movesOf('a')).toEqual([
				['pending', 10000],
				['void', 10000],
			]);
		});
	},
);
