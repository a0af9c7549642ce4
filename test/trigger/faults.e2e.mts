/**
 * Rows of faults.test.ts in a real n8n with the packed package: a wrong address, n8n's database away, hundreds of
 * failures and restarts whose executions are not saved, doubled deliveries while n8n stalls, a subscription dropped
 * during a long replay, a log in pages, a log shorter than the outage. Run it with:
 *
 *   npm run check -- trigger-faults
 *
 * `MANY=100` makes the hundreds fewer on a slow machine.
 */
import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { SavedWorkflow } from '../../demo/n8n-client.mts';
import type { Account } from '../../sandbox/sandbox.mts';
import { Installation, until } from './installation.mts';

const MANY = Number(process.env.MANY ?? 600);
/** How long the slow workflow takes, in milliseconds: longer than a replay waits for it. */
const SLOW = 8000;

const rows = ['wrongAddress', 'many', 'paged', 'stalled', 'slow', 'short'] as const;
type Row = (typeof rows)[number];

let n8n: Installation;
/** Counts what the workflows did, apart from n8n: it keeps no executions of theirs. */
let counter: http.Server;
const done = new Map<string, number>();
const accounts = {} as Record<Row, Account>;
const workflows = {} as Record<Row, SavedWorkflow>;

const times = (row: Row, id: string) => done.get(`/${row}/${id}`) ?? 0;
const names = (row: Row, count: number) => Array.from({ length: count }, (_, n) => `${row}-${n}`);
const allOnce = (row: Row, count: number) =>
	assert.deepEqual(
		names(row, count).filter((id) => times(row, id) !== 1),
		[],
	);
const subscription = (row: Row) => n8n.subscriptionsOf(workflows[row]).at(-1);
const fire = async (row: Row, ids: string[]) => {
	for (const id of ids) n8n.fire(id, accounts[row].accountId);
	await n8n.sandbox.deliveriesSettled();
	n8n.sandbox.advance(1000);
};

before(async () => {
	counter = http.createServer((request, response) => {
		const url = request.url ?? '';
		done.set(url, (done.get(url) ?? 0) + 1);
		request.resume();
		setTimeout(() => response.end('{}'), url.startsWith('/slow/') ? SLOW : 0);
	});
	await new Promise<void>((resolve) => counter.listen(0, '127.0.0.1', resolve));
	const { port } = counter.address() as AddressInfo;
	n8n = await Installation.open('trigger-faults');
	n8n.sandbox.set({ removalAfterFailures: null, retryDelaysMs: [] });
	for (const [index, row] of rows.entries()) {
		accounts[row] = n8n.sandbox.addClient({ accountId: `T9000000${index}` });
		const credential = await n8n.saveCredential(row, accounts[row]);
		const workflow = n8n.workflow(row, credential);
		workflow.settings = { executionOrder: 'v1', saveDataSuccessExecution: 'none' };
		Object.assign(workflow.nodes[1], {
			type: 'n8n-nodes-base.httpRequest',
			typeVersion: 4.2,
			parameters: {
				method: 'POST',
				url: `=http://127.0.0.1:${port}/${row}/{{ $json.transactionId }}`,
				options: {},
			},
		});
		workflows[row] = await n8n.client.saveWorkflow(workflow);
		await n8n.client.publish(workflows[row]);
	}
});
after(async () => {
	await n8n?.close();
	counter?.closeAllConnections();
	counter?.close();
});

const restart = async (how: 'stop' | 'kill', meanwhile = async () => {}, env = {}) => {
	await n8n.end(how);
	n8n.forgetExecutions();
	await meanwhile();
	await n8n.start(env);
};

