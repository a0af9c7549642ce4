import { list } from '../../transport/pages';
import { limitField, returnAllField, simplifyField } from '../fields';
import { operation } from '../operation';
import { readFlag, readOptions } from '../readers';
import { readLimit } from '../readLimit';
import { PACE_OPTIONS, optionsCollection } from '../runOptions';
import { SUBSCRIPTIONS, simpleSubscription, withoutSecret } from './subscription';

interface Plan {
	limit: number;
	includeDeleted: boolean;
	simplify: boolean;
}

export const getAll = operation<Plan>({
	resource: 'webhookSubscription',
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many webhook subscriptions',
	description: 'List the webhook subscriptions of the account, also those of other systems',
	effect: 'read',
	fields: [
		returnAllField,
		limitField,
		simplifyField,
		optionsCollection([
			...PACE_OPTIONS,
			{
				displayName: 'Include Deleted',
				name: 'includeDeleted',
				type: 'boolean',
				default: false,
				description:
					'Whether to return deleted subscriptions too, also those Dintero removed because deliveries failed',
			},
		]),
	],

	prepare: (item) => ({
		limit: readLimit(item),
		includeDeleted: readFlag(readOptions(item).includeDeleted, false),
		simplify: readFlag(item.get('simplify', true), true),
	}),

	async run({ limit, includeDeleted, simplify }, dintero) {
		const query = includeDeleted ? { include_deleted: true } : {};
		const subscriptions = await list(dintero, SUBSCRIPTIONS, 'subscriptions', limit, query);
		return subscriptions.map((subscription) => ({
			json: simplify ? simpleSubscription(subscription) : withoutSecret(subscription),
		}));
	},
});
