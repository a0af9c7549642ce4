import {
	checkMaximumTotal,
	checkSpendingLimit,
	totals,
} from '../../nodes/Dintero/exactlyOnce/limits';

describe('the spending limit of the credential', () => {
	test.each([undefined, 0, '0'])('%p is none', (limit) =>
		expect(() => checkSpendingLimit(1_000_000_00, 'NOK', limit)).not.toThrow(),
	);

	test.each(['', ' ', null, '\u200b', 'much', -1, {}])('%p lets nothing pass', (limit) =>
		expect(() => checkSpendingLimit(1, 'NOK', limit)).toThrow(/^Spending Limit: /),
	);

	test('lets pass what is not more than it', () => {
		expect(() => checkSpendingLimit(50000, 'NOK', 500)).not.toThrow();
		expect(() => checkSpendingLimit(50001, 'NOK', '500')).toThrow();
	});

	test('names the field, the amount, itself and the way out', () => {
		expect(() => checkSpendingLimit(123450, 'SEK', 500)).toThrow(
			"Amount: 1 234.50 SEK is more than the credential's spending limit of 500.00 SEK. Lower the amount, or ask the owner of the credential to raise the limit.",
		);
		expect(() => checkSpendingLimit(2, 'NOK', '0.01', 'Top-Up')).toThrow(/^Top-Up: 0\.02 NOK/);
	});
});

describe('the maximum total of a run', () => {
	const amounts = [
		{ minor: 30000, currency: 'NOK' },
		{ minor: 90000, currency: 'SEK' },
		{ minor: 20000, currency: 'NOK' },
	];

	test('sums up each currency for itself', () => {
		expect([...totals(amounts)]).toEqual([
			['NOK', 50000],
			['SEK', 90000],
		]);
		expect([...totals([])]).toEqual([]);
	});

	const held =
		(maximumTotal?: number, of = amounts) =>
		() =>
			checkMaximumTotal(
				of.map((amount) => ({ ...amount, maximumTotal })),
				(amount) => amount,
			);

	test('lets everything pass where there is none', () => expect(held()).not.toThrow());

	test('passes over items that were refused', () =>
		expect(() =>
			checkMaximumTotal(
				[undefined, { maximumTotal: 1, minor: 2, currency: 'NOK' }],
				(plan) => plan,
			),
		).toThrow('Maximum Total: The one item of this run comes to 0.02 NOK, more than 0.01 NOK.'));

	test('lets pass what comes to no more, in any currency', () => {
		expect(held(90000)).not.toThrow();
		expect(held(89999)).toThrow(
			'Maximum Total: The 3 items of this run come to 900.00 SEK, more than 899.99 SEK. Check the amounts, or raise the limit.',
		);
		expect(held(19900, amounts.slice(2))).toThrow(/200\.00 NOK, more than 199/);
	});
});
