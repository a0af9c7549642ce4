import { listen } from '../../sandbox/client.mts';
import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('webhookDelivery', 'getAll', {
	subscriptionId: { __rl: true, mode: 'id', value: '={{ $json.subscription }}' },
	returnAll: true,
});

/** A subscription with three deliveries, the second of which fails every time. */
async function deliver(): Promise<string> {
	harness.sandbox.set({ pingOnCreate: false, retryDelaysMs: [1] });
	let nth = 0;
	const receiver = await listen((_count, response, { body }) => {
		nth++;
		response.statusCode = body.number === 2 ? 503 : 200;
		response.end('ok');
	});
	const { data } = await harness.api.post('/hooks/subscriptions', {
		config: { url: receiver.url },
		events: ['wallet_transaction'],
	});
	for (const number of [1, 2, 3]) {
		harness.sandbox.fireEvent('wallet_transaction', { number });
		await harness.sandbox.deliveriesSettled();
	}
	expect(nth).toBeGreaterThan(3);
	await receiver.close();
	harness.sandbox.resetLog();
	return String(data.id);
}

test.each(['per-try', 'per-event'] as const)('gives the log, %s', async (deliveryLog) => {
	harness.sandbox.set({ deliveryLog });
	const subscription = await deliver();
	const outputs = await harness.outputOf([{ subscription }]);
	expect(outputs.length).toBe(deliveryLog === 'per-try' ? 4 : 3);
	expect(outputs[0]).toEqual({
		deliveryId: expect.any(String),
		eventDelivery: expect.any(String),
		success: true,
		status: 200,
		createdAt: expect.any(String),
	});
	const failed = await harness.outputOf([{ subscription }], { set: { failedOnly: true } });
	expect(failed.every(({ success, status }) => success === false && status === 503)).toBe(true);
	expect(failed).toHaveLength(deliveryLog === 'per-try' ? 2 : 1);
	const set = { failedOnly: 'true', returnAll: false, limit: 1 };
	expect(await harness.outputOf([{ subscription }], { set })).toHaveLength(1);
});

const LISTED = 'aid_source_hooks_hid_deliveries_get';
const NO_WAY = /^Dintero returns only one page of the deliveries, so there may be more/;

/** A subscription with so many deliveries, of which every `everyNth` was not taken. */
async function deliverMany(count: number, everyNth = Infinity): Promise<string> {
	harness.sandbox.set({ pingOnCreate: false, retryDelaysMs: [], removalAfterFailures: null });
	const receiver = await listen((_count, response, { body }) => {
		response.statusCode = Number(body.number) % everyNth === 0 ? 500 : 200;
		response.end('ok');
	});
	const { data } = await harness.api.post('/hooks/subscriptions', {
		config: { url: receiver.url },
		events: ['wallet_transaction'],
	});
	for (let number = 1; number <= count; number++) {
		harness.sandbox.fireEvent('wallet_transaction', { number });
		if (number % 20 === 0) await harness.sandbox.deliveriesSettled();
	}
	await harness.sandbox.deliveriesSettled();
	await receiver.close();
	harness.sandbox.resetLog();
	return String(data.id);
}

