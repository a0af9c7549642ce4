import type {
	IDataObject,
	IExecuteFunctions,
	IHookFunctions,
	IHttpRequestMethods,
	IHttpRequestOptions,
	INode,
	ILoadOptionsFunctions,
	ITriggerFunctions,
	IWebhookFunctions,
	ICredentialDataDecryptedObject,
	NodeApiError,
} from 'n8n-workflow';

import { DinteroClock, monotonic } from './clock';
import {
	anotherAnswer,
	apiError,
	errorInSuccess,
	readFailure,
	unreadableAnswer,
	type Failure,
} from './failure';
import { operationError } from './operationError';
import { Pace, pause } from './pace';
import { MAXIMUM_TRIES, waitBeforeRetry, type Repeat } from './retry';
import { accountOf, checkoutRootsOf, credentialProblem, secretsOfClient } from './signIn';

export type DinteroContext =
	| IExecuteFunctions
	| IHookFunctions
	| IWebhookFunctions
	| ITriggerFunctions
	| ILoadOptionsFunctions;

export interface TransportSettings {
	/** Requests per second; 0 or missing for no limit. */
	requestsPerSecond?: number;
	/** How long to wait for an answer, in milliseconds; default 30,000. */
	timeout?: number;
	/** The scopes of which this run needs at least one, for the advice on a 401 or 403. */
	scopes?: readonly string[];
}

export interface Request {
	method: IHttpRequestMethods;
	/** Relative to `root`. */
	path: string;
	/** Another base URL than the account's, with a final slash; see `checkout.ts`. */
	root?: string;
	/** Called with the status of the answer, where statuses differ in meaning (200, 202). */
	answered?: (status: number) => void;
	repeat: Repeat;
	/** Whether an answer contains what was asked for. If not, it counts as unreadable. */
	shows?: (answer: IDataObject) => boolean;
	body?: IDataObject;
	query?: IDataObject;
	/** Waits for the answer this many times the timeout; 1 when missing. */
	timeouts?: number;
	/** Whether a 401 or 403 may be about the request's content, for example a PIN. */
	judged?: boolean;
}

/** How long a token fetched in this run is not suspected after a 403, in milliseconds. */
const FRESH_TOKEN = 60_000;

/** Looks up a card by its token (Dintero *Card info*); also the only way to check a PIN. */
const CARD_INFO = 'wallets/info';
/** A card token that no card has. */
const UNKNOWN_CARD = 'n8n-asks-whether-it-may-look-cards-up';

/** When Dintero gives no answer for this many times the timeout, the rest of the run is not sent. */
const MAX_SILENT_TIMEOUTS = 4;

/**
 * Opens Dintero for one run of a node: the credential is read once, one access token serves all requests however many
 * run in parallel, and a request is retried only when that is safe.
 * @throws NodeOperationError when a field of the credential is invalid
 */
export async function openDintero(
	context: DinteroContext,
	settings: TransportSettings = {},
): Promise<DinteroClient> {
	const credentials = await context.getCredentials<ICredentialDataDecryptedObject>('dinteroApi');
	const problem = credentialProblem(credentials);
	if (problem)
		throw operationError(
			context.getNode(),
			`The credential's ${problem.field}: ${problem.problem}`,
			problem.wayOut,
		);
	return new DinteroClient(context, { ...credentials }, settings);
}

export class DinteroClient {
	readonly accountId: string;
	/** The node this run belongs to, for errors. */
	readonly node: INode;
	/** Aborted when the execution is canceled. */
	readonly signal?: AbortSignal;
	/** The credential's *Spending Limit* in the main unit of the currency, not parsed yet; see `checkSpendingLimit`. */
	readonly spendingLimit: unknown;
	/** The workflow's time zone (IANA name), in which times are shown. */
	readonly timeZone: string;

	/** The base URLs of Checkout, see `checkout.ts`. */
	readonly checkoutRoots: readonly string[];
	/** Dintero's clock. */
	readonly clock = new DinteroClock();

