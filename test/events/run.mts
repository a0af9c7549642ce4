/**
 * One run: gift cards are paid with while n8n is stopped and killed, its subscription removed, and deliveries come
 * twice, late and forged. A workflow has the trigger and nothing else; the hourly look of the reconcile example, run
 * once at the end, reads the cards. Everything that n8n ran is then held against the sandbox's books.
 */
import { parse as parseFlatted } from 'flatted';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadExample } from '../../demo/examples.mts';
import { freePort } from '../../demo/n8n.mts';
import type { Item, N8nError, NodeRun, SavedWorkflow } from '../../demo/n8n-client.mts';
import { runFolder } from '../../scripts/project.mts';
import { step } from '../../demo/say.mts';
import { startSlack } from '../../demo/slack.mts';
import { seededRandom } from '../../sandbox/random.mts';
import { startSandbox, type Sandbox } from '../../sandbox/sandbox.mts';
import { audit, type Findings, type Start } from './audit.mts';
import { openParts, type Mode, type Parts } from './parts.mts';
import { planOf, type Incident } from './plan.mts';

const TRIGGER = 'Gift Card Event';
const ONCE = 'Not seen before';
const LOOK = 'Every hour';
const NEW = 'Not handled before';
const CARDS = 20;
/** Payments at once just before n8n is stopped or killed. */
const BURST = 5;

export interface RunOptions {
	mode: Mode;
	events: number;
	seed: number;
	/** The shop waits while so many deliveries are under way: a slow machine gets its time. */
	underWay: number;
	/** Fewer incidents, and none that waits for n8n's cron of ten minutes. */
	quick: boolean;
}

export interface Report extends Findings {
	mode: Mode;
	events: number;
	seed: number;
	seconds: number;
	incidents: Array<{ what: string; afterEvents: number; eventsMeanwhile: number; healed: string }>;
	forged: { sent: number; answers: Record<string, number> };
	/** What the workflow had seen when the subscription was healthy and nothing was under way. */
	lastEventSeen: string;
	doubledDeliveries: number;
	/** The most deliveries that may have been taken and not answered when n8n was stopped or killed. */
	underWayAtAnEnd: number;
	/** IDs of live subscriptions, and whether the one signs and delivers as it should. */
	subscriptions: { live: number; right: boolean };
	secretsInLogs: string[];
}

