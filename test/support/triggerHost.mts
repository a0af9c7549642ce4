/**
 * A pretended n8n installation for trigger nodes: it publishes, restarts, dies, listens for tests, serves the
 * webhook URLs and stores static data by the rules of n8n 2.41 (its default workflow publication service):
 * workflow-trigger-activator.js, webhook-trigger-registrar.js, live-webhooks.js, test-webhooks.js,
 * webhook-helpers.js, trigger-execution-context.factory.js. Contexts and executions are n8n-core's own.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { gunzipSync, inflateSync } from 'node:zlib';
import { HookContext, TriggerContext, WebhookContext } from 'n8n-core';
import {
	NodeHelpers,
	Workflow,
	type IDataObject,
	type INode,
	type INodeExecutionData,
	type INodeType,
	type IRun,
	type ITriggerFunctions,
	type ITriggerResponse,
	type IWebhookData,
	type IWebhookResponseData,
	type IWorkflowExecuteAdditionalData,
	type WorkflowActivateMode,
	type WorkflowExecuteMode,
} from 'n8n-workflow';
import { Engine, type Run, type WorkflowJson } from './engine.mts';
import { logLines, logText } from './logs.mts';
import { wait } from './time.mts';

const ACTIVATION_ATTEMPTS = 5; // TRIGGER_ACTIVATION_MAX_ATTEMPTS
const TEARDOWN_ATTEMPTS = 3; // TRIGGER_TEARDOWN_MAX_ATTEMPTS
const LARGEST_BODY = 16 * 1024 * 1024; // N8N_PAYLOAD_SIZE_MAX

const coreRequire = createRequire(createRequire(import.meta.url).resolve('n8n-core'));
const { CronTime } = coreRequire('cron') as {
	CronTime: new (expression: string, zone: string) => unknown;
};

interface Version {
	json: WorkflowJson;
	nodes: INode[];
}

interface Row {
	id: string;
	draft: WorkflowJson;
	published?: Version;
	/** As the database holds it. */
	staticData: string;
	/** What publication reported per node; only "activated" ones are looked at by the reconciler. */
	status: Map<string, 'activated' | 'failed'>;
}

interface Cron {
	workflowId: string;
	nodeId: string;
	expression: string;
	onTick: (scheduled: Date) => void;
}

export interface HostExecution {
	id: string;
	workflowId: string;
	mode: WorkflowExecuteMode;
	node: string;
	items: INodeExecutionData[];
	/** The key `emit` was given. */
	deduplicationKey?: string;
	/** Resolves when the execution has ended. */
	finished: Promise<Run>;
	run?: Run;
}

export interface PublishResult {
	status: 'published' | 'partial' | 'failed';
	errors: Error[];
	/** What went wrong at the removal of the version before; n8n goes on regardless. */
	teardownErrors: Error[];
}

/** One call of a lifecycle method, for tests that look at the order. */
export interface Call {
	method: 'checkExists' | 'create' | 'delete' | 'trigger' | 'close' | 'webhook';
	mode?: WorkflowExecuteMode;
	activation?: WorkflowActivateMode;
	result?: unknown;
	error?: Error;
}

type Changeable = Workflow & { staticData: IDataObject & { __dataChanged?: boolean } };

/** The part of an n8n process that is lost when it dies. */
export class Main {
	readonly crons = new Map<string, Cron>();
	readonly responses = new Map<string, ITriggerResponse>();
	/** Registrations of "Listen for test event", by path. */
	readonly tests = new Map<
		string,
		{ row: Row; workflow: Workflow; webhook: IWebhookData; staticData: IDataObject }
	>();
	dead = false;
	leader = true;
	server?: Server;
	private readonly host: TriggerHost;

	constructor(host: TriggerHost) {
		this.host = host;
	}

	registered(workflowId: string, nodeId: string): boolean {
		return (
			this.responses.has(`${workflowId}:${nodeId}`) ||
			[...this.crons.values()].some(
				(cron) => cron.workflowId === workflowId && cron.nodeId === nodeId,
			)
		);
	}

