import type { IDataObject } from 'n8n-workflow';

import { openHarness, type Harness } from '../support/harness.mts';
import { until } from '../support/time.mts';

/** What the item runner does for every operation, shown with Create and Get. */

let harness: Harness;
beforeEach(async () => (harness = await openHarness({ delayMs: 20 })));
afterEach(async () => {
	expect(harness.sandbox.violations).toEqual([]);
	await harness.close();
});

const create = (options: IDataObject = {}, extra: IDataObject = {}) =>
	({
		resource: 'giftCard',
		operation: 'create',
		amount: '100',
		cardId: '={{ $json.id }}',
		options,
		...extra,
	}) as never;
const rows = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `row-${i + 1}` }));

test('a cancelled run starts no further request, says how to get the results, and that way works', async () => {
	const stop = new AbortController();
	const running = harness.run(create({ concurrency: 2 }), rows(60), {
		signal: stop.signal,
		executionId: '40',
	});
	await until(() => harness.sandbox.books.cards().length > 0, 'the first card', 30_000);
	stop.abort();
	const run = await running;
	expect(run.status).toBe('canceled');
	// What was under way when it was cancelled is carried out all the same.
	await until(() => harness.sandbox.log.inFlight === 0, 'the sandbox to come to rest');
	const made = harness.sandbox.books.cards().length;
	expect(made).toBeGreaterThan(0);
	expect(made).toBeLessThan(60);
	expect(run.logText).toMatch(/canceled after \d+ of 60 items.*'Resume Execution ID' 40/);

	const again = await harness.run(create({ resumeExecutionId: '40' }), rows(60));
	expect(again.json('Dintero').filter(({ outcome }) => outcome === 'recovered')).toHaveLength(made);
	expect(harness.sandbox.books.cards()).toHaveLength(60);
});

test.each([1, 5])(
	'no more than %i requests are in flight when that is asked for',
	async (concurrency) => {
		await harness.run(create({ concurrency }), rows(12));
		expect(harness.sandbox.maxInFlight).toBe(concurrency);
	},
);

test('a rate is kept', async () => {
	const started = Date.now();
	await harness.run(create({ requestsPerSecond: 40 }), rows(13));
	expect(Date.now() - started).toBeGreaterThanOrEqual(300);
});

test('advice about a weak format is given once, in the editor', async () => {
	const run = await harness.run(create({}, { tokenFormat: 'custom', tokenLength: 8 }), rows(5));
	expect(run.hints).toEqual([
		expect.objectContaining({
			message: expect.stringContaining('easier to guess'),
			type: 'warning',
		}),
	]);
});

test.each([
	['continueRegularOutput', 0],
	['continueErrorOutput', 1],
])('with On Error %s a failed look-up becomes an item on output %i', async (onError, output) => {
	await harness.run(create(), rows(1));
	const get = {
		resource: 'giftCard',
		operation: 'get',
		cardId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
	} as never;
	const run = await harness.run(get, [{ id: 'row-1' }, { id: 'nobody' }], {
		settings: { onError: onError as never },
	});
	expect(run.error).toBeUndefined();
	const failed = run.json('Dintero', output).find(({ error }) => error);
	expect(failed).toMatchObject({
		error: expect.stringContaining('404'),
		details: { itemIndex: 1, status: 404 },
	});
});

test('a failed look-up stops the run with the number of its item: nothing is lost by that', async () => {
	const get = {
		resource: 'giftCard',
		operation: 'get',
		cardId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
	} as never;
	await harness.run(create(), rows(1));
	const run = await harness.run(get, [{ id: 'row-1' }, { id: 'nobody' }]);
	expect(run.nodeError('Dintero')).toMatchObject({
		message: expect.stringMatching(/\(404.*\[item 2\]$/),
		httpCode: '404',
	});
});

test('an operation this version does not know is named', async () => {
	const run = await harness.run({ resource: 'giftCard', operation: 'melt' } as never);
	expect(run.nodeError('Dintero')?.message).toContain("The operation 'melt'");
});
