/**
 * Measures reading a long list of gift cards: our operation against a bare paging loop with the same request helper,
 * at the same time, each in its own process, with the sandbox in another. Runs without n8n, which is replaced by
 * minimal fakes; the requests are real.
 */
import { execFileSync, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import axios from 'axios';
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { root } from '../scripts/project.mts';
import { startSandboxProcess, type SandboxProcess } from './sandbox.mts';

/** The whole list: raw, with the defaults, and with six filters that every card passes. */
const LONG_RUNS = ['ours, raw', 'ours, simplified', 'ours, filtered'] as const;
/** A filter with a limit; and a single card, which shows what the process itself needs. */
const SHORT_RUNS = ['ours, limit', 'one card'] as const;
export type LongRun = (typeof LONG_RUNS)[number];
export type ShortRun = (typeof SHORT_RUNS)[number];
type ListRun = LongRun | ShortRun;

export interface ListMeasured {
	/** Milliseconds. */
	time: number;
	/** Processor time in milliseconds. */
	cpu: number;
	/** Peak resident memory of the process, in bytes. */
	peak: number;
	items: number;
	/** Number of pages requested. */
	requests: number;
}

interface Task {
	run: ListRun | 'bare loop';
	apiUrl: string;
	accountId: string;
	authorization: string;
}

/** A date in the far future on which every card of the benchmark expires. */
const EXPIRY = '2099-12-31T22:59:59Z';

const PARAMETERS: Record<ListRun, IDataObject> = {
	'ours, raw': { returnAll: true, simplify: false },
	'ours, simplified': { returnAll: true },
	'ours, filtered': {
		returnAll: true,
		filters: {
			statuses: ['unused'],
			currencies: ['NOK'],
			minimumBalance: '1',
			nameContains: 'summer',
			createdAfter: '2020-01-01',
			expiresBefore: '2099-12-31',
		},
	},
	'ours, limit': { returnAll: false, limit: 50, filters: { statuses: ['unused'] } },
	'one card': { returnAll: false, limit: 1 },
};

if (process.argv[2] === 'measure') {
	process.once('message', (task: Task) => {
		void measure(task).then((measured) => {
			process.send?.(measured, undefined, undefined, () => process.exit());
		});
	});
}

/** A run of ours, and the bare loop that read the same list at the same time. */
export interface Pair {
	ours: ListMeasured;
	bare: ListMeasured;
}

/**
 * Fills a sandbox with cards and measures each run of ours at the same time as the bare loop, so that other load on
 * the machine affects both.
 * @param delayMs how long the sandbox waits before it answers, in milliseconds
 */
export async function measureLists(
	cards: number,
	rounds: number,
	delayMs: number,
	say: (line: string) => void,
): Promise<{ pairs: Record<LongRun, Pair[]>; short: Record<ShortRun, ListMeasured[]> }> {
	execFileSync(process.execPath, ['node_modules/gulp/bin/gulp.js', 'build'], { cwd: root });
	const sandbox = await startSandboxProcess(0, delayMs);
	const task = async (run: ListRun | 'bare loop'): Promise<ListMeasured> => {
		const { apiUrl, account } = sandbox;
		const { accountId } = account;
		const measured = await alone({ run, apiUrl, accountId, authorization });
		const expected = run === 'ours, limit' ? 50 : run === 'one card' ? 1 : cards;
		if (measured.items !== expected)
			throw new Error(`${run}: ${measured.items} items instead of ${expected}`);
		return measured;
	};
	let authorization = '';
	try {
		authorization = await sandbox.authorization();
		await seed(sandbox, authorization, cards);
		const pairs = {} as Record<LongRun, Pair[]>;
		const short = {} as Record<ShortRun, ListMeasured[]>;
		const shown = ({ time, cpu, peak, requests }: ListMeasured) =>
			`${Math.round(time)} ms, ${Math.round(cpu)} ms of processor, peak ${Math.round(peak / 1e6)} MB, ${requests} requests`;
		for (let round = 0; round < rounds; round++) {
			for (const run of LONG_RUNS) {
				const [ours, bare] = await Promise.all([task(run), task('bare loop')]);
				(pairs[run] ??= []).push({ ours, bare });
				say(`    ${run}, round ${round + 1}: ${shown(ours)}; bare loop: ${shown(bare)}`);
			}
			for (const run of SHORT_RUNS) {
				const measured = await task(run);
				(short[run] ??= []).push(measured);
				say(`    ${run}, round ${round + 1}: ${shown(measured)}`);
			}
		}
		const { violations } = await sandbox.counts();
		if (violations > 0) throw new Error('There was a request that Dintero does not know');
		return { pairs, short };
	} finally {
		await sandbox.stop();
	}
}

async function seed(sandbox: SandboxProcess, authorization: string, cards: number): Promise<void> {
	const url = `${sandbox.apiUrl}/accounts/${sandbox.account.accountId}/wallets/cards`;
	let next = 0;
	const worker = async (): Promise<void> => {
		while (next < cards) {
			const number = next++;
			const card = {
				card_id: `card-${number}`,
				amount: 50_000,
				currency: 'NOK',
				name: 'Summer gift card',
				customer_id: `customer-${number}`,
				expires_at: EXPIRY,
				metadata: { campaign: 'summer', row: String(number) },
			};
			await axios.post(url, card, { headers: { authorization } });
		}
	};
	await Promise.all(Array.from({ length: 100 }, worker));
}

async function alone(task: Task): Promise<ListMeasured> {
	const child = fork(fileURLToPath(import.meta.url), ['measure']);
	child.send(task);
	return await new Promise((resolve, reject) => {
		child.once('message', (measured) => resolve(measured as ListMeasured));
		child.once('exit', () => reject(new Error(`The process of '${task.run}' ended too early`)));
	});
}

async function measure(task: Task): Promise<ListMeasured> {
	let requests = 0;
	const helper = requestHelper(task.authorization);
	const request: Helper = async (options) => {
		requests++;
		return await helper(options);
	};
	// The package and n8n-workflow are loaded in every run, so that only the work on the list differs.
	const operation = ours(task, request);
	const work = task.run === 'bare loop' ? bareLoop(task, request) : operation;
	const begun = performance.now();
	const cpuBegun = process.cpuUsage();
	const items = await work();
	const time = performance.now() - begun;
	const { user, system } = process.cpuUsage(cpuBegun);
	return {
		time,
		cpu: (user + system) / 1000,
		peak: process.resourceUsage().maxRSS * 1024,
		items: items.length,
		requests,
	};
}

type Helper = (options: {
	url: string;
	qs?: object;
}) => Promise<{ statusCode: number; headers: object; body: IDataObject }>;

/** Works like n8n's helper: axios, with a new connection for each request. */
function requestHelper(authorization: string): Helper {
	return async ({ url, qs }) => {
		const { status, headers, data } = await axios.get(url, {
			params: qs,
			headers: { authorization },
		});
		return { statusCode: status, headers, body: data as IDataObject };
	};
}

function bareLoop({ apiUrl, accountId }: Task, request: Helper) {
	return async (): Promise<INodeExecutionData[]> => {
		const items: INodeExecutionData[] = [];
		let after: unknown;
		do {
			const qs = { limit: 100, ...(after === undefined ? {} : { starting_after: after }) };
			const url = `${apiUrl}/accounts/${accountId}/wallets/cards`;
			const { body } = await request({ url, qs });
			for (const card of body.cards as IDataObject[])
				items.push({ json: card, pairedItem: { item: 0 } });
			after = body.starting_after;
		} while (after !== undefined);
		return items;
	};
}

function ours({ run, apiUrl, accountId }: Task, request: Helper) {
	const require = createRequire(path.join(root, 'index.js'));
	const actions = path.join(root, 'dist', 'nodes', 'Dintero', 'actions');
	const { runOperation } = require(path.join(actions, 'run.js')) as {
		runOperation(context: IExecuteFunctions, operation: unknown): Promise<INodeExecutionData[]>;
	};
	const { findOperation } = require(path.join(actions, 'registry.js')) as {
		findOperation(resource: string, operation: string): unknown;
	};
	const parameters: IDataObject = {
		resource: 'giftCard',
		operation: 'getAll',
		...(run === 'bare loop' ? {} : PARAMETERS[run]),
	};
	const node = {
		id: 'n',
		name: 'Dintero',
		type: 'x',
		typeVersion: 1,
		position: [0, 0],
		parameters,
	};
	const noop = (): void => {};
	const { signal } = new AbortController();
	const context = {
		getNode: () => node,
		getInputData: () => [{ json: {} }],
		getNodeParameter: (name: string, _index: number, missing: unknown) =>
			parameters[name] ?? missing,
		getCredentials: async () => ({
			accountId,
			clientId: 'client',
			clientSecret: 'secret-of-the-client',
			baseUrl: apiUrl,
			accessToken: 'token',
		}),
		getExecutionId: () => '1',
		getInstanceId: () => 'instance',
		getWorkflow: () => ({ id: 'w' }),
		getWorkflowDataProxy: () => ({ $runIndex: 0 }),
		getTimezone: () => 'Europe/Oslo',
		getExecutionCancelSignal: () => signal,
		continueOnFail: () => false,
		addExecutionHints: noop,
		logger: { debug: noop, info: noop, warn: noop, error: noop },
		helpers: {
			httpRequestWithAuthentication: async (_type: string, options: { url: string; qs: object }) =>
				await request(options),
		},
	} as unknown as IExecuteFunctions;
	return async () => await runOperation(context, findOperation('giftCard', 'getAll'));
}
