import { segment } from '../transport/client';

/** The path of a card. `parseId` refuses card IDs that a URL cannot contain (`.`, `..`). */
export function cardPath(cardId: string): string {
	return `wallets/cards/${segment(cardId) ?? ''}`;
}
