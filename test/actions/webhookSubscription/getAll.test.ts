import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('webhookSubscription', 'getAll', { returnAll: true });
const LISTED = 'aid_source_hooks_get';
const url = 'http://127.0.0.1:9/dintero';

async function subscribe(number: number, more: object = {}): Promise<string> {
	const { data } = await harness.api.post('/hooks/subscriptions', {
		config: { url: `${url}/${number}`, secret: { type: 'HMAC-SHA1', value: 'made-up' } },
		events: ['wallet_transaction'],
		...more,
	});
	return String(data.id);
}
beforeEach(() => harness.sandbox.set({ pingOnCreate: false }));

test.each([true, false])(
	'gives all; deleted ones on request, where Dintero lists them: %p',
	async (works) => {
		harness.sandbox.set({ includeDeletedWorks: works });
		const gone = await subscribe(1, { fields: 'transaction', exclude_fields: ['transaction.id'] });
		const there = await subscribe(2);
		harness.sandbox.removeSubscription(gone);
		const [only] = await harness.outputOf();
		expect(only).toMatchObject({ subscriptionId: there, url: `${url}/2`, active: true });
		const all = await harness.outputOf([{}], { set: { options: { includeDeleted: true } } });
		expect(all.map(({ subscriptionId }) => subscriptionId)).toEqual(
			works ? [there, gone] : [there],
		);
		if (works)
			expect(all[1]).toMatchObject({ deletedAt: expect.any(String), fields: 'transaction' });
	},
);

test('reads a list without a cursor of its own to the end', async () => {
	for (let i = 0; i < 120; i++) await subscribe(i);
	harness.sandbox.resetLog();
	const all = await harness.outputOf();
	expect(new Set(all.map(({ subscriptionId }) => subscriptionId)).size).toBe(120);
	expect(harness.sandbox.count(LISTED)).toBe(2);
	expect(await harness.outputOf([{}], { set: { returnAll: false, limit: 3 } })).toHaveLength(3);
});

test('raw output on request, without the secret', async () => {
	harness.sandbox.set({ secretVisibleOnRead: true });
	await subscribe(1);
	const [raw] = await harness.outputOf([{}], { set: { simplify: false }, raw: true });
	expect(raw).toMatchObject({ config: { secret: { type: 'HMAC-SHA1' } } });
	expect(JSON.stringify(raw)).not.toContain('made-up');
});

test('no limit is refused before anything is sent', async () => {
	expect(await harness.failureOf([{}], { set: { returnAll: false, limit: 0 } })).toMatch(
		/^Limit: '0'/,
	);
	expect(harness.sandbox.count()).toBe(0);
});

test('a client with wallet rights only is told', async () => {
	harness.signIn(harness.sandbox.addClient({ scopes: ['admin:wallets'] }));
	expect(await harness.failureOf()).toMatch(/403 FORBIDDEN.*'admin:hooks'/);
});
