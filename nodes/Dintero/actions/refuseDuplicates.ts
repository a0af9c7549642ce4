import { InvalidInput, show } from '../domain/invalidInput';

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

/** Refuses items that name the card of an earlier item: each new PIN replaces the one before. */
export function refuseSameCard(
	plans: ReadonlyArray<{ cardId: string } | undefined>,
	refuse: (index: number, error: Error) => void,
): void {
	refuseDuplicates(
		plans,
		refuse,
		({ cardId }) => cardId,
		({ cardId }, earlier) =>
			new InvalidInput(
				'Card',
				`${show(cardId)} is also the card of item ${earlier}.`,
				'The second new PIN would replace the first; remove one of the two.',
			),
	);
}
