import { Pace, pause } from '../../nodes/Dintero/transport/pace';
import { waitBeforeRetry } from '../../nodes/Dintero/transport/retry';

beforeEach(() => jest.useFakeTimers({ now: 1_000_000 }));
afterEach(() => jest.useRealTimers());

const pass = (milliseconds: number) => void jest.advanceTimersByTime(milliseconds);

/** Asks for so many turns at once; says when each came, in milliseconds from now. */
async function turns(pace: Pace, count: number): Promise<number[]> {
	const begun = performance.now();
	const came: number[] = [];
	const all = Array.from({ length: count }, async () => came.push((await pace.turn()) - begun));
	await jest.runAllTimersAsync();
	await Promise.all(all);
	return came;
}

/** How many turns there are in a second. */
async function perSecond(pace: Pace): Promise<number> {
	await turns(pace, 1);
	const [, second] = await turns(pace, 51).then((came) => [came[0], came[50] - came[0]]);
	return 50_000 / second;
}

describe('a pace', () => {
	test('without a limit and without a refusal lets nobody wait', async () => {
		for (const none of [0, -1])
			expect(await turns(new Pace(none), 2000)).toEqual(new Array(2000).fill(0));
	});

	test("never exceeds a person's own limit, however many get through", async () => {
		const pace = new Pace(50);
		expect(await turns(pace, 6)).toEqual([0, 20, 40, 60, 80, 100]);
		for (let i = 0; i < 1000; i++) pace.accepted();
		pass(1000);
		expect(await turns(pace, 4)).toEqual([0, 20, 40, 60]);
	});

	test('stands still for nobody when the clock of the machine is put back, or forward', async () => {
		const pace = new Pace(10);
		await turns(pace, 2);
		jest.setSystemTime(Date.now() - 3_600_000);
		expect(await turns(pace, 2)).toEqual([100, 200]);
		pace.hold(50);
		jest.setSystemTime(Date.now() + 7_200_000);
		expect(await turns(pace, 1)).toEqual([100]);
	});

	test('does not make up for time in which nobody asked', async () => {
		const pace = new Pace(10);
		await turns(pace, 1);
		pass(5000);
		expect(await turns(pace, 3)).toEqual([0, 100, 200]);
	});

	test('is cut by a refusal to 70 % of its limit, and regains 2 a second with each that gets through', async () => {
		const pace = new Pace(100);
		pace.refused(await pace.turn());
		expect(await perSecond(pace)).toBeCloseTo(70, 0);
		for (let i = 0; i < 5; i++) pace.accepted();
		expect(await perSecond(pace)).toBeCloseTo(80, 0);
		for (let i = 0; i < 50; i++) pace.accepted();
		expect(await perSecond(pace)).toBeCloseTo(100, 0);
	});

	test('without a limit is cut to 70 % of what it had in the last second', async () => {
		const pace = new Pace(0);
		await turns(pace, 500); // long ago
		pass(5000);
		await turns(pace, 49);
		pass(500);
		pace.refused(await pace.turn()); // 50 in half a second
		expect(await perSecond(pace)).toBeCloseTo(70, 0);
		for (let i = 0; i < 1000; i++) pace.accepted();
		expect(await perSecond(pace)).toBeGreaterThan(1000);
	});

	test('takes the first requests of a run for those of a tenth of a second', async () => {
		const pace = new Pace(0);
		await turns(pace, 19);
		pace.refused(await pace.turn()); // 200 a second
		expect(await perSecond(pace)).toBeCloseTo(140, -1);
	});

	test('counts the refusals of one burst once, and those of the next again', async () => {
		const pace = new Pace(100);
		const burst = [await pace.turn()];
		for (let i = 0; i < 2; i++) {
			const next = pace.turn();
			await jest.runAllTimersAsync();
			burst.push(await next);
		}
		expect(burst[2]).toBe(performance.now());
		for (const started of burst) pace.refused(started);
		expect(await perSecond(pace)).toBeCloseTo(70, 0);
		pass(1000);
		pace.refused(await pace.turn());
		expect(await perSecond(pace)).toBeCloseTo(49, 0);
	});

	test('never falls below one request a second', async () => {
		const pace = new Pace(10);
		for (let i = 0; i < 30; i++) {
			pass(5000);
			pace.refused(await pace.turn());
		}
		pass(5000);
		expect(await turns(pace, 3)).toEqual([0, 1000, 2000]);
	});

	test('holds back all that have not started, also those that wait for their turn', async () => {
		const pace = new Pace(20);
		await pace.turn();
		const second = pace.turn(); // in 50 ms
		const begun = performance.now();
		pace.hold(150);
		pace.hold(20); // is over before the other
		await jest.runAllTimersAsync();
		expect((await second) - begun).toBeGreaterThanOrEqual(150);
		pass(1000);
		pace.hold(170);
		expect(await turns(pace, 3)).toEqual([170, 220, 270]);
	});

	test('that is held gives its turns from then on, not from when it was held', async () => {
		const pace = new Pace(20);
		pass(5000);
		pace.hold(100);
		pass(100);
		expect(await turns(pace, 2)).toEqual([0, 50]);
	});

	test('lets everybody go when the execution is cancelled', async () => {
		const stop = new AbortController();
		const pace = new Pace(1, stop.signal);
		await pace.turn();
		const waiting = Promise.all([pace.turn(), pace.turn()]);
		pace.hold(60_000);
		stop.abort();
		expect(await waiting).toEqual([0, 0]);
		expect(await pace.turn()).toBe(0);
	});
});

describe('a pause', () => {
	const lasted = async (work: Promise<void>) => {
		const begun = performance.now();
		await jest.runAllTimersAsync();
		await work;
		return performance.now() - begun;
	};

	test('lasts as long as it was asked to', async () => {
		expect(await lasted(pause(250))).toBe(250);
		expect(await lasted(pause(250, new AbortController().signal))).toBe(250);
	});

	test('of no length sets no timer', async () => {
		await Promise.all([pause(0), pause(-5), pause(0, new AbortController().signal)]);
		expect(jest.getTimerCount()).toBe(0);
	});

	test('ends when the execution is cancelled, and is none after that', async () => {
		const stop = new AbortController();
		const waiting = pause(60_000, stop.signal);
		stop.abort();
		await waiting;
		const timers = jest.getTimerCount();
		await pause(60_000, stop.signal);
		expect(jest.getTimerCount()).toBe(timers);
	});

	test('leaves nothing behind at the signal of a long run', async () => {
		const { signal } = new AbortController();
		const on = jest.spyOn(signal, 'addEventListener');
		const off = jest.spyOn(signal, 'removeEventListener');
		await lasted(pause(10, signal));
		expect(on).toHaveBeenCalledTimes(1);
		expect(off.mock.calls).toEqual(on.mock.calls);
	});
});

test('a request turned away is tried on while others get through, and not when nothing does', () => {
	const turnedAway = { outcome: 'notSent', status: 429, message: 'x', signIn: false } as const;
	expect(waitBeforeRetry(turnedAway, 'unsafe', 50, 0, 5000)).toBeDefined();
	expect(waitBeforeRetry(turnedAway, 'unsafe', 50, 0, 61_000)).toBeUndefined();
	const refusedConnection = { outcome: 'notSent', message: 'x', signIn: false } as const;
	expect(waitBeforeRetry(refusedConnection, 'unsafe', 50, 0, 5000)).toBeUndefined();
});
