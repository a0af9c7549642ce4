/**
 * The life of a trigger in a real n8n, with the packed package: the rows of lifecycle.test.ts that a person or a
 * machine can bring about from outside, under the same names. Each ends with exactly one right subscription whose
 * secret n8n holds, an event that gets through once, and a line in the log that says what happened. Rows that need a
 * restart share the restarts. Two mains are in race.test.ts: n8n wants a licence for them. Run it with:
 *
 *   npm run check -- trigger
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { SavedCredential, SavedWorkflow } from '../../demo/n8n-client.mts';
import type { Account, FaultKind } from '../../sandbox/sandbox.mts';
import { Installation, TRIGGER, until } from './installation.mts';

const POST = 'aid_source_hooks_post';
const DELETE = 'aid_source_hooks_hid_delete';

const DELIVERS = /^subscription \S+ delivers to http/;
const IN_PLACE = /^subscription \S+ is in place and delivers to http/;
const GONE = /^subscription \S+ no longer exists at Dintero; subscribing again/;
const NOT_OUR_SECRET =
	/^replacing subscription \S+: it was not made with the secret this node holds/;

let n8n: Installation;
let other: { account: Account; credential: SavedCredential };

before(async () => {
	n8n = await Installation.open('trigger-lifecycle');
	const account = n8n.sandbox.addClient({ accountId: 'T99887766' });
	other = { account, credential: await n8n.saveCredential('Other account', account) };
});

interface Reported {
	row: string;
	subscriptions: number;
	log: string;
	result: 'right' | 'WRONG';
}
const report: Reported[] = [];

after(async () => {
	const width = Math.max(...report.map(({ row }) => row.length));
	for (const { row, subscriptions, log, result } of report)
		console.log(`${row.padEnd(width)} | ${subscriptions} | ${result} | ${log}`);
	try {
		const written = await n8n.log();
		assert.ok(n8n.secrets.length > 20);
		for (const secret of n8n.secrets)
			assert.ok(!written.includes(secret), 'a secret that signs deliveries is in the log');
		assert.deepEqual(n8n.sandbox.violations, []);
	} finally {
		await n8n?.close();
	}
});

/** The right end of a row; takes its own line in the report. */
const expectOneRight = async (
	row: string,
	workflow: SavedWorkflow,
	wanted: { log: RegExp; events?: string[]; account?: Account },
) => {
	const { log, events = ['wallet_transaction'], account = n8n.sandbox.account } = wanted;
	const entry: Reported = { row, subscriptions: 0, log: '', result: 'WRONG' };
	report.push(entry);
	// What a former account still has is that account's to remove.
	const own = () =>
		n8n.subscriptionsOf(workflow).filter(({ accountId }) => accountId === account.accountId);
	await until(() => own().length === 1, 'exactly one subscription');
	const right = () => {
		const [one] = own();
		const { config, active } = one;
		const { value } = config.secret as { value?: string };
		return [config.url.split('?')[0], active, [...one.events].sort(), value];
	};
	assert.deepEqual(right(), [
		n8n.urlOf(workflow),
		true,
		[...events].sort(),
		n8n.stored(workflow).secret,
	]);
	const proof = `proof of ${workflow.name}`;
	n8n.fire(proof, account.accountId);
	await until(async () => (await n8n.timesSeen(workflow, [proof]))[0] > 0, 'the event');
	await n8n.sandbox.deliveriesSettled();
	assert.deepEqual(await n8n.timesSeen(workflow, [proof]), [1]);
	entry.subscriptions = own().length;
	const line = (await n8n.lines(workflow)).filter((one) => log.test(one)).at(-1);
	assert.ok(line, `nothing like ${log} in the log`);
	entry.log = line;
	entry.result = 'right';
};

const expectNoneLeft = async (workflow: SavedWorkflow) => {
	await until(() => n8n.subscriptionsOf(workflow).length === 0, 'no subscription to be left');
};

