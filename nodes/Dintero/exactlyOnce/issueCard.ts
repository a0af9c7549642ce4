import type { IDataObject, INode, NodeOperationError } from 'n8n-workflow';

import { InvalidInput, show } from '../domain/invalidInput';
import { formatAmount } from '../domain/money';
import { operationError } from '../transport/operationError';
import type { DinteroClient } from '../transport/client';
import { attempt, reasonOf } from '../transport/attempt';
import { failureOf, hasError } from '../transport/failure';
import { backoff } from '../transport/retry';
import { cardPath } from './cardPath';
import { isActive } from './cardState';
import { hasCodes, reissueCodes, tokenRequest, type CodeOrder } from './codes';
import { addIds, withIds } from './errorIds';
import type { Origin } from './origin';

export { cardPath };

/** A gift card to issue, already validated. */
export interface CardOrder {
	/** The body of *Create a card* without `pin` and `card_token`. */
	card: IDataObject & { card_id: string; amount: number; currency: string };
	codes: CodeOrder;
	origin: Origin;
	/** Links to related records, written beside the mark. */
	links?: IDataObject;
	/** Whether no card had this ID just now, so that a card without another run's mark is this item's own. */
	wasFree?: boolean;
	/** How to try again, for an operation without *Card ID*. */
	wayOut?: string;
}

/** What to do when another run, or somebody else, already made a card with this ID. */
export type IfCardExists = 'stop' | 'return' | 'reissue';

/** `created` now, `recovered` after a lost answer or an earlier attempt, `existing` untouched, `reissued` with new codes. */
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
 * Dintero has no idempotency key, and shows the PIN and the token only once, in the answer to the request that makes
 * them. So when that answer is lost, or a refusal may mean "this card exists", the node looks the card up by its ID: it
 * gives this item's own card new codes, follows `ifCardExists` for anybody else's, and requests the card again only if
 * it certainly does not exist. Which status Dintero uses for a duplicate is not documented and does not matter here.
 * @throws NodeApiError when Dintero refuses, NodeOperationError when the card exists or the outcome is unknown
 */
export async function issueCard(
	dintero: DinteroClient,
	order: CardOrder,
	ifCardExists: IfCardExists,
): Promise<IssuedCard> {
	return await withIds({ cardId: order.card.card_id }, issue(dintero, order, ifCardExists));
}

async function issue(
	dintero: DinteroClient,
	order: CardOrder,
	ifCardExists: IfCardExists,
): Promise<IssuedCard> {
	const { node } = dintero;
	const { card, codes, origin } = order;
	const { pin } = codes;
	const token = tokenRequest(codes);
	let request = origin.mark.on(
		{
			...card,
			...(pin ? { pin: { format: { ...pin } } } : {}),
			...(token ? { card_token: token } : {}),
		},
		undefined,
		order.links,
	);
	// Whether an earlier request may still be carried out, or has been carried out and is not visible yet.
	let inDoubt = false;
	for (let tries = 1; ; tries++) {
		const { answer, problem } = await attempt(
			dintero.post('wallets/cards', request, 'unsafe') as Promise<IDataObject>,
		);
		if (answer && hasCodes(answer, codes) && shows(order, answer, request))
			return { card: answer, outcome: 'created' };
		const failure = failureOf(problem);
		if (
			problem !== undefined &&
			(!failure || failure.outcome === 'notSent' || failure.status === 401)
		)
			throw inDoubt ? outcomeUnknown(node, order, problem) : problem;

		inDoubt ||= failure?.outcome !== 'refused';
		const lookUp = await attempt(findCard(dintero, card.card_id));
		if (lookUp.problem !== undefined)
			throw inDoubt ? outcomeUnknown(node, order, lookUp.problem) : problem;
		const found = lookUp.answer;
		if (found) {
			if (!inDoubt && isStillRunning(dintero, order, found)) throw stillRunning(node, order);
			return await resolveExisting(dintero, order, found, ifCardExists, inDoubt);
		}
		const withoutMark = origin.mark.without(request, problem);
		if (withoutMark) {
			request = withoutMark;
			continue;
		}
		if (!inDoubt) throw problem;
		if (tries >= CREATE_TRIES) throw outcomeUnknown(node, order, problem);
		await dintero.pause(backoff(tries, Math.random()));
	}
}

/**
 * Whether an answer shows the requested card, and not one that existed before. Dintero does not document which members
 * it returns, so missing ones are ignored; an answer without an ID is not accepted.
 */
