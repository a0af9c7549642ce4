import { parseReference } from '../../domain/text';
import { checkMaximumTotal, checkSpendingLimit } from '../../issuance/limits';
import { moveMoney } from '../../issuance/moveMoney';
import { markRequest } from '../../issuance/origin';
import { readCard } from '../cardReader';
import {
	additionalFields,
	amountField,
	amountUnitOption,
	cardByFields,
	currencyField,
	maximumTotalOption,
	metadataFields,
	originatedByField,
	refIdField,
	simplifyOption,
} from '../fields';
import { operation } from '../operation';
import { withoutMissing } from '../output';
import { readAmount, readCollection, readFlag, readMetadata, readOptions } from '../readers';
import { PACE_OPTIONS, WRITE_OPTIONS, optionsCollection } from '../runOptions';
import { amountsOf, movedOutput, readRefId, refuseRepeated, type MovementPlan } from './movement';

export const topUp = operation<MovementPlan>({
	resource: 'transaction',
	value: 'topUp',
	name: 'Top Up',
	action: 'Top up gift card',
	description: 'Add money to a card, for example as a refund',
	effect: 'write',
	fields: [
		...cardByFields,
		amountField,
		currencyField,
		refIdField,
		additionalFields([...metadataFields, originatedByField]),
		optionsCollection([
			...PACE_OPTIONS,
			...WRITE_OPTIONS,
			amountUnitOption,
			maximumTotalOption,
			simplifyOption,
		]),
	],

	prepare(item) {
		const card = readCard(item);
		const { amount, currency } = readAmount(item);
		checkSpendingLimit(amount, currency, item.spendingLimit);
		const additional = readCollection(item, 'additionalFields');
		const { origin } = item;
		const request = withoutMissing({
			ref_id: readRefId(item, 'topUp'),
			...('token' in card ? { token: card.token } : { card_id: card.cardId }),
			amount,
			currency,
			type: 'fund',
			originated_by: parseReference(additional.originatedBy, 'Originated By'),
			metadata: readMetadata(additional),
		}) as MovementPlan['movement']['request'];
		return {
			movement: {
				what: 'top-up',
				path: 'wallets/transactions',
				request: markRequest(request, origin.mark),
				...card,
				mark: origin.mark,
			},
			simplify: readFlag(readOptions(item).simplify, true),
		};
	},

	review(plans, refuse, first) {
		refuseRepeated(plans, refuse);
		checkMaximumTotal(amountsOf(plans), readOptions(first).maximumTotal);
	},

	run: async ({ movement, simplify }, dintero) =>
		movedOutput(await moveMoney(dintero, movement), simplify),
});