export async function runEvents(options: RunOptions): Promise<Report> {
	const { mode, events, seed, underWay, quick } = options;
	const begun = Date.now();
	const folder = runFolder(`events-${mode}`);
	await rm(folder, { recursive: true, force: true });
	const random = seededRandom(seed);
	const open: Array<() => Promise<void>> = [];
	try {
		const sandbox = await startSandbox({
			seed,
			switches: {
				duplicateDeliveryPercent: 5,
				lateDeliveryPercent: 10,
				lateDeliveryMs: 3000,
				retryDelaysMs: [300, 600],
				removalAfterFailures: null, // it is removed by hand, at the planned moments
			},
		});
		open.push(async () => await sandbox.stop());
		const slack = await startSlack(await freePort());
		open.push(slack.stop);
		const parts = await openParts(mode, folder);
		open.push(parts.close);
		await step(`Starting n8n (${mode})`, async () => await parts.start());
		const { workflow, look } = await prepare(sandbox, parts, slack.webhookUrl);
		const shop = new Shop(sandbox, parts, workflow, underWay, random);

		const incidents: Report['incidents'] = [];
		const plan = planOf(mode, quick, events, random);
		for (const incident of plan) {
			while (shop.fired < incident.after) await shop.sell();
			await step(`After ${shop.fired} events: ${incident.what}`, async (note) => {
				const before = shop.fired;
				const healed = await bringAbout(incident, sandbox, parts, shop, events, random);
				incidents.push({
					what: incident.what,
					afterEvents: before,
					eventsMeanwhile: shop.fired - before,
					healed,
				});
				note(healed);
			});
		}
		while (shop.fired < events) await shop.sell();
		const lastEventSeen = await step('Waiting until every logged event was seen', async (note) => {
			const waited = await untilAllSeen(sandbox, parts, workflow, quick ? 90 : 700);
			note(waited);
			return waited;
		});
		const found = await step('The hourly look of the reconcile example', async (note) => {
			const { status, runs } = await parts.client.run(look, LOOK, 600_000);
			if (status !== 'success') throw new Error(`the hourly look ended with ${status}`);
			const items = runs[NEW][0].data?.main[0] ?? [];
			note(`${items.length} transactions`);
			return items.map(({ json }) => String(json.transactionId));
		});
		const sold = [...shop.sold];
		// The last event proves that the subscription works: Dintero delivers it.
		const [proof] = await shop.sell();
		await sandbox.deliveriesSettled();
		await untilAllSeen(sandbox, parts, workflow, 60);

		const { starts } = await readExecutions(parts, workflow);
		const deliveries = sandbox.books.deliveries({ event: 'wallet_transaction' });
		const facts = {
			transactions: sold,
			proof,
			tries: deliveries.map(({ id, body }) => ({
				transactionId: transactionOf(body),
				delivery: id,
			})),
			answers: parts.proxy.served,
			starts,
			found,
			forged: shop.forged,
		};
		await writeFile(path.join(folder, 'facts.json'), JSON.stringify(facts)); // for looking into a failed run
		const findings = audit(facts);
		const live = sandbox.books.subscriptions();
		const seenProof = starts.filter(({ transactionId }) => transactionId === proof);
		return {
			mode,
			events,
			seed,
			seconds: Math.round((Date.now() - begun) / 1000),
			incidents,
			...findings,
			forged: { sent: shop.forged.length, answers: shop.forgedAnswers },
			lastEventSeen,
			doubledDeliveries: deliveries.filter(
				({ tries }) => tries.filter(({ status }) => status === 200).length > 1,
			).length,
			underWayAtAnEnd:
				plan.flatMap(({ processes }) => processes).filter((name) => /n8n|webhook/.test(name))
					.length *
				(underWay + BURST),
			subscriptions: {
				live: live.length,
				right:
					live.length === 1 &&
					live[0].active === true &&
					live[0].config.url.startsWith(`${urlOf(parts, workflow)}?signed=`) &&
					live[0].events.join() === 'wallet_transaction' &&
					seenProof.length > 0 &&
					seenProof.every(({ replayedBy }) => replayedBy === undefined),
			},
			secretsInLogs: await secretsIn(parts.logs, sandbox),
		};
	} finally {
		for (const close of open.reverse()) await close();
	}
}

