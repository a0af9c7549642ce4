import { sceneOf } from '../scene.mts';
import workflow from './getAll.workflow.json';

const scene = sceneOf(workflow);
const LISTED = 'aid_source_hooks_get';
const url = 'http://127.0.0.1:9/dintero';

async function subscribe(number: number, more: object = {}): Promise<string> {
	const { data } = await scene.api.post('/hooks/subscriptions', {
		config: { url: `${url}/${number}`, secret: { type: 'HMAC-SHA1', value: 'made-up' } },
		events: ['wallet_transaction'],
		...more,
	});
	return String(data.id);
}
beforeEach(() => scene.sandbox.set({ pingOnCreate: false }));

test.each([true, false])(
	'gives all; deleted ones on request, where Dintero lists them: %p',
	async (works) => {
		scene.sandbox.set({ includeDeletedWorks: works });
		const gone = await subscribe(1, { fields: 'transaction', exclude_fields: ['transaction.id'] });
		const there = await subscribe(2);
		scene.sandbox.removeSubscription(gone);
		const [only] = await scene.outputOf();
		expect(only).toMatchObject({ subscriptionId: there, url: `${url}/2`, active: true });
		const all = await scene.outputOf([{}], { set: { options: { includeDeleted: true } } });
		expect(all.map(({ subscriptionId }) => subscriptionId)).toEqual(
			works ? [there, gone] : [there],
		);
		if (works)
			expect(all[1]).toMatchObject({ deletedAt: expect.any(String), fields: 'transaction' });
	},
);

test('reads a list without a cursor of its own to the end', async () => {
	for (let i = 0; i < 120; i++) await subscribe(i);
	scene.sandbox.resetLog();
	const all = await scene.outputOf();
	expect(new Set(all.map(({ subscriptionId }) => subscriptionId)).size).toBe(120);
	expect(scene.sandbox.count(LISTED)).toBe(2);
	expect(await scene.outputOf([{}], { set: { returnAll: false, limit: 3 } })).toHaveLength(3);
});

test('raw output on request, without the secret', async () => {
	scene.sandbox.set({ secretVisibleOnRead: true });
	await subscribe(1);
	const [raw] = await scene.outputOf([{}], { set: { simplify: false }, raw: true });
	expect(raw).toMatchObject({ config: { secret: { type: 'HMAC-SHA1' } } });
	expect(JSON.stringify(raw)).not.toContain('made-up');
});

test('no limit is refused before anything is sent', async () => {
	expect(await scene.failureOf([{}], { set: { returnAll: false, limit: 0 } })).toMatch(
		/^Limit: '0'/,
	);
	expect(scene.sandbox.count()).toBe(0);
});

test('a client with wallet rights only is told', async () => {
	scene.signIn(scene.sandbox.addClient({ scopes: ['admin:wallets'] }));
	expect(await scene.failureOf()).toMatch(/403 FORBIDDEN.*'admin:hooks'/);
});
