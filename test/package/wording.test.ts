/** n8n's UX guidelines for what people read, held against every text of the nodes. docs/guidelines.md has the table. */
import { endsWell, everythingShown, uncapitalized } from './wording.mts';

/** @returns where a rule is broken, with the text */
const broken = (
	texts: Array<[where: string, text: string | undefined]>,
	holds: (text: string) => boolean,
) => texts.filter(([, text]) => text !== undefined && text !== '' && !holds(text));

const each = (pick: (shown: (typeof everythingShown)[number]) => string | undefined) =>
	everythingShown.map((shown): [string, string | undefined] => [shown.where, pick(shown)]);

test('all of it is found', () => {
	expect(everythingShown.length).toBeGreaterThan(200);
	expect(everythingShown.filter(({ action }) => action).length).toBeGreaterThan(30);
});

test('labels and entries are in Title Case', () => {
	expect(
		broken(
			each(({ label }) => label),
			(text) => uncapitalized(text).length === 0,
		),
	).toEqual([]);
});

test('one sentence ends without a period, several end with one', () => {
	expect(
		broken(
			each(({ description }) => description),
			endsWell,
		),
	).toEqual([]);
	expect(
		broken(
			each(({ hint }) => hint),
			endsWell,
		),
	).toEqual([]);
});

test("a switch's description begins with Whether", () => {
	const switches = everythingShown.filter(({ kind }) => kind === 'boolean');
	expect(switches.length).toBeGreaterThan(10);
	for (const { where, description } of switches)
		expect([where, description]).toEqual([where, expect.stringMatching(/^Whether /)]);
});

test('a placeholder is an example, or says what a button or a list does', () => {
	expect(
		broken(
			each(({ placeholder }) => placeholder),
			(text) => /^(?:e\.g\. \S|Add \w+$|Select an? .*…$)/.test(text),
		),
	).toEqual([]);
});

test('entries of dropdowns do not speak of errors', () => {
	const names = everythingShown
		.filter(({ kind }) => kind === 'entry')
		.map(({ where, label }): [string, string | undefined] => [where, label]);
	expect(broken(names, (text) => !/error|problem|failure|mistake/i.test(text))).toEqual([]);
});

test('actions are in sentence case, without articles', () => {
	expect(
		broken(
			each(({ action }) => action),
			(text) => /^[A-Z]/.test(text) && !/\b(?:a|an|the)\b/.test(text),
		),
	).toEqual([]);
});

test('a description says more than the label', () => {
	const same = everythingShown.filter(
		({ label, description }) => description?.toLowerCase() === label?.toLowerCase(),
	);
	expect(same.filter(({ description }) => description)).toEqual([]);
});

test.each([
	['Whether to stop', true],
	['Whether to stop.', false],
	['Stops the run. Nothing is sent.', true],
	['Stops the run. Nothing is sent', false],
	['A date, e.g. 2027-12-24', true],
])('the rule about periods: %s', (text, holds) => {
	expect(endsWell(text)).toBe(holds);
});

test('the rule about Title Case', () => {
	expect(uncapitalized('Keep Going and List It')).toEqual([]);
	expect(uncapitalized('Maximum total')).toEqual(['total']);
});
