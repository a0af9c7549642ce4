import type { IDataObject } from 'n8n-workflow';

import { inZone } from '../../domain/dates';
import { splitOf, UnreadableOrder, type Order, tryReadOrder } from '../../domain/order';
import type { Settled } from '../../exactlyOnce/settleOrder';
import type { Output } from '../operation';
import { money, text, withoutMissing } from '../output';

/** Turns Checkout transactions, and the results of captures, refunds and voids, into items. */

/** A transaction in ten fields, or fewer if its events cannot be read. */
export function simpleOrder(transaction: IDataObject, timeZone: string): IDataObject {
	const currency = text(transaction.currency);
	const order = orderIn(transaction);
	return withoutMissing({
		checkoutTransactionId: text(transaction.id),
		merchantReference: text(transaction.merchant_reference),
		status: text(transaction.status),
		...money('amount', transaction.amount, currency),
		currency,
		...(order ? sums(order) : {}),
		...money('giftCardRefund', order && splitOf(order, 'refund', order.refundLeft).card, currency),
		cardId: order?.cardIds[0],
		createdAt: inZone(transaction.created_at, timeZone),
	});
}

function orderIn(transaction: IDataObject): Order | undefined {
	const order = tryReadOrder(transaction);
	return order instanceof UnreadableOrder ? undefined : order;
}

const sums = ({ captured, refunded, currency }: Order): IDataObject => ({
	...money('captured', captured, currency),
	...money('refunded', refunded, currency),
});

/**
 * The result of a capture, a refund or a void, and where the money went.
 * @param warnings for people, shown in the item
 */
export function settledOutput(settled: Settled, warnings: string[], simplify: boolean): Output {
	const { order, amount, split, outcome, transaction } = settled;
	const { currency } = order;
	const warning = warnings.length === 0 ? {} : { warning: warnings.join(' ') };
	const facts = withoutMissing({
		checkoutTransactionId: text(transaction.id),
		merchantReference: order.merchantReference,
		status: order.status,
		...money('amount', amount, currency),
		currency,
		...money('giftCardAmount', split?.card, currency),
		...money('otherAmount', split?.other, currency),
		cardId: order.cardIds[0],
		refId: text(settled.reference),
		...sums(order),
	});
	return {
		json: {
			...(simplify ? facts : transaction),
			outcome,
			alreadyDone: outcome === 'alreadyDone',
			recovered: outcome === 'recovered',
			underWay: outcome === 'underWay',
			...warning,
		},
	};
}