	/** Lets every registered cron fire once, now. */
	tick(): void {
		for (const { onTick } of [...this.crons.values()]) onTick(new Date());
	}

	/** webhookTriggerRegistrar and nonWebhookTriggerRegistrar side by side, then one save of static data. */
	async activate(
		row: Row,
		staticData: IDataObject,
		version: Version,
		nodes: INode[],
		activation: WorkflowActivateMode,
	) {
		const workflow = this.host.workflowOf(row, version, staticData);
		const errors: Error[] = [];
		const failed = new Set<string>();
		const collect = async (node: INode, work: Promise<void>): Promise<void> => {
			await work.catch((error: Error) => {
				failed.add(node.id);
				errors.push(error);
			});
		};
		await Promise.all(
			nodes.flatMap((node) => {
				const type = this.host.typeOf(node);
				const work: Array<Promise<void>> = [];
				for (const webhook of this.host.webhooksOf(workflow, node)) {
					work.push(
						collect(
							node,
							this.retry(async () => await this.register(row, workflow, webhook, activation)),
						),
					);
				}
				if (type.trigger && this.leader) {
					work.push(
						collect(
							node,
							this.retry(async () => await this.startTrigger(row, workflow, node, activation)),
						),
					);
				}
				return work;
			}),
		);
		for (const node of nodes) row.status.set(node.id, failed.has(node.id) ? 'failed' : 'activated');
		this.save(row, workflow);
		return errors;
	}

	private async retry(attempt: () => Promise<void>): Promise<void> {
		for (let tries = 1; ; tries++) {
			try {
				return await attempt();
			} catch (error) {
				if (tries >= ACTIVATION_ATTEMPTS || this.dead) throw error;
				await new Promise((resolve) => setTimeout(resolve, 1000 * 2 ** (tries - 1)));
			}
		}
	}

	private async register(
		row: Row,
		workflow: Workflow,
		webhook: IWebhookData,
		activation: WorkflowActivateMode,
	) {
		const taken = this.host.routes.get(webhook.path);
		if (taken && taken.workflowId !== row.id)
			throw new Error(`The URL path "${webhook.path}" is already taken`);
		this.host.routes.set(webhook.path, { workflowId: row.id, node: webhook.node });
		try {
			if (!(await this.host.lifecycle('checkExists', workflow, webhook, 'trigger', activation))) {
				await this.host.lifecycle('create', workflow, webhook, 'trigger', activation);
			}
		} catch (error) {
			try {
				await this.host.lifecycle('delete', workflow, webhook, 'internal', 'update');
				this.save(row, workflow);
				this.host.routes.delete(webhook.path);
			} catch (clearing) {
				this.host.problems.push(clearing as Error);
			}
			throw error;
		}
	}

	private async startTrigger(
		row: Row,
		workflow: Workflow,
		node: INode,
		activation: WorkflowActivateMode,
	) {
		const context = new TriggerContext(
			workflow,
			node,
			this.host.additionalData(row),
			'trigger',
			activation,
			(data, _response, done, deduplicationKey) =>
				this.emit(row, workflow, node, data, done, deduplicationKey),
			(error) => this.host.problems.push(error),
			(error) => this.host.problems.push(error),
			{
				registerCron: ({ expression, recurrence }, onTick) => {
					// n8n before 1.105 took the expression itself and handed this object to the cron package.
					if (this.host.oldSchedules) new CronTime({ expression } as never, workflow.timezone);
					new CronTime(expression, workflow.timezone);
					const key = JSON.stringify([row.id, node.id, expression, recurrence]);
					if (this.crons.has(key)) return false;
					this.crons.set(key, { workflowId: row.id, nodeId: node.id, expression, onTick });
					return true;
				},
			} as ConstructorParameters<typeof TriggerContext>[8],
		);
		const call: Call = { method: 'trigger', mode: 'trigger', activation };
		this.host.calls.push(call);
		try {
			const response = (await this.host.typeOf(node).trigger!.call(context)) as
				ITriggerResponse | undefined;
			call.result = response;
			if (response) this.responses.set(`${row.id}:${node.id}`, response);
			if (!this.registered(row.id, node.id)) {
				throw new Error(
					`trigger() of "${node.name}" returned nothing: n8n would start it again every 10 s`,
				);
			}
		} catch (error) {
			call.error = error as Error;
			throw error;
		}
	}

