import { InvalidInput, show } from './invalidInput';

/** Whether a day without a time means its first or its last second. */
export type DayEdge = 'start' | 'end';

/** A parsed point in time. */
export interface Instant {
	/** RFC 3339 with whole seconds and an offset, for example `2026-12-31T23:59:59+01:00`. */
	text: string;
	/** Whether the value was a whole day, week or month, or an exact midnight. */
	wholeDay: boolean;
	/** Whether the value had no time zone, so that the workflow's was used. */
	zoneAssumed: boolean;
}

/** The calendar part of ISO 8601: `2026-12-31`, `20261231`, `2026-W53`, `2026-W53-4`, `2026-365`, `2026-12`. */
const CALENDAR =
	/^(\d{4})(?:-(\d{2})-(\d{2})|(\d{2})(\d{2})|-?W(\d{2})(?:-?([1-7]))?|-(\d{3})|(\d{3})|-(\d{2}))$/i;
/** The time part: `12`, `12:00`, `1200`, `12:00:00.5`, with or without `Z`, `+01`, `+0100`, `+01:00`. */
const CLOCK = /^(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,]\d{1,9})?)?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/** In minutes: Kiribati is fourteen hours ahead. */
const MOST_OFFSET = 14 * 60;

interface Day {
	year: number;
	month: number;
	day: number;
}

/**
 * Parses a point in time into Dintero's format. Accepts all forms of ISO 8601; a value without a time zone is read in
 * the workflow's. A day means the whole day, and so does an exact midnight (which n8n's calendar and
 * `DateTime.fromFormat` give for a chosen day): its first second as a start, its last as an end.
 * @param value ISO 8601 text, a JavaScript Date, or a Luxon DateTime (anything with `toISO`)
 * @param timeZone IANA name, for example `Europe/Oslo`
 * @param edge which end of a whole day is meant
 * @throws InvalidInput when it is not a date; a bare number is not one
 */
export function parseDate(value: unknown, timeZone: string, edge: DayEdge, field: string): Instant {
	const refuse = () =>
		new InvalidInput(
			field,
			`${show(value)} is not a date.`,
			'Write it as 2026-12-31 or 2026-12-31T12:00:00+01:00.',
		);
	const text = isoText(value)
		?.replace(/\p{Cf}/gu, '')
		.trim();
	if (text === undefined) throw refuse();
	const [, calendar, clock] = /^(\S+?)(?:(?:T|\s)(\S.*))?$/i.exec(text) ?? [];
	const days = calendar === undefined ? undefined : daysOf(calendar);
	if (!days) throw refuse();
	const [first, last] = days;
	if (clock === undefined) return wholeDay(edge === 'end' ? last : first, edge, timeZone, true);

	const match = CLOCK.exec(clock);
	if (!match || first !== last) throw refuse();
	const [hour, minute, second] = [match[1], match[2] ?? 0, match[3] ?? 0].map(Number);
	const zone = match[4];
	if (hour > 24 || minute > 59 || second > 59 || (hour === 24 && minute + second > 0))
		throw refuse();
	const wall = Date.UTC(first.year, first.month - 1, first.day, hour, minute, second);
	const offset = zone === undefined ? offsetAt(wall, timeZone) : offsetMinutes(zone);
	if (offset === undefined) throw refuse();
	// ISO 8601 may write the end of a day as 24:00.
	if (hour === 24)
		return wholeDay(first, 'end', zone === undefined ? timeZone : offset, zone === undefined);
	if (hour + minute + second === 0 && !hasFraction(clock)) {
		if (zone === undefined) return wholeDay(first, edge, timeZone, true);
		// A spreadsheet's date cell is exported as midnight in UTC and means a day.
		if (zone.toUpperCase() === 'Z') return wholeDay(first, edge, timeZone, true);
		return wholeDay(first, edge, offset, false);
	}
	const instant = wall - offset * 60_000;
	const here = instant + zoneOffset(instant, timeZone) * 60_000;
	// The first second of a day in the workflow's time zone, as JSON writes it (in UTC), or of a day that the clocks begin
	// at 01:00: a day chosen there.
	if ((offset === 0 || offset === zoneOffset(instant, timeZone)) && !hasFraction(clock)) {
		const day = wholeDay(dayOf(here), edge, timeZone, false);
		const begins = edge === 'start' ? day : wholeDay(dayOf(here), 'start', timeZone, false);
		if (zone !== undefined && Date.parse(begins.text) === instant) return day;
	}
	return { text: withOffset(wall, offset), wholeDay: false, zoneAssumed: zone === undefined };
}

/**
 * Seconds from `now` to a date made by `parseDate`, rounded down.
 * @param now milliseconds since 1970
 */
export function secondsUntil(date: string, now: number): number {
	return Math.floor((Date.parse(date) - now) / 1000);
}

/**
 * Whether a time given by Dintero lies within bounds made by `parseDate`, both inclusive.
 * @returns false when `time` is not a time
 */
export function isWithin(
	time: unknown,
	from: string | undefined,
	until: string | undefined,
): boolean {
	if (from === undefined && until === undefined) return true;
	const at = typeof time === 'string' ? Date.parse(time) : Number.NaN;
	if (Number.isNaN(at)) return false;
	if (from !== undefined && at < Date.parse(from)) return false;
	// A bound is a whole second, and Dintero's time may have milliseconds.
	return until === undefined || at < Date.parse(until) + 1000;
}

