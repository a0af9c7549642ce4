/** What became of a request: its answer, or the problem (see `failureOf`). */
export type Attempt<T> =
	{ answer: T; problem?: undefined } | { answer?: undefined; problem: unknown };

/** Turns a rejection into a value, for code that must look at a failure before it decides whether to raise it. */
export async function attempt<T>(work: Promise<T>): Promise<Attempt<T>> {
	return await work.then(
		(answer) => ({ answer }),
		(problem: unknown) => ({ problem }),
	);
}
