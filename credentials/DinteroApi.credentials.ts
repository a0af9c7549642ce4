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
 * Who we are to Dintero: one API client of one account. n8n fetches the access token once, keeps it encrypted
 * with the credential, and fetches a new one when Dintero no longer accepts it.
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
				'With its letter: T for the test account, P for production. You find it at the top of the Dintero Backoffice.',
		},
		{
			displayName: 'Client ID',
			name: 'clientId',
			type: 'string',
			required: true,
			default: '',
			description:
				'From Settings > API clients in the Dintero Backoffice. Test and production need a client each.',
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
			displayName: 'Spending Limit',
			name: 'maximumAmount',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 0,
			placeholder: 'e.g. 2000',
			hint: '0 means no limit',
			description:
				'The most one gift card or top-up made with this credential may be worth, in kroner (the main unit of the currency). 0 means no limit. A higher amount is refused before anything is sent.',
		},
		{
			displayName: 'API Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.dintero.com/v1',
			description:
				'Change this only to use the local sandbox of this package. The same address serves test and production.',
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
	 * Called by n8n when there is no access token yet or Dintero refused the one there was.
	 * Source: Dintero *Get token* (HTTP Basic, JSON body); the audience names api.dintero.com whatever the base URL.
	 */
	async preAuthentication(
		this: IHttpRequestHelper,
		credentials: ICredentialDataDecryptedObject,
	): Promise<IDataObject> {
		const answer = (await this.helpers.httpRequest(tokenRequest(credentials))) as IDataObject;
		return { accessToken: answer.access_token };
	}

	/** Adds the access token to a request. A function, because n8n evaluates a declared header as an expression each time. */
	authenticate: IAuthenticate = async (credentials, requestOptions) => ({
		...requestOptions,
		headers: {
			...requestOptions.headers,
			Authorization: `Bearer ${String(credentials.accessToken)}`,
		},
	});
}
