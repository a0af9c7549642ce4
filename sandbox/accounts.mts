/** API clients and their access tokens. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from './clock.mts';
import { ApiError } from './errors.mts';
import type { Switches } from './switches.mts';

/** An API client as Dintero's Backoffice shows it once. */
export interface Account {
	accountId: string;
	clientId: string;
	clientSecret: string;
	scopes: string[];
}
interface AccessToken {
	client: Account;
	expiresAt: number;
	calls: number;
}

/** The default client. Its secret contains `/` and `+`, as real ones may. */
export const readyMadeAccount: Account = {
	accountId: 'T11223344',
	clientId: 'sandbox-client',
	clientSecret: 'sandbox/secret+for+tests',
	scopes: ['admin:wallets', 'admin:hooks', 'admin:checkout'],
};

export class Accounts {
	readonly clients: Account[] = [];
	#tokens = new Map<string, AccessToken>();
	#key = randomBytes(32);
	#serial = 0;
	#switches: Switches;
	#clock: Clock;

	constructor(switches: Switches, clock: Clock, clients: Account[]) {
		this.#switches = switches;
		this.#clock = clock;
		this.clients.push(...clients);
	}

	/** Creates another client, for example one with webhook rights only. */
	add(wanted: Partial<Account> = {}): Account {
		const number = this.clients.length + 1;
		const client = {
			accountId: wanted.accountId ?? this.clients[0].accountId,
			clientId: wanted.clientId ?? `sandbox-client-${number}`,
			clientSecret: wanted.clientSecret ?? randomBytes(24).toString('base64'),
			scopes: wanted.scopes ?? [...readyMadeAccount.scopes],
		};
		this.clients.push(client);
		return client;
	}

	/** Answers a token request, which has Basic credentials, an account in the path and an audience in the body. */
	issue(authorization: string | undefined, accountId: string, audience: string) {
		const switches = this.#switches;
		const client = this.#basicClient(authorization);
		if (!client) {
			throw new ApiError(switches.wrongSecret, 'UNAUTHORIZED', 'Invalid client credentials');
		}
		if (client.accountId !== accountId) {
			throw new ApiError(switches.wrongAccount, 'FORBIDDEN', 'The client has no such account');
		}
		if (audience.slice(audience.lastIndexOf('/') + 1) !== accountId) {
			throw new ApiError(switches.wrongAudience, 'FORBIDDEN', 'The audience is not granted');
		}
		const now = this.#clock.now();
		const token = this.#sign({
			sub: client.clientId,
			aud: audience,
			scope: client.scopes.join(' '),
			iat: Math.floor(now / 1000),
			jti: ++this.#serial,
		});
		const expiresAt = now + switches.tokenLifetime * 1000;
		this.#tokens.set(token, { client, expiresAt, calls: 0 });
		return { access_token: token, token_type: 'Bearer', expires_in: switches.tokenLifetime };
	}

	/**
	 * Authorizes a call or throws 401/403. Returns the token's client.
	 * @param accountId missing when the path has none (Checkout): the token determines the account
	 * @param expiredToken the status for an expired token
	 */
	authorize(
		authorization: string | undefined,
		accountId: string | undefined,
		scopes: string[],
		expiredToken: number = this.#switches.expiredToken,
	): Account {
		const switches = this.#switches;
		const token = authorization?.startsWith('Bearer ') ? authorization.slice(7) : undefined;
		const held = token === undefined ? undefined : this.#tokens.get(token);
		if (!held) throw new ApiError(401, 'UNAUTHORIZED', 'Access forbidden, invalid JWT');
		held.calls += 1;
		const usedUp = switches.tokenRequests !== null && held.calls > switches.tokenRequests;
		if (usedUp || this.#clock.now() >= held.expiresAt) {
			throw new ApiError(expiredToken, 'UNAUTHORIZED', 'Access forbidden, JWT expired');
		}
		if (accountId !== undefined && held.client.accountId !== accountId) {
			throw new ApiError(403, 'FORBIDDEN', 'The access token is for another account');
		}
		if (!scopes.some((scope) => held.client.scopes.includes(scope))) {
			throw new ApiError(
				switches.missingScope,
				'FORBIDDEN',
				`Insufficient scope, one of ${scopes.join(', ')} is needed`,
			);
		}
		return held.client;
	}

	/** Invalidates every access token issued so far. */
	expireTokens(): void {
		for (const token of this.#tokens.values()) token.expiresAt = 0;
	}

	#basicClient(authorization: string | undefined): Account | undefined {
		if (!authorization?.startsWith('Basic ')) return undefined;
		const pair = Buffer.from(authorization.slice(6), 'base64').toString('utf8');
		const colon = pair.indexOf(':');
		if (colon < 0) return undefined;
		const secret = Buffer.from(pair.slice(colon + 1));
		return this.clients.find(({ clientId, clientSecret }) => {
			const expected = Buffer.from(clientSecret);
			return (
				clientId === pair.slice(0, colon) &&
				expected.length === secret.length &&
				timingSafeEqual(expected, secret)
			);
		});
	}

	/** Shaped like a JWT, because some clients look inside. */
	#sign(claims: object): string {
		const text = [{ alg: 'HS256', typ: 'JWT' }, claims]
			.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
			.join('.');
		return `${text}.${createHmac('sha256', this.#key).update(text).digest('base64url')}`;
	}
}
