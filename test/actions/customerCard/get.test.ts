import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('customerCard', 'get', {
	customerId: '={{ $json.customer }}',
	cardId: { __rl: true, mode: 'id', value: '={{ $json.card }}' },
});

test("gives a customer's card with its balance, in the order of the items", async () => {
	const expires_at = '2099-12-31T22:59:59Z';
	await harness.seed('a', { customer_id: 'customer-7', name: 'Summer', expires_at });
	await harness.seed('b', { customer_id: 'Åse / Øl', amount: 100 });
	const outputs = await harness.outputOf([
		{ customer: 'Åse / Øl', card: 'b' },
		{ customer: 'customer-7', card: 'a' },
	]);
	expect(outputs).toMatchObject([
		{ cardId: 'b', balance: '1.00', customerId: 'Åse / Øl' },
		{ cardId: 'a', status: 'unused', balanceMinor: 50000, balanceFormatted: '500.00 NOK' },
	]);
});

test('raw output on request', async () => {
	await harness.seed('a', { customer_id: '7' });
	const set = { simplify: 'false' };
	const [card] = await harness.outputOf([{ customer: 7, card: 'a' }], { set, raw: true });
	expect(card).toMatchObject({ card_id: 'a', amount_available: 50000 });
});

test.each<[string, object, RegExp]>([
	['no customer', { customer: '' }, /^Customer ID: is empty/],
	['a customer no address can carry', { customer: '..' }, /^Customer ID: '\.\.' cannot/],
	['no card', { card: '' }, /^Card: is empty/],
])('%s is refused before anything is sent', async (_what, wrong, message) => {
	expect(await harness.failureOf([{ customer: '7', card: 'a', ...wrong }])).toMatch(message);
	expect(harness.sandbox.count()).toBe(0);
});

test("another customer's card is not there", async () => {
	await harness.seed('a', { customer_id: '8' });
	expect(await harness.failureOf([{ customer: '7', card: 'a' }])).toMatch(/Card not found \(404/);
});

test('a broken answer is asked for again', async () => {
	await harness.seed('a', { customer_id: '7' });
	harness.sandbox.faults.add({ kind: 'error-after', times: 2 });
	expect(await harness.outputOf([{ customer: '7', card: 'a' }])).toMatchObject([{ cardId: 'a' }]);
});

describe('the list of cards to choose from', () => {
	const listed = (customerId: unknown, filter?: string) =>
		harness.engine.listSearch(
			{
				type: 'n8n-nodes-dintero.dintero',
				parameters: {
					resource: 'customerCard',
					operation: 'get',
					customerId: customerId as string,
				},
				credentials: { dinteroApi: { id: 'dintero', name: '' } },
			},
			'searchCustomerCards',
			filter,
		);

	test("holds that customer's cards, and finds by ID and name", async () => {
		await harness.seed('a', { customer_id: '7', name: 'Summer' });
		await harness.seed('b', { customer_id: '7' });
		await harness.seed('c', { customer_id: '8' });
		expect((await listed('7')).results.map(({ value }) => value)).toEqual(['b', 'a']);
		expect((await listed('7', 'SUMM')).results).toEqual([{ name: 'a (Summer)', value: 'a' }]);
	});

	test.each(['', '={{ $json.customer }}'])(
		'says what it needs when Customer ID is %p',
		async (id) => {
			await expect(listed(id)).rejects.toThrow("Fill in 'Customer ID' first");
		},
	);
});
