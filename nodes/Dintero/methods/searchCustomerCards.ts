import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { openDintero, segment } from '../transport/client';
import { operationError } from '../transport/operationError';
import { list } from '../transport/pages';
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
			'The list shows the cards of that customer. With an expression there, choose the card by its ID.',
		);
	const dintero = await openDintero(this);
	const cards = await list(dintero, `wallets/customers/${id}/cards`, 'cards', 1000);
	return cardResults(cards, filter);
}
