import type { IDataObject } from 'n8n-workflow';

import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('transaction', 'refund', {
	cardId: { __rl: true, mode: 'id', value: '={{ $json.card }}' },
	transactionId: '={{ $json.charge }}',
	amount: '={{ $json.amount }}',
	refId: '={{ $json.order }}',
});
const SENT = 'aid_cards_transactions_post';
/** Left empty on purpose: all that is left. */
const ALL = { amount: '' };

/** A charge of the card, as a till makes it. */
async function charge(card: string, amount: number, more: object = {}): Promise<string> {
	const { status, data } = await harness.api.post('/wallets/transactions', {
		card_id: card,
		ref_id: `order of ${amount}`,
		amount,
		currency: 'NOK',
		...more,
	});
	if (status !== 200) throw new Error(JSON.stringify(data));
	harness.sandbox.resetLog();
	return String(data.id);
}
const capture = async (id: string, amount: number): Promise<string> => {
	const { data } = await harness.api.post(`/wallets/transactions/${id}/capture`, {
		ref_id: `capture of ${amount}`,
		amount,
	});
	return String(data.id);
};
const item = (id: string, more: object = {}) => ({
	card: 'a',
	charge: id,
	amount: 40,
	order: 'return-1',
	...more,
});
const refunds = (card = 'a') =>
	harness.movesOf(card).flatMap(([kind, amount]) => (kind === 'fund' ? [amount] : []));
const available = (card = 'a') => harness.sandbox.books.card(card)?.available;

test('puts part of a charge back on its card, and says what is left', async () => {
	await harness.seed('a');
	const id = await charge('a', 10000);
	const [output] = await harness.outputOf([item(id)]);
	expect(output).toMatchObject({
		cardId: 'a',
		refundOf: id,
		whatHappened: 'funded',
		type: 'fund',
		amount: '40.00',
		amountMinor: 4000,
		leftToRefund: '60.00',
		leftToRefundMinor: 6000,
		outcome: 'done',
	});
	expect(output.refId).toMatch(/^return-1 refund [0-9a-z]{12}$/);
	expect(available()).toBe(44000);
});

test('without an amount it gives back all that is left', async () => {
	await harness.seed('a');
	const id = await charge('a', 10000);
	await harness.outputOf([item(id, { amount: '12,50' })]);
	const [output] = await harness.outputOf([item(id, { order: 'return-2' })], { set: ALL });
	expect(output).toMatchObject({ amountMinor: 8750, leftToRefundMinor: 0 });
	expect(available()).toBe(50000);
	expect(await harness.failureOf([item(id, { order: 'return-3' })], { set: ALL })).toMatch(
		/^Nothing is left to refund: the charge drew 100\.00 NOK, and all of it has been given back/,
	);
	expect(refunds()).toEqual([1250, 8750]);
});

test('finds the card by its token, and returns the new balance on request', async () => {
	const { token } = await harness.seed('a');
	const id = await charge('a', 10000);
	const set = { cardBy: 'cardToken', cardToken: token, options: { addBalance: true } };
	const [output] = await harness.outputOf([item(id)], { set });
	expect(output).toMatchObject({ cardId: 'a', balanceMinor: 44000, available: '440.00' });
});

test('writes what was asked for on the refund, with its charge', async () => {
	await harness.seed('a');
	const id = await charge('a', 10000);
	const set = {
		additionalFields: { originatedBy: 'Till 4', metadataJson: '{ "why": "broken" }' },
		options: { simplify: false },
	};
	const [output] = await harness.outputOf([item(id)], { set, raw: true });
	expect(output).toMatchObject({
		type: 'fund',
		originated_by: 'Till 4',
		metadata: { why: 'broken', n8n_refund_of: id },
		refundOf: id,
	});
});

