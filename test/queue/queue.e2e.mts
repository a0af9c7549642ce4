/**
 * n8n's queue mode as shops with many orders run it: a main process, two workers and a webhook process on
 * PostgreSQL and Redis. Skipped, with the reason, where those do not answer.
 */
import assert from 'node:assert/strict';
import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startSandbox } from '../../sandbox/sandbox.mts';
import { publishCardUsed, runCampaign, useCard } from '../../demo/main-job.mts';
import type { Code } from '../../demo/main-job.mts';
import {
	N8nClient,
	type Execution,
	type SavedCredential,
	type SavedWorkflow,
} from '../../demo/n8n-client.mts';
import { freePort, startN8n, type N8nProcess } from '../../demo/n8n.mts';
import { installPackage, packPackage, runFolder } from '../../demo/package.mts';
import { step } from '../../demo/say.mts';
import { startSlack } from '../../demo/slack.mts';
import { owner, saveCredential, type Stage } from '../../demo/stage.mts';
import {
	answerQuestion,
	readQuestion,
	startCampaign,
	untilAsked,
	yes,
} from '../examples/campaign-run.mts';
import { importExample, itemsOf, succeeded, until } from '../examples/house.mts';
import { startMailbox, type Mailbox } from '../examples/mailbox.mts';
import { secretsWritten } from '../support/writtenLogs.mts';
import { makeServices, whyNoServices } from './services.mts';

const folder = runFolder('queue');
const why = await whyNoServices();

