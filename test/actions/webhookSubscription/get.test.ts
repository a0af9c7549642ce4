import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('webhookSubscription', 'get', {
	subscriptionId: { __rl: true, mode: 'id', value: '={{ $json.subscription }}' },
});
const url = 'http://127.0.0.1:9/dintero';

async function subscribe(more: object = {}, config: object = {}): Promise<string> {
	const { data } = await harness.api.post('/hooks/subscriptions', {
		config: { url, secret: { type: 'HMAC-SHA1', value: 'a-long-made-up-text' }, ...config },
		events: ['wallet_transaction'],
		...more,
	});
	harness.sandbox.resetLog();
	return String(data.id);
}

test('gives where each delivers what', async () => {
	const first = await subscribe({
		fields: 'transaction',
		exclude_fields: ['transaction.metadata'],
	});
	const second = await subscribe({ active: false }, { url: `${url}/2`, secret: undefined });
	await harness.api.del(`/hooks/subscriptions/${first}`);
	const outputs = await harness.outputOf([{ subscription: second }, { subscription: first }]);
	expect(outputs).toMatchObject([
		{ subscriptionId: second, url: `${url}/2`, active: false, secretType: 'none' },
		{
			subscriptionId: first,
			events: ['wallet_transaction'],
			secretType: 'HMAC-SHA1',
			fields: 'transaction',
			excludeFields: ['transaction.metadata'],
			deletedAt: expect.any(String),
		},
	]);
	expect(Object.keys(outputs[1]).length).toBeLessThanOrEqual(10);
});

test.each([true, false])(
	'raw output on request, without the secret, shown or not: %p',
	async (shown) => {
		harness.sandbox.set({ secretVisibleOnRead: shown });
		const subscription = await subscribe();
		const [raw] = await harness.outputOf([{ subscription }], {
			set: { simplify: false },
			raw: true,
		});
		expect(raw).toMatchObject({ id: subscription, config: { url, secret: { type: 'HMAC-SHA1' } } });
		expect(JSON.stringify(raw)).not.toContain('made-up');
	},
);

test.each<[string, unknown, RegExp]>([
	['nothing', '', /^Subscription: is empty/],
	['no ID of Dintero', 'my-hook', /^Subscription: 'my-hook' is not an ID made by Dintero/],
])('%s is refused before anything is sent', async (_what, subscription, message) => {
	expect(await harness.failureOf([{ subscription }] as never)).toMatch(message);
	expect(harness.sandbox.count()).toBe(0);
});

test('one that is not there is named by Dintero', async () => {
	const subscription = '9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11';
	expect(await harness.failureOf([{ subscription }])).toMatch(/Subscription not found \(404/);
});

test('the list to choose from shows addresses and events, and finds by them', async () => {
	const first = await subscribe();
	const second = await subscribe({ active: false, events: ['receipt_add'] }, { url: `${url}/2` });
	const listed = (filter?: string) =>
		harness.engine.listSearch(
			{
				type: 'n8n-nodes-dintero.dintero',
				parameters: { resource: 'webhookSubscription', operation: 'get' },
				credentials: { dinteroApi: { id: 'dintero', name: '' } },
			},
			'searchSubscriptions',
			filter,
		);
	expect((await listed()).results).toEqual([
		{ name: `${url}/2 (receipt_add, paused)`, value: second },
		{ name: `${url} (wallet_transaction)`, value: first },
	]);
	expect((await listed('RECEIPT')).results.map(({ value }) => value)).toEqual([second]);
	expect((await listed('nothing like it')).results).toEqual([]);
});
