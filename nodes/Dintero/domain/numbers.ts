import { InvalidInput, show } from './invalidInput';
import { visibleText } from './nothing';

export interface NumberRange {
	least: number;
	most: number;
	/** Whether a fraction is refused. */
	whole: boolean;
	/** An allowed value to show in messages. */
	example: number;
}

/** Digits with at most one decimal comma or point. Spaces between thousands are removed before. */
const NUMBER = /^(\d{1,15})(?:[.,](\d{1,15}))?$/;

/**
 * Parses a number that may arrive as text, with a decimal comma or point.
 * @throws InvalidInput when it is not a number, is out of range, has a fraction where none is allowed, or could be
 *   read in two ways (`1.000`)
 */
export function parseNumber(value: unknown, field: string, range: NumberRange): number {
	const { least, most, whole, example } = range;
	const refuse = (problem: string) =>
		new InvalidInput(
			field,
			`${show(value)} ${problem}.`,
			Number.isFinite(most)
				? `Write a ${whole ? 'whole ' : ''}number from ${least} to ${most}, such as ${example}.`
				: `Write a ${whole ? 'whole ' : ''}number of ${least} or more, such as ${example}.`,
		);
	const number = typeof value === 'string' ? fromText(visibleText(value)) : value;
	if (number === 'ambiguous') throw refuse('could be thousands or decimals');
	if (typeof number !== 'number' || !Number.isFinite(number)) throw refuse('is not a number');
	if (whole && !Number.isSafeInteger(number)) throw refuse('is not a whole number');
	if (number < least) throw refuse('is too small');
	if (number > most) throw refuse('is too large');
	return number;
}

function fromText(text: string): number | 'ambiguous' | undefined {
	if (/^[-−–]\d+(?:[.,]\d+)?$/.test(text)) return -Number(text.slice(1).replace(',', '.'));
	const match = NUMBER.exec(
		/^\d{1,3}(?: \d{3})+(?![\d ])/.test(text) ? text.replace(/ /g, '') : text,
	);
	if (!match) return undefined;
	const [, units, fraction = ''] = match;
	if (fraction.length === 3 && units.length <= 3 && units !== '0') return 'ambiguous';
	return Number(`${units}.${fraction}`);
}
