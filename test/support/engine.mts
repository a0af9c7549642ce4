/**
 * Runs whole workflows through n8n's own engine (n8n-core's WorkflowExecute) with this package's nodes and
 * credentials, over real HTTP. What n8n keeps in its server package is in credentials.mts.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ExecutionLifecycleHooks, LoadOptionsContext, WorkflowExecute } from 'n8n-core';
import {
	createRunExecutionData,
	NodeHelpers,
	Workflow,
	type ExecutionError,
	type IConnections,
	type ICredentialDataDecryptedObject,
	type ICredentialType,
	type IDataObject,
	type INode,
	type INodeExecutionData,
	type INodeListSearchResult,
	type INodeParameters,
	type INodeType,
	type INodeTypes,
	type IPinData,
	type IRun,
	type IRunExecutionData,
	type IVersionedNodeType,
	type IWorkflowBase,
	type IWorkflowExecuteAdditionalData,
	type IWorkflowSettings,
	type NodeExecutionHint,
	type WorkflowExecuteMode,
} from 'n8n-workflow';
import { CredentialStore, type StoredCredential } from './credentials.mts';
import { captureLogs, logLines, logText, type LogLine } from './logs.mts';
import { watchRun } from './watchRun.mts';
import { pinned, minimalNodes } from './minimalNodes.mts';

export const projectFolder = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export interface WorkflowJson {
	id?: string;
	name?: string;
	nodes: Array<Partial<INode> & Pick<INode, 'name' | 'type'>>;
	connections: IConnections;
	settings?: IWorkflowSettings;
	staticData?: IDataObject;
	pinData?: IPinData;
	active?: boolean;
}

type NodeClass = new () => INodeType | IVersionedNodeType;
type CredentialClass = new () => ICredentialType;

export interface EngineOptions {
	/** Classes or instances by full type name. Default: all of this package's. */
	nodes?: Record<string, NodeClass | INodeType | IVersionedNodeType>;
	credentials?: Record<string, CredentialClass | ICredentialType>;
	/** Public address of the pretended n8n. */
	baseUrl?: string;
}

export interface RunOptions {
	mode?: WorkflowExecuteMode;
	/** Same id again = n8n's own repetition of the same execution. Default: counts up from 1. */
	executionId?: string;
	/** Input of the start node; plain objects become `{ json }`. */
	items?: Array<INodeExecutionData | IDataObject>;
	/** Default: the first enabled node that nothing leads to. */
	startNode?: string;
	/** Outputs of nodes that are not run, as pinned in the editor. Adds to the workflow's own. */
	pinData?: Record<string, Array<INodeExecutionData | IDataObject>>;
	/** "Retry" of a failed execution from the editor: a new execution that goes on at the failed node. */
	retryOf?: Run;
	cancelAfterMs?: number;
	/** Cancels when it fires, as the Stop button does. */
	signal?: AbortSignal;
	/** The pretended user's workflow ID. Default: the one in the JSON, else "workflow1". */
	workflowId?: string;
	/** Overrides per node name, so one workflow file serves several tests. */
	parameters?: Record<string, INodeParameters>;
	/** Static data the execution begins with, instead of the workflow's own. */
	staticData?: IDataObject;
}

const toItem = (item: INodeExecutionData | IDataObject): INodeExecutionData =>
	item !== null && typeof item === 'object' && 'json' in item && typeof item.json === 'object'
		? (item as INodeExecutionData)
		: { json: item as IDataObject };

/** One execution, read the way a person reads it in the editor. */
export class Run {
	readonly executionId: string;
	readonly raw: IRun;
	readonly logs: LogLine[];
	/** Static data at the end, if the run changed it; n8n would store it now. */
	readonly newStaticData: IDataObject | undefined;

	constructor(executionId: string, raw: IRun, logs: LogLine[], newStaticData?: IDataObject) {
		this.executionId = executionId;
		this.raw = raw;
		this.logs = logs;
		this.newStaticData = newStaticData;
	}

	get status() {
		return this.raw.status;
	}

	get error(): ExecutionError | undefined {
		return this.raw.data.resultData.error;
	}

	/** All logged lines of this run as one text. */
	get logText(): string {
		return logText(this.logs);
	}

	private task(node: string, runIndex?: number) {
		return this.raw.data.resultData.runData[node]?.at(runIndex ?? -1);
	}

