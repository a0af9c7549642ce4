/**
 * The life of a trigger in a real n8n, with the packed package: the rows of lifecycle.test.ts that a person or a
 * machine can bring about from outside. Each ends with exactly one right subscription and an event that gets
 * through once. Run it with:
 *
 *   node scripts/run.mjs --with-n8n node --test test/trigger/lifecycle.e2e.mts
 */
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import {
	N8nClient,
	type SavedCredential,
	type SavedWorkflow,
	type WorkflowJson,
} from '../../demo/n8n-client.mts';
import { freePort, startN8n, type N8nProcess } from '../../demo/n8n.mts';
import { installPackage, packPackage, runFolder } from '../../demo/package.mts';
import { owner } from '../../demo/stage.mts';
import { startSandbox, type Sandbox } from '../../sandbox/sandbox.mts';

const TRIGGER = 'Gift Card Event';
const folder = runFolder('trigger-lifecycle');
const userFolder = path.join(folder, 'n8n');
const database = path.join(userFolder, '.n8n', 'database.sqlite');

let sandbox: Sandbox;
let n8n: N8nProcess;
let client: N8nClient;
let credential: SavedCredential;
let port: number;
let publicUrl: string | undefined;
let starts = 0;
const logs: string[] = [];

const start = async () => {
	const logFile = path.join(folder, `n8n-${++starts}.log`);
	logs.push(logFile);
	n8n = await startN8n({ userFolder, logFile, preferredPort: port, webhookUrl: publicUrl });
	client = new N8nClient(n8n.url);
	await client.signIn(owner);
};

before(async () => {
	await rm(folder, { recursive: true, force: true });
	await installPackage(await packPackage(), userFolder);
	sandbox = await startSandbox({ switches: { retryDelaysMs: [200, 300] } });
	port = await freePort();
	await start();
	const { accountId, clientId, clientSecret } = sandbox.account;
	credential = await client.saveCredential('Dintero', 'dinteroApi', {
		accountId,
		clientId,
		clientSecret,
		baseUrl: sandbox.apiUrl,
	});
});

after(async () => {
	await n8n?.stop();
	// No secret that signs deliveries was written to any log.
	const written = (await Promise.all(logs.map(async (file) => await readFile(file, 'utf8')))).join(
		'\n',
	);
	const secrets = sandbox.books
		.subscriptions({ deleted: true })
		.map(({ config }) => (config as { secret?: { value?: string } }).secret?.value ?? '')
		.concat(sandbox.account.clientSecret)
		.filter((secret) => secret !== '');
	await sandbox?.stop();
	assert.ok(secrets.length > 3);
	for (const secret of secrets) assert.ok(!written.includes(secret), 'a secret is in the log');
});

/** A failed row must not be counted against the next. */
const active = new Set<SavedWorkflow>();
afterEach(async () => {
	await sandbox.up();
	for (const saved of active) await client.unpublish(saved).catch(() => {});
	active.clear();
});

const until = async (holds: () => unknown, what: string, seconds = 60) => {
	const end = Date.now() + seconds * 1000;
	while (!(await holds())) {
		if (Date.now() > end) throw new Error(`Waited ${seconds} s in vain for ${what}`);
		await sleep(100);
	}
};

