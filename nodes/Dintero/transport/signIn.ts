import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';

import { DINTERO_API, parseBaseUrl, withoutInvisible } from '../domain/baseUrl';
import { InvalidInput, show } from '../domain/invalidInput';
import { isWordForNothing } from '../domain/nothing';

export { DINTERO_API };

/** The path that access tokens are fetched from; also identifies a failed sign-in. */
export const TOKEN_PATH = '/auth/token';

/**
 * The account and the API base URL of a credential.
 * @throws InvalidInput naming the credential's invalid field
 */
export function accountOf(credentials: ICredentialDataDecryptedObject): {
	accountId: string;
	baseUrl: string;
} {
	const accountId = textOf(credentials.accountId).toUpperCase();
	if (!ACCOUNT_ID.test(accountId))
		throw new InvalidInput(
			'Account ID',
			`${show(accountId)} is not a Dintero account ID.`,
			'It is the letter T (test) or P (production) and eight digits, for example T12345678.',
		);
	return { accountId, baseUrl: parseBaseUrl(credentials.baseUrl) };
}

/**
 * Checks the ID or the secret of an API client, both of which are printable ASCII without spaces. The message never
 * shows it.
 */
function checkClient(value: unknown, field: string): void {
	const text = textOf(value);
	if (/^[!-~]+$/.test(text) && !isWordForNothing(text)) return;
	throw new InvalidInput(
		field,
		text === ''
			? 'is empty.'
			: isWordForNothing(text)
				? 'is a word for a missing value.'
				: 'has a space or a character that none has.',
		'Copy it again from Settings > API clients in the Dintero Backoffice.',
	);
}

/**
 * The base URLs at which Dintero Checkout may be served, each with a final slash: its own host at Dintero (or the API
 * Base URL itself where that is another one, such as the sandbox), or below the account in the API. Dintero's SDK
 * uses the first; its newer documentation shows the second.
 */
export function checkoutRootsOf(credentials: ICredentialDataDecryptedObject): string[] {
	const { accountId, baseUrl } = accountOf(credentials);
	const classic = baseUrl.replace(
		/^(https?:\/\/)api\.dintero\.com(?=[:/]|$)/i,
		'$1checkout.dintero.com',
	);
	return [`${classic}/`, `${baseUrl}/accounts/${accountId}/payments/`];
}

/** What is wrong with a credential's fields, or `undefined`. */
export function credentialProblem(
	credentials: ICredentialDataDecryptedObject,
): InvalidInput | undefined {
	try {
		accountOf(credentials);
		checkClient(credentials.clientId, 'Client ID');
		checkClient(credentials.clientSecret, 'Client Secret');
		return undefined;
	} catch (error) {
		return error as InvalidInput;
	}
}

/** A credential field as text. Pasted values often contain spaces or invisible characters. */
const textOf = (value: unknown): string =>
	typeof value === 'string' || typeof value === 'number' ? withoutInvisible(String(value)) : '';

/** Dintero account IDs: the environment's letter and eight digits. */
const ACCOUNT_ID = /^[TP]\d{8}$/;

/** The client secret, and client ID and secret as they are sent: values to redact. */
export function secretsOfClient(credentials: ICredentialDataDecryptedObject): string[] {
	return [textOf(credentials.clientSecret), basicClient(credentials)];
}

/** Client ID and secret encoded for HTTP Basic. */
function basicClient({ clientId, clientSecret }: ICredentialDataDecryptedObject): string {
	const client = `${textOf(clientId)}:${textOf(clientSecret)}`;
	return Buffer.from(client).toString('base64');
}

/**
 * The request for an access token (Dintero *Get token*): HTTP Basic with the client ID and secret, a JSON body, and
 * an audience that names api.dintero.com even when another base URL is used.
 */
export function tokenRequest(credentials: ICredentialDataDecryptedObject): IHttpRequestOptions {
	const { accountId, baseUrl } = accountOf(credentials);
	return {
		method: 'POST',
		url: `${baseUrl}/accounts/${encodeURIComponent(accountId)}${TOKEN_PATH}`,
		headers: { Authorization: `Basic ${basicClient(credentials)}` },
		body: { grant_type: 'client_credentials', audience: `${DINTERO_API}/accounts/${accountId}` },
		json: true,
		disableFollowRedirect: true,
		timeout: 30_000,
	};
}