describe('never more than the charge drew, less what came back', () => {
	test.each(['ignored', 'taken', 'limit-ignored', 'refused'] as const)(
		'also when the list of transactions is paged as %p',
		async (transactionPaging) => {
			harness.sandbox.set({ transactionPaging });
			await harness.seed('a', { amount: 1_000_000 });
			const id = await charge('a', 13000);
			// Ten transactions look like a page that may be cut.
			for (let nth = 1; nth <= 12; nth++)
				await harness.outputOf([item(id, { amount: 10, order: `return-${nth}` })]);
			expect(await harness.failureOf([item(id, { amount: '10.01', order: 'x' })])).toMatch(
				/^Only 10\.00 NOK of the 130\.00 NOK drawn is left to refund, less than 10\.01 NOK/,
			);
			expect(refunds()).toHaveLength(12);
		},
	);

	test('a list that may be cut refunds nothing', async () => {
		await harness.seed('a', { amount: 1_000_000 });
		const id = await charge('a', 13000);
		await harness.outputOf([item(id, { order: 'earlier' })]);
		for (let nth = 1; nth <= 8; nth++) await charge('a', 100 + nth);
		const { data } = await harness.api.get('/wallets/cards/a/transactions');
		const page = (data as IDataObject[]).filter(({ metadata }) => !metadata);
		expect(page).toHaveLength(10);
		harness.sandbox.faults.add({
			kind: 'answer-before',
			operationId: 'aid_cards_cardid_transactions_tid_get',
			answer: page,
		} as never);
		expect(await harness.failureOf([item(id)])).toMatch(/does not show all transactions/);
		expect(refunds()).toEqual([4000]);
	});

	test.each([true, false])(
		'two rows of one run go one at a time; same charge twice: %p',
		async (all) => {
			await harness.seed('a');
			const id = await charge('a', 10000);
			const rows = [1, 2, 3].map((nth) => item(id, { order: `return-${nth}`, amount: 60 }));
			const run = await harness.run(rows, { set: all ? ALL : {} });
			expect(refunds()).toEqual([all ? 10000 : 6000]);
			expect(harness.errorsOf(run)).toHaveLength(2);
		},
	);

	test.each([
		['stored', 'dropped'],
		['dropped', 'stored'],
		['dropped', 'dropped'],
		[400, 400],
	] as const)('with metadata %p and originated_by %p', async (metadata, originatedBy) => {
		harness.sandbox.set({ metadata, originatedBy });
		await harness.seed('a');
		const id = await charge('a', 10000);
		await harness.outputOf([item(id, { amount: 70 })]);
		expect(await harness.failureOf([item(id, { order: 'x', amount: 31 })])).toMatch(
			/30\.00 NOK of the .* is left to refund/,
		);
		expect(refunds()).toEqual([7000]);
	});

	test('the refund of another charge does not count', async () => {
		await harness.seed('a');
		const first = await charge('a', 10000);
		const second = await charge('a', 5000);
		await harness.outputOf([item(first, { amount: 100 })]);
		const [output] = await harness.outputOf([item(second, { amount: 50 })]);
		expect(output).toMatchObject({ leftToRefundMinor: 0 });
		expect(refunds()).toEqual([10000, 5000]);
	});

	test('what Dintero itself gave back counts where it names the charge', async () => {
		await harness.seed('a');
		const id = await charge('a', 10000);
		const list = 'aid_cards_cardid_transactions_tid_get';
		const { data } = await harness.api.get('/wallets/cards/a/transactions');
		harness.sandbox.faults.add({
			kind: 'answer-before',
			operationId: list,
			answer: [
				...(data as object[]),
				{ id: 'x', type: 'fund', parent_id: id, amount: 9000, currency: 'NOK', ref_id: 'y' },
			],
		} as never);
		expect(await harness.failureOf([item(id)])).toMatch(/10\.00 NOK of the .* is left to refund/);
	});
});

