import { sleep } from 'n8n-workflow';

/** Waits, but not longer than the execution lives. Resolves early when the signal aborts. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
	if (milliseconds <= 0 || signal?.aborted) return;
	if (!signal) return await sleep(milliseconds);
	let stop = (): void => {};
	const aborted = new Promise<void>((resolve) => (stop = resolve));
	signal.addEventListener('abort', stop, { once: true });
	await Promise.race([sleep(milliseconds), aborted]);
	signal.removeEventListener('abort', stop);
}

/** Spaces the starts of requests: at most so many per second, and none while Dintero asked us to wait. */
export class Pace {
	private next = 0;

	/** @param perSecond 0 for no limit */
	constructor(
		private readonly perSecond: number,
		private readonly signal?: AbortSignal,
	) {}

	/** Resolves when the next request may start. */
	async turn(): Promise<void> {
		const now = Date.now();
		if (this.perSecond > 0) {
			const start = Math.max(now, this.next);
			this.next = start + 1000 / this.perSecond;
			await pause(start - now, this.signal);
		} else if (this.next > now) {
			await pause(this.next - now, this.signal);
		}
	}

	/** Holds back every request that has not started yet. */
	hold(milliseconds: number): void {
		this.next = Math.max(this.next, Date.now() + milliseconds);
	}
}
