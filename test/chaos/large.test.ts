import { openHarness, type Harness } from '../support/harness.mts';
import { turnsOfOthers } from './eventLoop.mts';

let harness: Harness;
beforeEach(async () => (harness = await openHarness()));
afterEach(async () => await harness.close());

const preview = (cardId: string) =>
	({
		resource: 'giftCard',
		operation: 'create',
		cardId,
		amount: '={{ $json.amount }}',
		currency: 'NOK',
		options: { preview: true },
	}) as never;
const rows = (count: number) =>
	Array.from({ length: count }, (_, i) => ({ id: `row-${i + 1}`, amount: 100 + (i % 900) }));

test('checking thousands of rows with expressions of their own does not keep n8n from its other work', async () => {
	const parameters = preview('={{ $json.id.toLowerCase() }}');
	await harness.run(parameters, rows(10)); // loads what is loaded once
	const few = await turnsOfOthers(async () => await harness.run(parameters, rows(10)));
	let results = 0;
	const many = await turnsOfOthers(async () => {
		results = (await harness.run(parameters, rows(12_000))).json('Dintero').length;
	});
	expect(results).toBe(12_000);
	expect(many).toBeGreaterThan(few + 5);
}, 60_000);

test('10,000 rows are previewed with their total, and nothing is sent', async () => {
	const results = (await harness.run(preview('={{ $json.id }}'), rows(10_000))).json('Dintero');
	expect(results).toHaveLength(10_000);
	expect(results[9999]).toMatchObject({ cardId: 'row-10000', totalCards: 10_000 });
	expect(harness.sandbox.count()).toBe(0);
}, 60_000);
