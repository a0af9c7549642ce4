import fc from 'fast-check';

import type { Failure } from '../../nodes/Dintero/transport/failure';
import {
	backoff,
	LONGEST_RETRY_AFTER,
	MAXIMUM_TRIES,
	waitBeforeRetry,
	type Repeat,
} from '../../nodes/Dintero/transport/retry';

const failure = (outcome: Failure['outcome'], extra: Partial<Failure> = {}): Failure => ({
	outcome,
	message: 'x',
	signIn: false,
	...extra,
});
const retried = (repeat: Repeat, one: Failure, tries = 1) =>
	waitBeforeRetry(one, repeat, tries, 0.5) !== undefined;

describe('whether a request is sent again', () => {
	test.each<[string, Failure, boolean, boolean]>([
		['429, turned away', failure('notSent', { status: 429 }), true, true],
		[
			'never connected',
			failure('notSent', { message: 'Dintero could not be reached (ECONNREFUSED)' }),
			true,
			true,
		],
		['500, outcome unknown', failure('unknown', { status: 500 }), true, false],
		['broken connection', failure('unknown'), true, false],
		['unreadable 200', failure('unknown', { status: 200 }), true, false],
		['400, refused', failure('refused', { status: 400 }), false, false],
		['401, refused', failure('refused', { status: 401 }), false, false],
		['404, refused', failure('refused', { status: 404 }), false, false],
		['409, refused', failure('refused', { status: 409 }), false, false],
		[
			'a bad certificate',
			failure('notSent', { message: 'Dintero could not be reached (CERT_HAS_EXPIRED)' }),
			false,
			false,
		],
		[
			'an unknown host',
			failure('notSent', { message: 'Dintero could not be reached (ENOTFOUND)' }),
			false,
			false,
		],
	])('%s', (_, one, read, write) => {
		expect(retried('safe', one)).toBe(read);
		expect(retried('unsafe', one)).toBe(write);
	});

	test('a name error is known by a request that was never sent, not by a word', () => {
		const message = 'Dintero could not be reached (ENOTFOUND)';
		expect(retried('safe', failure('notSent', { message }))).toBe(false);
		expect(retried('safe', failure('notSent', { message, status: 429 }))).toBe(true);
		expect(retried('safe', failure('unknown', { message }))).toBe(true);
	});

	test('a request turned away is tried on as long as any got through in the last minute', () => {
		const turnedAway = failure('notSent', { status: 429 });
		expect(waitBeforeRetry(turnedAway, 'unsafe', MAXIMUM_TRIES, 0, 59_999)).toBeDefined();
		expect(waitBeforeRetry(turnedAway, 'unsafe', MAXIMUM_TRIES, 0, 60_000)).toBeUndefined();
	});

	test('a write with an unknown outcome is never repeated, whatever else the failure says', () =>
		fc.assert(
			fc.property(
				fc.option(fc.integer({ min: 200, max: 599 }), { nil: undefined }),
				fc.option(fc.nat(), { nil: undefined }),
				fc.nat(10),
				(status, retryAfter, tries) =>
					expect(
						waitBeforeRetry(failure('unknown', { status, retryAfter }), 'unsafe', tries, 0),
					).toBeUndefined(),
			),
		));

	test('there is an end to it', () => {
		expect(retried('safe', failure('notSent', { status: 429 }), MAXIMUM_TRIES - 1)).toBe(true);
		expect(retried('safe', failure('notSent', { status: 429 }), MAXIMUM_TRIES)).toBe(false);
	});
});

describe('how long it waits', () => {
	test('as long as Dintero asks, up to a cap', () => {
		expect(
			waitBeforeRetry(failure('notSent', { status: 429, retryAfter: 2500 }), 'unsafe', 1, 0),
		).toBe(2500);
		expect(
			waitBeforeRetry(failure('notSent', { status: 429, retryAfter: 9_999_999 }), 'unsafe', 1, 0),
		).toBe(LONGEST_RETRY_AFTER);
		expect(
			waitBeforeRetry(failure('notSent', { status: 429, retryAfter: 0 }), 'unsafe', 1, 0),
		).toBe(0);
	});

	test('else twice as long each time, with jitter, up to a cap', () => {
		expect([1, 2, 3, 4].map((tries) => backoff(tries, 1))).toEqual([300, 600, 1200, 2400]);
		expect([1, 2, 3, 4].map((tries) => backoff(tries, 0))).toEqual([150, 300, 600, 1200]);
		expect(backoff(30, 1)).toBe(15_000);
		expect(waitBeforeRetry(failure('notSent'), 'unsafe', 2, 1)).toBe(600);
	});
});
