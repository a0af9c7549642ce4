import { InvalidInput, show } from '../domain/invalidInput';
import { parseId } from '../domain/text';
import type { Item } from './operation';
import { readNeededCode } from './readers';

/** The card of `cardByFields`: by its ID or by its token. @throws InvalidInput */
export function readCard(item: Item): { cardId: string } | { token: string } {
	const by = item.get('cardBy', 'cardId');
	if (by === 'cardToken') return { token: readNeededCode(item, 'cardToken', 'Card Token') };
	if (by === 'cardId') return { cardId: parseId(item.get('cardId', ''), 'Card') };
	throw new InvalidInput(
		'Find Card By',
		`${show(by)} is not a choice.`,
		'Use cardId or cardToken.',
	);
}