	private emit(
		row: Row,
		workflow: Workflow,
		node: INode,
		data: INodeExecutionData[][],
		done?: Parameters<ITriggerFunctions['emit']>[2],
		deduplicationKey?: string,
	): void {
		if (this.dead) return;
		this.save(row, workflow);
		const execution = this.host.execute(row, node.name, data, 'trigger', deduplicationKey);
		if (!done) return;
		if (execution) execution.finished.then(({ raw }) => done.resolve(raw), done.reject);
		else done.resolve(undefined as unknown as IRun);
	}

	async deactivate(
		row: Row,
		staticData: IDataObject,
		version: Version,
		nodes: INode[],
	): Promise<Error[]> {
		const workflow = this.host.workflowOf(row, version, staticData);
		const errors: Error[] = [];
		const webhooks = nodes.flatMap((node) => this.host.webhooksOf(workflow, node));
		for (const { path } of webhooks) this.host.routes.delete(path);
		await Promise.all([
			...webhooks.map(async (webhook) => {
				for (let tries = 1; ; tries++) {
					try {
						return await this.host.lifecycle('delete', workflow, webhook, 'internal', 'update');
					} catch (error) {
						if (tries >= TEARDOWN_ATTEMPTS) return errors.push(error as Error);
						await new Promise((resolve) => setTimeout(resolve, 1000 * 2 ** (tries - 1)));
					}
				}
			}),
			...nodes.map(async (node) => {
				for (const [key, cron] of this.crons) {
					if (cron.workflowId === row.id && cron.nodeId === node.id) this.crons.delete(key);
				}
				await this.close(`${row.id}:${node.id}`);
			}),
		]);
		this.save(row, workflow);
		return errors;
	}

	async close(key: string): Promise<void> {
		const response = this.responses.get(key);
		if (!response) return;
		this.host.calls.push({ method: 'close' });
		await response.closeFunction?.();
		this.responses.delete(key);
	}

	/** WorkflowStaticDataService.saveStaticData: the whole JSON, last writer wins. */
	save(row: Row, workflow: Workflow): void {
		const { staticData } = workflow as Changeable;
		if (this.dead || staticData.__dataChanged !== true) return;
		row.staticData = JSON.stringify(staticData);
		staticData.__dataChanged = false;
	}
}

type ExpressRequest = NonNullable<IWorkflowExecuteAdditionalData['httpRequest']>;
type ExpressResponse = NonNullable<IWorkflowExecuteAdditionalData['httpResponse']>;

let nextWorkflow = 1;
let nextExecution = 100_000;

export class TriggerHost {
	readonly engine: Engine;
	readonly executions: HostExecution[] = [];
	readonly calls: Call[] = [];
	/** Errors n8n would report or log and then go on. */
	readonly problems: Error[] = [];
	/** The webhook table of the database: it survives a restart. */
	readonly routes = new Map<string, { workflowId: string; node: string }>();
	/** Called when a process ends, for what a node keeps in the memory of its module. */
	onProcessEnd: () => void = () => {};
	/** Pretend to be an n8n whose registerCron takes a text. */
	oldSchedules = false;
	main?: Main;
	private readonly rows = new Map<string, Row>();
	private readonly keys = new Set<string>();
	private readonly extraServers: Server[] = [];
	private port = 0;
	private host = '127.0.0.1';

	constructor(engine: Engine = new Engine()) {
		this.engine = engine;
	}

	// ---- the installation ----

	get url(): string {
		return `http://${this.host}:${this.port}`;
	}

	/** As if WEBHOOK_URL was set to another address (which also leads here). Takes effect at the next start. */
	changePublicUrl(): void {
		this.host = this.host === 'localhost' ? '127.0.0.1' : 'localhost';
	}

