/**
 * What may not lose an event, start it twice, hang, or cut the subscription that works: n8n's database away, n8n
 * killed at any moment, stalled, restarted without what it stored of executions; addresses and subscriptions that
 * Dintero refuses; delivery logs of every kind.
 */
import type { IDataObject } from 'n8n-workflow';
import { httpRequest, onUnhandledRejection } from '../support/node.mts';
import { TriggerHarness, TRIGGER, envelope, hmac, until, wait } from './triggerHarness.mts';

jest.setTimeout(60_000);

let harness: TriggerHarness;
let id: string;

const open = async (switches: Parameters<typeof TriggerHarness.open>[0] = {}) => {
	harness = await TriggerHarness.open({ removalAfterFailures: null, ...switches });
	id = await harness.activate();
};
afterEach(async () => {
	const { everythingShown, secrets } = harness;
	harness.n8n.main?.server?.closeAllConnections();
	await harness.close();
	expect(secrets.filter((secret) => everythingShown.includes(secret))).toEqual([]);
});

const fire = async (...names: string[]) => {
	for (const name of names) harness.fire(name);
	await harness.sandbox.deliveriesSettled();
	harness.sandbox.advance(1000);
};
const names = (count: number) => Array.from({ length: count }, (_, n) => `event-${n}`);
const looks = () => harness.sandbox.count('aid_source_hooks_hid_deliveries_get');
const up = async () => {
	const before = looks();
	await harness.n8n.start();
	await until(() => looks() > before, 'the first look');
	await harness.quiet();
};
const twice = () => {
	const seen = harness.seen(id);
	return seen.filter((one, index) => seen.indexOf(one) < index);
};
const warnings = (what: RegExp) => harness.log.split('\n').filter((line) => what.test(line));
/** Rows of executions that succeeded are gone, as where n8n does not save them. */
const forgetExecutions = () => (harness.n8n as unknown as { keys: Set<string> }).keys.clear();

type Execute = typeof harness.n8n.execute;
/** What n8n's `emit` comes to, instead of an execution. */
const insteadOfStarting = (what: () => ReturnType<Execute>, mode = 'trigger'): (() => void) => {
	const { n8n } = harness;
	const execute = n8n.execute.bind(n8n);
	n8n.execute = ((...given: Parameters<Execute>) =>
		given[3] === mode ? what() : execute(...given)) as Execute;
	return () => void (n8n.execute = execute);
};
/** As n8n's emit does it: `runWorkflow` rejects, that is logged, and `donePromise` is rejected. */
const databaseAway = () => {
	const finished = Promise.reject(new Error('SQLITE_BUSY: database is locked'));
	finished.catch(() => {});
	return { finished } as unknown as ReturnType<Execute>;
};

