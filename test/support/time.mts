/** Time for tests that would otherwise wait for back-offs and retries of n8n and of the nodes. */

/**
 * Every pause becomes so many times shorter, until the returned function is called. Clocks stay as they are.
 * @param longest longer delays are time-outs, not pauses, and keep their length; in milliseconds
 */
export const fastTime = (factor = 100, longest = 20_000): (() => void) => {
	const original = globalThis.setTimeout;
	const faster = ((handler: (...args: unknown[]) => void, delay = 0, ...args: unknown[]) =>
		original(handler, delay <= longest ? delay / factor : delay, ...args)) as typeof setTimeout;
	globalThis.setTimeout = Object.assign(faster, original);
	return () => {
		globalThis.setTimeout = original;
	};
};

const realSetTimeout = globalThis.setTimeout;

/** Really waits. */
export const wait = async (milliseconds: number): Promise<void> =>
	await new Promise((resolve) => realSetTimeout(resolve, milliseconds));

/** Waits until something holds; fails with `what` when it does not within the time. */
export const until = async (
	holds: () => boolean | Promise<boolean>,
	what = 'the condition',
	milliseconds = 5000,
): Promise<void> => {
	const end = Date.now() + milliseconds;
	while (!(await holds())) {
		if (Date.now() > end) throw new Error(`Waited ${milliseconds} ms in vain for ${what}`);
		await wait(5);
	}
};
