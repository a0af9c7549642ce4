import { listen } from '../../sandbox/client.mts';
import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('webhookSubscription', 'ping', {
	subscriptionId: { __rl: true, mode: 'id', value: '={{ $json.subscription }}' },
});
let receiver: Awaited<ReturnType<typeof listen>>;
beforeEach(async () => {
	receiver = await listen();
});
afterEach(async () => await receiver.close());

async function subscribe(): Promise<string> {
	harness.sandbox.set({ pingOnCreate: false });
	const { data } = await harness.api.post('/hooks/subscriptions', {
		config: { url: receiver.url },
		events: ['wallet_transaction'],
	});
	harness.sandbox.resetLog();
	return String(data.id);
}

test('has Dintero send a ping', async () => {
	const subscription = await subscribe();
	const outputs = await harness.outputOf([{ subscription }, { subscription }]);
	expect(outputs).toEqual([
		{ pinged: true, subscriptionId: subscription },
		{ pinged: true, subscriptionId: subscription },
	]);
	await harness.sandbox.deliveriesSettled();
	expect(receiver.received.map(({ headers }) => headers.event)).toEqual(['ping', 'ping']);
});

test('nothing chosen is refused before anything is sent', async () => {
	expect(await harness.failureOf([{ subscription: '' }])).toMatch(/^Subscription: is empty/);
	expect(harness.sandbox.count()).toBe(0);
});

test('one that is not there is named by Dintero', async () => {
	const subscription = '9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11';
	expect(await harness.failureOf([{ subscription }])).toMatch(/Subscription not found \(404/);
});

test('a lost answer is asked for again; a second ping does no harm', async () => {
	const subscription = await subscribe();
	harness.sandbox.faults.add({
		kind: 'cut-after',
		operationId: 'aid_source_hooks_hid_ping_post',
		nth: 1,
	});
	expect(await harness.outputOf([{ subscription }])).toMatchObject([{ pinged: true }]);
});