describe('more deliveries than a page holds', () => {
	test.each([
		['taken', 35, 2],
		['limit-ignored', 35, 5],
		['taken', 230, 4],
	] as const)('pages that are %s are read to the end of %i', async (paging, count, requests) => {
		harness.sandbox.set({ deliveryPaging: paging });
		const subscription = await deliverMany(count);
		const run = await harness.run([{ subscription }], { set: { returnAll: true } });
		expect(run.json('Dintero')).toHaveLength(count);
		expect(new Set(run.json('Dintero').map(({ deliveryId }) => deliveryId)).size).toBe(count);
		expect(run.hints).toEqual([]);
		expect(harness.sandbox.count(LISTED)).toBe(requests);
	});

	test.each(['newest-first', 'oldest-first'] as const)(
		'whichever come first (%s)',
		async (order) => {
			harness.sandbox.set({ listOrder: order, deliveryPaging: 'limit-ignored' });
			const subscription = await deliverMany(23);
			expect(await harness.outputOf([{ subscription }], { set: { returnAll: true } })).toHaveLength(
				23,
			);
		},
	);

	test.each(['ignored', 'refused'] as const)(
		'where paging is %s, a hint says that there may be more',
		async (deliveryPaging) => {
			harness.sandbox.set({ deliveryPaging, deliveriesListed: 10 });
			const subscription = await deliverMany(35);
			const items = [{ subscription }, { subscription }];
			const run = await harness.run(items, { set: { returnAll: true } });
			expect(run.json('Dintero')).toHaveLength(20);
			expect(run.hints.map(({ message }) => message)).toEqual([expect.stringMatching(NO_WAY)]);
			// As many as were asked for are there, so nothing is missing.
			const few = await harness.run([{ subscription }], { set: { returnAll: false, limit: 7 } });
			expect(few.json('Dintero')).toHaveLength(7);
			expect(few.hints).toEqual([]);
		},
	);

	test.each(['taken', 'limit-ignored', 'ignored', 'refused'] as const)(
		'fewer than the smallest page are all there are (%s)',
		async (deliveryPaging) => {
			harness.sandbox.set({ deliveryPaging });
			const subscription = await deliverMany(9);
			const run = await harness.run([{ subscription }], { set: { returnAll: true } });
			expect(run.json('Dintero')).toHaveLength(9);
			expect(run.hints).toEqual([]);
		},
	);

	test('with Failed Only the limit counts those that failed', async () => {
		const subscription = await deliverMany(230, 50);
		const set = { failedOnly: true, returnAll: false, limit: 2 };
		const failed = await harness.outputOf([{ subscription }], { set });
		expect(failed.map(({ success, status }) => [success, status])).toEqual([
			[false, 500],
			[false, 500],
		]);
		// They are among the newest hundred.
		expect(harness.sandbox.count(LISTED)).toBe(1);
		const all = { ...set, returnAll: true };
		expect(await harness.outputOf([{ subscription }], { set: all })).toHaveLength(4);
	});

	test('with Failed Only nothing may be found, and there may be more all the same', async () => {
		harness.sandbox.set({ deliveryPaging: 'ignored', deliveriesListed: 10 });
		const subscription = await deliverMany(12);
		const run = await harness.run([{ subscription }], { set: { failedOnly: true } });
		expect(run.json('Dintero')).toEqual([]);
		expect(run.hints.map(({ message }) => message)).toEqual([expect.stringMatching(NO_WAY)]);
	});
});

test('nobody answered counts as failed', async () => {
	harness.sandbox.set({ pingOnCreate: false, retryDelaysMs: [] });
	const { data } = await harness.api.post('/hooks/subscriptions', {
		config: { url: 'http://127.0.0.1:9/' },
		events: ['wallet_transaction'],
	});
	harness.sandbox.fireEvent('wallet_transaction');
	await harness.sandbox.deliveriesSettled();
	const set = { failedOnly: true };
	expect(await harness.outputOf([{ subscription: data.id }], { set })).toMatchObject([
		{ success: false, status: 0 },
	]);
});

test('of a deleted subscription, where Dintero still tells', async () => {
	const subscription = await deliver();
	harness.sandbox.removeSubscription(subscription);
	expect(await harness.outputOf([{ subscription }])).toHaveLength(4);
	harness.sandbox.set({ deletedSubscriptionDeliveriesReadable: false });
	expect(await harness.failureOf([{ subscription }])).toMatch(/Subscription not found \(404/);
});

test('raw output on request', async () => {
	const subscription = await deliver();
	const [raw] = await harness.outputOf([{ subscription }], { set: { simplify: false }, raw: true });
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
	expect(await harness.failureOf([{ subscription }] as never, { set })).toMatch(message);
	expect(harness.sandbox.count()).toBe(0);
});
