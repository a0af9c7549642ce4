/** Delivery logs that the sandbox never writes: late lines, times of two kinds, members in another order, many IDs. */
import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';
import { deliveryMemory } from '../../nodes/Dintero/trigger/deliveryMemory';
import { advance } from '../../nodes/Dintero/trigger/deliveryLog';
import { identitiesOf } from '../../nodes/Dintero/trigger/events';
import { Handled } from '../../nodes/Dintero/trigger/handled';
import { replayMissed, type Replayer } from '../../nodes/Dintero/trigger/replay';
import type { State } from '../../nodes/Dintero/trigger/state';
import { fakeDintero, type Scripted } from '../exactlyOnce/fakeDintero.mts';
import { envelope, transaction } from './triggerHarness.mts';

const warned: string[] = [];
const context = {
	getWorkflow: () => ({ id: 'w', name: 'w' }),
	getNode: () => ({ id: 'n', name: 'n' }),
	getNodeParameter: (_name: string, fallback: unknown) => fallback,
	logger: { info: () => {}, warn: (line: string) => warned.push(line) },
} as never;

const stateSince = (since: string): State => ({
	owner: 'o',
	accountId: 'T11223344',
	subscriptionId: 's',
	url: 'u',
	secret: 'x',
	logs: [{ subscriptionId: 's', since }],
	handled: [],
});
const line = (id: string, created_at: string, status = 500, event_delivery = id) => ({
	id,
	event_delivery,
	created_at,
	status,
});
const failed = (body: unknown): Scripted[] => [
	{ request: { body } as IDataObject, details: { delivery_success: false } },
];
const details = (...ids: string[]) =>
	Object.fromEntries(ids.map((id) => [`GET deliveries/${id}`, failed(envelope(id))]));

/** One look for each list; as after a restart each time, if asked for. */
const look = async (
	state: State,
	lists: Scripted[],
	lines: Record<string, Scripted[]>,
	{ restart = false } = {},
) => {
	const started: string[] = [];
	const replayer = (): Replayer => ({
		emit: async (item) => void started.push((item.json.transaction as { id: string }).id),
		warnOnce: (message) => void warned.push(message),
		stopped: () => false,
	});
	const one = replayer();
	const { dintero } = fakeDintero({ 'GET s/deliveries': lists, ...lines });
	for (let i = 0; i < lists.length; i++) {
		if (restart) deliveryMemory.clear();
		await replayMissed(context, dintero, state, restart ? replayer() : one);
	}
	return started;
};
beforeEach(() => {
	deliveryMemory.clear();
	warned.length = 0;
});

describe('late lines', () => {
	test.each([1, 3, 8, 23])(
		'a line that appears %i hours after its time is found, and once',
		async (hours) => {
			const at = new Date(Date.parse('2026-11-22T12:00:00Z') - hours * 3_600_000).toISOString();
			const newer = line('newer', '2026-11-22T12:00:00Z', 200);
			const late = [newer, line('late', at)];
			const started = await look(
				stateSince('2026-11-01T00:00:00Z'),
				[[newer], late, late, late],
				details('late'),
				{ restart: true },
			);
			expect(started).toEqual(['late']);
		},
	);

	test('a line whose time moves on with each try is one event', async () => {
		const lists = [10, 14, 20, 33, 50].map((hour) => [
			line('newer', new Date(Date.UTC(2026, 10, 22, hour)).toISOString(), 200),
			line(`try-${hour}`, new Date(Date.UTC(2026, 10, 22, hour - 1)).toISOString(), 500, 'one'),
		]);
		const lines = Object.fromEntries(
			[10, 14, 20, 33, 50].map((hour) => [`GET deliveries/try-${hour}`, failed(envelope('one'))]),
		);
		const state = stateSince('2026-11-01T00:00:00Z');
		expect(await look(state, lists, lines, { restart: true })).toEqual(['one']);
	});
});

describe('times are compared as times', () => {
	test.each([
		['2026-11-22T10:00:00Z', '2026-11-22T10:00:00.400Z'],
		['2026-11-22T10:00:00.900Z', '2026-11-22T10:00:00Z'],
		['2026-11-22T10:00:00Z', '2026-11-22T11:00:00+01:00'],
		['2026-11-22T11:00:00+01:00', '2026-11-22T10:00:00.000000Z'],
		['2026-11-22T10:00:00Z', ''],
	])('since %s, a failure at "%s"', async (since, at) => {
		expect(await look(stateSince(since), [[line('a', at)]], details('a'))).toEqual(['a']);
	});

	test('in the order of their times, whatever their form', async () => {
		const list = [
			line('c', '2026-11-22T10:00:01.500Z'),
			line('a', '2026-11-22T12:00:00+02:00'),
			line('b', '2026-11-22T10:00:01Z'),
		];
		const state = stateSince('2026-11-22T09:00:00Z');
		expect(await look(state, [list], details('a', 'b', 'c'))).toEqual(['a', 'b', 'c']);
	});
});

