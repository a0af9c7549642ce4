/** An event that a webhook subscription can ask for. */
export interface PublishedEvent {
	/** The label a person sees. */
	name: string;
	/** Dintero's name. */
	value: string;
	description?: string;
}

/**
 * Every event Dintero publishes, sorted by name as n8n requires.
 * Source: Dintero hooks API, list of events of June 2026, and `account_location_*` from its changelog of 2026-01-26.
 */
export const EVENTS: readonly PublishedEvent[] = [
	{ name: 'Account Created', value: 'account_add', description: 'Production accounts only' },
	{
		name: 'Account Location Created',
		value: 'account_location_add',
		description: 'Production accounts only',
	},
	{
		name: 'Account Location Deleted',
		value: 'account_location_delete',
		description: 'Production accounts only',
	},
	{
		name: 'Account Location Updated',
		value: 'account_location_update',
		description: 'Production accounts only',
	},
	{
		name: 'Account Store Created',
		value: 'account_store_add',
		description: 'Production accounts only',
	},
	{
		name: 'Account Store Deleted',
		value: 'account_store_delete',
		description: 'Production accounts only',
	},
	{
		name: 'Account Store Updated',
		value: 'account_store_update',
		description: 'Production accounts only',
	},
	{ name: 'Account Updated', value: 'account_update', description: 'Production accounts only' },
	{ name: 'Checkout Authorization', value: 'checkout_authorization' },
	{
		name: 'Checkout Token Created',
		value: 'checkout_token_add',
		description: 'A stored payment card, not a gift card',
	},
	{
		name: 'Checkout Token Deleted',
		value: 'checkout_token_delete',
		description: 'A stored payment card, not a gift card',
	},
	{
		name: 'Checkout Token Updated',
		value: 'checkout_token_update',
		description: 'A stored payment card, not a gift card',
	},
	{ name: 'Checkout Transaction', value: 'checkout_transaction' },
	{ name: 'Customer Created', value: 'customer_add' },
	{ name: 'Customer Deleted', value: 'customer_delete' },
	{ name: 'Customer Due Diligence Case Updated', value: 'cdd_case_update' },
	{ name: 'Customer Identifier Added', value: 'token_add' },
	{ name: 'Customer Identifier Removed', value: 'token_remove' },
	{ name: 'Customer Password Changed', value: 'customer_change_password' },
	{ name: 'Customer Updated', value: 'customer_update' },
	{ name: 'Discount Created', value: 'discount_add' },
	{ name: 'Discount Customer Updated', value: 'discount_customer_update' },
	{ name: 'Discount Customers Added', value: 'discount_add_customers' },
	{ name: 'Discount Deleted', value: 'discount_delete' },
	{ name: 'Discount Updated', value: 'discount_update' },
	{
		name: 'Gift Card Created or Used',
		value: 'wallet_transaction',
		description: 'Every transaction on a gift card: created, topped up, used, reserved, released',
	},
	{ name: 'Location Created', value: 'location_add' },
	{ name: 'Location Deleted', value: 'location_delete' },
	{ name: 'Location Updated', value: 'location_update' },
	{ name: 'Payout Destination Approval Deleted', value: 'approval_payout_destination_delete' },
	{ name: 'Payout Destination Approval Updated', value: 'approval_payout_destination_update' },
	{ name: 'Receipt Created', value: 'receipt_add' },
	{ name: 'Receipt Updated', value: 'receipt_update' },
	{ name: 'Settlement Created', value: 'settlement_add' },
	{ name: 'Shopping Draft Completed', value: 'shopping_draft_complete' },
	{ name: 'Shopping Draft Created', value: 'shopping_draft_add' },
	{ name: 'Shopping Draft Updated', value: 'shopping_draft_update' },
	{ name: 'Shopping Order Deleted', value: 'shopping_order_delete' },
	{ name: 'Shopping Order Event Created', value: 'shopping_order_event_add' },
	{ name: 'Shopping Order Updated', value: 'shopping_order_update' },
	{
		name: 'Transaction',
		value: 'transaction',
		description: 'A loyalty transaction, not a gift card',
	},
];

/** The only event about gift cards (Dintero hooks API, list of events). */
export const WALLET_TRANSACTION = 'wallet_transaction';

/** A Checkout order was paid, captured, refunded or canceled; its transaction says which. */
export const CHECKOUT_TRANSACTION = 'checkout_transaction';

/** Sent to a new subscription and on demand; not about any event. */
export const PING = 'ping';
