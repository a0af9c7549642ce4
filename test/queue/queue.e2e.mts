/**
 * n8n's queue mode as shops with many orders run it: a main process, two workers and a webhook process on
 * PostgreSQL and Redis. Skipped, with the reason, where those do not answer.
 */
import assert from 'node:assert/strict';
import { mkdir, readFile, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startSandbox } from '../../sandbox/sandbox.mts';
import { publishCardUsed, runCampaign, useCard } from '../../demo/main-job.mts';
import type { Code } from '../../demo/main-job.mts';
import { N8nClient, type SavedCredential, type SavedWorkflow } from '../../demo/n8n-client.mts';
import { freePort, startN8n, type N8nProcess } from '../../demo/n8n.mts';
import { installPackage, packPackage } from '../../demo/package.mts';
import { runFolder } from '../../scripts/project.mts';
import { step } from '../../demo/say.mts';
import { startSlack } from '../../demo/slack.mts';
import { owner, saveCredential, type Environment } from '../../demo/environment.mts';
import {
	answerQuestion,
	csv,
	figures,
	lastPage,
	startCampaign,
	yes,
} from '../../demo/campaign-form.mts';
import { executionOf, formSignIn, nextPage, pageStatus, type Page } from '../../demo/forms.mts';
import { startMailbox, type Mailbox } from '../../demo/mailbox.mts';
import { importExample, until } from '../examples/environment.mts';
import { secretsWritten } from '../support/writtenLogs.mts';
import { batchOnCall, type BatchLine } from './overlapping.mts';
import { makeServices, whyNoServices } from './services.mts';

const folder = runFolder('queue');
const why = await whyNoServices();