	/** Starts the process; what is published is activated again. */
	async start(activation: WorkflowActivateMode = 'init'): Promise<Main> {
		if (this.main) throw new Error('n8n is running already');
		const main = new Main(this);
		this.main = main;
		main.server = await this.listenOn(this.port, main);
		this.port = (main.server.address() as AddressInfo).port;
		await this.reconcile(main, activation);
		return main;
	}

	/** The publication reconciler: activates nodes that are published, were activated, and are not in memory. */
	async reconcile(main = this.main!, activation: WorkflowActivateMode = 'update'): Promise<void> {
		for (const row of this.rows.values()) {
			const { published } = row;
			if (!published) continue;
			const missing = this.triggersOf(published).filter(
				(node) =>
					this.typeOf(node).trigger &&
					row.status.get(node.id) === 'activated' &&
					!main.registered(row.id, node.id),
			);
			if (missing.length > 0)
				await main.activate(row, this.readStaticData(row), published, missing, activation);
		}
	}

	/**
	 * A follower that starts at the same time. As n8n without publication service does at `init`, it checks and
	 * creates webhooks like the leader; triggers and crons run on the leader only.
	 */
	async startFollower(activation: WorkflowActivateMode = 'init'): Promise<Main> {
		const main = new Main(this);
		main.leader = false;
		await this.reconcile(main, activation);
		return main;
	}

	/** A webhook process: serves production URLs, has no triggers. Returns its address. */
	async startWebhookProcess(): Promise<string> {
		const server = await this.listenOn(0);
		this.extraServers.push(server);
		return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	}

	/** SIGTERM: triggers are closed, nothing is unsubscribed. */
	async stop(): Promise<void> {
		const { main } = this;
		if (!main) return;
		main.crons.clear();
		for (const key of [...main.responses.keys()]) await main.close(key);
		await this.kill();
	}

	/** kill -9. */
	async kill(): Promise<void> {
		const { main } = this;
		if (!main) return;
		main.dead = true;
		this.main = undefined;
		// What is under way in a dead process does not go on; here only the node itself can stop it.
		for (const { closeFunction } of main.responses.values()) await closeFunction?.();
		main.server!.closeAllConnections();
		await new Promise((resolve) => main.server!.close(resolve));
		this.onProcessEnd();
	}

	async restart(
		how: 'stop' | 'kill' = 'stop',
		activation: WorkflowActivateMode = 'init',
	): Promise<void> {
		await this[how]();
		await this.start(activation);
	}

	async end(): Promise<void> {
		await this.stop();
		for (const server of this.extraServers) {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		}
		await Promise.allSettled(this.executions.map(async ({ finished }) => await finished));
	}

	// ---- workflows ----

	addWorkflow(json: WorkflowJson): string {
		const id = json.id ?? `workflow${nextWorkflow++}`;
		this.rows.set(id, {
			id,
			draft: structuredClone({ ...json, id }),
			staticData: '{}',
			status: new Map(),
		});
		return id;
	}

	/** The editor's copy of the workflow; takes effect when published. */
	draft(id: string): WorkflowJson {
		return this.row(id).draft;
	}

	/** What the database holds for a node. */
	staticData(id: string, node: string): IDataObject {
		return (JSON.parse(this.row(id).staticData) as IDataObject)[`node:${node}`] as IDataObject;
	}

	setStaticData(id: string, change: (all: IDataObject) => void): void {
		const row = this.row(id);
		const all = JSON.parse(row.staticData) as IDataObject;
		change(all);
		row.staticData = JSON.stringify(all);
	}

