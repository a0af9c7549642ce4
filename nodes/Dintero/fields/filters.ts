import { parseDate, type DayEdge } from '../domain/dates';
import { InvalidInput } from '../domain/invalidInput';
import { formatAmount, parseAmount } from '../domain/money';
import { parseReference } from '../domain/text';
import { WALLET_DECIMALS } from './amount';
import { field, type Field } from './field';

/**
 * Filters of lists. A filter that was not added, or was cleared by hand, does nothing. A filter whose expression returns
 * nothing is refused: without it the list would contain too much, such as the cards of all customers.
 */

interface FilterProperty {
	name: string;
	displayName: string;
	description: string;
	placeholder?: string;
}

/** A filter by exact text, such as a customer's ID. */
export function referenceFilter(property: FilterProperty): Field<string | undefined> {
	return field<string | undefined>({
		kind: 'reference',
		property: { type: 'string', default: '', ...property },
		empty: { is: undefined },
		parse: (value) => parseReference(value, property.displayName),
	});
}

/** An inclusive bound in time, past or future, read as RFC 3339 with whole seconds and an offset. */
export function dateFilter(
	name: string,
	displayName: string,
	edge: DayEdge,
): Field<string | undefined> {
	const [relation, which] = edge === 'end' ? ['At or before', 'last'] : ['At or after', 'first'];
	return field<string | undefined>({
		kind: 'date',
		property: {
			displayName,
			name,
			type: 'dateTime',
			default: '',
			description: `${relation} this time. A day means its ${which} second, in the workflow's time zone.`,
		},
		empty: { is: undefined },
		parse: (value, raw) => parseDate(value, raw.timeZone, edge, displayName).text,
	});
}

/** An inclusive bound of a balance, in minor units; 0 is a bound too. */
export function amountFilter(property: FilterProperty): Field<number | undefined> {
	return field<number | undefined>({
		kind: 'amountFilter',
		property: { type: 'string', default: '', ...property },
		empty: { is: undefined },
		parse: (value) => parseAmount(value, WALLET_DECIMALS, 'main', property.displayName),
	});
}

/** @throws InvalidInput when *After* is later than *Before*, so that nothing could match */
export function checkTimes(
	label: string,
	from: string | undefined,
	until: string | undefined,
): void {
	if (from === undefined || until === undefined || Date.parse(from) <= Date.parse(until)) return;
	throw new InvalidInput(
		`${label} After`,
		`${from} is later than '${label} Before' (${until}).`,
		'Swap the two.',
	);
}

/** @throws InvalidInput when *Minimum* is more than *Maximum* */
export function checkAmounts(
	label: string,
	least: number | undefined,
	most: number | undefined,
): void {
	if (least === undefined || most === undefined || least <= most) return;
	throw new InvalidInput(
		`Minimum ${label}`,
		`${formatAmount(least, '').trim()} is more than 'Maximum ${label}' (${formatAmount(most, '').trim()}).`,
		'Swap the two.',
	);
}
