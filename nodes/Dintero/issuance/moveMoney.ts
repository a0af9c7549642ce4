import type { IDataObject, INode, NodeOperationError } from 'n8n-workflow';

import { formatAmount } from '../domain/money';
import { attempt } from '../transport/attempt';
import type { Dintero } from '../transport/client';
import { failureOf } from '../transport/failure';
import { operationError } from '../transport/operationError';
import { backoff } from '../transport/retry';
import { cardPath } from './issueCard';
import { hasMark, isAnothers } from './origin';

/** A charge, a top-up, a capture or a void; checked, nothing left to decide. */
export interface Movement {
	/** What it is called in messages, for example `charge`. */
	what: 'charge' | 'top-up' | 'capture' | 'void';
	/** Relative to the account: `wallets/transactions`, or that of a capture or void. */
	path: string;
	/** The request's body. Its `ref_id` is unique per card at Dintero, so the same one never moves money twice. */
	request: IDataObject & { ref_id: string };
	/** The card's ID, where it is known. */
	cardId?: string;
	/** The card's token, where the card is named by it. */
	token?: string;
	/** The reservation that is captured or released. */
	parentId?: string;
	/** Written on the transaction; tells this item's own earlier attempt from anybody else's. */
	mark: string;
}

/** `done` now, `recovered` from a lost answer or this execution's earlier attempt, `alreadyDone` by an earlier execution. */
export type MoveOutcome = 'done' | 'recovered' | 'alreadyDone';

export interface Moved {
	/** Dintero's transaction. */
	transaction: IDataObject;
	/** Where it is known. */
	cardId?: string;
	outcome: MoveOutcome;
}

/** What the card's transactions say about a reference. */
type Trace =
	| { kind: 'found'; transaction: IDataObject; cardId: string }
	| { kind: 'none' }
	/** They cannot be read: the card's ID cannot be found out, or the client lacks the right. */
	| { kind: 'hidden' }
	| { kind: 'unreachable' };

const MOVE_TRIES = 6;

/**
 * Moves money exactly once.
 *
 * Dintero documents that `ref_id` makes retries safe, but not how a repeated one is answered: with the first result,
 * or with some 4xx. So after a lost answer and after a refusal the card's transactions are searched for the
 * reference before anything is repeated, and whatever is repeated carries the same reference.
 * @throws NodeApiError when Dintero refuses, NodeOperationError when the reference was used for something else or the
 * fate of the request cannot be found out
 */
export async function moveMoney(dintero: Dintero, movement: Movement): Promise<Moved> {
	const { path, request } = movement;
	/** Whether an earlier request of this loop may have been carried out, or may still be. */
	let inDoubt = false;
	/** Whether the card's transactions could not be read. */
	let hidden = false;
	for (let tries = 1; ; tries++) {
		const { answer, problem } = await attempt(
			dintero.post(path, request, 'write') as Promise<IDataObject>,
		);
		if (answer && showsWhatMoved(movement, answer))
			return settle(dintero.node, movement, answer, hidden ? 'recovered' : 'done');

		const failure = failureOf(problem);
		if (
			problem !== undefined &&
			(!failure || failure.outcome === 'notSent' || failure.status === 401)
		)
			throw inDoubt ? fateUnknown(dintero.node, movement, problem, hidden) : problem;

		inDoubt ||= failure?.outcome !== 'refused';
		const trace = await find(dintero, movement);
		if (trace.kind === 'found')
			return settle(
				dintero.node,
				{ ...movement, cardId: trace.cardId },
				trace.transaction,
				inDoubt ? 'recovered' : 'alreadyDone',
			);
		if (!inDoubt) throw problem;
		hidden = trace.kind === 'hidden';
		// A refusal of the repetition may be Dintero's way to say that the first request was carried out.
		const undecided = failure?.outcome === 'refused' && hidden;
		if (undecided || trace.kind === 'unreachable' || tries >= MOVE_TRIES)
			throw fateUnknown(dintero.node, movement, problem, hidden);
		await dintero.pause(backoff(tries, Math.random()));
	}
}

/** Whether an answer tells the amount that was asked for; a success that does not, such as 204, is no proof of it. */
function showsWhatMoved({ request }: Movement, { amount }: IDataObject): boolean {
	return request.amount === undefined || (amount !== undefined && amount !== null);
}

/** The transactions of a card. The list is a bare array; Dintero documents no paging for it. @throws NodeApiError */
export async function transactionsOf(dintero: Dintero, cardId: string): Promise<IDataObject[]> {
	const answer = await dintero.get(`${cardPath(cardId)}/transactions`);
	return Array.isArray(answer) ? (answer as IDataObject[]) : [];
}