	async publish(id: string): Promise<PublishResult> {
		const row = this.row(id);
		const main = this.main!;
		const old = row.published;
		const version: Version = {
			json: structuredClone(row.draft),
			nodes: this.engine.fillNodes(row.draft),
		};
		const before = new Map((old ? this.triggersOf(old) : []).map((node) => [node.id, node]));
		const now = new Map(this.triggersOf(version).map((node) => [node.id, node]));
		const same = (a: INode, b?: INode) => b !== undefined && fingerprint(a) === fingerprint(b);
		const toRemove = [...before.values()].filter((node) => !same(node, now.get(node.id)));
		const toAdd = [...now.values()].filter(
			(node) =>
				!same(node, before.get(node.id)) ||
				(this.typeOf(node).trigger && !main.registered(id, node.id)) ||
				this.webhooksOf(this.workflowOf(row, version), node).some(
					({ path }) => !this.routes.has(path),
				),
		);
		const staticData = this.readStaticData(row);
		const teardownErrors = old ? await main.deactivate(row, staticData, old, toRemove) : [];
		row.published = version;
		const errors = await main.activate(
			row,
			staticData,
			version,
			toAdd,
			old ? 'update' : 'activate',
		);
		const active = [...now.keys()].some((nodeId) => row.status.get(nodeId) === 'activated');
		return {
			status: errors.length === 0 ? 'published' : active ? 'partial' : 'failed',
			errors,
			teardownErrors,
		};
	}

	async unpublish(id: string): Promise<Error[]> {
		const row = this.row(id);
		const { published } = row;
		if (!published) return [];
		const errors = await this.main!.deactivate(
			row,
			this.readStaticData(row),
			published,
			this.triggersOf(published),
		);
		row.published = undefined;
		row.status.clear();
		return errors;
	}

	/** "Listen for test event": own, empty static data; resolves when n8n listens. */
	async listen(id: string): Promise<string> {
		const row = this.row(id);
		const version: Version = { json: row.draft, nodes: this.engine.fillNodes(row.draft) };
		const workflow = this.workflowOf(row, version, {});
		let url = '';
		for (const node of this.triggersOf(version)) {
			for (const webhook of this.webhooksOf(workflow, node)) {
				webhook.isTest = true;
				const registration = { row, workflow, webhook, staticData: {} as IDataObject };
				this.main!.tests.set(webhook.path, registration);
				try {
					if (!(await this.lifecycle('checkExists', workflow, webhook, 'manual', 'manual'))) {
						await this.lifecycle('create', workflow, webhook, 'manual', 'manual');
					}
				} catch (error) {
					await this.stopListening(webhook.path);
					throw error;
				}
				registration.staticData = workflow.staticData;
				url = `${this.url}/webhook-test/${webhook.path}`;
			}
		}
		return url;
	}

	/** "Stop Listening", or the two minutes are over. */
	async cancelListening(id: string): Promise<void> {
		for (const [path, { row }] of this.main!.tests)
			if (row.id === id) await this.stopListening(path);
	}

	private async stopListening(path: string): Promise<void> {
		const test = this.main!.tests.get(path);
		if (!test) return;
		await this.lifecycle('delete', test.workflow, test.webhook, 'internal', 'update');
		this.main!.tests.delete(path);
	}

	// ---- time and results ----

	/** Lets the crons of the running process fire once and waits until all is quiet. */
	async tick(): Promise<void> {
		this.main!.tick();
		await this.settle();
	}

	/** Until no execution runs and no node has asked or answered anything for a while. */
	async settle(quiet = 100): Promise<void> {
		let turns = 0; // time alone says nothing on a machine that stalls
		for (let since = Date.now(); Date.now() - since < quiet || turns < 10; turns++) {
			const before = `${this.activity}:${this.executions.length}:${logLines.length}`;
			await Promise.allSettled(this.executions.map(async ({ finished }) => await finished));
			await wait(10);
			if (
				this.inFlight > 0 ||
				before !== `${this.activity}:${this.executions.length}:${logLines.length}`
			) {
				since = Date.now();
				turns = 0;
			}
		}
	}

	private activity = 0;
	private inFlight = 0;

	/** All executions of one workflow, manual ones apart. */
	productionRuns(id: string): HostExecution[] {
		return this.executions.filter(({ workflowId, mode }) => workflowId === id && mode !== 'manual');
	}

