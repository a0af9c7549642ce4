import type { IDataObject, INode, NodeOperationError } from 'n8n-workflow';

import { formatAmount } from '../domain/money';
import {
	describeOrder,
	initiates,
	splitOf,
	splitOfEvent,
	UnreadableOrder,
	type Order,
	type OrderEvent,
	type OrderOperation,
	type Split,
	tryReadOrder,
} from '../domain/order';
import { attempt, reasonOf } from '../transport/attempt';
import type { Checkout } from '../transport/checkout';
import { segment } from '../transport/client';
import { failureOf, type Failure } from '../transport/failure';
import { operationError } from '../transport/operationError';
import { backoff } from '../transport/retry';
import { withIds } from './errorIds';
import { inTurn } from './inTurn';
import type { Origin } from './origin';

/** A capture, refund or void of a Checkout transaction, already validated. */
export interface Settlement {
	kind: OrderOperation;
	transactionId: string;
	/** In minor units; all that is left when missing. A void has none. */
	amount?: number;
	/** A transaction in another currency is refused, because the amount was read with this currency's decimals. */
	currency?: string;
	/**
	 * Unique for this movement. Dintero does not refuse a repeated one, so the node searches the transaction's events for
	 * it before it sends anything. A void sends none.
	 */
	reference: string;
	/** Further members of the request. */
	request?: IDataObject;
	/** Written into the event's metadata to recognize what this item did in an earlier attempt. */
	mark?: OrderMark;
	/** Where the item comes from; decides how to try again. A void needs none, because it cannot be done twice. */
	origin?: Origin;
	/**
	 * Called once, right before the first request that moves money.
	 * @throws to stop it before anything is sent
	 */
	check?(order: Order, plan: Plan): Promise<void> | void;
}

/** The mark to send, and whether a mark that was found belongs to the same item. */
export interface OrderMark {
	text: string;
	isOurs(text: unknown): boolean;
}

/** What a settlement would do to an order, before anything is sent. */
export interface Plan {
	/** In minor units. */
	amount: number;
	/** How Dintero is expected to divide it: the gift card first. */
	expected: Split;
}

/**
 * `done` now, `recovered` after a lost answer or this execution's earlier attempt, `alreadyDone` by an earlier execution,
 * `underWay` when Dintero has accepted it but not finished: no money has moved yet.
 */
export type SettleOutcome = 'done' | 'recovered' | 'alreadyDone' | 'underWay';

export interface Settled extends Plan {
	outcome: SettleOutcome;
	/** The reference it was made with. */
	reference: string;
	/** How Dintero divided the amount; missing while it is under way. */
	split?: Split;
	order: Order;
	/** Dintero's transaction afterwards. */
	transaction: IDataObject;
}

/** The metadata key of the mark; Dintero requires keys of captures and refunds to start with `ext_`. */
export const ORDER_MARK_KEY = 'ext_n8n_origin';

/** The most times a request is sent. */
const MAX_SENDS = 3;
/** How long Dintero may still carry out a request that got no answer, in milliseconds. An assumption on the safe side. */
const LATEST = 5 * 60_000;
/** The pauses before each read after a lost answer, in milliseconds: Dintero may still be working on it. */
const LOOKS = [500, 1000, 2000, 4000, 8000];

interface Read {
	order: Order;
	transaction: IDataObject;
}

/**
 * Captures, refunds or voids exactly once.
 *
 * Checkout has no idempotency: a repeated refund refunds again. So the node reads the transaction first, and sends nothing
 * if its events show the reference. After a lost answer, a conflict or a refusal it reads the transaction again. It sends
 * a request again only if the answer said that nothing was done (see `mayResend`) and the transaction does not show it.
 * A request without an answer may still be carried out, so then the outcome is unknown, and for some minutes later tries
 * of the same execution (n8n's *Retry On Fail*, a retry loop) only look.
 * @throws NodeApiError when Dintero refuses, NodeOperationError when more is asked for than is left, the reference was
 *   used for something else, or the outcome is unknown
 */
