import type { Failure } from './failure';

/** `read`: may be repeated freely. `write`: moves money or makes something; never repeated on an unknown outcome. */
export type Effect = 'read' | 'write';

/** How often one request is tried before its failure is reported. */
export const MAXIMUM_TRIES = 6;
/** A request that is turned away with 429 is tried on as long as any got through in this time, in milliseconds. */
const LONGEST_STANDSTILL = 60_000;

const FIRST_WAIT = 300;
const LONGEST_BACKOFF = 15_000;
/** Longer requests to wait are cut to this, so that a run is not held for an hour by one answer. */
export const LONGEST_RETRY_AFTER = 120_000;

/**
 * How long to wait before trying a failed request again, or `undefined` when it must not be tried again.
 *
 * A write is repeated only when it certainly was not carried out: turned away with 429, or never connected. What
 * became of any other failed write is for the caller to find out (see `issuance`).
 * @param tries how often it has been tried, 1 after the first failure
 * @param random a number from 0 up to 1, for the jitter
 * @param standstill how long ago any request of the run got through, in milliseconds
 * @returns milliseconds
 */
export function waitBeforeRetry(
	failure: Failure,
	effect: Effect,
	tries: number,
	random: number,
	standstill = Infinity,
): number | undefined {
	const repeatable =
		failure.outcome === 'notSent' || (failure.outcome === 'unknown' && effect === 'read');
	const itsTurnComes = failure.status === 429 && standstill < LONGEST_STANDSTILL;
	if (!repeatable || (tries >= MAXIMUM_TRIES && !itsTurnComes) || hopeless(failure))
		return undefined;
	if (failure.retryAfter !== undefined) return Math.min(failure.retryAfter, LONGEST_RETRY_AFTER);
	return backoff(tries, random);
}

/** Exponential backoff with jitter between half and the whole of the step, in milliseconds. */
export function backoff(tries: number, random: number): number {
	const step = Math.min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_BACKOFF);
	return Math.round(step * (0.5 + random / 2));
}

/** Certificate and name errors do not heal within a run. */
function hopeless({ status, outcome, message }: Failure): boolean {
	return status === undefined && outcome === 'notSent' && /CERT|ENOTFOUND/.test(message);
}
