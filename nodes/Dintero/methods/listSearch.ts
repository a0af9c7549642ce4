import { searchCards } from './searchCards';
import { searchCheckoutTransactions } from './searchCheckoutTransactions';
import { searchCustomerCards } from './searchCustomerCards';
import { searchDeliveries } from './searchDeliveries';
import { searchSubscriptions } from './searchSubscriptions';

/** Every searchable list of the action node, by the name its resource locators use. */
export const listSearch = {
	searchCards,
	searchCheckoutTransactions,
	searchCustomerCards,
	searchDeliveries,
	searchSubscriptions,
};
