import { activeFrom, checkDates, expiresAt } from '../../nodes/Dintero/fields/date';
import { expectRefusal } from '../support/refusal.mts';
import { rawParameters, readUntouched } from './raw.mts';

const fields = { activeFrom, expiresAt };
const LABELS = { activeFrom: 'Active From', expiresAt: 'Expires At' };
type Name = keyof typeof fields;
const NAMES = Object.keys(fields) as Name[];

const reading = (name: Name, value: unknown) => {
	const raw = rawParameters({ [name]: value });
	return { text: fields[name].read(raw), advice: raw.advice };
};

beforeEach(() => void jest.useFakeTimers({ now: Date.parse('2026-06-30T12:00:00Z') }));
afterEach(() => void jest.useRealTimers());

test.each(NAMES)('%s may be left out', (name) => {
	expect(readUntouched(fields[name])).toBeUndefined();
	expect(reading(name, undefined)).toEqual({ text: undefined, advice: [] });
	expectRefusal(
		() => reading(name, { expression: null }),
		LABELS[name],
		/gave nothing/,
		/empty the field itself/,
	);
	expectRefusal(() => reading(name, '31.12.2026'), LABELS[name], /'31\.12\.2026'/, /2026-12-31/);
});

test.each<[Name, string, string]>([
	['activeFrom', '2026-12-24T00:00:00+01:00', 'first'],
	['expiresAt', '2026-12-24T23:59:59+01:00', 'last'],
])('a day is its edge in the time zone of the workflow, with advice: %s', (name, text, second) => {
	const read = reading(name, '2026-12-24');
	expect(read.text).toBe(text);
	expect(read.advice).toEqual([
		expect.stringMatching(
			new RegExp(`^${LABELS[name]} .*time zone, Europe/Oslo\\. .*\\b${second} second`),
		),
	]);
});

test.each(NAMES)('advice about a time of day says nothing of days: %s', (name) => {
	const { text, advice } = reading(name, '2026-12-24T18:30');
	expect(text).toBe('2026-12-24T18:30:00+01:00');
	expect(advice).toEqual([expect.stringMatching(/Europe\/Oslo\.$/)]);
});

test.each(NAMES)('a time with a zone needs no advice: %s', (name) =>
	expect(reading(name, '2026-12-24T18:30:00+02:00')).toEqual({
		text: '2026-12-24T18:30:00+02:00',
		advice: [],
	}),
);

test.each(['2026-06-29', '2020-01-01', '2026-06-30T12:00:00Z', '2026-06-30T13:59:59+02:00'])(
	'a card cannot expire at %s, which has passed',
	(value) =>
		void expectRefusal(
			() => reading('expiresAt', value),
			'Expires At',
			/\d{4}-\d{2}-\d{2}T.* passed/,
			/future/,
		),
);

test('it can expire a second later, or at the end of today', () => {
	expect(reading('expiresAt', '2026-06-30T12:00:01Z').text).toBe('2026-06-30T12:00:01+00:00');
	expect(reading('expiresAt', '2026-06-30').text).toBe('2026-06-30T23:59:59+02:00');
});

test.each([new Date(0), '1970-01-01', '1899-12-30T00:00:00', '1900-01-01'])(
	'day 0 of a program is no date: %p',
	(value) =>
		void expectRefusal(
			() => reading('activeFrom', value),
			'Active From',
			/missing date/,
			/Fill in/,
		),
);

test('a card may have been active before', () =>
	expect(reading('activeFrom', '2020-01-01').text).toBe('2020-01-01T00:00:00+01:00'));

describe('the two dates of a card', () => {
	const early = '2026-12-01T00:00:00+01:00';
	const late = '2026-12-24T00:00:00+01:00';

	test.each([
		{},
		{ activeFrom: late },
		{ expiresAt: early },
		{ activeFrom: early, expiresAt: late },
		{ activeFrom: '2026-12-01T01:00:00+02:00', expiresAt: '2026-12-01T00:00:01+01:00' },
	])('are possible: %j', (dates) => expect(() => checkDates(dates)).not.toThrow());

	test.each([
		[late, early],
		[early, early],
		[early, '2026-11-30T23:00:00+00:00'],
	])(
		'are refused when it is active from %s and expires at %s',
		(from, until) =>
			void expectRefusal(
				() => checkDates({ activeFrom: from, expiresAt: until }),
				'Active From',
				new RegExp(`${from.replace('+', '\\+')}.*${until.replace('+', '\\+')}`),
				/earlier/,
			),
	);
});
