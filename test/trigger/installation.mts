/** A real n8n with the packed package and a sandbox: what a person and a machine can do to its triggers from outside. */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import {
	N8nClient,
	type SavedCredential,
	type SavedWorkflow,
	type WorkflowJson,
} from '../../demo/n8n-client.mts';
import { freePort, startN8n, type N8nProcess } from '../../demo/n8n.mts';
import { installPackage, packPackage } from '../../demo/package.mts';
import { runFolder } from '../../scripts/project.mts';
import { owner } from '../../demo/environment.mts';
import type { Account } from '../../sandbox/sandbox.mts';
import { startSandbox, type Sandbox } from '../../sandbox/sandbox.mts';

/** The name of the trigger node in every workflow here. */
export const TRIGGER = 'Gift Card Event';

/** The members of an execution's item that the rows check. */
export interface Seen {
	id: string;
	replayed: boolean;
}

/** What the editor does not take along when it duplicates a workflow. */
const LEFT_BY_THE_EDITOR = [
	'id',
	'createdAt',
	'updatedAt',
	'usedCredentials',
	'homeProject',
	'sharedWithProjects',
	'activeVersionId',
	'activeVersion',
	'active',
	'parentFolder',
];

export class Installation {
	readonly sandbox: Sandbox;
	client!: N8nClient;
	credential!: SavedCredential;
	/** Another than the process's own address, from the next start on. */
	publicUrl?: string;
	private n8n?: N8nProcess;
	private readonly logs: string[] = [];
	private readonly folder: string;
	private readonly port: number;
	private made = 0;
	/** What executions that have ended were started with. */
	private readonly ended = new Map<string, Seen[]>();

	private constructor(folder: string, sandbox: Sandbox, port: number) {
		this.folder = folder;
		this.sandbox = sandbox;
		this.port = port;
	}

	/** @param name of the folder that n8n's files and logs are kept in */
	static async open(name: string): Promise<Installation> {
		const folder = runFolder(name);
		await rm(folder, { recursive: true, force: true });
		await installPackage(await packPackage(), path.join(folder, 'n8n'));
		const sandbox = await startSandbox({ switches: { retryDelaysMs: [200, 300] } });
		const installation = new Installation(folder, sandbox, await freePort());
		await installation.start();
		installation.credential = await installation.saveCredential('Dintero', sandbox.account);
		return installation;
	}

	async close(): Promise<void> {
		await this.n8n?.stop();
		await this.sandbox.stop();
	}

	// ---- the process ----

	get url(): string {
		return this.n8n!.url;
	}

	async start(env: Record<string, string> = {}): Promise<void> {
		const logFile = path.join(this.folder, `n8n-${this.logs.length + 1}.log`);
		this.logs.push(logFile);
		this.n8n = await startN8n({
			userFolder: path.join(this.folder, 'n8n'),
			logFile,
			preferredPort: this.port,
			webhookUrl: this.publicUrl,
			env,
		});
		this.client = new N8nClient(this.n8n.url);
		await this.client.signIn(owner);
	}

	/** `stop` is SIGTERM, `kill` is `kill -9`. */
	async end(how: 'stop' | 'kill'): Promise<void> {
		await this.n8n![how]();
	}

	get running(): boolean {
		return this.n8n!.running;
	}

	/** Everything n8n has written since it was first started, or since its last start. */
	async log(which: 'all' | 'last' = 'all'): Promise<string> {
		const files = which === 'all' ? this.logs : this.logs.slice(-1);
		const texts = await Promise.all(files.map(async (file) => await readFile(file, 'utf8')));
		return texts.join('\n');
	}

	/** What the trigger of one workflow has written, oldest first. */
	async lines({ name }: { name: string }, which: 'all' | 'last' = 'all'): Promise<string[]> {
		const start = `Dintero Trigger "${TRIGGER}" in workflow "${name}": `;
		return (await this.log(which))
			.split('\n')
			.filter((line) => line.startsWith(start))
			.map((line) => line.slice(start.length));
	}

	/** Everything that must not be found in any log. */
	get secrets(): string[] {
		return this.sandbox.books
			.subscriptions({ deleted: true })
			.map(({ config }) => (config as { secret?: { value?: string } }).secret?.value ?? '')
			.concat(this.sandbox.account.clientSecret)
			.filter((secret) => secret !== '');
	}

	// ---- credentials and workflows ----

	async saveCredential(name: string, account: Account): Promise<SavedCredential> {
		const { accountId, clientId, clientSecret } = account;
		const data = { accountId, clientId, clientSecret, baseUrl: this.sandbox.apiUrl };
		return await this.client.saveCredential(name, 'dinteroApi', data);
	}

	workflow(name: string, used = this.credential): WorkflowJson {
		return {
			name: `${name} (${++this.made})`,
			nodes: [
				{
					id: crypto.randomUUID(),
					name: TRIGGER,
					type: 'n8n-nodes-dintero.dinteroTrigger',
					typeVersion: 1,
					position: [0, 0],
					webhookId: crypto.randomUUID(),
					parameters: { triggerOn: 'giftCard' },
					credentials: { dinteroApi: { id: used.id, name: used.name } },
				},
				{
					id: crypto.randomUUID(),
					name: 'After',
					type: 'n8n-nodes-base.noOp',
					typeVersion: 1,
					position: [200, 0],
					parameters: {},
				},
			],
			connections: { [TRIGGER]: { main: [[{ node: 'After', type: 'main', index: 0 }]] } },
		};
	}

