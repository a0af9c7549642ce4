import type { IDataObject, INode, NodeOperationError } from 'n8n-workflow';

import { formatAmount } from '../domain/money';
import { attempt, reasonOf } from '../transport/attempt';
import type { DinteroClient } from '../transport/client';
import { monotonic } from '../transport/clock';
import { failureOf } from '../transport/failure';
import { operationError } from '../transport/operationError';
import { backoff } from '../transport/retry';
import { findCard } from './issueCard';
import { withIds } from './errorIds';
import type { Mark } from './mark';
import type { Origin } from './origin';
import { explainRefusal } from './refusal';
import {
	isText,
	isTransaction,
	kindOf,
	lockedOn,
	reserved,
	transactionsOf,
	type TransactionKind,
} from './transactions';

/** A charge, top-up, refund, capture or void, already validated. */
export interface Movement {
	/** Its name in messages. */
	what: 'charge' | 'top-up' | 'refund' | 'capture' | 'void';
	/** Relative to the account: `wallets/transactions`, or that of a capture or void. */
	path: string;
	/** The body. Dintero keeps `ref_id` unique per card, so the same one never moves money twice. */
	request: IDataObject & { ref_id: string };
	/** The card's ID, if known. */
	cardId?: string;
	/** The card's token, if the card is identified by it. */
	token?: string;
	/** The reservation that is captured or released. */
	parentId?: string;
	/** Written on the transaction to recognize what this item did in an earlier attempt. */
	mark: Mark;
	/** Where the item comes from; decides how to try again. */
	origin?: Origin;
	/** The card's transactions, if just read. One with this reference is returned without a request. */
	known?: IDataObject[];
	/** How to try again, for an operation without *Reference*. */
	tryAgain?: string;
}

/** `done` now, `recovered` after a lost answer or this execution's earlier attempt, `alreadyDone` by an earlier execution. */
export type MoveOutcome = 'done' | 'recovered' | 'alreadyDone';

export interface Moved {
	/** Dintero's transaction. */
	transaction: IDataObject;
	/** If known. */
	cardId?: string;
	outcome: MoveOutcome;
}

/** The result of a search for a reference among the card's transactions. */
type Lookup =
	| { kind: 'found'; transaction: IDataObject; transactions: IDataObject[] }
	| { kind: 'none' }
	/** They cannot be read: the card's ID is unknown, or the client lacks the right. */
	| { kind: 'hidden' }
	| { kind: 'unreachable' };

const MOVE_TRIES = 6;

/** Dintero does not document a maximum length; this is ours. */
const LONGEST_REFERENCE = 255;

/**
 * Moves money exactly once.
 *
 * Dintero documents that `ref_id` makes retries safe, but not how it answers a repeated one: with the first result, or
 * with a 4xx. So a success counts only when it shows what was requested. Otherwise, and after a lost answer or a refusal,
 * the node searches the card's transactions for the reference before it retries, and retries with the same reference.
 * @throws NodeApiError when Dintero refuses, NodeOperationError when the reference was used for something else or the
 * outcome is unknown
 */
export async function moveMoney(dintero: DinteroClient, movement: Movement): Promise<Moved> {
	const { cardId, request } = movement;
	const asked = await withIds({ refId: request.ref_id }, continueEarlier(dintero, movement));
	const ids = { ...(cardId === undefined ? {} : { cardId }), refId: asked.request.ref_id };
	return await withIds(ids, new Move(dintero, asked).run());
}

/**
 * Gives a movement that continues another execution the reference that execution used. Derived references contain a
 * random part, so it has to be found among the card's transactions.
 * @throws NodeOperationError when they cannot be read: with a new reference, money would move twice
 */
async function continueEarlier(dintero: DinteroClient, movement: Movement): Promise<Movement> {
	const { origin, request, token, cardId, what } = movement;
	if (origin?.identity.kind !== 'continued' || !origin.isDerivedId(request.ref_id)) return movement;
	// The caller has already searched these.
	if (movement.known) return movement;
	const { answer: id } =
		cardId === undefined && token !== undefined
			? await attempt(cardIdOf(dintero, token))
			: { answer: cardId };
	const { answer } = id === undefined ? {} : await attempt(transactionsOf(dintero, id));
	if (!answer?.complete)
		throw operationError(
			dintero.node,
			`The node cannot tell whether execution ${origin.identity.execution} made this ${what}`,
			"The card's transactions cannot be read. Fill in 'Card', or look at them with 'Get Many' and do only what is missing.",
		);
	// The captures and voids of another reservation on the card do not belong to this item's target.
	const { parentId } = movement;
	const onTarget = answer.records.filter(
		({ parent_id }) => parentId === undefined || !isText(parent_id) || parent_id === parentId,
	);
	const earlier = origin.earlier(onTarget, request.ref_id);
	if (!earlier) return { ...movement, cardId: id };
	return { ...movement, cardId: id, request: { ...request, ref_id: String(earlier.ref_id) } };
}

