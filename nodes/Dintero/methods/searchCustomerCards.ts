import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { openDintero, segment } from '../transport/client';
import { operationError } from '../transport/operationError';
import { readList } from '../transport/pages';
import { cardResults } from './searchCards';

/** The cards of the customer in *Customer ID*, for a searchable list. */
export async function searchCustomerCards(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const customer = String(this.getCurrentNodeParameter('customerId') ?? '').trim();
	const id = customer.startsWith('=') ? undefined : segment(customer);
	if (id === undefined)
		throw operationError(
			this.getNode(),
			"Fill in 'Customer ID' first",
			"The list shows the cards of that customer. If 'Customer ID' is an expression, choose the card by its ID.",
		);
	const dintero = await openDintero(this, { scopes: ['admin:wallets', 'read:wallets'] });
	const { records } = await readList(dintero, `wallets/customers/${id}/cards`, 'cards', {
		most: 1000,
	});
	return cardResults(records, filter);
}