export async function settleOrder(checkout: Checkout, settlement: Settlement): Promise<Settled> {
	const { kind, transactionId } = settlement;
	const { accountId } = checkout.dintero;
	const settling = new Settling(checkout, settlement);
	const work = inTurn(`${accountId} ${transactionId}`, async () => await settling.run());
	const ids = {
		// Known when the work ends: a continued execution may have used another one.
		get refId() {
			return settling.reference;
		},
	};
	return await withIds(kind === 'void' ? {} : ids, work);
}

/** What a settlement would do; only reads. @throws as `settleOrder` would */
export async function planSettlement(
	checkout: Checkout,
	settlement: Settlement,
): Promise<Plan & { order: Order; alreadyDone: boolean }> {
	return await new Settling(checkout, settlement).plan();
}

/** Reads a Checkout transaction. @throws NodeApiError */
export async function readTransaction(checkout: Checkout, id: string): Promise<IDataObject> {
	return await checkout.getRecord(`transactions/${segment(id) ?? ''}`, id);
}

class Settling {
	private readonly node: INode;
	private readonly what: string;
	private readonly path: string;
	/** That of the continued execution, if it made this movement. */
	reference: string;
	/** Fixed at the first read, so that "all that is left" does not change between retries. */
	private planned?: Plan;
	/** Events with our reference that failed before anything was sent. */
	private failedBefore = 0;
	private voidsBefore = 0;
	/** Whether a request may have been carried out, or may still be. */
	private inDoubt = false;
	private sends = 0;

	constructor(
		private readonly checkout: Checkout,
		private readonly wanted: Settlement,
	) {
		this.node = checkout.dintero.node;
		this.what = wanted.kind;
		this.path = `transactions/${segment(wanted.transactionId) ?? ''}/${wanted.kind}`;
		this.reference = wanted.reference;
	}

	async plan(): Promise<Plan & { order: Order; alreadyDone: boolean }> {
		const { order, transaction } = await this.read();
		this.continueEarlier(order);
		const known = this.settled(order, transaction, 'alreadyDone');
		if (known) return { ...known, alreadyDone: true };
		return { ...this.planFor(order), order, alreadyDone: false };
	}

	async run(): Promise<Settled> {
		const { order, transaction } = await this.read();
		this.continueEarlier(order);
		const known = this.settled(order, transaction, 'alreadyDone');
		if (known) return known;
		if (this.wanted.kind !== 'void' && this.mayStillCome())
			throw this.outcomeUnknown(new Error('an earlier try got no answer'));
		this.planned = this.planFor(order);
		this.failedBefore = this.failures(order).length;
		this.voidsBefore = this.voids(order).length;
		await this.wanted.check?.(order, this.planned);
		for (;;) {
			const { answer, problem } = await attempt(this.send());
			const done = answer && this.settledIn(answer.body);
			if (done) return done;
			const failure = failureOf(problem);
			if (problem !== undefined && (!failure || failure.outcome === 'notSent'))
				throw this.inDoubt ? this.outcomeUnknown(problem) : problem;
			// A success that does not show what was done proves nothing, but it is not a refusal either.
			const undone = failure?.outcome === 'refused' || this.saysUndone(failure);
			this.inDoubt ||= !undone;
			const found = await this.lookAgain(undone, answer?.accepted === true, problem);
			if (found) return found;
			if (this.sends >= MAX_SENDS || !this.mayResend(failure))
				throw this.inDoubt ? this.outcomeUnknown(problem) : problem;
			await this.checkout.dintero.pause(backoff(this.sends, Math.random()));
		}
	}

	/**
	 * Uses the reference with which the continued execution made this movement. A derived one has a random part, so it has to
	 * be found among the events.
	 * @throws InvalidInput when the rows have moved
	 */
	private continueEarlier({ events }: Order): void {
		const { kind, origin } = this.wanted;
		if (kind === 'void' || !origin?.isDerivedId(this.reference)) return;
		const made = events
			.filter(({ name, success }) => success && this.isOfKind(name))
			.map(({ reference: ref_id, createdAt: created_at }) => ({ ref_id, created_at }));
		this.reference = String(origin.earlier(made, this.reference)?.ref_id ?? this.reference);
	}

