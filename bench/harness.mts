/** A real n8n with the packed package and the benchmark's own nodes, and the sandbox in a separate process. */
import { spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import {
	N8nClient,
	type SavedCredential,
	type SavedWorkflow,
	type WorkflowJson,
} from '../demo/n8n-client.mts';
import { startN8n, type N8nProcess } from '../demo/n8n.mts';
import { installPackage, packPackage } from '../demo/package.mts';
import { n8nFolder, root, runFolder } from '../scripts/project.mts';
import { owner } from '../demo/environment.mts';
import type { BenchReportFile } from './nodes/BenchReport.node.mts';
import { SandboxProcess, startSandboxProcess, type Counts } from './sandbox.mts';
import { ours, straight, type Sizes, type Surroundings } from './workflows.mts';

export interface Measured extends BenchReportFile {
	calls: Record<string, number>;
	maxInFlight: number;
}

export const TOKEN_CALLS = 'aid_auths_oauth_token_post';
const folder = runFolder('bench');
const userFolder = path.join(folder, 'n8n');
const nodesFolder = path.join(folder, 'nodes');
const reportFile = path.join(folder, 'report.json');

export async function openHarness(options: {
	delayMs: number;
	nodeOptions?: string;
}): Promise<BenchHarness> {
	await mkdir(folder, { recursive: true });
	await buildNodes();
	await mkdir(userFolder, { recursive: true });
	await installPackage(await packPackage(), userFolder);
	const harness = new BenchHarness(options);
	await harness.open();
	return harness;
}

/** The installed package's folder: the benchmark measures what users get. */
export const installedPackage = path.join(
	userFolder,
	'.n8n',
	'nodes',
	'node_modules',
	'n8n-nodes-dintero',
);

/** n8n loads `.node.js` files; ours are TypeScript, of which only the types need to be removed. */
async function buildNodes(): Promise<void> {
	await rm(nodesFolder, { recursive: true, force: true });
	await mkdir(nodesFolder, { recursive: true });
	await writeFile(path.join(nodesFolder, 'package.json'), '{ "type": "module" }');
	const sources = path.join(root, 'bench', 'nodes');
	for (const name of await readdir(sources)) {
		const source = await readFile(path.join(sources, name), 'utf8');
		const target = path.join(nodesFolder, name.replace(/\.mts$/, '.js'));
		await writeFile(target, stripTypeScriptTypes(source));
	}
}

export class BenchHarness {
	readonly delayMs: number;
	private readonly nodeOptions: string;
	private n8n?: N8nProcess;
	private client!: N8nClient;
	private sandbox!: SandboxProcess;
	private runs = 0;
	private settings: Record<string, string> = {};
	private credential!: SavedCredential;
	/** What the nodes under test need to know. */
	surroundings!: Surroundings;

	constructor(options: { delayMs: number; nodeOptions?: string }) {
		this.delayMs = options.delayMs;
		this.nodeOptions = options.nodeOptions ?? '';
	}

	async open(): Promise<void> {
		this.sandbox = await startSandboxProcess(0, this.delayMs);
		await this.startServer();
		await this.prepare();
	}

	async close(): Promise<void> {
		await this.n8n?.stop();
		await this.sandbox?.stop();
	}

	/** Starts a new, empty sandbox and gives n8n a valid access token. */
	async clear(): Promise<void> {
		await this.sandbox.stop();
		this.sandbox = await startSandboxProcess(this.sandbox.port, this.delayMs);
		await this.prepare();
	}

	/** Expires every access token issued so far. */
	expireTokens = async (): Promise<Counts> => await this.sandbox.expireTokens();

	/** Runs a workflow in the server and waits until n8n has stored the execution. */
	async run(
		make: (sizes: Sizes) => WorkflowJson,
		count: number,
		timeout = 1_800_000,
	): Promise<Measured> {
		await rm(reportFile, { force: true });
		const workflow = make({ count, prefix: `run-${++this.runs}`, file: reportFile });
		await this.sandbox.reset();
		const { id } = await this.client.saveWorkflow(workflow);
		const { executionId } = await this.client.rest<{ executionId: string }>(
			'POST',
			`/workflows/${id}/run`,
			{
				workflowData: await this.client.workflow(id),
				triggerToStartFrom: { name: 'Start' },
			},
		);
		const report = await this.report(timeout, async () => {
			const found = await this.client.execution(executionId).catch(() => undefined);
			if (found && ['error', 'crashed', 'canceled'].includes(found.status))
				throw new Error(`The run ended with ${found.status}: ${found.error?.message}`);
		});
		while ((await this.client.executions({ id })).some(isUnderWay)) await sleep(50);
		return await this.measured(report, count);
	}

	/**
	 * Runs a workflow in a new process of n8n (`n8n execute`), for measuring memory. The server must not be running.
	 */
	async runAlone(make: (sizes: Sizes) => WorkflowJson, count: number): Promise<Measured> {
		await rm(reportFile, { force: true });
		const workflow = make({ count, prefix: `run-${++this.runs}`, file: reportFile });
		await this.sandbox.reset();
		const file = path.join(folder, 'workflow.json');
		await writeFile(file, JSON.stringify({ id: 'benchAlone000001', active: false, ...workflow }));
		await this.command('import:workflow', `--input=${file}`);
		// How the process ends after writing the report is not measured.
		await this.command('execute', '--id=benchAlone000001').catch((error: unknown) => {
			if (!existsSync(reportFile)) throw error;
		});
		return await this.measured(await this.report(1000, async () => {}), count);
	}

	/** Saves a workflow and publishes it. */
	async publish(workflow: WorkflowJson): Promise<SavedWorkflow> {
		const saved = await this.client.saveWorkflow(workflow);
		await this.client.publish(saved);
		return saved;
	}

	async unpublish(workflow: SavedWorkflow): Promise<void> {
		await this.client.unpublish(workflow);
	}

	async saveCredential(
		name: string,
		type: string,
		data: Record<string, unknown>,
	): Promise<SavedCredential> {
		return await this.client.saveCredential(name, type, data);
	}

	/** A workflow's executions in n8n's database: the number with each status, and the newest ID. */
	executions(
		workflow: SavedWorkflow,
		after = 0,
	): { statuses: Record<string, number>; last: number } {
		const rows = this.query(
			`SELECT status, count(*) AS count, max(id) AS last FROM execution_entity
			WHERE workflowId = ? AND id > ? GROUP BY status`,
			workflow.id,
			after,
		);
		return {
			statuses: Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)])),
			last: Math.max(after, ...rows.map(({ last }) => Number(last))),
		};
	}

	/** Reads from n8n's database. */
	private query(sql: string, ...values: Array<string | number>) {
		const database = new DatabaseSync(path.join(userFolder, '.n8n', 'database.sqlite'), {
			readOnly: true,
			timeout: 10_000,
		});
		try {
			return database.prepare(sql).all(...values);
		} finally {
			database.close();
		}
	}

	get n8nUrl(): string {
		return this.n8n?.url ?? '';
	}

	/** Processor time that n8n has used so far, in milliseconds; available only on Linux. */
	async processorTime(): Promise<number> {
		const stat = await readFile(`/proc/${this.n8n?.pid}/stat`, 'utf8').catch(() => '');
		const [user, system] = stat
			.slice(stat.lastIndexOf(')') + 2)
			.split(' ')
			.slice(11, 13);
		return (Number(user) + Number(system)) * 10;
	}

	/** Memory of n8n's process that is in use, in bytes; only Linux tells. */
	async memory(): Promise<number> {
		const status = await readFile(`/proc/${this.n8n?.pid}/status`, 'utf8').catch(() => '');
		return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
	}

	/** How long what n8n stores for the nodes of a workflow is (its static data), in characters. */
	staticData(workflow: SavedWorkflow): number {
		return this.query(
			'SELECT length(staticData) AS size FROM workflow_entity WHERE id = ?',
			workflow.id,
		).reduce((sum, { size }) => sum + Number(size ?? 0), 0);
	}

	sandboxCounts = async (): Promise<Counts> => await this.sandbox.counts();

	get accountId(): string {
		return this.sandbox.account.accountId;
	}

	async startServer(): Promise<void> {
		this.n8n = await startN8n({
			userFolder,
			logFile: path.join(folder, 'n8n.log'),
			env: this.environment(),
		});
		this.client = new N8nClient(this.n8n.url);
		await this.client.signIn(owner);
		const { accountId, clientId, clientSecret } = this.sandbox.account;
		const data = { accountId, clientId, clientSecret, baseUrl: this.sandbox.apiUrl };
		this.credential = await this.client.saveCredential('Benchmark', 'dinteroApi', data);
	}

	/** Restarts the server with additional settings. */
	async restart(settings: Record<string, string>): Promise<void> {
		this.settings = settings;
		await this.stopServer();
		await this.startServer();
	}

	async stopServer(): Promise<void> {
		await this.n8n?.stop();
		this.n8n = undefined;
	}

	/** Signs n8n in, and gets a header for the baseline node. */
	private async prepare(): Promise<void> {
		const { accountId } = this.sandbox.account;
		this.surroundings = {
			credential: this.credential,
			url: `${this.sandbox.apiUrl}/accounts/${accountId}/wallets/cards`,
			authorization: await this.sandbox.authorization(),
		};
		await this.run((sizes) => straight(ours(this.surroundings, 1), sizes), 1);
	}

	private environment(): Record<string, string> {
		return {
			N8N_CUSTOM_EXTENSIONS: nodesFolder,
			N8N_ENCRYPTION_KEY: 'only-for-benchmarks',
			...(this.nodeOptions ? { NODE_OPTIONS: this.nodeOptions } : {}),
			...this.settings,
		};
	}

	private async report(timeout: number, check: () => Promise<void>): Promise<BenchReportFile> {
		const end = Date.now() + timeout;
		for (let looks = 1; !existsSync(reportFile); looks++) {
			if (Date.now() > end) throw new Error('The benchmark wrote no report');
			if (looks % 100 === 0) await check();
			await sleep(50);
		}
		return JSON.parse(await readFile(reportFile, 'utf8')) as BenchReportFile;
	}

	private async measured(report: BenchReportFile, count: number): Promise<Measured> {
		const { calls, maxInFlight, violations } = await this.sandbox.counts();
		const chunks = Math.max(1, report.runs);
		if (report.items !== count || report.failed > 0 || violations > 0)
			throw new Error(
				`${report.items} items in ${chunks} runs, ${report.failed} failed, ${violations} violations, instead of ${count} items`,
			);
		return { ...report, calls, maxInFlight };
	}

	/** Runs one n8n command in its own process, without output. */
	private async command(...args: string[]): Promise<void> {
		const bin = path.join(n8nFolder, 'node_modules', 'n8n', 'bin', 'n8n');
		const log = path.join(folder, 'command.log');
		const child = spawn(process.execPath, [bin, ...args], {
			cwd: userFolder,
			env: {
				PATH: process.env.PATH,
				HOME: userFolder,
				...this.environment(),
				N8N_USER_FOLDER: userFolder,
				N8N_LISTEN_ADDRESS: '127.0.0.1',
				N8N_DIAGNOSTICS_ENABLED: 'false',
				N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
				N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
				N8N_DISABLED_MODULES: 'mcp-registry',
				N8N_VERIFIED_PACKAGES_ENABLED: 'false',
				N8N_PYTHON_ENABLED: 'false',
				N8N_RUNNERS_BROKER_PORT: '0',
				NODE_ENV: 'production',
			},
			stdio: ['ignore', 'ignore', openSync(log, 'w')],
		});
		const code = await new Promise((resolve) =>
			child.once('exit', (status, signal) => resolve(status ?? signal)),
		);
		if (code !== 0)
			throw new Error(`n8n ${args[0]} ended with ${code}:\n${await readFile(log, 'utf8')}`);
	}
}

const isUnderWay = ({ status }: { status: string }) => ['new', 'running'].includes(status);
