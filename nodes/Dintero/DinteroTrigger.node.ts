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
import { passOn } from './trigger/execution';
import { keepAlive } from './trigger/keepAlive';
import { triggerProperties, triggerTexts } from './trigger/properties';
import { receive } from './trigger/receive';
import { isRegistered, register, unregister } from './trigger/registration';

/**
 * Starts a workflow when something happens in a Dintero account.
 *
 * For a node that has only `webhook`, n8n calls `checkExists` and `create` once, when the workflow is published. With
 * `trigger` beside it, n8n calls them again at every start, runs our cron, and accepts the events we replay.
 */
export class DinteroTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Dintero Trigger',
		name: 'dinteroTrigger',
		icon: { light: 'file:../../icons/dintero.svg', dark: 'file:../../icons/dintero.dark.svg' },
		group: ['trigger'],
		// Both versions are the same. 1.1 exists because n8n evaluates an expression with every call for a webhook of
		// version 1.
		version: [1, 1.1],
		subtitle:
			'={{ { giftCard: "gift card created or used", checkoutOrder: "Checkout order changed" }[$parameter["triggerOn"]] || String($parameter["events"]).replace(/,/g, ", ").replace(/_/g, " ") }}',
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
				// Empty, because otherwise n8n answers with the text "firstEntryJson".
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

	/** Called at every start of an active workflow, alongside `checkExists`. */
	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return keepAlive(this);
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receive(this);
	}

	/**
	 * Called in every execution with the items from `webhook` or a replay. Without it, a test run would call `trigger`.
	 */
	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [await passOn(this)];
	}
}