	private isOfKind(name: string): boolean {
		const { kind } = this.wanted;
		return name === initiates(kind) || name === kind.toUpperCase();
	}

	private async send() {
		this.sends++;
		const { reference } = this;
		const { kind, mark, request } = this.wanted;
		if (kind === 'void') return await this.checkout.post(this.path, undefined, 'unsafe');
		const { metadata, ...members } = request ?? {};
		const body = {
			amount: this.planned!.amount,
			[kind === 'capture' ? 'capture_reference' : 'refund_reference']: reference,
			...members,
			...(mark === undefined && metadata === undefined
				? {}
				: {
						metadata: {
							...(metadata as IDataObject | undefined),
							...(mark === undefined ? {} : { [ORDER_MARK_KEY]: mark.text }),
						},
					}),
		};
		return await this.checkout.post(this.path, body, 'unsafe');
	}

	/** The result, if the answer itself shows it, and not another transaction. */
	private settledIn(body: IDataObject): Settled | undefined {
		const { order } = this.readable(body) ?? {};
		if (!order || (body.id ?? this.wanted.transactionId) !== this.wanted.transactionId)
			return undefined;
		return this.settled(order, body, 'done');
	}

	/**
	 * Reads the transaction until it shows the result of the request, or for long enough.
	 * @param undone whether the answer says that nothing was done
	 * @param accepted whether the answer was a 202
	 * @throws NodeOperationError when it cannot be read, or Dintero says in it that the request failed
	 */
	private async lookAgain(
		undone: boolean,
		accepted: boolean,
		problem: unknown,
	): Promise<Settled | undefined> {
		// A void can be repeated safely, so one pause is enough.
		const waits = this.wanted.kind === 'void' ? LOOKS.slice(0, 1) : LOOKS;
		for (const wait of undone ? [0] : [0, ...waits]) {
			if (wait > 0) await this.checkout.dintero.pause(wait);
			const { answer, problem: unreadable } = await attempt(this.read());
			if (!answer) throw this.outcomeUnknown(problem ?? unreadable);
			const { order, transaction } = answer;
			const found = this.settled(order, transaction, this.inDoubt ? 'recovered' : 'alreadyDone');
			if (found) return found;
			if (accepted) {
				const { reference } = this;
				return { ...this.planned!, outcome: 'underWay', reference, order, transaction };
			}
			// Others may have moved money meanwhile: never send more than what is left.
			if (this.saysUndone(failureOf(problem))) this.refuseAbove(order, this.planned!.amount);
		}
		return undefined;
	}

	/** Whether the status says that nothing was done: 409, and 503 for a capture, which Dintero's specification calls a conflict. */
	private saysUndone({ status }: Partial<Failure> = {}): boolean {
		return status === 409 || (status === 503 && this.wanted.kind === 'capture');
	}

	/**
	 * Whether to send it again, when the transaction does not show it: after a conflict; once after a 401 or 403, which may
	 * be an expired token (the read has signed in again); and a void, which cannot release anything twice.
	 */
	private mayResend(failure: Failure | undefined): boolean {
		if (this.saysUndone(failure)) return true;
		if (failure?.status === 401 || failure?.status === 403) return this.sends === 1;
		return this.wanted.kind === 'void' && failure?.outcome !== 'refused';
	}

	/**
	 * The result of this movement, if the transaction shows it.
	 * @throws NodeOperationError when the reference was used for something else, or Dintero says it failed
	 */
	private settled(
		order: Order,
		transaction: IDataObject,
		outcome: SettleOutcome,
	): Settled | undefined {
		return this.wanted.kind === 'void'
			? this.settledVoid(order, transaction, outcome)
			: this.settledAmount(order, transaction, outcome);
	}

