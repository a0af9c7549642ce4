/**
 * Refuses each item that would do what an earlier one of the run does already.
 * @param keyOf what makes two items the same
 * @param why says so, given the number of the earlier item as people count
 */
export function refuseSame<Plan>(
	plans: ReadonlyArray<Plan | undefined>,
	refuse: (index: number, problem: Error) => void,
	keyOf: (plan: Plan) => string,
	why: (plan: Plan, earlier: number) => Error,
): void {
	const firstWith = new Map<string, number>();
	plans.forEach((plan, index) => {
		if (!plan) return;
		const key = keyOf(plan);
		const earlier = firstWith.get(key);
		if (earlier === undefined) firstWith.set(key, index);
		else refuse(index, why(plan, earlier + 1));
	});
}
