import { sleep } from 'n8n-workflow';

import { Pace, pause } from '../../nodes/Dintero/transport/pace';
import { forEachParallel } from '../../nodes/Dintero/transport/parallel';

test('every index is done once, never more at a time than allowed', async () => {
	const done: number[] = [];
	let inFlight = 0;
	let most = 0;
	await forEachParallel(50, 7, async (index) => {
		most = Math.max(most, ++inFlight);
		await sleep(index % 3);
		inFlight--;
		done.push(index);
	});
	expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
	expect(most).toBe(7);
});

test('nothing new starts once it is stopped', async () => {
	const started: number[] = [];
	await forEachParallel(
		50,
		2,
		async (index) => void started.push(index),
		() => started.length >= 5,
	);
	expect(started).toEqual([0, 1, 2, 3, 4]);
});

test('no items, no work', async () =>
	await expect(forEachParallel(0, 5, async () => fail('nothing to do'))).resolves.toBeUndefined());

test('requests are spaced to the rate asked for', async () => {
	const pace = new Pace(50);
	const started = Date.now();
	await Promise.all(Array.from({ length: 6 }, async () => await pace.turn()));
	expect(Date.now() - started).toBeGreaterThanOrEqual(95);
});

test('while Dintero asks to wait nobody starts', async () => {
	const pace = new Pace(0);
	pace.hold(80);
	const started = Date.now();
	await pace.turn();
	expect(Date.now() - started).toBeGreaterThanOrEqual(75);
});

test('a wait ends when the execution is cancelled', async () => {
	const controller = new AbortController();
	void sleep(20).then(() => controller.abort());
	// Longer than the test may take.
	await pause(900_000, controller.signal);
	await pause(900_000, controller.signal);
	expect(controller.signal.aborted).toBe(true);
});