	private settledAmount(
		order: Order,
		transaction: IDataObject,
		outcome: SettleOutcome,
	): Settled | undefined {
		const kind = this.wanted.kind as 'capture' | 'refund';
		const events = this.ours(order);
		const all = events.filter(({ name, success }) => success && name === kind.toUpperCase());
		const wanted = this.planned?.amount ?? this.wanted.amount;
		const done = all.find(({ amount }) => amount === wanted) ?? all[0];
		const begun = order.underWay.find((event) => events.includes(event));
		const event = done ?? begun;
		if (!event) {
			const failures = this.failures(order);
			// Only a failure after our request is ours; an older one may be retried.
			if (this.sends > 0 && failures.length > this.failedBefore)
				throw this.failed(failures[failures.length - 1]);
			return undefined;
		}
		if (wanted !== undefined && wanted !== event.amount)
			throw operationError(
				this.node,
				`The Reference '${this.reference}' was used before for another amount`,
				`It was ${formatAmount(event.amount, order.currency)} then, now it is ${formatAmount(wanted, order.currency)}. ${this.sends === 0 ? 'Nothing was sent now. ' : ''}Give every ${kind} its own 'Reference'.`,
			);
		const expected = done ? splitOfEvent(order, event) : splitOf(order, kind, event.amount);
		return {
			outcome: done ? this.outcomeByMark(event, outcome) : 'underWay',
			reference: this.reference,
			amount: event.amount,
			expected: this.planned?.expected ?? expected,
			...(done ? { split: splitOfEvent(order, event) } : {}),
			order,
			transaction,
		};
	}

	private settledVoid(
		order: Order,
		transaction: IDataObject,
		outcome: SettleOutcome,
	): Settled | undefined {
		// A void releases all that was not captured.
		const amount = this.planned?.amount ?? order.amount - order.captured;
		const expected = this.planned?.expected ?? splitOf(order, 'capture', amount);
		const settled = { reference: this.reference, amount, expected, order, transaction };
		if (order.underWay.some(({ name }) => name === initiates('void')))
			return { ...settled, outcome: 'underWay' };
		const voids = this.voids(order);
		if (order.voided && (this.sends === 0 || voids.length > this.voidsBefore || voids.length === 0))
			return { ...settled, outcome, split: expected };
		const failures = this.failures(order);
		if (this.sends > 0 && failures.length > this.failedBefore)
			throw this.failed(failures[failures.length - 1]);
		return undefined;
	}

	/** Corrects the outcome by the mark, which shows whose event has this reference. */
	private outcomeByMark({ metadata }: OrderEvent, outcome: SettleOutcome): SettleOutcome {
		const { mark } = this.wanted;
		const there = metadata[ORDER_MARK_KEY];
		if (mark === undefined || there === undefined) return outcome;
		if (!mark.isOurs(there)) return 'alreadyDone';
		return outcome === 'alreadyDone' ? 'recovered' : outcome;
	}

	/** The events of this kind with our reference, and those that end one of them, oldest first. */
	private ours({ events }: Order): OrderEvent[] {
		const { reference } = this;
		const { kind } = this.wanted;
		const begun = events
			.filter(({ name, reference: own }) => name === initiates(kind) && own === reference)
			.flatMap(({ requestId }) => requestId ?? []);
		return events.filter(({ name, reference: own, endsRequestId: ended }) => {
			if (name === initiates(kind)) return own === reference;
			if (name !== kind.toUpperCase()) return false;
			return own === reference || (ended !== undefined && begun.includes(ended));
		});
	}

	private voids = ({ events }: Order): OrderEvent[] =>
		events.filter(({ name, success }) => name === 'VOID' && success);

	private failures(order: Order): OrderEvent[] {
		const { kind } = this.wanted;
		const events = kind === 'void' ? order.events : this.ours(order);
		return events.filter(({ name, success }) => !success && name === kind.toUpperCase());
	}

	/** @throws NodeOperationError when it is not possible; called before anything is sent */
	private planFor(order: Order): Plan {
		const { kind, amount, currency } = this.wanted;
		if (currency !== undefined && currency !== order.currency)
			throw this.refusal(
				`The order is in ${order.currency}, not in ${currency}`,
				"Set 'Currency' to the order's currency.",
			);
		if (kind === 'void') {
			this.refuseVoid(order);
			return { amount: order.captureLeft, expected: splitOf(order, 'capture', order.captureLeft) };
		}
		const left = kind === 'capture' ? order.captureLeft : order.refundLeft;
		this.refuseAbove(order, amount ?? Math.max(left, 1));
		return { amount: amount ?? left, expected: splitOf(order, kind, amount ?? left) };
	}

