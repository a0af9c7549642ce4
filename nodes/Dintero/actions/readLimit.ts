import { InvalidInput, show } from '../domain/invalidInput';
import type { Item } from './operation';

/** How many records a list may return: all, or *Limit*. @throws InvalidInput unless the limit is a whole number above 0 */
export function readLimit(item: Item): number {
	const all = item.get('returnAll', false);
	if (all === true || all === 'true') return Number.POSITIVE_INFINITY;
	const value = item.get('limit', 50);
	const limit = Number(value);
	if (Number.isSafeInteger(limit) && limit > 0) return limit;
	throw new InvalidInput(
		'Limit',
		`${show(value)} is not a whole number above 0.`,
		"Write a number such as 50, or turn on 'Return All'.",
	);
}
