import type { INodeProperties, INodeTypeDescription } from 'n8n-workflow';

import { EVENTS, WALLET_TRANSACTION } from './eventNames';

export const triggerProperties: INodeProperties[] = [
	{
		displayName: 'Events',
		name: 'events',
		type: 'multiOptions',
		required: true,
		options: EVENTS,
		default: [WALLET_TRANSACTION],
		description: 'What starts the workflow',
	},
	{
		displayName: 'What Happened',
		name: 'whatHappened',
		type: 'options',
		displayOptions: { show: { events: [WALLET_TRANSACTION] } },
		options: [
			{ name: 'Any', value: 'any', description: 'Every transaction on a gift card' },
			{
				name: 'Created or Funded',
				value: 'funded',
				description: 'Money was put on a card: it was issued, activated or topped up',
			},
			{
				name: 'Released',
				value: 'released',
				description: 'A reservation was given back without being used',
			},
			{
				name: 'Reserved',
				value: 'reserved',
				description: 'An amount was set aside for a purchase',
			},
			{
				name: 'Used',
				value: 'used',
				description: 'Money was taken from a card, also by capturing a reservation',
			},
		],
		default: 'any',
		description:
			'Which gift card transactions start the workflow. One whose kind Dintero does not tell always does.',
	},
	{
		displayName: 'Add Current Balance',
		name: 'addBalance',
		type: 'boolean',
		displayOptions: { show: { events: [WALLET_TRANSACTION] } },
		default: false,
		description:
			"Whether to look the gift card up and add its balance. Needs the right 'read:wallets'; a failed look-up does not hold the event back.",
	},
];

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
				"<b>While building:</b> click 'Execute step', then create or use a gift card in your Dintero account. Until the first event arrives, Dintero has a subscription for the <b>test URL</b>, and the event shows here.<br /><br /><b>When it works:</b> publish the workflow. Dintero then gets a subscription of its own for the <b>production URL</b>, and each event starts the workflow. Those executions are in the executions list, not here.",
			active:
				"<b>While building:</b> click 'Execute step', then create or use a gift card in your Dintero account. Dintero then has a second subscription, for the <b>test URL</b>, until the first event arrives.<br /><br /><b>Your published workflow goes on meanwhile</b> with its own subscription for the <b>production URL</b>. Its executions are in the <a data-key='executions'>executions list</a>.",
		},
		activationHint:
			'Publish the workflow when you are done. Dintero must be able to reach this n8n from the internet by HTTPS.',
	},
};