describe('while n8n runs', () => {
	/** A row that fails must not be counted against the next. */
	const row = (name: string, body: (activate: () => Promise<SavedWorkflow>) => Promise<void>) =>
		test(name, async () => {
			const made: SavedWorkflow[] = [];
			try {
				await body(async () => {
					made.push(await n8n.activate(name));
					return made[0];
				});
			} finally {
				await n8n.sandbox.up();
				n8n.sandbox.faults.clear();
				for (const workflow of made) await n8n.client.unpublish(workflow).catch(() => {});
			}
			for (const workflow of made) await expectNoneLeft(workflow);
			assert.deepEqual(n8n.sandbox.books.subscriptions(), []);
		});

	row('first activation', async (activate) => {
		await expectOneRight('first activation', await activate(), { log: DELIVERS });
	});

	row('deactivate and reactivate: a new secret', async (activate) => {
		const workflow = await activate();
		const { secret } = n8n.stored(workflow);
		await n8n.client.unpublish(workflow);
		await expectNoneLeft(workflow);
		assert.deepEqual(n8n.stored(workflow), {});
		await n8n.client.publish(workflow);
		assert.notEqual(n8n.stored(workflow).secret, secret);
		const log = /^removed subscription \S+/;
		await expectOneRight('deactivate and reactivate: a new secret', workflow, { log });
	});

	row('two workflows on one account', async (activate) => {
		const a = await activate();
		const b = await n8n.activate('two workflows on one account, the second');
		assert.notEqual(n8n.stored(a).secret, n8n.stored(b).secret);
		await expectOneRight('two workflows on one account', a, { log: DELIVERS });
		await expectOneRight('two workflows on one account, the second', b, { log: DELIVERS });
		await n8n.client.unpublish(b);
		await expectNoneLeft(b);
		await expectOneRight('two workflows, one deactivated', a, { log: DELIVERS });
	});

	row('the same workflow duplicated, its stored state copied along', async (activate) => {
		const name = 'the same workflow duplicated, its stored state copied along';
		const workflow = await activate();
		const [{ id }] = n8n.subscriptionsOf(workflow);
		const copy = await n8n.duplicate(workflow);
		await n8n.client.publish(copy);
		assert.notEqual(n8n.stored(copy).secret, n8n.stored(workflow).secret);
		await expectOneRight(`${name}: the copy`, copy, { log: DELIVERS });
		await n8n.client.unpublish(copy);
		await expectNoneLeft(copy);
		assert.equal(n8n.subscriptionsOf(workflow)[0].id, id);
		await expectOneRight(name, workflow, { log: DELIVERS });
	});

	row('a test run beside production, ended by an event', async (activate) => {
		const workflow = await activate();
		await n8n.client.rest('POST', `/workflows/${workflow.id}/run`, {
			workflowData: await n8n.client.workflow(workflow.id),
			triggerToStartFrom: { name: TRIGGER },
		});
		const tests = () =>
			n8n.sandbox.books.subscriptions().filter(({ config }) => /webhook-test/.test(config.url));
		await until(() => tests().length === 1, 'the test subscription');
		n8n.fire('for both');
		await until(async () => (await n8n.client.executions(workflow)).length === 2, 'two executions');
		const modes = (await n8n.client.executions(workflow)).map(({ mode }) => mode).sort();
		assert.deepEqual(modes, ['manual', 'webhook']);
		await until(() => tests().length === 0, 'the test subscription to go');
		const log = /^subscription \S+ delivers to http\S+\/webhook-test\//;
		await expectOneRight('a test run beside production, ended by an event', workflow, { log });
	});

	row('events changed', async (activate) => {
		const events = ['wallet_transaction', 'settlement_add'];
		const workflow = await n8n.change(await activate(), ({ parameters }) => {
			Object.assign(parameters, { triggerOn: 'otherEvents', events });
		});
		await expectOneRight('events changed', workflow, { log: DELIVERS, events });
	});

	row('credential changed to one of another account', async (activate) => {
		const workflow = await n8n.change(await activate(), (trigger) => {
			const { id, name } = other.credential;
			trigger.credentials = { dinteroApi: { id, name } };
		});
		const { account } = other;
		const name = 'credential changed to one of another account';
		await expectOneRight(name, workflow, { log: /^removed subscription \S+/, account });
		assert.equal(n8n.subscriptionsOf(workflow).length, 1);
	});

	for (const kind of ['cut-after', 'error-after', 'truncated'] satisfies FaultKind[]) {
		row(`create fails after the POST (${kind})`, async (activate) => {
			n8n.sandbox.faults.add({ kind, operationId: POST, nth: 1 });
			const workflow = await activate();
			assert.equal(n8n.sandbox.faults.injected.at(-1)?.kind, kind);
			await expectOneRight(`create fails after the POST (${kind})`, workflow, { log: DELIVERS });
		});
	}

	row('delete fails: n8n says so; after the next activation one is left', async (activate) => {
		const name = 'delete fails: n8n says so; after the next activation one is left';
		const workflow = await activate();
		n8n.sandbox.faults.add({ kind: 'error-before', status: 403, operationId: DELETE });
		await n8n.client.unpublish(workflow);
		assert.equal(n8n.subscriptionsOf(workflow).length, 1);
		n8n.sandbox.faults.clear();
		await n8n.client.publish(workflow);
		const log = /^could not remove subscription .* remove it with the Dintero node/;
		await expectOneRight(name, workflow, { log });
	});

	row(
		'Dintero down at the first activation: an error at once, and none left; then it works',
		async () => {
			const name =
				'Dintero down at the first activation: an error at once, and none left; then it works';
			await n8n.sandbox.down('503');
			const workflow = await n8n.client.saveWorkflow(n8n.workflow(name));
			await assert.rejects(n8n.client.publish(workflow), /Dintero answered: Service unavailable/);
			await n8n.sandbox.up();
			await n8n.client.unpublish(workflow).catch(() => {});
			await expectNoneLeft(workflow);
			await n8n.client.publish(workflow);
			await expectOneRight(name, workflow, { log: DELIVERS });
			await n8n.client.unpublish(workflow);
			await expectNoneLeft(workflow);
		},
	);
});

