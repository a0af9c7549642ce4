import { parseChoice } from '../../nodes/Dintero/domain/choices';

const UNITS = [
	{ name: 'Kroner (Main Unit)', value: 'main' },
	{ name: 'Øre or Cents (Minor Unit)', value: 'minor' },
];
const unit = (value: unknown) => parseChoice(value, 'Amount Unit', UNITS);

test.each([
	'minor',
	'Minor',
	' MINOR ',
	'minor\u200b',
	'Øre or Cents (Minor Unit)',
	'øre or cents (minor unit)',
])('%p is the choice', (value) => expect(unit(value)).toBe('minor'));

test.each(['øre', 'cents', 'min', '', 'minor main', 0, 1, null, undefined, ['minor'], {}])(
	'%p is none',
	(value) =>
		expect(() => unit(value)).toThrow(
			/^Amount Unit: .* is not one of its choices\. Use one of: main, minor\.$/,
		),
);

test('a value goes before a label, an exact one before all, and long lists are cut', () => {
	const swapped = [
		{ name: 'b', value: 'a' },
		{ name: 'a', value: 'b' },
	];
	expect(parseChoice('a', 'X', swapped)).toBe('a');
	expect(parseChoice('A', 'X', swapped)).toBe('a');
	const cases = [
		{ name: 'Lower', value: 'a' },
		{ name: 'Upper', value: 'A' },
	];
	expect(parseChoice('A', 'X', cases)).toBe('A');
	const twelve = Array.from({ length: 12 }, (_, n) => ({ name: `N${n}`, value: `v${n}` }));
	expect(() => parseChoice('x', 'X', twelve)).toThrow(/: v0, .*v11\.$/);
	const many = Array.from({ length: 20 }, (_, n) => ({ name: `N${n}`, value: `v${n}` }));
	expect(() => parseChoice('x', 'X', many)).toThrow(/: v0, .*v11, …\.$/);
});
