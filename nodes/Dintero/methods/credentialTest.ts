import type {
	ICredentialDataDecryptedObject,
	ICredentialTestFunctions,
	ICredentialsDecrypted,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { readFailure, type Failure } from '../transport/failure';
import { ACCOUNT_ID, accountOf, secretsOfClient, tokenRequest } from '../transport/signIn';

/**
 * The credential's test: signs in, then tries what the client may do. It tells a wrong secret, a wrong account and
 * missing rights apart, and passes for a client that has only wallet rights or only webhook rights.
 */
export async function dinteroApiTest(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	const data = credential.data ?? ({} as ICredentialDataDecryptedObject);
	const { accountId, baseUrl } = accountOf(data);
	const secrets = secretsOfClient(data);
	if (!ACCOUNT_ID.test(accountId))
		return failed(
			`'${accountId}' is not a Dintero account ID: it is T (test) or P (production) and eight digits, for example T12345678`,
		);

	// n8n offers a credential test no other helper than this one.
	const call = async (request: object) => await send(this.helpers, request, secrets);
	const { url, method, headers, body } = tokenRequest(data);
	const signIn = await call({ uri: url, method, headers, body });
	if (signIn.failure) return failed(signInProblem(signIn.failure, accountId));
	const token = (signIn.body as { access_token?: unknown }).access_token;
	if (typeof token !== 'string')
		return failed(`${baseUrl} answered without an access token. Check the API Base URL.`);

	const account = `${baseUrl}/accounts/${accountId}`;
	const authorized = { headers: { Authorization: `Bearer ${token}` } };
	secrets.push(token);
	const wallets = await call({
		...authorized,
		method: 'GET',
		uri: `${account}/wallets/cards?limit=1`,
	});
	const hooks = await call({
		...authorized,
		method: 'GET',
		uri: `${account}/hooks/subscriptions?limit=1`,
	});
	// A token nobody has: Dintero answers 404 to a client that may look cards up, 403 to one that may not.
	const info = await call({
		...authorized,
		method: 'POST',
		uri: `${account}/wallets/info`,
		body: { token: 'example-no-card-has' },
	});

	const refused = ({ failure }: Answer) => failure?.status === 401 || failure?.status === 403;
	const broken = [wallets, hooks, info].find(
		({ failure }) => failure && failure.outcome !== 'refused',
	)?.failure;
	if (broken) return failed(`Signed in, but then: ${broken.message}`);
	if ([wallets, hooks, info].every(refused))
		return failed(
			`Signed in to ${accountId}, but the API client has neither wallet nor webhook rights. Give it 'admin:wallets' or 'admin:hooks' in the Dintero Backoffice.`,
		);
	const rights = [
		refused(wallets) && refused(info) ? undefined : 'gift cards',
		refused(hooks) ? undefined : 'webhooks',
	].filter(Boolean);
	return {
		status: 'OK',
		message: `Signed in to ${accountId.startsWith('T') ? 'test' : 'production'} account ${accountId}, with rights for ${rights.join(' and ')}`,
	};
}

interface Answer {
	body?: unknown;
	failure?: Failure;
}

async function send(
	helpers: ICredentialTestFunctions['helpers'],
	request: object,
	secrets: string[],
): Promise<Answer> {
	try {
		return {
			body: (await helpers.request({
				json: true,
				followRedirect: false,
				timeout: 30_000,
				...request,
			})) as unknown,
		};
	} catch (error) {
		// The old helper puts the status and the body where the new one has `response`.
		const { statusCode, error: body, response, message, code } = error as Record<string, unknown>;
		const status = statusCode ?? (response as { status?: unknown } | undefined)?.status;
		return {
			failure: readFailure(
				{ code, message, ...(status === undefined ? {} : { response: { status, data: body } }) },
				secrets,
			),
		};
	}
}

function signInProblem({ status, message, outcome }: Failure, accountId: string): string {
	const said = message === 'no readable message' ? '' : ` Dintero says: ${message}.`;
	if (status === 401)
		return `Dintero does not accept this Client ID and Client Secret.${said} Copy both again; a secret is shown only once, so make a new client if it is lost.`;
	if (status === 403 || status === 404 || status === 400)
		return `Dintero does not let this API client into account ${accountId}.${said} A client belongs to one account, and to test (T) or production (P): check the letter and the digits.`;
	if (status === 429)
		return 'Dintero receives too many sign-ins from this client. Wait a minute and test again.';
	return outcome === 'notSent' || status === undefined
		? `${message}. Check the API Base URL and the network.`
		: `Dintero answered ${status}.${said} Try again later.`;
}

const failed = (message: string): INodeCredentialTestResult => ({ status: 'Error', message });
