import { parseNumber } from '../../nodes/Dintero/domain/numbers';
import { expectRefusal } from '../support/refusal.mts';

const whole = (value: unknown) =>
	parseNumber(value, 'Size', { least: 1, most: 100, whole: true, example: 10 });
const any = (value: unknown) =>
	parseNumber(value, 'Rate', { least: 0, most: Infinity, whole: false, example: 5 });

test.each<[unknown, number]>([
	[1, 1],
	[100, 100],
	['7', 7],
	[' 007 ', 7],
	['10.0', 10],
	['10,00', 10],
	['\u200b7', 7],
])('%p is the whole number %p', (value, number) => expect(whole(value)).toBe(number));

test.each<[unknown, number]>([
	['2,5', 2.5],
	['2.5', 2.5],
	[2.5, 2.5],
	['0', 0],
	['0.125', 0.125],
	['1234.567', 1234.567],
	['1 000', 1000],
	['12\u00a0000\u202f000', 12_000_000],
	['1 000,5', 1000.5],
])('%p is the number %p', (value, number) => expect(any(value)).toBe(number));

test.each<[unknown, string]>([
	['five', 'is not a number'],
	['5/s', 'is not a number'],
	['1e3', 'is not a number'],
	['+5', 'is not a number'],
	['10 00', 'is not a number'],
	['1 0000', 'is not a number'],
	['1 000 00', 'is not a number'],
	['1 000', 'is too large'],
	['12.5.0', 'is not a number'],
	['5,', 'is not a number'],
	['٥', 'is not a number'],
	['', 'is not a number'],
	[true, 'is not a number'],
	[null, 'is not a number'],
	[Number.NaN, 'is not a number'],
	[Infinity, 'is not a number'],
	[[5], 'is not a number'],
	['1.5', 'is not a whole number'],
	[1.5, 'is not a whole number'],
	['0', 'is too small'],
	[-3, 'is too small'],
	['-3', 'is too small'],
	['−3,0', 'is too small'],
	[101, 'is too large'],
	['1.000', 'could be thousands or decimals'],
	['1,000', 'could be thousands or decimals'],
	['999.999', 'could be thousands or decimals'],
])('%p %s', (value, why) =>
	expect(() => whole(value)).toThrow(`${why}. Write a whole number from 1 to 100, such as 10.`),
);

test('without an upper end the message names none', () =>
	expect(() => any('x')).toThrow(
		"Rate: 'x' is not a number. Write a number of 0 or more, such as 5.",
	));

test.each<[unknown, number]>([
	['-3', -3],
	['−12,75', -12.75],
	['–10', -10],
	[-2.5, -2.5],
])('%p is the number %p where it may be below zero', (value, number) =>
	expect(
		parseNumber(value, 'Change', { least: -20, most: Infinity, whole: false, example: 1 }),
	).toBe(number),
);

test.each(['x-3', '-3x', '--3', '-'])('%p is not a number below zero', (value) =>
	expect(() => any(value)).toThrow('is not a number'),
);

test.each<[boolean, number, RegExp]>([
	[true, 9, /^Write a whole number from 1 to 9, such as 2/],
	[true, Infinity, /^Write a whole number of 1 or more, such as 2/],
	[false, 9, /^Write a number from 1 to 9, such as 2/],
	[false, Infinity, /^Write a number of 1 or more, such as 2/],
])(
	'the way out names what is possible (whole %p, up to %p)',
	(isWhole, most, wayOut) =>
		void expectRefusal(
			() => parseNumber('many', 'Size', { least: 1, most, whole: isWhole, example: 2 }),
			'Size',
			/'many'/,
			wayOut,
		),
);
