import type { IDataObject, NodeOperationError } from 'n8n-workflow';

import { attempt } from '../transport/attempt';
import type { Dintero } from '../transport/client';
import { failureOf } from '../transport/failure';
import { operationError } from '../transport/operationError';
import { backoff } from '../transport/retry';
import { cardPath, differenceInMoney, findCard } from './issueCard';
import { hasMark, isAnothers } from './origin';

/** One inactive card to activate; checked, nothing left to decide. */
export interface Activation {
	cardId: string;
	/** The body of *Activate card*, marked. */
	request: IDataObject & { amount: number; currency: string };
	/** Tells this item's own earlier attempt from anybody else's. */
	mark: string;
}

/** What to do about a card that somebody else, or an earlier execution, activated. */
export type IfActive = 'stop' | 'return';

/** `activated` now, `recovered` from a lost answer or an earlier attempt, `alreadyActive` by somebody else. */
export type ActivateOutcome = 'activated' | 'recovered' | 'alreadyActive';

export interface ActivatedCard {
	card: IDataObject;
	outcome: ActivateOutcome;
}

/** Of a card from a batch; Dintero's operation text says the first, its changelog the second. */
const INACTIVE = new Set(['inactive', 'created']);

const ACTIVATE_TRIES = 6;

/**
 * Activates one card exactly once, so that its balance is set once.
 *
 * How Dintero answers a card that is active already is not documented. So after a lost answer and after a refusal the
 * card is looked up before anything is repeated: one that is still inactive is asked for again, this item's own is
 * returned, and one that was activated by somebody else is left to `ifActive` — it may have been sold to another.
 * @throws NodeApiError when Dintero refuses, NodeOperationError when the card is active already or its fate unknown
 */
export async function activateCard(
	dintero: Dintero,
	activation: Activation,
	ifActive: IfActive,
): Promise<ActivatedCard> {
	const { node } = dintero;
	const { cardId, request, mark } = activation;
	/** Whether an earlier request of this loop may have been carried out, or may still be. */
	let inDoubt = false;
	for (let tries = 1; ; tries++) {
		const { answer, problem } = await attempt(
			dintero.post(`${cardPath(cardId)}/activate`, request, 'write') as Promise<IDataObject>,
		);
		if (answer && !isAnothers(answer, request, mark)) return { card: answer, outcome: 'activated' };
		const failure = failureOf(problem);
		if (
			problem !== undefined &&
			(!failure || failure.outcome === 'notSent' || failure.status === 401)
		)
			throw inDoubt ? fateUnknown(dintero, cardId, problem) : problem;

		inDoubt ||= failure?.outcome === 'unknown';
		const lookUp = await attempt(findCard(dintero, cardId));
		if (lookUp.problem !== undefined)
			throw inDoubt || !problem ? fateUnknown(dintero, cardId, lookUp.problem) : problem;
		const found = lookUp.answer;
		if (found && isActive(found)) return settle(dintero, activation, found, ifActive);
		if (!found)
			throw (
				problem ??
				operationError(node, `Dintero has no gift card '${cardId}'`, "Check the card's ID.")
			);
		if (problem !== undefined && !inDoubt) throw problem;
		if (tries >= ACTIVATE_TRIES) throw fateUnknown(dintero, cardId, problem);
		await dintero.pause(backoff(tries, Math.random()));
	}
}

/** Whether a card can be spent from: its status says so, or, where it has none, its money. */
export function isActive(card: IDataObject): boolean {
	if (typeof card.status === 'string' && card.status !== '') return !INACTIVE.has(card.status);
	return [card.amount, card.amount_funds, card.amount_balance].some((value) => Number(value) > 0);
}

function settle(
	{ node }: Dintero,
	{ cardId, request, mark }: Activation,
	found: IDataObject,
	ifActive: IfActive,
): ActivatedCard {
	const own = hasMark(found, mark);
	const difference = differenceInMoney(request, found);
	if (!own && ifActive === 'stop')
		throw operationError(
			node,
			`The gift card '${cardId}' is active already`,
			"It was not activated by this run, so it was left alone: it may have been sold before. 'If Already Active' in the options can return it instead.",
		);
	if (difference)
		throw operationError(
			node,
			`The gift card '${cardId}' is active already`,
			`It differs in ${difference}, so it was left alone.`,
		);
	return { card: found, outcome: own ? 'recovered' : 'alreadyActive' };
}

function fateUnknown({ node }: Dintero, cardId: string, problem: unknown): NodeOperationError {
	const reason = problem instanceof Error ? problem.message : 'no readable answer';
	return operationError(
		node,
		`Dintero did not say whether the gift card '${cardId}' was activated (${reason})`,
		"Look the card up with 'Get' before anything else. Running again is safe: a card is activated at most once.",
	);
}
