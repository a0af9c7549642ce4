import { InvalidInput, show } from './invalidInput';

/** What a date without a time of day means: the first or the last second of that day. */
export type DayEdge = 'start' | 'end';

const ISO =
	/^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * A point in time as Dintero wants it: RFC 3339 with whole seconds and an offset.
 *
 * n8n's date picker gives a value without a zone; it is read in the workflow's time zone, and so is a bare date.
 * @param value ISO 8601 text, a JavaScript Date, or a Luxon DateTime (anything with `toISO`)
 * @param timeZone IANA name, for example `Europe/Oslo`
 * @returns for example `2026-12-31T23:59:59+01:00`
 * @throws InvalidInput when it is not a date
 */
export function parseDate(value: unknown, timeZone: string, edge: DayEdge, field: string): string {
	const refuse = () =>
		new InvalidInput(
			field,
			`${show(value)} is not a date.`,
			'Write it as 2026-12-31 or 2026-12-31T12:00:00+01:00.',
		);
	const text = isoText(value);
	const match = text === undefined ? null : ISO.exec(text.trim());
	if (!match) throw refuse();
	const [, year, month, day, hour, minute, second, zone] = match;
	const [y, mo, d] = [year, month, day].map(Number);
	const [h, mi, s] = hour === undefined ? timeOf(edge) : [hour, minute, second ?? 0].map(Number);
	const wall = Date.UTC(y, mo - 1, d, h, mi, s);
	// A day that its month does not have falls into another month.
	if (new Date(wall).getUTCMonth() !== mo - 1 || h > 23 || mi > 59 || s > 59) throw refuse();
	const offset = zone === undefined ? offsetAt(wall, timeZone) : offsetMinutes(zone);
	return withOffset(wall, offset);
}

/** Seconds from `now` (milliseconds since 1970) to a date made by `parseDate`, rounded down. */
export function secondsUntil(date: string, now: number): number {
	return Math.floor((Date.parse(date) - now) / 1000);
}

function isoText(value: unknown): string | undefined {
	if (typeof value === 'string') return value;
	if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
	if (
		typeof value === 'object' &&
		value !== null &&
		'toISO' in value &&
		typeof value.toISO === 'function'
	) {
		const iso: unknown = value.toISO();
		return typeof iso === 'string' ? iso : undefined;
	}
	return undefined;
}

const timeOf = (edge: DayEdge): number[] => (edge === 'end' ? [23, 59, 59] : [0, 0, 0]);

function offsetMinutes(zone: string): number {
	if (zone.toUpperCase() === 'Z') return 0;
	const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
	return zone.startsWith('-') ? -minutes : minutes;
}

/** Minutes between a zone's clocks and UTC when those clocks show `wall`; in a gap (spring), the offset before it. */
function offsetAt(wall: number, timeZone: string): number {
	const guess = zoneOffset(wall - zoneOffset(wall, timeZone) * 60_000, timeZone);
	return Math.min(guess, zoneOffset(wall - guess * 60_000, timeZone));
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function zoneOffset(instant: number, timeZone: string): number {
	let formatter = formatters.get(timeZone);
	if (!formatter) {
		formatter = new Intl.DateTimeFormat('en-US', {
			timeZone,
			hourCycle: 'h23',
			year: 'numeric',
			month: 'numeric',
			day: 'numeric',
			hour: 'numeric',
			minute: 'numeric',
			second: 'numeric',
		});
		formatters.set(timeZone, formatter);
	}
	const part: Record<string, number> = {};
	for (const { type, value } of formatter.formatToParts(instant)) part[type] = Number(value);
	const shown = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second);
	return Math.round((shown - Math.floor(instant / 1000) * 1000) / 60_000);
}

function withOffset(wall: number, offset: number): string {
	const pad = (number: number) => String(number).padStart(2, '0');
	const minutes = Math.abs(offset);
	const zone = `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
	return `${new Date(wall).toISOString().slice(0, 19)}${zone}`;
}
