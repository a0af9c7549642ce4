import { requiredNumber, number, optionalNumber } from '../../nodes/Dintero/fields/number';
import { expectRefusal } from '../support/refusal.mts';
import { read, readUntouched } from './raw.mts';

const size = { name: 'size', displayName: 'Size', default: 10, least: 1, most: 100 };

test('a number that was not added is its default, nothing, or missing', () => {
	expect(read(number(size), {})).toBe(10);
	expect(readUntouched(number(size))).toBe(10);
	expect(read(optionalNumber(size), {})).toBeUndefined();
	expectRefusal(() => read(requiredNumber(size), {}), 'Size', /empty/, /such as 10/);
});

test.each([number, optionalNumber, requiredNumber])('one that was emptied is refused', (make) => {
	expectRefusal(() => read(make(size), { size: '' }), 'Size', /empty/, /such as 10/);
	expectRefusal(() => read(make(size), { size: null }), 'Size', /empty/, /such as 10/);
	expectRefusal(
		() => read(make(size), { size: { expression: undefined } }),
		'Size',
		/gave nothing/,
		/for this item/,
	);
});

test('only one that must be filled in is marked so', () => {
	expect([number, optionalNumber, requiredNumber].map((make) => make(size).properties[0])).toEqual([
		expect.not.objectContaining({ required: true }),
		expect.not.objectContaining({ required: true }),
		expect.objectContaining({ required: true }),
	]);
});

test.each<[unknown, number]>([
	[1, 1],
	['100', 100],
	[' 007,0\u00a0', 7],
])('%p is %p', (value, result) => {
	for (const make of [number, optionalNumber, requiredNumber])
		expect(read(make(size), { size: value })).toBe(result);
});

test.each([0, 101, '1.5', 'ti'])(
	'%p is refused with the bounds and an example',
	(value) =>
		void expectRefusal(
			() => read(number(size), { size: value }),
			'Size',
			new RegExp(`'${value}'`),
			/whole number from 1 to 100, such as 10/,
		),
);

test('a fraction and a number without an upper end are possible', () => {
	const rate = { name: 'rate', displayName: 'Rate', default: 0, least: 0, whole: false };
	expect(read(number(rate), { rate: '2,5' })).toBe(2.5);
	expect(read(number(rate), { rate: 1e9 })).toBe(1e9);
	expectRefusal(() => read(number(rate), { rate: -1 }), 'Rate', /'-1'/, /of 0 or more, such as 0/);
});

test('the example is never below the least number', () => {
	const tooLow = { ...size, default: 0, least: 4 };
	expectRefusal(() => read(requiredNumber(tooLow), {}), 'Size', /empty/, /such as 4/);
	expectRefusal(() => read(requiredNumber(tooLow), { size: 'x' }), 'Size', /'x'/, /such as 4/);
});

test('one of the whole run says so', () => {
	expect(number(size).leaves[0].wholeRun).toBe(false);
	expect(number({ ...size, wholeRun: true }).leaves[0].wholeRun).toBe(true);
});
