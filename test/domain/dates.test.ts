import fc from 'fast-check';
import { DateTime } from 'luxon';

import { parseDate, secondsUntil } from '../../nodes/Dintero/domain/dates';

const oslo = (value: unknown, edge: 'start' | 'end' = 'start') =>
	parseDate(value, 'Europe/Oslo', edge, 'Expires At');

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
	['2026-12-10T24:00'],
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
				const sent = parseDate(local, zone, 'start', 'Date');
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
	(zone, local, offset) => expect(parseDate(local, zone, 'start', 'Date')).toBe(local + offset),
);

test('seconds until a date are whole', () =>
	expect(secondsUntil('2026-01-01T00:00:10+00:00', Date.parse('2026-01-01T00:00:00.500Z'))).toBe(
		9,
	));