	/** The account's base URL, with a final slash. */
	readonly root: string;
	private readonly pace: Pace;
	/** Resolves when the sign-in in progress has ended, successfully or not. */
	private signingIn?: Promise<void>;
	/**
	 * Why signing in was refused, or failed before any request got through. Every later request fails with it, without
	 * another sign-in.
	 */
	private signInFailure?: Failure;
	private signedInAt = -Infinity;
	/** When Dintero last processed a request of this run, by `monotonic()`. */
	private lastThrough?: number;
	/** The consecutive requests without any answer except server errors; missing when the last one was answered. */
	private silence?: { since: number; until: number; requests: number };
	private readonly startedAt = monotonic();
	private readonly timeout: number;
	private readonly scopes?: readonly string[];

	constructor(
		private readonly context: DinteroContext,
		private readonly credentials: ICredentialDataDecryptedObject,
		settings: TransportSettings,
	) {
		const { accountId, baseUrl } = accountOf(credentials);
		this.accountId = accountId;
		this.node = context.getNode();
		this.root = `${baseUrl}/accounts/${accountId}/`;
		this.checkoutRoots = checkoutRootsOf(credentials);
		// An expression with no result leaves the member empty or removes it.
		this.spendingLimit = 'maximumAmount' in credentials ? (credentials.maximumAmount ?? '') : 0;
		this.timeZone = context.getTimezone();
		this.signal =
			'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
		this.pace = new Pace(settings.requestsPerSecond ?? 0, this.signal);
		this.timeout = settings.timeout ?? 30_000;
		this.scopes = settings.scopes;
	}

	/**
	 * @param path relative to the account, for example `wallets/cards`; build parts that hold an ID with `segment`
	 * @throws NodeApiError made by `apiError`
	 */
	async get(path: string, query: IDataObject = {}): Promise<unknown> {
		return await this.send({ method: 'GET', path, repeat: 'safe', query });
	}

	/**
	 * One record by its ID. An answer without that ID counts as unreadable, whatever its status, and is requested
	 * again.
	 * @param id the expected `id` or `card_id` of the answer
	 * @throws NodeApiError made by `apiError`
	 */
	async getRecord(path: string, id: string): Promise<IDataObject> {
		const shows = (answer: IDataObject) => answer.id === id || answer.card_id === id;
		return (await this.send({ method: 'GET', path, repeat: 'safe', shows })) as IDataObject;
	}

	/**
	 * @param repeat `safe` for a request that changes nothing or may be repeated
	 * @param timeouts waits for the answer this many times the timeout
	 * @throws NodeApiError made by `apiError`; ask `failureOf(error)` for the outcome
	 */
	async post(
		path: string,
		body: IDataObject | undefined,
		repeat: Repeat,
		timeouts = 1,
	): Promise<unknown> {
		return await this.send({ method: 'POST', path, repeat, body, timeouts });
	}

	/** @throws NodeApiError made by `apiError` */
	async patch(path: string, body: IDataObject): Promise<unknown> {
		return await this.send({ method: 'PATCH', path, repeat: 'unsafe', body });
	}

	/**
	 * The card with this token. A request with a PIN that Dintero refuses, with whatever status, is not repeated and
	 * doesn't trigger a new sign-in.
	 * @throws NodeApiError made by `apiError`
	 */
	async cardInfo(token: string, pin?: string): Promise<IDataObject> {
		const body = pin === undefined ? { token } : { token, pin };
		return (await this.send({
			method: 'POST',
			path: CARD_INFO,
			repeat: 'safe',
			body,
			judged: true,
		})) as IDataObject;
	}

	/** @throws NodeApiError made by `apiError` */
	async delete(path: string): Promise<unknown> {
		return await this.send({ method: 'DELETE', path, repeat: 'safe' });
	}

	/**
	 * Waits between attempts of an operation that takes several requests; ends early when the execution is canceled.
	 * @param milliseconds how long
	 */
	async pause(milliseconds: number): Promise<void> {
		await pause(milliseconds, this.signal);
	}