function shows({ card, origin }: CardOrder, answer: IDataObject, request: IDataObject): boolean {
	const shown = { ...card, ...withoutMissing(answer) } as CardOrder['card'];
	return (
		answer.card_id === card.card_id &&
		!hasError(answer) &&
		differenceBetween(card, { ...shown, amount_funds: undefined }, false) === undefined &&
		!origin.mark.isByAnother(answer, request)
	);
}

const withoutMissing = (answer: IDataObject): IDataObject =>
	Object.fromEntries(
		Object.entries(answer).filter(([, value]) => value !== undefined && value !== null),
	);

/** The card with this ID, or `undefined` when Dintero has none. @throws NodeApiError when the look-up fails */
export async function findCard(
	dintero: DinteroClient,
	cardId: string,
): Promise<IDataObject | undefined> {
	const { answer, problem } = await attempt(dintero.getRecord(cardPath(cardId), cardId));
	if (problem === undefined) return answer;
	if (failureOf(problem)?.status === 404) return undefined;
	throw problem;
}

/** Whether the continued execution made the card after this run began: then it is still running and has the codes. */
function isStillRunning(
	{ clock }: DinteroClient,
	{ origin }: CardOrder,
	found: IDataObject,
): boolean {
	const { identity, begunAt } = origin;
	return (
		identity.kind === 'continued' && origin.owns(found) && clock.isAfter(found.created_at, begunAt)
	);
}

/**
 * Completes a card that exists: this item's own gets new codes; for any other, `ifCardExists` decides.
 * @throws NodeApiError, NodeOperationError when it differs from the requested card, or is left alone
 */
export async function completeCard(
	dintero: DinteroClient,
	order: CardOrder,
	found: IDataObject,
	ifCardExists: IfCardExists,
): Promise<IssuedCard> {
	const known = { ...order, wasFree: false };
	const completed = resolveExisting(dintero, known, found, ifCardExists, false);
	return await withIds({ cardId: order.card.card_id }, completed);
}

/**
 * Decides about a card that exists: reissue its codes, return it, or refuse it.
 * @param inDoubt whether a request of this run may have made it
 */
async function resolveExisting(
	dintero: DinteroClient,
	order: CardOrder,
	found: IDataObject,
	ifCardExists: IfCardExists,
	inDoubt: boolean,
): Promise<IssuedCard> {
	const { node, clock } = dintero;
	const { card, codes, origin } = order;
	const byAnother =
		origin.mark.isByAnother(found, card) || clock.isBefore(found.created_at, origin.begunAt);
	// A look-up just after a card was made may not show it yet, so its date counts too.
	const own = origin.owns(found) || (order.wasFree === true && !byAnother);
	if (!own && ifCardExists === 'stop')
		throw exists(node, order, inDoubt && !byAnother ? MAY_BE_OURS : NOT_OURS);
	const difference = differenceBetween(card, found, own);
	if (difference)
		throw own
			? changed(node, order, difference)
			: exists(node, order, `It differs in ${difference}, so it was left alone.`);
	if (!own && ifCardExists === 'return') return { card: found, outcome: 'existing' };
	const { answer: fresh, problem } = await attempt(
		reissueCodes(dintero, card.card_id, codes, origin.tokenReference),
	);
	if (problem !== undefined) throw own ? withoutCodes(node, card.card_id, problem) : problem;
	return { card: { ...found, ...fresh }, outcome: own ? 'recovered' : 'reissued' };
}

/** Why a card with the requested ID was left alone. */
export const NOT_OURS = 'It was not made by this run, so it was left alone.';
export const MAY_BE_OURS =
	"Neither Dintero's answer nor the card shows whether this run made it, so it was left alone.";

/**
 * How a found card differs from the requested one, in words, or `undefined`.
 * @param own whether this item made it: then all details must match, or the input rows have changed
 */
function differenceBetween(
	ordered: CardOrder['card'],
	found: IDataObject,
	own: boolean,
): string | undefined {
	const difference = differenceInMoney(ordered, found);
	if (difference) return difference;
	if ((found.customer_id ?? '') !== (ordered.customer_id ?? '')) return 'customer';
	if (found.type !== undefined && ordered.type !== undefined && found.type !== ordered.type)
		return 'type';
	// A card that becomes active later may be shown as inactive.
	if (ordered.active_from === undefined && !isActive(found)) return 'status (found inactive)';
	if (!own) return undefined;
	// Dintero may not return these two, so a card without them counts as equal.
	if (found.name && found.name !== ordered.name)
		return `name (found ${show(found.name)}, expected ${ordered.name === undefined ? 'none' : show(ordered.name)})`;
	return differenceInMetadata(ordered.metadata as IDataObject | undefined, found.metadata);
}