const shuffled = (value: unknown, random: (count: number) => number): unknown => {
	if (Array.isArray(value)) return value.map((entry) => shuffled(entry, random));
	if (typeof value !== 'object' || value === null) return value;
	const entries = Object.entries(value);
	for (let i = entries.length - 1; i > 0; i--) {
		const j = random(i + 1);
		[entries[i], entries[j]] = [entries[j], entries[i]];
	}
	return Object.fromEntries(entries.map(([key, one]) => [key, shuffled(one, random)]));
};

describe('one event under several IDs', () => {
	const sorted = (id: string) => ({
		transaction: Object.fromEntries(Object.entries(transaction(id)).sort()),
		event_delivery: 'other',
		event: 'wallet_transaction',
		account_id: 'T11223344',
	});

	test.each([false, true])('members in another order, restart between: %s', async (restart) => {
		const lines = {
			'GET deliveries/a': failed(envelope('a')),
			'GET deliveries/b': failed(sorted('a')),
		};
		const a = line('a', '2026-11-22T10:00:01Z');
		const b = line('b', '2026-11-22T10:00:02Z', 500, 'other');
		const state = stateSince('2026-11-22T10:00:00Z');
		expect(await look(state, [[a], [b, a]], lines, { restart })).toEqual(['a']);
	});

	test('a try that got through under another ID is found in the log', async () => {
		const list = [
			line('third', '2026-11-22T10:00:09Z', 200),
			line('second', '2026-11-22T10:00:05Z', 200),
			line('first', '2026-11-22T10:00:01Z', 500),
		];
		const lines = {
			'GET deliveries/first': failed(envelope('a', {}, 'first')),
			'GET deliveries/second': [{ request: { body: envelope('b', {}, 'second') } }],
			'GET deliveries/third': [{ request: { body: sorted('a') } }],
		} as Record<string, Scripted[]>;
		expect(await look(stateSince('2026-11-22T10:00:00Z'), [list], lines)).toEqual([]);
	});

	test.each<[string, IDataObject]>([
		['an amount as text', { amount: '12500' }],
		['a time with milliseconds', { created_at: '2026-11-22T10:00:00.000Z' }],
		['a time of another zone', { created_at: '2026-11-22T11:00:00+01:00' }],
	])('with %s is still one event', async (_what, other) => {
		const list = [line('b', '2026-11-22T10:00:02Z'), line('a', '2026-11-22T10:00:01Z')];
		const lines = {
			...details('a'),
			'GET deliveries/b': failed(envelope('a', other, 'b')),
		};
		expect(await look(stateSince('2026-11-22T10:00:00Z'), [list], lines)).toEqual(['a']);
	});

	test.each(['12501', '012500', '12500.0', ' 12500', '9'.repeat(17), '1e3'])(
		'an amount %j is another',
		(amount) => {
			const of = (value: unknown) =>
				identitiesOf({
					name: 'wallet_transaction',
					body: envelope('x', { amount: value as string }),
				})[0];
			expect(of(amount)).not.toBe(of(12500));
			expect(of(amount)).not.toBe(of(Number(amount) + 1));
		},
	);

	test('content is the same in whatever order its members come, and another when a value differs', () => {
		const json = fc.jsonValue({ maxDepth: 4 });
		fc.assert(
			fc.property(json, fc.infiniteStream(fc.nat()), (extra, numbers) => {
				const body = { ...envelope('x'), extra } as IDataObject;
				const stream = numbers[Symbol.iterator]();
				const other = shuffled(body, (count) => (stream.next().value as number) % count);
				const of = (one: unknown) =>
					identitiesOf({ name: 'wallet_transaction', deliveryId: 'd', body: one })[0];
				expect(of(JSON.parse(JSON.stringify(other)))).toBe(of(JSON.parse(JSON.stringify(body))));
				expect(of({ ...body, extra: [extra] })).not.toBe(of(body));
			}),
		);
	});
});

