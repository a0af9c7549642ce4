import type { Failure } from './failure';

/** Whether a request may be repeated on an unknown outcome. `unsafe`: it moves money or creates something. */
export type Repeat = 'safe' | 'unsafe';

/** How many times a request is sent before its failure is reported. */
export const MAXIMUM_TRIES = 6;
/**
 * A request that gets a 429 keeps being retried while other requests succeed, but only for this long without one, in
 * milliseconds.
 */
const LONGEST_STANDSTILL = 60_000;

const FIRST_WAIT = 300;
const LONGEST_BACKOFF = 15_000;
/** A longer `Retry-After` is cut to this, so that one answer can't hold up a run for an hour. In milliseconds. */
export const LONGEST_RETRY_AFTER = 120_000;

/**
 * How long to wait before retrying a failed request, or `undefined` when it must not be retried.
 *
 * A write is retried only when it certainly was not carried out: it got a 429 or never connected. For any other
 * failed write the caller looks up what happened (see `exactlyOnce`).
 * @param tries how many times it has been sent, 1 after the first failure
 * @param random a number from 0 up to 1, for the jitter
 * @param standstill time since a request of the run last got through, in milliseconds
 * @returns milliseconds
 */
export function waitBeforeRetry(
	failure: Failure,
	repeat: Repeat,
	tries: number,
	random: number,
	standstill = Infinity,
): number | undefined {
	const repeatable =
		failure.outcome === 'notSent' || (failure.outcome === 'unknown' && repeat === 'safe');
	const othersSucceed = failure.status === 429 && standstill < LONGEST_STANDSTILL;
	if (!repeatable || (tries >= MAXIMUM_TRIES && !othersSucceed) || hopeless(failure))
		return undefined;
	if (failure.retryAfter !== undefined) return Math.min(failure.retryAfter, LONGEST_RETRY_AFTER);
	return backoff(tries, random);
}

/** Exponential backoff with jitter: between half of the step and the whole step, in milliseconds. */
export function backoff(tries: number, random: number): number {
	const step = Math.min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_BACKOFF);
	return Math.round(step * (0.5 + random / 2));
}

/** Certificate and DNS errors do not go away within a run. */
function hopeless({ status, outcome, message }: Failure): boolean {
	return status === undefined && outcome === 'notSent' && /CERT|ENOTFOUND/.test(message);
}
