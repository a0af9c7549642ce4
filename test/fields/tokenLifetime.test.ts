import { tokenLifetime, tokenLifetimeDays } from '../../nodes/Dintero/fields/tokenLifetime';
import { expectRefusal } from '../support/refusal.mts';
import { read } from './raw.mts';

const days = (value: unknown) => read(tokenLifetimeDays, { tokenLifetimeDays: value });

test.each<[unknown, number]>([
	[0.5, 0.5],
	['0,5', 0.5],
	[' 365 ', 365],
	[0.001, 0.001],
	[36_500, 36_500],
])('%p is a lifetime of %p days', (value, read) => expect(days(value)).toBe(read));

test('it may be left out, but not be emptied', () => {
	expect(days(undefined)).toBeUndefined();
	expectRefusal(() => days(''), 'Card Token Lifetime (Days)', /empty/, /365/);
});

test.each([0, 0.0001, 36_501, -1, 'a year'])(
	'%p is none',
	(value) =>
		void expectRefusal(
			() => days(value),
			'Card Token Lifetime (Days)',
			new RegExp(String(value)),
			/from 0\.001 to 36500/,
		),
);

describe('the seconds Dintero is asked for', () => {
	beforeEach(() => void jest.useFakeTimers({ now: Date.parse('2026-06-30T12:00:00Z') }));
	afterEach(() => void jest.useRealTimers());

	test.each([
		[1, 86_400],
		[0.5, 43_200],
		[0.001, 86],
		[0.000_001, 1],
		[365, 31_536_000],
	])('are those of %p days', (given, seconds) => {
		expect(tokenLifetime(given)).toBe(seconds);
		expect(tokenLifetime(given, '2026-06-30T12:00:05+00:00')).toBe(seconds);
	});

	test('last as long as the card, or ten years', () => {
		expect(tokenLifetime(undefined, '2026-06-30T15:00:00+02:00')).toBe(3600);
		expect(tokenLifetime(undefined)).toBe(315_360_000);
	});
});
