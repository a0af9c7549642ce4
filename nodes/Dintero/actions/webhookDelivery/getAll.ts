import { options } from '../../fields/collection';
import { flag, simplify } from '../../fields/flag';
import { returnLimit } from '../../fields/limit';
import { subscription } from '../../fields/locator';
import { paceOptions } from '../../fields/runOptions';
import { readList } from '../../transport/pages';
import { adviseOnEnd } from '../listAdvice';
import { operation, type Item } from '../operation';
import { subscriptionPath } from '../webhookSubscription/subscription';
import { simpleListed, wasAccepted } from './delivery';

interface Plan {
	subscriptionId: string;
	failedOnly: boolean;
	limit: number;
	simplify: boolean;
	warn: Item['warn'];
}

const fields = {
	subscriptionId: subscription,
	failedOnly: flag({
		name: 'failedOnly',
		displayName: 'Failed Only',
		default: false,
		description: 'Whether to return only deliveries that the receiver did not accept',
	}),
	limit: returnLimit,
	simplify,
	options: options(paceOptions),
};

export const getAll = operation<typeof fields, Plan>({
	resource: 'webhookDelivery',
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many webhook deliveries',
	description: 'List the recent deliveries of a webhook subscription and their results',
	effect: 'read',
	scopes: ['admin:hooks', 'read:hooks'],
	fields,

	prepare: (values, { warn }) => ({
		subscriptionId: values.subscriptionId,
		failedOnly: values.failedOnly,
		limit: values.limit,
		simplify: values.simplify,
		warn,
	}),

	async run({ subscriptionId, failedOnly, limit, simplify: simple, warn }, dintero) {
		const listing = await readList(
			dintero,
			`${subscriptionPath(subscriptionId)}/deliveries`,
			'deliveries',
			{
				most: limit,
				keep: failedOnly ? (delivery) => !wasAccepted(delivery) : undefined,
				thorough: true,
			},
		);
		adviseOnEnd(warn, listing, 'deliveries');
		return listing.records.map((delivery) => ({
			json: simple ? simpleListed(delivery) : delivery,
		}));
	},
});
