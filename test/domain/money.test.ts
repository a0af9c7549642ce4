import fc from 'fast-check';

import {
	formatAmount,
	mainUnitText,
	parseAmount,
	parseCurrency,
} from '../../nodes/Dintero/domain/money';

const nok = (value: unknown) => parseAmount(value, 2, 'main');

describe('an amount in the main unit', () => {
	test.each<[unknown, number]>([
		['500', 50000],
		[' 500 ', 50000],
		[500, 50000],
		[19.99, 1999],
		['19.99', 1999],
		['19,9', 1990],
		[1e3, 100000],
		['1 000,50', 100050],
		['1\u00a0000,50', 100050],
		['1\u202f000', 100000],
		['1.000,50', 100050],
		['1,000.50', 100050],
		['1.000.000', 100000000],
		['12 345 678', 1234567800],
		['12.345.678', 1234567800],
		['1,000,000,000', 100000000000],
		['500,—', 50000],
		['500,-', 50000],
		['500.-', 50000],
		['0.5', 50],
		['007', 700],
		[0, 0],
	])('%p is %p minor units', (input, minor) => expect(nok(input)).toBe(minor));

	test.each<[unknown, RegExp]>([
		[0.1 + 0.2, /more decimals than the currency, which has 2/],
		['19.999', /could be thousands or decimals/],
		['1000.555', /more decimals/],
		['1,000', /could be thousands or decimals/],
		['1.000', /could be thousands or decimals/],
		['10.000', /could be thousands or decimals/],
		['100,000', /could be thousands or decimals/],
		['0.125', /more decimals/],
		['fem hundre', /'fem hundre' is not a number/],
		['1e3', /is not a number/],
		[1e21, /is not a number/],
		['0x10', /is not a number/],
		['kr 500', /is not a number/],
		['5 00', /is not a number/],
		['1 000 50', /is not a number/],
		['5\u00a000', /is not a number/],
		['1234 567', /is not a number/],
		['1234.567,50', /is not a number/],
		['1234,567.50', /is not a number/],
		['1234.567.890', /is not a number/],
		['1,000.50,5', /is not a number/],
		['1.000.000.5', /is not a number/],
		['1.000,000', /more decimals/],
		['500,-5', /is not a number/],
		['1,00,000', /is not a number/],
		['1.000,50.5', /is not a number/],
		['', /is empty/],
		['   ', /is empty/],
		[null, /is empty/],
		[undefined, /is empty/],
		[Number.NaN, /is not a number/],
		[Number.POSITIVE_INFINITY, /is not a number/],
		[true, /is not a number/],
		[['500'], /is not a number/],
		[{ amount: 5 }, /is not a number/],
		['-5', /is negative/],
		[-5, /is negative/],
		['−5', /is negative/],
		['-', /is not a number/],
		['90071992547409.92', /is too large/],
		['٥٠٠', /is not a number/],
	])('%p is refused', (input, reason) => {
		expect(() => nok(input)).toThrow(reason);
		expect(() => nok(input)).toThrow(/^Amount: /);
	});

	test.each<[unknown, string]>([
		['', 'Amount: is empty. Write a number such as 500 or 499.50.'],
		[true, "Amount: 'true' is not a number. Write a number such as 500 or 499.50."],
		['-5', "Amount: '-5' is negative. Write an amount above zero."],
		[
			'1.000',
			"Amount: '1.000' could be thousands or decimals. Write 1000 or 1.00, without a thousands separator.",
		],
		['kr 500', "Amount: 'kr 500' is not a number. Write only the number, such as 500 or 499.50."],
		[
			'1.2345',
			"Amount: '1.2345' has more decimals than the currency, which has 2. Round it to 2 decimals first, for example with {{ $json.amount.toFixed(2) }}.",
		],
		['9'.repeat(20), `Amount: '${'9'.repeat(20)}' is too large. Write a smaller amount.`],
	])('a person who writes %p reads what is wrong and what to write', (input, message) =>
		expect(() => nok(input)).toThrow(new Error(message)),
	);

	test('every exact amount survives the way through text and back, with 0, 2 and 3 decimals', () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
				fc.constantFrom(0, 2, 3),
				(minor, decimals) => {
					const text = mainUnitText(minor, decimals);
					// 1.234 with three decimals reads as thousands too, and is refused rather than guessed.
					if (/^[1-9]\d{0,2}\.\d{3}$/.test(text))
						expect(() => parseAmount(text, decimals, 'main')).toThrow(/thousands/);
					else expect(parseAmount(text, decimals, 'main')).toBe(minor);
				},
			),
		);
	});

	test('Norwegian, German and English notation of the same amount are the same money', () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 999_999_999_99 }), (minor) => {
				const [whole, fraction] = mainUnitText(minor, 2).split('.');
				const grouped = (separator: string) => whole.replace(/\B(?=(\d{3})+$)/g, separator);
				for (const text of [
					`${grouped(' ')},${fraction}`,
					`${grouped('.')},${fraction}`,
					`${grouped(',')}.${fraction}`,
				])
					expect(nok(text)).toBe(minor);
			}),
		);
	});

	test('a number is read by what it shows, never by what its floating-point value is near', () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 1_000_000_00 }), (minor) => {
				expect(nok(Number(mainUnitText(minor, 2)))).toBe(minor);
			}),
		);
	});

	test('no text makes it return anything but a safe whole number', () => {
		fc.assert(
			fc.property(
				fc.oneof(fc.string(), fc.stringMatching(/^[\d ., -]{0,12}$/), fc.double()),
				(value) => {
					try {
						const minor = nok(value);
						expect(Number.isSafeInteger(minor) && minor >= 0).toBe(true);
					} catch (error) {
						expect((error as Error).name).toBe('InvalidInput');
					}
				},
			),
		);
	});
});