describe.each(['state', 'action'] as const)('a reservation, its types naming the %s', (types) => {
	beforeEach(() => harness.sandbox.set({ transactionTypes: types }));

	test('that was not captured is refused', async () => {
		await harness.seed('a');
		const id = await charge('a', 10000, { pending: true });
		expect(await harness.failureOf([item(id)])).toMatch(
			/^This is a reservation of 100\.00 NOK that was not captured, so nothing was drawn \| No money was moved now\. Use 'Void' to release it/,
		);
	});

	test('that was released is refused', async () => {
		await harness.seed('a');
		const id = await charge('a', 10000, { pending: true });
		await harness.api.post(`/wallets/transactions/${id}/void`, { ref_id: 'v' });
		expect(await harness.failureOf([item(id)])).toMatch(/^This reservation was released/);
	});

	test('gives back what its captures drew, by its own ID or by theirs', async () => {
		await harness.seed('a');
		const id = await charge('a', 10000, { pending: true });
		const first = await capture(id, 3000);
		const second = await capture(id, 2000);
		const [output] = await harness.outputOf([item(first, { amount: 30 })]);
		expect(output).toMatchObject({ leftToRefundMinor: 0 });
		expect(await harness.failureOf([item(id, { order: 'x', amount: 21 })])).toMatch(
			/Only 20\.00 NOK of the 50\.00 NOK drawn is left to refund/,
		);
		await harness.outputOf([item(id, { order: 'y', amount: 15 })]);
		expect(await harness.failureOf([item(second, { order: 'z', amount: 6 })])).toMatch(
			/5\.00 NOK of the .* is left to refund/,
		);
		expect(refunds()).toEqual([3000, 1500]);
	});

	test('is held apart from a charge beside it', async () => {
		await harness.seed('a');
		const held = await charge('a', 20000, { pending: true });
		const id = await charge('a', 10000);
		await harness.outputOf([item(id)]);
		expect(refunds()).toEqual([4000]);
		expect(await harness.failureOf([item(held, { order: 'x' })])).toMatch(/^This is a reservation/);
	});
});

describe('is refused', () => {
	test.each<[string, IDataObject, RegExp]>([
		['no transaction ID', { charge: 'order-7' }, /^Transaction ID: 'order-7' is not an ID/],
		['nothing', { amount: '0' }, /^Amount: is 0/],
		['an expression that gives no amount', { amount: null }, /^Amount: is empty/],
		['an expression that gives no reference', { order: null }, /^Reference: is empty/],
	])('%s, before anything is sent', async (_what, wrong, message) => {
		expect(await harness.failureOf([item('9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11', wrong)])).toMatch(
			message,
		);
		expect(harness.sandbox.count()).toBe(0);
	});

	test('the same reference for one charge in two rows', async () => {
		const rows = [1, 2].map(() => item('9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11'));
		expect(await harness.failureOf(rows)).toMatch(
			/^Reference: 'return-1' is also the reference of item 1, for the same charge/,
		);
		expect(harness.sandbox.count()).toBe(0);
	});

	test('the charge of another card', async () => {
		await harness.seed('a');
		await harness.seed('b');
		const id = await charge('b', 10000);
		expect(await harness.failureOf([item(id)])).toMatch(
			new RegExp(`^The gift card 'a' has no transaction '${id}' \\| .*on another card`),
		);
	});

	test('a card that is not there', async () => {
		expect(await harness.failureOf([item('9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11')])).toMatch(
			/^Dintero has no gift card 'a'/,
		);
	});

	test('a top-up', async () => {
		await harness.seed('a');
		const id = await charge('a', 10000, { type: 'fund' });
		expect(await harness.failureOf([item(id)])).toMatch(
			/^This transaction is a top-up, not a charge/,
		);
	});

	test('an amount meant in another currency', async () => {
		await harness.seed('a');
		const id = await charge('a', 10000);
		const set = { additionalFields: { currency: 'EUR' } };
		expect(await harness.failureOf([item(id)], { set })).toMatch(
			/^The charge is in NOK, not in EUR \| No money was moved now\. Set 'Currency' to NOK/,
		);
		await harness.outputOf([item(id)], { set: { additionalFields: { currency: 'NOK' } } });
		expect(refunds()).toEqual([4000]);
	});

	test('more than the spending limit of the credential', async () => {
		await harness.seed('a');
		const id = await charge('a', 10000);
		harness.signIn(harness.sandbox.account, { maximumAmount: 39 });
		expect(await harness.failureOf([item(id)])).toMatch(/spending limit of 39\.00 NOK/);
		expect(await harness.failureOf([item(id)], { set: ALL })).toMatch(/100\.00 NOK is more than/);
		expect(refunds()).toEqual([]);
	});

	test('an expired card, in a shop’s words', async () => {
		await harness.seed('a', { expires_at: '2030-01-01T00:00:00Z' });
		const id = await charge('a', 10000);
		harness.sandbox.advance(20 * 365 * 24 * 3600 * 1000);
		expect(await harness.failureOf([item(id)])).toMatch(
			/^The gift card 'a' expired on|The card has expired/,
		);
	});

	test.each<[string, object]>([
		['metadata', { metadata: { dintero_transaction_id: 'T12345678.x' } }],
		['originated_by', { originated_by: 'dintero-checkout' }],
	])('a charge of a payment in Checkout, told by its %s', async (_how, more) => {
		await harness.seed('a');
		const id = await charge('a', 10000, more);
		expect(await harness.failureOf([item(id)])).toMatch(
			/^This charge belongs to a payment in Dintero Checkout.*'Checkout Transaction: Refund'/,
		);
	});
});

