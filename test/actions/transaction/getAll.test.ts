import { sceneOf } from '../scene.mts';
import workflow from './getAll.workflow.json';

const scene = sceneOf(workflow);

async function move(refId: string, amount: number, more: object = {}): Promise<string> {
	const body = { card_id: 'a', ref_id: refId, amount, currency: 'NOK', ...more };
	const { data } = await scene.api.post('/wallets/transactions', body);
	scene.sandbox.advance(1000);
	return String(data.id);
}

beforeEach(async () => {
	await scene.seed('a');
	scene.sandbox.advance(1000);
});

test.each(['newest-first', 'oldest-first'] as const)(
	'newest first, from a list that is %s',
	async (listOrder) => {
		scene.sandbox.set({ listOrder });
		await move('one', 100);
		const held = await move('two', 200, { pending: true });
		await scene.api.post(`/wallets/transactions/${held}/capture`, { ref_id: 'three' });
		const outputs = await scene.outputOf([{ card: 'a' }]);
		expect(outputs).toHaveLength(4);
		expect(outputs.map(({ amountMinor }) => amountMinor)).toEqual([200, 200, 100, 50000]);
		expect(outputs[0]).toMatchObject({
			refId: 'three',
			parentId: held,
			cardId: 'a',
			amount: '2.00',
		});
		expect(Object.keys(outputs[0]).length).toBeLessThanOrEqual(10);
	},
);

test('a limit cuts the list; the request carries none, as Dintero documents none', async () => {
	for (let i = 0; i < 12; i++) await move(`m${i}`, 100 + i);
	const set = { returnAll: false, limit: 3 };
	const outputs = await scene.outputOf([{ card: 'a' }, { card: 'a' }], { set });
	expect(outputs.map(({ refId }) => refId)).toEqual(['m11', 'm10', 'm9', 'm11', 'm10', 'm9']);
	const all = await scene.outputOf([{ card: 'a' }]);
	expect(all).toHaveLength(13);
});

test('raw output on request', async () => {
	await move('one', 100, { metadata: { shop: 'Oslo' } });
	const [first] = await scene.outputOf([{ card: 'a' }], { set: { simplify: false }, raw: true });
	expect(first).toMatchObject({ ref_id: 'one', amount: 100, metadata: { shop: 'Oslo' } });
});

test.each<[string, Record<string, string>, object, RegExp]>([
	['no card', { card: '' }, {}, /^Card: is empty/],
	['no limit', { card: 'a' }, { returnAll: false, limit: 0 }, /^Limit: '0' is not a whole number/],
])('%s is refused before anything is sent', async (_what, item, set, message) => {
	expect(await scene.failureOf([item], { set })).toMatch(message);
	expect(scene.sandbox.count()).toBe(0);
});

test('an unknown card is named by Dintero', async () => {
	expect(await scene.failureOf([{ card: 'none' }])).toMatch(/Card not found \(404 NOT FOUND\)/);
});

test('a broken connection is tried again', async () => {
	scene.sandbox.faults.add({ kind: 'cut-before', nth: [2, 3] });
	expect(await scene.outputOf([{ card: 'a' }])).toHaveLength(1);
});