describe('handled means stored', () => {
	test.each([1, 5])("n8n's database is away during a replay of %i", async (count) => {
		await open();
		await harness.n8n.kill();
		await fire(...names(count));
		const back = insteadOfStarting(databaseAway);
		await up();
		expect(harness.seen(id)).toEqual([]);
		expect(harness.n8n.staticData(id, TRIGGER).handled).toEqual([]);
		expect(harness.log).toMatch(
			/could not replay failed deliveries.*n8n could not start the workflow/,
		);
		back();
		await harness.n8n.tick();
		await harness.n8n.restart('kill');
		await harness.quiet();
		expect(harness.seen(id).sort()).toEqual(names(count));
	});

	/**
	 * n8n 2.41 inserts the row, which holds the key, and then fails to set it running (workflow-runner.js): nothing runs,
	 * and the key is taken.
	 */
	test('n8n could insert the execution but not begin it: the event comes nevertheless', async () => {
		await open();
		await harness.n8n.kill();
		await fire('one', 'two');
		const { keys } = harness.n8n as unknown as { keys: Set<string> };
		const { n8n } = harness;
		const execute = n8n.execute.bind(n8n);
		let away = true;
		n8n.execute = ((...given: Parameters<Execute>) => {
			if (!away || given[3] !== 'trigger') return execute(...given);
			if (keys.has(given[4]!)) return undefined;
			keys.add(given[4]!);
			return databaseAway();
		}) as Execute;
		await up();
		away = false;
		await n8n.tick();
		await n8n.tick();
		expect(harness.seen(id).sort()).toEqual(['one', 'two']);
	});

	test('n8n says late that it could not: the event is taken up again', async () => {
		await open();
		await harness.n8n.kill();
		await fire('one');
		let fail = (): void => {};
		const back = insteadOfStarting(() => {
			const finished = new Promise((_, reject) => (fail = () => reject(new Error('timeout'))));
			finished.catch(() => {});
			return { finished } as unknown as ReturnType<Execute>;
		});
		await harness.n8n.start();
		await until(() => /replaying/.test(harness.log), 'the replay');
		await wait(300); // longer than it waits for n8n
		back();
		harness.n8n.main!.tick();
		await wait(100);
		expect(harness.seen(id)).toEqual([]);
		fail();
		// Without waiting for the cron.
		await until(() => harness.seen(id).length > 0, 'the next replay');
		await harness.n8n.tick();
		expect(harness.seen(id)).toEqual(['one']);
	});

	test('n8n is killed between saving the state and inserting the execution', async () => {
		await open();
		await harness.n8n.kill();
		await fire('one', 'two');
		const back = insteadOfStarting(() => {
			void harness.n8n.kill();
			return { finished: new Promise(() => {}) } as unknown as ReturnType<Execute>;
		});
		await harness.n8n.start();
		await until(() => harness.n8n.main === undefined, 'the kill');
		await wait(200);
		back();
		await up();
		expect(harness.seen(id).sort()).toEqual(['one', 'two']);
	});

	test('a canceled execution was stored, and is not begun again', async () => {
		class ManualExecutionCancelledError extends Error {}
		await open();
		await harness.n8n.kill();
		await fire('one');
		let starts = 0;
		insteadOfStarting(() => {
			starts++;
			const finished = Promise.reject(new ManualExecutionCancelledError('canceled'));
			finished.catch(() => {});
			return { finished } as unknown as ReturnType<Execute>;
		});
		await up();
		for (let i = 0; i < 2; i++) await harness.n8n.tick();
		expect(starts).toBe(1);
	});
});

describe('executions are not saved', () => {
	test.each([1, 3, 600])('%i failures and three restarts', async (count) => {
		await open({ retryDelaysMs: [] });
		await harness.n8n.kill();
		await fire(...names(count));
		await harness.n8n.start();
		await until(() => harness.n8n.executions.length >= count, 'all replays', 40_000);
		await harness.quiet();
		for (let restart = 0; restart < 3; restart++) {
			forgetExecutions();
			await harness.n8n.restart(restart % 2 ? 'stop' : 'kill');
			await wait(300);
			await harness.quiet();
		}
		expect(harness.n8n.executions).toHaveLength(count);
		expect(twice()).toEqual([]);
	});

	test('what came by itself by another try is not replayed after a restart', async () => {
		await open({ retryKeepsDeliveryId: false, retryDelaysMs: [1000] });
		const { n8n } = harness;
		const execute = n8n.execute.bind(n8n);
		let first = true;
		n8n.execute = ((...given: Parameters<Execute>) => {
			if (!first) return execute(...given);
			first = false;
			throw new Error('SQLITE_BUSY: database is locked');
		}) as Execute;
		await fire('one');
		await harness.quiet();
		expect(harness.seen(id)).toEqual(['one']);
		await n8n.restart();
		await wait(300);
		await harness.quiet();
		expect(harness.seen(id)).toEqual(['one']);
	});
});