describe.each(['return-first', 400, 409] as const)(
	'a repeated reference as %p',
	(duplicateRefId) => {
		beforeEach(() => harness.sandbox.set({ duplicateRefId }));

		test.each([true, false])('is never refunded twice; all that is left: %p', async (all) => {
			await harness.seed('a');
			const id = await charge('a', 10000);
			const set = all ? ALL : {};
			await harness.outputOf([item(id)], { set });
			const [again] = await harness.outputOf([item(id)], { set });
			expect(again).toMatchObject({
				outcome: 'alreadyDone',
				alreadyDone: true,
				amountMinor: all ? 10000 : 4000,
				leftToRefundMinor: all ? 0 : 6000,
			});
			expect(refunds()).toEqual([all ? 10000 : 4000]);
		});

		test('with another amount is refused', async () => {
			await harness.seed('a');
			const id = await charge('a', 10000);
			await harness.outputOf([item(id)]);
			expect(await harness.failureOf([item(id, { amount: 30 })])).toMatch(
				/was used before for something else.*differs in amount \(found 40\.00 NOK, expected 30\.00 NOK\)/,
			);
		});

		test('may be the reference of the charge, the order number', async () => {
			await harness.seed('a');
			const id = await charge('a', 10000, { ref_id: 'order-7' });
			await harness.outputOf([item(id, { order: 'order-7' })]);
			expect(refunds()).toEqual([4000]);
		});

		test.each(['cut-before', 'cut-after', 'error-before', 'error-after', 'not-json'] as const)(
			'%s: refunded once',
			async (kind) => {
				await harness.seed('a');
				const id = await charge('a', 10000);
				harness.sandbox.faults.add({ kind, operationId: SENT, nth: 1 });
				const [output] = await harness.outputOf([item(id)]);
				expect(output).toMatchObject({ alreadyDone: false, leftToRefundMinor: 6000 });
				expect(refunds()).toEqual([4000]);
			},
		);
	},
);

test('long references that begin alike are two', async () => {
	await harness.seed('a');
	const id = await charge('a', 10000);
	const long = 'x'.repeat(254);
	await harness.outputOf([item(id, { order: `${long}1` })]);
	await harness.outputOf([item(id, { order: `${long}2` })]);
	expect(refunds()).toEqual([4000, 4000]);
});

test('a run that stopped is resumed by its execution ID, refunding nothing twice', async () => {
	await harness.seed('a');
	const id = await charge('a', 10000);
	const items = [
		{ card: 'a', charge: id },
		{ card: 'unknown', charge: id },
	];
	const set = { ...ALL, refId: '', options: { ifItemFails: 'stop', concurrency: 1 } };
	expect(await harness.failureOf(items, { set, executionId: '70' })).toMatch(
		/no gift card 'unknown' \[item 2\].*'Resume Execution ID' 70/,
	);
	const resumed = { ...ALL, refId: '', options: { resumeExecutionId: '70' } };
	const run = await harness.run(items, { set: resumed });
	expect(run.json('Dintero')[0]).toMatchObject({ outcome: 'recovered', amountMinor: 10000 });
	expect(refunds()).toEqual([10000]);
});