describe('an amount in the minor unit', () => {
	test.each<[unknown, number]>([
		['50000', 50000],
		[50000, 50000],
		[' 7 ', 7],
	])('%p stays %p', (input, minor) => expect(parseAmount(input, 2, 'minor')).toBe(minor));

	test.each([['500.00'], ['1 000'], [19.99], ['fem'], ['']])('%p is refused', (input) =>
		expect(() => parseAmount(input, 2, 'minor')).toThrow(/Amount/),
	);

	test.each<[string, RegExp]>([
		[
			'500.00',
			/^Amount: '500\.00' is not a whole number of minor units\. Write 50000 .*'Amount Unit'/,
		],
		['9007199254740993', /^Amount: '9007199254740993' is too large\. Write a smaller amount\.$/],
	])('a person who writes %p reads what is wrong and what to write', (input, message) =>
		expect(() => parseAmount(input, 2, 'minor')).toThrow(message),
	);
});

test('amounts are shown with their currency and grouped thousands', () => {
	expect(formatAmount(123456750, 'NOK')).toBe('1 234 567.50 NOK');
	expect(formatAmount(5, 'EUR')).toBe('0.05 EUR');
	expect(mainUnitText(-1999, 2)).toBe('-19.99');
	expect(mainUnitText(7, 0)).toBe('7');
	expect(mainUnitText(0, 2)).toBe('0.00');
	expect(formatAmount(-123456, 'NOK')).toBe('-1 234.56 NOK');
});

test('a currency this version does not know yet is shown with two decimals', () =>
	expect(formatAmount(150, 'GBP')).toBe('1.50 GBP'));

test('currencies are read in any case and unknown ones refused by name', () => {
	expect(parseCurrency(' nok ')).toBe('NOK');
	expect(() => parseCurrency('GBP')).toThrow("Currency: 'GBP' is not a currency");
	expect(() => parseCurrency('toString')).toThrow(/Use one of DKK, EUR, NOK, SEK, USD/);
	expect(() => parseCurrency(undefined)).toThrow(/Currency/);
});
