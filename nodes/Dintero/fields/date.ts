import { parseDate, secondsUntil, type DayEdge, type Instant } from '../domain/dates';
import { InvalidInput } from '../domain/invalidInput';
import { field, type Field, type RawParameters } from './field';

/** What a missing date becomes: day 0 of JavaScript and Unix, and of Excel. */
const NO_DATE = /^(?:1970-01-01|1969-12-31|1899-12-3[01]|1900-01-0[01])T/;

/** A bound of the time in which a card can be used, read as RFC 3339 with an offset. */
function date(
	property: { name: string; displayName: string; description: string },
	edge: DayEdge,
): Field<string | undefined> {
	const { displayName } = property;
	return field<string | undefined>({
		kind: 'date',
		property: { type: 'dateTime', default: '', ...property },
		empty: { is: undefined },
		parse(value, raw) {
			const instant = parseDate(value, raw.timeZone, edge, displayName);
			if (NO_DATE.test(instant.text))
				throw new InvalidInput(
					displayName,
					`${instant.text} is what programs write for a missing date.`,
					'Fill in the date, or leave it empty.',
				);
			adviseOnZone(displayName, instant, edge, raw);
			if (edge === 'end' && secondsUntil(instant.text, Date.now()) <= 0)
				throw new InvalidInput(
					displayName,
					`${instant.text} has passed.`,
					'Use a date in the future.',
				);
			return instant.text;
		},
	});
}

function adviseOnZone(
	label: string,
	{ wholeDay, zoneAssumed }: Instant,
	edge: DayEdge,
	{ timeZone, advise }: RawParameters,
): void {
	if (!zoneAssumed) return;
	const day = wholeDay
		? ` A day or a midnight means the ${edge === 'end' ? 'last' : 'first'} second of that day.`
		: '';
	advise(`${label} was read in the workflow's time zone, ${timeZone}.${day}`);
}

export const activeFrom = date(
	{
		name: 'activeFrom',
		displayName: 'Active From',
		description:
			"The card cannot be used before this time. A day means its first second, in the workflow's time zone.",
	},
	'start',
);

export const expiresAt = date(
	{
		name: 'expiresAt',
		displayName: 'Expires At',
		description:
			"The card cannot be used after this time. A day, even one picked in the calendar, means its last second, in the workflow's time zone. When not set, the account's default expiry applies, if there is one (see 'Wallet Settings').",
	},
	'end',
);

/** @throws InvalidInput when the card would expire before it becomes active */
export function checkDates(dates: { activeFrom?: string; expiresAt?: string }): void {
	const { activeFrom: from, expiresAt: until } = dates;
	if (from === undefined || until === undefined || Date.parse(from) < Date.parse(until)) return;
	throw new InvalidInput(
		'Active From',
		`${from} is not before the card expires (${until}).`,
		'Use an earlier date.',
	);
}
