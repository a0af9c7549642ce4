/** What Dintero could not deliver starts the workflow afterwards: each event, once, marked as replayed. */
import type { IDataObject } from 'n8n-workflow';
import { TriggerHarness, TRIGGER, until, wait } from './triggerHarness.mts';

let harness: TriggerHarness;
let id: string;

jest.setTimeout(30_000);

const open = async (
	switches: Parameters<typeof TriggerHarness.open>[0] = {},
	parameters: IDataObject = {},
) => {
	harness = await TriggerHarness.open({ removalAfterFailures: null, ...switches });
	id = await harness.activate(parameters as never);
};

afterEach(async () => {
	const { everythingShown, secrets } = harness;
	await harness.close();
	expect(secrets.filter((secret) => everythingShown.includes(secret))).toEqual([]);
});

const down = async (how: 'stop' | 'kill' = 'kill') => await harness.n8n[how]();

/** Starts n8n and waits until its first look, some seconds after the start, is over. */
const up = async () => {
	const looks = harness.sandbox.count('aid_source_hooks_hid_deliveries_get');
	await harness.n8n.start();
	await until(
		() => harness.sandbox.count('aid_source_hooks_hid_deliveries_get') > looks,
		'the first look',
	);
	await harness.quiet();
};

const fire = async (...names: string[]) => {
	for (const name of names) harness.fire(name);
	await harness.sandbox.deliveriesSettled();
	harness.sandbox.advance(1000); // Dintero's times may be whole seconds
};

const replayed = () =>
	harness.n8n.events(id).map((item) => [(item.transaction as IDataObject).id, item.replayed]);

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
			await harness.quiet();
			await down();
			await fire('one');
			await fire('two', 'three');
			await up();
			await fire('after');
			await harness.quiet();
			for (let i = 0; i < 3; i++) await harness.n8n.tick();
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
			expect(harness.log).toMatch(/replaying delivery \S+, which failed/);
		},
	);

	test('the item is the same as a live one but for the mark, and the execution says "trigger"', async () => {
		await open();
		await down();
		await fire('late');
		await up();
		const [execution] = harness.n8n.executions;
		expect(execution.mode).toBe('trigger');
		const [item] = harness.n8n.events(id);
		const [delivery] = harness.sandbox.books.deliveries({ event: 'wallet_transaction' });
		expect(item).toEqual({
			event: 'wallet_transaction',
			eventDelivery: delivery.id,
			accountId: 'T11223344',
			whatHappened: 'used',
			cardId: 'card-1',
			transactionId: 'late',
			type: 'drawdown',
			amount: '125.00',
			amountMinor: 12500,
			amountFormatted: '125.00 NOK',
			currency: 'NOK',
			refId: 'ref-late',
			createdAt: '2026-11-22T10:00:00Z',
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
			await harness.n8n.restart('kill');
			await harness.quiet();
		}
		expect(harness.seen(id)).toEqual(names);
	});

	/** As `up`, while a delivery is still waiting for its retry. */
	const upWhileWaiting = async () => {
		await harness.n8n.start();
		await until(() => harness.n8n.executions.some(({ run }) => run !== undefined));
		await harness.n8n.settle();
	};

	test('and Dintero is still trying: what comes by itself after the replay is not run again', async () => {
		await open({ retryDelaysMs: [100_000, 1] });
		await down();
		harness.fire('in between');
		await until(
			() => harness.sandbox.books.deliveries({ event: 'wallet_transaction' }).length === 1,
		);
		await upWhileWaiting();
		expect(harness.seen(id)).toEqual(['in between']);
		// The retry that Dintero makes later:
		const [{ body }] = harness.sandbox.books.deliveries({ event: 'wallet_transaction' });
		expect(await harness.post(harness.url(id), body, { secret: harness.secret(id) })).toMatchObject(
			{
				data: { message: 'received before' },
			},
		);
		await harness.n8n.settle();
		expect(harness.seen(id)).toEqual(['in between']);
	});

	test('only what the filter lets through is replayed', async () => {
		await open({}, { whatHappened: 'funded' });
		await down();
		harness.fire('used');
		harness.fire('funded', { type: 'fund' });
		harness.fire('unheard of', { type: 'donated' });
		await harness.sandbox.deliveriesSettled();
		await up();
		expect(harness.seen(id).sort()).toEqual(['funded', 'unheard of']);
	});

	test('a failed ping is not an event', async () => {
		await open();
		await down();
		const account = harness.subscriptions[0].id;
		await harness.ping(account);
		await harness.sandbox.deliveriesSettled();
		await up();
		await harness.n8n.tick();
		expect(harness.n8n.executions).toEqual([]);
	});

	test('600 events long', async () => {
		await open({ retryDelaysMs: [] });
		await down();
		const names = Array.from({ length: 600 }, (_, n) => `event-${n}`);
		await fire(...names);
		await up();
		await until(() => harness.n8n.executions.length >= 600, 'all replays', 20_000);
		await harness.n8n.settle();
		await harness.n8n.restart('kill');
		await wait(200);
		await harness.quiet();
		expect(harness.seen(id).sort()).toEqual(names.sort());
	});
});