describe('one line that can’t be read', () => {
	test.each<[string, Scripted]>([
		['400', { fail: 400 }],
		['500', { fail: 500 }],
		['no answer', { fail: 'lost' }],
	])('by %s does not hold the others back', async (_what, answer) => {
		const list = ['a', 'b', 'c'].map((id, n) => line(id, `2026-11-22T10:00:0${n}Z`));
		const lines = { ...details('a', 'c'), 'GET deliveries/b': [answer] };
		const state = stateSince('2026-11-22T10:00:00Z');
		await expect(look(state, [list], lines)).rejects.toThrow();
		expect(new Handled(state.handled).has('a')).toBe(true);
		expect(new Handled(state.handled).has('c')).toBe(true);
		expect(new Handled(state.handled).has('b')).toBe(false);
		// The next look finds it.
		expect(await look(state, [list], details('a', 'b', 'c'), { restart: true })).toEqual(['b']);
	});
});

describe('one line whose answer is not its own', () => {
	const list = [line('b', '2026-11-22T10:00:02Z'), line('a', '2026-11-22T10:00:01Z')];
	const own = details('a', 'b');
	const sinceTen = () => stateSince('2026-11-22T10:00:00Z');

	test.each<[string, IDataObject]>([
		['another delivery', { id: 'b', event_delivery: 'b', request: { body: envelope('b') } }],
		[
			'another delivery, which got through',
			{
				id: 'b',
				event_delivery: 'b',
				request: { body: envelope('b') },
				details: { delivery_success: true },
			},
		],
		['no body', { id: 'a', request: {}, details: { delivery_success: false } }],
	])('but %s: the next look reads it', async (_what, answer) => {
		const lines = { ...own, 'GET deliveries/a': [answer, ...own['GET deliveries/a']] };
		const started = await look(sinceTen(), [list, list], lines, { restart: true });
		expect(started).toEqual(['b', 'a']);
	});

	test('for an hour: it is given up with one warning', async () => {
		const none = { request: {}, details: { delivery_success: false } };
		const state = sinceTen();
		const { now } = Date;
		let hours = 0;
		const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + hours++ * 3_600_000);
		try {
			await look(state, [list, list, list], { ...own, 'GET deliveries/a': [none] });
		} finally {
			clock.mockRestore();
		}
		expect(warned.filter((text) => /delivery a of .* may be missing/.test(text))).toHaveLength(1);
		expect(new Handled(state.handled).has('a')).toBe(true);
	});
});

test('150,000 lines that are open do not end the look', () => {
	const at = Date.parse('2026-11-22T10:00:00Z');
	const lines = Array.from({ length: 150_000 }, (_, n) => ({
		id: `${n}`,
		deliveryId: `${n}`,
		createdAt: '',
		at: n === 0 ? NaN : at + n,
		outcome: 'open' as const,
	}));
	const { newest } = advance({ subscriptionId: 's', since: '' }, { lines, end: 'complete' }, lines);
	expect(newest?.id).toBe('1');
});

describe('the memory', () => {
	test('cannot push itself out, and is as small as what may still be listed', () => {
		const day = 24 * 3_600_000;
		const handled = new Handled();
		for (let n = 0; n < 20_000; n++) handled.add([`old-${n}`], Date.UTC(2026, 10, 1) + n);
		for (let n = 0; n < 20_000; n++)
			handled.add([`new-${n}`, `content-${n}`], Date.UTC(2026, 10, 9));
		for (const name of ['old-0', 'old-19999', 'new-0', 'content-19999'])
			expect(handled.has(name)).toBe(true);
		handled.prune(Date.UTC(2026, 10, 9) - day);
		expect(handled.has('old-0')).toBe(false);
		expect(handled.stored()).toHaveLength(40_000);
		expect(JSON.stringify(handled.stored()).length).toBeLessThan(40_000 * 25);
		const again = new Handled(JSON.parse(JSON.stringify(handled.stored())) as string[]);
		expect(again.has('new-7')).toBe(true);
		expect(again.has('unheard of')).toBe(false);
	});
});

describe('deliveries in memory', () => {
	test('a busy trigger does not push out what another one has taken', async () => {
		const settle = await deliveryMemory.claim('quiet', ['x'], 0);
		if (typeof settle === 'function') settle(true);
		for (let n = 0; n < 45_000; n++) {
			const claim = await deliveryMemory.claim('busy', [`a-${n}`, `b-${n}`], 0);
			if (typeof claim === 'function') claim(true);
		}
		expect(await deliveryMemory.claim('quiet', ['x'], 0)).toBe('taken');
		expect(await deliveryMemory.claim('busy', ['b-44999'], 0)).toBe('taken');
		expect(typeof (await deliveryMemory.claim('busy', ['a-0'], 0))).toBe('function');
	});

	test('a claim that never ends holds nobody for longer than its patience', async () => {
		await deliveryMemory.claim('t', ['x'], 0);
		expect(await deliveryMemory.claim('t', ['y', 'x'], 30)).toBe('pending');
	});
});