/** Cards with money on them, the workflow published, and the reconcile example's table made. */
async function prepare(sandbox: Sandbox, parts: Parts, slackUrl: string) {
	const { accountId, clientId, clientSecret } = sandbox.account;
	const account = `${sandbox.apiUrl}/accounts/${accountId}`;
	const post = async (url: string, body: object, authorization: string) => {
		const headers = { authorization, 'content-type': 'application/json' };
		const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
		if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
		return (await answer.json()) as { access_token?: string };
	};
	const { access_token: token } = await post(
		`${account}/auth/token`,
		{
			grant_type: 'client_credentials',
			audience: `https://api.dintero.com/v1/accounts/${accountId}`,
		},
		`Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
	);
	const digits = (length: number) => ({
		length,
		numbers: true,
		characters: false,
		symbols: false,
	});
	for (let n = 1; n <= CARDS; n++) {
		const body = {
			card_id: `gift-${n}`,
			amount: 100_000_000,
			currency: 'NOK',
			pin: { format: digits(4) },
			card_token: { format: digits(16), expires_after_transaction: false },
		};
		await post(`${account}/wallets/cards`, body, `Bearer ${token}`);
	}
	const credential = await parts.client.saveCredential('Dintero', 'dinteroApi', {
		accountId,
		clientId,
		clientSecret,
		baseUrl: sandbox.apiUrl,
	});
	const workflow = await parts.client.saveWorkflow({
		name: 'Sees every event',
		nodes: [
			{
				id: 'trigger',
				name: TRIGGER,
				type: 'n8n-nodes-dintero.dinteroTrigger',
				typeVersion: 1,
				position: [0, 0],
				webhookId: randomUUID(),
				parameters: { triggerOn: 'giftCard' },
				credentials: { dinteroApi: { id: credential.id, name: credential.name } },
			},
			{
				id: 'after',
				name: 'After',
				type: 'n8n-nodes-base.noOp',
				typeVersion: 1,
				position: [200, 0],
				parameters: {},
			},
			// What of the second starts is left behind n8n's own node, as the card-used example has it.
			{
				id: 'once',
				name: ONCE,
				type: 'n8n-nodes-base.removeDuplicates',
				typeVersion: 2,
				position: [200, 200],
				onError: 'continueRegularOutput',
				parameters: {
					operation: 'removeItemsSeenInPreviousExecutions',
					logic: 'removeItemsWithAlreadySeenKeyValues',
					dedupeValue: '={{ $json.transactionId }}',
					options: {},
				},
			},
		],
		connections: {
			[TRIGGER]: {
				main: [
					[
						{ node: 'After', type: 'main', index: 0 },
						{ node: ONCE, type: 'main', index: 0 },
					],
				],
			},
		},
	});
	await parts.client.publish(workflow);
	// The example without its own trigger: only what it reads from the cards.
	const example = await loadExample('reconcile/reconcile.json', { credential, slackUrl });
	const own = example.nodes.find(({ type }) => type === 'n8n-nodes-dintero.dinteroTrigger');
	example.nodes = example.nodes.filter((node) => node !== own);
	delete example.connections[own?.name ?? ''];
	for (const { parameters } of example.nodes) {
		const { assignments = [] } = (parameters.assignments ?? {}) as {
			assignments?: Array<{ name: string; value: unknown }>;
		};
		// The newest too: nothing will be on its way when it looks.
		for (const field of assignments) if (field.name === 'settleMinutes') field.value = 0;
	}
	const look = await parts.client.saveWorkflow(example);
	await sleep(1100); // the sandbox writes whole seconds: the cards are older than the table
	const { status } = await parts.client.run(look, LOOK); // makes the table, as the example says
	if (status !== 'success') throw new Error(`the first look ended with ${status}`);
	await sleep(1100);
	return { workflow, look };
}

/** Where cards are paid with, and where forgers try their luck. */
class Shop {
	/** IDs of all transactions. */
	readonly sold: string[] = [];
	readonly forged: string[] = [];
	readonly forgedAnswers: Record<string, number> = {};
	readonly #sandbox: Sandbox;
	readonly #url: string;
	readonly #underWay: number;
	readonly #random: () => number;
	readonly #cards: Array<{ token: string; pin: string }>;

	constructor(
		sandbox: Sandbox,
		parts: Parts,
		workflow: SavedWorkflow,
		underWay: number,
		random: () => number,
	) {
		this.#underWay = underWay;
		this.#sandbox = sandbox;
		this.#url = urlOf(parts, workflow);
		this.#random = random;
		this.#cards = sandbox.books
			.cards()
			.map(({ tokens, pin }) => ({ token: tokens[0], pin: pin ?? '' }));
	}

	get fired(): number {
		return this.sold.length;
	}

	/**
	 * Pays with some of the cards, the deliveries going on behind it, and waits a moment.
	 * @returns the transactions' IDs
	 */
	async sell({ times = 1, pause = 80 } = {}): Promise<string[]> {
		const ids: string[] = [];
		for (let n = 0; n < times; n++) {
			const card = this.#cards[Math.floor(this.#random() * this.#cards.length)];
			const amount = 100 + Math.floor(this.#random() * 50_000);
			ids.push((await this.#sandbox.pay({ ...card, amount })).id);
		}
		this.sold.push(...ids);
		if (this.#random() < 0.1) await this.forge();
		await sleep(this.#random() * 2 * pause);
		while (this.#sandbox.deliveriesUnderWay > this.#underWay) await sleep(20);
		return ids;
	}

	/** A delivery that Dintero did not send: each of the ways in turn. */
	async forge(): Promise<void> {
		const id = `forged-${randomUUID()}`;
		const body = (transaction: string) =>
			JSON.stringify({
				account_id: this.#sandbox.account.accountId,
				event: 'wallet_transaction',
				event_delivery: randomUUID(),
				transaction: {
					id: transaction,
					type: 'drawdown',
					amount: 99_900,
					currency: 'NOK',
					card_id: 'gift-1',
					created_at: new Date().toISOString(),
				},
			});
		const bytes = body(id);
		const sign = (text: string, secret: string) =>
			createHmac('sha1', secret).update(text).digest('hex');
		const [known] = this.#sandbox.books.subscriptions({ deleted: true });
		const secret = (known.config.secret as { value?: string }).value ?? '';
		const signature = [
			undefined,
			sign(bytes, randomBytes(32).toString('hex')),
			sign(body(`other-${id}`), secret), // right, but of other bytes
		][this.forged.length % 3];
		this.forged.push(id);
		const answer = await fetch(this.#url, {
			method: 'POST',
			headers: {
				'content-type': 'application/json',
				event: 'wallet_transaction',
				...(signature === undefined ? {} : { 'event-signature': signature }),
			},
			body: bytes,
		});
		await answer.text();
		this.forgedAnswers[answer.status] = (this.forgedAnswers[answer.status] ?? 0) + 1;
	}
}

/** @returns what healed it */
async function bringAbout(
	incident: Incident,
	sandbox: Sandbox,
	parts: Parts,
	shop: Shop,
	events: number,
	random: () => number,
): Promise<string> {
	const { how, processes, whileDown, removal, apiDown } = incident;
	// The shop stays open, at a pace that leaves events for the incidents to come.
	const sellUntil = async <T,>(work: Promise<T>, pause: number, most: number): Promise<T> => {
		let over = false;
		const done = work.finally(() => (over = true));
		done.catch(() => {});
		const last = Math.min(events, shop.fired + most);
		while (!over) {
			if (shop.fired < last) await shop.sell({ pause });
			else await sleep(50);
		}
		return await done;
	};
	const remove = () => {
		const [live] = sandbox.books.subscriptions();
		sandbox.removeSubscription(live.id);
		return live.id;
	};
	const most = Math.ceil(events * 0.03);
	if (how === 'removal') {
		remove();
		const started = Date.now();
		await sellUntil(untilOneSubscription(sandbox, 700), 2500, most);
		return `n8n's own cron, after ${Math.round((Date.now() - started) / 1000)} s`;
	}
	await shop.sell({ times: BURST, pause: 5 }); // under way when the end comes
	await sellUntil(parts[how](...processes), 20, most);
	for (let n = 0; n < whileDown && shop.fired < events; n++) await shop.sell({ pause: 10 });
	if (removal) remove();
	if (apiDown) await sandbox.down('503');
	await sellUntil(parts.start(...processes), 400, most);
	if (apiDown) {
		await sleep(2000 + random() * 1000); // n8n looks again 5 s after its start
		await sandbox.up();
	}
	if (!removal) return 'the start';
	const started = Date.now();
	await sellUntil(untilOneSubscription(sandbox, 120), 200, most);
	return `the start, ${((Date.now() - started) / 1000).toFixed(1)} s after n8n was ready`;
}

