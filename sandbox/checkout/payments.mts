/** Checkout transactions: read, list. */
import { ApiError, notFound } from '../errors.mts';
import { compact, type Operation, type SandboxContext } from '../context.mts';
import { filterPayments, productType } from './filters.mts';
import { viewUsedCard } from './gift-cards.mts';
import { iso } from './ids.mts';
import { read, readAll, type Payment } from './rows.mts';
import { viewSession } from './session-view.mts';

export function needPayment(context: SandboxContext, account: string, id: string): Payment {
	const payment = read(context.store, 'payment', account, id);
	if (!payment) throw notFound('Transaction');
	return payment;
}

export function viewPayment(
	context: SandboxContext,
	payment: Payment,
	includes: readonly string[] = [],
) {
	const { order } = payment;
	const type = productType(context, payment);
	const session = includes.includes('session')
		? read(context.store, 'session', payment.account, payment.sessionId)
		: undefined;
	const events = payment.events.filter(
		({ success }) => success || !includes.includes('events.success.true'),
	);
	return compact({
		id: payment.id,
		session_id: payment.sessionId,
		status: payment.status,
		payment_product: type.split('.')[0],
		payment_product_type: type,
		amount: payment.amount,
		currency: payment.currency,
		channel: payment.channel ?? 'ecommerce',
		merchant_reference: order.merchant_reference,
		merchant_reference_2: order.merchant_reference_2,
		customer: payment.customer,
		billing_address: order.billing_address,
		shipping_address: order.shipping_address,
		store: order.store,
		items: order.items,
		gift_cards: viewUsedCard(context, payment),
		metadata: payment.metadata,
		settlement_status: 'NOT_SETTLED',
		events: events.map(compact),
		session: session && viewSession(context, session),
		created_at: iso(payment.createdAt),
		updated_at: iso(payment.updatedAt),
	});
}

const includesOf = (query: Record<string, unknown>) => [query.includes ?? []].flat() as string[];

export const readPayment: Operation = (context, call) =>
	viewPayment(
		context,
		needPayment(context, call.accountId, call.params.id),
		includesOf(call.query),
	);

/** A bare array, paged by the last entry's ID. */
export const listPayments: Operation = (context, call) => {
	const { query } = call;
	const all = sorted(context, readAll(context.store, 'payment', call.accountId));
	const after = query.starting_after as string | undefined;
	const from = after === undefined ? -1 : all.findIndex(({ id }) => id === after);
	if (after !== undefined && from < 0) {
		throw new ApiError(400, 'INVALID_REQUEST_PARAMETER', 'Unknown starting_after');
	}
	return filterPayments(context, all.slice(from + 1), query)
		.slice(0, (query.limit as number | undefined) ?? 10)
		.map((payment) => viewPayment(context, payment, includesOf(query)));
};

function sorted(context: SandboxContext, oldestFirst: Payment[]): Payment[] {
	const { checkoutListOrder } = context.switches;
	if (checkoutListOrder === 'newest-first') return oldestFirst.reverse();
	if (checkoutListOrder === 'oldest-first') return oldestFirst;
	return oldestFirst.sort((a, b) => (a.id < b.id ? -1 : 1));
}
