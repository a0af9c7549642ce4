/**
 * Simulates a week of a busy shop in a quarter of an hour: 70,000 events, 10,000 a day, in a real n8n with the packed
 * package. Fails when the memory of the process, or the data that n8n stores for the trigger, grows with the events.
 *
 *   npm run check -- week [--events=70000]
 */
import process, { argv, exit } from 'node:process';

import { median } from './statistics.mts';
import { LoadDriver } from './load.mts';
import { openHarness } from './harness.mts';
import { ourTrigger } from './workflows.mts';

const DAYS = 7;
const events = Number(argv.find((text) => text.startsWith('--events='))?.split('=')[1] ?? 70_000);
/** Measurements per day. */
const PARTS = 5;
const size = Math.ceil(events / DAYS / PARTS);
/** The maximum ratio of the memory of the last two days to that of days 3 and 4; each pair has 20,000 events. */
const BAR = 1.1;

const harness = await openHarness({ delayMs: 0 });
const driver = new LoadDriver();
const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);
try {
	// Save no executions, as a shop with this many would.
	const workflow = await harness.publish({
		...ourTrigger(harness.surroundings),
		settings: { executionOrder: 'v1', saveDataSuccessExecution: 'none' },
	});
	const { subscriptions } = await harness.sandboxCounts();
	const [{ url, secret }] = subscriptions.filter(({ url: to }) => to.includes('bench-dintero'));
	const days: Array<{ memory: number[]; stored: number }> = [];
	const begun = Date.now();
	for (let day = 0; day < DAYS; day++) {
		const memory: number[] = [];
		for (let part = 0; part < PARTS; part++) {
			const { answers } = await driver.send({
				url,
				secret,
				accountId: harness.accountId,
				headers: {},
				prefix: (day * PARTS + part + 1).toString(16).padStart(4, '0'),
				count: size,
				connections: 10,
			});
			const started = answers['200 {"message":"Workflow was started"}'] ?? 0;
			if (started !== size) throw new Error(`${JSON.stringify(answers)} for ${size} events`);
			memory.push(await harness.memory());
		}
		days.push({ memory, stored: harness.staticData(workflow) });
		console.log(
			`Day ${day + 1}: ${memory.map((bytes) => `${megabytes(bytes)} MB`).join(', ')}; ` +
				`${days[day].stored} characters stored; ${Math.round((Date.now() - begun) / 1000)} s`,
		);
	}
	await harness.unpublish(workflow);
	const of = (first: number, last: number) =>
		median(days.slice(first, last).flatMap(({ memory }) => memory));
	const growth = of(5, 7) / of(2, 4);
	const stored = days.map(({ stored: length }) => length);
	console.log(
		`${events} events: memory of days 6 and 7 is ${growth.toFixed(2)} times that of days 3 and 4 (at most ${BAR}); ` +
			`${Math.min(...stored)} to ${Math.max(...stored)} characters stored`,
	);
	if (growth > BAR || Math.max(...stored) > 2 * Math.min(...stored)) process.exitCode = 1;
} finally {
	driver.stop();
	await harness.close();
}
exit(process.exitCode ?? 0);