describe('Queue mode', { skip: why, timeout: 1_800_000 }, () => {
	const open: Array<() => Promise<void>> = [];
	let environment: Environment;
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
		environment = {
			sandbox,
			slack,
			mailbox,
			n8n: main,
			client,
			credentialData: { accountId, clientId, clientSecret, baseUrl: sandbox.apiUrl },
			files,
			outbound: async () => (await readFile(outboundLog, 'utf8').catch(() => '')).split('\n'),
			stop: async () => {
				for (const close of open.reverse()) await close();
			},
		};
		credential = await saveCredential(environment);
	});
	after(async () => {
		if (environment) await environment.stop();
		else for (const close of open.reverse()) await close();
	});

	/** Imports the example, fills it in and publishes it. */
	async function published(sizes: {
		chunkSize: number;
		chunksAtOnce: number;
	}): Promise<SavedWorkflow> {
		const { client, files, slack } = environment;
		const credentials = {
			dinteroApi: credential,
			smtp: await client.saveCredential('Mailbox', 'smtp', mailbox.credential),
			httpBasicAuth: await client.saveCredential('Forms', 'httpBasicAuth', formSignIn),
		};
		const settings = { language: 'en', ...sizes };
		const saved = await importExample({ client, files, slack, credentials }, 'campaign', {
			settings,
		});
		await client.publish(saved);
		return await client.workflow(saved.id);
	}

	/** Sends the spreadsheet, with one row that can't be used, and waits for the question. */
	async function ask(workflow: SavedWorkflow, name: string, rows: Person[]): Promise<Page> {
		const file = csv([
			...rows.map(({ reference, email, amount }) => ({
				reference,
				name: `Åse Nr ${reference}`,
				email,
				amount: String(amount),
			})),
			{ reference: 'X', name: 'Bjørn', email: 'b@example.com', amount: 'mye' },
		]);
		return await nextPage(await startCampaign({ n8nUrl: webhook.url, workflow, name }, file));
	}

	const cardsOf = (campaign: string) =>
		environment.sandbox.books.cards().filter(({ cardId }) => cardId.startsWith(`${campaign}-`));

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
			const [, token, pin] = /Card number: ([\d ]{19})\s+PIN: (\d{4})/.exec(last.text) ?? [];
			assert.equal(environment.sandbox.books.opens(token?.replaceAll(' ', ''), pin), cardId);
		}
	}

	/** How many chunks each worker took, the campaign's own execution left out. */
	async function chunksOf(campaign: string): Promise<number[]> {
		const lists = [await startedBy('worker-1'), await startedBy('worker-2')];
		return lists.map((ids) => ids.filter((id) => Number(id) > Number(campaign)).length);
	}

	it('runs the campaign on a worker', async () => {
		({ codes } = await runCampaign(environment, credential, webhook.url));
		assert.equal(codes.length, 25);
		const taken = [await startedBy('worker-1'), await startedBy('worker-2')];
		assert.ok(taken.flat().length >= 2, 'the run and its chunk');
	});

	it('spreads the chunks of a large campaign over both workers', async () => {
		const rows = people(400);
		const workflow = await published({ chunkSize: 50, chunksAtOnce: 4 });
		const { url, text } = await ask(workflow, 'spread', rows);
		assert.match(text, /400 gift cards worth 119800\.00 NOK/);
		assert.deepEqual(cardsOf('spread'), []);
		await answerQuestion(url, yes);
		const page = await lastPage(url);
		const told = figures(page);
		assert.deepEqual([told.issued, told.sent, told.missing], [400, 400, 0]);
		assert.equal(page.files.size, 1);
		agrees('spread', rows);

		const share = await chunksOf(executionOf(url));
		console.log(`Chunks per worker: ${share.join(' and ')}`);
		assert.equal(share[0] + share[1], 8);
		assert.ok(Math.min(...share) > 0, `one worker did nothing: ${share}`);
	});

	for (const [campaign, what] of [
		['chunk-lost', 'a worker that issues chunks'],
		['run-lost', 'the worker that runs the campaign itself'],
	] as const)
		it(`issues every card once, and loses none, when ${what} is killed`, async () => {
			const { client, sandbox } = environment;
			const rows = people(160);
			const workflow = await published({ chunkSize: 20, chunksAtOnce: 4 });
			// Slow enough that no chunk ends before all four of the first round have begun, on a cold worker too.
			sandbox.setDelay(500);
			const { url } = await ask(workflow, campaign, rows);
			await answerQuestion(url, yes);
			const cards = () => cardsOf(campaign).length;
			const chunks = () => {
				const row = ({ cardId }: { cardId: string }) =>
					rows.findIndex(({ reference }) => cardId === `${campaign}-${reference}`);
				return new Set(cardsOf(campaign).map((card) => Math.floor(row(card) / 20))).size;
			};
			await until('the first four chunks at work', () => chunks() >= 4);
			const runner = await workerOf(executionOf(url));
			const other = runner === 'worker-1' ? 'worker-2' : 'worker-1';
			const victim = campaign === 'run-lost' ? runner : other;
			await workers.get(victim)?.kill();
			const atKill = cards();
			assert.ok(atKill < 160, 'the worker was killed too late to show anything');
			if (campaign === 'chunk-lost') {
				const page = await lastPage(url);
				assert.match(page.text, /chunks? failed/);
				assert.ok(figures(page).missing > 0);
				assert.match(page.text, /Some chunks failed/);
			} else {
				const lost = await client.untilFinished(executionOf(url), 200_000);
				assert.notEqual(lost.status, 'success');
				assert.notEqual(await pageStatus(url), 'form-waiting');
			}
			sandbox.setDelay(0);
			await until('the other worker to end its chunks', async () => {
				const list = await client.executions(workflow);
				return !list.some(({ status }) => ['new', 'running'].includes(status)) || undefined;
			});

			const again = await ask(workflow, campaign, rows);
			await answerQuestion(again.url, yes);
			const page = await lastPage(again.url);
			const told = figures(page);
			// A run can lose its worker while every chunk is at work on the other one, and then all of them end.
			if (campaign === 'chunk-lost' || told.recovered > 0)
				assert.match(again.text, /did not report the end/);
			assert.equal(told.missing, 0);
			assert.doesNotMatch(page.text, /chunks? failed|not taken/);
			agrees(campaign, rows);
			console.log(
				`${victim} killed at ${atKill} of 160 cards: ${told.sentBefore} were written down, ` +
					`${told.recovered} recovered and ${told.issued} issued by the next run`,
			);
			await startWorker(victim);
		});

	it('lets no PIN die when batches that overlap run on both workers, with cut connections', async () => {
		const { client, sandbox } = environment;
		const workflow = await client.saveWorkflow(batchOnCall(credential));
		await client.publish(workflow);
		const saved = await client.workflow(workflow.id);
		const call = async (from: number, count: number): Promise<BatchLine[]> => {
			const response = await fetch(`${webhook.url}/webhook/overlapping`, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify({ from, count }),
			});
			return (await response.json()) as BatchLine[];
		};
		sandbox.setDelay(50);
		// Every third request for a batch is cut: half of these before it is carried out, half after.
		let requests = 0;
		const cut = (kind: 'cut-before' | 'cut-after', at: number) =>
			sandbox.faults.add({
				kind,
				when: ({ operationId }) => operationId === 'aid_cards_batch_post' && ++requests % 6 === at,
			});
		cut('cut-before', 2);
		cut('cut-after', 5);
		const rounds = [0, 1, 2, 3].map((round) => 1000 * (round + 1));
		const answers: BatchLine[] = [];
		for (const first of rounds)
			answers.push(
				...(
					await Promise.all([call(first, 30), call(first + 15, 30), call(first + 30, 30)])
				).flat(),
			);
		sandbox.faults.clear();
		sandbox.setDelay(0);
		const issued = answers.filter(({ cardToken }) => cardToken !== undefined);
		for (const { cardId, cardToken, pin } of issued)
			assert.equal(sandbox.books.opens(cardToken!, pin), cardId, `${cardId} does not open`);
		const workersUsed = [await startedBy('worker-1'), await startedBy('worker-2')];
		const executions = new Set((await client.executions(saved)).map(({ id }) => id));
		assert.ok(
			workersUsed.every((ids) => ids.some((id) => executions.has(id))),
			'one worker did nothing',
		);
		console.log(`${issued.length} cards from ${answers.length} rows, each with codes that open it`);
		assert.ok(issued.length >= 4 * 45, 'too few cards to show anything');
		await client.unpublish(saved);
	});

	it('takes the event of a used card at the webhook process', async () => {
		cardUsed = await publishCardUsed(environment, credential);
		const [subscription, ...others] = environment.sandbox.books.subscriptions();
		assert.equal(others.length, 0);
		assert.ok(JSON.stringify(subscription).includes(`${webhook.url}/webhook/`));
		const use = await useCard(environment, cardUsed, codes[0], 15_000);
		assert.match(use.message, /150\.00 NOK was used from gift card \S+-SPRING-001\. 350\.00 NOK/);
	});

	it('keeps one subscription, and loses no event, when the main process is killed', async () => {
		await main.kill();
		const { sandbox } = environment;
		await sandbox.pay({ token: codes[1].cardNumber, pin: codes[1].pin, amount: 100 });
		await sandbox.deliveriesSettled();
		main = await startMain();
		const client = new N8nClient(main.url);
		await client.signIn(owner);
		environment = { ...environment, n8n: main, client };
		const use = await useCard(environment, cardUsed, codes[2], 5_000);
		assert.match(use.message, /50\.00 NOK was used from gift card \S+-SPRING-003/);
		assert.equal(sandbox.books.subscriptions().length, 1);
		const told = environment.slack.messages.filter(({ text }) => text.includes('SPRING-002'));
		assert.equal(told.length, 1, 'the payment while the main process was away is told once');
	});

	it('takes the subscription back when the workflow is unpublished', async () => {
		await environment.client.unpublish(cardUsed);
		assert.deepEqual(environment.sandbox.books.subscriptions(), []);
	});

	it('leaves this machine alone and keeps to the contract', async () => {
		assert.deepEqual((await environment.outbound()).filter(Boolean), []);
		assert.deepEqual(environment.sandbox.violations, []);
		const logs = ['main', 'worker-1', 'worker-2', 'webhook'];
		const files = logs.map((name) => path.join(folder, `${name}.log`));
		assert.deepEqual(await secretsWritten(environment.sandbox, files), []);
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
