/**
 * `npm run check -- chaos`: a campaign in a real n8n under faults. In the middle n8n is killed (`kill -9`), started again, and
 * the campaign run a second time; then everything that was recorded is held against the sandbox's books.
 * `node test/chaos/run.mts [--cards=10000] [--seed=4] [--chunk=250] [--concurrency=10]`
 */
import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { N8nClient, type SavedWorkflow } from '../../demo/n8n-client.mts';
import { startN8n, type N8nProcess } from '../../demo/n8n.mts';
import { installPackage, packPackage } from '../../demo/package.mts';
import { root, runFolder } from '../../scripts/project.mts';
import { step } from '../../demo/say.mts';
import { owner } from '../../demo/environment.mts';
import { startSandbox } from '../../sandbox/sandbox.mts';
import { audit, type ReturnedCard, type WantedCard } from './audit.mts';
import { campaign, COLUMNS } from './campaign.mts';
import { unleash } from './faults.mts';

const option = (name: string, missing: number): number =>
	Number(process.argv.find((text) => text.startsWith(`--${name}=`))?.split('=')[1] ?? missing);
const count = option('cards', 10_000);
const seed = option('seed', 4);
const chunk = option('chunk', 250);
const concurrency = option('concurrency', 10);
/** Seconds until the node gives a request up; the two slow answers take longer. */
const TIMEOUT = 2;

const rows = Array.from({ length: count }, (_, i) => ({
	id: `campaign-${String(i + 1).padStart(5, '0')}`,
	amount: `${100 + (i % 900)}.${String(i % 100).padStart(2, '0')}`,
}));
const wanted: WantedCard[] = rows.map(({ id, amount }) => ({
	cardId: id,
	amount: Number(amount.replace('.', '')),
	currency: 'NOK',
}));

const folder = runFolder('chaos');
const userFolder = path.join(folder, 'n8n');
await rm(folder, { recursive: true, force: true });
await mkdir(path.join(folder, 'files'), { recursive: true });
const files = await realpath(path.join(folder, 'files')); // n8n compares real paths
const rowsFile = path.join(files, 'rows.csv');
await mkdir(userFolder, { recursive: true });
await writeFile(
	rowsFile,
	['id,amount', ...rows.map(({ id, amount }) => `${id},${amount}`)].join('\n'),
);

const sandbox = await startSandbox({ seed });
let n8n: N8nProcess | undefined;
const start = async (): Promise<N8nClient> => {
	n8n = await startN8n({
		userFolder,
		logFile: path.join(folder, 'n8n.log'),
		filesFolder: files,
		env: { EXECUTIONS_DATA_PRUNE: 'false' },
	});
	const client = new N8nClient(n8n.url);
	await client.signIn(owner);
	return client;
};

