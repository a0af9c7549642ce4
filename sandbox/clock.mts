/** The sandbox's time: the machine's, plus what a test has moved it on by. */
export class Clock {
	#ahead = 0;

	now(): number {
		return Date.now() + this.#ahead;
	}

	/** Moves the sandbox's time on, so that cards and tokens expire without anyone waiting. */
	advance(milliseconds: number): void {
		this.#ahead += milliseconds;
	}
}
