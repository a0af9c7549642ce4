import { InvalidInput, show } from './invalidInput';
import { visibleText } from './nothing';

/** Words for true and false in English, Norwegian, Swedish, Danish and German. */
const ON = new Set('1 true yes y on ja j sann sant sand wahr på an'.split(' '));
const OFF = new Set(
	'0 false no n off nei nej nein usann falsk falskt osant usant usand falsch av aus'.split(' '),
);

/**
 * Parses a boolean, 1 or 0, or a word for yes or no, ignoring case.
 * @throws InvalidInput for anything else; a flag is never guessed
 */
export function parseFlag(value: unknown, field: string): boolean {
	if (typeof value === 'boolean') return value;
	if (typeof value === 'number' || typeof value === 'string') {
		const word = visibleText(String(value)).toLowerCase();
		if (ON.has(word)) return true;
		if (OFF.has(word)) return false;
	}
	throw new InvalidInput(
		field,
		`${show(value)} is neither yes nor no.`,
		'Use true or false, yes or no, ja or nei, 1 or 0.',
	);
}
