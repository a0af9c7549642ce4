/** Capture, refund and void of a payment: the gift card's part first, the rest by the other method. */
import { randomUUID } from 'node:crypto';
import { ApiError } from '../errors.mts';
import { Answer, type Call, type Operation, type SandboxContext } from '../context.mts';
import { announcePayment } from './events.mts';
import { capture, giveBack, isDead, release, viewEventCard } from './gift-cards.mts';
import { iso } from './ids.mts';
import { needPayment, viewPayment } from './payments.mts';
import {
	read,
	save,
	type OperationKind,
	type Part,
	type Payment,
	type PaymentEvent,
} from './rows.mts';

interface Wanted {
	kind: OperationKind;
	/** Minor units; missing for a void. */
	amount?: number;
	reference?: string;
	items?: Array<{ amount: number }>;
	metadata?: object;
	final?: boolean;
}
/** Who made the request, and its ID in events. */
interface Asked {
	by: string;
	requestId: string;
	/** The request that was answered with 202. */
	answers?: string;
}

export const held = (part: Part) => part.authorized - part.captured - part.voided;
export const kept = (part: Part) => part.captured - part.refunded;

export function addEvent(
	context: SandboxContext,
	payment: Payment,
	asked: Asked,
	event: Pick<PaymentEvent, 'event' | 'success'> & Partial<PaymentEvent>,
): void {
	const now = context.clock.now();
	payment.updatedAt = now;
	payment.events.push({
		id: randomUUID(),
		transaction_status: payment.status,
		request_id: asked.requestId,
		correlation_request_id: asked.answers,
		created_at: iso(now),
		created_by: asked.by,
		...event,
	});
}

/** The request's details that its events repeat. */
const detailsOf = ({ amount, reference, items, metadata }: Wanted) => ({
	amount,
	event_reference: reference,
	items,
	metadata,
});

export function bookCapture(
	context: SandboxContext,
	payment: Payment,
	wanted: Wanted,
	asked: Asked,
): void {
	const { card, other } = payment;
	const amount = wanted.amount as number;
	const byCard = Math.min(amount, held(card));
	const row = byCard > 0 ? capture(context, payment, byCard) : undefined;
	card.captured += byCard;
	other.captured += amount - byCard;
	payment.status = statusOf(payment);
	addEvent(context, payment, asked, {
		event: 'CAPTURE',
		success: true,
		...detailsOf(wanted),
		gift_cards: viewEventCard(context, payment, byCard, row),
	});
	if (wanted.final && held(card) + held(other) > 0) bookVoid(context, payment, asked);
}

export function bookRefund(
	context: SandboxContext,
	payment: Payment,
	wanted: Wanted,
	asked: Asked,
): void {
	const { card, other, usedCard } = payment;
	const amount = wanted.amount as number;
	let byCard = Math.min(amount, kept(card));
	const { refundToDeadCard } = context.switches;
	if (usedCard && byCard > 0 && refundToDeadCard !== 'book' && isDead(context, usedCard)) {
		if (refundToDeadCard !== 'other-method') {
			throw new ApiError(refundToDeadCard, 'CARD NOT USABLE', 'The gift card has expired');
		}
		// The other method gets what the card can't take, up to what it paid.
		byCard = Math.max(0, amount - kept(other));
		if (byCard > 0) throw new ApiError(400, 'CARD NOT USABLE', 'The gift card has expired');
	}
	const row = byCard > 0 ? giveBack(context, payment, byCard) : undefined;
	card.refunded += byCard;
	other.refunded += amount - byCard;
	payment.status = statusOf(payment);
	addEvent(context, payment, asked, {
		event: 'REFUND',
		success: true,
		...detailsOf(wanted),
		gift_cards: viewEventCard(context, payment, byCard, row),
	});
}

export function bookVoid(context: SandboxContext, payment: Payment, asked: Asked): void {
	const { card, other } = payment;
	const byCard = held(card);
	const part = card.captured + other.captured > 0;
	const keepsCard = part && context.switches.voidAfterCapture === 'keep-card';
	const row = byCard > 0 && !keepsCard ? release(context, payment, byCard) : undefined;
	other.voided += held(other);
	if (!keepsCard) card.voided += byCard;
	payment.status = statusOf(payment);
	addEvent(context, payment, asked, {
		event: 'VOID',
		success: true,
		gift_cards: viewEventCard(context, payment, byCard, row),
	});
}

function statusOf({ card, other, status }: Payment): string {
	const sum = (member: keyof Part) => card[member] + other[member];
	const [authorized, captured] = [sum('authorized') - sum('voided'), sum('captured')];
	const refunded = sum('refunded');
	if (captured === 0) return sum('voided') > 0 ? 'AUTHORIZATION_VOIDED' : status;
	if (refunded === 0) return captured < sum('authorized') ? 'PARTIALLY_CAPTURED' : 'CAPTURED';
	if (captured < authorized) return 'PARTIALLY_CAPTURED_REFUNDED';
	return refunded < captured ? 'PARTIALLY_REFUNDED' : 'REFUNDED';
}

/** Why the operation is not allowed, or `undefined`. */
function objection(
	{ card, other, status }: Payment,
	{ kind, amount = 0 }: Wanted,
): string | undefined {
	const left = { capture: held(card) + held(other), refund: kept(card) + kept(other) };
	if (kind === 'capture' && ['INITIATED', 'ON_HOLD', 'DECLINED', 'FAILED'].includes(status)) {
		return 'The transaction is not authorized';
	}
	if (kind === 'capture' && amount > left.capture) return 'More than is authorized';
	if (kind === 'refund' && amount > left.refund) return 'More than is captured';
	if (kind === 'void' && left.capture === 0) return 'Nothing is authorized';
	return undefined;
}

