/** What Dintero could not deliver starts the workflow afterwards: each event, once, marked as replayed. */
import type { IDataObject } from 'n8n-workflow';
import { HANDLED_LIMIT } from '../../nodes/Dintero/trigger/state';
import { Stage, TRIGGER, until, wait } from './stage.mts';

let stage: Stage;
let id: string;

jest.setTimeout(30_000);

const open = async (
	switches: Parameters<typeof Stage.open>[0] = {},
	parameters: IDataObject = {},
) => {
	stage = await Stage.open({ removalAfterFailures: null, ...switches });
	id = await stage.activate(parameters as never);
};

afterEach(async () => {
	const { everythingShown, secrets } = stage;
	await stage.close();
	expect(secrets.filter((secret) => everythingShown.includes(secret))).toEqual([]);
});

const down = async (how: 'stop' | 'kill' = 'kill') => await stage.n8n[how]();

/** Starts n8n and waits until its first look, some seconds after the start, is over. */
const up = async () => {
	const looks = stage.sandbox.count('aid_source_hooks_hid_deliveries_get');
	await stage.n8n.start();
	await until(
		() => stage.sandbox.count('aid_source_hooks_hid_deliveries_get') > looks,
		'the first look',
	);
	await stage.quiet();
};

const fire = async (...names: string[]) => {
	for (const name of names) stage.fire(name);
	await stage.sandbox.deliveriesSettled();
	stage.sandbox.advance(1000); // Dintero's times may be whole seconds
};

const replayed = () =>
	stage.n8n.events(id).map((item) => [(item.transaction as IDataObject).id, item.replayed]);

describe('n8n was down', () => {
	test.each([
		['a line per try', {}],
		['a line per event', { deliveryLog: 'per-event' as const }],
		['oldest first', { listOrder: 'oldest-first' as const }],
		['milliseconds in timestamps', { timestampsWithMilliseconds: true }],
		['pretty JSON', { eventBody: 'pretty' as const }],
		['a new delivery ID per retry', { retryKeepsDeliveryId: false }],
	])(
		'log with %s: what failed comes once, in order; what got through does not',
		async (_name, switches) => {
			await open(switches);
			await fire('before');
			await stage.quiet();
			await down();
			await fire('one');
			await fire('two', 'three');
			await up();
			await fire('after');
			await stage.quiet();
			for (let i = 0; i < 3; i++) await stage.n8n.tick();
			const seen = replayed();
			expect(seen.slice(0, 2)).toEqual([
				['before', false],
				['one', true],
			]);
			expect(seen.slice(2, 4).sort()).toEqual([
				['three', true],
				['two', true],
			]);
			expect(seen.slice(4)).toEqual([['after', false]]);
			expect(stage.log).toMatch(/replaying delivery \S+ that did not get through/);
		},
	);

	test('the item is the same as a live one but for the mark, and the execution says "trigger"', async () => {
		await open();
		await down();
		await fire('late');
		await up();
		const [execution] = stage.n8n.executions;
		expect(execution.mode).toBe('trigger');
		const [item] = stage.n8n.events(id);
		const [delivery] = stage.sandbox.books.deliveries({ event: 'wallet_transaction' });
		expect(item).toEqual({
			event: 'wallet_transaction',
			eventDelivery: delivery.id,
			accountId: 'T11223344',
			whatHappened: 'used',
			cardId: 'card-1',
			amount: 12500,
			currency: 'NOK',
			amountFormatted: '125.00 NOK',
			transaction: expect.objectContaining({ id: 'late' }),
			replayed: true,
			body: delivery.body,
		});
	});

	test('several times, and restarts in between replay nothing twice', async () => {
		await open();
		const names: string[] = [];
		for (let round = 0; round < 4; round++) {
			await down(round % 2 ? 'stop' : 'kill');
			const name = `missed-${round}`;
			names.push(name);
			await fire(name);
			await up();
			await stage.n8n.restart('kill');
			await stage.quiet();
		}
		expect(stage.seen(id)).toEqual(names);
	});

	/** As `up`, while a delivery is still waiting for its retry. */
	const upWhileWaiting = async () => {
		await stage.n8n.start();
		await until(() => stage.n8n.executions.some(({ run }) => run !== undefined));
		await stage.n8n.settle();
	};

	test('and Dintero is still trying: what comes by itself after the replay is not run again', async () => {
		await open({ retryDelaysMs: [100_000, 1] });
		await down();
		stage.fire('in between');
		await until(() => stage.sandbox.books.deliveries({ event: 'wallet_transaction' }).length === 1);
		await upWhileWaiting();
		expect(stage.seen(id)).toEqual(['in between']);
		// The retry that Dintero makes later:
		const [{ body }] = stage.sandbox.books.deliveries({ event: 'wallet_transaction' });
		expect(await stage.post(stage.url(id), body, { secret: stage.secret(id) })).toMatchObject({
			data: { message: 'received before' },
		});
		await stage.n8n.settle();
		expect(stage.seen(id)).toEqual(['in between']);
	});

	test('only what the filter lets through is replayed', async () => {
		await open({}, { whatHappened: 'funded' });
		await down();
		stage.fire('used');
		stage.fire('funded', { type: 'fund' });
		stage.fire('unheard of', { type: 'donated' });
		await stage.sandbox.deliveriesSettled();
		await up();
		expect(stage.seen(id).sort()).toEqual(['funded', 'unheard of']);
	});

	test('a failed ping is not an event', async () => {
		await open();
		await down();
		const account = stage.subscriptions[0].id;
		await stage.ping(account);
		await stage.sandbox.deliveriesSettled();
		await up();
		await stage.n8n.tick();
		expect(stage.n8n.executions).toEqual([]);
	});

	test('600 events long', async () => {
		await open({ retryDelaysMs: [] });
		await down();
		const names = Array.from({ length: 600 }, (_, n) => `event-${n}`);
		await fire(...names);
		await up();
		await until(() => stage.n8n.executions.length >= 600, 'all replays', 20_000);
		await stage.n8n.settle();
		await stage.n8n.restart('kill');
		await wait(200);
		await stage.quiet();
		expect(stage.seen(id).sort()).toEqual(names.sort());
		expect((stage.n8n.staticData(id, TRIGGER).handled as string[]).length).toBe(HANDLED_LIMIT);
	});
});