/** The ID of the card a token opens. @throws NodeApiError */
export async function cardIdOf(dintero: DinteroClient, token: string): Promise<string | undefined> {
	const { card_id: cardId } = await dintero.cardInfo(token);
	return isText(cardId) ? cardId : undefined;
}

class Move {
	private readonly node: INode;
	private readonly began = monotonic();
	/** The movement as requested now: its reference or mark may have changed. */
	private asked: Movement;
	/** Whether an earlier request may have been carried out, or may still be. */
	private inDoubt = false;
	/** Whether the card's transactions could not be read. */
	private hidden = false;

	constructor(
		private readonly dintero: DinteroClient,
		movement: Movement,
	) {
		this.node = dintero.node;
		this.asked = movement;
	}

	async run(): Promise<Moved> {
		const { known } = this.asked;
		const before = known?.find((one) => this.hasReference(one));
		if (before) return await this.accept(before, 'alreadyDone', known);
		for (let tries = 1; ;) {
			const { path, request } = this.asked;
			const { answer, problem } = await attempt(this.dintero.post(path, request, 'unsafe'));
			const failure = failureOf(problem);
			if (problem !== undefined) {
				if (!failure || failure.outcome === 'notSent' || failure.status === 401)
					throw this.inDoubt ? this.outcomeUnknown(problem) : problem;
				const unmarked = this.asked.mark.without(request, problem);
				if (unmarked) {
					this.asked = { ...this.asked, request: unmarked };
					continue;
				}
			} else if (this.isReservation(answer) && this.takeOwnReference()) continue;
			else if (this.hasReference(answer) && this.differenceOf(answer) === undefined)
				return await this.accept(answer, this.hidden ? 'recovered' : 'done');

			this.inDoubt ||= failure?.outcome !== 'refused';
			const lookup = await this.find();
			if (lookup.kind === 'found') {
				// The reservation has this reference, so nothing was carried out: request it with another one.
				if (this.isReservation(lookup.transaction) && this.takeOwnReference()) continue;
				return await this.accept(
					lookup.transaction,
					this.inDoubt ? 'recovered' : 'alreadyDone',
					lookup.transactions,
				);
			}
			if (this.hasReference(answer)) this.refuseDifferent(answer, this.differenceOf(answer));
			if (!this.inDoubt) throw await explainRefusal(this.dintero, problem, this.refused);
			this.hidden = lookup.kind === 'hidden';
			// If Dintero refuses the retry, the first request may have been carried out.
			const undecided = failure?.outcome === 'refused' && this.hidden;
			if (undecided || lookup.kind === 'unreachable' || tries >= MOVE_TRIES)
				throw this.outcomeUnknown(problem);
			await this.dintero.pause(backoff(tries, Math.random()));
			tries++;
		}
	}

	/** Whether an answer is the reservation itself. */
	private isReservation(answer: unknown): boolean {
		const { parentId } = this.asked;
		return parentId !== undefined && (answer as IDataObject).id === parentId;
	}

	/**
	 * Users may give a reservation and its capture the same reference, the order number, but Dintero allows one transaction
	 * per card and reference. So the capture gets a reference made from it, the same for every retry.
	 * @returns false when that was done before
	 */
	private takeOwnReference(): boolean {
		const { request, what } = this.asked;
		const end = ` ${what}`;
		if (request.ref_id.endsWith(end)) return false;
		const own = request.ref_id.slice(0, LONGEST_REFERENCE - end.length) + end;
		this.asked = { ...this.asked, request: { ...request, ref_id: own } };
		this.inDoubt = false;
		return true;
	}

	/** Whether an answer is a transaction with our reference. */
	private hasReference(answer: unknown): answer is IDataObject {
		return isTransaction(answer) && answer.ref_id === this.asked.request.ref_id;
	}