/**
 * Converts a UTC time given by Dintero to a time zone: `2026-12-31T23:59:59+01:00`.
 * @returns the value itself when it is text but not a time, `undefined` when it is not text
 */
export function inZone(value: unknown, timeZone: string): string | undefined {
	if (typeof value !== 'string' || value === '') return undefined;
	const instant = Date.parse(value);
	if (Number.isNaN(instant)) return value;
	const offset = zoneOffset(instant, timeZone);
	return withOffset(Math.floor(instant / 1000) * 1000 + offset * 60_000, offset);
}

/** The first and the last day of a calendar part, equal for a single day; `undefined` for an invalid day. */
function daysOf(text: string): [Day, Day] | undefined {
	const match = CALENDAR.exec(text);
	if (!match) return undefined;
	const [, y, month, day, basicMonth, basicDay, week, weekday, ordinal, basicOrdinal, only] = match;
	const year = Number(y);
	// Earlier years are mistakes for a year of two digits, or what a database writes for no date.
	if (year < 1000) return undefined;
	if (week !== undefined) {
		const number = Number(week);
		// The Monday of week 1, the week that contains 4 January.
		const fourth = Date.UTC(year, 0, 4);
		const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * 86_400_000;
		const start = monday + (number - 1) * 7 * 86_400_000;
		const thursday = new Date(start + 3 * 86_400_000);
		if (number < 1 || thursday.getUTCFullYear() !== year) return undefined;
		if (weekday === undefined) return [dayOf(start), dayOf(start + 6 * 86_400_000)];
		return single(dayOf(start + (Number(weekday) - 1) * 86_400_000));
	}
	const nth = ordinal ?? basicOrdinal;
	if (nth !== undefined) {
		const at = new Date(Date.UTC(year, 0, Number(nth)));
		return Number(nth) >= 1 && at.getUTCFullYear() === year
			? single(dayOf(at.getTime()))
			: undefined;
	}
	const month1 = Number(month ?? basicMonth ?? only);
	if (month1 < 1 || month1 > 12) return undefined;
	const length = new Date(Date.UTC(year, month1, 0)).getUTCDate();
	if (only !== undefined)
		return [
			{ year, month: month1, day: 1 },
			{ year, month: month1, day: length },
		];
	const date = Number(day ?? basicDay);
	return date >= 1 && date <= length ? single({ year, month: month1, day: date }) : undefined;
}

function single(day: Day): [Day, Day] {
	return [day, day];
}

function dayOf(instant: number): Day {
	const date = new Date(instant);
	return {
		year: date.getUTCFullYear(),
		month: date.getUTCMonth() + 1,
		day: date.getUTCDate(),
	};
}

/** @param zone a zone's name, or an offset in minutes */
function wholeDay(
	{ year, month, day }: Day,
	edge: DayEdge,
	zone: string | number,
	zoneAssumed: boolean,
): Instant {
	const [hour, minute, second] = edge === 'end' ? [23, 59, 59] : [0, 0, 0];
	const wall = Date.UTC(year, month - 1, day, hour, minute, second);
	const offset = typeof zone === 'number' ? zone : offsetAt(wall, zone);
	return { text: withOffset(wall, offset), wholeDay: true, zoneAssumed };
}

const hasFraction = (clock: string): boolean => /[.,]\d*[1-9]/.test(clock);

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

/** @returns `undefined` for an offset that no place has */
function offsetMinutes(zone: string): number | undefined {
	if (zone.toUpperCase() === 'Z') return 0;
	const digits = zone.replace(/\D/g, '');
	const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2) || 0)];
	if (minutes > 59 || hours * 60 + minutes > MOST_OFFSET) return undefined;
	return (hours * 60 + minutes) * (zone.startsWith('-') ? -1 : 1);
}

/**
 * A time zone's offset from UTC in minutes when its local time is `wall`; for a time skipped in spring, the offset
 * before the change.
 */
function offsetAt(wall: number, timeZone: string): number {
	const guess = zoneOffset(wall - zoneOffset(wall, timeZone) * 60_000, timeZone);
	return Math.min(guess, zoneOffset(wall - guess * 60_000, timeZone));
}

const formatters = new Map<string, Intl.DateTimeFormat>();
/** A cache of offsets by zone and minute, for long lists of cards. */
const offsets = new Map<string, Map<number, number>>();
const MINUTE = 60_000;
/**
 * Since then all zones change their offset on a whole minute, though not always on a quarter of an hour (St. John's).
 */
const WHOLE_MINUTES_SINCE = Date.UTC(1973, 0, 1);
const MAX_CACHED_OFFSETS = 10_000;

function zoneOffset(instant: number, timeZone: string): number {
	if (instant < WHOLE_MINUTES_SINCE) return offsetByIntl(instant, timeZone);
	let known = offsets.get(timeZone);
	if (!known || known.size >= MAX_CACHED_OFFSETS) offsets.set(timeZone, (known = new Map()));
	const minute = Math.floor(instant / MINUTE);
	let offset = known.get(minute);
	if (offset === undefined) known.set(minute, (offset = offsetByIntl(instant, timeZone)));
	return offset;
}

function offsetByIntl(instant: number, timeZone: string): number {
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
