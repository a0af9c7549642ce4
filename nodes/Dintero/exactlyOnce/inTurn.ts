/** The last task of each key. Only for this n8n process: other processes have their own. */
const queues = new Map<string, Promise<unknown>>();

/** Runs tasks with the same key one after another, in the order they were added. A failed task does not stop the next. */
export async function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
	const before = queues.get(key) ?? Promise.resolve();
	const turn = before.then(work, work);
	const settled = turn.then(
		() => undefined,
		() => undefined,
	);
	queues.set(key, settled);
	try {
		return await turn;
	} finally {
		if (queues.get(key) === settled) queues.delete(key);
	}
}