async function untilOneSubscription(sandbox: Sandbox, seconds: number): Promise<void> {
	const end = Date.now() + seconds * 1000;
	while (sandbox.books.subscriptions().length !== 1) {
		if (Date.now() > end) throw new Error(`Waited ${seconds} s in vain for a new subscription`);
		await sleep(100);
	}
}

/** Waits until nothing is in progress and every logged event was seen. */
async function untilAllSeen(
	sandbox: Sandbox,
	parts: Parts,
	workflow: SavedWorkflow,
	seconds: number,
): Promise<string> {
	const started = Date.now();
	let unfinished = 0;
	let unchangedSince = started;
	for (;;) {
		await sandbox.deliveriesSettled();
		const { starts, open } = await readExecutions(parts, workflow);
		const seen = new Set(starts.map(({ transactionId }) => transactionId));
		const missing = sandbox.books
			.deliveries({ event: 'wallet_transaction' })
			.filter(({ body }) => !seen.has(transactionOf(body)));
		const now = Date.now();
		if (open !== unfinished) unchangedSince = now;
		unfinished = open;
		// What a killed process had begun may stay "running" for n8n; it is given up when nothing else moves.
		const idle = open === 0 || now - unchangedSince > 20_000;
		if (missing.length === 0 && idle) return `after ${Math.round((now - started) / 1000)} s`;
		if (now - started > seconds * 1000) {
			return `not within ${seconds} s: ${missing.length} missing, ${open} executions open`;
		}
		await sleep(3000);
	}
}

interface Read {
	starts: Start[];
	/** Executions that have not ended. */
	open: number;
}

/** What ended is read once. */
const known = new WeakMap<SavedWorkflow, Map<string, Start | undefined>>();