describe('Dintero dropped the subscription', () => {
	test('while n8n was down: healed, and what failed is replayed from the log of the dropped one', async () => {
		await open({ removalAfterFailures: 2 });
		await down();
		await fire('one');
		await fire('two');
		expect(harness.subscriptions).toEqual([]);
		await up();
		expect(harness.subscriptions).toHaveLength(1);
		for (let i = 0; i < 2; i++) await harness.n8n.tick();
		await harness.n8n.restart('kill');
		await wait(150);
		await harness.quiet();
		expect(replayed()).toEqual([
			['one', true],
			['two', true],
		]);
		await fire('three');
		await harness.quiet();
		expect(harness.seen(id)).toEqual(['one', 'two', 'three']);
	});

	test('twice, the second time one whose ID was never stored', async () => {
		await open({ removalAfterFailures: 2, pingOnCreate: false });
		harness.sandbox.faults.add({
			kind: 'error-before',
			status: 404,
			operationId: 'aid_source_hooks_hid_ping_post',
		});
		harness.sandbox.removeSubscription(harness.subscriptions[0].id);
		await harness.n8n.tick(); // heals; without a ping n8n stores nothing of it
		const healed = harness.subscriptions[0].id;
		expect(harness.n8n.staticData(id, TRIGGER).subscriptionId).not.toBe(healed);
		await down();
		await fire('one');
		await fire('two');
		expect(harness.subscriptions).toEqual([]);
		await up();
		await harness.n8n.tick();
		await harness.n8n.restart('kill');
		await wait(150);
		await harness.quiet();
		expect(replayed()).toEqual([
			['one', true],
			['two', true],
		]);
	});

	test('and shows its log no more: healed, with one clear warning', async () => {
		await open({ removalAfterFailures: 1, deletedSubscriptionDeliveriesReadable: false });
		const dropped = harness.subscriptions[0].id;
		await down();
		await fire('lost');
		await up();
		for (let i = 0; i < 3; i++) await harness.n8n.tick();
		expect(harness.subscriptions).toHaveLength(1);
		expect(harness.n8n.executions).toEqual([]);
		const warnings = harness.log.split('\n').filter((line) => line.includes("can't be read"));
		expect(warnings).toHaveLength(1);
		expect(warnings[0]).toContain(`former subscription ${dropped}`);
		expect(warnings[0]).toContain("compare with the cards' transactions");
	});

	test('and the stored state is lost: what failed since a day is replayed from the log at our URL', async () => {
		await open();
		await down();
		await fire('missed');
		harness.n8n.setStaticData(id, (all) => delete all[`node:${TRIGGER}`]);
		await up();
		expect(replayed()).toEqual([['missed', true]]);
	});

	test('because the user deactivated: what failed meanwhile is not replayed', async () => {
		await open();
		await harness.sandbox.down('503');
		await harness.n8n.unpublish(id); // could not be removed
		await harness.sandbox.up();
		await fire('while off');
		await harness.n8n.publish(id);
		await harness.quiet();
		await harness.n8n.tick();
		expect(harness.n8n.executions).toEqual([]);
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
			harness.sandbox.removeSubscription(harness.subscriptions[0].id);
			await harness.n8n.tick();
		}
		await down();
		await fire('one');
		await fire('two');
		expect(harness.subscriptions).toHaveLength(switches.removalAfterFailures === null ? 1 : 0);
		harness.n8n.changePublicUrl();
		await up();
		await harness.n8n.restart('kill');
		await harness.n8n.tick();
		await harness.quiet();
		expect(replayed()).toEqual([
			['one', true],
			['two', true],
		]);
		await fire('three');
		await harness.quiet();
		expect(harness.seen(id)).toEqual(['one', 'two', 'three']);
	});
});

