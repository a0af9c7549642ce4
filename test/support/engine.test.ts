/** The harness itself: what it must share with a real n8n. Toy node and credential, real HTTP. */
import type {
	ICredentialDataDecryptedObject,
	ICredentialType,
	IExecuteFunctions,
	IHttpRequestHelper,
	INodeType,
	JsonObject,
} from 'n8n-workflow';
import { NodeApiError, NodeConnectionTypes, sleep } from 'n8n-workflow';
import { Engine } from './engine.mts';
import { startEcho, type Echo } from './echo.mts';

class ToyApi implements ICredentialType {
	name = 'toyApi';
	displayName = 'Toy API';
	properties: ICredentialType['properties'] = [
		{ displayName: 'URL', name: 'url', type: 'string', default: '' },
		{ displayName: 'Key', name: 'key', type: 'string', default: 'default-key' },
		{
			displayName: 'Token',
			name: 'accessToken',
			type: 'hidden',
			typeOptions: { expirable: true, password: true },
			default: '',
		},
	];
	async preAuthentication(this: IHttpRequestHelper, credentials: ICredentialDataDecryptedObject) {
		const { token } = (await this.helpers.httpRequest({
			method: 'POST',
			url: `${credentials.url as string}/token`,
			body: { key: credentials.key },
		})) as { token: string };
		return { accessToken: token };
	}
	authenticate = {
		type: 'generic' as const,
		properties: { headers: { Authorization: '=Bearer {{$credentials.accessToken}}' } },
	};
	test = {
		request: { baseURL: '={{$credentials.url}}', url: '/me' },
		rules: [
			{ type: 'responseCode' as const, properties: { value: 403, message: 'Not allowed to look' } },
		],
	};
}

const toy: INodeType = {
	description: {
		displayName: 'Toy',
		name: 'toy',
		group: ['transform'],
		version: 1,
		description: 'Toy',
		defaults: { name: 'Toy' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'toyApi', required: true }],
		properties: [{ displayName: 'Path', name: 'path', type: 'string', default: '/echo' }],
	},
	async execute(this: IExecuteFunctions) {
		const items = this.getInputData();
		const { url } = await this.getCredentials('toyApi');
		this.logger.info(`toy runs in execution ${this.getExecutionId()}`);
		const results = [];
		for (let i = 0; i < items.length; i++) {
			const path = this.getNodeParameter('path', i) as string;
			try {
				const json = await this.helpers.httpRequestWithAuthentication.call(this, 'toyApi', {
					method: 'POST',
					url: `${url as string}${path}`,
					body: items[i].json,
				});
				results.push({ json, pairedItem: { item: i } });
			} catch (error) {
				if (!this.continueOnFail()) throw new NodeApiError(this.getNode(), error as JsonObject);
				results.push({
					json: { error: (error as Error).message },
					error: error as NodeApiError,
					pairedItem: { item: i },
				});
			}
		}
		this.addExecutionHints({ message: 'Toy hint' });
		return [results];
	},
};

let echo: Echo;
beforeAll(async () => {
	echo = await startEcho();
});
afterAll(async () => await echo.stop());

