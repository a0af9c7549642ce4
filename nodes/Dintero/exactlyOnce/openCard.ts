import type { IDataObject, NodeApiError } from 'n8n-workflow';

import { attempt } from '../transport/attempt';
import type { DinteroClient } from '../transport/client';
import { apiError, failureOf, reword, unreadableAnswer } from '../transport/failure';
import { operationError } from '../transport/operationError';

/** The message and the way out when no card has a card token. */
export const NO_CARD_WITH_TOKEN: [message: string, wayOut: string] = [
	'No card has this card token',
	'It may be mistyped or expired. Check it and try again.',
];

/**
 * Reads the card with a token, and its balance (Dintero's *Card info*). This is the only way to check a PIN.
 *
 * Dintero does not document how it answers a wrong PIN. If a refused request succeeds without the PIN, the PIN was wrong,
 * and nothing about the card is returned. A PIN is sent only once, see `cardInfo`.
 * @throws NodeOperationError for a wrong PIN, NodeApiError for everything else
 */
export async function openCard(
	dintero: DinteroClient,
	token: string,
	pin?: string,
): Promise<IDataObject> {
	const { answer, problem } = await attempt(dintero.cardInfo(token, pin));
	if (answer) {
		// Only an answer with a card proves that the PIN was right.
		if (typeof answer.card_id === 'string' && answer.card_id !== '') return answer;
		throw apiError(dintero.node, unreadableAnswer(200));
	}
	const failure = failureOf(problem);
	if (failure?.outcome !== 'refused' || failure.signIn) throw problem;
	if (pin === undefined) {
		const refusal = problem as NodeApiError;
		if (failure.status === 404) reword(refusal, ...NO_CARD_WITH_TOKEN);
		else refusal.description = `If the card has a PIN, fill in 'PIN'. ${refusal.description}`;
		throw refusal;
	}
	const without = await attempt(dintero.cardInfo(token));
	if (without.problem === undefined)
		throw operationError(dintero.node, 'The PIN is wrong', 'Ask for it again and try once more.');
	if (failureOf(without.problem)?.status === 404)
		throw operationError(dintero.node, ...NO_CARD_WITH_TOKEN);
	if (failure.status === 403 || failure.status === 401)
		throw operationError(
			dintero.node,
			'The PIN or the card token is wrong',
			"Check both. If they are right, the API client may lack the right to look cards up ('write:wallets:/info').",
		);
	throw operationError(dintero.node, 'The PIN or the card token is wrong', 'Check both.');
}
