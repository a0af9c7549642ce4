/**
 * Does what a person does in n8n's editor, over the same internal REST API that the editor uses: signs in, stores and
 * tests credentials, imports, publishes and runs workflows, reads executions.
 */
import { parse as parseFlatted } from 'flatted';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Owner {
	email: string;
	firstName: string;
	lastName: string;
	password: string;
}

export interface WorkflowNode {
	id: string;
	name: string;
	type: string;
	typeVersion: number;
	position: [number, number];
	parameters: Record<string, unknown>;
	credentials?: Record<string, { id: string; name: string }>;
	webhookId?: string;
	[setting: string]: unknown;
}

/** A workflow as n8n exports it. */
export interface WorkflowJson {
	name: string;
	nodes: WorkflowNode[];
	connections: Record<string, unknown>;
	settings?: Record<string, unknown>;
}

export interface SavedWorkflow extends WorkflowJson {
	id: string;
	versionId: string;
	active: boolean;
}

export interface SavedCredential {
	id: string;
	name: string;
	type: string;
}

export interface Item {
	json: Record<string, unknown>;
	binary?: Record<string, { fileName?: string; mimeType: string; data: string; id?: string }>;
	pairedItem?: unknown;
	error?: unknown;
}

export interface NodeRun {
	executionTime: number;
	executionStatus?: string;
	/** One list of items per output of the node. */
	data?: { main: Array<Item[] | null> };
	error?: { message: string; description?: string };
	/** The URL of the form that the node is waiting for. */
	metadata?: { resumeFormUrl?: string };
}

export interface Execution {
	id: string;
	status: string;
	mode: string;
	workflowId: string;
	/** By node name, one entry per time the node ran. */
	runs: Record<string, NodeRun[]>;
	error?: { message: string; description?: string };
}

/** An error answer from n8n. */
export class N8nError extends Error {
	status: number;
	constructor(message: string, status: number) {
		super(message);
		this.status = status;
	}
}

export class N8nClient {
	readonly url: string;
	private cookie = '';

	/** @param url the server's URL without a trailing slash */
	constructor(url: string) {
		this.url = url;
	}

	/** Creates the owner on a new n8n, or signs in if there is one. */
	async signIn(owner: Owner): Promise<void> {
		type Settings = { userManagement: { showSetupOnFirstLoad?: boolean } };
		const { userManagement } = await this.rest<Settings>('GET', '/settings');
		if (userManagement.showSetupOnFirstLoad) await this.rest('POST', '/owner/setup', owner);
		else {
			const { email, password } = owner;
			await this.rest('POST', '/login', { emailOrLdapLoginId: email, password });
		}
	}

	/** Creates a credential, or overwrites the one with the same name and type. */
	async saveCredential(
		name: string,
		type: string,
		data: Record<string, unknown>,
	): Promise<SavedCredential> {
		const all = await this.rest<SavedCredential[]>('GET', '/credentials');
		const old = all.find((entry) => entry.name === name && entry.type === type);
		return old
			? await this.rest('PATCH', `/credentials/${old.id}`, { name, type, data })
			: await this.rest('POST', '/credentials', { name, type, data });
	}

	/** n8n's result and message, as the credential dialog shows them after "Test". */
	async testCredential(
		credential: SavedCredential,
		data: Record<string, unknown>,
	): Promise<{ status: 'OK' | 'Error'; message: string }> {
		const { id, name, type } = credential;
		return await this.rest('POST', '/credentials/test', { credentials: { id, name, type, data } });
	}

	/** Imports a workflow, or resets the one with the same name to this state. */
	async saveWorkflow(workflow: WorkflowJson): Promise<SavedWorkflow> {
		const { name, nodes, connections, settings = { executionOrder: 'v1' } } = workflow;
		const filter = encodeURIComponent(JSON.stringify({ isArchived: false }));
		const all = await this.rest<SavedWorkflow[]>('GET', `/workflows?filter=${filter}`);
		const old = all.find((entry) => entry.name === name);
		const body = { name, nodes, connections, settings };
		return old
			? await this.rest('PATCH', `/workflows/${old.id}?forceSave=true`, body)
			: await this.rest('POST', '/workflows', body);
	}