describe('n8n stalls', () => {
	const webhook = () =>
		harness.engine.nodeTypes['n8n-nodes-dintero.dinteroTrigger'] as unknown as {
			webhook: (this: unknown) => Promise<unknown>;
		};
	/** n8n stores an execution late, or not at all, after the node has given it the event. */
	const stall = (
		milliseconds: (call: number) => number,
		fails: (call: number) => boolean = () => false,
	) => {
		const type = webhook();
		const own = type.webhook;
		let calls = 0;
		type.webhook = async function () {
			const call = ++calls;
			const result = await own.call(this);
			await wait(milliseconds(call));
			if (fails(call)) throw new Error('SQLITE_BUSY: database is locked');
			return result;
		};
		return () => void (type.webhook = own);
	};

	test('at its limit of executions, it answers after Dintero has given up: one start', async () => {
		await open({ retryDelaysMs: [1000, 1000], deliveryTimeoutMs: 5000 });
		const back = stall(() => 150);
		await fire('one');
		await wait(600);
		back();
		await harness.quiet();
		for (let i = 0; i < 2; i++) await harness.n8n.tick();
		expect(harness.n8n.executions).toHaveLength(1);
	});

	/** As Dintero, which gives up after a time. */
	const send = (body: string, giveUpAfter?: number) =>
		new Promise<number | string>((resolve) => {
			const signature = hmac(body, harness.secret(id));
			const sent = httpRequest(harness.url(id), {
				method: 'POST',
				headers: {
					'content-type': 'application/json',
					event: 'wallet_transaction',
					'event-signature': signature,
				},
			});
			sent.on('response', (response) => {
				response.resume();
				resolve(response.statusCode ?? 0);
			});
			sent.on('error', (error) => resolve(error.message));
			sent.end(body);
			if (giveUpAfter !== undefined)
				void wait(giveUpAfter).then(() => sent.destroy(new Error('gave up')));
		});

	test('two copies at once, n8n slow and then failing, the sender of the waiting one gone: nothing hangs', async () => {
		await open({ retryDelaysMs: [], deliveryTimeoutMs: 15_000 });
		const back = stall(
			(call) => (call === 1 ? 500 : 0),
			(call) => call === 1,
		);
		const body = JSON.stringify(envelope('one'));
		const first = send(body);
		await wait(100);
		expect(await send(body, 150)).toBe('gave up');
		expect(await first).toBe(500);
		back();
		await wait(200);
		expect(harness.n8n.executions).toEqual([]);
		expect(await Promise.race([send(body), wait(1500)])).toBe(200);
		await harness.n8n.settle();
		expect(harness.seen(id)).toEqual(['one']);
		harness.n8n.problems.length = 0;
	});

	test('for good, with a copy and a replay of the same event waiting: the subscription is still healed', async () => {
		await open({ retryDelaysMs: [] });
		const back = stall((call) => (call === 1 ? 5000 : 0));
		const body = JSON.stringify(envelope('one'));
		const stuck = send(body);
		await wait(50);
		expect(await send(body)).toBe(503);
		back();
		harness.fire('one'); // the same event, and its delivery fails as well
		await wait(300);
		harness.sandbox.removeSubscription(harness.subscriptions[0].id);
		harness.n8n.main!.tick();
		await until(() => harness.subscriptions.length === 1, 'the subscription');
		await stuck;
	});
});

