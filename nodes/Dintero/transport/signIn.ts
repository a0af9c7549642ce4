import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';

/** Where Dintero's API lives; the same host serves test (T…) and production (P…) accounts. */
export const DINTERO_API = 'https://api.dintero.com/v1';

/** The end of the address a token is fetched from; tells a failed sign-in from a failed operation. */
export const TOKEN_PATH = '/auth/token';

/** The credential's fields, trimmed; what people paste often carries a space or a final slash. */
export function accountOf(credentials: ICredentialDataDecryptedObject): {
	accountId: string;
	baseUrl: string;
} {
	const baseUrl = String(credentials.baseUrl ?? '').trim() || DINTERO_API;
	return {
		accountId: String(credentials.accountId ?? '').trim(),
		baseUrl: baseUrl.replace(/\/+$/, ''),
	};
}

/** Dintero account IDs: the letter of the environment and eight digits. */
export const ACCOUNT_ID = /^[TP]\d{8}$/;

/** The client's secret, and client and secret together as they are sent: what no text from outside may tell. */
export function secretsOfClient(credentials: ICredentialDataDecryptedObject): string[] {
	return [String(credentials.clientSecret ?? '').trim(), basicClient(credentials)];
}

/** The client in the form of HTTP Basic. */
function basicClient({ clientId, clientSecret }: ICredentialDataDecryptedObject): string {
	const client = `${String(clientId ?? '').trim()}:${String(clientSecret ?? '').trim()}`;
	return Buffer.from(client).toString('base64');
}

/**
 * The request for an access token (Dintero *Get token*): HTTP Basic with the client, a JSON body, and an audience
 * that names api.dintero.com even when another base URL is used.
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
