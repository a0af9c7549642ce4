import type { IDataObject, NodeApiError } from 'n8n-workflow';

import { attempt } from '../transport/attempt';
import type { Dintero } from '../transport/client';
import { failureOf } from '../transport/failure';
import { operationError } from '../transport/operationError';

/**
 * The card a token opens, with its balance (Dintero *Card info*). It is also the only check of a PIN there is.
 *
 * Dintero does not document how it answers a wrong PIN. Whatever the status, a refusal that goes away without the PIN
 * is a wrong PIN; nothing of the card is told then.
 * @throws NodeOperationError for a wrong PIN, NodeApiError for everything else
 */
export async function openCard(
	dintero: Dintero,
	token: string,
	pin?: string,
): Promise<IDataObject> {
	const { answer, problem } = await attempt(info(dintero, token, pin));
	if (answer) return answer;
	const failure = failureOf(problem);
	if (failure?.outcome !== 'refused' || failure.signIn) throw problem;
	if (pin === undefined) {
		const refusal = problem as NodeApiError;
		if (failure.status !== 404)
			refusal.description = `If the card has a PIN, fill in 'PIN'. ${refusal.description}`;
		throw refusal;
	}
	const without = await attempt(info(dintero, token));
	if (without.problem === undefined)
		throw operationError(dintero.node, 'The PIN is wrong', 'Ask for it again and try once more.');
	if (failureOf(without.problem)?.status === 404)
		throw operationError(
			dintero.node,
			'No card has this card token',
			'It may be mistyped or expired. Check it and try again.',
		);
	if (failure.status === 403 || failure.status === 401)
		throw operationError(
			dintero.node,
			'The PIN or the card token is wrong',
			"Check both. If they are right, the API client may lack the right to look cards up ('write:wallets:/info').",
		);
	throw operationError(dintero.node, 'The PIN or the card token is wrong', 'Check both.');
}

async function info(dintero: Dintero, token: string, pin?: string): Promise<IDataObject> {
	const body = pin === undefined ? { token } : { token, pin };
	return (await dintero.post('wallets/info', body, 'read')) as IDataObject;
}
