import {
	amount,
	amountUnit,
	currency,
	maximumTotal,
	onlyCurrency,
	partOfAmount,
} from '../../nodes/Dintero/fields/amount';
import { expectRefusal } from '../support/refusal.mts';
import { read, readUntouched } from './raw.mts';

const MINOR = { options: { amountUnit: 'minor' } };

describe('Currency', () => {
	test('is kroner where nobody chose, and the one of the work where it is only a check', () => {
		expect(readUntouched(currency)).toBe('NOK');
		expect(currency.properties[0].default).toBe('NOK');
		expect(read(currency, {})).toBe('NOK');
		expect(read(onlyCurrency, {})).toBeUndefined();
	});

	test.each([currency, onlyCurrency])('is read in any case, and refused by name', (field) => {
		expect(read(field, { currency: ' sek ' })).toBe('SEK');
		expectRefusal(() => read(field, { currency: 'kr' }), 'Currency', /'kr'/, /NOK/);
		expectRefusal(
			() => read(field, { currency: { expression: null } }),
			'Currency',
			/gave nothing/,
			/this item/,
		);
	});
});

describe('Amount Unit', () => {
	test('is the main unit where nobody chose', () => {
		expect(readUntouched(amountUnit)).toBe('main');
		expect(read(amountUnit, {})).toBe('main');
	});

	test.each([
		['Kroner (Main Unit)', 'main'],
		['main', 'main'],
		['øre or cents (minor unit)', 'minor'],
		['MINOR', 'minor'],
	])('%s is %s', (value, unit) => expect(read(amountUnit, { amountUnit: value })).toBe(unit));

	test('is refused by name', () =>
		void expectRefusal(
			() => read(amountUnit, { amountUnit: 'øre' }),
			'Amount Unit',
			/'øre'/,
			/main, minor/,
		));
});

describe('Amount', () => {
	test.each<[object, object]>([
		[{ amount: '499,50' }, { minor: 49_950, currency: 'NOK' }],
		[
			{ amount: 500, currency: 'eur' },
			{ minor: 50_000, currency: 'EUR' },
		],
		[
			{ amount: '1\u00a0000,50', currency: 'SEK' },
			{ minor: 100_050, currency: 'SEK' },
		],
		[
			{ amount: '500', ...MINOR },
			{ minor: 500, currency: 'NOK' },
		],
	])('%j is %j', (parameters, money) => expect(read(amount, parameters)).toEqual(money));

	test('must be filled in, and is marked so', () => {
		expectRefusal(() => readUntouched(amount), 'Amount', /^is empty/, /number such as 500/);
		expectRefusal(
			() => read(amount, { amount: ' ' }),
			'Amount',
			/visible characters/,
			/fill it in/i,
		);
		expect(amount.properties.map(({ name, required }) => [name, required])).toEqual([
			['amount', true],
			['currency', undefined],
		]);
		expect(amount.leaves.map(({ property }) => property)).toEqual(amount.properties);
	});

	test.each<[object, RegExp]>([
		[{ amount: 0 }, /0\.00 NOK/],
		[{ amount: '0,00', currency: 'EUR' }, /0\.00 EUR/],
		[{ amount: 0, ...MINOR }, /0\.00 NOK/],
	])(
		'of nothing is refused: %j',
		(parameters, shown) =>
			void expectRefusal(() => read(amount, parameters), 'Amount', shown, /above zero/),
	);

	test('in øre has no decimals', () =>
		void expectRefusal(
			() => read(amount, { amount: '5,50', ...MINOR }),
			'Amount',
			/'5,50'/,
			/Amount Unit/,
		));
});

describe('Amount that may be a part', () => {
	test('is all there is when it was left empty', () => {
		expect(readUntouched(partOfAmount)).toBeUndefined();
		expect(read(partOfAmount, {})).toBeUndefined();
		expect(partOfAmount.properties[0].required).toBe(false);
	});

	test.each<[object, number]>([
		[{ amount: '499,50' }, 49_950],
		[{ amount: '0.01' }, 1],
		[{ amount: 500, ...MINOR }, 500],
		[{ amount: 1, ...MINOR }, 1],
	])('%j is %p', (parameters, minor) => expect(read(partOfAmount, parameters)).toBe(minor));

	test('is never nothing, and never a missing value', () => {
		expectRefusal(
			() => read(partOfAmount, { amount: '0' }),
			'Amount',
			/\b0\b/,
			/above zero.*empty/,
		);
		expectRefusal(
			() => read(partOfAmount, { amount: { expression: undefined } }),
			'Amount',
			/gave nothing/,
			/this item/,
		);
	});
});

describe('Maximum Total', () => {
	test('is none where it was left empty or 0 by hand', () => {
		expect(readUntouched(maximumTotal)).toBeUndefined();
		for (const value of [undefined, '', '0', 0, '0,00'])
			expect(read(maximumTotal, { maximumTotal: value })).toBeUndefined();
	});

	test.each<[unknown, number]>([
		['250 000', 25_000_000],
		['0,01', 1],
		[{ expression: 1 }, 100],
	])('%j is %p, whatever Amount Unit says', (value, minor) =>
		expect(read(maximumTotal, { maximumTotal: value, ...MINOR })).toBe(minor),
	);

	test('that an expression gave as 0 or nothing stops the run', () => {
		expectRefusal(
			() => read(maximumTotal, { maximumTotal: { expression: 0 } }),
			'Maximum Total',
			/\b0\b.*no limit/,
			/above zero.*remove/,
		);
		expectRefusal(
			() => read(maximumTotal, { maximumTotal: { expression: '' } }),
			'Maximum Total',
			/gave nothing/,
			/this item/,
		);
		expect(() => read(maximumTotal, { maximumTotal: 'much' })).toThrow(/^Maximum Total: 'much'/);
	});

	test('holds for the whole run, as no amount does', () => {
		expect(maximumTotal.leaves[0].wholeRun).toBe(true);
		expect([...amount.leaves, ...partOfAmount.leaves].map(({ wholeRun }) => wholeRun)).toEqual([
			false,
			false,
			false,
		]);
	});
});
