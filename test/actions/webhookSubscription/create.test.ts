import { sceneOf } from '../scene.mts';
import workflow from './create.workflow.json';

const scene = sceneOf(workflow);
const SENT = 'aid_source_hooks_post';
// Nobody listens there, and nobody needs to.
const url = 'http://127.0.0.1:9/dintero';
const subscriptions = () =>
	scene.sandbox.books.subscriptions() as unknown as Array<Record<string, never>>;

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
	const outputs = await scene.outputOf([{ url }, { url: `${url}/2` }], { set });
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
	const [output] = await scene.outputOf([{ url }], { set: { secretType, ...fields } });
	expect(output.secretType).toBe(secret?.type ?? 'none');
	expect((subscriptions()[0].config as { secret?: object }).secret).toEqual(secret);
});

test('the secret is not in the output, also where Dintero shows it', async () => {
	scene.sandbox.set({ secretVisibleOnRead: true });
	const set = { options: { simplify: false } };
	const [output] = await scene.outputOf([{ url }], { set, raw: true });
	expect(output).toMatchObject({ config: { url, secret: { type: 'HMAC-SHA1' } } });
	expect(JSON.stringify(output)).not.toContain('made-up');
});

test.each<[string, object, object, RegExp]>([
	['no address', { url: '' }, {}, /^URL: is empty/],
	['an address without a scheme', { url: 'myshop.no' }, {}, /^URL: 'myshop\.no' is not a web/],
	['no event', {}, { events: '={{ [] }}' }, /^Events: is empty/],
	['an unknown event', {}, { events: ['card_add'] }, /^Events: 'card_add' is not an event/],
	['no secret', {}, { secretValue: "={{ '' }}" }, /^Secret: is empty/],
	[
		'half a key',
		{},
		{ secretType: 'aws4', awsAccessKeyId: 'x', awsSecretAccessKey: "={{ '' }}", awsRegion: 'x' },
		/^AWS Secret Access Key: is empty/,
	],
	['an unknown signature', {}, { secretType: 'stamp' }, /^Signature: 'stamp' is not a choice/],
])('%s is refused before anything is sent', async (_what, item, set, message) => {
	expect(await scene.failureOf([{ url, ...item }], { set })).toMatch(message);
	expect(scene.sandbox.count()).toBe(0);
});

test('events may come as text, as an AI agent gives them', async () => {
	const set = { events: 'wallet_transaction, receipt_add' };
	const [output] = await scene.outputOf([{ url }], { set });
	expect(output.events).toEqual(['wallet_transaction', 'receipt_add']);
});

test('an address Dintero refuses is named by Dintero', async () => {
	expect(await scene.failureOf([{ url: 'https://www.example.com/x' }])).toMatch(
		/config\.url must be a public URL \(400/,
	);
	scene.sandbox.set({ pingFailureRefusesSubscription: true });
	expect(await scene.failureOf([{ url }])).toMatch(/The ping to config\.url failed/);
	expect(subscriptions()).toEqual([]);
});

describe.each(['allow', 400, 409] as const)(
	'a second one for the same address: %p',
	(duplicateSubscription) => {
		beforeEach(() => scene.sandbox.set({ duplicateSubscription }));

		test.each([
			'cut-before',
			'cut-after',
			'error-after',
			'not-json',
			'truncated',
			'rate-limit',
		] as const)('%s: subscribed once', async (kind) => {
			scene.sandbox.faults.add({ kind, operationId: SENT, nth: 1, retryAfter: 0.1 });
			const [output] = await scene.outputOf([{ url }]);
			expect(subscriptions()).toHaveLength(1);
			expect(output.subscriptionId).toBe(subscriptions()[0].id);
			expect(output.recovered).toBe(!['cut-before', 'rate-limit'].includes(kind));
		});

		test('is what a second run makes, or a clear error', async () => {
			await scene.outputOf([{ url }]);
			const run = await scene.run([{ url }]);
			if (duplicateSubscription === 'allow') expect(subscriptions()).toHaveLength(2);
			else expect(run.nodeError('Dintero')?.message).toMatch(/Subscription exists/);
		});
	},
);

test('a subscription that was there before is not taken for the one whose answer was lost', async () => {
	scene.sandbox.advance(-3_600_000);
	await scene.outputOf([{ url }]);
	scene.sandbox.advance(3_600_000);
	scene.sandbox.faults.add({ kind: 'cut-before', operationId: SENT, nth: 1 });
	const [output] = await scene.outputOf([{ url }]);
	expect(output).toMatchObject({ recovered: false });
	expect(subscriptions()).toHaveLength(2);
});

test('a secret is in no error and no log line', async () => {
	scene.sandbox.set({ subscriptionLimit: 0 });
	const run = await scene.run([{ url }]);
	expect(run.nodeError('Dintero')?.message).toMatch(/too many subscriptions/);
	expect(run.logText).not.toContain('made-up');
	expect(JSON.stringify(run.nodeError('Dintero'))).not.toContain('made-up');
});
