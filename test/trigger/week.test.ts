/**
 * What the trigger keeps does not grow with time: looks every ten minutes of Dintero's clock, events all along, some of
 * them missed. A day in the suite; `WEEK=1 npx jest test/trigger/week.test.ts` is a week.
 */
import { env, print } from '../support/node.mts';
import { TriggerHarness, TRIGGER, until, wait } from './triggerHarness.mts';

const DAYS = env.WEEK ? 7 : 2;
const LOOKS_A_DAY = 144;

jest.setTimeout(1_800_000);

test(`${DAYS} days: the stored state stays small, and every event comes once`, async () => {
	const harness = await TriggerHarness.open({ removalAfterFailures: null, retryDelaysMs: [] });
	try {
		const id = await harness.activate();
		const sizes: number[] = [];
		const fired: string[] = [];
		const looks = () => harness.sandbox.count('aid_source_hooks_hid_deliveries_get');
		const execute = harness.n8n.execute.bind(harness.n8n);
		let down = false;
		// Missed without a restart: n8n does not store state for executions that a webhook starts.
		harness.n8n.execute = ((...given: Parameters<typeof execute>) => {
			if (down && given[3] === 'webhook') throw new Error('The database is away');
			return execute(...given);
		}) as typeof execute;
		for (let look = 0; look < DAYS * LOOKS_A_DAY; look++) {
			down = look % 4 === 0;
			const name = `event-${look}`;
			fired.push(name);
			harness.fire(name);
			await harness.sandbox.deliveriesSettled();
			down = false;
			harness.sandbox.advance(600_000);
			const before = looks();
			// One that comes while the look before is not over does nothing.
			await until(async () => {
				harness.n8n.main!.tick();
				await wait(20);
				return looks() > before;
			}, 'the look');
			if (look % LOOKS_A_DAY === LOOKS_A_DAY - 1) {
				await harness.quiet();
				await harness.n8n.tick();
				sizes.push(JSON.stringify(harness.n8n.staticData(id, TRIGGER)).length);
				// A look reads what is new, not all there ever was.
				harness.sandbox.resetLog();
				await harness.n8n.tick();
				expect(harness.sandbox.count()).toBeLessThan(12);
			}
		}
		harness.n8n.problems.length = 0;
		await harness.quiet();
		for (let i = 0; i < 2; i++) await harness.n8n.tick();
		print(`stored after each day, in characters: ${sizes.join(', ')}`);
		expect(harness.seen(id).sort()).toEqual(fired.sort());
		// 36 missed events a day, kept for two.
		expect(Math.max(...sizes)).toBeLessThan(8000);
		expect(sizes.at(-1)).toBeLessThan(1.2 * Math.max(...sizes.slice(0, 3)));
	} finally {
		await harness.close();
	}
});
