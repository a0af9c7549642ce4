import { InvalidInput, show } from '../../domain/invalidInput';
import { CURRENCY_DECIMALS } from '../../domain/money';
import type { Order } from '../../domain/order';
import { partOfAmount } from '../../fields/amount';
import { refId } from '../../fields/card';
import { described } from '../../fields/field';
import { MARK_KEY } from '../../exactlyOnce/mark';
import type { Origin } from '../../exactlyOnce/origin';
import type { OrderMark, Settlement } from '../../exactlyOnce/settleOrder';
import type { DinteroClient } from '../../transport/client';
import { operationError } from '../../transport/operationError';
import { refuseDuplicates } from '../refuseDuplicates';

/** What *Capture* and *Refund* share. */

export interface SettlePlan {
	settlement: Settlement;
	simplify: boolean;
}

/** *Amount*. Left empty by hand, it means all that is left. */
export const amountLeft = (hint: string, description: string) =>
	described(partOfAmount, { hint, description });

export const orderReference = described(refId, {
	hint: 'Use your own number so that it is made only once. Leave empty for an automatic reference.',
	description:
		'Your own reference for this capture or refund, such as the number of the parcel or return. Do not use the order number alone if there may be several. The node looks for it in the order before it sends anything.',
});

/** The mark of an item, as captures and refunds carry it. */
export const markOf = ({ mark }: Origin): OrderMark => ({
	text: mark.text,
	isOurs: (text) => mark.isOn({ metadata: { [MARK_KEY]: text as string } }),
});

/** Refuses items with the same reference on the same order, because only one of them would be done. */
export function refuseRepeatedReferences(
	plans: ReadonlyArray<SettlePlan | undefined>,
	refuse: (index: number, error: Error) => void,
): void {
	refuseDuplicates(
		plans,
		refuse,
		({ settlement: { transactionId, reference } }) => JSON.stringify([transactionId, reference]),
		({ settlement: { reference } }, earlier) =>
			new InvalidInput(
				'Reference',
				`${show(reference)} is also the reference of item ${earlier}, for the same order.`,
				'Give every capture and refund of an order its own reference.',
			),
	);
}

/** Amounts are read with two decimals. @throws NodeOperationError for an order in a currency that may have others */
export function refuseUnknownCurrency(
	dintero: DinteroClient,
	{ currency }: Order,
	{ amount }: Settlement,
): void {
	if (amount === undefined || currency in CURRENCY_DECIMALS) return;
	throw operationError(
		dintero.node,
		`The order is in ${currency}, whose decimals this node does not know`,
		"Nothing was sent. Empty 'Amount' to take all that is left, or use the Dintero Backoffice.",
	);
}