describe('healing and replay are apart', () => {
	test('a subscription dropped while 200 events of a slow workflow are replayed', async () => {
		await open({ retryDelaysMs: [] });
		await harness.n8n.kill();
		await fire(...names(200));
		const { n8n } = harness;
		const execute = n8n.execute.bind(n8n);
		n8n.execute = ((...given: Parameters<Execute>) => {
			const execution = execute(...given);
			if (execution)
				execution.finished = execution.finished.then(async (run) => (await wait(3000), run));
			return execution;
		}) as Execute;
		await n8n.start();
		await until(() => n8n.executions.length >= 3, 'the first replays');
		harness.sandbox.removeSubscription(harness.subscriptions[0].id);
		n8n.main!.tick();
		await until(() => harness.subscriptions.length === 1, 'the subscription', 1000);
		expect(n8n.executions.length).toBeLessThan(100);
		await until(() => n8n.executions.length >= 200, 'the rest', 30_000);
		await harness.quiet();
		for (let i = 0; i < 2; i++) await n8n.tick();
		expect(twice()).toEqual([]);
		expect(harness.seen(id)).toHaveLength(200);
	});

	test('n8n never says what became of a start: looks go on, and the next events come', async () => {
		await open();
		await harness.n8n.kill();
		await fire('one', 'two');
		const back = insteadOfStarting(
			() => ({ finished: new Promise(() => {}) }) as unknown as ReturnType<Execute>,
		);
		await harness.n8n.start();
		await until(() => (harness.log.match(/replaying/g) ?? []).length === 2, 'both replays');
		back();
		await wait(200);
		harness.sandbox.removeSubscription(harness.subscriptions[0].id);
		harness.n8n.main!.tick();
		await until(() => harness.subscriptions.length === 1, 'the subscription');
		harness.n8n.executions.length = 0;
		await fire('three');
		await harness.n8n.settle();
		expect(harness.seen(id)).toEqual(['three']);
	});
});

test('unpublished while n8n has not said what became of a replay: nothing is left, and nothing breaks', async () => {
	await open();
	await harness.n8n.kill();
	await fire('one');
	let end = (): void => {};
	const back = insteadOfStarting(
		() =>
			({
				finished: new Promise((resolve) => (end = () => resolve({ raw: undefined }))),
			}) as unknown as ReturnType<Execute>,
	);
	const rejections: unknown[] = [];
	const stop = onUnhandledRejection((reason) => rejections.push(reason));
	try {
		await harness.n8n.start();
		await until(() => /replaying/.test(harness.log), 'the replay');
		await wait(200);
		await harness.n8n.unpublish(id);
		back();
		end();
		await wait(100);
		expect(harness.n8n.staticData(id, TRIGGER)).toEqual({});
		expect(harness.subscriptions).toEqual([]);
		expect(rejections).toEqual([]);
	} finally {
		stop();
	}
});

describe('nothing that works is thrown away', () => {
	/** Dintero takes the other address for no public one. */
	const refuseOther = (status = 400) =>
		harness.sandbox.faults.add({
			kind: 'error-before',
			status,
			operationId: 'aid_source_hooks_post',
			when: ({ body }) => body?.includes('localhost') === true,
		});

	test.each([400, 422, 403])(
		'a start with an address that Dintero refuses (%i)',
		async (status) => {
			await open();
			const [{ id: before }] = harness.subscriptions;
			await harness.n8n.stop();
			harness.n8n.changePublicUrl();
			refuseOther(status);
			await harness.n8n.start();
			await harness.quiet();
			for (let i = 0; i < 2; i++) await harness.n8n.tick();
			expect(harness.subscriptions.map((one) => one.id)).toEqual([before]);
			await fire('while the address is wrong');
			await harness.quiet();
			await harness.n8n.stop();
			harness.n8n.changePublicUrl();
			harness.sandbox.faults.clear();
			await up();
			await harness.n8n.tick();
			expect(harness.seen(id)).toEqual(['while the address is wrong']);
			expect(harness.subscriptions.map((one) => one.id)).toEqual([before]);
		},
	);

	test.each([400, 422, 403, 409])(
		'new events that Dintero refuses (%i), with a subscription that works',
		async (status) => {
			await open();
			const parameters = harness.n8n.draft(id).nodes[0].parameters as IDataObject;
			harness.sandbox.faults.add({
				kind: 'error-before',
				status,
				operationId: 'aid_source_hooks_post',
				when: ({ body }) => body?.includes('customer_add') === true,
			});
			// The parameters change while n8n does not run: a restored database, an edited file.
			Object.assign(parameters, {
				triggerOn: 'otherEvents',
				events: ['wallet_transaction', 'customer_add'],
			});
			await harness.n8n.stop();
			const rows = (
				harness.n8n as unknown as {
					rows: Map<string, { published: { nodes: Array<{ parameters: IDataObject }> } }>;
				}
			).rows;
			Object.assign(rows.get(id)!.published.nodes[0].parameters, parameters);
			await harness.n8n.start();
			await harness.quiet();
			for (let i = 0; i < 3; i++) {
				await harness.n8n.tick();
				expect(harness.subscriptions).toHaveLength(1);
			}
			await fire('still seen');
			await harness.quiet();
			expect(harness.seen(id)).toEqual(['still seen']);
		},
	);

	test.each([undefined, {}, { message: 'busy' }, null])(
		'a 200 with %j for the list is no empty list: nothing is created, and nothing is forgotten',
		async (answer) => {
			await open();
			const [{ id: before }] = harness.subscriptions;
			harness.sandbox.faults.add({
				kind: 'answer-before',
				operationId: 'aid_source_hooks_get',
				answer,
			});
			await harness.n8n.tick();
			await harness.n8n.unpublish(id).catch(() => undefined);
			expect(harness.subscriptions.map((one) => one.id)).toEqual([before]);
			expect(harness.log).toMatch(/could not remove subscription/);
		},
	);

	test('a paused one at the limit of subscriptions goes first', async () => {
		await open();
		harness.sandbox.set({ subscriptionLimit: 1 });
		harness.sandbox.pauseSubscription(harness.subscriptions[0].id);
		await harness.n8n.tick();
		expect(harness.subscriptions.map(({ active }) => active)).toEqual([true]);
	});
});

