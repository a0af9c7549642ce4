/** The reason in brackets of a message: what `attempt` caught, or that the answer could not be read. */
export const reasonOf = (problem: unknown): string =>
	problem instanceof Error ? problem.message : 'no readable answer';
