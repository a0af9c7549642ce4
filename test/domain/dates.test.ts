import fc from 'fast-check';
import { DateTime } from 'luxon';

import { inZone, parseDate, secondsUntil } from '../../nodes/Dintero/domain/dates';

const oslo = (value: unknown, edge: 'start' | 'end' = 'start') =>
	parseDate(value, 'Europe/Oslo', edge, 'Expires At').text;

test.each([
	['2026-12-31T12:30:00', '2026-12-31T12:30:00+01:00'],
	['2026-07-01T12:30', '2026-07-01T12:30:00+02:00'],
	['2026-07-01 12:30:15', '2026-07-01T12:30:15+02:00'],
	['2026-12-31T12:30:00.123Z', '2026-12-31T12:30:00+00:00'],
	['2026-12-31T12:30:00-0500', '2026-12-31T12:30:00-05:00'],
	['2026-12-31T12:30:00z', '2026-12-31T12:30:00+00:00'],
	['2026-12-31T12:30:00+05:30', '2026-12-31T12:30:00+05:30'],
	['2026-12-31T12:30:00-0330', '2026-12-31T12:30:00-03:30'],
	['2028-02-29', '2028-02-29T00:00:00+01:00'],
	[' 2026-12-31 ', '2026-12-31T00:00:00+01:00'],
])('%p in Oslo is sent as %s', (input, sent) => expect(oslo(input)).toBe(sent));

test('a date without a time is the first or the last second of that day', () => {
	expect(oslo('2026-12-31', 'start')).toBe('2026-12-31T00:00:00+01:00');
	expect(oslo('2026-12-31', 'end')).toBe('2026-12-31T23:59:59+01:00');
});

test('dates and Luxon values from expressions keep their moment', () => {
	expect(Date.parse(oslo(new Date('2026-05-17T10:00:00Z')))).toBe(
		Date.parse('2026-05-17T10:00:00Z'),
	);
	expect(oslo(DateTime.fromISO('2026-05-17T10:00:00', { zone: 'America/New_York' }))).toBe(
		'2026-05-17T10:00:00-04:00',
	);
});

test.each([
	['31.12.2026'],
	['2026-02-30'],
	['2026-13-01'],
	['2026-12-31T25:00'],
	['2026-12-10T24:01'],
	['2026-W54'],
	['2026-W00'],
	['2026-W12-8'],
	['2025-366'],
	['2026-000'],
	['2026'],
	['202612'],
	['46387'],
	['46387.99'],
	[20261231],
	['2026-W12T12:00'],
	['2026-12T12:00'],
	['2026-1-5'],
	['0000-01-01'],
	['0026-12-31'],
	['0001-01-01T00:00:00Z'],
	['2026-12-31T12:00+99:00'],
	['2026-12-31T12:00+14:01'],
	['2026-12-31T12:00+01:60'],
	['2026-12-31T12:60'],
	['2026-12-31T12:30:60'],
	['2026-01-00'],
	['2026-00-01'],
	['on 2026-12-31'],
	['2026-12-31T12:30:00+01:00[Europe/Oslo]'],
	[{ toISO: '2026-12-31' }],
	[DateTime.invalid('of no kind')],
	['tomorrow'],
	[''],
	[5],
	[null],
	[new Date('nonsense')],
])('%p is refused', (input) =>
	expect(() => oslo(input)).toThrow(/^Expires At: .* is not a date\. Write it as 2026-12-31/),
);

test('a local time means what Luxon, which n8n uses, says it means, also around the changes of the clocks', () => {
	const zones = [
		'Europe/Oslo',
		'America/New_York',
		'Asia/Kolkata',
		'Australia/Lord_Howe',
		'UTC',
		'Pacific/Apia',
	];
	fc.assert(
		fc.property(
			fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }),
			fc.constantFrom(...zones),
			(date, zone) => {
				const local = date.toISOString().slice(0, 19);
				const expected = DateTime.fromISO(local, { zone });
				const sent = parseDate(local, zone, 'start', 'Date').text;
				// In the hour that the autumn gives twice either reading is right; else both agree to the second.
				const possible = expected.getPossibleOffsets().map((time) => time.toMillis());
				if (expected.toISO()?.slice(0, 19) === local) expect(possible).toContain(Date.parse(sent));
			},
		),
		{ numRuns: 2000 },
	);
});

test.each([
	['Europe/Oslo', '2026-03-29T02:30:00', '+01:00'],
	['America/New_York', '2026-03-08T02:30:00', '-05:00'],
])(
	'in %s the hour that spring takes away, %s, is read by the clocks before it',
	(zone, local, offset) =>
		expect(parseDate(local, zone, 'start', 'Date').text).toBe(local + offset),
);

test('seconds until a date are whole', () =>
	expect(secondsUntil('2026-01-01T00:00:10+00:00', Date.parse('2026-01-01T00:00:00.500Z'))).toBe(
		9,
	));

