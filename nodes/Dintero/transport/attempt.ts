/** The result of some work: its answer, or the error it threw as `problem` (see `failureOf`). */
export type Attempt<T> =
	{ answer: T; problem?: undefined } | { answer?: undefined; problem: unknown };

/** Turns a rejection into a value, for code that must inspect an error before it decides whether to throw it. */
export async function attempt<T>(work: Promise<T>): Promise<Attempt<T>> {
	return await work.then(
		(answer) => ({ answer }),
		(problem: unknown) => ({ problem }),
	);
}

/** The reason in brackets of a message: what `attempt` caught, or that the answer could not be read. */
export const reasonOf = (problem: unknown): string =>
	problem instanceof Error ? problem.message : 'no readable answer';
