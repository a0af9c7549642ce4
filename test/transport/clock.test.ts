import { DinteroClock } from '../../nodes/Dintero/transport/clock';

const DATE = 'Wed, 25 Nov 2026 10:00:05 GMT';
const at = (seconds: string) => `2026-11-25T10:${seconds}Z`;

/** A clock that saw `DATE` in an answer to a request sent at 1000 and answered at 1200. */
function clockOf(date: unknown = DATE): DinteroClock {
	const clock = new DinteroClock();
	clock.observe(date, 1000, 1200);
	return clock;
}

test.each<[made: string, from: number, to: number, may: boolean]>([
	[at('00:05'), 1100, 1300, true],
	[at('00:05.500'), 1100, 1300, true],
	['2026-11-25T11:00:05+01:00', 1100, 1300, true],
	// A minute and an hour before the request, and later than now.
	[at('00:03'), 1200, 1300, false],
	['2026-11-25T09:59:05Z', 1100, 1300, false],
	[at('00:03'), -1500, 1300, true],
	[at('00:07'), 1100, 1300, false],
	[at('00:07'), 1100, 3300, true],
	// A whole second is as long as a second; a fraction is exact.
	[at('00:04'), 1200, 1300, true],
	[at('00:04.300'), 1200, 1300, false],
])('%s may be between %i and %i: %p', (made, from, to, may) =>
	expect(clockOf().mayBeBetween(made, from, to)).toBe(may),
);

test.each([undefined, null, '', 'yesterday', 5, '2026-11-25T10:00:05'])(
	'a card dated %p may be of any time',
	(made) => expect(clockOf().mayBeBetween(made, -1e9, 1e9)).toBe(false),
);

test.each([null, '', 'no date', 17])('without a Date header (%p) nothing is proven', (date) =>
	expect(clockOf(date).mayBeBetween(at('00:05'), -1e9, 1e9)).toBe(false),
);

test.each(['2001-01-01T00:00:00', '2099-01-01t00:00:00.5'])('%s has no zone: unknown', (moment) => {
	expect(clockOf().isBefore(moment, 1100)).toBe(false);
	expect(clockOf().isAfter(moment, 1100)).toBe(false);
	expect(clockOf().isBefore('2001-01-01T00:00:00+0100', 1100)).toBe(true);
	expect(clockOf().isAfter('2099-01-01', 1100)).toBe(true);
});

test('the clock of this machine does not matter', () => {
	jest.useFakeTimers({ now: 0 });
	try {
		expect(clockOf().mayBeBetween(at('00:05'), 1100, 1300)).toBe(true);
	} finally {
		jest.useRealTimers();
	}
});
