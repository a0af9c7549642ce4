import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { readOrder, type Order, type OrderEvent } from '../domain/order';
import { attempt } from '../transport/attempt';
import { checkoutOf, type Checkout } from '../transport/checkout';
import { openDintero, segment } from '../transport/client';
import { money } from './events';
import { logOf } from './log';
import { messageOf } from './subscription';

/** What can happen to an order, in a shop's words. */
export type OrderChange = 'paid' | 'captured' | 'refunded' | 'canceled';

const CHANGES: Record<string, OrderChange> = {
	AUTHORIZE: 'paid',
	CAPTURE: 'captured',
	REFUND: 'refunded',
	VOID: 'canceled',
};

/**
 * How much later than the actual change the transaction's `updated_at` may be, in milliseconds. Dintero does not say
 * that the two times are equal. A larger value only lets an event report more than one change.
 */
const UPDATE_DELAY = 600_000;

/**
 * Looks up the order of each Checkout event and adds it, with what happened to it. The event itself is not documented
 * to carry a status or the change, so the transaction is read in the execution, after Dintero has had its answer.
 * When the look-up fails, the item passes with `order: null` and the reason in `orderProblem`.
 * @param wanted passes only this change; `undefined` for all. An order that can't be read always passes.
 */
export async function addOrders(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
	wanted?: OrderChange,
): Promise<INodeExecutionData[]> {
	const opened = await attempt(
		openDintero(context, { scopes: ['admin:checkout', 'read:checkout'] }),
	);
	const results: INodeExecutionData[] = [];
	for (const item of items) {
		const reported = transactionIn(item.json.body);
		const lookup = opened.answer
			? await attempt(lookUp(checkoutOf(opened.answer), reported))
			: { answer: undefined, problem: opened.problem };
		if (lookup.answer === undefined) {
			const orderProblem = messageOf(lookup.problem);
			logOf(context).warn(
				`the order could not be looked up, so the workflow continues without it (${orderProblem})`,
			);
			results.push({ ...item, json: { ...item.json, order: null, orderProblem } });
			continue;
		}
		const { order, transaction } = lookup.answer;
		const changes = changesOf(order, reported.updated_at);
		if (wanted === undefined || changes.includes(wanted))
			results.push({ ...item, json: { ...item.json, changes, order: shown(order, transaction) } });
	}
	return results;
}

async function lookUp(
	checkout: Checkout,
	{ id }: IDataObject,
): Promise<{ order: Order; transaction: IDataObject }> {
	const path = typeof id === 'string' ? segment(id) : undefined;
	if (path === undefined) throw new Error('The event does not name its transaction');
	const transaction = await checkout.getRecord(`transactions/${path}`, id as string);
	return { order: readOrder(transaction), transaction };
}

/** The transaction an event is about; a `checkout_authorization` may give only its ID. */
function transactionIn(body: unknown): IDataObject {
	const { transaction, authorization } = (body ?? {}) as IDataObject;
	if (transaction !== undefined && transaction !== null) return transaction as IDataObject;
	return { id: (authorization as IDataObject | undefined)?.transaction_id };
}

/**
 * What happened to an order since the event. Events arrive late and in any order, so later changes are included too
 * and none is missed.
 * @param since the event's `updated_at`; every change ever when missing
 */
export function changesOf(order: Order, since: unknown): OrderChange[] {
	const from = typeof since === 'string' ? Date.parse(since) - UPDATE_DELAY : NaN;
	const recent = ({ createdAt }: OrderEvent) =>
		Number.isNaN(from) || !(Date.parse(createdAt ?? '') < from);
	const changes = order.events
		.filter((event) => event.success && recent(event))
		.flatMap(({ name }) => CHANGES[name] ?? []);
	return [...new Set(changes)];
}

/** Uses the names and units of the action node's Checkout transactions. */
function shown(order: Order, transaction: IDataObject): IDataObject {
	const { currency } = order;
	return {
		checkoutTransactionId: order.id,
		merchantReference: order.merchantReference ?? null,
		status: order.status,
		...money('amount', order.amount, currency),
		currency,
		...money('captured', order.captured, currency),
		...money('refunded', order.refunded, currency),
		cardId: order.cardIds[0] ?? null,
		transaction,
	};
}
