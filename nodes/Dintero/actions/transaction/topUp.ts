import { amount, amountUnit, maximumTotal } from '../../fields/amount';
import { originatedBy, refId } from '../../fields/card';
import { additionalFields, options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { cardOrToken } from '../../fields/locator';
import { metadata } from '../../fields/metadata';
import { writeOptions } from '../../fields/runOptions';
import { checkMaximumTotal, checkSpendingLimit } from '../../exactlyOnce/limits';
import { moveMoney } from '../../exactlyOnce/moveMoney';
import { operation } from '../operation';
import { withoutMissing } from '../output';
import {
	addBalance,
	movedOutput,
	referenceOf,
	refuseRepeatedReferences,
	type MovementPlan,
} from './movement';

interface Plan extends MovementPlan {
	amount: { minor: number; currency: string };
	maximumTotal?: number;
}

const fields = {
	card: cardOrToken,
	amount,
	refId,
	additionalFields: additionalFields({ metadata, originatedBy }),
	options: options({ ...writeOptions, addBalance, amountUnit, maximumTotal, simplify }),
};

export const topUp = operation<typeof fields, Plan>({
	resource: 'transaction',
	value: 'topUp',
	name: 'Top Up',
	action: 'Top up gift card',
	description: "Add money to a card. To give back what was charged, use 'Refund'.",
	effect: 'write',
	scopes: ['admin:wallets', 'write:wallets'],
	fields,

	prepare(values, { origin, spendingLimit }) {
		const { minor, currency } = values.amount;
		checkSpendingLimit(minor, currency, spendingLimit);
		const { card, additionalFields: details } = values;
		const request = withoutMissing({
			ref_id: referenceOf(values.refId, origin, 'topUp', card.cardId ?? card.token),
			card_id: card.cardId,
			token: card.token,
			amount: minor,
			currency,
			type: 'fund',
			originated_by: details.originatedBy,
			metadata: details.metadata,
		}) as MovementPlan['movement']['request'];
		return {
			movement: {
				what: 'top-up',
				path: 'wallets/transactions',
				request: origin.mark.on(request),
				...card,
				mark: origin.mark,
				origin,
			},
			amount: values.amount,
			maximumTotal: values.options.maximumTotal,
			addBalance: values.options.addBalance,
			simplify: values.options.simplify,
		};
	},

	review(plans, refuse) {
		refuseRepeatedReferences(plans, refuse);
		checkMaximumTotal(plans, ({ amount: money }) => money);
	},

	run: async ({ movement, ...plan }, dintero) =>
		await movedOutput(dintero, movement, await moveMoney(dintero, movement), plan),
});
