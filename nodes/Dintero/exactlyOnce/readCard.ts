import { NodeApiError, type IDataObject } from 'n8n-workflow';

import { attempt } from '../transport/attempt';
import type { DinteroClient } from '../transport/client';
import { failureOf } from '../transport/failure';
import { operationError } from '../transport/operationError';
import { findCard } from './issueCard';

/** The message and the way out when Dintero has no card with this ID. */
export const noSuchCard = (cardId: string): [message: string, wayOut: string] => [
	`Dintero has no gift card '${cardId}'`,
	"Check the card's ID: it is the 'Card ID' it was made with, not the code printed on it.",
];

/**
 * Reads the card before an operation writes anything.
 * @throws NodeApiError, which names the missing right; NodeOperationError when there is no such card
 */
export async function readCard(dintero: DinteroClient, cardId: string): Promise<IDataObject> {
	const { answer: card, problem } = await attempt(findCard(dintero, cardId));
	if (problem instanceof NodeApiError && failureOf(problem)?.status === 403)
		problem.description =
			`${problem.description ?? ''} Besides 'write:wallets', this operation needs 'read:wallets', to see what was done before.`.trim();
	if (problem !== undefined) throw problem;
	if (card) return card;
	throw operationError(dintero.node, ...noSuchCard(cardId));
}