try {
	await step('Packing and installing the package', async () => {
		await installPackage(await packPackage(), userFolder);
	});
	let client = await step('Starting n8n', start);
	const table = await makeTable(client);
	const { accountId, clientId, clientSecret } = sandbox.account;
	const credential = await client.saveCredential('Sandbox', 'dinteroApi', {
		accountId,
		clientId,
		clientSecret,
		baseUrl: sandbox.apiUrl,
	});
	const workflow = await client.saveWorkflow(
		campaign({
			credential,
			rowsFile,
			dataTableId: table.id,
			chunk,
			options: { timeout: TIMEOUT, concurrency, ifCardExists: 'reissue' },
		}),
	);
	unleash(sandbox, { slow: TIMEOUT * 1000 + 1500, retryAfter: 1 });

	const begun = Date.now();
	const killedAt = await step(`Running the campaign up to half of ${count} cards`, async () => {
		const id = await begin(client, workflow);
		let cards = 0;
		// In the middle of a chunk, so that some cards exist whose codes were not returned.
		const enough = count / 2 + chunk / 2;
		for (let looks = 1; (cards = sandbox.books.totals().cards) < enough; looks++) {
			await sleep(20);
			const status = looks % 100 === 0 ? await statusOf(client, id) : undefined;
			if (status) throw new Error(`the first run ended with ${status} after ${cards} cards`);
		}
		await n8n?.kill();
		return cards;
	});
	const crashed = Date.now();
	client = await step('n8n was killed (kill -9); starting it again', start);
	const recorded = (await readTable(client, table)).length;
	const cardsBefore = sandbox.books.totals().cards;
	const started = Date.now();
	const execution = await step('Running the campaign a second time', async () => {
		const id = await begin(client, workflow);
		return await untilEnd(client, id);
	});
	const ended = Date.now();
	const table2 = await readTable(client, table);

	const returned: ReturnedCard[] = table2.map((row) => ({
		cardId: String(row.cardId),
		cardToken: String(row.cardToken),
		pin: String(row.pin),
		amountMinor: Number(row.amountMinor),
	}));
	// The chunk that was cut short meets duplicates answered with 403, which may be an expired token: it looks once.
	const report = await step('Holding what was recorded against the books', async () => {
		return await audit(sandbox, wanted, returned, 3);
	});
	if (execution !== 'success') report.problems.unshift(`the second run ended with ${execution}`);
	const once = new Set(returned.map(({ cardId }) => cardId)).size;
	if (once !== returned.length) report.problems.push('a card was recorded twice');

	const outcomes: Record<string, number> = {};
	for (const { outcome } of table2)
		outcomes[String(outcome)] = (outcomes[String(outcome)] ?? 0) + 1;
	const { problems, ...facts } = report;
	const summary = {
		seed,
		chunk,
		concurrency,
		killedAt: { cardsInBooks: killedAt, recorded, cardsWithoutRecord: cardsBefore - recorded },
		seconds: {
			firstRun: (crashed - begun) / 1000,
			restart: (started - crashed) / 1000,
			secondRun: (ended - started) / 1000,
		},
		outcomes,
		...facts,
		problems: { count: problems.length, first: problems.slice(0, 20) },
	};
	const reports = path.join(root, 'reports');
	await mkdir(reports, { recursive: true });
	const file = path.join(reports, 'chaos.json');
	await writeFile(file, JSON.stringify(summary, undefined, '\t'));
	console.log(JSON.stringify(summary, undefined, 2));
	console.log(
		problems.length === 0
			? `\n✓ ${count} rows, ${report.cards} cards, ${report.opened} pairs of codes that open them`
			: `\n✗ ${problems.length} problems`,
	);
	console.log(`  ${path.relative(root, file)}`);
	process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
	await n8n?.stop();
	await sandbox.stop();
}

interface Table {
	id: string;
	project: string;
}

async function makeTable(client: N8nClient): Promise<Table> {
	const { id: project } = await client.rest<{ id: string }>('GET', '/projects/personal');
	const { id } = await client.rest<{ id: string }>('POST', `/projects/${project}/data-tables`, {
		name: 'Cards',
		columns: COLUMNS.map((name) => ({
			name,
			type: name === 'amountMinor' ? 'number' : 'string',
		})),
	});
	return { id, project };
}

async function readTable(client: N8nClient, { id, project }: Table) {
	type Page = { count: number; data: Array<Record<string, unknown>> };
	const rows: Page['data'] = [];
	for (;;) {
		const page = await client.rest<Page>(
			'GET',
			`/projects/${project}/data-tables/${id}/rows?take=250&skip=${rows.length}&sortBy=id:asc`,
		);
		rows.push(...page.data);
		if (page.data.length === 0 || rows.length >= page.count) return rows;
	}
}

/** Presses "Execute workflow". @returns the execution's ID */
async function begin(client: N8nClient, { id }: SavedWorkflow): Promise<string> {
	const workflowData = await client.workflow(id);
	const body = { workflowData, triggerToStartFrom: { name: 'Start' } };
	type Started = { executionId: string };
	return (await client.rest<Started>('POST', `/workflows/${id}/run`, body)).executionId;
}

async function untilEnd(client: N8nClient, executionId: string): Promise<string> {
	for (;;) {
		const status = await statusOf(client, executionId);
		if (status) return status;
		await sleep(500);
	}
}

/** How an execution ended; `undefined` while it is under way. */
async function statusOf(client: N8nClient, executionId: string): Promise<string | undefined> {
	type All = { results: Array<{ id: string; status: string }> };
	const { results } = await client.rest<All>('GET', '/executions');
	const status = results.find(({ id }) => id === executionId)?.status;
	return status && !['new', 'running'].includes(status) ? status : undefined;
}
