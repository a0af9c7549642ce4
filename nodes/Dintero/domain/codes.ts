import { InvalidInput } from './invalidInput';
import { isNothing, visibleText } from './nothing';
import { dataProblem, isFromMissingValue } from './text';

const DASH = /[\p{Pd}\u2212\u2043]/gu;
const DIGITS_IN_GROUPS = /^\d+(?:-\d+)+$|^\d{2,}(?:\.\d{2,})+$/;
const IN_FOURS = /^(?:[\p{L}\p{N}]{4}-){2,}[\p{L}\p{N}]{1,4}$/u;
/** What programs show in place of a code. */
const MASKED = /\*{4}|[•●]{2}/;

/**
 * Parses a PIN or a card token as a person typed, scanned or pasted it. Groups are joined: digits separated by spaces,
 * hyphens or dots, and letters and digits in groups of four. Other hyphens stay, because a prefix or Dintero's own format
 * may contain them. No message ever shows the code.
 * @param value text, or a whole number
 * @param advise called with advice about a code that arrived as a number
 * @throws InvalidInput when the value is not text, or only looks like a code
 */
export function parseCode(
	value: unknown,
	field: string,
	advise: (advice: string) => void = () => {},
): string {
	if (typeof value === 'number') return parseNumericCode(value, field, advise);
	if (typeof value !== 'string')
		throw new InvalidInput(field, 'is not text.', 'Provide it as text.');
	const seen = visibleText(value);
	if (MASKED.test(seen))
		throw new InvalidInput(field, 'is masked with stars or dots.', 'Provide the code itself.');
	const problem = /^\d+[.,]0{1,2}$/.test(seen)
		? 'was a number with decimals before, which has no leading zeros.'
		: dataProblem(seen);
	if (problem !== undefined || isNothing(seen) || isFromMissingValue(seen))
		throw new InvalidInput(
			field,
			problem ?? 'comes from a missing value.',
			'Format the column as text before you enter the codes.',
		);
	return joined(
		seen
			// Full-width letters and digits of an Asian keyboard, and the apostrophe that marks a cell as text in Excel.
			.replace(/[\uff01-\uff5e]/g, (wide) => wide.normalize('NFKC'))
			.replace(/^['’](?=[\p{L}\p{N}])/u, ''),
	);
}

function parseNumericCode(value: number, field: string, advise: (advice: string) => void): string {
	const digits = String(value);
	if (!Number.isSafeInteger(value) || value < 0)
		throw new InvalidInput(field, 'is not text.', 'Provide it as text.');
	if (digits.length > 15)
		throw new InvalidInput(
			field,
			'arrived as a number of more than 15 digits, and spreadsheets replace the digits after the 15th with zeros.',
			'Format the column as text and enter the code again.',
		);
	if (digits.length < 4)
		throw new InvalidInput(
			field,
			'arrived as a number of fewer than 4 digits, so it has lost its leading zeros.',
			'Provide it as text.',
		);
	advise(
		`${field} arrived as a number. Leading zeros are lost that way; have the node before this one provide it as text`,
	);
	return digits;
}

function joined(code: string): string {
	const groups = code.split(/\s+/);
	const together = groups.join('');
	if (/^[\p{L}\p{N}]+$/u.test(together)) return together;
	const plain = together.replace(DASH, '-');
	if (DIGITS_IN_GROUPS.test(plain) || IN_FOURS.test(plain)) return plain.replace(/[-.]/g, '');
	return groups.join(' ').replace(/(?<=[\p{Pd}\u2212]) | (?=[\p{Pd}\u2212])/gu, '');
}