	private refuseAbove(order: Order, amount: number): void {
		const { kind } = this.wanted;
		if (kind === 'void') return this.refuseVoid(order);
		const left = kind === 'capture' ? order.captureLeft : order.refundLeft;
		if (amount <= left) return;
		const waiting = order.underWay.length > 0 ? ' Part of it is still under way at Dintero.' : '';
		const before = kind === 'refund' && order.captured === 0;
		throw this.refusal(
			left === 0
				? `Nothing is left to ${kind} on this order`
				: `Only ${formatAmount(left, order.currency)} is left to ${kind} on this order, not ${formatAmount(amount, order.currency)}`,
			`Dintero shows: ${describeOrder(order)} (${order.status}).${waiting}${before && !order.voided ? " Before it is captured, use 'Void'." : ''}`,
		);
	}

	private refuseVoid(order: Order): void {
		if (order.captureLeft > 0) return;
		throw this.refusal(
			'Nothing is left to void on this order',
			`Dintero shows: ${describeOrder(order)} (${order.status}).${order.refundLeft > 0 ? " Use 'Refund' to give back what was captured." : ''}`,
		);
	}

	private refusal(message: string, description: string): NodeOperationError {
		const whatWasSent = this.inDoubt
			? `It is not known whether an earlier request of this run was carried out; look at the events of the transaction.`
			: `Nothing was ${this.sends > 0 ? 'done' : 'sent'}.`;
		return operationError(this.node, message, `${description} ${whatWasSent}`);
	}

	private failed({ message }: OrderEvent): NodeOperationError {
		return operationError(
			this.node,
			`Dintero could not ${this.what} this order${message ? `: ${message}` : ''}`,
			'No money was moved. The failed attempt is among the events of the transaction. Run again to try once more.',
		);
	}

	private outcomeUnknown(problem: unknown): NodeOperationError {
		const { kind, origin } = this.wanted;
		if (this.inDoubt) origin?.noteUnknown(this.movement);
		const named = kind === 'void' ? '' : ` with the Reference '${this.reference}'`;
		return operationError(
			this.node,
			`Dintero did not say whether the ${this.what}${named} was made (${reasonOf(problem)})`,
			`It may still be carried out. Look at the order in a few minutes, with 'Checkout Transaction: Get'${kind === 'void' ? '' : ', for an event with this Reference'}. ${this.howToGoOn()}`,
		);
	}

	/** How to try again; depends on whether the next try uses the same reference. */
	private howToGoOn(): string {
		const { kind, origin } = this.wanted;
		if (
			kind === 'void' ||
			!origin ||
			origin.identity.kind === 'none' ||
			!origin.isDerivedId(this.reference)
		)
			return 'If you run again with the same values, the node looks there first.';
		return `The node made this Reference for this execution, so another execution would ${kind} the money again. If it was not made, run again with the same input and 'Resume Execution ID' ${origin.identity.execution} in the options; do not use n8n's Retry.`;
	}

	/** @throws NodeApiError, NodeOperationError when the answer is not a readable transaction */
	private async read(): Promise<Read> {
		const transaction = await readTransaction(this.checkout, this.wanted.transactionId);
		const order = tryReadOrder(transaction);
		if (order instanceof UnreadableOrder)
			throw operationError(
				this.node,
				`The order cannot be read: ${order.message}`,
				this.sends > 0 ? 'Look at it in the Dintero Backoffice.' : 'Nothing was sent.',
			);
		return { order, transaction };
	}

	/** Whether a request of an earlier try may still be carried out. */
	private mayStillCome(): boolean {
		const age = this.wanted.origin?.unknownFor(this.movement);
		return age !== undefined && age < LATEST;
	}

	/** A reference is unique within its order. */
	private get movement(): string {
		return `${this.wanted.transactionId} ${this.reference}`;
	}

	private readable(transaction: IDataObject): Read | undefined {
		const order = tryReadOrder(transaction);
		return order instanceof UnreadableOrder ? undefined : { order, transaction };
	}
}