describe('the log', () => {
	test('is forbidden: one warning, and the subscription is healed nevertheless', async () => {
		await open();
		harness.sandbox.faults.add({
			kind: 'error-before',
			status: 403,
			operationId: 'aid_source_hooks_hid_deliveries_get',
		});
		harness.sandbox.removeSubscription(harness.subscriptions[0].id);
		for (let i = 0; i < 3; i++) await harness.n8n.tick();
		expect(harness.subscriptions).toHaveLength(1);
		const present = harness.log
			.split('\n')
			.filter((line) => /log of subscription \S+ can't be read/.test(line));
		expect(present).toHaveLength(1);
	});

	test('breaks off in the middle: goes on at the next look, nothing twice', async () => {
		await open();
		await down();
		const names = ['one', 'two', 'three', 'four'];
		for (const name of names) await fire(name);
		harness.sandbox.faults.add({
			kind: 'error-before',
			status: 400,
			operationId: 'aid_source_hooks_hid_deliveries_did_get',
			nth: [3, 4, 5, 6, 7, 8],
		});
		await up();
		expect(harness.seen(id)).toHaveLength(2);
		expect(harness.log).toMatch(/could not replay failed deliveries; retrying within 10 minutes/);
		harness.sandbox.faults.clear();
		await harness.n8n.tick();
		expect(harness.seen(id).sort()).toEqual(names.sort());
	});

	describe('lists a delivery that answers 404', () => {
		const missing = async (nth?: number) => {
			await open({ retryDelaysMs: [] });
			await down();
			await fire('one');
			await fire('two');
			harness.sandbox.faults.add({
				kind: 'error-before',
				status: 404,
				operationId: 'aid_source_hooks_hid_deliveries_did_get',
				...(nth === undefined ? {} : { nth }),
			});
			await up();
		};

		test('for a moment: the next look reads it', async () => {
			await missing(1);
			expect(harness.seen(id)).toEqual(['two']);
			await harness.n8n.tick();
			await harness.n8n.tick();
			expect(harness.seen(id)).toEqual(['two', 'one']);
		});

		test('for an hour: it is given up with one warning', async () => {
			await missing();
			await harness.n8n.tick();
			expect(harness.log).not.toMatch(/may be missing/);
			const { now } = Date;
			const later = jest.spyOn(Date, 'now').mockImplementation(() => now() + 61 * 60_000);
			try {
				for (let i = 0; i < 2; i++) await harness.n8n.tick();
			} finally {
				later.mockRestore();
			}
			const warnings = harness.log.split('\n').filter((line) => /may be missing/.test(line));
			expect(warnings).toHaveLength(2); // one for each of the two
			expect(warnings[0]).toMatch(
				/delivery \S+ of 20\S+Z failed, and its entry in Dintero's log can't be read.*examples\/reconcile/,
			);
			expect(harness.n8n.executions).toEqual([]);
		});
	});

	test('is not asked for a healthy shop again and again: one list per look, no detail', async () => {
		await open();
		for (let n = 0; n < 5; n++) await fire(`fine-${n}`);
		await harness.quiet();
		harness.sandbox.resetLog();
		for (let i = 0; i < 3; i++) await harness.n8n.tick();
		expect(harness.sandbox.count('aid_source_hooks_get')).toBe(3);
		expect(harness.sandbox.count('aid_source_hooks_hid_deliveries_get')).toBe(3);
		expect(harness.sandbox.count()).toBe(6);
	});
});

describe('the stored state went wrong while n8n runs', () => {
	test('the secret is gone: refused with 503, replayed at the next look, and right again', async () => {
		await open();
		harness.n8n.setStaticData(id, (all) => delete (all[`node:${TRIGGER}`] as IDataObject).secret);
		await fire('one');
		const [{ tries }] = harness.sandbox.books.deliveries({ event: 'wallet_transaction' });
		expect(tries.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
		await harness.n8n.tick();
		await fire('two');
		await harness.quiet();
		expect(replayed()).toEqual([
			['one', true],
			['two', false],
		]);
		expect(harness.subscriptions).toHaveLength(1);
	});

	test.each<[string, (state: IDataObject) => void]>([
		['logs are missing', (state) => delete state.logs],
		['handled deliveries are text', (state) => (state.handled = 'none')],
	])('its %s: a restart makes it whole, and replays', async (_what, change) => {
		await open();
		await down();
		await fire('one');
		harness.n8n.setStaticData(id, (all) => void change(all[`node:${TRIGGER}`] as IDataObject));
		await up();
		expect(harness.seen(id)).toEqual(['one']);
		expect(harness.subscriptions).toHaveLength(1);
	});

	test('an older secret was written back: refused with 401, replayed, and right again', async () => {
		await open();
		harness.n8n.setStaticData(
			id,
			(all) => ((all[`node:${TRIGGER}`] as IDataObject).secret = 'a'.repeat(64)),
		);
		await fire('one');
		await harness.n8n.tick();
		await fire('two');
		await harness.quiet();
		for (let i = 0; i < 2; i++) await harness.n8n.tick();
		expect(replayed()).toEqual([
			['one', true],
			['two', false],
		]);
		expect(harness.subscriptions).toHaveLength(1);
	});

	test("an execution wrote an older copy back, so the cursor is too: n8n's own key stops the second run", async () => {
		await open();
		const before = structuredClone(harness.n8n.staticData(id, TRIGGER));
		await down();
		await fire('once');
		await up();
		harness.n8n.setStaticData(id, (all) => (all[`node:${TRIGGER}`] = before));
		await harness.n8n.restart('kill');
		await wait(150);
		await harness.quiet();
		expect(harness.seen(id)).toEqual(['once']);
	});
});

test('two subscriptions overlap: an event that comes by both runs once', async () => {
	await open({ deliveryIdPerSubscription: true });
	const [{ config }] = harness.subscriptions;
	await harness.subscribe(config.url, ['wallet_transaction'], harness.secret(id));
	await fire('twice');
	await harness.quiet();
	expect(harness.sandbox.books.deliveries({ event: 'wallet_transaction' })).toHaveLength(2);
	expect(harness.seen(id)).toEqual(['twice']);
});

test("a stranger's subscription to our URL, whose deliveries were all refused, is not replayed from", async () => {
	await open();
	await harness.subscribe(harness.subscriptions[0].config.url);
	await fire('right');
	await harness.n8n.restart('kill');
	await wait(150);
	await harness.quiet();
	await harness.n8n.tick();
	expect(harness.seen(id)).toEqual(['right']);
	expect(harness.subscriptions).toHaveLength(1);
});

test('deactivated in the middle of a replay: no more executions start', async () => {
	await open({ retryDelaysMs: [] });
	await down();
	await fire(...Array.from({ length: 40 }, (_, n) => `event-${n}`));
	await harness.n8n.start();
	await until(() => harness.n8n.executions.length >= 3);
	await harness.n8n.unpublish(id);
	const then = harness.n8n.executions.length;
	await harness.quiet();
	expect(harness.n8n.executions.length).toBeLessThanOrEqual(then + 1);
	expect(harness.subscriptions).toEqual([]);
});

test('an n8n with the older schedule helper: publishing fails and says what to do', async () => {
	harness = await TriggerHarness.open();
	harness.n8n.oldSchedules = true;
	id = harness.n8n.addWorkflow(harness.workflow());
	const { status, errors } = await harness.n8n.publish(id);
	expect(status).not.toBe('published');
	expect(errors[0].message).toBe('This n8n is too old for the Dintero Trigger');
	expect((errors[0] as unknown as { description: string }).description).toBe(
		'It needs n8n 1.105.4 or newer.',
	);
});