	private async find(): Promise<Lookup> {
		const { cardId, token, request, parentId } = this.asked;
		if (cardId === undefined && token !== undefined) {
			const { answer, problem } = await attempt(cardIdOf(this.dintero, token));
			if (problem !== undefined) return unreadable(problem);
			this.asked = { ...this.asked, cardId: answer };
		}
		const id = this.asked.cardId;
		if (id === undefined) return { kind: 'hidden' };
		const hasReference = ({ ref_id }: IDataObject) => ref_id === request.ref_id;
		const { answer, problem } = await attempt(
			transactionsOf(this.dintero, id, (one) => hasReference(one) && !this.differenceOf(one)),
		);
		if (answer === undefined) return unreadable(problem);
		const { records, complete } = answer;
		const named = records.filter(hasReference);
		const transaction = named.find((one) => this.differenceOf(one) === undefined) ?? named[0];
		if (transaction) return { kind: 'found', transaction, transactions: records };
		// Without the reservation it is another card, and an incomplete list proves nothing.
		const isCard = parentId === undefined || records.some((one) => one.id === parentId);
		return { kind: isCard && complete ? 'none' : 'hidden' };
	}

	/**
	 * Accepts a transaction with this reference, if it is the requested one.
	 * @param transactions of the card, if they were read
	 * @throws NodeOperationError when it is a different one, or that is unclear
	 */
	private async accept(
		transaction: IDataObject,
		found: MoveOutcome,
		transactions?: IDataObject[],
	): Promise<Moved> {
		const { mark } = this.asked;
		this.refuseDifferent(transaction, this.differenceOf(transaction));
		const own = mark.isOn(transaction);
		const byAnother = !own && this.isByAnother(transaction);
		if (!own && (byAnother || found === 'alreadyDone'))
			this.refuseDifferent(transaction, await this.differenceInKind(transaction, transactions));
		const { cardId } = this.asked;
		if (byAnother) return { transaction, cardId, outcome: 'alreadyDone' };
		const earlier = own && (found === 'alreadyDone' || !mark.isExactlyOn(transaction));
		return { transaction, cardId, outcome: earlier ? 'recovered' : found };
	}

	/** Whether a transaction carries another mark, or is older than this movement by Dintero's clock. */
	private isByAnother(transaction: IDataObject): boolean {
		const { mark, request } = this.asked;
		if (mark.isByAnother(transaction, request)) return true;
		return this.dintero.clock.isBefore(transaction.created_at, this.began);
	}

	private refuseDifferent(transaction: IDataObject, difference: string | undefined): void {
		if (difference === undefined) return;
		const { mark, what, request, tryAgain } = this.asked;
		if (mark.isOn(transaction) || (this.inDoubt && !this.isByAnother(transaction)))
			throw this.error(
				`Dintero recorded the ${what} with the Reference '${request.ref_id}' differently`,
				`It differs in ${difference}. Look at the card's transactions first.`,
			);
		throw this.error(
			`The Reference '${request.ref_id}' was used before for something else`,
			`It differs in ${difference}. No money was moved now. ${tryAgain ?? `Use another 'Reference' for this ${what}.`}`,
		);
	}

	/** How a transaction differs from the requested one, in words, or `undefined`. */
	private differenceOf(transaction: IDataObject): string | undefined {
		return differenceBetween(this.asked, transaction);
	}

	/**
	 * How an older transaction with our reference differs in kind, if its type alone does not show it: a reservation is not
	 * a charge, and a released reservation is not a reservation.
	 */
	private async differenceInKind(
		transaction: IDataObject,
		known?: IDataObject[],
	): Promise<string | undefined> {
		const { request, what } = this.asked;
		if (what !== 'charge') return undefined;
		const wanted: TransactionKind = request.pending === true ? 'reservation' : 'charge';
		const { transactions, locked } = await this.readCardState(known);
		const kind = kindOf(transaction, transactions, locked);
		if (kind === 'reservation' && wanted === 'reservation') {
			const { captured, released } = reserved(transaction, transactions);
			return captured === 0 && released > 0 ? RELEASED_SINCE : undefined;
		}
		if (kind === wanted) return undefined;
		return kind === 'unknown'
			? `type (it may be a charge or a reservation; expected ${wanted})`
			: `type (found ${kind}, expected ${wanted})`;
	}

