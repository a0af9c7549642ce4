import { Pace } from '../../nodes/Dintero/transport/pace';
import { waitBeforeRetry } from '../../nodes/Dintero/transport/retry';

/** Starts so many requests and says how long the last one had to wait. */
async function lastOf(pace: Pace, count: number): Promise<number> {
	const begun = Date.now();
	await Promise.all(Array.from({ length: count }, async () => await pace.turn()));
	return Date.now() - begun;
}

test('without a limit and without a refusal nobody waits', async () =>
	expect(await lastOf(new Pace(0), 2000)).toBeLessThan(200));

test('after a refusal fewer start in a second than before, and more again with each that gets through', async () => {
	const pace = new Pace(0);
	await lastOf(pace, 20); // within 0.1 s: 200 a second
	pace.refused(await pace.turn());
	const slow = await lastOf(pace, 20);
	expect(slow).toBeGreaterThanOrEqual(110);
	for (let i = 0; i < 1000; i++) pace.accepted();
	expect(await lastOf(pace, 20)).toBeLessThan(slow / 2);
});

test('the refusals of one burst count once', async () => {
	const pace = new Pace(100);
	const burst = [await pace.turn(), await pace.turn(), await pace.turn()];
	for (const started of burst) pace.refused(started);
	// 70 a second, not 34
	expect(await lastOf(pace, 15)).toBeLessThan(350);
});

test("a person's own limit is never exceeded, however many get through", async () => {
	const pace = new Pace(50);
	for (let i = 0; i < 1000; i++) pace.accepted();
	expect(await lastOf(pace, 6)).toBeGreaterThanOrEqual(95);
});

test('a request that waits for its turn is held back with the others', async () => {
	const pace = new Pace(20);
	await pace.turn();
	const second = pace.turn(); // in 50 ms
	const begun = Date.now();
	pace.hold(150);
	await second;
	expect(Date.now() - begun).toBeGreaterThanOrEqual(145);
});

test('a request turned away is tried on while others get through, and not when nothing does', () => {
	const turnedAway = { outcome: 'notSent', status: 429, message: 'x', signIn: false } as const;
	expect(waitBeforeRetry(turnedAway, 'write', 50, 0, 5000)).toBeDefined();
	expect(waitBeforeRetry(turnedAway, 'write', 50, 0, 61_000)).toBeUndefined();
	const refusedConnection = { outcome: 'notSent', message: 'x', signIn: false } as const;
	expect(waitBeforeRetry(refusedConnection, 'write', 50, 0, 5000)).toBeUndefined();
});