let made = 0;
const workflow = (events = ['wallet_transaction'], used = credential): WorkflowJson => ({
	name: `Lifecycle ${++made}`,
	nodes: [
		{
			id: crypto.randomUUID(),
			name: TRIGGER,
			type: 'n8n-nodes-dintero.dinteroTrigger',
			typeVersion: 1,
			position: [0, 0],
			webhookId: crypto.randomUUID(),
			parameters: { events },
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
});

const activate = async (events?: string[]): Promise<SavedWorkflow> => {
	const saved = await client.saveWorkflow(workflow(events));
	active.add(saved);
	await client.publish(saved);
	return saved;
};

const urlOf = ({ nodes }: SavedWorkflow) =>
	`${publicUrl ?? n8n.url}/webhook/${nodes[0].webhookId}/webhook`;

/** The trigger marks the URL it gives to Dintero. */
const isFor = (given: string, url: string) => given.startsWith(`${url}?signed=`);

const fire = (id: string) =>
	sandbox.fireEvent('wallet_transaction', {
		transaction: { id, type: 'drawdown', amount: 100, currency: 'NOK', card_id: 'card-1' },
	});

/** IDs of the transactions that a workflow ran with, oldest first. */
const seen = async (saved: SavedWorkflow): Promise<Array<[string, boolean]>> => {
	const found: Array<[string, boolean]> = [];
	for (const { id } of (await client.executions(saved)).reverse()) {
		const { runs } = await client.untilFinished(id);
		for (const { json } of runs[TRIGGER]?.[0]?.data?.main[0] ?? []) {
			found.push([(json.transaction as { id: string }).id, json.replayed as boolean]);
		}
	}
	return found;
};

/** The end of every row; then the workflow is taken away. */
const expectOneRight = async (saved: SavedWorkflow, events = ['wallet_transaction']) => {
	const url = urlOf(saved);
	await until(
		() => sandbox.books.subscriptions().filter(({ config }) => isFor(config.url, url)).length === 1,
		'exactly one subscription',
	);
	await until(
		() =>
			sandbox.books
				.subscriptions()
				.some(
					(one) =>
						isFor(one.config.url, url) &&
						one.active &&
						[...one.events].sort().join() === [...events].sort().join(),
				),
		'a right subscription',
	);
	const proof = `proof-${made}`;
	fire(proof);
	await until(async () => (await seen(saved)).some(([id]) => id === proof), 'the event');
	await sandbox.deliveriesSettled();
	assert.equal((await seen(saved)).filter(([id]) => id === proof).length, 1);
	// A test run's own subscription goes when n8n has answered its event.
	await until(() => sandbox.books.subscriptions().length === 1, 'no other subscription');
	await client.unpublish(saved);
	await until(() => sandbox.books.subscriptions().length === 0, 'no subscription to be left');
	active.delete(saved);
};

const present = () => sandbox.books.subscriptions()[0];

test('first activation', async () => {
	await expectOneRight(await activate());
});

test('deactivate and reactivate', async () => {
	const saved = await activate();
	await client.unpublish(saved);
	assert.equal(sandbox.books.subscriptions().length, 0);
	await client.publish(saved);
	await expectOneRight(saved);
});

test('events changed', async () => {
	const saved = await activate();
	const { name, nodes, connections } = await client.workflow(saved.id);
	nodes[0].parameters.events = ['wallet_transaction', 'settlement_add'];
	const changed = await client.saveWorkflow({ name, nodes, connections });
	await client.publish(changed);
	await expectOneRight(changed, ['wallet_transaction', 'settlement_add']);
});

test('a test run beside production', async () => {
	const saved = await activate();
	await client.rest('POST', `/workflows/${saved.id}/run`, {
		workflowData: await client.workflow(saved.id),
		triggerToStartFrom: { name: TRIGGER },
	});
	await until(() => sandbox.books.subscriptions().length === 2, 'the test subscription');
	assert.ok(
		sandbox.books.subscriptions().some(({ config }) => config.url.includes('/webhook-test/')),
	);
	fire('for both');
	await until(async () => (await client.executions(saved)).length === 2, 'two executions');
	const modes = (await client.executions(saved)).map(({ mode }) => mode).sort();
	assert.deepEqual(modes, ['manual', 'webhook']);
	await expectOneRight(saved);
});

test('three restarts, then kill -9: the one subscription stays', async () => {
	const saved = await activate();
	const { id } = present();
	for (const how of ['stop', 'stop', 'kill'] as const) {
		await n8n[how]();
		await start();
		await sleep(7000); // The first look; and n8n's own work, which after a kill -9 in its midst rests for 2 minutes.
	}
	assert.equal(present().id, id);
	await expectOneRight(saved);
});

test('down while events come: each is replayed once, also after another restart', async () => {
	const saved = await activate();
	await n8n.kill();
	for (const id of ['one', 'two', 'three']) {
		fire(id);
		await sandbox.deliveriesSettled();
		sandbox.advance(1000);
	}
	await start();
	await until(async () => (await seen(saved)).length >= 3, 'the replay');
	await n8n.kill();
	await start();
	await sleep(8000);
	assert.deepEqual(await seen(saved), [
		['one', true],
		['two', true],
		['three', true],
	]);
	await expectOneRight(saved);
});

test('dropped by Dintero while down: healed, and replayed from the old log', async () => {
	sandbox.set({ removalAfterFailures: 2 });
	const saved = await activate();
	await n8n.kill();
	for (const id of ['one', 'two']) {
		fire(id);
		await sandbox.deliveriesSettled();
		sandbox.advance(1000);
	}
	assert.equal(sandbox.books.subscriptions().length, 0);
	sandbox.set({ removalAfterFailures: 10 });
	await start();
	await until(async () => (await seen(saved)).length >= 2, 'the replay');
	assert.deepEqual(await seen(saved), [
		['one', true],
		['two', true],
	]);
	await expectOneRight(saved);
});

test('Dintero down during a restart, its subscription gone, back later', async () => {
	const saved = await activate();
	await n8n.kill();
	sandbox.removeSubscription(present().id);
	await sandbox.down('503');
	await start();
	await sleep(3000);
	await sandbox.up();
	await expectOneRight(saved);
});

test('paused at Dintero', async () => {
	const saved = await activate();
	sandbox.pauseSubscription(present().id);
	await n8n.stop();
	await start();
	await expectOneRight(saved);
});

test('the stored state is lost', async () => {
	const saved = await activate();
	await n8n.stop();
	const db = new DatabaseSync(database);
	db.prepare('UPDATE workflow_entity SET staticData = NULL WHERE id = ?').run(saved.id);
	db.close();
	await start();
	await expectOneRight(saved);
});

test("n8n's public URL changed", async () => {
	const saved = await activate();
	await n8n.stop();
	publicUrl = `http://localhost:${port}`;
	try {
		await start();
		await expectOneRight(saved);
	} finally {
		publicUrl = undefined;
		await n8n.stop();
		await start();
	}
});

test('Dintero down when the workflow is published: n8n shows the error, and none is left', async () => {
	await sandbox.down('503');
	const saved = await client.saveWorkflow(workflow());
	await assert.rejects(client.publish(saved), /Dintero answered: Service unavailable/);
	await sandbox.up();
	await client.rest('POST', `/workflows/${saved.id}/deactivate`, {}).catch(() => {});
	await sleep(1000);
	assert.equal(sandbox.books.subscriptions().length, 0);
});
