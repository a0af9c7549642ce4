import { sleep } from 'n8n-workflow';

import { monotonic } from './clock';

/** Waits; ends early when the signal aborts. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
	if (milliseconds <= 0 || signal?.aborted) return;
	if (!signal) return await sleep(milliseconds);
	let stop = (): void => {};
	const aborted = new Promise<void>((resolve) => (stop = resolve));
	signal.addEventListener('abort', stop);
	await Promise.race([sleep(milliseconds), aborted]);
	signal.removeEventListener('abort', stop);
}

/**
 * After a 429 the rate is multiplied by `CUT`; each request that gets through adds `REGAINED` requests per second.
 */
const CUT = 0.7;
const REGAINED = 2;
/** The minimum rate of a run, in requests per second. */
const MIN_RATE = 1;

/**
 * Spaces out requests: at most so many per second, none while Dintero asked us to wait, and fewer after a 429. The
 * rate limits of Dintero's API are not documented, so the rate adapts: it drops after a 429 and then rises again.
 * Without that, all delayed requests would start at once and be rejected again.
 */
export class Pace {
	/** When the next request may start. */
	private next = 0;
	private heldUntil = 0;
	/** Requests per second. */
	private rate: number;
	private slowedDownAt = -Infinity;
	/** The requests of about the last second, to measure the rate of a run that has no limit yet. */
	private counted = 0;
	private countedSince = -Infinity;
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
			const now = monotonic();
			const start = Math.max(now, this.next);
			this.next = start + 1000 / this.rate;
			await pause(start - now, this.signal);
			const started = monotonic();
			// A hold may have begun while this waited.
			if (started < this.heldUntil && !this.signal?.aborted) continue;
			if (started - this.countedSince > 1000) {
				this.counted = 0;
				this.countedSince = started;
			}
			this.counted++;
			return started;
		}
	}

	/** Delays every request that has not started yet. */
	hold(milliseconds: number): void {
		this.heldUntil = Math.max(this.heldUntil, monotonic() + milliseconds);
		this.next = Math.max(this.next, this.heldUntil);
	}

	/**
	 * A request got a 429. Those that started before the last slowdown belong to the same burst and don't count again.
	 */
	refused(started: number): void {
		if (started <= this.slowedDownAt) return;
		this.slowedDownAt = monotonic();
		const seconds = Math.max(0.1, (this.slowedDownAt - this.countedSince) / 1000);
		const rate = Number.isFinite(this.rate) ? this.rate : this.counted / seconds;
		this.rate = Math.max(MIN_RATE, rate * CUT);
	}

	/** One request got through. */
	accepted(): void {
		this.rate = Math.min(this.limit, this.rate + REGAINED);
	}
}
