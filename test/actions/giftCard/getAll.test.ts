import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('giftCard', 'getAll', { returnAll: true });
const LISTED = 'aid_cards_get';

async function seed(count: number): Promise<string[]> {
	const ids = Array.from({ length: count }, (_, i) => `card-${i}`);
	await harness.seedBatch(...ids);
	return ids;
}

test('gives every card, with its balance', async () => {
	await harness.seed('a', {
		name: 'Summer',
		customer_id: 'customer-7',
		expires_at: '2099-12-31T22:59:59Z',
	});
	await harness.seed('b');
	const outputs = await harness.outputOf();
	expect(outputs).toMatchObject([
		{ cardId: 'b', balanceFormatted: '500.00 NOK' },
		{ cardId: 'a', name: 'Summer', customerId: 'customer-7' },
	]);
});

test('reads page by page to the end', async () => {
	const ids = await seed(250);
	const outputs = await harness.outputOf();
	expect(outputs.map(({ cardId }) => cardId)).toEqual([...ids].reverse());
	expect(harness.sandbox.count(LISTED)).toBe(3);
});

test('a limit reads no more than it needs', async () => {
	await seed(130);
	const set = { returnAll: false, limit: 110 };
	expect(await harness.outputOf([{}], { set })).toHaveLength(110);
	expect(harness.sandbox.count(LISTED)).toBe(2);
	expect(await harness.outputOf([{}], { set: { returnAll: false, limit: 7 } })).toHaveLength(7);
	expect(harness.sandbox.requests.at(-1)?.path).toMatch(/limit=7$/);
});

test('a cursor that repeats for ever ends the list', async () => {
	await seed(150);
	harness.sandbox.set({ listCursor: 'repeating' });
	const outputs = await harness.outputOf();
	expect(new Set(outputs.map(({ cardId }) => cardId)).size).toBe(150);
	expect(outputs).toHaveLength(150);
	expect(harness.sandbox.count(LISTED)).toBeLessThanOrEqual(4);
});

test('without a cursor there is one page', async () => {
	await seed(30);
	harness.sandbox.set({ listCursor: 'absent', listOrder: 'oldest-first' });
	expect(await harness.outputOf()).toHaveLength(30);
});

test('an account without cards gives no items', async () => {
	expect(await harness.outputOf()).toEqual([]);
});

test('raw output on request', async () => {
	await harness.seed('a');
	const [card] = await harness.outputOf([{}], { set: { simplify: false }, raw: true });
	expect(card).toMatchObject({ card_id: 'a', amount_funds: 50000 });
});

test.each([0, -1, 1.5, 'many', ''])('%p is no limit', async (limit) => {
	expect(await harness.failureOf([{}], { set: { returnAll: false, limit } })).toMatch(
		/^Limit: .*is (?:empty|too small|not a (?:whole )?number)\. /,
	);
	expect(harness.sandbox.count()).toBe(0);
});

test('a client without the right is told', async () => {
	harness.signIn(harness.sandbox.addClient({ scopes: ['admin:hooks'] }));
	expect(await harness.failureOf()).toMatch(
		/403 FORBIDDEN.*Give the credential's API client the right this operation needs: 'admin:wallets' or 'read:wallets'/,
	);
});
