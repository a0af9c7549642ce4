import { flag, simplify } from '../../nodes/Dintero/fields/flag';
import { expectRefusal } from '../support/refusal.mts';
import { rawParameters, read, readUntouched } from './raw.mts';

const property = {
	name: 'preview',
	displayName: 'Preview',
	description: 'Whether to look only',
	default: false,
};

test.each([true, false])('a switch that was not touched is its default, %p', (first) => {
	const preview = flag({ ...property, default: first });
	expect(read(preview, {})).toBe(first);
	expect(readUntouched(preview)).toBe(first);
});

test.each<[unknown, boolean]>([
	[true, true],
	['JA', true],
	[' nei\u200b', false],
	[0, false],
])('%p is %p', (value, on) => expect(read(flag(property), { preview: value })).toBe(on));

test('what is neither yes nor no is refused by name', () =>
	void expectRefusal(
		() => read(flag(property), { preview: 'kanskje' }),
		'Preview',
		/'kanskje'/,
		/true or false/,
	));

test('an expression that gives nothing is refused, unless the switch changes only what is shown', () => {
	const given = { preview: { expression: null } };
	expectRefusal(() => read(flag(property), given), 'Preview', /gave nothing/, /this item/);
	const raw = rawParameters(given);
	expect(flag(property, { cosmetic: true }).read(raw)).toBe(false);
	expect(raw.counted).toEqual([['Preview', true]]);
	expect(read(flag({ ...property, default: true }, { cosmetic: true }), given)).toBe(true);
});

test('a switch holds for its item, or for the whole run', () => {
	expect(flag(property).leaves[0].wholeRun).toBe(false);
	expect(flag(property, { cosmetic: true }).leaves[0].wholeRun).toBe(false);
	expect(flag(property, { wholeRun: true }).leaves[0].wholeRun).toBe(true);
});

test('a result is simplified unless it is turned off, and a missing value does not stop it', () => {
	expect(readUntouched(simplify)).toBe(true);
	expect(read(simplify, { simplify: 'nei' })).toBe(false);
	expect(read(simplify, { simplify: { expression: '' } })).toBe(true);
	expect(() => read(simplify, { simplify: 'x' })).toThrow(/^Simplify: /);
});
