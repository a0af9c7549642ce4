/** What the trigger's tests share: a sandbox, a pretended n8n, and workflows that begin with our trigger. */
import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import axios from 'axios';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { deliveryMemory } from '../../nodes/Dintero/trigger/deliveryMemory';
import { forgetUnsaved } from '../../nodes/Dintero/trigger/unsaved';
import { startSandbox, type Sandbox, type Switches } from '../../sandbox/sandbox.mts';
import { Engine, type WorkflowJson } from '../support/engine.mts';
import { logLines, logText } from '../support/logs.mts';
import { fastTime, until, wait } from '../support/time.mts';
import { TriggerHost } from '../support/triggerHost.mts';

export { until, wait };

/** The name of the trigger node in every workflow here. */
export const TRIGGER = 'Dintero Trigger';

let nextWebhook = 1;

export class TriggerHarness {
	readonly sandbox: Sandbox;
	readonly engine: Engine;
	readonly n8n: TriggerHost;
	readonly credential: { id: string; name: string };
	private readonly slowDown: () => void;
	private readonly logsFrom = logLines.length;

	private constructor(sandbox: Sandbox, slowDown: () => void) {
		this.sandbox = sandbox;
		this.slowDown = slowDown;
		this.engine = new Engine();
		this.n8n = new TriggerHost(this.engine);
		this.n8n.onProcessEnd = () => {
			deliveryMemory.clear();
			forgetUnsaved();
		};
		this.credential = this.addCredential();
	}

	static async open(switches: Partial<Switches> = {}): Promise<TriggerHarness> {
		const slowDown = fastTime();
		// Long enough pauses that a delivery is under way while a test looks, once divided by a hundred.
		const sandbox = await startSandbox({
			switches: { retryDelaysMs: [1000, 2000, 3000, 4000], ...switches },
		});
		deliveryMemory.clear();
		forgetUnsaved();
		const harness = new TriggerHarness(sandbox, slowDown);
		await harness.n8n.start();
		return harness;
	}

	async close(): Promise<void> {
		await this.n8n.end();
		await this.sandbox.stop();
		this.slowDown();
	}

	addCredential(
		account: { accountId: string; clientId: string; clientSecret: string } = this.sandbox.account,
	) {
		const { accountId, clientId, clientSecret } = account;
		return this.engine.addCredential('dinteroApi', {
			accountId,
			clientId,
			clientSecret,
			baseUrl: this.sandbox.apiUrl,
		});
	}

	workflow(
		parameters: INodeParameters = {},
		credential = this.credential,
		webhookId = `hook-${nextWebhook++}`,
	): WorkflowJson {
		return {
			name: 'Tell me about gift cards',
			nodes: [
				{
					name: TRIGGER,
					type: 'n8n-nodes-dintero.dinteroTrigger',
					webhookId,
					parameters,
					credentials: { dinteroApi: credential },
				},
				{ name: 'After', type: 'n8n-nodes-base.noOp' },
			],
			connections: { [TRIGGER]: { main: [[{ node: 'After', type: 'main', index: 0 }]] } },
		};
	}

	/** Adds a workflow and publishes it. */
	async activate(parameters: INodeParameters = {}, credential = this.credential): Promise<string> {
		const id = this.n8n.addWorkflow(this.workflow(parameters, credential));
		const result = await this.n8n.publish(id);
		if (result.status !== 'published') throw result.errors[0];
		await this.quiet();
		return id;
	}

	/** Everything that was set off has come to an end. */
	async quiet(): Promise<void> {
		await this.sandbox.deliveriesSettled();
		await this.n8n.settle();
		if (this.sandbox.deliveriesUnderWay > 0) await this.quiet();
	}

	/** The production URL of a workflow's trigger. */
	url(workflowId: string): string {
		const [{ webhookId }] = this.n8n.draft(workflowId).nodes;
		return `${this.n8n.url}/webhook/${webhookId}/webhook`;
	}

	secret(workflowId: string): string {
		return this.n8n.staticData(workflowId, TRIGGER).secret as string;
	}

	/** Live subscriptions at Dintero, their URLs without the trigger's mark. */
	get subscriptions() {
		return this.sandbox.books.subscriptions().map((one) => ({
			...one,
			config: { ...one.config, url: one.config.url.replace(/\?signed=.*$/, '') },
		}));
	}