	/** Items that came out of the trigger node in production. */
	events(id: string): IDataObject[] {
		return this.productionRuns(id).flatMap(({ run, node }) => run?.json<IDataObject>(node) ?? []);
	}

	get logText(): string {
		return logText();
	}

	// ---- what n8n's services do ----

	private row(id: string): Row {
		const row = this.rows.get(id);
		if (!row) throw new Error(`There is no workflow "${id}"`);
		return row;
	}

	private readStaticData(row: Row): IDataObject {
		return JSON.parse(row.staticData) as IDataObject;
	}

	typeOf(node: INode): INodeType {
		return NodeHelpers.getVersionedNodeType(this.engine.nodeTypes[node.type], node.typeVersion);
	}

	private triggersOf({ nodes }: Version): INode[] {
		return nodes.filter((node) => {
			const type = this.typeOf(node);
			return (
				!node.disabled &&
				(type.trigger !== undefined || (type.description.webhooks ?? []).length > 0)
			);
		});
	}

	workflowOf(
		row: Row,
		version: Version,
		staticData: IDataObject = this.readStaticData(row),
	): Workflow {
		return new Workflow({
			id: row.id,
			name: version.json.name ?? row.id,
			nodes: structuredClone(version.nodes),
			connections: version.json.connections,
			active: row.published !== undefined,
			nodeTypes: this.engine.typesFor(version.json, version.json.pinData),
			staticData,
			settings: version.json.settings ?? {},
		});
	}

	additionalData(
		row: Row,
		extra: Partial<IWorkflowExecuteAdditionalData> = {},
	): IWorkflowExecuteAdditionalData {
		const { url } = this;
		return this.watch(
			this.engine.additionalData({
				workflowId: row.id,
				instanceBaseUrl: `${url}/`,
				webhookBaseUrl: `${url}/webhook`,
				webhookTestBaseUrl: `${url}/webhook-test`,
				webhookWaitingBaseUrl: `${url}/webhook-waiting`,
				...extra,
			}),
		);
	}

	/** Every request of a node goes through the credentials helper: that is how `settle` knows of them. */
	private watch(data: IWorkflowExecuteAdditionalData): IWorkflowExecuteAdditionalData {
		const note = () => this.activity++;
		const { credentialsHelper } = data;
		data.credentialsHelper = new Proxy(credentialsHelper, {
			get: (target, property) => {
				note();
				const value = Reflect.get(target, property) as unknown;
				return typeof value === 'function' ? value.bind(target) : value;
			},
		});
		return data;
	}

	webhooksOf(workflow: Workflow, given: INode): IWebhookData[] {
		const node = workflow.getNode(given.name)!;
		return (this.typeOf(node).description.webhooks ?? []).map((webhookDescription) => ({
			httpMethod: 'POST',
			node: node.name,
			path: NodeHelpers.getNodeWebhookPath(
				workflow.id,
				node,
				String(webhookDescription.path),
				false,
			),
			webhookDescription,
			workflowId: workflow.id,
			workflowExecuteAdditionalData: this.additionalData(this.row(workflow.id)),
		}));
	}

	async lifecycle(
		method: 'checkExists' | 'create' | 'delete',
		workflow: Workflow,
		webhook: IWebhookData,
		mode: WorkflowExecuteMode,
		activation: WorkflowActivateMode,
	): Promise<boolean> {
		const node = workflow.getNode(webhook.node)!;
		const call: Call = { method, mode, activation };
		this.calls.push(call);
		const context = new HookContext(
			workflow,
			node,
			this.additionalData(this.row(workflow.id)),
			mode,
			activation,
			webhook,
		);
		try {
			const result = await this.typeOf(node).webhookMethods!.default![method].call(context);
			call.result = result;
			return result;
		} catch (error) {
			call.error = error as Error;
			throw error;
		}
	}