describe('through restarts', () => {
	const names = {
		steady: 'ten restarts keep the one subscription',
		killed: 'kill -9 and restart',
		deleted: 'subscription deleted at Dintero, seen by a restart',
		paused: 'subscription paused at Dintero, seen by a restart',
		secretLost: 'secret lost, seen by a restart',
		stateLost: 'stored state lost, seen by a restart',
		missed: 'down while events come: each is replayed once, also after another restart',
		dropped: 'dropped by Dintero while down: healed, and replayed from the old log',
		apiDown: 'Dintero down (503) during a restart and back later',
		apiDownGone:
			'Dintero down during a restart, its subscription gone; back later, healed by a look',
		edited:
			'credential edited to another account: follows it, says what it had to leave, and lets that in no more',
		moved: 'n8n moved to another public URL',
		cron: 'subscription deleted at Dintero, seen by the cron',
	};
	type Name = keyof typeof names;
	const all = {} as Record<Name, SavedWorkflow>;
	const logs: Record<Name, RegExp> = {
		steady: IN_PLACE,
		killed: IN_PLACE,
		deleted: GONE,
		paused: /^replacing subscription \S+: it is paused/,
		secretLost: NOT_OUR_SECRET,
		stateLost: NOT_OUR_SECRET,
		missed: /^replaying delivery \S+, which failed/,
		dropped: GONE,
		apiDown:
			/^could not check the subscription, so it keeps the existing one; checking again within 10 minutes/,
		apiDownGone: GONE,
		edited:
			/^the credential now belongs to another account; subscription \S+ in account T11223344 can't be removed with it/,
		moved: /^replacing subscription \S+: it delivers to another URL/,
		cron: GONE,
	};
	const accountOf = (name: Name) =>
		['dropped', 'edited'].includes(name) ? other.account : n8n.sandbox.account;
	const subscription = (name: Name) =>
		n8n
			.subscriptionsOf(all[name])
			.filter(({ accountId }) => accountId === accountOf(name).accountId)
			.at(-1);
	const everyoneHasOne = async () =>
		await until(
			() => Object.keys(names).every((name) => subscription(name as Name)?.active),
			'a subscription for each workflow',
		);
	const old = {} as Record<Name, string>;
	const missed = ['one', 'two', 'three'];
	const missedByOther = ['four', 'five'];
	let after10: { id: string; lives: number };

	before(async () => {
		const { sandbox } = n8n;
		const editable = await n8n.saveCredential('Edited', sandbox.account);
		for (const name of Object.keys(names) as Name[]) {
			const used = { dropped: other.credential, edited: editable }[name as string];
			all[name] = await n8n.activate(names[name], used);
			old[name] = n8n.subscriptionsOf(all[name])[0].id;
		}
		await n8n.saveCredential('Edited', other.account);

		// 1: much goes wrong while n8n is down.
		await n8n.end('kill');
		sandbox.removeSubscription(old.deleted);
		sandbox.pauseSubscription(old.paused);
		n8n.stored(all.secretLost, (state) => delete state.secret);
		n8n.stored(all.stateLost, (state) => {
			for (const key of Object.keys(state)) delete state[key];
		});
		for (const id of missed) {
			n8n.fire(id);
			await sandbox.deliveriesSettled();
			sandbox.advance(1000);
		}
		sandbox.set({ removalAfterFailures: 2 });
		for (const id of missedByOther) {
			n8n.fire(id, other.account.accountId);
			await sandbox.deliveriesSettled();
			sandbox.advance(1000);
		}
		assert.equal(n8n.subscriptionsOf(all.dropped).length, 0);
		sandbox.set({ removalAfterFailures: 10 });
		await n8n.start();
		await everyoneHasOne();
		await until(
			async () => (await n8n.timesSeen(all.missed, missed)).every((times) => times > 0),
			'the replay',
		);
		await until(
			async () => (await n8n.timesSeen(all.dropped, missedByOther)).every((times) => times > 0),
			"the replay from the dropped one's log",
		);

		// 2: Dintero is down when n8n comes up, and back after a moment.
		await n8n.end('stop');
		sandbox.removeSubscription(old.apiDownGone);
		await sandbox.down('503');
		await n8n.start();
		// Both, so that it is a look that heals: n8n does not store the ID of what that makes.
		for (const name of ['apiDown', 'apiDownGone'] as const)
			await until(
				async () => (await n8n.lines(all[name], 'last')).some((line) => logs.apiDown.test(line)),
				`the trigger of ${names[name]} to notice`,
			);
		await sandbox.up();
		await everyoneHasOne();

		// 3 to 10: nothing goes wrong.
		let lives = 2;
		for (const how of ['stop', 'stop', 'kill', 'stop', 'stop', 'kill', 'stop', 'stop'] as const) {
			// A kill in the midst of n8n's own work would make that rest for two minutes.
			if (how === 'kill') await sleep(2000);
			await n8n.end(how);
			await n8n.start();
			lives++;
			for (const workflow of Object.values(all))
				await until(
					async () => (await n8n.lines(workflow, 'last')).length > 0,
					`a word of ${workflow.name}`,
				);
		}
		after10 = { id: subscription('steady')!.id, lives };
	});

	const row = (name: Name, body: () => Promise<void> | void = () => {}) =>
		test(names[name], async () => {
			await body();
			await expectOneRight(names[name], all[name], { log: logs[name], account: accountOf(name) });
		});
	const kept = (name: Name) => assert.equal(subscription(name)?.id, old[name]);
	const replaced = (name: Name) => assert.notEqual(subscription(name)?.id, old[name]);
	const replayedOnce = async (name: Name, ids: string[]) => {
		// A replay that a restart cut short goes on with the first check of a later life, some seconds after its start.
		await until(
			async () => (await n8n.timesSeen(all[name], ids)).every((times) => times > 0),
			`the replay of ${names[name]}`,
		);
		const seen = (await n8n.seen(all[name])).filter(({ id }) => ids.includes(id));
		assert.deepEqual(
			seen.map(({ id, replayed }) => [id, replayed]),
			ids.map((id) => [id, true]),
		);
	};

	row('steady', () => {
		assert.deepEqual(after10, { id: old.steady, lives: 10 });
	});
	row('killed', () => kept('killed'));
	row('deleted', () => replaced('deleted'));
	row('paused', () => replaced('paused'));
	row('secretLost', async () => {
		replaced('secretLost');
		await replayedOnce('secretLost', missed);
	});
	row('stateLost', async () => {
		replaced('stateLost');
		await replayedOnce('stateLost', missed);
	});
	row('missed', async () => await replayedOnce('missed', missed));
	row('dropped', async () => {
		replaced('dropped');
		await replayedOnce('dropped', missedByOther);
	});
	row('apiDown', () => kept('apiDown'));
	row('apiDownGone', () => replaced('apiDownGone'));
	row('edited', async () => {
		// The old account's subscription signs with a secret that is no longer believed.
		n8n.fire('from the account left', n8n.sandbox.account.accountId);
		await n8n.sandbox.deliveriesSettled();
		assert.deepEqual(await n8n.timesSeen(all.edited, ['from the account left']), [0]);
		assert.deepEqual(await n8n.timesSeen(all.killed, ['from the account left']), [1]);
	});

	let ahead = 0;

	test('… and moved to another address, by a clock at which the cron is due in 80 seconds', async () => {
		await n8n.end('stop');
		n8n.publicUrl = n8n.url.replace('127.0.0.1', 'localhost');
		ahead = (1_120_000 - (Date.now() % 600_000)) % 600_000;
		await n8n.start({
			NODE_OPTIONS: `--import ${pathToFileURL(path.join(import.meta.dirname, 'clock.mjs'))}`,
			TEST_CLOCK_AHEAD: String(ahead),
		});
		for (const name of Object.keys(names) as Name[])
			await until(
				() => subscription(name)?.config.url.startsWith(n8n.urlOf(all[name])),
				`${names[name]} to move`,
			);
		await sleep(12_000); // the first look has passed
		n8n.sandbox.removeSubscription(subscription('cron')!.id);
	});

	row('moved');

	test('where each of them is right', async () => {
		const others = (Object.keys(names) as Name[]).filter((name) => name !== 'cron');
		const event = 'at the new address';
		for (const { accountId } of [n8n.sandbox.account, other.account]) n8n.fire(event, accountId);
		await n8n.sandbox.deliveriesSettled();
		for (const name of others) {
			await until(
				async () => (await n8n.timesSeen(all[name], [event]))[0] > 0,
				`the event in ${names[name]}`,
			);
			assert.deepEqual(await n8n.timesSeen(all[name], [event]), [1], names[name]);
			const { accountId } = accountOf(name);
			const own = n8n.subscriptionsOf(all[name]).filter((one) => one.accountId === accountId);
			assert.equal(own.length, 1, names[name]);
		}
	});

	row('cron', async () => {
		await until(() => subscription('cron') !== undefined, 'the cron', 180);
		const at = new Date(Date.now() + ahead);
		assert.equal(at.getUTCMinutes() % 10, 0, `healed at ${at.toISOString()}, not by the cron`);
	});

	test('and none is left when they are deactivated', async () => {
		for (const workflow of Object.values(all)) await n8n.client.unpublish(workflow);
		// But what the account that was left still has, unless Dintero has given it up by now.
		const left = n8n.sandbox.books.subscriptions().filter(({ id }) => id !== old.edited);
		assert.deepEqual(left, []);
	});
});
