import { InvalidInput, show } from './invalidInput';

const NUMBER = /\{number(?::(\d{1,2}))?\}/g;

/**
 * Generates card IDs from a pattern: `print-{number:5}` and 1 give `print-00001`.
 * @param pattern text with `{number}`, or `{number:5}` for at least five digits, once or more
 * @param first the first number, 0 or more
 * @param count how many IDs
 * @throws InvalidInput when the pattern has no number, or contains other braces
 */
export function idsFromPattern(
	pattern: string,
	first: number,
	count: number,
	field = 'ID Pattern',
): string[] {
	if (pattern.search(NUMBER) < 0)
		throw new InvalidInput(
			field,
			`${show(pattern)} has no number, so all cards would get the same ID.`,
			'Use a pattern such as print-{number:5}.',
		);
	if (/[{}]/.test(pattern.replace(NUMBER, '')))
		throw new InvalidInput(
			field,
			`${show(pattern)} has braces that are not a number.`,
			'Use only {number} or, for leading zeros, {number:5}.',
		);
	return Array.from({ length: count }, (_, index) =>
		pattern.replace(NUMBER, (_match, width: string | undefined) =>
			String(first + index).padStart(Number(width ?? 1), '0'),
		),
	);
}
