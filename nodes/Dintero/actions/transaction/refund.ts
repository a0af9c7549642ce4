import type { IDataObject } from 'n8n-workflow';

import { InvalidInput, show } from '../../domain/invalidInput';
import { amountUnit, onlyCurrency, partOfAmount } from '../../fields/amount';
import { originatedBy, refId } from '../../fields/card';
import { additionalFields, options } from '../../fields/collection';
import { described } from '../../fields/field';
import { simplify } from '../../fields/flag';
import { cardOrToken, type CardReference } from '../../fields/locator';
import { metadata } from '../../fields/metadata';
import { writeOptions } from '../../fields/runOptions';
import { uuid } from '../../fields/text';
import { openCard } from '../../exactlyOnce/openCard';
import { refundCharge, type ChargeRefund } from '../../exactlyOnce/refundCharge';
import { operation } from '../operation';
import { money, withoutMissing } from '../output';
import { refuseDuplicates } from '../refuseDuplicates';
import { addBalance, movedOutput, referenceOf } from './movement';

interface Plan {
	card: CardReference;
	refund: Omit<ChargeRefund, 'cardId'>;
	addBalance: boolean;
	simplify: boolean;
}

const fields = {
	card: cardOrToken,
	transactionId: uuid({
		name: 'transactionId',
		displayName: 'Transaction ID',
		placeholder: 'e.g. 9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11',
		description: "The charge to give back, as 'Charge' or 'Capture' returned it",
		whereFrom: "'Charge', 'Capture' and 'Get Many' return it",
	}),
	amount: described(partOfAmount, {
		hint: 'Leave it empty to refund all that is left of the charge',
		description:
			"How much to give back, in the currency's main unit: 500 means 500.00 kroner. Never more than the charge drew, less what earlier refunds gave back. 'Amount Unit' in the options switches to øre or cents.",
	}),
	refId: described(refId, {
		placeholder: 'e.g. return-207',
		hint: 'Use the number of the return so that no money moves twice. Leave empty for an automatic reference.',
		description:
			'Your own reference for this refund, such as the number of the return. The same reference never refunds a charge twice, even when you run the workflow again. When empty, the node makes one for each item of this execution.',
	}),
	additionalFields: additionalFields({ currency: onlyCurrency, metadata, originatedBy }),
	options: options({ ...writeOptions, addBalance, amountUnit, simplify }),
};

export const refund = operation<typeof fields, Plan>({
	resource: 'transaction',
	value: 'refund',
	name: 'Refund',
	action: 'Refund gift card charge',
	description: 'Put the money of a charge back on its card, at most what is left to refund',
	effect: 'write',
	scopes: ['admin:wallets', 'write:wallets'],
	fields,

	prepare(values, { origin, spendingLimit }) {
		const { additionalFields: details } = values;
		return {
			card: values.card,
			refund: {
				chargeId: values.transactionId,
				amount: values.amount,
				currency: details.currency,
				reference: referenceOf(values.refId, origin, 'refund', values.transactionId),
				details: withoutMissing({
					originated_by: details.originatedBy,
					metadata: details.metadata,
				}),
				origin,
				spendingLimit,
			},
			addBalance: values.options.addBalance,
			simplify: values.options.simplify,
		};
	},

	review(plans, refuse) {
		refuseDuplicates(
			plans,
			refuse,
			({ refund: { chargeId, reference } }) => JSON.stringify([chargeId, reference]),
			({ refund: { reference } }, earlier) =>
				new InvalidInput(
					'Reference',
					`${show(reference)} is also the reference of item ${earlier}, for the same charge.`,
					'Give every refund its own reference, for example the number of the return.',
				),
		);
	},

	async run({ card, refund: order, ...plan }, dintero) {
		const cardId = card.cardId ?? String((await openCard(dintero, card.token)).card_id);
		const refunded = await refundCharge(dintero, { ...order, cardId });
		const { json } = await movedOutput(dintero, {}, refunded, plan);
		const { left, currency } = refunded;
		const link: IDataObject = {
			refundOf: order.chargeId,
			...money('leftToRefund', left, currency),
		};
		return { json: { ...json, ...link } };
	},
});
