import { InvalidInput } from './invalidInput';

/**
 * Parses JSON text, with or without a byte order mark.
 * @returns `undefined` when it is not JSON
 * @throws InvalidInput when an object in it has a key twice, because `JSON.parse` would drop the first value, or when it
 * has a number whose last digits `JSON.parse` would change
 */
export function parseJson(text: string, field: string): unknown {
	const json = text.replace(/^\ufeff/, '');
	let value: unknown;
	try {
		value = JSON.parse(json);
	} catch {
		return undefined;
	}
	if (keysIn(json) !== membersOf(value))
		throw new InvalidInput(field, 'has the same key twice.', 'Give every value its own key.');
	if (isInexact(value))
		throw new InvalidInput(
			field,
			'has a number with too many digits to be kept exactly.',
			'Write it in quotes, as text.',
		);
	return value;
}

function isInexact(value: unknown): boolean {
	return typeof value === 'object' && value !== null
		? Object.values(value).some(isInexact)
		: typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
}

/** The number of keys in JSON text: strings with a colon after them. */
function keysIn(json: string): number {
	const strings = json.matchAll(/"(?:[^"\\]|\\.)*"\s*(:)?/g);
	return Array.from(strings, ([, colon]) => colon).filter(Boolean).length;
}

/** The number of members of all objects in a value. */
function membersOf(value: unknown): number {
	if (typeof value !== 'object' || value === null) return 0;
	const members = Object.values(value);
	const own = Array.isArray(value) ? 0 : members.length;
	return members.reduce<number>((sum, member) => sum + membersOf(member), own);
}

/** Whether a text, or a text anywhere in an object or array, is cut in the middle of a character. */
export function hasHalfCharacter(value: unknown): boolean {
	if (typeof value === 'string') return /\p{Cs}/u.test(value);
	if (typeof value !== 'object' || value === null) return false;
	return Object.entries(value).some((entry) => entry.some(hasHalfCharacter));
}
