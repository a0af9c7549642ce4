import type { IDataObject } from 'n8n-workflow';

import { getAll } from '../../../nodes/Dintero/actions/checkoutTransaction/getAll';
import { session, order } from '../../sandbox/checkout/client.mts';
import { checkoutHarness } from '../checkout.mts';

const harness = checkoutHarness('checkoutTransaction', 'getAll');

async function many(count: number) {
	for (let nth = 1; nth <= count; nth++) {
		const { data } = await harness.api.post(
			'/payments/sessions-profile',
			session(100 * nth, {
				order: order(100 * nth, { merchant_reference: `o-${nth}` }),
				customer: { customer_id: nth % 2 ? 'odd' : 'even', email: `${nth}@example.com` },
			}),
		);
		harness.sandbox.checkout.pay(data.id as string);
		harness.sandbox.advance(1000);
	}
	harness.sandbox.resetLog();
}
const list = async (set: object = {}) =>
	(await harness.outputOf([{}], { set: set as IDataObject })).map(
		({ merchantReference }) => merchantReference,
	);

describe.each(['newest-first', 'oldest-first', 'by-id'] as const)('listed %s (K14)', (way) => {
	test('the newest come first, as many as asked for', async () => {
		await many(5);
		harness.sandbox.set({ checkoutListOrder: way });
		expect(await list({ limit: 1 })).toEqual(['o-5']);
		expect(await list({ limit: 3 })).toEqual(['o-5', 'o-4', 'o-3']);
		expect(await list({ returnAll: true })).toEqual(['o-5', 'o-4', 'o-3', 'o-2', 'o-1']);
	});

	test('every page is read', async () => {
		await many(120);
		harness.sandbox.set({ checkoutListOrder: way });
		expect(await list({ returnAll: true })).toHaveLength(120);
		expect(await list({ limit: 110 })).toHaveLength(110);
		expect((await list({ limit: 1 }))[0]).toBe('o-120');
	});
});

// Of a payment, Dintero's schema requires neither the ID, which is the cursor, nor the time.
test.each([
	[10, ['Dintero returns only one page of the payments, so there may be more than those listed']],
	[9, []],
])('a page of %i without IDs leads no further, and a hint says so', async (count, hints) => {
	const payment = { payment_product_type: 'dintero.wallets', amount: 100, currency: 'NOK' };
	const dintero = {
		checkoutRoots: ['x/'],
		timeZone: 'UTC',
		send: async () => Array.from({ length: count }, () => payment),
	};
	const told: string[] = [];
	const warn = (hint: string) => void told.push(hint);
	const plan = { query: {}, limit: Infinity, simplify: false, warn };
	expect(await getAll.run(plan as never, dintero as never)).toHaveLength(count);
	expect(told).toEqual(hints);
});

test.each<[object, string[]]>([
	[{ merchantReference: 'o-2' }, ['o-2']],
	[{ merchantReference: 2 }, []],
	[{ customerId: 'odd' }, ['o-3', 'o-1']],
	[{ search: '3@example.com' }, ['o-3']],
	[{ statuses: ['CAPTURED', 'REFUNDED'] }, ['o-1']],
	[{ statuses: 'Captured, authorized' }, ['o-3', 'o-2', 'o-1']],
	[{ capturedAfter: '2020-01-01' }, ['o-1']],
	[{ refundedAfter: '2020-01-01' }, []],
	[{ refundedBefore: '2099-01-01' }, []],
	[{ capturedBefore: '2020-01-01' }, []],
	[{ createdBefore: '2020-01-01' }, []],
	[{ createdAfter: '2020-01-01' }, ['o-3', 'o-2', 'o-1']],
	[{ storeId: 'oslo' }, []],
	[{ sessionId: 'T1.other' }, []],
])('Dintero filters by %j', async (filters, expected) => {
	await many(3);
	const [first] = harness.sandbox.checkout.payments();
	await harness.sandbox.checkout.operate('capture', first.id, 100);
	expect(await list({ filters })).toEqual(expected);
});

test.each<[object, RegExp]>([
	[
		{ createdAfter: '2026-02-01', createdBefore: '2026-01-31' },
		/^Created After: .* is later than 'Created Before'/,
	],
	[
		{ capturedAfter: '2026-02-01T12:00:00Z', capturedBefore: '2026-02-01T11:00:00Z' },
		/^Captured After: .* is later than 'Captured Before'/,
	],
	[
		{ refundedAfter: '2026-02-01', refundedBefore: '2026-01-31' },
		/^Refunded After: .* is later than 'Refunded Before'/,
	],
	// Without the filter the list would be everybody's.
	[{ customerId: '={{ $json.missing }}' }, /^Customer ID: is empty: the expression gave nothing/],
	[{ search: '={{ $json.missing }}' }, /^Search: is empty: the expression gave nothing/],
	[{ customerId: 'null' }, /^Customer ID: 'null' comes from a missing value/],
])('%j is refused before anything is sent', async (filters, message) => {
	expect(await harness.failureOf([{}], { set: { filters } as IDataObject })).toMatch(message);
	expect(harness.sandbox.count()).toBe(0);
});

test('a row shows what matters of an order', async () => {
	const id = await harness.paid({ captured: 50_000 });
	const [row] = await harness.outputOf([{}]);
	expect(row).toMatchObject({
		checkoutTransactionId: id,
		captured: '500.00',
		refunded: '0.00',
		giftCardRefund: '200.00',
		cardId: 'gc-1',
	});
	const [raw] = await harness.outputOf([{}], { set: { simplify: false }, raw: true });
	expect(raw).toMatchObject({ id, amount: 50_000 });
});
