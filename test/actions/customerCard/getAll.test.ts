import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('customerCard', 'getAll', {
	customerId: '={{ $json.customer }}',
	returnAll: true,
});
const LISTED = 'aid_customers_cid_cards_get';

test("gives each customer's active cards", async () => {
	await harness.seed('a', {
		customer_id: '7',
		name: 'Summer',
		expires_at: '2099-12-31T22:59:59Z',
	});
	await harness.seed('b', { customer_id: '7' });
	await harness.seed('c', { customer_id: '8' });
	const outputs = await harness.outputOf([{ customer: 8 }, { customer: '7' }, { customer: '9' }]);
	expect(outputs).toMatchObject([
		{ cardId: 'c', customerId: '8', status: 'unused' },
		{ cardId: 'b' },
		{ cardId: 'a', name: 'Summer', expiresAt: '2099-12-31T17:59:59-05:00' },
	]);
});

test.each(['newest-first', 'oldest-first'] as const)(
	'reads a list without a cursor of its own to the end, %s',
	async (listOrder) => {
		harness.sandbox.set({ listOrder });
		for (let i = 0; i < 205; i++)
			await harness.api.post('/wallets/cards', {
				card_id: `c${i}`,
				amount: 1,
				currency: 'NOK',
				customer_id: '7',
			});
		harness.sandbox.resetLog();
		const all = await harness.outputOf([{ customer: '7' }]);
		expect(new Set(all.map(({ cardId }) => cardId)).size).toBe(205);
		expect(harness.sandbox.count(LISTED)).toBe(3);
		const set = { returnAll: false, limit: '102' };
		expect(await harness.outputOf([{ customer: '7' }], { set })).toHaveLength(102);
	},
);

test('raw output on request', async () => {
	await harness.seed('a', { customer_id: '7' });
	const set = { simplify: false };
	const [card] = await harness.outputOf([{ customer: '7' }], { set, raw: true });
	expect(card).toMatchObject({ card_id: 'a', customer_id: '7' });
});

test.each<[string, Record<string, string>, object, RegExp]>([
	['no customer', { customer: '' }, {}, /^Customer ID: is empty/],
	['no limit', { customer: '7' }, { returnAll: false, limit: 'x' }, /^Limit: 'x' is not/],
])('%s is refused before anything is sent', async (_what, item, set, message) => {
	expect(await harness.failureOf([item], { set })).toMatch(message);
	expect(harness.sandbox.count()).toBe(0);
});
