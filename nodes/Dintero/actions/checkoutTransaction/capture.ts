import { amountUnit } from '../../fields/amount';
import { checkLines, orderLines } from '../../fields/checkout';
import { additionalFields, options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { checkoutTransaction } from '../../fields/locator';
import { writeOptions } from '../../fields/runOptions';
import { settleOrder } from '../../exactlyOnce/settleOrder';
import { checkoutOf } from '../../transport/checkout';
import { operation } from '../operation';
import { settledOutput } from './order';
import {
	amountLeft,
	markOf,
	orderReference,
	refuseRepeatedReferences,
	refuseUnknownCurrency,
	type SettlePlan,
} from './settle';

const fields = {
	checkoutTransactionId: checkoutTransaction,
	amount: amountLeft(
		'Leave it empty to take all that is authorized',
		"How much to take, in the currency's main unit: 500 means 500.00 kroner. The gift card is taken first. 'Amount Unit' in the options switches to øre or cents.",
	),
	refId: orderReference,
	additionalFields: additionalFields({
		lines: orderLines(
			"The lines that are captured: Dintero's 'items', each with line_id and amount in øre or cents. They must add up to Amount. Some payment methods need them.",
		),
	}),
	options: options({ ...writeOptions, amountUnit, simplify }),
};

export const capture = operation<typeof fields, SettlePlan>({
	resource: 'checkoutTransaction',
	value: 'capture',
	name: 'Capture',
	action: 'Capture checkout transaction',
	description: 'Take all or part of the authorized money of an order, from the gift card first',
	effect: 'write',
	scopes: ['admin:checkout', 'write:checkout'],
	fields,

	prepare(values, { origin }) {
		const { amount, additionalFields: details } = values;
		checkLines(details.lines, amount);
		return {
			settlement: {
				kind: 'capture',
				transactionId: values.checkoutTransactionId,
				...(amount === undefined ? {} : { amount }),
				reference:
					values.refId ?? origin.reference('checkout capture', values.checkoutTransactionId),
				origin,
				request: details.lines === undefined ? {} : { items: details.lines },
				mark: markOf(origin),
			},
			simplify: values.options.simplify,
		};
	},

	review: refuseRepeatedReferences,

	async run({ settlement, simplify: simple }, dintero) {
		const settled = await settleOrder(checkoutOf(dintero), {
			...settlement,
			check: (order) => refuseUnknownCurrency(dintero, order, settlement),
		});
		return settledOutput(settled, [], simple);
	},
});
