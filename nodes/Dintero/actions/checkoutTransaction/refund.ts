import type { IDataObject } from 'n8n-workflow';

import { amountUnit } from '../../fields/amount';
import { checkLines, orderLines } from '../../fields/checkout';
import { choice } from '../../fields/choice';
import { additionalFields, options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { checkoutTransaction } from '../../fields/locator';
import { preview, writeOptions } from '../../fields/runOptions';
import { name } from '../../fields/text';
import { checkSpendingLimit } from '../../exactlyOnce/limits';
import { checkRefundCards, splitWarnings } from '../../exactlyOnce/refundCards';
import {
	planSettlement,
	settleOrder,
	type Plan,
	type Settlement,
} from '../../exactlyOnce/settleOrder';
import type { Order } from '../../domain/order';
import { checkoutOf } from '../../transport/checkout';
import type { DinteroClient } from '../../transport/client';
import { operation } from '../operation';
import { money, withoutMissing } from '../output';
import { settledOutput } from './order';
import {
	amountLeft,
	markOf,
	orderReference,
	refuseRepeatedReferences,
	refuseUnknownCurrency,
	type SettlePlan,
} from './settle';

interface RefundPlan extends SettlePlan {
	preview: boolean;
	stopOnUnusableCard: boolean;
	spendingLimit: unknown;
}

const fields = {
	checkoutTransactionId: checkoutTransaction,
	amount: amountLeft(
		'Leave it empty to give all back. The gift card gets its part first.',
		"How much to give back, in the currency's main unit: 500 means 500.00 kroner. Dintero divides it: first the gift card, up to what was taken from it, then the other payment method. 'Amount Unit' in the options switches to øre or cents.",
	),
	refId: orderReference,
	additionalFields: additionalFields({
		lines: orderLines(
			"The lines that are refunded: Dintero's 'items', each with line_id and amount in øre or cents. They must add up to Amount. Some payment methods need them.",
		),
		reason: name({
			name: 'reason',
			displayName: 'Reason',
			placeholder: 'e.g. Returned goods',
			description: 'Kept with the refund at Dintero',
		}),
	}),
	options: options({
		...writeOptions,
		amountUnit,
		ifCardCannotTakeMoney: choice({
			name: 'ifCardCannotTakeMoney',
			displayName: 'If a Card Cannot Take Money',
			options: [
				{
					name: 'Stop This Item',
					value: 'stop',
					description: 'Nothing is sent',
				},
				{
					name: 'Let Dintero Decide',
					value: 'continue',
					description: 'Dintero may refuse, use the other method, or put it on the unusable card',
				},
			],
			default: 'stop',
			description:
				'What to do when the gift card that gets the money back first has expired or was deleted',
		}),
		preview: preview(
			'Whether to only show how the refund would be divided between the gift card and the other method. Nothing is refunded.',
		),
		simplify,
	}),
};

export const refund = operation<typeof fields, RefundPlan>({
	resource: 'checkoutTransaction',
	value: 'refund',
	name: 'Refund',
	action: 'Refund checkout transaction',
	description: 'Give all or part of the captured money back, to the gift card first',
	effect: 'write',
	scopes: ['admin:checkout', 'write:checkout'],
	fields,

	prepare(values, { origin, spendingLimit }) {
		const { amount, additionalFields: details } = values;
		checkLines(details.lines, amount);
		return {
			settlement: {
				kind: 'refund',
				transactionId: values.checkoutTransactionId,
				...(amount === undefined ? {} : { amount }),
				reference:
					values.refId ?? origin.reference('checkout refund', values.checkoutTransactionId),
				origin,
				request: withoutMissing({ items: details.lines, reason: details.reason }),
				mark: markOf(origin),
			},
			preview: values.options.preview,
			stopOnUnusableCard: values.options.ifCardCannotTakeMoney === 'stop',
			spendingLimit,
			simplify: values.options.simplify,
		};
	},

	review: refuseRepeatedReferences,

	async run(plan, dintero) {
		const { settlement } = plan;
		const checkout = checkoutOf(dintero);
		const warnings: string[] = [];
		const check = async (order: Order, wanted: Plan) =>
			void warnings.push(...(await checkRefund(dintero, plan, order, wanted)));
		if (plan.preview) return { json: await previewOf(dintero, settlement, warnings, check) };
		const settled = await settleOrder(checkout, { ...settlement, check });
		warnings.push(...splitWarnings(settled.order, settled, settled.split));
		return settledOutput(settled, warnings, plan.simplify);
	},
});

/** Checks a refund before it is sent. @returns warnings @throws to stop it */
async function checkRefund(
	dintero: DinteroClient,
	{ settlement, spendingLimit, stopOnUnusableCard }: RefundPlan,
	order: Order,
	wanted: Plan,
): Promise<string[]> {
	refuseUnknownCurrency(dintero, order, settlement);
	checkSpendingLimit(wanted.amount, order.currency, spendingLimit);
	return await checkRefundCards(dintero, order, wanted, stopOnUnusableCard);
}

/** Shows what a refund would do. Only reads. */
async function previewOf(
	dintero: DinteroClient,
	settlement: Settlement,
	warnings: string[],
	check: (order: Order, wanted: Plan) => Promise<void>,
): Promise<IDataObject> {
	const planned = await planSettlement(checkoutOf(dintero), settlement);
	const { order, amount, expected, alreadyDone } = planned;
	if (!alreadyDone) await check(order, planned);
	const { currency } = order;
	return withoutMissing({
		preview: true,
		checkoutTransactionId: order.id,
		merchantReference: order.merchantReference,
		status: order.status,
		...money('amount', amount, currency),
		currency,
		...money('giftCardAmount', expected.card, currency),
		...money('otherAmount', expected.other, currency),
		cardId: order.cardIds[0],
		refId: settlement.reference,
		...money('captured', order.captured, currency),
		...money('refunded', order.refunded, currency),
		alreadyDone,
		...(warnings.length > 0 ? { warning: warnings.join(' ') } : {}),
	});
}
