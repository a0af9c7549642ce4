/**
 * Refuses every item that has the same key as an earlier one.
 * @param errorOf makes the error; `earlier` is the number of the earlier item, from 1
 */
export function refuseDuplicates<Plan>(
	plans: ReadonlyArray<Plan | undefined>,
	refuse: (index: number, error: Error) => void,
	keyOf: (plan: Plan) => string,
	errorOf: (plan: Plan, earlier: number) => Error,
): void {
	const firstWith = new Map<string, number>();
	plans.forEach((plan, index) => {
		if (!plan) return;
		const key = keyOf(plan);
		const earlier = firstWith.get(key);
		if (earlier === undefined) firstWith.set(key, index);
		else refuse(index, errorOf(plan, earlier + 1));
	});
}
