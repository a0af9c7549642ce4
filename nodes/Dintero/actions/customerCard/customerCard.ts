import { requiredId } from '../../fields/text';
import { segment } from '../../transport/client';

export const customerId = requiredId({
	name: 'customerId',
	displayName: 'Customer ID',
	placeholder: 'e.g. customer-77',
	description: 'Your own ID for the customer, as given when the card was made',
});

export function customerCardsPath(id: string): string {
	return `wallets/customers/${segment(id) ?? ''}/cards`;
}