	/**
	 * Sends a request and retries it where that is safe.
	 * @throws NodeApiError made by `apiError`
	 */
	async send(request: Request): Promise<unknown> {
		const { repeat, body } = request;
		const secrets = this.secretsOf(body);
		for (let tries = 1; ; tries++) {
			const started = await this.pace.turn();
			this.stopIfCanceled();
			this.stopIfDown();
			try {
				const answer = await this.signedIn(request);
				this.gotThrough();
				return answer;
			} catch (error) {
				const failure = readFailure(error, secrets);
				failure.sentAt = started;
				if (failure.status === 429) {
					this.pace.refused(started);
					this.silence = undefined;
				} else if (failure.outcome === 'refused') this.gotThrough();
				else {
					const now = monotonic();
					this.silence ??= { since: now, until: now, requests: 0 };
					this.silence.until = now;
					this.silence.requests++;
				}
				const standstill = monotonic() - (this.lastThrough ?? this.startedAt);
				const wait = this.signInFailure
					? undefined
					: waitBeforeRetry(failure, repeat, tries, Math.random(), standstill);
				if (wait === undefined) throw this.problem(failure);
				if (failure.retryAfter !== undefined) this.pace.hold(wait);
				await this.waitToRetry(failure, wait);
			}
		}
	}

	/** Dintero processed a request, whatever its answer was. */
	private gotThrough(): void {
		this.lastThrough = monotonic();
		this.silence = undefined;
		this.pace.accepted();
	}

	/**
	 * Stops the run when Dintero is down: thousands of items must not wait for their own timeouts one after another.
	 */
	private stopIfDown(): void {
		if (this.silence === undefined) return;
		const { since, until, requests } = this.silence;
		// A single pause between two failures is not an outage, however long; several failures in a row are.
		if (until - since <= MAX_SILENT_TIMEOUTS * this.timeout || requests < MAXIMUM_TRIES) return;
		const message = `Dintero has not answered for ${Math.round((until - since) / 1000)} seconds, so this request was not sent`;
		throw this.problem({ outcome: 'notSent', message, signIn: false });
	}

	/**
	 * Sends one request with a valid access token. The first request without a token signs in (through n8n, which keeps
	 * the token with the credential) while all others wait for it.
	 */
	private async signedIn(request: Request): Promise<unknown> {
		const { body } = request;
		for (let renewed = false; ;) {
			while (this.signingIn) await this.signingIn;
			if (this.signInFailure) throw this.problem(this.signInFailure);
			const { accessToken } = this.credentials;
			if (!accessToken) return await this.signInWith(request);
			try {
				return await this.sendOnce(request);
			} catch (error) {
				const failure = readFailure(error, this.secretsOf(body, accessToken));
				const { status } = failure;
				// Dintero documents 401 for an expired or revoked token; an old one may also get a 403.
				const tokenSuspected =
					!renewed &&
					(status === 401 || (status === 403 && monotonic() - this.signedInAt > FRESH_TOKEN));
				if (!tokenSuspected || (request.judged && (await this.isTokenAccepted(accessToken))))
					throw this.problem(failure);
				renewed = true;
				if (this.credentials.accessToken === accessToken) this.credentials.accessToken = '';
				// Checkout has no idempotency, so the caller first looks up what happened (with a new token) and only then
				// sends the request again.
				if (request.root !== undefined && request.repeat === 'unsafe') throw this.problem(failure);
			}
		}
	}

	/**
	 * Whether Dintero still accepts an access token. Asks for a card token that no card has, which needs no scope
	 * beyond the card look-up and involves no PIN. If the answer is inconclusive, the token counts as valid.
	 */
	private async isTokenAccepted(accessToken: unknown): Promise<boolean> {
		if (this.credentials.accessToken !== accessToken) return false;
		try {
			const body = { token: UNKNOWN_CARD };
			await this.sendOnce({ method: 'POST', path: CARD_INFO, repeat: 'safe', body });
			return true;
		} catch (error) {
			const { status } = readFailure(error, this.secretsOf(undefined, accessToken));
			return status !== 401 && status !== 403;
		}
	}

