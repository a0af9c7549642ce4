import { wait } from '../../support/time.mts';
import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('webhookSubscription', 'create', {
	url: '={{ $json.url }}',
	events: ['wallet_transaction'],
	secretType: 'hmacSha1',
	secretValue: "={{ 'a-long-made' + '-up-text' }}",
});
const SENT = 'aid_source_hooks_post';
const LISTED = 'aid_source_hooks_get';
// Nothing listens on this port; the sandbox does not require it.
const url = 'http://127.0.0.1:9/dintero';
const subscriptions = () =>
	harness.sandbox.books.subscriptions() as unknown as Array<Record<string, never>>;

test('subscribes each address, with everything a subscription can have', async () => {
	const set = {
		events: ['wallet_transaction', 'receipt_add'],
		additionalFields: {
			active: false,
			insecureSsl: true,
			fields: 'transaction(amount,currency)',
			excludeFields: 'transaction.metadata, transaction.created_by',
		},
	};
	const outputs = await harness.outputOf([{ url }, { url: `${url}/2` }], { set });
	expect(outputs).toMatchObject([
		{
			url,
			events: ['wallet_transaction', 'receipt_add'],
			active: false,
			secretType: 'HMAC-SHA1',
			fields: 'transaction(amount,currency)',
			excludeFields: ['transaction.metadata', 'transaction.created_by'],
			recovered: false,
		},
		{ url: `${url}/2` },
	]);
	expect(subscriptions()[0].config).toMatchObject({
		insecure_ssl: 1,
		secret: { type: 'HMAC-SHA1', value: 'a-long-made-up-text' },
	});
});

test.each([
	['none', {}, undefined],
	[
		'authorization',
		{ secretValue: 'Bearer made-up' },
		{ type: 'Authorization', value: 'Bearer made-up' },
	],
	[
		'aws4',
		{ awsAccessKeyId: 'made', awsSecretAccessKey: 'up', awsRegion: 'eu-west-1' },
		{
			type: 'AWS4-HMAC-SHA256',
			aws_access_key_id: 'made',
			aws_secret_access_key: 'up',
			region: 'eu-west-1',
			service: 'execute-api',
		},
	],
])('the signature %s', async (secretType, fields, secret) => {
	const [output] = await harness.outputOf([{ url }], { set: { secretType, ...fields } });
	expect(output.secretType).toBe(secret?.type ?? 'none');
	expect((subscriptions()[0].config as { secret?: object }).secret).toEqual(secret);
});

test('the secret is not in the output, also where Dintero shows it', async () => {
	harness.sandbox.set({ secretVisibleOnRead: true });
	const set = { options: { simplify: false } };
	const [output] = await harness.outputOf([{ url }], { set, raw: true });
	expect(output).toMatchObject({ config: { url, secret: { type: 'HMAC-SHA1' } } });
	expect(JSON.stringify(output)).not.toContain('made-up');
});

test.each<[string, object, object, RegExp]>([
	['no address', { url: '' }, {}, /^URL: is empty/],
	['an address without a scheme', { url: 'myshop.no' }, {}, /^URL: 'myshop\.no' is not a web/],
	['no event', {}, { events: '={{ [] }}' }, /^Events: is empty/],
	[
		'an unknown event',
		{},
		{ events: ['card_add'] },
		/^Events: 'card_add' is not one of its choices/,
	],
	['no secret', {}, { secretValue: "={{ '' }}" }, /^Secret: is empty/],
	[
		'half a key',
		{},
		{ secretType: 'aws4', awsAccessKeyId: 'x', awsSecretAccessKey: "={{ '' }}", awsRegion: 'x' },
		/^AWS Secret Access Key: is empty/,
	],
	[
		'an unknown signature',
		{},
		{ secretType: 'stamp' },
		/^Signature: 'stamp' is not one of its choices/,
	],
])('%s is refused before anything is sent', async (_what, item, set, message) => {
	expect(await harness.failureOf([{ url, ...item }], { set })).toMatch(message);
	expect(harness.sandbox.count()).toBe(0);
});

test('events may come as text, as an AI agent gives them', async () => {
	const set = { events: 'wallet_transaction, receipt_add' };
	const [output] = await harness.outputOf([{ url }], { set });
	expect(output.events).toEqual(['wallet_transaction', 'receipt_add']);
});

