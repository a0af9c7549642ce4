import type { INodeProperties, INodeTypeDescription } from 'n8n-workflow';

import { EVENTS } from '../domain/eventNames';
import { InvalidInput } from '../domain/invalidInput';
import { parseAmount } from '../domain/money';
import { WHAT_HAPPENED } from '../domain/transactionKind';
import { choice, choices } from '../fields/choice';
import { field, shownWhen, type Field } from '../fields/field';
import { flag } from '../fields/flag';

/** The trigger's fields: what a person sees, and how each value is read. */

const FOR_GIFT_CARDS = { triggerOn: ['giftCard'] };
const FOR_ORDERS = { triggerOn: ['checkoutOrder'] };

/** All currencies of Dintero's wallets have two decimals. */
const DECIMALS = 2;

const triggerOn = choice({
	// n8n's node panel shows each option of a field with this label as an entry.
	displayName: 'Trigger On',
	name: 'triggerOn',
	noDataExpression: true,
	options: [
		{
			name: 'Gift Card Created or Used',
			value: 'giftCard',
			description: 'Money was put on a gift card, taken from it, reserved or released',
			action: 'On gift card created or used',
		},
		{
			name: 'Checkout Order Changed',
			value: 'checkoutOrder',
			description: 'An order in Dintero Checkout was paid, captured, refunded or canceled',
			action: 'On Checkout order changed',
		},
		{
			name: 'Other Event',
			value: 'otherEvents',
			description: 'Any of the events Dintero publishes',
			action: 'On other Dintero event',
		},
	],
	default: 'giftCard',
});

const balanceBelow: Field<number> = field({
	kind: 'amount',
	property: {
		displayName: 'Balance Below',
		name: 'balanceBelow',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. 50',
		description: "In the main unit of the card's currency: 50 means 50.00",
	},
	wayOut: 'Write a number such as 50.',
	parse(value) {
		const minor = parseAmount(value, DECIMALS, 'main', 'Balance Below');
		if (minor > 0) return minor;
		throw new InvalidInput(
			'Balance Below',
			'is 0.',
			"Write an amount above zero, or choose 'Used Up' in 'Card Balance'.",
		);
	},
});

export const triggerFields = {
	triggerOn,
	events: shownWhen(
		choices({
			displayName: 'Event Names',
			name: 'events',
			options: EVENTS,
			default: ['wallet_transaction'],
			description: 'The events that start the workflow',
		}),
		{ triggerOn: ['otherEvents'] },
	),
	whatHappened: shownWhen(
		choice({
			displayName: 'What Happened',
			name: 'whatHappened',
			options: [
				{ name: 'Any', value: 'any', description: 'Every transaction on a gift card' },
				...WHAT_HAPPENED,
			],
			default: 'any',
			description:
				'Which gift card transactions start the workflow. A transaction of an unknown kind always starts it.',
		}),
		FOR_GIFT_CARDS,
	),
	cardBalance: shownWhen(
		choice({
			displayName: 'Card Balance',
			name: 'cardBalance',
			options: [
				{ name: 'Any', value: 'any' },
				{
					name: 'Below an Amount',
					value: 'below',
					description: 'Less than an amount is left to spend',
				},
				{ name: 'Used Up', value: 'usedUp', description: 'Nothing is left to spend' },
			],
			default: 'any',
			description:
				"Continue only for cards with this much left. The node looks the card up, which needs the right 'read:wallets'. If that fails, the workflow continues.",
		}),
		FOR_GIFT_CARDS,
	),
	balanceBelow: shownWhen(balanceBelow, { ...FOR_GIFT_CARDS, cardBalance: ['below'] }),
	addBalance: shownWhen(
		flag({
			displayName: 'Add Current Balance',
			name: 'addBalance',
			default: false,
			description:
				"Whether to look the gift card up and add its balance. Needs the right 'read:wallets'. If the look-up fails, the workflow continues without the balance.",
		}),
		FOR_GIFT_CARDS,
	),
	orderChange: shownWhen(
		choice({
			displayName: 'What Happened to the Order',
			name: 'orderChange',
			options: [
				{ name: 'Any', value: 'any', description: 'Every change of an order' },
				{
					name: 'Canceled',
					value: 'canceled',
					description: 'The reserved money was released, not taken',
				},
				{
					name: 'Captured',
					value: 'captured',
					description: 'The money, or part of it, was taken',
				},
				{
					name: 'Paid',
					value: 'paid',
					description: 'The customer paid: the money is reserved and may not be captured yet',
				},
				{
					name: 'Refunded',
					value: 'refunded',
					description: 'The money, or part of it, was given back',
				},
			],
			default: 'any',
			description:
				"Continue only after these changes. The node looks the order up, which needs the right 'read:checkout'. If that fails, the workflow continues.",
		}),
		FOR_ORDERS,
	),
	addOrder: shownWhen(
		flag({
			displayName: 'Add Current Order',
			name: 'addOrder',
			default: false,
			description:
				"Whether to look the order up and add its current state and what happened to it. Needs the right 'read:checkout'. If the look-up fails, the workflow continues without the order.",
		}),
		FOR_ORDERS,
	),
	startOnce: flag({
		displayName: 'Start Once',
		name: 'startOnce',
		default: false,
		description:
			"Whether to check in n8n's database that an event has not started the workflow before. Use it when n8n runs several webhook processes, and to cover restarts. An event whose execution crashes is then not replayed.",
	}),
};

export const triggerProperties: INodeProperties[] = Object.values(triggerFields).flatMap(
	({ properties }) => [...properties],
);

export const triggerTexts: Pick<
	INodeTypeDescription,
	'eventTriggerDescription' | 'activationMessage' | 'triggerPanel'
> = {
	eventTriggerDescription: 'Waiting for Dintero to send an event to the test URL',
	activationMessage:
		'Dintero now starts this workflow whenever a chosen event happens. Its subscription is checked every 10 minutes.',
	triggerPanel: {
		header: 'Start from a Dintero event',
		executionsHelp: {
			inactive:
				"<b>While building:</b> click 'Execute step', then create or use a gift card in your Dintero account. Until the first event arrives, Dintero has a subscription for the <b>test URL</b>. The event shows up here.<br /><br /><b>When it works:</b> publish the workflow. The node then creates a separate subscription for the <b>production URL</b>, and each event starts the workflow. Those executions are in the executions list, not here.",
			active:
				"<b>While building:</b> click 'Execute step', then create or use a gift card in your Dintero account. Dintero then has a second subscription, for the <b>test URL</b>, until the first event arrives.<br /><br /><b>Your published workflow keeps running</b> with its own subscription for the <b>production URL</b>. Its executions are in the <a data-key='executions'>executions list</a>.",
		},
		activationHint:
			'When you are done, publish the workflow. Dintero must be able to reach this n8n over the internet by HTTPS.',
	},
};
