import { byId, checkoutHarness } from '../checkout.mts';

const harness = checkoutHarness('checkoutTransaction', 'void');

const voided = (id: string) => harness.outputOf([{}], { set: byId(id) });
const failure = (id: string) => harness.failureOf([{}], { set: byId(id) });

test('releases the gift card and the bank card, once', async () => {
	const id = await harness.paid();
	expect(await voided(id)).toMatchObject([
		{
			status: 'AUTHORIZATION_VOIDED',
			amount: '500.00',
			giftCardAmount: '200.00',
			otherAmount: '300.00',
			cardId: 'gc-1',
			outcome: 'done',
		},
	]);
	expect(harness.sandbox.books.card('gc-1')).toMatchObject({ balance: 20_000, available: 20_000 });
	expect(await voided(id)).toMatchObject([{ alreadyDone: true }]);
	expect(harness.sandbox.count('transactions_id_void_post')).toBe(1);
	harness.audit(id);
});

test('what is captured is not voided but refunded', async () => {
	const id = await harness.paid({ captured: 50_000 });
	expect(await failure(id)).toMatch(/^Nothing is left to void .*Use 'Refund' to give back/);
});

test.each(['release', 'keep-card', 400] as const)(
	'after a part was captured (K15: %p)',
	async (way) => {
		harness.sandbox.set({ voidAfterCapture: way });
		const id = await harness.paid({ captured: 5000 });
		if (way === 400) {
			expect(await failure(id)).toMatch(/A part is captured/);
			return;
		}
		expect(await voided(id)).toMatchObject([
			{ outcome: 'done', warning: expect.stringMatching(/150\.00 NOK reserved on the gift card/) },
		]);
		expect(harness.sandbox.books.card('gc-1')?.available).toBe(way === 'release' ? 15_000 : 0);
		harness.audit(id);
	},
);

test('taken with 202', async () => {
	const id = await harness.paid();
	harness.sandbox.set({ acceptedOperations: ['void'], acceptedMs: null });
	expect(await voided(id)).toMatchObject([{ underWay: true, status: 'AUTHORIZED' }]);
	harness.sandbox.checkout.finishOperations();
	expect(await voided(id)).toMatchObject([{ outcome: 'alreadyDone' }]);
});

test('an order without gift cards, captured in part, needs no warning', async () => {
	const id = await harness.paid({ card: null, captured: 5000 });
	const [output] = await voided(id);
	expect(output.warning).toBeUndefined();
	expect(output.cardId).toBeUndefined();
	expect(output.capturedMinor).toBe(5000);
});
