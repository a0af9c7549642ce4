import { listen } from '../../sandbox/client.mts';
import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('webhookDelivery', 'get', {
	subscriptionId: { __rl: true, mode: 'id', value: '={{ $json.subscription }}' },
	deliveryId: { __rl: true, mode: 'id', value: '={{ $json.delivery }}' },
});

/** A subscription with the secret given, and one delivery of an event, or of a ping. */
async function deliver(event: string): Promise<{ subscription: string; delivery: string }> {
	harness.sandbox.set({ pingOnCreate: event === 'ping' });
	const receiver = await listen((_nth, response) => void response.end('taken'));
	const { data } = await harness.api.post('/hooks/subscriptions', {
		config: { url: receiver.url, secret: { type: 'HMAC-SHA1', value: 'a-long-made-up-text' } },
		events: ['wallet_transaction'],
	});
	if (event !== 'ping') harness.sandbox.fireEvent(event, { transaction: { amount: 5 } });
	await harness.sandbox.deliveriesSettled();
	await receiver.close();
	const { data: log } = await harness.api.get(`/hooks/subscriptions/${data.id}/deliveries`);
	harness.sandbox.resetLog();
	return { subscription: String(data.id), delivery: String(log[0].id) };
}

test('gives what was sent and what was answered', async () => {
	const item = await deliver('wallet_transaction');
	const [output] = await harness.outputOf([item]);
	expect(output).toEqual({
		deliveryId: item.delivery,
		eventDelivery: expect.any(String),
		success: true,
		status: 200,
		createdAt: expect.any(String),
		event: 'wallet_transaction',
		url: expect.stringMatching(/^http:/),
		duration: expect.any(Number),
		body: expect.objectContaining({ event: 'wallet_transaction', transaction: { amount: 5 } }),
		responseBody: 'taken',
	});
});

test.each([true, false])('the body of a ping shows no secret, simplified: %p', async (simplify) => {
	const item = await deliver('ping');
	const [output] = await harness.outputOf([item], { set: { simplify }, raw: true });
	expect(JSON.stringify(output)).toContain('HMAC-SHA1');
	expect(JSON.stringify(output)).not.toContain('made-up');
});

test.each<[string, object, RegExp]>([
	['no subscription', { subscription: '' }, /^Subscription: is empty/],
	['no delivery', { delivery: '' }, /^Delivery: is empty/],
	['a delivery no address can carry', { delivery: '..' }, /^Delivery: '\.\.' cannot/],
])('%s is refused before anything is sent', async (_what, wrong, message) => {
	const good = { subscription: '9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11', delivery: 'x' };
	expect(await harness.failureOf([{ ...good, ...wrong }])).toMatch(message);
	expect(harness.sandbox.count()).toBe(0);
});

test('one that is not there is named by Dintero', async () => {
	const item = await deliver('wallet_transaction');
	expect(await harness.failureOf([{ ...item, delivery: 'unknown' }])).toMatch(
		/Delivery not found \(404/,
	);
});

describe('the list to choose from', () => {
	const listed = (subscriptionId: string, filter?: string) =>
		harness.engine.listSearch(
			{
				type: 'n8n-nodes-dintero.dintero',
				parameters: {
					resource: 'webhookDelivery',
					operation: 'get',
					subscriptionId: { __rl: true, mode: 'id', value: subscriptionId },
				},
				credentials: { dinteroApi: { id: 'dintero', name: '' } },
			},
			'searchDeliveries',
			filter,
		);

	test('holds the deliveries of the chosen subscription', async () => {
		const { subscription, delivery } = await deliver('wallet_transaction');
		expect((await listed(subscription, '200')).results).toEqual([
			{ name: expect.stringMatching(/, answered 200$/), value: delivery },
		]);
		expect((await listed(subscription, '503')).results).toEqual([]);
	});

	test('says what it needs when none is chosen', async () => {
		await expect(listed('')).rejects.toThrow("Choose a 'Subscription' first");
	});
});
