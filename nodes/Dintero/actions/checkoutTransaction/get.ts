import { options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { checkoutTransaction } from '../../fields/locator';
import { paceOptions } from '../../fields/runOptions';
import { readTransaction } from '../../exactlyOnce/settleOrder';
import { checkoutOf } from '../../transport/checkout';
import { operation } from '../operation';
import { simpleOrder } from './order';

const fields = {
	checkoutTransactionId: checkoutTransaction,
	simplify,
	options: options(paceOptions),
};

export const get = operation<typeof fields, { id: string; simplify: boolean }>({
	resource: 'checkoutTransaction',
	value: 'get',
	name: 'Get',
	action: 'Get checkout transaction',
	description:
		'See how much of an order was captured and refunded, and how much a refund would put on the gift card',
	effect: 'read',
	scopes: ['admin:checkout', 'read:checkout'],
	fields,

	prepare: (values) => ({ id: values.checkoutTransactionId, simplify: values.simplify }),

	async run({ id, simplify: simple }, dintero) {
		const transaction = await readTransaction(checkoutOf(dintero), id);
		return { json: simple ? simpleOrder(transaction, dintero.timeZone) : transaction };
	},
});
