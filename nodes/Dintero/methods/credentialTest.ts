import type {
	ICredentialDataDecryptedObject,
	ICredentialTestFunctions,
	ICredentialsDecrypted,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { isNotServed } from '../transport/checkout';
import { readFailure, type Failure } from '../transport/failure';
import {
	accountOf,
	checkoutRootsOf,
	credentialProblem,
	secretsOfClient,
	tokenRequest,
} from '../transport/signIn';

/**
 * Tests the credential: signs in, then finds out what the client may do. The result distinguishes a wrong secret, a
 * wrong account and missing rights. n8n shows only the message of a failed test, so a missing right that the client
 * needs for its *Used For* fails the test, although the credential can still be saved and used.
 */
export async function dinteroApiTest(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	const data = credential.data ?? ({} as ICredentialDataDecryptedObject);
	const problem = credentialProblem(data);
	if (problem) return failed(problem.message);
	const { accountId, baseUrl } = accountOf(data);
	const secrets = secretsOfClient(data);

	// n8n gives a credential test only the old `request` helper.
	const call = async (request: object) => await send(this.helpers, request, secrets);
	const { url, method, headers, body } = tokenRequest(data);
	const signIn = await call({ uri: url, method, headers, body });
	if (signIn.failure) return failed(signInProblem(signIn.failure, accountId));
	const token = (signIn.body as { access_token?: unknown }).access_token;
	if (typeof token !== 'string')
		return failed(`${baseUrl} answered without an access token. Check the API Base URL.`);

	secrets.push(token);
	const use = String(data.usedFor ?? 'giftCards');
	const withCheckout = use === 'checkout' || use === 'everything';
	const ask = async ({ method, path, body }: Probe, root = `${baseUrl}/accounts/${accountId}/`) =>
		await call({
			headers: { Authorization: `Bearer ${token}` },
			method,
			uri: root + path,
			...(body ? { body } : {}),
		});
	const probed = await probeRights(ask, withCheckout ? checkoutRootsOf(data) : []);
	if (probed.broken)
		return failed(`Signed in, but the next request failed: ${probed.broken.message}`);
	const { rights } = probed;
	if (rights.size === 0)
		return failed(
			`Signed in to ${accountId}, but the API client has none of the rights ${withCheckout ? 'of wallets, webhooks or Checkout' : 'of wallets or webhooks'}. Give it 'admin:wallets', 'admin:hooks' or 'admin:checkout' in the Dintero Backoffice.`,
		);
	const missing = missingFor(use, rights);
	if (missing) return failed(`Signed in to ${accountId}, but ${missing}`);
	return {
		status: 'OK',
		// n8n shows only that the test passed; the message is for readers of the response.
		message: `Signed in to ${accountId.startsWith('T') ? 'test' : 'production'} account ${accountId}, with the rights ${[...rights].join(', ')}`,
	};
}

/** What a client may do, named after the narrowest scope that allows it. */
type Right =
	| 'read:wallets'
	| 'write:wallets'
	| 'write:wallets:/info'
	| 'write:wallets:/transactions'
	| 'read:hooks'
	| 'write:hooks'
	| 'read:checkout'
	| 'write:checkout';

interface Probe {
	right: Right;
	method: 'GET' | 'POST';
	path: string;
	body?: object;
}

/** An ID that does not exist, so that requests with it change nothing. */
const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000';

/**
 * Each probe asks for something that does not exist: Dintero answers 404 to a client that has the right, and 403 or
 * 401 to one that doesn't. No probe changes anything.
 */
const PROBES: readonly Probe[] = [
	{ right: 'read:wallets', method: 'GET', path: 'wallets/cards?limit=1' },
	{
		right: 'write:wallets',
		method: 'POST',
		path: `wallets/cards/n8n-${UNKNOWN_ID}/rotate-pin`,
		body: { pin: { format: { length: 4, numbers: true, symbols: false, characters: false } } },
	},
	{
		right: 'write:wallets:/info',
		method: 'POST',
		path: 'wallets/info',
		body: { token: 'example-no-card-has' },
	},
	{
		right: 'write:wallets:/transactions',
		method: 'POST',
		path: `wallets/transactions/${UNKNOWN_ID}/void`,
		body: { ref_id: 'n8n-credential-test' },
	},
	{ right: 'read:hooks', method: 'GET', path: 'hooks/subscriptions?limit=1' },
	{ right: 'write:hooks', method: 'POST', path: `hooks/subscriptions/${UNKNOWN_ID}/ping` },
];

/** The probes for Checkout, which may be served at either of two base URLs. */
const CHECKOUT_PROBES: readonly Probe[] = [
	{ right: 'read:checkout', method: 'GET', path: 'transactions?limit=1' },
	{ right: 'write:checkout', method: 'POST', path: `transactions/${UNKNOWN_ID}/void` },
];

/** @param checkoutRoots the base URLs at which Checkout may be served; empty when its rights don't matter */
async function probeRights(
	ask: (probe: Probe, root?: string) => Promise<Answer>,
	checkoutRoots: readonly string[],
): Promise<{ rights: Set<Right>; broken?: Failure }> {
	const rights = new Set<Right>();
	for (const probe of PROBES) {
		const { failure } = await ask(probe);
		if (failure && failure.outcome !== 'refused') return { rights, broken: failure };
		if (!isDenied(failure)) rights.add(probe.right);
	}
	for (const probe of CHECKOUT_PROBES) {
		let denied = checkoutRoots.length === 0;
		for (const root of checkoutRoots) {
			const { failure } = await ask(probe, root);
			if (failure && failure.outcome !== 'refused') return { rights, broken: failure };
			if (isDenied(failure)) denied = true;
			else if (!isNotServed(failure)) rights.add(probe.right);
		}
		// If Checkout is served at neither base URL, no right is missing.
		if (!denied) rights.add(probe.right);
	}
	return { rights };
}

const isDenied = (failure?: Failure): boolean => failure?.status === 401 || failure?.status === 403;

/** The rights each use needs, with what is impossible without them. */
const NEEDED: Record<string, ReadonlyArray<[Right, string]>> = {
	giftCards: [
		['write:wallets', 'cannot issue or change gift cards'],
		[
			'read:wallets',
			'cannot look cards up, so if an answer is lost, the node cannot tell whether the card was issued',
		],
	],
	checkout: [
		['read:checkout', 'cannot look orders up, which every capture and refund needs'],
		['write:checkout', 'cannot create payment links, or capture, refund or void orders'],
	],
	payments: [['write:wallets:/transactions', 'cannot charge gift cards']],
	lookUp: [['write:wallets:/info', 'cannot look cards up by their card token']],
	webhooks: [
		['read:hooks', 'cannot see webhook subscriptions'],
		['write:hooks', 'cannot create webhook subscriptions'],
	],
};

/** What the client can't do of what it is used for, as a phrase, or `undefined`. */
function missingFor(use: string, rights: ReadonlySet<Right>): string | undefined {
	const needed =
		use === 'everything'
			? [...NEEDED.giftCards, ...NEEDED.webhooks, ...NEEDED.checkout]
			: (NEEDED[use] ?? NEEDED.giftCards);
	const [missing] = needed.filter(([right]) => !rights.has(right));
	if (!missing) return undefined;
	const [right, consequence] = missing;
	return `it ${consequence}: the API client has no right '${right}'. Give it to the client in the Dintero Backoffice${
		rights.size > 0 ? ", or change 'Used For' to what it is for" : ''
	}. It has ${[...rights].join(', ')}.`;
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
		// The old helper reports the status and the body outside of `response`.
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
		return `Dintero does not accept this Client ID and Client Secret.${said} Copy both again. If the secret is lost, create a new API client: Dintero shows a secret only once.`;
	if (status === 403 || status === 404 || status === 400)
		return `Dintero does not let this API client into account ${accountId}.${said} A client belongs to one account, and to test (T) or production (P): check the letter and the digits.`;
	if (status === 429)
		return 'Dintero receives too many sign-ins from this client. Wait a minute and test again.';
	return outcome === 'notSent' || status === undefined
		? `${message}. Check the API Base URL and the network.`
		: `Dintero answered ${status}.${said} Try again later.`;
}

const failed = (message: string): INodeCredentialTestResult => ({ status: 'Error', message });