/**
 * Compares the input of a run that continues another execution with the cards that execution made.
 * @param orders by item index; missing where an item was refused
 * @throws InvalidInput when an item differs from the one its card was made for
 */
export function checkRows(orders: ReadonlyArray<CardOrder | undefined>): void {
	orders.forEach((order, index) => {
		if (!order) return;
		const { card, origin } = order;
		const { found, identity } = origin;
		if (!found || identity.kind !== 'continued' || !origin.isDerivedId(card.card_id)) return;
		const difference = differenceBetween(card, found, true);
		if (difference)
			throw new InvalidInput(
				'Resume Execution ID',
				`item ${index + 1} differs from item ${index + 1} of execution ${identity.execution} in ${difference}.`,
				'Use the same rows in the same order.',
			);
	});
}

/** Metadata keys that this node or Dintero writes; they are not part of the order. */
const NOT_ORDERED = /^(?:n8n_|dintero_)/;

function differenceInMetadata(ordered: IDataObject = {}, found: unknown): string | undefined {
	if (typeof found !== 'object' || found === null) return undefined;
	const there = found as IDataObject;
	const key = [...new Set([...Object.keys(there), ...Object.keys(ordered)])].find(
		(name) =>
			!NOT_ORDERED.test(name) && JSON.stringify(there[name]) !== JSON.stringify(ordered[name]),
	);
	return key === undefined ? undefined : `metadata '${key}'`;
}

/**
 * How a found card differs from one of this amount and currency, in words, or `undefined`.
 * Dintero does not document that `amount` stays the first amount, so the sum of funds counts too.
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
		return `amount (found ${there}, expected ${formatAmount(ordered.amount, ordered.currency)})`;
	}
	if (found.currency !== ordered.currency)
		return `currency (found ${String(found.currency)}, expected ${ordered.currency})`;
	return undefined;
}

function exists(node: INode, { card, wayOut }: CardOrder, why: string): NodeOperationError {
	return operationError(
		node,
		`A gift card with the Card ID '${card.card_id}' already exists`,
		wayOut === undefined
			? `${why} Use another 'Card ID', or set 'If Card Exists' in the options to return it or to reissue its codes.`
			: `${why} ${wayOut}`,
	);
}

/** The card is this item's own, but the item has changed since the card was made. */
function changed(
	node: INode,
	{ card, origin: { identity } }: CardOrder,
	difference: string,
): NodeOperationError {
	const rows =
		identity.kind === 'continued'
			? `The rows differ from those of execution ${identity.execution}, or are in another order. Use the same input.`
			: "Look at it with 'Get'.";
	return operationError(
		node,
		`The gift card '${card.card_id}' was issued before for something else`,
		`It differs in ${difference}, so it was left alone. ${rows}`,
	);
}

function stillRunning(node: INode, { card, origin: { identity } }: CardOrder): NodeOperationError {
	const execution = 'execution' in identity ? identity.execution : '';
	return operationError(
		node,
		`Execution ${execution} has just issued the gift card '${card.card_id}', so it is still running`,
		'The card was left alone, because that execution has its codes. Run again when it has ended.',
	);
}

/** The card was issued, but its codes are lost. @param problem why it got no new ones */
export function withoutCodes(node: INode, cardId: string, problem: unknown): NodeOperationError {
	const error = addIds(
		operationError(
			node,
			`The gift card '${cardId}' was issued, but nobody has its codes (${reasonOf(problem)})`,
			"Do not issue it again: give it codes with 'Reissue Codes'.",
		),
		{ cardId },
	);
	codeless.add(error);
	return error;
}

const codeless = new WeakSet<object>();

/** Whether an error says that the card was issued, but has no codes. */
export const saysIssued = (problem: object): boolean => codeless.has(problem);

function outcomeUnknown(
	node: INode,
	{ card, origin, wayOut }: CardOrder,
	problem: unknown,
): NodeOperationError {
	return operationError(
		node,
		`Dintero did not say whether gift card '${card.card_id}' was issued (${reasonOf(problem)})`,
		wayOut ?? howToGoOn(card.card_id, origin),
	);
}

/** How to try again; depends on whether the next try uses the same ID. */
function howToGoOn(cardId: string, { identity, isDerivedId }: Origin): string {
	const look = "Look for this Card ID with 'Get' first.";
	if (identity.kind === 'none' || !isDerivedId(cardId))
		return `${look} If it was issued, give it codes with 'Reissue Codes'; if not, run again with the same Card ID. It is issued at most once.`;
	return `${look} The node made this ID for this execution, so another execution would issue another card. Run again with the same input and 'Resume Execution ID' ${identity.execution} in the options; do not use n8n's Retry.`;
}