test('an address Dintero refuses is named by Dintero', async () => {
	expect(await harness.failureOf([{ url: 'https://www.example.com/x' }])).toMatch(
		/config\.url must be a public URL \(400/,
	);
	harness.sandbox.set({ pingFailureRefusesSubscription: true });
	expect(await harness.failureOf([{ url }])).toMatch(/The ping to config\.url failed/);
	expect(subscriptions()).toEqual([]);
});

describe.each(['allow', 400, 409] as const)(
	'a second one for the same address: %p',
	(duplicateSubscription) => {
		beforeEach(() => harness.sandbox.set({ duplicateSubscription }));

		test.each([
			'cut-before',
			'cut-after',
			'error-after',
			'not-json',
			'truncated',
			'rate-limit',
		] as const)('%s: subscribed once', async (kind) => {
			harness.sandbox.faults.add({ kind, operationId: SENT, nth: 1, retryAfter: 0.1 });
			const [output] = await harness.outputOf([{ url }]);
			expect(subscriptions()).toHaveLength(1);
			expect(output.subscriptionId).toBe(subscriptions()[0].id);
			expect(output.recovered).toBe(!['cut-before', 'rate-limit'].includes(kind));
		});

		test('is refused, with the one that is there', async () => {
			const [{ subscriptionId }] = await harness.outputOf([{ url }]);
			const message = await harness.failureOf([{ url }], { set: { secretValue: 'another' } });
			expect(message).toContain(
				`for this URL and these events already exists: '${subscriptionId}'`,
			);
			expect(message).toContain("delete it with 'Delete'");
			expect(subscriptions()).toHaveLength(1);
		});
	},
);

test('one for other events, or at another URL, is another one', async () => {
	await harness.outputOf([{ url }]);
	await harness.outputOf([{ url }], { set: { events: ['receipt_add'] } });
	await harness.outputOf([{ url: `${url}/2` }]);
	expect(subscriptions()).toHaveLength(3);
});

test('of two items with one URL the first is subscribed, the second refused', async () => {
	const run = await harness.run([{ url }, { url }], {
		settings: { onError: 'continueRegularOutput' },
	});
	expect(run.json('Dintero')).toMatchObject([
		{ url },
		{ error: expect.stringContaining('for this URL and these events already') as string },
	]);
	expect(subscriptions()).toHaveLength(1);
});

test('one whose answer is lost is not made again by Retry On Fail', async () => {
	harness.sandbox.faults.add({ kind: 'cut-after', operationId: SENT, nth: 1 });
	// Each of the four looks for it fails, six tries each; the next try of the node sees it.
	let lists = 0;
	harness.sandbox.faults.add({
		kind: 'cut-before',
		operationId: LISTED,
		when: () => ++lists > 1 && lists <= 25,
	});
	const run = await harness.run([{ url }], {
		settings: { retryOnFail: true, maxTries: 2, waitBetweenTries: 1000 },
	});
	expect(lists).toBeGreaterThan(25);
	expect(subscriptions()).toHaveLength(1);
	expect(run.nodeError('Dintero')?.message).toMatch(/already exists: /);
});

test('nothing is asked for when the subscriptions cannot be listed', async () => {
	harness.sandbox.faults.add({ kind: 'error-before', status: 500, operationId: LISTED });
	await harness.failureOf([{ url }]);
	expect(subscriptions()).toEqual([]);
	expect(harness.sandbox.count(SENT)).toBe(0);
});

test.each([5, 30, 60])(
	'a first request that arrives late (%d ms) leaves one subscription',
	async (delayMs) => {
		harness.sandbox.faults.add({ kind: 'late', operationId: SENT, nth: 1, delayMs });
		const [output] = await harness.outputOf([{ url }]);
		await wait(300);
		expect(subscriptions().map(({ id }) => id)).toEqual([output.subscriptionId]);
	},
);

test('a client that must not list subscriptions can make them', async () => {
	harness.signIn(harness.sandbox.addClient({ scopes: ['write:hooks'] }));
	expect(await harness.outputOf([{ url }])).toMatchObject([{ recovered: false }]);
	harness.sandbox.faults.add({ kind: 'cut-after', operationId: SENT, nth: 1 });
	expect(await harness.failureOf([{ url: `${url}/2` }])).toMatch(
		/^Dintero did not say whether the webhook subscription was made .*'Get Many'/,
	);
});

test.each([{}, { error: { message: 'no' } }, { id: 'x', config: { url: 'https://other.no' } }])(
	'a success that shows %j is no subscription',
	async (answer) => {
		harness.sandbox.faults.add({ kind: 'answer-before', operationId: SENT, nth: 1, answer });
		const [output] = await harness.outputOf([{ url }]);
		expect(subscriptions().map(({ id }) => id)).toEqual([output.subscriptionId]);
	},
);

test('a secret is in no error and no log line', async () => {
	harness.sandbox.set({ subscriptionLimit: 0 });
	const run = await harness.run([{ url }]);
	expect(run.nodeError('Dintero')?.message).toMatch(/too many subscriptions/);
	expect(run.logText).not.toContain('made-up');
	expect(JSON.stringify(run.nodeError('Dintero'))).not.toContain('made-up');
});