describe('Queue mode', { skip: why, timeout: 1_800_000 }, () => {
	const open: Array<() => Promise<void>> = [];
	let stage: Stage;
	let main: N8nProcess;
	let startMain: () => Promise<N8nProcess>;
	let webhook: N8nProcess;
	let credential: SavedCredential;
	let cardUsed: SavedWorkflow;
	let codes: Code[];
	let mailbox: Mailbox;
	const workers = new Map<string, N8nProcess>();
	let startWorker: (name: string) => Promise<void>;

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
		mailbox = await startMailbox();
		open.push(mailbox.stop);

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
		startWorker = async (name) => {
			const worker = await start(name, 'worker', { args: ['--concurrency=5'] });
			workers.set(name, worker);
			open.push(worker.stop);
		};
		await startWorker('worker-1');
		await startWorker('worker-2');
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

	/** Imports the example, fills it in and publishes it. */
	async function largeCampaign(
		campaign: string,
		rows: Person[],
		sizes: { chunkSize: number; chunksAtOnce: number },
	): Promise<SavedWorkflow> {
		const { client, files, slack } = stage;
		const lines = rows.map(({ reference, email, amount }) =>
			[reference, `Åse Nr ${reference}`, email, amount].join(';'),
		);
		const file = `${campaign}.csv`;
		const text = ['reference;name;email;amount', ...lines, 'X;Bjørn;b@example.com;mye'].join('\n');
		await writeFile(path.join(files, file), text);
		const header = { name: 'x-campaign', value: 'Gavekort-2026' };
		const credentials = {
			dinteroApi: credential,
			smtp: await client.saveCredential('Mailbox', 'smtp', mailbox.credential),
			httpHeaderAuth: await client.saveCredential('Chunks', 'httpHeaderAuth', header),
		};
		const house = { client, files, slack, credentials };
		const settings = { campaign, file, ...sizes };
		const workflow = await importExample(house, 'large-campaign', { settings });
		await client.publish(workflow);
		return workflow;
	}

	async function ask(workflow: SavedWorkflow): Promise<{ executionId: string; form: string }> {
		const executionId = await startCampaign(stage.client, workflow);
		const form = await untilAsked(stage.client, executionId);
		assert.ok(typeof form === 'string', 'the campaign did not ask');
		return { executionId, form };
	}

	const report = (execution: Execution) => itemsOf(succeeded(execution), 'Report')[0].json;

	const cardsOf = (campaign: string) =>
		stage.sandbox.books.cards().filter(({ cardId }) => cardId.startsWith(`${campaign}-`));

	/** Every row has one card of its amount, and its last e-mail opens it. */
	function agrees(campaign: string, rows: Person[]): void {
		const cards = cardsOf(campaign).map(({ cardId, amount }) => [cardId, amount]);
		const wanted = rows.map(({ reference, amount }) => [`${campaign}-${reference}`, amount * 100]);
		assert.deepEqual(cards.sort(), wanted.sort());
		for (const { reference, email } of rows) {
			const cardId = `${campaign}-${reference}`;
			const last = mailbox.emails.findLast(
				({ to, attachments }) => to.includes(email) && attachments.includes(`${cardId}-token.png`),
			);
			assert.ok(last, `${cardId} was not e-mailed`);
			const [, token, pin] = /Card number: (\d{16})\s+PIN: (\d{4})/.exec(last.text) ?? [];
			assert.equal(stage.sandbox.books.opens(token, pin), cardId);
		}
	}

	/** How many chunks each worker took, the campaign's own execution left out. */
	async function chunksOf(campaign: string): Promise<number[]> {
		const lists = [await startedBy('worker-1'), await startedBy('worker-2')];
		return lists.map((ids) => ids.filter((id) => Number(id) > Number(campaign)).length);
	}

	it('runs the campaign on a worker', async () => {
		({ codes } = await runCampaign(stage, credential));
		assert.equal(codes.length, 25);
		const started = [await startedBy('worker-1'), await startedBy('worker-2')];
		assert.equal(started.flat().length, 1);
	});

	it('spreads the chunks of a large campaign over both workers', async () => {
		const rows = people(400);
		const workflow = await largeCampaign('spread', rows, { chunkSize: 50, chunksAtOnce: 4 });
		const { executionId, form } = await ask(workflow);
		assert.match(await readQuestion(form), /<b>400 gift cards worth 119800\.00 NOK<\/b>/);
		assert.deepEqual(cardsOf('spread'), []);
		await answerQuestion(form, yes);
		const { client } = stage;
		const told = report(await client.untilFinished(executionId, 120_000));
		assert.deepEqual(
			[told.issued, told.sent, told.missing, told.chunks, told.failedChunks],
			[400, 400, 0, 8, []],
		);
		agrees('spread', rows);

		const share = await chunksOf(executionId);
		console.log(`Chunks per worker: ${share.join(' and ')}`);
		assert.equal(share[0] + share[1], 8);
		assert.ok(Math.min(...share) > 0, `one worker did nothing: ${share}`);
	});

	for (const [campaign, what] of [
		['chunk-lost', 'a worker that issues chunks'],
		['run-lost', 'the worker that runs the campaign itself'],
	] as const)
		it(`issues every card once, and loses none, when ${what} is killed`, async () => {
			const { client, sandbox } = stage;
			const rows = people(160);
			const workflow = await largeCampaign(campaign, rows, { chunkSize: 20, chunksAtOnce: 4 });
			sandbox.setDelay(100);
			const { executionId, form } = await ask(workflow);
			await answerQuestion(form, yes);
			const cards = () => cardsOf(campaign).length;
			await until('the middle of the campaign', () => cards() > 25);
			const runner = await workerOf(executionId);
			const other = runner === 'worker-1' ? 'worker-2' : 'worker-1';
			const victim = campaign === 'run-lost' ? runner : other;
			await workers.get(victim)?.kill();
			const atKill = cards();
			assert.ok(atKill < 160, 'the worker was killed too late to show anything');
			const first = await client.untilFinished(executionId, 200_000);
			sandbox.setDelay(0);
			if (campaign === 'chunk-lost') {
				const { failedChunks, missing, advice } = report(first);
				assert.ok((failedChunks as unknown[]).length > 0, 'no chunk was reported as failed');
				assert.ok(Number(missing) > 0);
				assert.match(String(advice), /^Some chunks failed/);
			} else assert.notEqual(first.status, 'success');
			await until('the other worker to end its chunks', async () => {
				const list = await client.executions(workflow);
				return !list.some(({ status }) => ['new', 'running'].includes(status)) || undefined;
			});

			const again = await ask(workflow);
			assert.match(await readQuestion(again.form), /did not report the end/);
			await answerQuestion(again.form, yes);
			const told = report(await client.untilFinished(again.executionId, 120_000));
			assert.deepEqual([told.missing, told.failedChunks, told.notSent], [0, [], []]);
			agrees(campaign, rows);
			console.log(
				`${victim} killed at ${atKill} of 160 cards: ${told.sentBefore} were written down, ` +
					`${told.recovered} recovered and ${told.issued} issued by the next run`,
			);
			await startWorker(victim);
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
		const logs = ['main', 'worker-1', 'worker-2', 'webhook'];
		const files = logs.map((name) => path.join(folder, `${name}.log`));
		assert.deepEqual(await secretsWritten(stage.sandbox, files), []);
	});
});

/** The worker that has an execution in hand: after the answer to its question it may be another than before. */
async function workerOf(execution: string): Promise<string> {
	for (const worker of ['worker-1', 'worker-2']) {
		const log = await readFile(path.join(folder, `${worker}.log`), 'utf8');
		const times = (what: string) => log.split(`Worker ${what} execution ${execution} `).length;
		if (times('started') > times('finished')) return worker;
	}
	throw new Error(`No worker has execution ${execution} in hand`);
}

/** The executions that a worker has taken from the queue since it was started, by its log. */
async function startedBy(worker: string): Promise<string[]> {
	const log = await readFile(path.join(folder, `${worker}.log`), 'utf8');
	return [...log.matchAll(/Worker started execution (\d+)/g)].map(([, id]) => id);
}

interface Person {
	reference: string;
	email: string;
	/** In kroner. */
	amount: number;
}

/** Invented people. */
const people = (count: number): Person[] =>
	Array.from({ length: count }, (_, index) => ({
		reference: String(index + 1).padStart(4, '0'),
		email: `ase${index + 1}@example.com`,
		amount: 100 + index,
	}));