describe('Dintero dropped the subscription', () => {
	test('while n8n was down: healed, and what failed is replayed from the log of the dropped one', async () => {
		await open({ removalAfterFailures: 2 });
		await down();
		await fire('one');
		await fire('two');
		expect(stage.subscriptions).toEqual([]);
		await up();
		expect(stage.subscriptions).toHaveLength(1);
		for (let i = 0; i < 2; i++) await stage.n8n.tick();
		await stage.n8n.restart('kill');
		await wait(150);
		await stage.quiet();
		expect(replayed()).toEqual([
			['one', true],
			['two', true],
		]);
		await fire('three');
		await stage.quiet();
		expect(stage.seen(id)).toEqual(['one', 'two', 'three']);
	});

	test('twice, the second time one whose ID was never stored', async () => {
		await open({ removalAfterFailures: 2 });
		stage.sandbox.removeSubscription(stage.subscriptions[0].id);
		await stage.n8n.tick(); // heals; n8n stores nothing of it
		const healed = stage.subscriptions[0].id;
		expect(stage.n8n.staticData(id, TRIGGER).subscriptionId).not.toBe(healed);
		await down();
		await fire('one');
		await fire('two');
		expect(stage.subscriptions).toEqual([]);
		await up();
		await stage.n8n.tick();
		await stage.n8n.restart('kill');
		await wait(150);
		await stage.quiet();
		expect(replayed()).toEqual([
			['one', true],
			['two', true],
		]);
	});

	test('and shows its log no more: healed, with one clear warning', async () => {
		await open({ removalAfterFailures: 1, deletedSubscriptionDeliveriesReadable: false });
		const dropped = stage.subscriptions[0].id;
		await down();
		await fire('lost');
		await up();
		for (let i = 0; i < 3; i++) await stage.n8n.tick();
		expect(stage.subscriptions).toHaveLength(1);
		expect(stage.n8n.executions).toEqual([]);
		const warnings = stage.log.split('\n').filter((line) => line.includes("can't be read"));
		expect(warnings).toHaveLength(1);
		expect(warnings[0]).toContain(`former subscription ${dropped}`);
		expect(warnings[0]).toContain("compare with the cards' transactions");
	});

	test('and the stored state is lost: what failed since a day is replayed from the log at our URL', async () => {
		await open();
		await down();
		await fire('missed');
		stage.n8n.setStaticData(id, (all) => delete all[`node:${TRIGGER}`]);
		await up();
		expect(replayed()).toEqual([['missed', true]]);
	});

	test('because the user deactivated: what failed meanwhile is not replayed', async () => {
		await open();
		await stage.sandbox.down('503');
		await stage.n8n.unpublish(id); // could not be removed
		await stage.sandbox.up();
		await fire('while off');
		await stage.n8n.publish(id);
		await stage.quiet();
		await stage.n8n.tick();
		expect(stage.n8n.executions).toEqual([]);
	});
});

