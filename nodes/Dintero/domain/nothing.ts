/** Invisible characters: format characters, and those that keyboards and files add. */
export const INVISIBLE =
	/\p{Cf}|\p{Variation_Selector}|\u034f|\u115f|\u1160|\u17b4|\u17b5|\u2800|\u3164|\uffa0/gu;

/** What programs, spreadsheets and people write for a missing value. */
const WORDS = new Set(
	(
		`null undefined none nil nan nat n/a n.a. (null) (none) (blank) (empty) <null> <na> <nil> [null] "null" 'null' - -- – — ` +
		'--- ? ingen intet inget keine ukjent ukendt okänd unbekannt mangler saknas fehlt (tom) (leer)'
	).split(' '),
);

/** These with a capital letter are names of people, and no program writes a missing value that way. */
const NAMES_OF_PEOPLE = new Set(['Null', 'Nan', 'Nat', 'Nil']);

/** Printable ASCII without spaces: nothing to remove or normalize, which covers nearly every ID, amount, and code. */
const PLAIN = /^[!-~]+$/;

/** Removes invisible characters and outer spaces, turns all spaces into plain ones, and normalizes to NFC. */
export function visibleText(text: string): string {
	if (PLAIN.test(text)) return text;
	return text
		.replace(INVISIBLE, '')
		.replace(/\p{Zs}/gu, ' ')
		.trim()
		.normalize('NFC');
}

/** Whether a value is missing: `undefined`, `null`, `NaN`, or text with no visible character. */
export function isNothing(value: unknown): boolean {
	if (value === undefined || value === null || Number.isNaN(value)) return true;
	return typeof value === 'string' && !/[!-~]/.test(value) && visibleText(value) === '';
}

/**
 * Whether a text is only a placeholder for a missing value, such as `null` or `N/A`. `NA` counts only in capitals.
 */
export function isWordForNothing(text: string): boolean {
	const seen = visibleText(text);
	return seen === 'NA' || WORDS.has(seen.toLowerCase());
}

/** The same for a person's name: *Null* and *Nat* are names, `null` and `NaT` are not. */
export function isNothingAsName(text: string): boolean {
	return isWordForNothing(text) && !NAMES_OF_PEOPLE.has(visibleText(text));
}
