/** The rights each operation names: those of Dintero's documentation, in the 403 and in README.md. */
import { OPERATIONS } from '../../nodes/Dintero/actions/registry';
import { loadContract } from '../../sandbox/contract.mts';
import { readReadme } from '../../scripts/operations-table.mts';
import { openHarness } from '../support/harness.mts';

jest.setTimeout(60_000);

test('an operation names the rights of the contract, and a 403 names exactly these', async () => {
	const harness = await openHarness();
	const client = harness.sandbox.addClient({ scopes: ['user:wallets'] });
	const credentials = { dinteroApi: harness.signIn({}, client) };
	const uuid = '9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11';
	const contract = await loadContract();
	for (const { resource, value, scopes, effect } of OPERATIONS) {
		harness.sandbox.resetLog();
		const run = await harness.run(
			{
				resource,
				operation: value,
				cardId: value === 'create' ? 'x' : { __rl: true, mode: 'id', value: 'x' },
				customerId: 'x',
				cardToken: '1'.repeat(16),
				amount: '1',
				currency: 'NOK',
				refId: 'x',
				transactionId: uuid,
				checkoutTransactionId: { __rl: true, mode: 'id', value: 'x' },
				sessionId: 'x',
				merchantReference: 'x',
				returnUrl: 'https://www.myshop.no/x',
				subscriptionId: { __rl: true, mode: 'id', value: uuid },
				deliveryId: { __rl: true, mode: 'id', value: uuid },
				url: 'https://www.myshop.no/x',
				secretValue: 'a long made-up text',
				count: 1,
			} as never,
			[{}],
			{ settings: { credentials } },
		);
		const sent = harness.sandbox.requests.map(({ operationId, method }) => ({
			method,
			allowed: contract.find((one) => one.operationId === operationId)?.scopes ?? [],
		}));
		// One that decides by what was done before reads first, and is refused there.
		const readsFirst = effect === 'write' && sent.at(-1)?.method === 'GET';
		// The contract may allow more than the operation asks for: money in needs the full rights.
		if (!readsFirst)
			expect([value, sent.map(({ allowed }) => allowed)]).toEqual([
				value,
				expect.arrayContaining([expect.arrayContaining([...scopes])]),
			]);
		if (scopes.includes('user:wallets')) continue;
		const error = run.nodeError('Dintero') as (Error & { description?: string }) | undefined;
		const told = `${error?.message} | ${error?.description}`;
		const rights = [
			...new Set(
				told
					.split('|')
					.pop()
					?.match(/'[a-z]+:[a-z]+(?::\/[a-z]+)?'/g),
			),
		];
		const quoted = scopes.map((scope) => `'${scope}'`);
		const more = readsFirst && rights.length > quoted.length ? ["'read:wallets'"] : [];
		expect([value, told, rights]).toEqual([value, told, [...quoted, ...more]]);
	}
	await harness.close();
});

test('README.md names no right that no operation needs', () => {
	const [, setup] = readReadme().split('## Credentials');
	const named = setup.match(/`(?:admin|read|write):[a-z:/]+`/g) ?? [];
	const needed = new Set(OPERATIONS.flatMap(({ scopes }) => scopes));
	expect(named.length).toBeGreaterThan(5);
	for (const right of named) expect(needed).toContain(right.slice(1, -1));
});
