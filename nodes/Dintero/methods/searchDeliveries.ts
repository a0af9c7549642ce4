import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { openDintero, segment } from '../transport/client';
import { operationError } from '../transport/operationError';
import { readList } from '../transport/pages';

/** The recent deliveries of the chosen webhook subscription, for a searchable list. */
export async function searchDeliveries(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const chosen = this.getCurrentNodeParameter('subscriptionId', { extractValue: true });
	const subscription = String(chosen ?? '').trim();
	const id = subscription.startsWith('=') ? undefined : segment(subscription);
	if (id === undefined)
		throw operationError(
			this.getNode(),
			"Choose a 'Subscription' first",
			"The list shows its deliveries. If 'Subscription' is an expression, choose the delivery by its ID.",
		);
	const dintero = await openDintero(this, { scopes: ['admin:hooks', 'read:hooks'] });
	const { records } = await readList(
		dintero,
		`hooks/subscriptions/${id}/deliveries`,
		'deliveries',
		{
			most: 100,
		},
	);
	const wanted = filter?.trim().toLowerCase() ?? '';
	return {
		results: records
			.map((delivery) => ({
				name: `${String(delivery.created_at)}, answered ${String(delivery.status)}`,
				value: String(delivery.id),
			}))
			.filter(({ name, value }) => `${name} ${value}`.toLowerCase().includes(wanted)),
	};
}