	/** Lets n8n fetch a token for a request that has none. The result applies to all waiting requests. */
	private async signInWith(request: Request): Promise<unknown> {
		let ended = (): void => {};
		this.signingIn = new Promise((resolve) => (ended = resolve));
		try {
			for (let tries = 1; ; tries++) {
				try {
					return await this.sendOnce(request);
				} catch (error) {
					const failure = readFailure(error, this.secretsOf(request.body));
					if (this.credentials.accessToken) throw this.problem(failure);
					const wait = waitBeforeRetry(failure, 'safe', tries, Math.random());
					if (wait === undefined) {
						// Only the sign-in was attempted; the request itself was never sent.
						const notSignedIn: Failure = { ...failure, outcome: 'notSent', signIn: true };
						if (failure.outcome === 'refused' || this.lastThrough === undefined)
							this.signInFailure = notSignedIn;
						throw this.problem(notSignedIn);
					}
					await this.waitToRetry(failure, wait);
					this.stopIfCanceled();
					this.stopIfDown();
				}
			}
		} finally {
			if (this.credentials.accessToken) this.signedInAt = monotonic();
			this.signingIn = undefined;
			ended();
		}
	}

	private async sendOnce(request: Request): Promise<unknown> {
		const { method, path, root = this.root, body, query, timeouts = 1, answered } = request;
		const options: IHttpRequestOptions = {
			method,
			url: root + path,
			body,
			qs: query,
			// Checkout's filters take several values as a repeated query parameter.
			arrayFormat: 'repeat',
			json: true,
			headers: { 'Dintero-System-Name': 'n8n', 'Dintero-System-Plugin-Name': 'n8n-nodes-dintero' },
			timeout: this.timeout * timeouts,
			// A redirect could send the token to another host and turn a POST into a GET.
			disableFollowRedirect: true,
			returnFullResponse: true,
		};
		const sent = monotonic();
		const response = (await this.context.helpers.httpRequestWithAuthentication.call(
			this.context,
			'dinteroApi',
			options,
			{
				// Passed so that n8n does not read and decrypt the credential for every request; n8n puts a new token into
				// this object.
				credentialsDecrypted: { id: '', name: '', type: 'dinteroApi', data: this.credentials },
				// Empty, because `signedIn` renews the token once for all parallel requests; n8n would renew it once for
				// each.
				preAuthenticationRetryStatusCode: [],
			},
		)) as { body?: unknown; statusCode: number; headers?: IDataObject };
		const { body: answer, statusCode, headers } = response;
		this.clock.observe(headers?.date, sent, monotonic());
		answered?.(statusCode);
		if (statusCode === 204 && !request.shows) return {};
		if (typeof answer !== 'object' || answer === null || Buffer.isBuffer(answer))
			throw this.problem(unreadableAnswer(statusCode));
		const bodyError = errorInSuccess(statusCode, answer, this.secretsOf(body));
		if (bodyError) throw this.problem(bodyError);
		if (request.shows && !request.shows(answer as IDataObject))
			throw this.problem(anotherAnswer(statusCode));
		return answer;
	}

	private problem(failure: Failure): NodeApiError {
		return apiError(this.node, failure, undefined, this.scopes);
	}

	/**
	 * The values that must not appear in any message: our own secrets, also in the form they are sent, and those in the
	 * request.
	 * @param sentWith the request's access token, which may have been replaced since
	 */
	private secretsOf(body?: IDataObject, sentWith?: unknown): string[] {
		const { accessToken } = this.credentials;
		const config = body?.config as IDataObject | undefined;
		const secret = config?.secret as IDataObject | undefined;
		return [
			...secretsOfClient(this.credentials),
			accessToken,
			sentWith,
			body?.token,
			body?.pin,
			secret?.value,
			secret?.aws_secret_access_key,
		].filter((value): value is string => typeof value === 'string' && value !== '');
	}

	private async waitToRetry(failure: Failure, wait: number): Promise<void> {
		const { message, status } = failure;
		this.context.logger.warn(`Dintero: ${message}; retrying in ${Math.ceil(wait / 100) / 10} s`, {
			status,
		});
		await this.pause(wait);
	}

	private stopIfCanceled(): void {
		if (this.signal?.aborted)
			throw operationError(this.node, 'The execution was canceled', 'No further request was sent.');
	}
}

/**
 * Encodes an ID chosen by people as one path segment: spaces, slashes and letters such as æ.
 * @returns `undefined` for `.` and `..`, which no URL can address (every URL parser removes them), and for an empty
 *   ID
 */
export function segment(id: string): string | undefined {
	return id === '.' || id === '..' || id === '' ? undefined : encodeURIComponent(id);
}
