/**
 * n8n's queue mode as shops with many orders run it: a main process, two workers and a webhook process on
 * PostgreSQL and Redis. Skipped, with the reason, where those do not answer.
 */
import assert from 'node:assert/strict';
import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startSandbox } from '../../sandbox/sandbox.mts';
import { loadExample, manualTriggerOf } from '../../demo/examples.mts';
import { minor, publishCardUsed, readCsv, runCampaign, useCard } from '../../demo/main-job.mts';
import type { Code } from '../../demo/main-job.mts';
import { N8nClient, type SavedCredential, type SavedWorkflow } from '../../demo/n8n-client.mts';
import { freePort, startN8n, type N8nProcess } from '../../demo/n8n.mts';
import { installPackage, packPackage, runFolder } from '../../demo/package.mts';
import { step } from '../../demo/say.mts';
import { startSlack } from '../../demo/slack.mts';
import { owner, saveCredential, type Stage } from '../../demo/stage.mts';
import { makeServices, whyNoServices } from './services.mts';

const folder = runFolder('queue');
const why = await whyNoServices();

describe('Queue mode', { skip: why, timeout: 900_000 }, () => {
	const open: Array<() => Promise<void>> = [];
	let stage: Stage;
	let main: N8nProcess;
	let startMain: () => Promise<N8nProcess>;
	let webhook: N8nProcess;
	let credential: SavedCredential;
	let cardUsed: SavedWorkflow;
	let codes: Code[];

	before(async () => {
		await rm(folder, { recursive: true, force: true });
		const outboundLog = path.join(folder, 'outbound.log');
		await mkdir(path.join(folder, 'files'), { recursive: true });
		const files = await realpath(path.join(folder, 'files')); // n8n compares real paths
		const services = await makeServices();
		open.push(services.remove);
		const sandbox = await startSandbox();
		open.push(async () => await sandbox.stop());
		const slack = await startSlack(await freePort());
		open.push(slack.stop);

		const packed = await packPackage();
		const webhookPort = await freePort();
		const start = async (
			name: string,
			command: 'start' | 'worker' | 'webhook',
			own: { preferredPort?: number; args?: string[]; env?: Record<string, string> } = {},
		) => {
			const userFolder = path.join(folder, name);
			await installPackage(packed, userFolder);
			return await step(`Starting n8n's ${name}`, async () => {
				return await startN8n({
					command,
					userFolder,
					logFile: path.join(folder, `${name}.log`),
					webhookUrl: `http://127.0.0.1:${webhookPort}`,
					filesFolder: files,
					outboundLog,
					...own,
					env: { ...services.env, ...own.env },
				});
			});
		};
		startMain = async () =>
			await start('main', 'start', { env: { N8N_DISABLE_PRODUCTION_MAIN_PROCESS: 'true' } });
		main = await startMain();
		open.push(async () => await main.stop());
		for (const name of ['worker-1', 'worker-2']) {
			const worker = await start(name, 'worker', { args: ['--concurrency=2'] });
			open.push(worker.stop);
		}
		webhook = await start('webhook', 'webhook', { preferredPort: webhookPort });
		open.push(webhook.stop);

		const { accountId, clientId, clientSecret } = sandbox.account;
		const client = new N8nClient(main.url);
		await client.signIn(owner);
		stage = {
			sandbox,
			slack,
			n8n: main,
			client,
			credentialData: { accountId, clientId, clientSecret, baseUrl: sandbox.apiUrl },
			files,
			outbound: async () => (await readFile(outboundLog, 'utf8').catch(() => '')).split('\n'),
			stop: async () => {
				for (const close of open.reverse()) await close();
			},
		};
		credential = await saveCredential(stage);
	});
	after(async () => {
		if (stage) await stage.stop();
		else for (const close of open.reverse()) await close();
	});

	it('runs the campaign on a worker', async () => {
		({ codes } = await runCampaign(stage, credential));
		assert.equal(codes.length, 25);
		assert.equal((await startedBy('worker-1')) + (await startedBy('worker-2')), 1);
	});

	it('spreads the chunks of a large campaign over both workers', async () => {
		const { client, files, sandbox } = stage;
		const chunks = 8;
		const size = 50;
		const before = { one: await startedBy('worker-1'), two: await startedBy('worker-2') };
		const workflows: SavedWorkflow[] = [];
		for (let chunk = 1; chunk <= chunks; chunk++) {
			const chunkFolder = path.join(files, `chunk-${chunk}`);
			await mkdir(chunkFolder);
			await writeFile(path.join(chunkFolder, 'people.csv'), people(chunk, size));
			const workflow = await loadExample('campaign/campaign.json', {
				credential,
				folder: chunkFolder,
			});
			workflow.name += `, chunk ${chunk}`;
			workflows.push(await client.saveWorkflow(workflow));
		}
		const executions = await Promise.all(
			workflows.map(async (workflow) => await client.run(workflow, manualTriggerOf(workflow))),
		);
		const issued: Code[] = [];
		for (const { status, runs } of executions) {
			assert.equal(status, 'success');
			const [saved] = runs['Save the codes'][0].data?.main[0] ?? [];
			issued.push(...(await readCsv<Code>(String(saved?.json.fileName))));
		}

		assert.equal(issued.length, chunks * size);
		for (const { reference, cardNumber, pin, amount } of issued) {
			assert.equal(sandbox.books.opens(cardNumber, pin), reference);
			assert.equal(sandbox.books.card(reference)?.amount, minor(amount));
		}
		assert.equal(sandbox.books.cards().length, codes.length + chunks * size);
		const share = [
			(await startedBy('worker-1')) - before.one,
			(await startedBy('worker-2')) - before.two,
		];
		console.log(`Chunks per worker: ${share.join(' and ')}`);
		assert.equal(share[0] + share[1], chunks);
		assert.ok(Math.min(...share) > 0, `one worker did nothing: ${share}`);
	});

	it('takes the event of a used card at the webhook process', async () => {
		cardUsed = await publishCardUsed(stage, credential);
		const [subscription, ...others] = stage.sandbox.books.subscriptions();
		assert.equal(others.length, 0);
		assert.ok(JSON.stringify(subscription).includes(`${webhook.url}/webhook/`));
		const use = await useCard(stage, cardUsed, codes[0], 15_000);
		assert.match(use.message, /150\.00 NOK was used from gift card SPRING-001\. 350\.00 NOK/);
	});

	it('keeps one subscription, and loses no event, when the main process is killed', async () => {
		await main.kill();
		const { sandbox } = stage;
		await sandbox.pay({ token: codes[1].cardNumber, pin: codes[1].pin, amount: 100 });
		await sandbox.deliveriesSettled();
		main = await startMain();
		const client = new N8nClient(main.url);
		await client.signIn(owner);
		stage = { ...stage, n8n: main, client };
		const use = await useCard(stage, cardUsed, codes[2], 5_000);
		assert.match(use.message, /50\.00 NOK was used from gift card SPRING-003/);
		assert.equal(sandbox.books.subscriptions().length, 1);
		const told = stage.slack.messages.filter(({ text }) => text.includes('SPRING-002'));
		assert.equal(told.length, 1, 'the payment while the main process was away is told once');
	});

	it('takes the subscription back when the workflow is unpublished', async () => {
		await stage.client.unpublish(cardUsed);
		assert.deepEqual(stage.sandbox.books.subscriptions(), []);
	});

	it('leaves this machine alone and keeps to the contract', async () => {
		assert.deepEqual((await stage.outbound()).filter(Boolean), []);
		assert.deepEqual(stage.sandbox.violations, []);
	});
});

/** How many executions a worker has taken from the queue, by its log. */
async function startedBy(worker: string): Promise<number> {
	const log = await readFile(path.join(folder, `${worker}.log`), 'utf8');
	return log.split('Worker started execution').length - 1;
}

/** A spreadsheet of invented people; one row of each chunk has an amount that is not a number. */
function people(chunk: number, size: number): string {
	const rows = Array.from({ length: size }, (_, row) => {
		const reference = `C${chunk}-${String(row + 1).padStart(4, '0')}`;
		return `${reference};Åse Nr ${row + 1};ase${chunk}.${row}@example.com;${100 + row}`;
	});
	return ['reference;name;email;amount', ...rows, `C${chunk}-X;Bjørn;b@example.com;mye`].join('\n');
}
