import { listen } from '../../sandbox/client.mts';
import { sceneOf } from '../scene.mts';
import workflow from './getAll.workflow.json';

const scene = sceneOf(workflow);

/** A subscription with three deliveries, the second of which fails every time. */
async function deliver(): Promise<string> {
	scene.sandbox.set({ pingOnCreate: false, retryDelaysMs: [1] });
	let nth = 0;
	const receiver = await listen((_count, response, { body }) => {
		nth++;
		response.statusCode = body.number === 2 ? 503 : 200;
		response.end('ok');
	});
	const { data } = await scene.api.post('/hooks/subscriptions', {
		config: { url: receiver.url },
		events: ['wallet_transaction'],
	});
	for (const number of [1, 2, 3]) {
		scene.sandbox.fireEvent('wallet_transaction', { number });
		await scene.sandbox.deliveriesSettled();
	}
	expect(nth).toBeGreaterThan(3);
	await receiver.close();
	scene.sandbox.resetLog();
	return String(data.id);
}

test.each(['per-try', 'per-event'] as const)('gives the log, %s', async (deliveryLog) => {
	scene.sandbox.set({ deliveryLog });
	const subscription = await deliver();
	const outputs = await scene.outputOf([{ subscription }]);
	expect(outputs.length).toBe(deliveryLog === 'per-try' ? 4 : 3);
	expect(outputs[0]).toEqual({
		deliveryId: expect.any(String),
		eventDelivery: expect.any(String),
		success: true,
		status: 200,
		createdAt: expect.any(String),
	});
	const failed = await scene.outputOf([{ subscription }], { set: { failedOnly: true } });
	expect(failed.every(({ success, status }) => success === false && status === 503)).toBe(true);
	expect(failed).toHaveLength(deliveryLog === 'per-try' ? 2 : 1);
	const set = { failedOnly: 'true', returnAll: false, limit: 1 };
	expect(await scene.outputOf([{ subscription }], { set })).toHaveLength(1);
});

test('nobody answered counts as failed', async () => {
	scene.sandbox.set({ pingOnCreate: false, retryDelaysMs: [] });
	const { data } = await scene.api.post('/hooks/subscriptions', {
		config: { url: 'http://127.0.0.1:9/' },
		events: ['wallet_transaction'],
	});
	scene.sandbox.fireEvent('wallet_transaction');
	await scene.sandbox.deliveriesSettled();
	const set = { failedOnly: true };
	expect(await scene.outputOf([{ subscription: data.id }], { set })).toMatchObject([
		{ success: false, status: 0 },
	]);
});

test('of a deleted subscription, where Dintero still tells', async () => {
	const subscription = await deliver();
	scene.sandbox.removeSubscription(subscription);
	expect(await scene.outputOf([{ subscription }])).toHaveLength(4);
	scene.sandbox.set({ deletedSubscriptionDeliveriesReadable: false });
	expect(await scene.failureOf([{ subscription }])).toMatch(/Subscription not found \(404/);
});

test('raw output on request', async () => {
	const subscription = await deliver();
	const [raw] = await scene.outputOf([{ subscription }], { set: { simplify: false }, raw: true });
	expect(raw).toMatchObject({ event_delivery: expect.any(String), status: 200 });
});

test.each<[string, unknown, object, RegExp]>([
	['no subscription', '', {}, /^Subscription: is empty/],
	[
		'no limit',
		'9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11',
		{ returnAll: false, limit: -1 },
		/^Limit: '-1'/,
	],
])('%s is refused before anything is sent', async (_what, subscription, set, message) => {
	expect(await scene.failureOf([{ subscription }] as never, { set })).toMatch(message);
	expect(scene.sandbox.count()).toBe(0);
});