	/** The card's transactions and its locked money, as far as they can be read. */
	private async readCardState(
		known?: IDataObject[],
	): Promise<{ transactions: IDataObject[]; locked?: number }> {
		if (this.asked.cardId === undefined) {
			const { token } = this.asked;
			const { answer } = await attempt(
				token === undefined ? Promise.resolve(undefined) : cardIdOf(this.dintero, token),
			);
			this.asked = { ...this.asked, cardId: answer };
		}
		const { cardId } = this.asked;
		if (cardId === undefined) return { transactions: known ?? [] };
		const list = await attempt(transactionsOf(this.dintero, cardId));
		const card = list.answer?.complete ? await attempt(findCard(this.dintero, cardId)) : undefined;
		return {
			transactions: list.answer?.records ?? known ?? [],
			locked: card?.answer && lockedOn(card.answer),
		};
	}

	private get refused() {
		const { what, cardId, token, parentId, request } = this.asked;
		const { amount, currency } = request as { amount?: number; currency?: string };
		return { what, cardId, token, parentId, amount, currency };
	}

	private outcomeUnknown(problem: unknown): NodeOperationError {
		const { what, request } = this.asked;
		return this.error(
			`Dintero did not say whether the ${what} with the Reference '${request.ref_id}' was made (${reasonOf(problem)})`,
			`${this.hidden ? "The node could not look up the card's transactions, so it only repeated the request with the same Reference. Look for this Reference in the card's transactions first." : "Look for this Reference in the card's transactions with 'Get Many' first."} ${this.howToGoOn()}`,
		);
	}

	/** How to try again; depends on whether the next try uses the same Reference. */
	private howToGoOn(): string {
		const { origin, request, tryAgain } = this.asked;
		if (tryAgain !== undefined) return tryAgain;
		if (!origin || origin.identity.kind === 'none' || !origin.isDerivedId(request.ref_id))
			return "Running again with the same 'Reference' moves the money at most once.";
		return `The node made this Reference for this execution, so another execution would move the money again. Run again with the same input and 'Resume Execution ID' ${origin.identity.execution} in the options; do not use n8n's Retry.`;
	}

	private error(message: string, description: string): NodeOperationError {
		return operationError(this.node, message, description);
	}
}

const RELEASED_SINCE = 'its state (the reservation has been released since)';

const unreadable = (problem: unknown): Lookup => ({
	kind: failureOf(problem)?.outcome === 'refused' ? 'hidden' : 'unreachable',
});

/**
 * The types a transaction of each kind may have. Dintero calls a reservation `pending_capture`, or perhaps `drawdown`,
 * and does not document whether the type changes later, so this only separates kinds that never share a type.
 */
const TYPES: Record<Movement['what'] | 'reservation', readonly string[]> = {
	charge: ['drawdown'],
	reservation: ['pending_capture', 'drawdown'],
	'top-up': ['fund'],
	refund: ['fund'],
	capture: ['drawdown', 'pending_capture'],
	void: ['voided'],
};

function differenceBetween(
	{ what, request, cardId, parentId, mark, origin }: Movement,
	transaction: IDataObject,
): string | undefined {
	const { amount, currency, type, parent_id, id, pending, card_id: card } = transaction;
	const kind = request.pending === true ? 'reservation' : what;
	if (parentId !== undefined && id === parentId)
		return `type (found the reservation itself, expected ${kind})`;
	// A type that is not documented may mean that nothing was moved.
	const other =
		(isText(type) && !TYPES[kind].includes(type)) || (kind === 'charge' && pending === true);
	// A refund may have its charge as the parent.
	const child = parent_id && parentId === undefined && kind !== 'refund';
	if (other || child) return `type (found ${String(type)}, expected ${kind})`;
	// Without a parent, our mark shows that it is ours, or a reference that only this execution can have made.
	const ours = () =>
		mark.isOn(transaction) ||
		(origin?.identity.kind === 'derived' && origin.isDerivedId(request.ref_id));
	if (parentId !== undefined && parent_id !== parentId && (parent_id || !ours()))
		return `the reservation it belongs to (found ${String(parent_id ?? 'none')}, expected ${parentId})`;
	if (isText(card) && cardId !== undefined && card !== cardId)
		return `the card (found ${card}, expected ${cardId})`;
	const unit = String(request.currency ?? currency ?? '');
	if (request.amount !== undefined && Number(amount) !== request.amount) {
		const there =
			amount === undefined || amount === null
				? 'unknown'
				: formatAmount(Number(amount), String(currency ?? ''));
		return `amount (found ${there}, expected ${formatAmount(Number(request.amount), unit)})`;
	}
	if (request.currency !== undefined && currency !== undefined && currency !== request.currency)
		return `currency (found ${String(currency)}, expected ${unit})`;
	return undefined;
}
