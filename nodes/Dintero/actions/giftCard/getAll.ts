import { options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { returnLimit } from '../../fields/limit';
import { paceOptions } from '../../fields/runOptions';
import { readList } from '../../transport/pages';
import { adviseOnEnd, CountingFilter } from '../listAdvice';
import { operation, type Item } from '../operation';
import { cardFilterOf, cardFilters, type CardFilter } from './cardFilters';
import { simpleCard } from './cardOutput';

interface Plan {
	limit: number;
	passes?: CardFilter;
	simplify: boolean;
	warn: Item['warn'];
}

const fields = {
	limit: returnLimit,
	filters: cardFilters,
	simplify,
	options: options(paceOptions),
};

export const getAll = operation<typeof fields, Plan>({
	resource: 'giftCard',
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many gift cards',
	description: 'List the gift cards of the account; the node itself applies the filters',
	effect: 'read',
	scopes: ['admin:wallets', 'read:wallets'],
	fields,

	prepare: ({ limit, filters: by, simplify: simple }, { warn }) => ({
		limit,
		passes: cardFilterOf(by),
		simplify: simple,
		warn,
	}),

	async run({ limit, passes, simplify: simple, warn }, dintero) {
		const { clock } = dintero;
		// Dintero's clock decides, or n8n's if Dintero's is unknown or too close to tell.
		const hasPassed = (moment: unknown): boolean =>
			clock.hasPassed(moment) ||
			(!clock.isToCome(moment) && Date.parse(String(moment)) <= Date.now());
		const filter = passes && new CountingFilter((card) => passes(card, hasPassed));
		const listing = await readList(dintero, 'wallets/cards', 'cards', {
			most: limit,
			keep: filter?.keep,
		});
		filter?.advise(warn, 'gift cards', 'their balance');
		adviseOnEnd(warn, listing, 'gift cards');
		return listing.records.map((card) => ({
			json: simple ? simpleCard(card, dintero.timeZone) : card,
		}));
	},
});
