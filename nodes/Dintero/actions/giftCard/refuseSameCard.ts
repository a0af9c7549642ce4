import { InvalidInput, show } from '../../domain/invalidInput';
import { refuseDuplicates } from '../refuseDuplicates';

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
