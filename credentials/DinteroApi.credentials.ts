import type {
	IAuthenticate,
	ICredentialDataDecryptedObject,
	ICredentialType,
	IDataObject,
	IHttpRequestHelper,
	INodeProperties,
	Icon,
} from 'n8n-workflow';

import { tokenRequest } from '../nodes/Dintero/transport/signIn';

/**
 * One API client of one Dintero account. n8n fetches the access token once, keeps it encrypted with the credential,
 * and fetches a new one when Dintero no longer accepts it.
 */
export class DinteroApi implements ICredentialType {
	name = 'dinteroApi';

	displayName = 'Dintero API';

	icon: Icon = { light: 'file:../icons/dintero.svg', dark: 'file:../icons/dintero.dark.svg' };

	documentationUrl = 'https://github.com/n8n-nodes-dintero/n8n-nodes-dintero#credentials';

	properties: INodeProperties[] = [
		{
			displayName: 'Account ID',
			name: 'accountId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. T12345678',
			description:
				'With its letter: T for test, P for production. You find it at the top of the Dintero Backoffice.',
		},
		{
			displayName: 'Client ID',
			name: 'clientId',
			type: 'string',
			required: true,
			default: '',
			description:
				'From Settings > API clients in the Dintero Backoffice. Test and production each need their own client.',
		},
		{
			displayName: 'Client Secret',
			name: 'clientSecret',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description: 'Shown once, when the API client is created',
		},
		{
			displayName: 'Used For',
			name: 'usedFor',
			type: 'options',
			options: [
				{
					name: 'Everything',
					value: 'everything',
					description: 'Gift cards, Checkout orders and webhooks',
				},
				{
					name: 'Checkout Orders',
					value: 'checkout',
					description: 'Payment links, and capture, refund and void of orders',
				},
				{
					name: 'Gift Cards',
					value: 'giftCards',
					description: 'Issue, activate, top up, charge and look up',
				},
				{
					name: 'Looking Cards Up',
					value: 'lookUp',
					description: 'Check balances at a till or in support',
				},
				{
					name: 'Paying With Gift Cards',
					value: 'payments',
					description: 'Charge, capture and void by card token',
				},
				{
					name: 'Webhooks',
					value: 'webhooks',
					description: 'The Dintero Trigger and webhook subscriptions',
				},
			],
			default: 'giftCards',
			description:
				'What the API client is for. When you save, n8n checks that the client has the rights for it and names a missing one. Does not limit what the credential can do.',
		},
		{
			displayName: 'Spending Limit',
			name: 'maximumAmount',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 0,
			placeholder: 'e.g. 2000',
			hint: 'For each card, not for a run or a day. 0 means no limit.',
			description:
				"The maximum amount of one issued card, one top-up or one refund, in kroner (the main unit of the currency). A higher amount is refused before money moves. To limit a whole run, set 'Maximum Total' in the node.",
		},
		{
			displayName: 'API Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.dintero.com/v1',
			description:
				"Change this only to use this package's local sandbox. Test and production use the same address.",
		},
		{
			displayName: 'Access Token',
			name: 'accessToken',
			type: 'hidden',
			typeOptions: { expirable: true, password: true },
			default: '',
		},
	];

	/**
	 * Called by n8n when there is no access token yet or Dintero refused the present one.
	 * Source: Dintero *Get token* (HTTP Basic, JSON body); the audience names api.dintero.com whatever the base URL is.
	 */
	async preAuthentication(
		this: IHttpRequestHelper,
		credentials: ICredentialDataDecryptedObject,
	): Promise<IDataObject> {
		const answer = (await this.helpers.httpRequest(tokenRequest(credentials))) as IDataObject;
		return { accessToken: answer.access_token };
	}

	/**
	 * Adds the access token to a request. A function, because n8n would evaluate a declared header as an expression for
	 * every request.
	 */
	authenticate: IAuthenticate = async (credentials, requestOptions) => ({
		...requestOptions,
		headers: {
			...requestOptions.headers,
			Authorization: `Bearer ${String(credentials.accessToken)}`,
		},
	});
}
