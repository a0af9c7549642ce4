import { checkMaximumTotal, checkSpendingLimit, totals } from '../../nodes/Dintero/issuance/limits';

const NONE = [undefined, null, '', 0, '0'];

describe('the spending limit of the credential', () => {
	test.each(NONE.map((limit) => [limit]))('%p is none', (limit) =>
		expect(() => checkSpendingLimit(1_000_000_00, 'NOK', limit)).not.toThrow(),
	);

	test('lets pass what is not more than it', () => {
		expect(() => checkSpendingLimit(50000, 'NOK', 500)).not.toThrow();
		expect(() => checkSpendingLimit(50001, 'NOK', '500')).toThrow();
	});

	test('names the field, the amount, itself and the way out', () => {
		expect(() => checkSpendingLimit(123450, 'SEK', 500)).toThrow(
			"Amount: 1 234.50 SEK is more than the credential's spending limit of 500.00 SEK. Lower the amount, or ask the owner of the credential to raise its limit.",
		);
		expect(() => checkSpendingLimit(2, 'NOK', '0.01', 'Top-Up')).toThrow(/^Top-Up: 0\.02 NOK/);
	});

	test('that cannot be read lets nothing pass', () =>
		expect(() => checkSpendingLimit(1, 'NOK', 'much')).toThrow(/^Spending Limit: 'much'/));
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

	test.each(NONE.map((limit) => [limit]))('%p is none', (limit) =>
		expect(() => checkMaximumTotal(amounts, limit)).not.toThrow(),
	);

	test('lets pass what comes to no more, in any currency', () => {
		expect(() => checkMaximumTotal(amounts, '900')).not.toThrow();
		expect(() => checkMaximumTotal(amounts, '899.99')).toThrow(
			'Maximum Total: The 3 items of this run come to 900.00 SEK, more than 899.99 SEK. Check the amounts, or raise it.',
		);
		expect(() => checkMaximumTotal(amounts.slice(2), 199)).toThrow(/200\.00 NOK, more than 199/);
	});

	test('that cannot be read lets nothing pass', () =>
		expect(() => checkMaximumTotal(amounts, 'much')).toThrow(/^Maximum Total: 'much'/));
});