test('n8n at an address that Dintero refuses, and its database away: all that failed comes once, nothing is removed', async () => {
	const before = rows.map((row) => subscription(row)?.id);
	await restart('kill', async () => {
		await fire('many', names('many', MANY));
		await fire('paged', names('paged', 35));
		n8n.publicUrl = n8n.url.replace('127.0.0.1', 'localhost');
		n8n.sandbox.faults.add({
			kind: 'error-before',
			status: 400,
			operationId: 'aid_source_hooks_post',
			when: ({ body }) => body?.includes('localhost') === true,
		});
	});
	// Not while n8n itself activates workflows: what fails then, n8n does not activate again.
	await until(
		async () => (await n8n.lines(workflows.many, 'last')).some((line) => /replaying/.test(line)),
		'the first replay',
		120,
	);
	await n8n.lockDatabase(20_000);
	await until(() => names('paged', 35).every((id) => times('paged', id) > 0), 'the 35', 300);
	await until(() => names('many', MANY).every((id) => times('many', id) > 0), 'all', 900);
	await fire('wrongAddress', ['while-the-address-is-wrong']);
	await sleep(2000);
	assert.equal(times('wrongAddress', 'while-the-address-is-wrong'), 1);
	assert.deepEqual(
		rows.map((row) => subscription(row)?.id),
		before,
	);
	allOnce('paged', 35);
	allOnce('many', MANY);
});

test('back at the right address: the same subscriptions, and nothing comes again', async () => {
	const before = rows.map((row) => subscription(row)?.id);
	await restart('stop', async () => {
		n8n.publicUrl = undefined;
		n8n.sandbox.faults.clear();
	});
	await sleep(15_000); // the first look
	assert.deepEqual(
		rows.map((row) => subscription(row)?.id),
		before,
	);
	allOnce('paged', 35);
	allOnce('many', MANY);
});

test('every delivery comes twice while n8n stalls: one start', async () => {
	n8n.sandbox.set({
		duplicateDeliveryPercent: 100,
		deliveryTimeoutMs: 1500,
		retryDelaysMs: [500, 1000, 2000, 4000, 8000],
	});
	const locked = n8n.lockDatabase(5000);
	await fire('stalled', names('stalled', 5));
	await locked;
	await until(() => names('stalled', 5).every((id) => times('stalled', id) > 0), 'the events', 700); // on a slow machine by the cron's look
	await sleep(3000);
	allOnce('stalled', 5);
	n8n.sandbox.set({ duplicateDeliveryPercent: 0, deliveryTimeoutMs: 60_000, retryDelaysMs: [] });
});

test('a subscription dropped during a replay of 200 events of a slow workflow is made again by the next look', async () => {
	await n8n.end('kill');
	n8n.forgetExecutions();
	await fire('slow', names('slow', 200));
	// The cron is due two minutes and a half from now: time enough to start.
	const ahead = (1_200_000 - 150_000 - (Date.now() % 600_000)) % 600_000;
	await n8n.start({
		NODE_OPTIONS: `--import ${pathToFileURL(path.join(import.meta.dirname, 'clock.mjs'))}`,
		TEST_CLOCK_AHEAD: String(ahead),
	});
	await until(() => names('slow', 200).some((id) => times('slow', id) > 0), 'the first', 120);
	n8n.sandbox.removeSubscription(subscription('slow')!.id);
	await until(() => subscription('slow') !== undefined, 'the subscription', 640);
	const replayed = names('slow', 200).filter((id) => times('slow', id) > 0).length;
	assert.ok(replayed < 200, 'the replay had ended before');
	console.log(`healed while ${replayed} of 200 were replayed`);
});

test('a log shorter than the outage: what it shows comes, and a person is told of the rest', async () => {
	await restart('kill', async () => {
		n8n.sandbox.set({ deliveryPaging: 'ignored', deliveriesListed: 10 });
		for (const id of names('short', 35)) await fire('short', [id]);
	});
	const arrived = () => names('short', 35).filter((id) => times('short', id) > 0).length;
	await until(() => arrived() === 10, 'ten', 300);
	await until(
		async () =>
			(await n8n.lines(workflows.short)).some((line) =>
				/begins at \S+, but was last read up to \S+: .*examples\/reconcile/.test(line),
			),
		'the warning',
	);
	assert.ok(arrived() <= 10);
	allOnce('paged', 35);
	allOnce('many', MANY);
});
