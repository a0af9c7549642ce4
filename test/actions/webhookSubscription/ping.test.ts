import { listen } from '../../sandbox/client.mts';
import { sceneOf } from '../scene.mts';
import workflow from './ping.workflow.json';

const scene = sceneOf(workflow);
let receiver: Awaited<ReturnType<typeof listen>>;
beforeEach(async () => {
	receiver = await listen();
});
afterEach(async () => await receiver.close());

async function subscribe(): Promise<string> {
	scene.sandbox.set({ pingOnCreate: false });
	const { data } = await scene.api.post('/hooks/subscriptions', {
		config: { url: receiver.url },
		events: ['wallet_transaction'],
	});
	scene.sandbox.resetLog();
	return String(data.id);
}

test('has Dintero send a ping', async () => {
	const subscription = await subscribe();
	const outputs = await scene.outputOf([{ subscription }, { subscription }]);
	expect(outputs).toEqual([
		{ pinged: true, subscriptionId: subscription },
		{ pinged: true, subscriptionId: subscription },
	]);
	await scene.sandbox.deliveriesSettled();
	expect(receiver.received.map(({ headers }) => headers.event)).toEqual(['ping', 'ping']);
});

test('nothing chosen is refused before anything is sent', async () => {
	expect(await scene.failureOf([{ subscription: '' }])).toMatch(/^Subscription: is empty/);
	expect(scene.sandbox.count()).toBe(0);
});

test('one that is not there is named by Dintero', async () => {
	const subscription = '9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11';
	expect(await scene.failureOf([{ subscription }])).toMatch(/Subscription not found \(404/);
});

test('a lost answer is asked for again; a second ping does no harm', async () => {
	const subscription = await subscribe();
	scene.sandbox.faults.add({
		kind: 'cut-after',
		operationId: 'aid_source_hooks_hid_ping_post',
		nth: 1,
	});
	expect(await scene.outputOf([{ subscription }])).toMatchObject([{ pinged: true }]);
});
