import type { INodeProperties } from 'n8n-workflow';

import { CURRENCY_DECIMALS } from '../domain/money';

/** Fields that several operations share. The same thing has the same name everywhere, so its value survives a change of operation. */

export const amountField: INodeProperties = {
	displayName: 'Amount',
	name: 'amount',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. 500',
	hint: "In kroner or euros, not øre or cents ('Amount Unit' in the options changes that)",
	description: "In the currency's main unit: 500 means 500.00 kroner",
};

export const currencyField: INodeProperties = {
	displayName: 'Currency',
	name: 'currency',
	type: 'options',
	options: Object.keys(CURRENCY_DECIMALS).map((code) => ({ name: code, value: code })),
	default: 'NOK',
	description: 'The currency of the amount',
};

export const amountUnitOption: INodeProperties = {
	displayName: 'Amount Unit',
	name: 'amountUnit',
	type: 'options',
	options: [
		{ name: 'Kroner (Main Unit)', value: 'main', description: '500 means 500.00' },
		{ name: 'Øre or Cents (Minor Unit)', value: 'minor', description: '50000 means 500.00' },
	],
	default: 'main',
	description: 'What a number in Amount means',
};

/** *Simplify* among the options of an operation that makes or changes something. */
export const simplifyOption: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

export const maximumTotalOption: INodeProperties = {
	displayName: 'Maximum Total',
	name: 'maximumTotal',
	type: 'string',
	default: '',
	placeholder: 'e.g. 250000',
	description:
		'Refuse the whole run, before anything is sent, when its amounts come to more than this in one currency',
};

export const originatedByField: INodeProperties = {
	displayName: 'Originated By',
	name: 'originatedBy',
	type: 'string',
	default: '',
	placeholder: 'e.g. Summer campaign',
	description:
		'Where it comes from. When not set, the node writes the execution and the item, and knows its own work by it.',
};

/** The caller's name for one movement of money. */
export const refIdField: INodeProperties = {
	displayName: 'Reference',
	name: 'refId',
	type: 'string',
	default: '',
	placeholder: 'e.g. order-10045',
	hint: 'Use your order or row number, and no money moves twice. Leave it empty for an automatic one.',
	description:
		'Your own reference, such as the order number. The same reference never moves money on a card twice, even when you run the workflow again. When empty, the node makes one for each item of this execution.',
};

export const metadataFields: INodeProperties[] = [
	{
		displayName: 'Metadata',
		name: 'metadata',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add entry',
		default: {},
		description: 'Keys and values of your own, kept by Dintero',
		options: [
			{
				displayName: 'Entry',
				name: 'entries',
				values: [
					{
						displayName: 'Key',
						name: 'key',
						type: 'string',
						default: 'dintero_transaction_id',
						placeholder: 'e.g. campaign',
						description:
							'Dintero recommends dintero_transaction_id, with the ID of the payment in Dintero Checkout',
					},
					{ displayName: 'Value', name: 'value', type: 'string', default: '' },
				],
			},
		],
	},
	{
		displayName: 'Metadata (JSON)',
		name: 'metadataJson',
		type: 'json',
		default: '',
		placeholder: 'e.g. { "campaign": "summer" }',
		description: 'Metadata as one JSON object; added to the rows of Metadata',
	},
];

export const simplifyField: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

export const returnAllField: INodeProperties = {
	displayName: 'Return All',
	name: 'returnAll',
	type: 'boolean',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
};

export const limitField: INodeProperties = {
	displayName: 'Limit',
	name: 'limit',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 50,
	displayOptions: { show: { returnAll: [false] } },
	description: 'Max number of results to return',
};

/** A card that exists: from a searchable list, or by its ID. */
export const cardField: INodeProperties = {
	displayName: 'Card',
	name: 'cardId',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'The gift card to work on',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a card…',
			typeOptions: { searchListMethod: 'searchCards', searchable: true },
		},
		{ displayName: 'By ID', name: 'id', type: 'string', placeholder: 'e.g. order-10045' },
	],
};

/** The card token a customer shows; whoever has it can pay, so it is a password field. */
export const cardTokenField: INodeProperties = {
	displayName: 'Card Token',
	name: 'cardToken',
	type: 'string',
	typeOptions: { password: true },
	required: true,
	default: '',
	description: 'The code on the card, as it is scanned or typed when paying',
};

export const pinField: INodeProperties = {
	displayName: 'PIN',
	name: 'pin',
	type: 'string',
	typeOptions: { password: true },
	default: '',
};

/** A card named by its ID, or by the token its holder shows. */
export const cardByFields: INodeProperties[] = [
	{
		displayName: 'Find Card By',
		name: 'cardBy',
		type: 'options',
		options: [
			{ name: 'List or Card ID', value: 'cardId' },
			{
				name: 'Card Token',
				value: 'cardToken',
				description: 'The code that is printed on the card or was e-mailed',
			},
		],
		default: 'cardId',
		description: 'What names the card',
	},
	{ ...cardField, displayOptions: { show: { cardBy: ['cardId'] } } },
	{ ...cardTokenField, displayOptions: { show: { cardBy: ['cardToken'] } } },
];

export const customerField: INodeProperties = {
	displayName: 'Customer ID',
	name: 'customerId',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. customer-77',
	description: 'Your own ID for the customer, as given when the card was made',
};

/** A webhook subscription that exists: from a searchable list, or by its ID. */
export const subscriptionField: INodeProperties = {
	displayName: 'Subscription',
	name: 'subscriptionId',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'The webhook subscription to work on',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a subscription…',
			typeOptions: { searchListMethod: 'searchSubscriptions', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11',
		},
	],
};

/** The collection of fields that are rarely needed, in alphabetical order. */
export function additionalFields(options: INodeProperties[]): INodeProperties {
	return {
		displayName: 'Additional Fields',
		name: 'additionalFields',
		type: 'collection',
		placeholder: 'Add Field',
		default: {},
		options,
	};
}