	/** Starts an execution; undefined when its deduplication key was there before. */
	execute(
		row: Row,
		node: string,
		data: INodeExecutionData[][],
		mode: WorkflowExecuteMode,
		deduplicationKey?: string,
		version: Version = row.published!,
	): HostExecution | undefined {
		if (deduplicationKey !== undefined) {
			if (deduplicationKey.length > 255)
				throw new Error('n8n keeps at most 255 characters of a deduplication key');
			if (this.keys.has(deduplicationKey)) {
				logLines.push({
					level: 'warn',
					message: 'Scheduled execution skipped: duplicate deduplication key',
					metadata: { deduplicationKey },
					at: Date.now(),
				});
				return undefined;
			}
			this.keys.add(deduplicationKey);
		}
		const id = String(nextExecution++);
		const finished = this.engine
			.run(
				{ ...version.json, id: row.id, nodes: version.nodes },
				{
					mode,
					executionId: id,
					startNode: node,
					items: data[0],
					staticData: this.readStaticData(row),
					workflowId: row.id,
				},
			)
			.then((run) => {
				execution.run = run;
				if (run.newStaticData && mode !== 'manual')
					row.staticData = JSON.stringify(run.newStaticData);
				return run;
			});
		finished.catch((error: Error) => this.problems.push(error));
		const execution: HostExecution = {
			id,
			workflowId: row.id,
			mode,
			node,
			items: data[0] ?? [],
			deduplicationKey,
			finished,
		};
		this.executions.push(execution);
		return execution;
	}

	// ---- HTTP ----

	private async listenOn(port: number, main?: Main): Promise<Server> {
		const server = createServer((request, response) => {
			this.inFlight++;
			response.once('close', () => this.inFlight--);
			void this.serve(request, response, main).catch((error: Error) => {
				this.problems.push(error);
				if (!response.headersSent)
					response.writeHead(500).end(JSON.stringify({ code: 0, message: error.message }));
			});
		});
		// No host: both localhost and 127.0.0.1 lead here.
		await new Promise<void>((resolve, reject) => {
			server.once('error', reject);
			server.listen(port, resolve);
		});
		return server;
	}

	private async serve(
		request: IncomingMessage,
		response: ServerResponse,
		main?: Main,
	): Promise<void> {
		const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
		const answer = (status: number, body: object) => {
			response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
			response.end(JSON.stringify(body));
		};
		const production = /^\/webhook\/(.+?)\/?$/.exec(pathname)?.[1];
		const test = /^\/webhook-test\/(.+?)\/?$/.exec(pathname)?.[1];
		const route = production === undefined ? undefined : this.routes.get(production);
		const listening = test === undefined ? undefined : main?.tests.get(test);
		const row = route ? this.row(route.workflowId) : listening?.row;
		if (!row || request.method !== 'POST' || (route && !row.published)) {
			request.resume();
			return answer(404, {
				code: 404,
				message: `The requested webhook "${request.method} ${pathname}" is not registered.`,
			});
		}

		const version: Version = route
			? row.published!
			: { json: row.draft, nodes: this.engine.fillNodes(row.draft) };
		const workflow = route ? this.workflowOf(row, version) : listening!.workflow;
		if (listening) workflow.setTestStaticData(listening.staticData);
		const node = workflow.getNode(route?.node ?? listening!.webhook.node)!;
		const webhook = listening?.webhook ?? this.webhooksOf(workflow, node)[0];
		const mode: WorkflowExecuteMode = route ? 'webhook' : 'manual';

		const read = await readBody(request);
		const unread = leavesUnread(node, read.contentType);
		if ('status' in read && !unread) return answer(read.status, { code: 0, message: read.message });
		const httpRequest = Object.assign(request, {
			...('status' in read || unread ? { body: {} } : { body: read.body, rawBody: read.rawBody }),
			async readRawBody() {
				if ('status' in read) throw new Error(read.message);
				Object.assign(request, { rawBody: read.rawBody });
			},
			contentType: read.contentType,
			query: Object.fromEntries(searchParams),
			params: {},
			path: pathname,
		}) as unknown as ExpressRequest;
		const httpResponse = dress(response);
		const context = new WebhookContext(
			workflow,
			node,
			this.additionalData(row, { httpRequest, httpResponse }),
			mode,
			webhook,
			[],
			null,
		);

		const call: Call = { method: 'webhook', mode };
		this.calls.push(call);
		let result: IWebhookResponseData;
		try {
			result = await this.typeOf(node).webhook!.call(context);
			call.result = result;
		} catch (error) {
			// n8n answers 500 and stores a failed execution.
			call.error = error as Error;
			this.problems.push(error as Error);
			return answer(500, {
				code: 0,
				message: 'Workflow Webhook Error: Workflow could not be started!',
			});
		}

		if (result.workflowData === undefined) {
			// Only now are the webhook's own changes of static data stored (production).
			if (route) (main ?? this.main)?.save(row, workflow);
			if (result.noWebhookResponse) return;
			return this.send(
				httpResponse,
				result.webhookResponse ?? { message: 'Webhook call received' },
			);
		}
		// Started, and the static data the webhook changed is lost: n8n builds a second Workflow on the same object.
		this.execute(row, node.name, result.workflowData, mode, undefined, version);
		if (!result.noWebhookResponse) {
			const { responseData } = webhook.webhookDescription;
			const body =
				responseData === 'noData'
					? undefined
					: responseData || (result.webhookResponse ?? { message: 'Workflow was started' });
			this.send(httpResponse, body);
		}
		if (listening) await this.stopListening(test!);
	}