async function readExecutions(parts: Parts, workflow: SavedWorkflow): Promise<Read> {
	const cache = known.get(workflow) ?? new Map<string, Start | undefined>();
	known.set(workflow, cache);
	const filter = encodeURIComponent(JSON.stringify({ workflowId: workflow.id }));
	const { results } = await parts.client.rest<{ results: Array<{ id: string }> }>(
		'GET',
		`/executions?filter=${filter}&limit=100`,
	);
	// One by one up to the newest: n8n's list may leave one out between two pages.
	const newest = Math.max(0, ...results.map(({ id }) => Number(id)));
	const queue = Array.from({ length: newest }, (_, index) => String(index + 1)).filter(
		(id) => !cache.has(id),
	);
	const running: Start[] = [];
	const work = async () => {
		for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
			const start = await readExecution(parts, workflow, id);
			if (start === 'none') continue;
			if (start && OPEN.includes(start.status)) running.push(start);
			else cache.set(id, start);
		}
	};
	await Promise.all(Array.from({ length: 8 }, work));
	const ended = [...cache.values()].filter((start) => start !== undefined);
	return { starts: [...ended, ...running], open: running.length };
}

const OPEN = ['new', 'running', 'waiting'];

/** @returns `none` where there is none with this number (yet), `undefined` when it is another workflow's */
async function readExecution(
	parts: Parts,
	workflow: SavedWorkflow,
	id: string,
): Promise<Start | undefined | 'none'> {
	interface Raw {
		workflowId: string;
		status: string;
		startedAt: string | null;
		createdAt: string;
		data?: string;
	}
	interface Data {
		resultData?: { runData?: Record<string, NodeRun[]> };
		executionData?: {
			nodeExecutionStack?: Array<{ node: { name: string }; data: { main?: Item[][] } }>;
		};
	}
	const raw = await parts.client.rest<Raw>('GET', `/executions/${id}`).catch((error: N8nError) => {
		if (error.status === 404) return undefined;
		throw error;
	});
	if (raw === undefined) return 'none';
	if (raw.workflowId !== workflow.id) return undefined;
	const { status, startedAt, createdAt, data } = raw;
	const { resultData, executionData } = (data ? parseFlatted(data) : {}) as Data;
	const runs = resultData?.runData ?? {};
	const items = (name: string) => runs[name]?.[0]?.data?.main[0] ?? [];
	// An execution that was cut short may have nothing but what it was to begin with.
	const begun = executionData?.nodeExecutionStack?.find(({ node }) => node.name === TRIGGER);
	const [item] = [...items(TRIGGER), ...(begun?.data.main?.[0] ?? [])].filter(
		({ json }) => json.transaction !== undefined,
	);
	const { transaction, eventDelivery, replayed } = item?.json ?? {};
	return {
		executionId: id,
		transactionId: (transaction as { id?: string } | undefined)?.id,
		deliveryId: eventDelivery as string | undefined,
		passed: items(ONCE).length > 0,
		replayedBy: replayed === true ? parts.mainAt(Date.parse(startedAt ?? createdAt)) : undefined,
		status,
	};
}

/** Names of what must be in no log, and is. */
async function secretsIn(logs: string[], sandbox: Sandbox): Promise<string[]> {
	const written = (
		await Promise.all(logs.map(async (file) => await readFile(file, 'utf8')))
	).join();
	const secrets: Array<[string, string | null | undefined]> = [
		['the client secret', sandbox.account.clientSecret],
		...sandbox.books
			.subscriptions({ deleted: true })
			.map(({ id, config }): [string, string | undefined] => [
				`the secret of subscription ${id}`,
				(config.secret as { value?: string } | undefined)?.value,
			]),
		...sandbox.books
			.cards()
			.flatMap(({ cardId, tokens }) =>
				tokens.map((token): [string, string] => [`a card token of ${cardId}`, token]),
			),
	];
	return secrets.filter(([, secret]) => secret && written.includes(secret)).map(([name]) => name);
}

const urlOf = (parts: Parts, { nodes }: SavedWorkflow) =>
	`${parts.proxy.url}/webhook/${nodes.find(({ name }) => name === TRIGGER)?.webhookId}/webhook`;

const transactionOf = (body: Record<string, unknown>): string =>
	(body.transaction as { id: string }).id;
