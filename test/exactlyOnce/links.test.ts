import {
	isRefundOf,
	refundReference,
	replacementId,
	replacementIn,
	replacementReference,
} from '../../nodes/Dintero/exactlyOnce/links';

const CHARGE = '9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11';
const OTHER = '1b2c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11';

describe('a refund', () => {
	test('names its charge in its reference, whatever its length', () => {
		for (const length of [1, 234, 235, 236, 255]) {
			const reference = refundReference('x'.repeat(length), CHARGE);
			expect(reference.length).toBeLessThanOrEqual(255);
			expect(isRefundOf({ type: 'fund', ref_id: reference }, CHARGE)).toBe(true);
			expect(isRefundOf({ type: 'fund', ref_id: reference }, OTHER)).toBe(false);
		}
	});

	test('is known by its metadata and by a parent, and those of another charge are not it', () => {
		expect(isRefundOf({ type: 'fund', metadata: { n8n_refund_of: CHARGE } }, CHARGE)).toBe(true);
		expect(isRefundOf({ type: 'fund', parent_id: CHARGE }, CHARGE)).toBe(true);
		expect(
			isRefundOf(
				{
					type: 'fund',
					metadata: { n8n_refund_of: OTHER },
					ref_id: refundReference('x', CHARGE),
				},
				CHARGE,
			),
		).toBe(false);
	});

	test('is money that came back: captures, charges and plain top-ups are none', () => {
		expect(isRefundOf({ type: 'drawdown', parent_id: CHARGE }, CHARGE)).toBe(false);
		expect(isRefundOf({ type: 'fund', ref_id: 'refund' }, CHARGE)).toBe(false);
	});
});

describe('a replacement', () => {
	test.each([
		['order-1', 'order-1-replacement'],
		['order-1-replacement', 'order-1-replacement-2'],
		['order-1-replacement-2', 'order-1-replacement-3'],
		['order-1-replacement-9', 'order-1-replacement-10'],
		['-replacement', '-replacement-2'],
	])('of %s is %s', (cardId, next) => expect(replacementId(cardId)).toBe(next));

	test('has an ID that Dintero takes, another one for each card', () => {
		const ids = ['a', 'b'].map((end) => replacementId('x'.repeat(254) + end));
		expect(new Set(ids).size).toBe(2);
		for (const id of ids) expect(id.length).toBeLessThanOrEqual(255);
	});

	test('is found by its draw, with the new ID where that can be told', () => {
		const draw = { type: 'drawdown', ref_id: replacementReference('b') };
		const named = { ...draw, metadata: { n8n_replaced_by: 'b' } };
		expect(replacementIn([{ type: 'drawdown', ref_id: 'x' }, named], 'a')?.newCardId).toBe('b');
		expect(replacementIn([draw], 'b')?.newCardId).toBe('b');
		expect(replacementIn([draw], 'a')).toEqual({ draw });
		expect(replacementIn([{ type: 'drawdown', ref_id: 'order-1' }], 'a')).toBeUndefined();
	});
});