describe('the delivery log', () => {
	const paging: Array<[string, Parameters<typeof TriggerHarness.open>[0]]> = [
		['pages of ten, as other lists', { deliveryPaging: 'taken' }],
		['pages of ten whatever is asked', { deliveryPaging: 'limit-ignored' }],
		['neither limit nor cursor looked at', { deliveryPaging: 'ignored' }],
		['400 to limit and cursor', { deliveryPaging: 'refused' }],
		['oldest first', { deliveryPaging: 'limit-ignored', listOrder: 'oldest-first' }],
		['a line per event', { deliveryPaging: 'limit-ignored', deliveryLog: 'per-event' }],
	];
	test.each(paging)('is read to its end: %s', async (_name, switches) => {
		await open({ retryDelaysMs: [], ...switches });
		await harness.n8n.kill();
		await fire(...names(35));
		await up();
		for (let i = 0; i < 2; i++) await harness.n8n.tick();
		expect(harness.seen(id).sort()).toEqual(names(35).sort());
		expect(warnings(/may be missing/)).toEqual([]);
		// And not read from its beginning ever after.
		await fire('later');
		await harness.quiet();
		harness.sandbox.resetLog();
		await harness.n8n.tick();
		expect(looks()).toBeLessThanOrEqual(6);
	});

	test.each<[string, Parameters<typeof TriggerHarness.open>[0], boolean]>([
		['lines of one page', { deliveryPaging: 'ignored', deliveriesListed: 10 }, false],
		['lines of one page, read before', { deliveryPaging: 'ignored', deliveriesListed: 10 }, true],
		['no paging, by 400', { deliveryPaging: 'refused', deliveriesListed: 10 }, true],
		['a log of 20 lines', { deliveriesListed: 20 }, false],
		['a log of 7 lines, read before', { deliveriesListed: 7 }, true],
	])(
		'is shorter than the outage (%s): a person is told, once',
		async (_name, switches, readBefore) => {
			await open({ retryDelaysMs: [], ...switches });
			if (readBefore) {
				await harness.n8n.kill();
				await fire('first');
				await up();
				await harness.n8n.tick();
			}
			await harness.n8n.kill();
			for (const name of names(35)) await fire(name);
			await up();
			for (let i = 0; i < 3; i++) await harness.n8n.tick();
			await harness.n8n.restart('kill');
			await harness.quiet();
			expect(harness.seen(id).length).toBeLessThan(35);
			const told = warnings(/may be missing/);
			expect(told.length).toBeGreaterThan(0);
			expect(new Set(told).size).toBe(1);
			expect(told[0]).toMatch(
				/begins at 20\S+Z, but was last read up to 20\S+Z: .*examples\/reconcile/,
			);
		},
	);

	test('of a new subscription, or of a quiet shop, is short by right: nobody is told anything', async () => {
		for (const pingOnCreate of [true, false]) {
			await open({ pingOnCreate });
			await harness.n8n.tick();
			harness.sandbox.advance(3_600_000);
			for (const name of names(4)) await fire(name);
			for (let i = 0; i < 2; i++) await harness.n8n.tick();
			await harness.n8n.restart('kill');
			await harness.quiet();
			expect(warnings(/may be missing/)).toEqual([]);
			if (pingOnCreate) await harness.close();
		}
	});
});

