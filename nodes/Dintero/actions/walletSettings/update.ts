import { InvalidInput } from '../../domain/invalidInput';
import { options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { requiredNumber } from '../../fields/number';
import { writeOptions } from '../../fields/runOptions';
import { setDefaultExpiry } from '../../exactlyOnce/walletSettings';
import { operation } from '../operation';
import { simpleSettings } from './settings';

/** A hundred years; more is a typing mistake. */
const MOST_DAYS = 36_500;

const fields = {
	defaultExpiryDays: requiredNumber({
		name: 'defaultExpiryDays',
		displayName: 'Default Expiry (Days)',
		default: 365,
		least: 0,
		most: MOST_DAYS,
		hint: '0 means that cards do not expire',
		description:
			"Counted from the day a card is made, or activated if it comes from a batch. Applies to the whole account, but only to cards without 'Expires At'. Existing cards keep their expiry.",
	}),
	options: options({ ...writeOptions, simplify }),
};

export const update = operation<typeof fields, { days: number; simplify: boolean }>({
	resource: 'walletSettings',
	value: 'update',
	name: 'Update',
	action: 'Update wallet settings',
	description: 'Set after how many days new gift cards without an expiry of their own expire',
	effect: 'write',
	scopes: ['admin:wallets', 'write:wallets'],
	fields,

	prepare: (values) => ({
		days: values.defaultExpiryDays,
		simplify: values.options.simplify,
	}),

	review(plans, refuse) {
		const [first] = plans.filter((plan) => plan !== undefined);
		plans.forEach((plan, index) => {
			if (plan && plan.days !== first?.days)
				refuse(
					index,
					new InvalidInput(
						'Default Expiry (Days)',
						`is ${plan.days} here and ${first?.days} in another item.`,
						'The account has one default expiry; keep one of the items.',
					),
				);
		});
	},

	async run({ days, simplify: simple }, dintero) {
		const settings = await setDefaultExpiry(dintero, days);
		return { json: simple ? simpleSettings(settings) : settings };
	},
});
