import { formatAmount } from '../../domain/money';
import { options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { checkoutTransaction } from '../../fields/locator';
import { writeOptions } from '../../fields/runOptions';
import { settleOrder, type Settled } from '../../exactlyOnce/settleOrder';
import { checkoutOf } from '../../transport/checkout';
import { operation } from '../operation';
import { settledOutput } from './order';

const fields = {
	checkoutTransactionId: checkoutTransaction,
	options: options({ ...writeOptions, simplify }),
};

export const voidOrder = operation<typeof fields, { id: string; simplify: boolean }>({
	resource: 'checkoutTransaction',
	value: 'void',
	name: 'Void',
	action: 'Void checkout transaction',
	description: 'Release the authorized money that was not captured; cannot be undone',
	effect: 'write',
	scopes: ['admin:checkout', 'write:checkout'],
	fields,

	prepare: (values) => ({
		id: values.checkoutTransactionId,
		simplify: values.options.simplify,
	}),

	async run({ id, simplify: simple }, dintero) {
		const settled = await settleOrder(checkoutOf(dintero), {
			kind: 'void',
			transactionId: id,
			reference: '',
		});
		return settledOutput(settled, warningsOf(settled), simple);
	},
});

/** Dintero does not document whether the gift card's reservation is released if part of the order was captured. */
function warningsOf({ order, expected, outcome }: Settled): string[] {
	if (outcome === 'underWay' || order.captured === 0 || expected.card === 0) return [];
	return [
		`Dintero does not promise that ${formatAmount(expected.card, order.currency)} reserved on the gift card is released if part of the order was captured. Check the card's available amount with 'Gift Card: Get'.`,
	];
}
