import type { IDataObject } from 'n8n-workflow';

import { openHarness, type Harness } from '../support/harness.mts';
import { fastTime, until } from '../support/time.mts';
import { audit, type ReturnedCard } from './audit.mts';

/** Dintero is down: for a moment, from the start, in the middle. */

let harness: Harness;
let realTime = (): void => {};
beforeEach(async () => (harness = await openHarness({ seed: 4 })));
afterEach(async () => {
	realTime();
	await harness.close();
});

const create = (options: IDataObject = {}) =>
	({
		resource: 'giftCard',
		operation: 'create',
		cardId: '={{ $json.id }}',
		amount: '={{ $json.amount }}',
		currency: 'NOK',
		options: { timeout: 1, ...options },
	}) as never;
const rows = (count: number) =>
	Array.from({ length: count }, (_, i) => ({ id: `row-${i + 1}`, amount: 100 + i }));
const wantedOf = (items: ReturnType<typeof rows>) =>
	items.map(({ id, amount }) => ({ cardId: id, amount: amount * 100, currency: 'NOK' }));
const issued = (results: IDataObject[]) =>
	results.filter(({ error }) => error === undefined) as unknown as ReturnedCard[];

describe.each(['503', 'refuse'] as const)('Dintero is down (%s)', (how) => {
	test('from the start: the run ends with one plain error, soon, whatever the number of rows', async () => {
		realTime = fastTime(100);
		await harness.sandbox.down(how);
		const run = await harness.run(create(), rows(200));
		expect(run.nodeError('Dintero')?.message).toMatch(/sign-in .* failed|could not be reached/);
		expect(run.nodeError('Dintero')?.message).not.toContain('did not say');
		expect(harness.sandbox.count()).toBeLessThanOrEqual(6);
	}, 30_000);

	test('for a moment in the middle: every row gets its card all the same', async () => {
		const items = rows(60);
		harness.sandbox.setDelay(20);
		const running = harness.run(create(), items);
		await until(() => harness.sandbox.books.totals().cards > 20);
		await harness.sandbox.down(how, 800);
		const results = (await running).json('Dintero');
		const report = await audit(harness.sandbox, wantedOf(items), issued(results));
		expect(report.problems).toEqual([]);
	}, 30_000);

	test('from the middle on: the run ends soon, keeps the codes of the cards it made, and says so of the others', async () => {
		const items = rows(2000);
		harness.sandbox.setDelay(20);
		const running = harness.run(create(), items);
		await until(() => harness.sandbox.books.totals().cards > 40);
		await harness.sandbox.down(how);
		const results = (await running).json('Dintero');
		await harness.sandbox.up();
		expect(results).toHaveLength(2000);
		const made = issued(results);
		const ids = new Set(made.map(({ cardId }) => cardId));
		const report = await audit(
			harness.sandbox,
			wantedOf(items).filter(({ cardId }) => ids.has(cardId)),
			made,
		);
		// The few under way when it went down may be in the books; their items say that their fate is unknown.
		const unknown = results.filter(({ error }) => String(error).includes('did not say'));
		expect(unknown.length).toBeLessThanOrEqual(10);
		const strangers = harness.sandbox.books
			.cards()
			.filter(({ cardId }) => !ids.has(cardId))
			.map(({ cardId }) => cardId);
		for (const cardId of strangers)
			expect(unknown.some(({ error }) => String(error).includes(`'${cardId}'`))).toBe(true);
		expect(
			report.problems.filter((text) => !/nobody ordered|without an owner|hold/.test(text)),
		).toEqual([]);
	}, 60_000);
});
