import type { IDataObject, NodeOperationError } from 'n8n-workflow';

import { attempt, reasonOf } from '../transport/attempt';
import type { DinteroClient } from '../transport/client';
import { monotonic } from '../transport/clock';
import { failureOf, hasError } from '../transport/failure';
import { operationError } from '../transport/operationError';
import { backoff } from '../transport/retry';
import { isActive } from './cardState';
import { withIds } from './errorIds';
import { cardPath, differenceInMoney, findCard } from './issueCard';
import type { Mark } from './mark';
import { noSuchCard } from './readCard';
import { explainRefusal } from './refusal';
import { transactionsOf } from './transactions';

/** An inactive card to activate, already validated. */
export interface Activation {
	cardId: string;
	/** The body of *Activate card*, marked. */
	request: IDataObject & { amount: number; currency: string };
	/** Identifies what this item did in an earlier attempt. */
	mark: Mark;
}

/** What to do when another run, or somebody else, already activated the card. */
export type IfActive = 'stop' | 'return';

/** `activated` now, `recovered` after a lost answer or an earlier attempt, `alreadyActive` by somebody else. */
export type ActivateOutcome = 'activated' | 'recovered' | 'alreadyActive';

export interface ActivatedCard {
	card: IDataObject;
	outcome: ActivateOutcome;
}

const ACTIVATE_TRIES = 6;

/**
 * Activates one card exactly once, so that its balance is set once.
 *
 * Dintero does not document how it answers for a card that is already active: with a 4xx, or with the card. So a success
 * counts only when it shows this card, active, with the requested amount and currency, and activated by this request.
 * After any other answer the node looks the card up before it repeats anything: it retries if the card is still
 * inactive, returns the card if this item activated it, and follows `ifActive` if somebody else did, because that card
 * may have been sold.
 * @throws NodeApiError when Dintero refuses, NodeOperationError when the card is already active or the outcome is unknown
 */
export async function activateCard(
	dintero: DinteroClient,
	activation: Activation,
	ifActive: IfActive,
): Promise<ActivatedCard> {
	return await withIds({ cardId: activation.cardId }, activateOnce(dintero, activation, ifActive));
}

async function activateOnce(
	dintero: DinteroClient,
	activation: Activation,
	ifActive: IfActive,
): Promise<ActivatedCard> {
	const { node } = dintero;
	const { cardId, mark } = activation;
	const began = monotonic();
	let { request } = activation;
	/** Whether an earlier request may have been carried out, or may still be. */
	let inDoubt = false;
	for (let tries = 1; ;) {
		const { answer, problem } = await attempt(
			dintero.post(`${cardPath(cardId)}/activate`, request, 'unsafe') as Promise<IDataObject>,
		);
		const failure = failureOf(problem);
		/** Whether the answer shows the requested state, but somebody else brought it about. */
		let byAnother = false;
		if (answer && shows({ ...activation, request }, answer)) {
			if (mark.isOn(answer) || (await isOwn(dintero, { ...activation, request }, answer, began)))
				return { card: answer, outcome: 'activated' };
			byAnother = true;
		}
		if (
			problem !== undefined &&
			(!failure || failure.outcome === 'notSent' || failure.status === 401)
		)
			throw inDoubt ? outcomeUnknown(dintero, cardId, problem) : problem;
		const unmarked = problem === undefined ? undefined : mark.without(request, problem);
		if (unmarked) {
			request = unmarked;
			continue;
		}

		inDoubt ||= !byAnother && failure?.outcome !== 'refused';
		const lookUp = await attempt(findCard(dintero, cardId));
		if (lookUp.problem !== undefined)
			throw inDoubt || !problem ? outcomeUnknown(dintero, cardId, lookUp.problem) : problem;
		const found = lookUp.answer;
		if (found && isActive(found))
			return alreadyActive(dintero, activation, found, ifActive, inDoubt);
		const refused = failure?.outcome === 'refused';
		// After a lost answer, a card that is not there may only not be shown yet.
		if (problem !== undefined && (!inDoubt || (!found && refused)))
			throw await explainRefusal(dintero, problem, { what: 'activation', cardId, card: found });
		if (!found && !inDoubt) throw operationError(node, ...noSuchCard(cardId));
		if (tries >= ACTIVATE_TRIES) throw outcomeUnknown(dintero, cardId, problem);
		await dintero.pause(backoff(tries, Math.random()));
		tries++;
	}
}

/** Whether an answer shows this card, active, with the requested amount and currency. */
function shows({ cardId, request }: Activation, card: IDataObject): boolean {
	return (
		card.card_id === cardId &&
		!hasError(card) &&
		isActive(card) &&
		differenceInMoney(request, card) === undefined
	);
}

/**
 * Whether this request activated a card that does not show our mark. Dintero may keep the batch's `originated_by` and
 * metadata, so the time of the activation decides, by Dintero's clock.
 */
async function isOwn(
	dintero: DinteroClient,
	{ cardId, request, mark }: Activation,
	card: IDataObject,
	began: number,
): Promise<boolean> {
	if (mark.isOfAnotherRun(card)) return false;
	const { clock } = dintero;
	const madeNow = (date: unknown): boolean | undefined => {
		if (clock.isBefore(date, began)) return false;
		return clock.mayBeBetween(date, began, monotonic()) ? true : undefined;
	};
	// Without `active_from` in the request, it is the time of the activation.
	const active = request.active_from === undefined ? madeNow(card.active_from) : undefined;
	if (active !== undefined) return active;
	const { answer } = await attempt(transactionsOf(dintero, cardId));
	const funds = (answer?.records ?? []).filter(({ type }) => type === 'fund');
	if (funds.some((fund) => mark.isOn(fund))) return true;
	const ages = funds
		.filter(({ amount }) => Number(amount) === request.amount)
		.map(({ created_at }) => madeNow(created_at));
	if (ages.includes(true)) return true;
	return !ages.includes(false) && !mark.isByAnother(card, request);
}

/** The card is active. @throws NodeOperationError unless it may be returned */
function alreadyActive(
	{ node }: DinteroClient,
	{ cardId, request, mark }: Activation,
	found: IDataObject,
	ifActive: IfActive,
	inDoubt: boolean,
): ActivatedCard {
	const own = mark.isOn(found);
	const difference = differenceInMoney(request, found);
	if (!own && ifActive === 'stop')
		throw operationError(
			node,
			`The gift card '${cardId}' is already active`,
			inDoubt && !difference
				? "Neither Dintero's answer nor the card shows whether this run activated it, so it was left alone. Look at its transactions: if it was activated just now, this run did it. Set 'If Already Active' in the options to return it."
				: "It was not activated by this run, so it was left alone: it may have been sold before. Set 'If Already Active' in the options to return it instead.",
		);
	if (difference)
		throw operationError(
			node,
			`The gift card '${cardId}' is already active`,
			`It differs in ${difference}, so it was left alone.`,
		);
	return { card: found, outcome: own ? 'recovered' : 'alreadyActive' };
}

function outcomeUnknown(
	{ node }: DinteroClient,
	cardId: string,
	problem: unknown,
): NodeOperationError {
	return operationError(
		node,
		`Dintero did not say whether the gift card '${cardId}' was activated (${reasonOf(problem)})`,
		"Look up the card with 'Get' first. Running again is safe: a card is activated at most once.",
	);
}
