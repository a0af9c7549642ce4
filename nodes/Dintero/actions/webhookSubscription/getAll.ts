import { readList } from '../../transport/pages';
import { options } from '../../fields/collection';
import { flag, simplify } from '../../fields/flag';
import { returnLimit } from '../../fields/limit';
import { paceOptions } from '../../fields/runOptions';
import { adviseOnEnd } from '../listAdvice';
import { operation, type Item } from '../operation';
import { SUBSCRIPTIONS, simpleSubscription, redactedSubscription } from './subscription';

interface Plan {
	limit: number;
	includeDeleted: boolean;
	simplify: boolean;
	warn: Item['warn'];
}

const fields = {
	limit: returnLimit,
	simplify,
	options: options({
		...paceOptions,
		includeDeleted: flag(
			{
				name: 'includeDeleted',
				displayName: 'Include Deleted',
				default: false,
				description:
					'Whether to return deleted subscriptions too, also those Dintero removed because deliveries failed',
			},
			{ cosmetic: true },
		),
	}),
};

export const getAll = operation<typeof fields, Plan>({
	resource: 'webhookSubscription',
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many webhook subscriptions',
	description: 'List the webhook subscriptions of the account, also those of other systems',
	effect: 'read',
	scopes: ['admin:hooks', 'read:hooks'],
	fields,

	prepare: (values, { warn }) => ({
		limit: values.limit,
		includeDeleted: values.options.includeDeleted,
		simplify: values.simplify,
		warn,
	}),

	async run({ limit, includeDeleted, simplify: simple, warn }, dintero) {
		const query = includeDeleted ? { include_deleted: true } : {};
		const listing = await readList(dintero, SUBSCRIPTIONS, 'subscriptions', {
			most: limit,
			query,
		});
		adviseOnEnd(warn, listing, 'webhook subscriptions');
		return listing.records.map((subscription) => ({
			json: simple ? simpleSubscription(subscription) : redactedSubscription(subscription),
		}));
	},
});