const make = (data: ICredentialDataDecryptedObject = {}) => {
	echo.reset();
	const engine = new Engine({ nodes: { 'toys.toy': toy }, credentials: { toyApi: ToyApi } });
	const credential = engine.addCredential('toyApi', { url: echo.url, ...data });
	const workflow = (parameters: object = {}, extra: object = {}) => ({
		nodes: [
			{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
			{
				name: 'Toy',
				type: 'toys.toy',
				parameters: { ...parameters },
				credentials: { toyApi: credential },
				...extra,
			},
			{ name: 'After', type: 'n8n-nodes-base.noOp' },
			{ name: 'Failed', type: 'n8n-nodes-base.noOp' },
		],
		connections: {
			Start: { main: [[{ node: 'Toy', type: NodeConnectionTypes.Main, index: 0 }]] },
			Toy: {
				main: [
					[{ node: 'After', type: NodeConnectionTypes.Main, index: 0 }],
					[{ node: 'Failed', type: NodeConnectionTypes.Main, index: 0 }],
				],
			},
		},
	});
	return { engine, credential, workflow };
};

test('runs a workflow with expressions, paired items, hints, logs and the execution ID', async () => {
	const { engine, workflow } = make();
	const run = await engine.run(workflow({ path: '={{ $json.where }}' }), {
		items: [
			{ where: '/echo', n: 1 },
			{ where: '/echo', n: 2 },
		],
		executionId: '77',
	});
	expect(run.status).toBe('success');
	expect(run.output('After').map((item) => item.json.n)).toEqual([1, 2]);
	expect(run.output('Toy')[1].pairedItem).toEqual({ item: 1 });
	expect(run.hints).toEqual([{ message: 'Toy hint', node: 'Toy' }]);
	expect(run.logText).toContain('toy runs in execution 77');
});

test('fetches a token once, stores it, and again after a 401', async () => {
	const { engine, credential, workflow } = make();
	await engine.run(workflow(), { items: [{ n: 1 }, { n: 2 }] });
	expect(echo.logins).toEqual(['default-key']);
	expect(engine.credential(credential.id)).toMatchObject({
		writes: 1,
		data: { accessToken: 'token-1' },
	});
	await engine.run(workflow());
	expect(echo.logins).toHaveLength(1);
	echo.forgetTokens();
	const run = await engine.run(workflow());
	expect(run.status).toBe('success');
	expect(echo.logins).toHaveLength(2);
});

test('resolves expressions in credentials and keeps them in the store', async () => {
	const { engine, credential, workflow } = make({ key: '={{ "made" + "-up" }}' });
	await engine.run(workflow());
	expect(echo.logins).toEqual(['made-up']);
	expect(engine.credential(credential.id).data.key).toBe('={{ "made" + "-up" }}');
});

test('keeps the log-in to the allowed domains', async () => {
	const { engine, workflow } = make({
		allowedHttpRequestDomains: 'domains',
		allowedDomains: 'example.com',
	});
	const run = await engine.run(workflow());
	expect(run.status).toBe('error');
	expect(echo.logins).toEqual([]);
});

test('the settings of the node: stop, continue, error output, Retry On Fail', async () => {
	const { engine, workflow } = make();
	const stopped = await engine.run(workflow({ path: '/500' }));
	expect(stopped.status).toBe('error');
	expect(stopped.nodeError('Toy')).toMatchObject({ httpCode: '500' });
	expect(stopped.ran('After')).toBe(false);

	const continued = await engine.run(
		workflow({ path: '/500' }, { onError: 'continueRegularOutput' }),
	);
	expect(continued.output('After')[0].json.error).toBeDefined();

	const split = await engine.run(
		workflow({ path: '={{ $json.where }}' }, { onError: 'continueErrorOutput' }),
		{
			items: [{ where: '/echo' }, { where: '/500' }],
		},
	);
	expect(split.output('After')).toHaveLength(1);
	expect(split.output('Failed')).toHaveLength(1);

	echo.reset();
	const retried = await engine.run(
		workflow({ path: '/fail-twice' }, { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 }),
	);
	expect(retried.status).toBe('success');
	expect(echo.hits('/fail-twice')).toBe(3);
});

test('a retry from the editor goes on at the failed node, as a new execution', async () => {
	const { engine, workflow } = make();
	const failed = await engine.run(workflow({ path: '/fail-twice' }), { items: [{ n: 5 }] });
	expect(failed.status).toBe('error');
	await engine.run(workflow({ path: '/fail-twice' }), { retryOf: failed });
	const retry = await engine.run(workflow({ path: '/fail-twice' }), { retryOf: failed });
	expect(retry.status).toBe('success');
	expect(retry.raw.mode).toBe('retry');
	expect(retry.output('After')[0].json.n).toBe(5);
	expect(retry.executionId).not.toBe(failed.executionId);
});

test('cancels a running request', async () => {
	const { engine, workflow } = make();
	// That path never answers.
	const run = await engine.run(workflow({ path: '/slow' }), { cancelAfterMs: 100 });
	expect(run.status).toBe('canceled');
	await sleep(1);
});

test('tests a credential by its request and rules', async () => {
	const { engine, credential } = make();
	expect(await engine.testCredential(credential.id)).toEqual({
		status: 'OK',
		message: 'Connection successful!',
	});
	expect(echo.logins).toHaveLength(1);
	const test = async (data: ICredentialDataDecryptedObject) => {
		const { engine: other, credential: made } = make(data);
		return await other.testCredential(made.id);
	};
	expect(await test({ key: 'forbidden' })).toEqual({
		status: 'Error',
		message: 'Not allowed to look',
	});
	expect(await test({ key: 'wrong' })).toMatchObject({ status: 'Error', message: 'Unauthorized' });
	expect(await test({ url: 'http://127.0.0.1:1' })).toMatchObject({
		status: 'Error',
		message: 'ECONNREFUSED',
	});
});
