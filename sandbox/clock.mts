/** The sandbox's time: the machine's time plus what a test advanced it by. */
export class Clock {
	#ahead = 0;

	now(): number {
		return Date.now() + this.#ahead;
	}

	/** Advances the sandbox's time, so that cards and tokens expire without waiting. */
	advance(milliseconds: number): void {
		this.#ahead += milliseconds;
	}
}