	async workflow(id: string): Promise<SavedWorkflow> {
		return await this.rest('GET', `/workflows/${id}`);
	}

	/** Publishes (activates) a workflow and waits until its triggers are registered. */
	async publish(workflow: SavedWorkflow): Promise<void> {
		const { versionId } = await this.workflow(workflow.id);
		await this.rest('POST', `/workflows/${workflow.id}/activate`, { versionId });
		await this.untilPublication(workflow.id, 'published');
	}

	async unpublish(workflow: SavedWorkflow): Promise<void> {
		await this.rest('POST', `/workflows/${workflow.id}/deactivate`, {});
		await this.untilPublication(workflow.id, 'not_published');
	}

	/** Presses "Execute workflow" at the given trigger and waits until the execution ends. */
	async run(workflow: SavedWorkflow, trigger: string, patience = 300_000): Promise<Execution> {
		const { executionId } = await this.rest<{ executionId: string }>(
			'POST',
			`/workflows/${workflow.id}/run`,
			{ workflowData: await this.workflow(workflow.id), triggerToStartFrom: { name: trigger } },
		);
		return await this.untilFinished(executionId, patience);
	}

	/** The newest executions of a workflow, newest first, without their data. */
	async executions(workflow: {
		id: string;
	}): Promise<Array<{ id: string; status: string; mode: string }>> {
		const filter = encodeURIComponent(JSON.stringify({ workflowId: workflow.id }));
		type Page = { results: Array<{ id: string; status: string; mode: string }> };
		return (await this.rest<Page>('GET', `/executions?filter=${filter}`)).results;
	}

	/** One execution with the items of every node. */
	async execution(id: string): Promise<Execution> {
		type Raw = { id: string; status: string; mode: string; workflowId: string; data: string };
		const { data, ...execution } = await this.rest<Raw>('GET', `/executions/${id}`);
		const { runData = {}, error } = (data ? parseFlatted(data) : {}).resultData ?? {};
		return { ...execution, runs: runData, error };
	}

	async untilFinished(executionId: string, patience = 60_000): Promise<Execution> {
		return await this.until(`execution ${executionId} to end`, patience, async () => {
			const found = await this.execution(executionId).catch(() => undefined);
			return found && !['new', 'running', 'waiting'].includes(found.status) ? found : undefined;
		});
	}

	private async untilPublication(id: string, wanted: 'published' | 'not_published'): Promise<void> {
		type Status = { status: string };
		await this.until(`workflow ${id} to be ${wanted}`, 60_000, async () => {
			const answer = await this.rest<Status>('GET', `/workflows/${id}/publication-status`).catch(
				(error: Error) => {
					// Older versions have no publication service; they have published when they answer.
					if (!/404: Workflow publication status is not available/.test(error.message)) throw error;
					return { status: wanted };
				},
			);
			if (answer.status === 'failed' || answer.status === 'partial')
				throw new Error(`n8n could not publish the workflow: ${JSON.stringify(answer)}`);
			return answer.status === wanted || undefined;
		});
	}

	private async until<T>(
		what: string,
		patience: number,
		look: () => Promise<T | undefined>,
	): Promise<T> {
		const start = Date.now();
		while (true) {
			const found = await look();
			if (found !== undefined) return found;
			if (Date.now() - start > patience) throw new Error(`No ${what} after ${patience / 1000} s`);
			await sleep(100);
		}
	}

	/** Calls the internal API and unwraps the answer from `{ data }`. */
	async rest<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
		const response = await fetch(`${this.url}/rest${path}`, {
			method,
			headers: {
				cookie: this.cookie,
				...(body === undefined ? {} : { 'content-type': 'application/json' }),
			},
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		for (const cookie of response.headers.getSetCookie())
			if (cookie.startsWith('n8n-auth=')) this.cookie = cookie.split(';')[0];
		const text = await response.text();
		if (!response.ok) {
			const told = /"message":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text.slice(0, 300);
			throw new N8nError(
				`n8n answered ${method} ${path} with ${response.status}: ${told}`,
				response.status,
			);
		}
		const answer = text ? JSON.parse(text) : undefined;
		return answer && typeof answer === 'object' && 'data' in answer ? answer.data : answer;
	}
}