test('a line that Dintero writes when the last try has failed, hours after the first, is found once', async () => {
	await open({ deliveryLog: 'per-event-late', retryDelaysMs: [20_000] });
	const back = insteadOfStarting(() => {
		throw new Error('SQLITE_BUSY: database is locked');
	}, 'webhook');
	const tries = () =>
		harness.sandbox.books.deliveries({ event: 'wallet_transaction' })[0]?.tries.length;
	harness.fire('late');
	await until(() => tries() === 1, 'the first try');
	harness.sandbox.advance(8 * 3_600_000);
	await harness.ping(harness.subscriptions[0].id); // a newer line
	await wait(50);
	harness.n8n.main!.tick();
	await until(() => tries() === 2, 'the last try');
	await harness.sandbox.deliveriesSettled();
	back();
	harness.n8n.problems.length = 0;
	expect(harness.n8n.executions).toEqual([]);
	for (let i = 0; i < 7; i++) await harness.n8n.tick();
	expect(harness.seen(id)).toEqual(['late']);
	forgetExecutions();
	await harness.n8n.restart('kill');
	await wait(200);
	await harness.quiet();
	expect(harness.seen(id)).toEqual(['late']);
});

test.each(['a start', 'publishing again'])(
	'%s that takes longer than the first look waits: one subscription, whose secret n8n holds',
	async (what) => {
		await open();
		if (what === 'a start') {
			await harness.n8n.stop();
			harness.sandbox.removeSubscription(harness.subscriptions[0].id);
		} else {
			await harness.sandbox.down('503');
			await harness.n8n.unpublish(id); // can't be removed, and its state stays
			await harness.sandbox.up();
		}
		const slow = {
			kind: 'slow-before',
			delayMs: 400,
			operationId: 'aid_source_hooks_post',
		} as const;
		harness.sandbox.faults.add({ ...slow, nth: 1 });
		const posts = harness.sandbox.count('aid_source_hooks_post');
		if (what === 'a start') await harness.n8n.start();
		else await harness.n8n.publish(id);
		await harness.quiet();
		await harness.n8n.tick();
		expect(harness.sandbox.count('aid_source_hooks_post') - posts).toBe(1);
		expect(harness.subscriptions).toMatchObject([
			{ config: { secret: { value: harness.secret(id) } } },
		]);
	},
);

test('a subscription that the cron made is stored with its first ping', async () => {
	await open();
	harness.sandbox.removeSubscription(harness.subscriptions[0].id);
	await harness.n8n.tick();
	await harness.quiet();
	expect(harness.n8n.staticData(id, TRIGGER).subscriptionId).toBe(harness.subscriptions[0].id);
});

test('a forged ping stores nothing new of a stranger, and brings no other secret', async () => {
	await open();
	const before = harness.n8n.staticData(id, TRIGGER);
	await harness.post(
		harness.url(id),
		{ secret: 'x'.repeat(64), handled: ['a'] },
		{ headers: { event: 'ping' } },
	);
	expect(harness.n8n.staticData(id, TRIGGER)).toEqual(before);
});
