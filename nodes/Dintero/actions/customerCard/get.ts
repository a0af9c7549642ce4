import { options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { customerCard } from '../../fields/locator';
import { paceOptions } from '../../fields/runOptions';
import { segment } from '../../transport/client';
import { simpleCard } from '../giftCard/cardOutput';
import { operation } from '../operation';
import { customerCardsPath, customerId } from './customerCard';

interface Plan {
	customerId: string;
	cardId: string;
	simplify: boolean;
}

const fields = { customerId, cardId: customerCard, simplify, options: options(paceOptions) };

export const get = operation<typeof fields, Plan>({
	resource: 'customerCard',
	value: 'get',
	name: 'Get',
	action: 'Get card of customer',
	description: "Look up one of a customer's cards, with its balance and status",
	effect: 'read',
	scopes: ['admin:wallets', 'read:wallets', 'user:wallets'],
	fields,

	prepare: (values) => ({
		customerId: values.customerId,
		cardId: values.cardId,
		simplify: values.simplify,
	}),

	async run({ customerId: customer, cardId, simplify: simple }, dintero) {
		const path = `${customerCardsPath(customer)}/${segment(cardId) ?? ''}`;
		const card = await dintero.getRecord(path, cardId);
		return { json: simple ? simpleCard(card, dintero.timeZone) : card };
	},
});