	/** Makes a subscription the way anybody with an API client could. */
	async subscribe(url: string, events = ['wallet_transaction'], secret?: string): Promise<string> {
		const config =
			secret === undefined ? { url } : { url, secret: { type: 'HMAC-SHA1', value: secret } };
		const { id } = (await this.api('hooks/subscriptions', { config, events })) as { id: string };
		return id;
	}

	async ping(subscriptionId: string): Promise<void> {
		await this.api(`hooks/subscriptions/${subscriptionId}/ping`);
	}

	/** A POST to Dintero's API, not through n8n. */
	async api(path: string, body?: object): Promise<unknown> {
		const { accountId, clientId, clientSecret } = this.sandbox.account;
		const account = `${this.sandbox.apiUrl}/accounts/${accountId}`;
		const audience = `https://api.dintero.com/v1/accounts/${accountId}`;
		this.token ??= (
			await axios.post<{ access_token: string }>(
				`${account}/auth/token`,
				{ grant_type: 'client_credentials', audience },
				{ auth: { username: clientId, password: clientSecret } },
			)
		).data.access_token;
		const headers = { authorization: `Bearer ${this.token}` };
		return (await axios.post(`${account}/${path}`, body, { headers })).data as unknown;
	}

	private token?: string;

	/** A transaction event without a card behind it. */
	fire(id: string, extra: IDataObject = {}, accountId?: string): void {
		this.sandbox.fireEvent(
			'wallet_transaction',
			{ transaction: transaction(id, extra) },
			accountId,
		);
	}

	/** Transaction IDs that started a workflow, in order. */
	seen(workflowId: string): string[] {
		return this.n8n
			.events(workflowId)
			.map(
				({ transaction: one, body }) =>
					(one as IDataObject | undefined)?.id ?? JSON.stringify(body),
			) as string[];
	}

	/** Sends a request to a webhook as anybody could; signed when a secret is given. */
	async post(
		url: string,
		body: string | Buffer | object,
		{
			secret,
			headers = {},
			gzip = false,
		}: { secret?: string; headers?: Record<string, string>; gzip?: boolean } = {},
	): Promise<{ status: number; data: unknown }> {
		const bytes = Buffer.isBuffer(body)
			? body
			: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
		const { status, data } = await axios.post(url, gzip ? gzipSync(bytes) : bytes, {
			headers: {
				'content-type': 'application/json',
				event: 'wallet_transaction',
				...(secret === undefined ? {} : { 'event-signature': hmac(bytes, secret) }),
				...(gzip ? { 'content-encoding': 'gzip' } : {}),
				...headers,
			},
			validateStatus: () => true,
			maxBodyLength: Infinity,
			transformRequest: [(data: unknown) => data],
		});
		return { status, data };
	}

	/** Log lines since this harness opened. */
	get log(): string {
		return logText(logLines.slice(this.logsFrom));
	}

	/** Every secret that must not be found in any log, error or execution. */
	get secrets(): string[] {
		return [
			this.sandbox.account.clientSecret,
			String(this.engine.credential(this.credential.id).data.accessToken ?? ''),
			...this.sandbox.books
				.subscriptions({ deleted: true })
				.map(({ config }) => (config as { secret?: { value?: string } }).secret?.value ?? ''),
		].filter((secret) => secret !== '');
	}

	/** What people and stored executions could read. */
	get everythingShown(): string {
		return [
			this.log,
			...this.n8n.problems.map((error) => `${error.stack} ${JSON.stringify(error)}`),
			...this.n8n.calls.map(({ error }) =>
				error ? `${error.stack} ${JSON.stringify(error)}` : '',
			),
			...this.n8n.executions.map(({ run }) => run?.text ?? ''),
		].join('\n');
	}
}

export const transaction = (id: string, extra: IDataObject = {}): IDataObject => ({
	id,
	type: 'drawdown',
	amount: 12500,
	currency: 'NOK',
	ref_id: `ref-${id}`,
	card_id: 'card-1',
	created_at: '2026-11-22T10:00:00Z',
	...extra,
});

export const envelope = (
	id: string,
	extra: IDataObject = {},
	delivery = `delivery-${id}`,
): IDataObject => ({
	account_id: 'T11223344',
	event: 'wallet_transaction',
	event_delivery: delivery,
	transaction: transaction(id, extra),
});

export const hmac = (bytes: Buffer | string, secret: string): string =>
	createHmac('sha1', secret).update(bytes).digest('hex');