	private send(response: ExpressResponse, body: unknown): void {
		if (typeof body === 'string') response.send(body);
		else response.json(body);
	}
}

const fingerprint = ({
	name,
	type,
	typeVersion,
	webhookId,
	credentials,
	parameters,
}: INode): string => JSON.stringify([name, type, typeVersion, webhookId, credentials, parameters]);

type Read = { contentType: string | undefined } & (
	{ rawBody: Buffer; body: unknown } | { status: number; message: string }
);

/** n8n reads every body for a node of version 1, for others only what it can parse. */
const leavesUnread = ({ typeVersion }: INode, contentType = ''): boolean =>
	typeVersion > 1 &&
	!/^(application\/(json|x-www-form-urlencoded)|text\/plain|.*[/+]xml$)/.test(contentType);

/** n8n's body parser: unpack, keep the bytes, parse JSON; what is not JSON never reaches the node. */
const readBody = async (request: IncomingMessage): Promise<Read> => {
	const contentType = request.headers['content-type']?.split(';')[0].trim().toLowerCase();
	const refuse = (status: number, message: string) => ({ contentType, status, message });
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		size += chunk.length;
		if (size <= LARGEST_BODY) chunks.push(chunk);
	}
	if (size > LARGEST_BODY) return refuse(413, 'request entity too large');
	let rawBody = Buffer.concat(chunks);
	try {
		if (request.headers['content-encoding'] === 'gzip') rawBody = gunzipSync(rawBody);
		if (request.headers['content-encoding'] === 'deflate') rawBody = inflateSync(rawBody);
	} catch (error) {
		return refuse(500, (error as Error).message);
	}
	if (rawBody.length > LARGEST_BODY) return refuse(413, 'request entity too large');
	let body: unknown = {};
	if (rawBody.length > 0 && contentType === 'application/json') {
		try {
			body = JSON.parse(rawBody.toString('utf8').replace(/^\ufeff/, ''));
		} catch {
			return refuse(422, 'Failed to parse request body');
		}
	}
	if (contentType === 'text/plain') body = rawBody.toString('utf8');
	return { rawBody, body, contentType };
};

/** The few methods of Express that nodes use. */
const dress = (response: ServerResponse): ExpressResponse => {
	const dressed = Object.assign(response, {
		status(code: number) {
			response.statusCode = code;
			return dressed;
		},
		send(body?: string) {
			response.setHeader('content-type', 'text/html; charset=utf-8');
			response.end(body);
			return dressed;
		},
		json(body: unknown) {
			response.setHeader('content-type', 'application/json; charset=utf-8');
			response.end(JSON.stringify(body));
			return dressed;
		},
	}) as unknown as ExpressResponse;
	return dressed;
};
