/**
 * Runs a task for each of `count` indices, started in order, at most `concurrency` at once. A task that throws
 * rejects the whole call; tasks that must not stop the others catch their own errors.
 * @param stopped checked before each start; once true, no further task starts
 */
export async function forEachParallel(
	count: number,
	concurrency: number,
	task: (index: number) => Promise<void>,
	stopped: () => boolean = () => false,
): Promise<void> {
	let next = 0;
	const worker = async (): Promise<void> => {
		while (next < count && !stopped()) await task(next++);
	};
	await Promise.all(Array.from({ length: Math.min(Math.max(1, concurrency), count) }, worker));
}
