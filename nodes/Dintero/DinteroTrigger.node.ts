import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type IHookFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type ITriggerFunctions,
	type ITriggerResponse,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { dinteroApiTest } from './methods/credentialTest';
import { addCards } from './trigger/balance';
import { keepAlive } from './trigger/keep';
import { triggerProperties, triggerTexts } from './trigger/properties';
import { receive } from './trigger/receive';
import { isRegistered, register, unregister } from './trigger/registration';

/**
 * Starts a workflow when something happens in a Dintero account.
 *
 * n8n looks at a node that has only `webhook` once, when the workflow is published. With `trigger` beside it, n8n
 * calls `checkExists` and `create` again at every start, runs our cron, and takes the events we replay.
 */
export class DinteroTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Dintero Trigger',
		name: 'dinteroTrigger',
		icon: { light: 'file:../../icons/dintero.svg', dark: 'file:../../icons/dintero.dark.svg' },
		group: ['trigger'],
		// The same but for the number: for a webhook of version 1, n8n evaluates an expression with every call.
		version: [1, 1.1],
		subtitle: '={{ $parameter["events"].join(", ").replace(/_/g, " ") }}',
		// n8n shows the action node and the trigger as one entry, with this description.
		description: 'Issue and manage gift cards, or start a workflow when one is created or used',
		...triggerTexts,
		defaults: { name: 'Dintero Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'dinteroApi', required: true, testedBy: 'dinteroApiTest' }],
		webhooks: [
			{
				name: 'default',
				httpMethod: 'POST',
				responseMode: 'onReceived',
				// Empty: else n8n answers with the text "firstEntryJson".
				responseData: '',
				path: 'webhook',
			},
		],
		properties: triggerProperties,
	};

	methods = { credentialTest: { dinteroApiTest } };

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return await isRegistered(this);
			},
			async create(this: IHookFunctions): Promise<boolean> {
				return await register(this);
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				return await unregister(this);
			},
		},
	};

	/** Called by n8n at every start of an active workflow, beside `checkExists`. */
	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return keepAlive(this);
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receive(this);
	}

	/** Called in every execution with what `webhook` or a replay gave; without it a test run would call `trigger`. */
	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const items = this.getInputData();
		const wanted = this.getNodeParameter('addBalance', 0, false) as boolean;
		return [wanted ? await addCards(this, items) : items];
	}
}
