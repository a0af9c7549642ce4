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
	description:
		"In the currency's main unit: 500 means 500.00 kroner. 'Amount Unit' in the options switches to øre or cents.",
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
						default: '',
						placeholder: 'e.g. dintero_transaction_id',
						description:
							'Dintero recommends dintero_transaction_id for a card that was paid for with Dintero Checkout',
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