/** The ID of the card a token opens. @throws NodeApiError */
export async function cardIdOf(dintero: Dintero, token: string): Promise<string | undefined> {
	const card = (await dintero.post('wallets/info', { token }, 'read')) as IDataObject;
	return typeof card.card_id === 'string' && card.card_id !== '' ? card.card_id : undefined;
}

async function find(dintero: Dintero, { cardId, token, request }: Movement): Promise<Trace> {
	let id = cardId;
	if (id === undefined && token !== undefined) {
		const { answer, problem } = await attempt(cardIdOf(dintero, token));
		if (problem !== undefined) return unreadable(problem);
		id = answer;
	}
	if (id === undefined) return { kind: 'hidden' };
	const { answer, problem } = await attempt(transactionsOf(dintero, id));
	if (problem !== undefined) return unreadable(problem);
	const transaction = answer?.find(({ ref_id }) => ref_id === request.ref_id);
	return transaction ? { kind: 'found', transaction, cardId: id } : { kind: 'none' };
}

const unreadable = (problem: unknown): Trace => ({
	kind: failureOf(problem)?.outcome === 'refused' ? 'hidden' : 'unreachable',
});

/** Dintero has a transaction with this reference: it must be the one that was asked for. */
function settle(
	node: INode,
	movement: Movement,
	transaction: IDataObject,
	outcome: MoveOutcome,
): Moved {
	const difference = differenceBetween(movement, transaction);
	if (difference)
		throw operationError(
			node,
			`The Reference '${movement.request.ref_id}' was used before for something else`,
			`It differs in ${difference}. Nothing was moved now. Use another 'Reference' for this ${movement.what}.`,
		);
	return { transaction, cardId: movement.cardId, outcome: named(movement, transaction, outcome) };
}

/** Corrects the outcome by the mark: only that tells whose transaction a repeated reference returned. */
function named(
	{ mark, request }: Movement,
	transaction: IDataObject,
	outcome: MoveOutcome,
): MoveOutcome {
	if (isAnothers(transaction, request, mark)) return 'alreadyDone';
	return outcome === 'alreadyDone' && hasMark(transaction, mark) ? 'recovered' : outcome;
}

/**
 * The types a transaction of each kind may have. Dintero calls a reservation `pending_capture`, or perhaps `drawdown`,
 * and does not say what becomes of its type later, so kinds are held apart only where both readings agree.
 */
const TYPES: Record<Movement['what'] | 'reservation', readonly string[]> = {
	charge: ['drawdown'],
	reservation: ['pending_capture', 'drawdown', 'voided'],
	'top-up': ['fund'],
	capture: ['drawdown', 'pending_capture'],
	void: ['voided'],
};
const KNOWN_TYPES = new Set(Object.values(TYPES).flat());

/** What makes a transaction another one than the one asked for, in words, or `undefined`. */
function differenceBetween(
	{ what, request, parentId }: Movement,
	{ amount, currency, type, parent_id }: IDataObject,
): string | undefined {
	const kind = request.pending === true ? 'reservation' : what;
	const known = typeof type === 'string' && KNOWN_TYPES.has(type);
	if ((known && !TYPES[kind].includes(type)) || (parent_id && parentId === undefined))
		return `type (${String(type)} there, ${kind} wanted)`;
	if (parent_id && parent_id !== parentId)
		return `the reservation it belongs to (${String(parent_id)} there, ${parentId} wanted)`;
	const unit = String(request.currency ?? currency ?? '');
	if (request.amount !== undefined && Number(amount) !== request.amount) {
		const there =
			amount === undefined || amount === null
				? 'unknown'
				: formatAmount(Number(amount), String(currency ?? ''));
		return `amount (${there} there, ${formatAmount(Number(request.amount), unit)} wanted)`;
	}
	if (request.currency !== undefined && currency !== undefined && currency !== request.currency)
		return `currency (${String(currency)} there, ${unit} wanted)`;
	return undefined;
}

function fateUnknown(
	node: INode,
	{ what, request: { ref_id } }: Movement,
	problem: unknown,
	hidden: boolean,
): NodeOperationError {
	const reason = problem instanceof Error ? problem.message : 'no readable answer';
	return operationError(
		node,
		`Dintero did not say whether the ${what} with the Reference '${ref_id}' was made (${reason})`,
		hidden
			? "The node could not look the card's transactions up, so it repeated the request with the same Reference only. Look for this Reference in the card's transactions before anything else; running again with the same 'Reference' moves the money at most once."
			: "Look for this Reference with 'Get Many' of the card's transactions before anything else. Running again with the same 'Reference' moves the money at most once.",
	);
}
