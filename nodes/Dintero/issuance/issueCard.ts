import type { IDataObject, INode, NodeOperationError } from 'n8n-workflow';

import { formatAmount } from '../domain/money';
import { operationError } from '../transport/operationError';
import { segment, type Dintero } from '../transport/client';
import { attempt } from '../transport/attempt';
import { failureOf } from '../transport/failure';
import { backoff } from '../transport/retry';
import { hasCodes, reissueCodes, tokenRequest, type CodeOrder } from './codes';
import { hasMark, isAnothers, markRequest, type Origin } from './origin';

/** One gift card to issue; checked, nothing left to decide. */
export interface CardOrder {
	/** The body of *Create a card* without `pin` and `card_token`. */
	card: IDataObject & { card_id: string; amount: number; currency: string };
	codes: CodeOrder;
	origin: Origin;
}

/** What to do about a card with this ID that somebody else, or an earlier execution, made. */
export type IfCardExists = 'stop' | 'return' | 'reissue';

/** `created` now, `recovered` from a lost answer or an earlier attempt, `existing` untouched, `reissued` with new codes. */
export type IssueOutcome = 'created' | 'recovered' | 'existing' | 'reissued';

export interface IssuedCard {
	/** Dintero's card, with `pin` and `card_token` where codes were made. */
	card: IDataObject;
	outcome: IssueOutcome;
}

const CREATE_TRIES = 6;

/**
 * Issues one card exactly once.
 *
 * Dintero has no idempotency key and shows PIN and token once, in the answer to the request that made them. So when
 * that answer is lost, or the request is refused for a reason that may be "this card exists", the card is looked up
 * by its ID first: this item's own card is completed with new codes, somebody else's is left to `ifCardExists`, and
 * only a card that is certainly not there is asked for again. What status Dintero uses for a duplicate is not
 * documented and does not matter here.
 * @throws NodeApiError when Dintero refuses, NodeOperationError when the card exists or its fate cannot be found out
 */
export async function issueCard(
	dintero: Dintero,
	order: CardOrder,
	ifCardExists: IfCardExists,
): Promise<IssuedCard> {
	const { node } = dintero;
	const { card, codes, origin } = order;
	const { pin } = codes;
	const token = tokenRequest(codes);
	const request = markRequest(
		{
			...card,
			...(pin ? { pin: { format: { ...pin } } } : {}),
			...(token ? { card_token: token } : {}),
		},
		origin.mark,
	);
	// Whether an earlier request of this loop may still be carried out, or be done and not visible yet.
	let inDoubt = false;
	for (let tries = 1; ; tries++) {
		const { answer, problem } = await attempt(
			dintero.post('wallets/cards', request, 'write') as Promise<IDataObject>,
		);
		if (answer && hasCodes(answer, codes) && !isAnothers(answer, request, origin.mark))
			return { card: answer, outcome: 'created' };
		const failure = failureOf(problem);
		if (
			problem !== undefined &&
			(!failure || failure.outcome === 'notSent' || failure.status === 401)
		)
			throw inDoubt ? fateUnknown(node, card.card_id, problem) : problem;

		inDoubt ||= failure?.outcome !== 'refused';
		const lookUp = await attempt(findCard(dintero, card.card_id));
		if (lookUp.problem !== undefined)
			throw inDoubt ? fateUnknown(node, card.card_id, lookUp.problem) : problem;
		const found = lookUp.answer;
		if (found) return await settle(dintero, order, found, ifCardExists);
		if (!inDoubt) throw problem;
		if (tries >= CREATE_TRIES) throw fateUnknown(node, card.card_id, problem);
		await dintero.pause(backoff(tries, Math.random()));
	}
}

/** The card with this ID, or `undefined` when Dintero has none. @throws NodeApiError when that cannot be found out */
export async function findCard(dintero: Dintero, cardId: string): Promise<IDataObject | undefined> {
	const { answer, problem } = await attempt(dintero.get(cardPath(cardId)));
	if (problem === undefined) return answer as IDataObject;
	if (failureOf(problem)?.status === 404) return undefined;
	throw problem;
}

/** The path of a card. Card IDs that no URL can carry (`.`, `..`) are refused before, see `parseCardId`. */
export function cardPath(cardId: string): string {
	return `wallets/cards/${segment(cardId) ?? ''}`;
}

/** The card is there: complete it, hand it on, or say why not. */
async function settle(
	dintero: Dintero,
	order: CardOrder,
	found: IDataObject,
	ifCardExists: IfCardExists,
): Promise<IssuedCard> {
	const { node } = dintero;
	const { card, codes, origin } = order;
	const own = hasMark(found, origin.mark);
	const difference = differenceBetween(card, found);
	if (!own && ifCardExists === 'stop')
		throw exists(node, card.card_id, 'It was not made by this run, so it was left alone.');
	if (difference)
		throw exists(node, card.card_id, `It differs in ${difference}, so it was left alone.`);
	if (!own && ifCardExists === 'return') return { card: found, outcome: 'existing' };
	const fresh = await reissueCodes(dintero, cardPath(card.card_id), codes, origin.reference);
	return { card: { ...found, ...fresh }, outcome: own ? 'recovered' : 'reissued' };
}

/** What makes a found card another one than the one ordered, in words, or `undefined`. */
function differenceBetween(ordered: CardOrder['card'], found: IDataObject): string | undefined {
	const difference = differenceInMoney(ordered, found);
	if (difference) return difference;
	if ((found.customer_id ?? '') !== (ordered.customer_id ?? '')) return 'customer';
	if (found.type !== undefined && ordered.type !== undefined && found.type !== ordered.type)
		return 'type';
	return undefined;
}

/**
 * How a found card differs from one of this amount and currency, in words, or `undefined`.
 * `amount` of a card that was read is not documented to be the first amount, so the sum of funds counts too.
 */
export function differenceInMoney(
	ordered: { amount: number; currency: string },
	found: IDataObject,
): string | undefined {
	const amounts = [found.amount, found.amount_funds]
		.filter((value) => value !== undefined && value !== null)
		.map(Number);
	if (!amounts.includes(ordered.amount)) {
		const there =
			amounts.length > 0 ? formatAmount(amounts[0], String(found.currency ?? '')) : 'unknown';
		return `amount (${there} there, ${formatAmount(ordered.amount, ordered.currency)} wanted)`;
	}
	if (found.currency !== ordered.currency)
		return `currency (${String(found.currency)} there, ${ordered.currency} wanted)`;
	return undefined;
}

function exists(node: INode, cardId: string, why: string): NodeOperationError {
	return operationError(
		node,
		`A gift card with the Card ID '${cardId}' exists already`,
		`${why} Use another 'Card ID', or set 'If Card Exists' in the options to return it or to reissue its codes.`,
	);
}

function fateUnknown(node: INode, cardId: string, problem: unknown): NodeOperationError {
	const reason = problem instanceof Error ? problem.message : 'no readable answer';
	return operationError(
		node,
		`Dintero did not say whether gift card '${cardId}' was issued (${reason})`,
		"Look for this Card ID with 'Get' before anything else. Running again with the same Card ID is safe: it finds the card if it was issued.",
	);
}
