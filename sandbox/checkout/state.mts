/** Checkout's in-memory state: operations in progress, calls in this second, answers by idempotency key. */
import { ApiError } from '../errors.mts';
import type { Switches } from '../switches.mts';

export class CheckoutState {
	/** Answers by account, operation and Idempotency-Key. */
	readonly answers = new Map<string, unknown>();
	#busy = new Map<string, number>();
	#calls: number[] = [];
	#timers = new Map<NodeJS.Timeout, () => void>();
	/** The remaining work of operations that were answered with 202. */
	#unfinished = new Set<() => void>();

	/** @throws ApiError 429 above the limit of calls a second */
	countCall({ checkoutRequestsPerSecond: most }: Switches, now = Date.now()): void {
		if (most === null) return;
		this.#calls = this.#calls.filter((at) => now - at < 1000);
		if (this.#calls.length >= most) {
			const headers = { 'retry-after': '1' };
			throw new ApiError(429, 'TOO MANY REQUESTS', 'Slow down', { headers });
		}
		this.#calls.push(now);
	}

	isBusy(paymentId: string): boolean {
		return (this.#busy.get(paymentId) ?? 0) > 0;
	}

	/** Does the work after a delay; the payment is busy until then. */
	async after<T>(paymentId: string, milliseconds: number, work: () => T): Promise<T> {
		this.#busy.set(paymentId, (this.#busy.get(paymentId) ?? 0) + 1);
		try {
			if (milliseconds > 0) await this.#wait(milliseconds);
			return work();
		} finally {
			this.#busy.set(paymentId, (this.#busy.get(paymentId) ?? 1) - 1);
		}
	}

	/** Does the work after a delay, or when `finish` is called. */
	later(milliseconds: number | null, work: () => void): void {
		const once = () => {
			if (this.#unfinished.delete(once)) work();
		};
		this.#unfinished.add(once);
		if (milliseconds !== null) void this.#wait(milliseconds).then(once);
	}

	/** Finishes every operation that was answered with 202. */
	finish(): void {
		for (const work of [...this.#unfinished]) work();
	}

	stop(): void {
		this.#unfinished.clear();
		for (const [timer, wake] of this.#timers) {
			clearTimeout(timer);
			wake();
		}
		this.#timers.clear();
	}

	#wait(milliseconds: number): Promise<void> {
		return new Promise((resolve) => {
			const timer = setTimeout(() => {
				this.#timers.delete(timer);
				resolve();
			}, milliseconds);
			this.#timers.set(timer, resolve);
		});
	}
}
