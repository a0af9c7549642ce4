import type { IDataObject } from 'n8n-workflow';

import { anyMerchantReference } from '../../fields/checkout';
import { anyChoices } from '../../fields/choice';
import { filters, options } from '../../fields/collection';
import { checkTimes, dateFilter, referenceFilter } from '../../fields/filters';
import { simplify } from '../../fields/flag';
import { returnLimit } from '../../fields/limit';
import { paceOptions } from '../../fields/runOptions';
import { checkoutOf } from '../../transport/checkout';
import { adviseOnEnd } from '../listAdvice';
import { operation, type Item } from '../operation';
import { withoutMissing } from '../output';
import { simpleOrder } from './order';

interface Plan {
	query: IDataObject;
	limit: number;
	simplify: boolean;
	warn: Item['warn'];
}

const STATUSES = [
	{ name: 'Authorized', value: 'AUTHORIZED', description: 'The money is reserved, not taken' },
	{ name: 'Captured', value: 'CAPTURED', description: 'All of it was taken: paid' },
	{ name: 'Declined', value: 'DECLINED' },
	{ name: 'Failed', value: 'FAILED' },
	{ name: 'Initiated', value: 'INITIATED', description: 'The customer has begun to pay' },
	{ name: 'On Hold', value: 'ON_HOLD', description: 'Dintero checks it by hand' },
	{ name: 'Partially Captured', value: 'PARTIALLY_CAPTURED' },
	{ name: 'Partially Captured and Refunded', value: 'PARTIALLY_CAPTURED_REFUNDED' },
	{ name: 'Partially Refunded', value: 'PARTIALLY_REFUNDED' },
	{ name: 'Refunded', value: 'REFUNDED', description: 'All of it was given back' },
	{ name: 'Unknown', value: 'UNKNOWN' },
	{ name: 'Voided', value: 'AUTHORIZATION_VOIDED', description: 'The reservation was released' },
] as const;

const fields = {
	limit: returnLimit,
	filters: filters({
		capturedAfter: dateFilter('capturedAfter', 'Captured After', 'start'),
		capturedBefore: dateFilter('capturedBefore', 'Captured Before', 'end'),
		createdAfter: dateFilter('createdAfter', 'Created After', 'start'),
		createdBefore: dateFilter('createdBefore', 'Created Before', 'end'),
		customerId: referenceFilter({
			name: 'customerId',
			displayName: 'Customer ID',
			placeholder: 'e.g. customer-77',
			description: 'Only payments of the customer with this ID',
		}),
		merchantReference: anyMerchantReference,
		refundedAfter: dateFilter('refundedAfter', 'Refunded After', 'start'),
		refundedBefore: dateFilter('refundedBefore', 'Refunded Before', 'end'),
		search: referenceFilter({
			name: 'search',
			displayName: 'Search',
			placeholder: 'e.g. anna@example.com',
			description:
				'Dintero looks for it among IDs, order numbers, e-mail addresses, phone numbers and names',
		}),
		sessionId: referenceFilter({
			name: 'sessionId',
			displayName: 'Session ID',
			placeholder: 'e.g. T12345678.465UfBENeLpkBvwmqfTC4k',
			description: 'Only the payment of this session',
		}),
		statuses: anyChoices({
			name: 'statuses',
			displayName: 'Statuses',
			options: STATUSES,
			default: [],
			description: 'Only payments with one of these; none means all',
		}),
		storeId: referenceFilter({
			name: 'storeId',
			displayName: 'Store ID',
			placeholder: 'e.g. oslo-1',
			description: 'Only payments of this store',
		}),
	}),
	simplify,
	options: options(paceOptions),
};

export const getAll = operation<typeof fields, Plan>({
	resource: 'checkoutTransaction',
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many checkout transactions',
	description: 'List payments of the account, newest first; Dintero itself applies the filters',
	effect: 'read',
	scopes: ['admin:checkout', 'read:checkout'],
	fields,

	prepare({ filters: by, limit, simplify: simple }, { warn }) {
		checkTimes('Captured', by.capturedAfter, by.capturedBefore);
		checkTimes('Created', by.createdAfter, by.createdBefore);
		checkTimes('Refunded', by.refundedAfter, by.refundedBefore);
		return {
			query: withoutMissing({
				'captured_at.gte': by.capturedAfter,
				'captured_at.lte': by.capturedBefore,
				'created_at.gte': by.createdAfter,
				'created_at.lte': by.createdBefore,
				customer_id: by.customerId,
				merchant_reference: by.merchantReference,
				'refunded_at.gte': by.refundedAfter,
				'refunded_at.lte': by.refundedBefore,
				search: by.search,
				session_id: by.sessionId,
				status: by.statuses.length > 0 ? by.statuses : undefined,
				store_id: by.storeId,
			}),
			limit,
			simplify: simple,
			warn,
		};
	},

	async run({ query, limit, simplify: simple, warn }, dintero) {
		const listing = await checkoutOf(dintero).newest('transactions', limit, query);
		adviseOnEnd(warn, listing, 'payments');
		return listing.records.map((transaction) => ({
			json: simple ? simpleOrder(transaction, dintero.timeZone) : transaction,
		}));
	},
});
