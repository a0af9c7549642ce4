import { parseId } from '../domain/text';
import type { Item } from './operation';
import { readChoice, readNeededCode } from './readers';

/** The card of `cardByFields`: by its ID or by its token. @throws InvalidInput */
export function readCard(item: Item): { cardId: string } | { token: string } {
	const by = readChoice(item.get('cardBy', 'cardId'), 'Find Card By', ['cardId', 'cardToken']);
	return by === 'cardId'
		? { cardId: parseId(item.get('cardId', ''), 'Card') }
		: { token: readNeededCode(item, 'cardToken', 'Card Token') };
}
