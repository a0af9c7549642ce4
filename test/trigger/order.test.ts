/** Checkout orders: what happened to them is decided after the order was read, whatever the event says. */
import type { IDataObject } from 'n8n-workflow';

import { readOrder } from '../../nodes/Dintero/domain/order';
import { changesOf } from '../../nodes/Dintero/trigger/order';
import { session } from '../sandbox/checkout/client.mts';
import { TriggerHarness } from './triggerHarness.mts';

jest.setTimeout(30_000);

let harness: TriggerHarness;
/** Open until a test is over; the tests of plain functions have none. */
const opened: TriggerHarness[] = [];
afterEach(async () => {
	for (const one of opened.splice(0)) await one.close();
});
async function open(switches: Parameters<typeof TriggerHarness.open>[0] = {}) {
	harness = await TriggerHarness.open(switches);
	opened.push(harness);
}

async function paid(): Promise<string> {
	const { id } = (await harness.api('payments/sessions-profile', session(50_000))) as {
		id: string;
	};
	return harness.sandbox.checkout.pay(id).id;
}
const operate = async (kind: 'capture' | 'refund' | 'void', id: string, amount?: number) => {
	await harness.sandbox.checkout.operate(kind, id, amount);
	await harness.quiet();
};
/** The statuses of the orders the workflow went on with. */
const seen = (id: string) =>
	harness.n8n.events(id).map(({ order }) => (order as IDataObject | null)?.status ?? null);

describe.each(['promised', 'with-status', 'whole'] as const)(
	'an event with what is %s (K23)',
	(way) => {
		test.each([
			['any', ['AUTHORIZED', 'CAPTURED', 'PARTIALLY_REFUNDED']],
			['paid', ['AUTHORIZED', 'CAPTURED', 'PARTIALLY_REFUNDED']],
			['captured', ['CAPTURED', 'PARTIALLY_REFUNDED']],
			['refunded', ['PARTIALLY_REFUNDED']],
			['canceled', []],
		])('%s', async (orderChange, expected) => {
			await open({ checkoutEventBody: way });
			const id = await harness.activate({
				triggerOn: 'checkoutOrder',
				orderChange,
				addOrder: true,
			});
			const transaction = await paid();
			await harness.quiet();
			await operate('capture', transaction, 50_000);
			await operate('refund', transaction, 100);
			expect(seen(id)).toEqual(expected);
		});
	},
);

test('a canceled order is told', async () => {
	await open();
	const id = await harness.activate({ triggerOn: 'checkoutOrder', orderChange: 'canceled' });
	const transaction = await paid();
	await harness.quiet();
	await operate('void', transaction);
	expect(harness.n8n.events(id)).toMatchObject([
		{
			changes: ['paid', 'canceled'],
			order: {
				checkoutTransactionId: transaction,
				merchantReference: 'order-1',
				status: 'AUTHORIZATION_VOIDED',
				amount: '500.00',
				captured: '0.00',
				transaction: { id: transaction },
			},
		},
	]);
});

test('without a filter the order is not read', async () => {
	await open();
	const id = await harness.activate({ triggerOn: 'checkoutOrder' });
	await paid();
	await harness.quiet();
	expect(harness.n8n.events(id)).toHaveLength(1);
	expect(harness.n8n.events(id)[0]).not.toHaveProperty('order');
	expect(harness.sandbox.count('transactions_id_get')).toBe(0);
});

test('an order that cannot be read passes, with the reason', async () => {
	await open();
	const id = await harness.activate({ triggerOn: 'checkoutOrder', orderChange: 'refunded' });
	harness.sandbox.fireEvent('checkout_transaction', { transaction: { id: 'T11223344.none' } });
	harness.sandbox.fireEvent('checkout_transaction', { transaction: {} });
	await harness.quiet();
	expect(harness.n8n.events(id)).toMatchObject([
		{ order: null, orderProblem: expect.any(String) },
		{ order: null, orderProblem: expect.any(String) },
	]);
});

describe('events that come late, and in any order', () => {
	const at = (minute: number) => new Date(Date.UTC(2026, 10, 25, 12, minute)).toISOString();
	const order = readOrder({
		id: 't',
		amount: 100,
		currency: 'NOK',
		status: 'PARTIALLY_REFUNDED',
		events: [
			{ event: 'AUTHORIZE', success: true, created_at: at(0) },
			{ event: 'CAPTURE', success: false, amount: 100, created_at: at(20) },
			{ event: 'CAPTURE', success: true, amount: 100, created_at: at(30) },
			{ event: 'REFUND', success: true, amount: 50, created_at: at(59) },
		],
	});

	test.each<[string, unknown, string[]]>([
		['the first', at(0), ['paid', 'captured', 'refunded']],
		['the second', at(30), ['captured', 'refunded']],
		['the last', at(59), ['refunded']],
		['one marked later than what happened', at(65), ['refunded']],
		['one without a time', undefined, ['paid', 'captured', 'refunded']],
		['one with a time nobody can read', 'soon', ['paid', 'captured', 'refunded']],
	])('%s tells what happened then and since, so none is missed', (_what, since, expected) => {
		expect(changesOf(order, since)).toEqual(expected);
	});
});
