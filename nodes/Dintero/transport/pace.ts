import { sleep } from 'n8n-workflow';

/** Waits, but not longer than the execution lives. Resolves early when the signal aborts. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
	if (milliseconds <= 0 || signal?.aborted) return;
	if (!signal) return await sleep(milliseconds);
	let stop = (): void => {};
	const aborted = new Promise<void>((resolve) => (stop = resolve));
	signal.addEventListener('abort', stop);
	await Promise.race([sleep(milliseconds), aborted]);
	signal.removeEventListener('abort', stop);
}

/** After a refusal the rate is cut to this part; each request that gets through adds `REGAINED` to it. */
const CUT = 0.7;
const REGAINED = 2;
/** Requests per second that a run never falls below. */
const SLOWEST = 1;

/**
 * Spaces the starts of requests: at most so many per second, none while Dintero asked us to wait, and fewer after it
 * turned one away for being too many. The limits of Dintero's API are not documented, so they are found out: a lower
 * rate after a refusal, then more and more again. Without that, all that were held back would start again at once and be
 * turned away again.
 */
export class Pace {
	/** When the next request may start. */
	private next = 0;
	private heldUntil = 0;
	/** Requests per second. */
	private rate: number;
	private slowedAt = 0;
	/** The requests of about the last second, to know the rate of a run that has no limit yet. */
	private counted = 0;
	private countedSince = 0;
	private readonly limit: number;

	/** @param perSecond 0 for no limit */
	constructor(
		perSecond: number,
		private readonly signal?: AbortSignal,
	) {
		this.limit = perSecond > 0 ? perSecond : Infinity;
		this.rate = this.limit;
	}

	/** Resolves when the next request may start. @returns the time of its start, for `refused` */
	async turn(): Promise<number> {
		for (;;) {
			const now = Date.now();
			const start = Math.max(now, this.next);
			this.next = start + 1000 / this.rate;
			await pause(start - now, this.signal);
			const started = Date.now();
			// It may have been held back while it waited.
			if (started < this.heldUntil && !this.signal?.aborted) continue;
			if (started - this.countedSince > 1000) {
				this.counted = 0;
				this.countedSince = started;
			}
			this.counted++;
			return started;
		}
	}

	/** Holds back every request that has not started yet. */
	hold(milliseconds: number): void {
		this.heldUntil = Math.max(this.heldUntil, Date.now() + milliseconds);
		this.next = Math.max(this.next, this.heldUntil);
	}

	/** One request was turned away for being too many. Those that had started by then are the same burst. */
	refused(started: number): void {
		if (started <= this.slowedAt) return;
		this.slowedAt = Date.now();
		const seconds = Math.max(0.1, (this.slowedAt - this.countedSince) / 1000);
		const rate = Number.isFinite(this.rate) ? this.rate : this.counted / seconds;
		this.rate = Math.max(SLOWEST, rate * CUT);
	}

	/** One request got through. */
	accepted(): void {
		this.rate = Math.min(this.limit, this.rate + REGAINED);
	}
}
