import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('webhookSubscription', 'delete', {
	subscriptionId: { __rl: true, mode: 'id', value: '={{ $json.subscription }}' },
});
const SENT = 'aid_source_hooks_hid_delete';

async function subscribe(number = 1): Promise<string> {
	const { data } = await harness.api.post('/hooks/subscriptions', {
		config: { url: `http://127.0.0.1:9/${number}` },
		events: ['wallet_transaction'],
	});
	harness.sandbox.resetLog();
	return String(data.id);
}
const left = () => harness.sandbox.books.subscriptions().map(({ id }) => id);

test('deletes each and leaves the others', async () => {
	const [one, two, three] = [await subscribe(1), await subscribe(2), await subscribe(3)];
	const outputs = await harness.outputOf([{ subscription: three }, { subscription: one }]);
	expect(outputs).toEqual([{ deleted: true }, { deleted: true }]);
	expect(left()).toEqual([two]);
});

test.each([true, false])(
	'one that is gone is an error, whether Dintero still shows it: %p',
	async (shown) => {
		harness.sandbox.set({ readsDeletedSubscriptions: shown });
		const subscription = await subscribe();
		await harness.outputOf([{ subscription }]);
		expect(await harness.failureOf([{ subscription }])).toMatch(
			shown
				? /was already deleted \| Dintero shows that it was deleted at/
				: /Subscription not found \(404/,
		);
	},
);

test.each<[string, unknown, RegExp]>([
	['nothing', '', /^Subscription: is empty/],
	['no ID of Dintero', 'x', /^Subscription: 'x' is not an ID made by Dintero/],
])('%s is refused before anything is sent', async (_what, subscription, message) => {
	expect(await harness.failureOf([{ subscription }] as never)).toMatch(message);
	expect(harness.sandbox.count()).toBe(0);
});

test.each(['cut-before', 'cut-after', 'error-after', 'not-json', 'rate-limit'] as const)(
	'%s: deleted, and said so',
	async (kind) => {
		const subscription = await subscribe();
		harness.sandbox.faults.add({ kind, operationId: SENT, nth: 1, retryAfter: 0.1 });
		expect(await harness.outputOf([{ subscription }])).toEqual([{ deleted: true }]);
		expect(left()).toEqual([]);
	},
);
