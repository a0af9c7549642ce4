/**
 * Measures how much n8n's database grows per card of the campaign: on SQLite, and on PostgreSQL in queue mode (a main
 * and two workers), with the executions of its chunks saved and, as in the example, not saved.
 *
 *     npm run check -- database [--cards=2000,8000] [--only=sqlite|postgres]
 */
import assert from 'node:assert/strict';
import { mkdir, readdir, realpath, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { N8nClient } from '../demo/n8n-client.mts';
import { freePort, startN8n } from '../demo/n8n.mts';
import { installPackage, packPackage } from '../demo/package.mts';
import { runFolder } from '../scripts/project.mts';
import { startSlack } from '../demo/slack.mts';
import { owner } from '../demo/environment.mts';
import { startSandbox } from '../sandbox/sandbox.mts';
import { csv, figures, runCampaign as runThroughForm } from '../demo/campaign-form.mts';
import { formSignIn } from '../demo/forms.mts';
import { importExample, type ExamplesEnvironment } from '../test/examples/environment.mts';
import { startMailbox } from '../demo/mailbox.mts';
import { makeServices, whyNoServices } from '../test/queue/services.mts';

const { values } = parseArgs({
	options: { cards: { type: 'string', default: '2000,8000' }, only: { type: 'string' } },
});
const counts = values.cards.split(',').map(Number);

/** Sizes in bytes. */
interface Size {
	database: number;
	/** The data of all executions, as text. */
	executions: number;
	/** Files outside the database: on SQLite n8n stores barcodes there. */
	files: number;
}

/** In minutes; n8n's default is 15. */
const cleanUp = { EXECUTIONS_DATA_PRUNE_HARD_DELETE_INTERVAL: '1' };

type Sql = (statement: string) => Promise<Array<Record<string, unknown>>>;

interface Place {
	name: string;
	environment: Pick<ExamplesEnvironment, 'client' | 'credentials' | 'files' | 'slack'>;
	size(): Promise<Size>;
}

const folder = runFolder(`database-${values.only ?? 'all'}`); // so that both may run at once
await rm(folder, { recursive: true, force: true });
await mkdir(path.join(folder, 'files'), { recursive: true });
const open: Array<() => Promise<unknown>> = [];
try {
	for (const place of ['sqlite', 'postgres'].filter((name) => (values.only ?? name) === name)) {
		const why = place === 'postgres' ? await whyNoServices() : undefined;
		if (why) console.log(`postgres: left out, ${why}`);
		else await measure(await (place === 'sqlite' ? onSqlite() : onPostgres()));
		await close();
	}
} finally {
	await close();
}

async function close(): Promise<void> {
	for (const stop of open.splice(0).reverse()) await stop();
}

async function measure({ name, environment, size }: Place): Promise<void> {
	for (const saved of [false, true]) {
		let before = await size();
		for (const count of counts) {
			const campaign = `${saved ? 'saved' : 'not-saved'}-${count}`;
			const started = Date.now();
			await runCampaign(environment, campaign, count, saved);
			const seconds = (Date.now() - started) / 1000;
			const after = await size();
			const perCard = (what: keyof Size) => ((after[what] - before[what]) / count).toFixed(0);
			console.log(
				`${name}, chunks ${saved ? 'saved' : 'not saved'}, ${count} cards: database ` +
					`${perCard('database')} bytes a card (data of executions ${perCard('executions')}), ` +
					`files ${perCard('files')}; ${(count / seconds).toFixed(0)} cards a second with e-mail`,
			);
			before = after;
		}
	}
}

async function runCampaign(
	environment: Place['environment'],
	campaign: string,
	count: number,
	saved: boolean,
): Promise<void> {
	const rows = Array.from({ length: count }, (_, row) => ({
		reference: String(row + 1),
		name: `Åse Nr ${row + 1}`,
		email: `ase.nordmann.${row + 1}@example.com`,
		amount: '500',
	}));
	const settings = { chunkSize: 100, chunksAtOnce: 4 };
	const imported = await importExample(environment, 'campaign', { settings });
	await environment.client.rest('PATCH', `/workflows/${imported.id}`, {
		versionId: imported.versionId,
		settings: { ...imported.settings, saveDataSuccessExecution: saved ? 'all' : 'none' },
	});
	await environment.client.publish(imported);
	const workflow = await environment.client.workflow(imported.id);
	const about = { n8nUrl: environment.client.url, workflow, name: campaign };
	const { issued, missing } = figures(await runThroughForm(about, csv(rows)));
	assert.deepEqual([issued, missing], [count, 0]);
}

/** Signs in to a new n8n and sets up what the campaign needs. */
async function setUp(url: string): Promise<Place['environment']> {
	const sandbox = await startSandbox({ checkAnswers: false });
	open.push(async () => await sandbox.stop());
	const mailbox = await startMailbox();
	open.push(mailbox.stop);
	const slack = await startSlack(await freePort());
	open.push(slack.stop);
	const client = new N8nClient(url);
	await client.signIn(owner);
	const { accountId, clientId, clientSecret } = sandbox.account;
	const dintero = { accountId, clientId, clientSecret, baseUrl: sandbox.apiUrl };
	const credentials = {
		dinteroApi: await client.saveCredential('Dintero', 'dinteroApi', dintero),
		smtp: await client.saveCredential('Mailbox', 'smtp', mailbox.credential),
		httpBasicAuth: await client.saveCredential('Forms', 'httpBasicAuth', formSignIn),
	};
	return { client, credentials, slack, files: await realpath(path.join(folder, 'files')) };
}

async function start(
	name: string,
	options: Pick<Parameters<typeof startN8n>[0], 'command' | 'env' | 'args' | 'webhookUrl'>,
	preferredPort?: number,
): Promise<{ url: string; userFolder: string }> {
	const userFolder = path.join(folder, name);
	await installPackage(await packPackage(), userFolder);
	const logFile = path.join(folder, `${name}.log`);
	const filesFolder = await realpath(path.join(folder, 'files'));
	const n8n = await startN8n({ userFolder, logFile, filesFolder, preferredPort, ...options });
	open.push(n8n.stop);
	return { url: n8n.url, userFolder };
}

async function onSqlite(): Promise<Place> {
	const { url, userFolder } = await start('sqlite', { env: cleanUp });
	const home = path.join(userFolder, '.n8n');
	const query: Sql = async (statement) => {
		const database = new DatabaseSync(path.join(home, 'database.sqlite'), { readOnly: true });
		try {
			return await Promise.resolve(database.prepare(statement).all());
		} finally {
			database.close();
		}
	};
	const size = async () => {
		const executions = await executionBytes(query, 'length(CAST(data AS BLOB))');
		const [{ bytes }] = await query(
			'SELECT (page_count - freelist_count) * page_size AS bytes ' +
				'FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()',
		);
		return { database: Number(bytes), executions, files: await sizeOf(home) };
	};
	return { name: 'SQLite', environment: await setUp(url), size };
}

async function onPostgres(): Promise<Place> {
	const services = await makeServices();
	open.push(services.remove);
	const port = await freePort();
	const env = { ...services.env, ...cleanUp };
	const shared = { env, webhookUrl: `http://127.0.0.1:${port}` };
	const { url } = await start('main', shared, port);
	for (const name of ['worker-1', 'worker-2'])
		await start(name, { ...shared, command: 'worker', args: ['--concurrency=5'] });
	const size = async () => {
		const executions = await executionBytes(services.query, 'octet_length(data)');
		await services.query('VACUUM FULL'); // counts what is there, not the room that deleted rows left
		const { DB_POSTGRESDB_DATABASE: name } = services.env;
		const [{ bytes }] = await services.query(`SELECT pg_database_size('${name}') AS bytes`);
		return { database: Number(bytes), executions, files: 0 };
	};
	return { name: 'PostgreSQL, queue mode', environment: await setUp(url), size };
}

/** n8n first only marks the executions it will delete; waits until it has deleted them. */
async function executionBytes(query: Sql, length: string): Promise<number> {
	const marked = 'SELECT count(*) AS left FROM execution_entity WHERE "deletedAt" IS NOT NULL';
	while (Number((await query(marked))[0].left) > 0) await sleep(500);
	await sleep(3000); // their files go last
	const [{ bytes }] = await query(
		`SELECT coalesce(sum(${length}), 0) AS bytes FROM execution_data`,
	);
	return Number(bytes);
}

/** The size of all files in a folder except the database and the installed package. */
async function sizeOf(directory: string): Promise<number> {
	const entries = await readdir(directory, { withFileTypes: true, recursive: true });
	const sizes = entries
		.filter((entry) => entry.isFile() && !entry.name.startsWith('database.sqlite'))
		.filter(({ parentPath }) => !path.relative(directory, parentPath).startsWith('nodes'))
		.map(async ({ parentPath, name }) => (await stat(path.join(parentPath, name))).size);
	return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0);
}