	async activate(name: string, used?: SavedCredential): Promise<SavedWorkflow> {
		const saved = await this.client.saveWorkflow(this.workflow(name, used));
		await this.client.publish(saved);
		return saved;
	}

	/** Saves a workflow with another trigger node and publishes that. */
	async change(
		{ id }: SavedWorkflow,
		change: (trigger: SavedWorkflow['nodes'][0]) => void,
	): Promise<SavedWorkflow> {
		const { name, nodes, connections } = await this.client.workflow(id);
		change(nodes[0]);
		const changed = await this.client.saveWorkflow({ name, nodes, connections });
		await this.client.publish(changed);
		return changed;
	}

	/** As "Duplicate" in n8n 2.41's editor does it: all that n8n tells of the workflow, with new IDs for nodes and webhooks. */
	async duplicate({ id }: SavedWorkflow): Promise<SavedWorkflow> {
		const told = (await this.client.workflow(id)) as Partial<SavedWorkflow> &
			Record<string, unknown>;
		for (const left of LEFT_BY_THE_EDITOR) delete told[left];
		for (const node of told.nodes!) {
			node.id = crypto.randomUUID();
			if (node.webhookId) node.webhookId = crypto.randomUUID();
		}
		return await this.client.rest('POST', '/workflows', { ...told, name: `${told.name} copy` });
	}

	/** Reads and changes what n8n has stored of a trigger; only while n8n is not running, to be seen by it. */
	stored({ id }: { id: string }, change?: (state: Record<string, unknown>) => void) {
		return this.database((db) => {
			const { staticData } = db
				.prepare('SELECT staticData FROM workflow_entity WHERE id = ?')
				.get(id) as { staticData: string | null };
			const all = JSON.parse(staticData ?? '{}') as Record<string, Record<string, unknown>>;
			const state = all[`node:${TRIGGER}`] ?? {};
			change?.(state);
			if (change)
				db.prepare('UPDATE workflow_entity SET staticData = ? WHERE id = ?').run(
					JSON.stringify({ ...all, [`node:${TRIGGER}`]: state }),
					id,
				);
			return state;
		});
	}

	/** As if no executions were saved: n8n's keys go with their rows. Only while n8n is not running. */
	forgetExecutions(): void {
		this.database((db) => db.exec('DELETE FROM execution_entity'));
	}

	/** Keeps n8n from writing into its database for so many milliseconds. */
	async lockDatabase(milliseconds: number): Promise<void> {
		const db = new DatabaseSync(path.join(this.folder, 'n8n', '.n8n', 'database.sqlite'));
		try {
			db.exec('PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE');
			await sleep(milliseconds);
			db.exec('ROLLBACK');
		} finally {
			db.close();
		}
	}

	private database<T>(use: (db: DatabaseSync) => T): T {
		const db = new DatabaseSync(path.join(this.folder, 'n8n', '.n8n', 'database.sqlite'));
		try {
			return use(db);
		} finally {
			db.close();
		}
	}

	// ---- Dintero ----

	urlOf({ nodes }: SavedWorkflow): string {
		return `${this.publicUrl ?? this.url}/webhook/${nodes[0].webhookId}/webhook`;
	}

	/** The live subscriptions that deliver to a workflow's trigger, whatever n8n's address is or was. */
	subscriptionsOf({ nodes }: SavedWorkflow) {
		return this.sandbox.books
			.subscriptions()
			.filter(({ config }) => config.url.includes(`/webhook/${nodes[0].webhookId}/webhook`));
	}

	fire(id: string, accountId?: string): void {
		this.sandbox.fireEvent(
			'wallet_transaction',
			{ transaction: { id, type: 'drawdown', amount: 100, currency: 'NOK', card_id: 'card-1' } },
			accountId,
		);
	}

	/** The transactions that started a workflow in production, oldest first. */
	async seen(workflow: SavedWorkflow): Promise<Seen[]> {
		// n8n's own list shows at most 100, and its pages differ between versions.
		const all = this.database((db) =>
			db
				.prepare(
					"SELECT id FROM execution_entity WHERE workflowId = ? AND mode <> 'manual' ORDER BY id",
				)
				.all(workflow.id)
				.map(({ id }) => String(id)),
		);
		for (const id of all) {
			if (this.ended.has(id)) continue;
			const { runs } = await this.client.untilFinished(id);
			this.ended.set(
				id,
				(runs[TRIGGER]?.[0]?.data?.main[0] ?? []).map(({ json }) => {
					const { id: seen = JSON.stringify(json.body) } = (json.transaction ?? {}) as {
						id?: string;
					};
					return { id: seen, replayed: json.replayed as boolean };
				}),
			);
		}
		return all.flatMap((id) => this.ended.get(id)!);
	}

	/** How often each of some events has started a workflow, once all deliveries have ended. */
	async timesSeen(workflow: SavedWorkflow, ids: string[]): Promise<number[]> {
		const seen = await this.seen(workflow);
		return ids.map((wanted) => seen.filter(({ id }) => id === wanted).length);
	}
}

export const until = async (holds: () => unknown, what: string, seconds = 60): Promise<void> => {
	const end = Date.now() + seconds * 1000;
	while (!(await holds())) {
		if (Date.now() > end) throw new Error(`Waited ${seconds} s in vain for ${what}`);
		await sleep(100);
	}
};