	/** True when the node ran at all. */
	ran(node: string): boolean {
		return this.task(node) !== undefined;
	}

	/** Items a node gave on one of its outputs (the second is the error output), by default of its last run. */
	output(node: string, outputIndex = 0, runIndex?: number): INodeExecutionData[] {
		return this.task(node, runIndex)?.data?.main[outputIndex] ?? [];
	}

	/** The same, only the JSON. */
	json<T = IDataObject>(node: string, outputIndex = 0, runIndex?: number): T[] {
		return this.output(node, outputIndex, runIndex).map((item) => item.json as T);
	}

	nodeError(node: string, runIndex?: number): ExecutionError | undefined {
		return this.task(node, runIndex)?.error;
	}

	/** Hints shown under the node's output. */
	get hints(): Array<NodeExecutionHint & { node: string }> {
		return Object.entries(this.raw.data.resultData.runData).flatMap(([node, tasks]) =>
			tasks.flatMap((task) => (task.hints ?? []).map((hint) => ({ ...hint, node }))),
		);
	}

	/** Everything the execution stored, as text: what a secret must not be found in. */
	get text(): string {
		const seen = new Set<unknown>();
		return JSON.stringify(this.raw, (_key, value: unknown) => {
			if (value instanceof Error) {
				return {
					...value,
					name: value.name,
					message: value.message,
					stack: value.stack,
					cause: value.cause,
				};
			}
			if (value !== null && typeof value === 'object') {
				if (seen.has(value)) return '[again]';
				seen.add(value);
			}
			return value;
		});
	}
}

const instance = <T extends object>(given: (new () => T) | T): T =>
	typeof given === 'function' ? new (given as new () => T)() : given;

