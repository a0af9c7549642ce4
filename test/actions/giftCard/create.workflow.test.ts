/** Create as a workflow: its output schema, its files, its dates. What must never happen is in create.test.ts. */
import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness(
	'giftCard',
	'create',
	{
		amount: '={{ $json.amount }}',
		currency: 'NOK',
		cardId: '={{ $json.order }}',
		pinFormat: 'digits4',
		tokenFormat: 'digits16',
		additionalFields: {},
		options: {},
	},
	'Europe/Oslo',
);

test('issues what the fields say, and shows what was sent', async () => {
	const run = await harness.run(
		[
			{ amount: '500', order: 'order-1' },
			{ amount: '1 000,50', order: 'order / 2' },
		],
		{
			set: {
				additionalFields: {
					name: 'Summer',
					customerId: 'customer-7',
					type: 'credit_note',
					activeFrom: '2030-06-01T00:00:00',
					expiresAt: '2099-12-31',
					metadata: { entries: [{ key: 'dintero_transaction_id', value: 'T1' }] },
				},
				options: { tokenBarcode: true, pinBarcode: true },
			},
		},
	);
	expect(run.error).toBeUndefined();
	const [first, second] = run.json('Dintero');
	expect(first).toMatchObject({
		cardId: 'order-1',
		amountFormatted: '500.00 NOK',
		name: 'Summer',
		customerId: 'customer-7',
		type: 'credit_note',
		activeFrom: '2030-06-01T00:00:00+02:00', // midnight in Oslo, the zone of the workflow
		expiresAt: '2099-12-31T23:59:59+01:00',
		metadata: { dintero_transaction_id: 'T1' },
	});
	expect(second).toMatchObject({ cardId: 'order / 2', amountMinor: 100050 });
	const [{ binary }, { binary: other }] = run.output('Dintero');
	expect(binary).toMatchObject({
		cardTokenBarcode: { fileName: 'order-1-token.png', mimeType: 'image/png' },
		pinBarcode: { fileName: 'order-1-pin.png', mimeType: 'image/png' },
	});
	expect(other?.cardTokenBarcode.fileName).toBe('order_2-token.png');
});

test('the list of cards to choose from finds by ID, name and customer', async () => {
	await harness.seed('a', { name: 'Summer' });
	await harness.seed('b', { customer_id: 'Åse' });
	const listed = (filter?: string) =>
		harness.engine.listSearch(
			{
				type: 'n8n-nodes-dintero.dintero',
				parameters: { resource: 'giftCard', operation: 'get' },
				credentials: { dinteroApi: { id: 'dintero', name: '' } },
			},
			'searchCards',
			filter,
		);
	expect((await listed()).results).toEqual([
		{ name: 'b (500.00 NOK)', value: 'b' },
		{ name: 'a (Summer, 500.00 NOK)', value: 'a' },
	]);
	expect((await listed('åse')).results.map(({ value }) => value)).toEqual(['b']);
	expect((await listed('summer')).results.map(({ value }) => value)).toEqual(['a']);
});
