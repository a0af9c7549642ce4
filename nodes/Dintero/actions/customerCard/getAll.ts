import { options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { returnLimit } from '../../fields/limit';
import { paceOptions } from '../../fields/runOptions';
import { readList } from '../../transport/pages';
import { simpleCard } from '../giftCard/cardOutput';
import { adviseOnEnd } from '../listAdvice';
import { operation, type Item } from '../operation';
import { customerCardsPath, customerId } from './customerCard';

interface Plan {
	customerId: string;
	limit: number;
	simplify: boolean;
	warn: Item['warn'];
}

const fields = { customerId, limit: returnLimit, simplify, options: options(paceOptions) };

export const getAll = operation<typeof fields, Plan>({
	resource: 'customerCard',
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many cards of customer',
	description: "List a customer's active cards; Dintero gives their balances with 'Get' only",
	effect: 'read',
	scopes: ['admin:wallets', 'read:wallets', 'user:wallets'],
	fields,

	prepare: (values, { warn }) => ({
		customerId: values.customerId,
		limit: values.limit,
		simplify: values.simplify,
		warn,
	}),

	async run({ customerId: customer, limit, simplify: simple, warn }, dintero) {
		const listing = await readList(dintero, customerCardsPath(customer), 'cards', {
			most: limit,
		});
		adviseOnEnd(warn, listing, "customer's cards");
		return listing.records.map((card) => ({
			json: simple ? simpleCard(card, dintero.timeZone) : card,
		}));
	},
});