describe('n8n moved to another public URL: what failed at the former one comes once', () => {
	test.each([
		['that was stored', { removalAfterFailures: null }, false],
		['that was stored, then dropped', { removalAfterFailures: 2 }, false],
		['that the cron made', { removalAfterFailures: null }, true],
		['that the cron made, then dropped', { removalAfterFailures: 2 }, true],
	])('by a subscription %s', async (_name, switches, healedByCron) => {
		await open(switches);
		if (healedByCron) {
			stage.sandbox.removeSubscription(stage.subscriptions[0].id);
			await stage.n8n.tick();
		}
		await down();
		await fire('one');
		await fire('two');
		expect(stage.subscriptions).toHaveLength(switches.removalAfterFailures === null ? 1 : 0);
		stage.n8n.changePublicUrl();
		await up();
		await stage.n8n.restart('kill');
		await stage.n8n.tick();
		await stage.quiet();
		expect(replayed()).toEqual([
			['one', true],
			['two', true],
		]);
		await fire('three');
		await stage.quiet();
		expect(stage.seen(id)).toEqual(['one', 'two', 'three']);
	});
});

describe('the log', () => {
	test('is forbidden: one warning, and the subscription is healed nevertheless', async () => {
		await open();
		stage.sandbox.faults.add({
			kind: 'error-before',
			status: 403,
			operationId: 'aid_source_hooks_hid_deliveries_get',
		});
		stage.sandbox.removeSubscription(stage.subscriptions[0].id);
		for (let i = 0; i < 3; i++) await stage.n8n.tick();
		expect(stage.subscriptions).toHaveLength(1);
		const present = stage.log
			.split('\n')
			.filter((line) => /log of subscription \S+ can't be read/.test(line));
		expect(present).toHaveLength(1);
	});

	test('breaks off in the middle: goes on at the next look, nothing twice', async () => {
		await open();
		await down();
		const names = ['one', 'two', 'three', 'four'];
		for (const name of names) await fire(name);
		stage.sandbox.faults.add({
			kind: 'error-before',
			status: 400,
			operationId: 'aid_source_hooks_hid_deliveries_did_get',
			nth: [3, 4, 5, 6, 7, 8],
		});
		await up();
		expect(stage.seen(id)).toHaveLength(2);
		expect(stage.log).toMatch(/could not look after the subscription; trying again within 10 minutes/);
		stage.sandbox.faults.clear();
		await stage.n8n.tick();
		expect(stage.seen(id).sort()).toEqual(names.sort());
	});

	test('lacks a delivery it listed: that one is passed over', async () => {
		await open();
		await down();
		await fire('one');
		await fire('two');
		stage.sandbox.faults.add({
			kind: 'error-before',
			status: 404,
			operationId: 'aid_source_hooks_hid_deliveries_did_get',
			nth: 1,
		});
		await up();
		await stage.n8n.tick();
		expect(stage.seen(id)).toEqual(['two']);
	});

	test('is not asked for a healthy shop again and again: one list per look, no detail', async () => {
		await open();
		for (let n = 0; n < 5; n++) await fire(`fine-${n}`);
		await stage.quiet();
		stage.sandbox.resetLog();
		for (let i = 0; i < 3; i++) await stage.n8n.tick();
		expect(stage.sandbox.count('aid_source_hooks_get')).toBe(3);
		expect(stage.sandbox.count('aid_source_hooks_hid_deliveries_get')).toBe(3);
		expect(stage.sandbox.count()).toBe(6);
	});
});

describe('the stored state went wrong while n8n runs', () => {
	test('the secret is gone: refused with 503, replayed at the next look, and right again', async () => {
		await open();
		stage.n8n.setStaticData(id, (all) => delete (all[`node:${TRIGGER}`] as IDataObject).secret);
		await fire('one');
		const [{ tries }] = stage.sandbox.books.deliveries({ event: 'wallet_transaction' });
		expect(tries.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
		await stage.n8n.tick();
		await fire('two');
		await stage.quiet();
		expect(replayed()).toEqual([
			['one', true],
			['two', false],
		]);
		expect(stage.subscriptions).toHaveLength(1);
	});

	test('an older secret was written back: refused with 401, replayed, and right again', async () => {
		await open();
		stage.n8n.setStaticData(
			id,
			(all) => ((all[`node:${TRIGGER}`] as IDataObject).secret = 'a'.repeat(64)),
		);
		await fire('one');
		await stage.n8n.tick();
		await fire('two');
		await stage.quiet();
		for (let i = 0; i < 2; i++) await stage.n8n.tick();
		expect(replayed()).toEqual([
			['one', true],
			['two', false],
		]);
		expect(stage.subscriptions).toHaveLength(1);
	});

	test("an execution wrote an older copy back, so the cursor is too: n8n's own key stops the second run", async () => {
		await open();
		const before = structuredClone(stage.n8n.staticData(id, TRIGGER));
		await down();
		await fire('once');
		await up();
		stage.n8n.setStaticData(id, (all) => (all[`node:${TRIGGER}`] = before));
		await stage.n8n.restart('kill');
		await wait(150);
		await stage.quiet();
		expect(stage.seen(id)).toEqual(['once']);
	});
});

test('two subscriptions overlap: an event that comes by both runs once', async () => {
	await open({ deliveryIdPerSubscription: true });
	const [{ config }] = stage.subscriptions;
	await stage.subscribe(config.url, ['wallet_transaction'], stage.secret(id));
	await fire('twice');
	await stage.quiet();
	expect(stage.sandbox.books.deliveries({ event: 'wallet_transaction' })).toHaveLength(2);
	expect(stage.seen(id)).toEqual(['twice']);
});

test("a stranger's subscription to our URL, whose deliveries were all refused, is not replayed from", async () => {
	await open();
	await stage.subscribe(stage.subscriptions[0].config.url);
	await fire('right');
	await stage.n8n.restart('kill');
	await wait(150);
	await stage.quiet();
	await stage.n8n.tick();
	expect(stage.seen(id)).toEqual(['right']);
	expect(stage.subscriptions).toHaveLength(1);
});

test('deactivated in the middle of a replay: no more executions start', async () => {
	await open({ retryDelaysMs: [] });
	await down();
	await fire(...Array.from({ length: 40 }, (_, n) => `event-${n}`));
	await stage.n8n.start();
	await until(() => stage.n8n.executions.length >= 3);
	await stage.n8n.unpublish(id);
	const then = stage.n8n.executions.length;
	await stage.quiet();
	expect(stage.n8n.executions.length).toBeLessThanOrEqual(then + 1);
	expect(stage.subscriptions).toEqual([]);
});

test('an n8n with the older schedule helper: publishing fails and says what to do', async () => {
	stage = await Stage.open();
	stage.n8n.oldSchedules = true;
	id = stage.n8n.addWorkflow(stage.workflow());
	const { status, errors } = await stage.n8n.publish(id);
	expect(status).not.toBe('published');
	expect(errors[0].message).toBe('This n8n is too old for the Dintero Trigger');
	expect((errors[0] as unknown as { description: string }).description).toBe(
		'It needs n8n 1.105.4 or newer.',
	);
});
