/**
 * The least of n8n that the transport needs, over real HTTP: for tests of what stands between an operation and the
 * sandbox. n8n's own request helper is used by the engine tests.
 */
import axios, { type AxiosError } from 'axios';
import type {
	ICredentialDataDecryptedObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	INode,
} from 'n8n-workflow';

import { DinteroClient } from '../../nodes/Dintero/transport/client';
import { tokenRequest } from '../../nodes/Dintero/transport/signIn';
import type { Sandbox } from '../../sandbox/sandbox.mts';

const node: INode = {
	id: 'dintero',
	name: 'Dintero',
	type: 'n8n-nodes-dintero.dintero',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

async function send(options: IHttpRequestOptions, token?: unknown) {
	const { method, url, body, qs, headers, timeout } = options;
	const { data, status } = await axios.request<unknown>({
		method,
		url,
		data: body,
		params: qs,
		// Repeated parameters, as n8n sends them with `arrayFormat: 'repeat'`.
		paramsSerializer: { indexes: null },
		headers: { ...headers, ...(token ? { Authorization: `Bearer ${String(token)}` } : {}) },
		timeout,
		maxRedirects: 0,
	});
	return { body: data, statusCode: status };
}

/** Dintero for one run, as `openDintero` gives it to an operation, against this sandbox. */
export function dinteroFor(
	sandbox: Sandbox,
	{ timeout = 5000, ...fields }: ICredentialDataDecryptedObject & { timeout?: number } = {},
) {
	const { accountId, clientId, clientSecret } = sandbox.account;
	const credentials: ICredentialDataDecryptedObject = {
		accountId,
		clientId,
		clientSecret,
		baseUrl: sandbox.apiUrl,
		...fields,
	};
	const pauses: number[] = [];
	const context = {
		getNode: () => node,
		getTimezone: () => 'Europe/Oslo',
		getExecutionCancelSignal: () => undefined,
		logger: { warn: () => undefined, info: () => undefined, debug: () => undefined },
		helpers: {
			async httpRequestWithAuthentication(_type: string, options: IHttpRequestOptions) {
				try {
					if (!credentials.accessToken) {
						const { body } = await send(tokenRequest(credentials));
						credentials.accessToken = (body as { access_token: string }).access_token;
					}
					return await send(options, credentials.accessToken);
				} catch (error) {
					throw Object.assign(new Error((error as AxiosError).message), { cause: error });
				}
			},
		},
	} as unknown as IExecuteFunctions;
	const dintero = new DinteroClient(context, credentials, { timeout });
	// Waits between looks are long in real life and add nothing here.
	dintero.pause = async (milliseconds) => {
		pauses.push(milliseconds);
		await new Promise((resolve) => setTimeout(resolve, Math.min(milliseconds, 40)));
	};
	return { dintero, pauses, credentials };
}
