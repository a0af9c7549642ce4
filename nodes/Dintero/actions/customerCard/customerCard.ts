import { parseId } from '../../domain/text';
import { segment } from '../../transport/client';
import type { Item } from '../operation';

/** @throws InvalidInput */
export function readCustomerId(item: Item): string {
	return parseId(item.get('customerId', ''), 'Customer ID');
}

export function customerCardsPath(customerId: string): string {
	return `wallets/customers/${segment(customerId) ?? ''}/cards`;
}