/** This package's classes: from source under jest, from `dist` elsewhere. Files not written yet are left out. */
const loadOwn = (kind: 'nodes' | 'credentials'): Record<string, NodeClass & CredentialClass> => {
	const manifest = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as {
		name: string;
		n8n: Record<'nodes' | 'credentials', string[]>;
	};
	const load = createRequire(import.meta.url);
	const underJest = process.env.JEST_WORKER_ID !== undefined;
	const found: Record<string, NodeClass & CredentialClass> = {};
	for (const built of manifest.n8n[kind]) {
		const file = join(
			projectFolder,
			underJest ? built.replace(/^dist\//, '').replace(/\.js$/, '.ts') : built,
		);
		if (!existsSync(file)) continue;
		const className = basename(built).split('.')[0];
		const loaded = (load(file) as Record<string, NodeClass & CredentialClass>)[className];
		const made = new loaded() as INodeType & ICredentialType;
		found[kind === 'nodes' ? `${manifest.name}.${made.description.name}` : made.name] = loaded;
	}
	return found;
};

let nextExecution = 1;
let nextCredential = 1;

export class Engine {
	readonly nodeTypes: Record<string, INodeType | IVersionedNodeType>;
	readonly credentialTypes: Record<string, ICredentialType>;
	readonly store: CredentialStore;
	readonly baseUrl: string;

	constructor(options: EngineOptions = {}) {
		captureLogs();
		const nodes = options.nodes ?? loadOwn('nodes');
		const credentials = options.credentials ?? loadOwn('credentials');
		this.nodeTypes = { ...minimalNodes };
		for (const [name, node] of Object.entries(nodes))
			this.nodeTypes[name] = instance<INodeType | IVersionedNodeType>(node);
		this.credentialTypes = {};
		for (const [name, type] of Object.entries(credentials))
			this.credentialTypes[name] = instance<ICredentialType>(type);
		this.baseUrl = options.baseUrl ?? 'http://localhost:5678';
		this.store = new CredentialStore(this.credentialTypes, (type) =>
			Object.keys(this.nodeTypes).filter((name) =>
				NodeHelpers.getVersionedNodeType(this.nodeTypes[name]).description.credentials?.some(
					(one) => one.name === type,
				),
			),
		);
	}

	/** Stores a credential; the answer goes into a node's `credentials`. */
	addCredential(
		type: string,
		data: ICredentialDataDecryptedObject,
		{ id = `credential${nextCredential++}`, name = 'Test credential' } = {},
	): { id: string; name: string } {
		this.store.add(type, data, id, name);
		return { id, name };
	}

	credential(id: string): StoredCredential {
		return this.store.get(id);
	}

	async testCredential(id: string): Promise<{ status: 'OK' | 'Error'; message: string }> {
		const { type } = this.store.get(id);
		// n8n takes the first node that names a test, whether that node has the method or not.
		const [testedBy] = Object.values(this.nodeTypes)
			.map((node) => NodeHelpers.getVersionedNodeType(node))
			.flatMap(({ description, methods }) =>
				(description.credentials ?? [])
					.filter((one) => one.name === type && typeof one.testedBy === 'string')
					.map((one) => methods?.credentialTest?.[one.testedBy as string]),
			);
		return await this.store.test(id, this.additionalData(), testedBy);
	}

	readWorkflow(source: WorkflowJson | string): WorkflowJson {
		return typeof source === 'string'
			? (JSON.parse(readFileSync(source, 'utf8')) as WorkflowJson)
			: source;
	}

	/** Our nodes, the minimal nodes, and for what is neither a placeholder where the workflow pins the output. */
	typesFor(workflow: Pick<WorkflowJson, 'nodes'>, pins: IPinData = {}): INodeTypes {
		const find = (name: string): INodeType | IVersionedNodeType => {
			const known = this.nodeTypes[name];
			if (known) return known;
			const used = workflow.nodes.filter(({ type }) => type === name);
			if (used.length > 0 && used.every((node) => node.disabled || pins[node.name])) return pinned;
			throw new Error(
				`The engine tests have no node type "${name}"; pin its output or add a minimal node`,
			);
		};
		return {
			getByName: find,
			getByNameAndVersion: (name, version) => NodeHelpers.getVersionedNodeType(find(name), version),
			getKnownTypes: () => ({}),
		};
	}

	fillNodes(workflow: WorkflowJson, parameters: Record<string, INodeParameters> = {}): INode[] {
		return structuredClone(workflow.nodes).map((node, index) => {
			const type = this.nodeTypes[node.type];
			const version = type && NodeHelpers.getVersionedNodeType(type).description.version;
			return {
				id: `node${index}`,
				typeVersion: Array.isArray(version) ? version.at(-1)! : (version ?? 1),
				position: [index * 200, 0],
				...node,
				parameters: { ...node.parameters, ...parameters[node.name] },
			} as INode;
		});
	}

	additionalData(
		extra: Partial<IWorkflowExecuteAdditionalData> = {},
	): IWorkflowExecuteAdditionalData {
		return {
			credentialsHelper: this.store,
			currentNodeExecutionIndex: 0,
			variables: {},
			restApiUrl: `${this.baseUrl}/rest`,
			instanceBaseUrl: `${this.baseUrl}/`,
			webhookBaseUrl: `${this.baseUrl}/webhook`,
			webhookTestBaseUrl: `${this.baseUrl}/webhook-test`,
			webhookWaitingBaseUrl: `${this.baseUrl}/webhook-waiting`,
			formBaseUrl: `${this.baseUrl}/form`,
			formTestBaseUrl: `${this.baseUrl}/form-test`,
			formWaitingBaseUrl: `${this.baseUrl}/form-waiting`,
			mcpBaseUrl: `${this.baseUrl}/mcp`,
			mcpTestBaseUrl: `${this.baseUrl}/mcp-test`,
			logAiEvent: () => {},
			setExecutionStatus: () => {},
			sendDataToUI: () => {},
			...extra,
		} as unknown as IWorkflowExecuteAdditionalData;
	}

	async run(source: WorkflowJson | string, options: RunOptions = {}): Promise<Run> {
		const json = this.readWorkflow(source);
		const mode: WorkflowExecuteMode = options.retryOf ? 'retry' : (options.mode ?? 'manual');
		const executionId = options.executionId ?? String(nextExecution++);
		const pins: IPinData = { ...json.pinData };
		for (const [name, items] of Object.entries(options.pinData ?? {}))
			pins[name] = items.map(toItem);

		const workflowId = options.workflowId ?? json.id ?? 'workflow1';
		const nodes = this.fillNodes(json, options.parameters);
		const settings = { executionOrder: 'v1' as const, ...json.settings };
		const workflow = new Workflow({
			id: workflowId,
			name: json.name ?? 'Test workflow',
			nodes,
			connections: structuredClone(json.connections),
			active: false,
			nodeTypes: this.typesFor(json, pins),
			staticData: options.staticData ?? structuredClone(json.staticData),
			settings,
		});

		const data = options.retryOf
			? this.retryData(options.retryOf, workflow)
			: this.startData(workflow, options, pins);
		const base = {
			id: workflowId,
			name: workflow.name,
			nodes,
			connections: json.connections,
			settings,
			active: false,
		} as unknown as IWorkflowBase;
		const hooks = new ExecutionLifecycleHooks(
			mode,
			executionId,
			base,
			options.retryOf?.executionId,
		);
		const additionalData = this.additionalData({ hooks, executionId, workflowId });

		const from = logLines.length;
		const running = new WorkflowExecute(additionalData, mode, data).processRunExecutionData(
			workflow,
		);
		const cancel = () => running.cancel();
		const timer =
			options.cancelAfterMs === undefined ? undefined : setTimeout(cancel, options.cancelAfterMs);
		options.signal?.addEventListener('abort', cancel, { once: true });
		try {
			const raw = await running;
			const changed = (workflow.staticData as { __dataChanged?: boolean }).__dataChanged === true;
			const run = new Run(
				executionId,
				raw,
				logLines.slice(from),
				changed ? workflow.staticData : undefined,
			);
			watchRun(run, this.store.of('dinteroApi'));
			return run;
		} finally {
			clearTimeout(timer);
			options.signal?.removeEventListener('abort', cancel);
		}
	}

	private startData(workflow: Workflow, options: RunOptions, pinData: IPinData): IRunExecutionData {
		const name =
			options.startNode ??
			Object.values(workflow.nodes).find(
				(node) =>
					!node.disabled &&
					!workflow.connectionsByDestinationNode[node.name]?.main?.some((list) => list?.length),
			)?.name;
		const node = name === undefined ? null : workflow.getNode(name);
		if (!node) throw new Error(`The workflow has no start node${name ? ` "${name}"` : ''}`);
		const items = (options.items ?? [{}]).map(toItem);
		return createRunExecutionData({
			startData: {},
			resultData: { pinData },
			executionData: { nodeExecutionStack: [{ node, data: { main: [items] }, source: null }] },
		});
	}

	/** As n8n's ExecutionService.retry prepares it, with the workflow as it is now. */
	private retryData(run: Run, workflow: Workflow): IRunExecutionData {
		const data = structuredClone(JSON.parse(JSON.stringify(run.raw.data))) as IRunExecutionData;
		const last = data.resultData.lastNodeExecuted;
		if (last) {
			delete data.resultData.error;
			const tasks = data.resultData.runData[last];
			if (tasks?.at(-1)?.error !== undefined) tasks.pop();
		}
		for (const entry of data.executionData?.nodeExecutionStack ?? [])
			entry.node = workflow.getNode(entry.node.name)!;
		return createRunExecutionData(data as Parameters<typeof createRunExecutionData>[0]);
	}

	/** A searchable list (resource locator) as the editor asks for it. */
	async listSearch(
		node: Partial<INode> & Pick<INode, 'type'>,
		method: string,
		filter?: string,
		paginationToken?: string,
	): Promise<INodeListSearchResult> {
		const { context, type } = await this.loadOptionsContext(node);
		const search = type.methods?.listSearch?.[method];
		if (!search) throw new Error(`"${node.type}" has no list search "${method}"`);
		return await search.call(context, filter, paginationToken);
	}

	/** A dropdown filled at run time, as the editor asks for it. */
	async loadOptions(node: Partial<INode> & Pick<INode, 'type'>, method: string) {
		const { context, type } = await this.loadOptionsContext(node);
		const load = type.methods?.loadOptions?.[method];
		if (!load) throw new Error(`"${node.type}" has no load options "${method}"`);
		return await load.call(context);
	}

	private async loadOptionsContext(given: Partial<INode> & Pick<INode, 'type'>) {
		const json: WorkflowJson = { nodes: [{ name: 'Temp-Node', ...given }], connections: {} };
		const [node] = this.fillNodes(json);
		const nodeTypes = this.typesFor(json);
		const workflow = new Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });
		const additionalData = this.additionalData({ currentNodeParameters: node.parameters });
		return {
			context: new LoadOptionsContext(workflow, workflow.getNode(node.name)!, additionalData, ''),
			type: nodeTypes.getByNameAndVersion(node.type, node.typeVersion),
		};
	}
}
