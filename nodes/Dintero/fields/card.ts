import { choice } from './choice';
import { flag } from './flag';
import { name, optionalReference, ownId, ownReference } from './text';

/** Fields that describe a card and its transactions. */

export const ownCardId = ownId({
	name: 'cardId',
	displayName: 'Card ID',
	placeholder: 'e.g. order-10045',
	hint: 'Use your order or row number so that no card is issued twice. Leave empty for an automatic ID.',
	description:
		'Your own ID for the card, such as the order or row number. The same ID is never issued twice, even when you run the workflow again. When empty, the node makes one for each item of this execution.',
});

/** The ID of a replacement card. */
export const newCardId = ownId({
	name: 'newCardId',
	displayName: 'New Card ID',
	placeholder: 'e.g. order-10045-new',
	hint: 'Leave empty to make one from the ID of the old card',
	description:
		'Your own ID for the new card. When empty, the node adds -replacement to the ID of the old card. A second run uses the same ID, so a card is never replaced twice.',
});

export const cardType = choice({
	name: 'type',
	displayName: 'Card Type',
	options: [
		{ name: 'Gift Card', value: 'gift_card' },
		{ name: 'Credit Note', value: 'credit_note' },
	],
	default: 'gift_card',
});

export const customerId = optionalReference({
	name: 'customerId',
	displayName: 'Customer ID',
	placeholder: 'e.g. customer-77',
	description: 'Your own ID for the customer who owns the card',
});

export const cardName = name({
	name: 'name',
	displayName: 'Name',
	placeholder: 'e.g. Summer gift card',
	description: 'Name shown for the card',
});

export const singleUse = flag({
	name: 'singleUse',
	displayName: 'Single Use',
	default: false,
	description: 'Whether the card token works for one transaction only, even if money is left',
});

export const originatedBy = optionalReference({
	name: 'originatedBy',
	displayName: 'Originated By',
	placeholder: 'e.g. Summer campaign',
	description:
		'Where the card or transaction comes from. When not set, the node writes the execution and the item here, to recognize its own work later.',
});

/** The user's own reference for one movement of money. */
export const refId = ownReference({
	name: 'refId',
	displayName: 'Reference',
	placeholder: 'e.g. order-10045',
	hint: 'Use your order or row number so that no money moves twice. Leave empty for an automatic reference.',
	description:
		'Your own reference, such as the order number. The same reference never moves money on a card twice, even when you run the workflow again. When empty, the node makes one for each item of this execution.',
});

/**
 * @param description of the field
 * @param reissue description of the option *Reissue Its Codes*
 */
export const ifCardExists = (description: string, reissue: string) =>
	choice({
		name: 'ifCardExists',
		displayName: 'If Card Exists',
		options: [
			{ name: 'Stop This Item', value: 'stop', description: 'The card is left alone' },
			{
				name: 'Return It Without Codes',
				value: 'return',
				description: 'The card is left alone',
			},
			{ name: 'Reissue Its Codes', value: 'reissue', description: reissue },
		],
		default: 'stop',
		description,
	});