test.each([
	['20261231', '2026-12-31T23:59:59+01:00'],
	['2026-365', '2026-12-31T23:59:59+01:00'],
	['2026365', '2026-12-31T23:59:59+01:00'],
	['2026-W53', '2027-01-03T23:59:59+01:00'],
	['2026W534', '2026-12-31T23:59:59+01:00'],
	['2026-W53-4', '2026-12-31T23:59:59+01:00'],
	['2020-W53-7', '2021-01-03T23:59:59+01:00'],
	['2026-02', '2026-02-28T23:59:59+01:00'],
	['2026-12-31T12', '2026-12-31T12:00:00+01:00'],
	['20261231T1230', '2026-12-31T12:30:00+01:00'],
	['20261231T123015Z', '2026-12-31T12:30:15+00:00'],
	['2026-12-31T12:30+01', '2026-12-31T12:30:00+01:00'],
	['2026-12-31T24:00', '2026-12-31T23:59:59+01:00'],
	['2026-12-31T24:00:00+01:00', '2026-12-31T23:59:59+01:00'],
	['2026-12-31T24:00Z', '2026-12-31T23:59:59+00:00'],
	['2026-12-31T12:00+14:00', '2026-12-31T12:00:00+14:00'],
	['2026-12-31T18:00-05:00', '2026-12-31T18:00:00-05:00'],
	['\ufeff2026-12-31\u200b', '2026-12-31T23:59:59+01:00'],
])('as an end, ISO 8601 %p is %s', (input, sent) => expect(oslo(input, 'end')).toBe(sent));

describe('an exact midnight is the day that was chosen', () => {
	test.each<[string, unknown]>([
		["n8n's calendar", '2026-12-31T00:00:00'],
		['without seconds', '2026-12-31T00:00'],
		['a date cell of a spreadsheet', new Date('2026-12-31T00:00:00Z')],
		['DateTime.fromFormat', DateTime.fromISO('2026-12-31T00:00:00', { zone: 'Europe/Oslo' })],
		['the same after a JSON round trip', '2026-12-30T23:00:00.000Z'],
	])('%s', (_what, value) => {
		expect(oslo(value, 'end')).toBe('2026-12-31T23:59:59+01:00');
		expect(oslo(value, 'start')).toBe('2026-12-31T00:00:00+01:00');
	});

	test('of another zone keeps its zone', () =>
		expect(oslo('2026-12-31T00:00:00-05:00', 'end')).toBe('2026-12-31T23:59:59-05:00'));

	test.each(['2026-12-31T00:00:00.5', '2026-12-31T00:00:01', '2026-12-31T00:01'])(
		'%s is no midnight',
		(value) => expect(parseDate(value, 'Europe/Oslo', 'end', 'Date').wholeDay).toBe(false),
	);
});

test('a day that begins at 01:00, because spring takes its first hour away, is a whole day too', () => {
	const zone = 'Africa/Cairo';
	const day = DateTime.fromISO('2027-04-30', { zone });
	expect(day.hour).toBe(1);
	for (const value of [day, day.toJSDate(), '2027-04-30T00:00:00', '2027-04-30'])
		expect(parseDate(value, zone, 'end', 'Date').text).toBe('2027-04-30T23:59:59+03:00');
});

test('a clock time of another place is kept, although it is midnight here', () =>
	expect(parseDate('2026-12-31T18:00-06:00', 'UTC', 'end', 'Date')).toEqual({
		text: '2026-12-31T18:00:00-06:00',
		wholeDay: false,
		zoneAssumed: false,
	}));

test('says whether the zone was assumed', () => {
	const assumed = (value: string) => parseDate(value, 'Europe/Oslo', 'end', 'Date').zoneAssumed;
	expect(['2026-12-31', '2026-12-31T12:00', '2026-12-31T12:00Z'].map(assumed)).toEqual([
		true,
		true,
		false,
	]);
});

test('times of Dintero are shown as the clocks of the workflow show them', () => {
	expect(inZone('2027-11-14T22:59:59Z', 'Europe/Oslo')).toBe('2027-11-14T23:59:59+01:00');
	expect(inZone('2027-07-14T22:59:59.999Z', 'Europe/Oslo')).toBe('2027-07-15T00:59:59+02:00');
	expect(inZone('some day', 'Europe/Oslo')).toBe('some day');
	expect(inZone(undefined, 'Europe/Oslo')).toBeUndefined();
});

test('the clocks of every zone, around every moment they are changed', () => {
	const zones = Intl.supportedValuesOf('timeZone');
	const first = Date.UTC(1960, 0, 1);
	const minutes = fc.integer({ min: 0, max: 90 * 366 * 24 * 60 });
	const seconds = fc.array(fc.integer({ min: -90, max: 90 }), { minLength: 2, maxLength: 6 });
	fc.assert(
		fc.property(fc.constantFrom(...zones), minutes, seconds, (zone, minute, around) => {
			for (const second of around) {
				const at = new Date(first + minute * 60_000 + second * 1000);
				const time = DateTime.fromJSDate(at, { zone });
				// ISO 8601 has no offsets of half minutes, which Liberia had until 1972.
				if (!Number.isInteger(time.offset)) continue;
				expect(inZone(at.toISOString(), zone)).toBe(time.toFormat("yyyy-MM-dd'T'HH:mm:ssZZ"));
			}
		}),
		{ numRuns: 500 },
	);
});

test.each([
	['America/St_Johns', '2010-03-14T03:30:59Z', '2010-03-14T00:00:59-03:30'],
	['America/St_Johns', '2010-03-14T03:31:00Z', '2010-03-14T01:01:00-02:30'],
	['Europe/Oslo', '2026-10-25T00:59:59Z', '2026-10-25T02:59:59+02:00'],
	['Europe/Oslo', '2026-10-25T01:00:00Z', '2026-10-25T02:00:00+01:00'],
])('in %s, %s is %s', (zone, at, shown) => {
	// Asked for before, in the same hour and on both sides of the change.
	for (const other of [-59, -1, 1, 59])
		inZone(new Date(Date.parse(at) + other * 1000).toISOString(), zone);
	expect(inZone(at, zone)).toBe(shown);
});
