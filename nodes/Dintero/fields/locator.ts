import type { INodeProperties } from 'n8n-workflow';

import { parseId } from '../domain/text';
import { choice } from './choice';
import { cardToken } from './code';
import { field, shownWhen, type Field, type RawParameters, type RawValue } from './field';
import { parseUuid } from './text';

/** Fields that pick a record at Dintero from a searchable list, or by its ID. */

interface LocatorProperty {
	name: string;
	displayName: string;
	description: string;
	/** The method of `methods/listSearch` that fills the list. */
	search: string;
	/** Shown in the list's field, for example `a card`. */
	what: string;
	example: string;
}

function property({ search, what, example, ...shown }: LocatorProperty): INodeProperties {
	return {
		...shown,
		type: 'resourceLocator',
		required: true,
		default: { mode: 'list', value: '' },
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: `Select ${what}…`,
				typeOptions: { searchListMethod: search, searchable: true },
			},
			{ displayName: 'By ID', name: 'id', type: 'string', placeholder: example },
		],
	};
}

const WAY_OUT = 'Choose one from the list or write its ID.';

const cardLocator: LocatorProperty = {
	name: 'cardId',
	displayName: 'Card',
	description: 'The gift card to work on',
	search: 'searchCards',
	what: 'a card',
	example: 'e.g. order-10045',
};

/** A choice from the list is used unchanged. */
const parseRecord =
	(label: string) =>
	(value: unknown, _raw: RawParameters, { chosen }: RawValue): string =>
		chosen && typeof value === 'string' ? value : parseId(value, label);

const parseCard = parseRecord('Card');

/** A card that exists. */
export const card: Field<string> = field({
	kind: 'id',
	property: property(cardLocator),
	wayOut: WAY_OUT,
	parse: parseCard,
});

/** An optional card. */
export function optionalCard(
	words: Pick<INodeProperties, 'hint' | 'description'>,
): Field<string | undefined> {
	return field<string | undefined>({
		kind: 'id',
		property: { ...property(cardLocator), required: false, ...words },
		empty: { is: undefined },
		parse: parseCard,
	});
}

/** One of the cards of the customer in *Customer ID*. */
export const customerCard: Field<string> = field({
	kind: 'id',
	property: property({
		...cardLocator,
		description: "One of the customer's cards",
		search: 'searchCustomerCards',
	}),
	wayOut: WAY_OUT,
	parse: parseCard,
});

/** A webhook subscription that exists. */
export const subscription: Field<string> = field({
	kind: 'uuid',
	property: property({
		name: 'subscriptionId',
		displayName: 'Subscription',
		description: 'The webhook subscription to work on',
		search: 'searchSubscriptions',
		what: 'a subscription',
		example: 'e.g. 9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11',
	}),
	wayOut: WAY_OUT,
	parse: (value) => parseUuid(value, 'Subscription', 'choose it from the list'),
});

/** A delivery of the subscription in *Subscription*. */
export const delivery: Field<string> = field({
	kind: 'id',
	property: property({
		name: 'deliveryId',
		displayName: 'Delivery',
		description: 'The delivery to look up',
		search: 'searchDeliveries',
		what: 'a delivery',
		example: "e.g. the ID that 'Get Many' returns",
	}),
	wayOut: WAY_OUT,
	parse: (value) => parseId(value, 'Delivery'),
});

/** A payment in Dintero Checkout, not a transaction of a gift card. */
export const checkoutTransaction: Field<string> = field({
	kind: 'id',
	property: property({
		name: 'checkoutTransactionId',
		displayName: 'Checkout Transaction',
		description: 'The payment in Dintero Checkout to work on',
		search: 'searchCheckoutTransactions',
		what: 'a payment',
		example: 'e.g. T12345678.465UfBENeLpkBvwmqfTC4k',
	}),
	wayOut: WAY_OUT,
	parse: parseRecord('Checkout Transaction'),
});

const cardBy = choice({
	name: 'cardBy',
	displayName: 'Find Card By',
	options: [
		{ name: 'List or Card ID', value: 'cardId' },
		{
			name: 'Card Token',
			value: 'cardToken',
			description: 'The code that is printed on the card or was e-mailed',
		},
	],
	default: 'cardId',
	description: 'How the card is identified',
});

/** A card, identified by its ID or by its token. */
export type CardReference =
	{ cardId: string; token?: undefined } | { token: string; cardId?: undefined };

const cardChoice: Array<Field<unknown>> = [
	cardBy,
	shownWhen(card, { cardBy: ['cardId'] }),
	shownWhen(cardToken, { cardBy: ['cardToken'] }),
];

/** *Find Card By*, *Card* and *Card Token*. */
export const cardOrToken: Field<CardReference> = {
	properties: cardChoice.flatMap(({ properties }) => [...properties]),
	leaves: cardChoice.flatMap(({ leaves }) => [...leaves]),
	read: (raw) =>
		cardBy.read(raw) === 'cardId' ? { cardId: card.read(raw) } : { token: cardToken.read(raw) },
};

/**
 * A field shown and read only when the card is found by *Card Token*, such as the PIN.
 * @returns a field that is `undefined` when the card is found by its ID
 */
export function withCardToken<Value>(inner: Field<Value>): Field<Value | undefined> {
	return {
		...shownWhen(inner, { cardBy: ['cardToken'] }),
		read: (raw) => (cardBy.read(raw) === 'cardToken' ? inner.read(raw) : undefined),
	};
}