/** Books the operation, or adds an event that it failed, or throws. */
function book(context: SandboxContext, payment: Payment, wanted: Wanted, asked: Asked): void {
	const { switches } = context;
	const fail = (status: number | 'event', code: string, message: string) => {
		if (status !== 'event') throw new ApiError(status, code, message);
		addEvent(context, payment, asked, {
			event: wanted.kind.toUpperCase(),
			success: false,
			...detailsOf(wanted),
			error: { code, message },
		});
	};
	const reason = objection(payment, wanted);
	if (reason) return fail(switches.notAllowed, 'NOT ALLOWED', reason);
	const captured = payment.card.captured + payment.other.captured;
	if (wanted.kind === 'void' && captured > 0 && switches.voidAfterCapture === 400) {
		return fail(400, 'NOT ALLOWED', 'A part is captured');
	}
	if (switches.failingOperations.includes(wanted.kind)) {
		const status = switches.failedOperation === 'event' ? 'event' : 400;
		return fail(status, 'PROCESSOR REFUSED', 'The payment processor refused');
	}
	if (wanted.kind === 'capture') bookCapture(context, payment, wanted, asked);
	else if (wanted.kind === 'refund') bookRefund(context, payment, wanted, asked);
	else bookVoid(context, payment, asked);
}

function wantedFrom(
	context: SandboxContext,
	kind: OperationKind,
	payment: Payment,
	call: Call,
): Wanted {
	const body = (call.body ?? {}) as Record<string, never>;
	const session = read(context.store, 'session', call.accountId, payment.sessionId);
	const wanted: Wanted = {
		kind,
		amount: body.amount,
		reference:
			body.capture_reference ?? body.refund_reference ?? session?.request.order.event_reference,
		items: body.items,
		metadata: body.metadata,
		final: body.final_capture === true,
	};
	const sum = wanted.items?.reduce((total, { amount }) => total + amount, 0);
	if (sum !== undefined && sum !== wanted.amount && context.switches.unevenLines === 400) {
		throw new ApiError(400, 'INVALID_REQUEST_PARAMETER', 'items do not add up to amount');
	}
	return wanted;
}

/** Implements one of the three API operations. */
const operation =
	(kind: OperationKind): Operation =>
	async (context, call) => {
		const { switches, checkout } = context;
		const { id } = call.params;
		needPayment(context, call.accountId, id);
		if (switches.concurrentOperations !== 'run' && checkout.isBusy(id)) {
			throw new ApiError(switches.concurrentOperations, 'CONFLICT', 'Another change is under way');
		}
		const key = call.headers['idempotency-key'];
		const known = `${call.accountId} ${id} ${kind} ${String(key)}`;
		if (key !== undefined && switches.idempotencyKey === 'honor' && checkout.answers.has(known)) {
			return checkout.answers.get(known);
		}
		const answer = await checkout.after(id, switches.checkoutOperationMs, () =>
			context.store.atomically(() => perform(context, kind, call)),
		);
		checkout.answers.set(known, answer);
		return answer;
	};

function perform(context: SandboxContext, kind: OperationKind, call: Call): unknown {
	const { switches, checkout } = context;
	const payment = needPayment(context, call.accountId, call.params.id);
	const wanted = wantedFrom(context, kind, payment, call);
	const asked = { by: call.client.clientId, requestId: randomUUID() };
	if (!switches.acceptedOperations.includes(kind)) {
		book(context, payment, wanted, asked);
		save(context.store, 'payment', payment);
		announcePayment(context, payment);
		return viewPayment(context, payment);
	}
	const reason = objection(payment, wanted);
	if (reason) throw new ApiError(400, 'NOT ALLOWED', reason);
	addEvent(context, payment, asked, {
		event: `INITIATE_${kind.toUpperCase()}`,
		success: true,
		...detailsOf(wanted),
	});
	save(context.store, 'payment', payment);
	checkout.later(switches.acceptedMs, () => finish(context, payment, wanted, asked));
	return new Answer(202, viewPayment(context, payment), { 'event-request-id': asked.requestId });
}

/** Finishes an operation that was answered with 202. */
function finish(
	context: SandboxContext,
	{ account, id }: Payment,
	wanted: Wanted,
	began: Asked,
): void {
	const asked = { by: 'dintero', requestId: randomUUID(), answers: began.requestId };
	context.store.atomically(() => {
		const payment = needPayment(context, account, id);
		const failed = (message: string) =>
			addEvent(context, payment, asked, {
				event: wanted.kind.toUpperCase(),
				success: false,
				...detailsOf(wanted),
				error: { code: 'PROCESSOR REFUSED', message },
			});
		if (context.switches.acceptedOutcome === 'failure') failed('The payment processor refused');
		else {
			try {
				book(context, payment, wanted, asked);
			} catch (error) {
				failed((error as Error).message);
			}
		}
		save(context.store, 'payment', payment);
		announcePayment(context, payment);
	});
}

export const capturePayment = operation('capture');
export const refundPayment = operation('refund');
export const voidPayment = operation('void');

export const checkoutAsked = (): Asked => ({ by: 'dintero-checkout', requestId: randomUUID() });
