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
} from 'n8n-workflow';

import { apiError, readFailure, unreadableAnswer, type Failure } from './failure';
import { operationError } from './operationError';
import { Pace, pause } from './pace';
import { waitBeforeRetry, type Effect } from './retry';
import { ACCOUNT_ID, accountOf, secretsOfClient } from './signIn';

export type DinteroContext =
	| IExecuteFunctions
	| IHookFunctions
	| IWebhookFunctions
	| ITriggerFunctions
	| ILoadOptionsFunctions;

export interface TransportSettings {
	/** Requests per second; 0 or missing for no limit. */
	requestsPerSecond?: number;
	/** Milliseconds until a request without an answer is given up; default 30,000. */
	timeout?: number;
}

interface Request {
	method: IHttpRequestMethods;
	path: string;
	effect: Effect;
	body?: IDataObject;
	query?: IDataObject;
	/** How many time-outs long the answer is waited for; 1 when missing. */
	patience?: number;
}

/** How long a token stays beyond doubt after it was fetched in this run, in milliseconds. */
const FRESH = 60_000;

/** How many time-outs long Dintero may give no answer at all before the rest of a run is not sent any more. */
const LONGEST_SILENCE = 4;

/**
 * Dintero for the length of one run of a node: the credential is read once, one access token serves all requests
 * however many run in parallel, and every request is retried as far as that is safe.
 * @throws NodeOperationError when the credential's Account ID cannot be one
 */
export async function openDintero(
	context: DinteroContext,
	settings: TransportSettings = {},
): Promise<Dintero> {
	const credentials = await context.getCredentials<ICredentialDataDecryptedObject>('dinteroApi');
	const { accountId } = accountOf(credentials);
	if (!ACCOUNT_ID.test(accountId))
		throw operationError(
			context.getNode(),
			`The credential's Account ID '${accountId}' is not a Dintero account ID`,
			'It is the letter T (test) or P (production) and eight digits, for example T12345678.',
		);
	return new Dintero(context, { ...credentials }, settings);
}

export class Dintero {
	readonly accountId: string;
	/** The node this run belongs to, for errors. */
	readonly node: INode;
	/** Aborted when the execution is cancelled. */
	readonly signal?: AbortSignal;
	/** The credential's *Spending Limit* in the main unit of the currency; 0 for none. */
	readonly spendingLimit: unknown;

	private readonly root: string;
	private readonly pace: Pace;
	/** Resolves when the sign-in under way has ended, well or badly. */
	private signingIn?: Promise<void>;
	/** Why signing in failed for good, or at the very start; every later request fails with it, without another attempt. */
	private signInFailure?: Failure;
	private signedInAt = 0;
	/** When Dintero last dealt with a request of this run. */
	private lastThrough?: number;
	/** Since when no request has got an answer other than a server error; missing while they do. */
	private silentSince?: number;
	private readonly begun = Date.now();
	private readonly timeout: number;

	constructor(
		private readonly context: DinteroContext,
		private readonly credentials: ICredentialDataDecryptedObject,
		settings: TransportSettings,
	) {
		const { accountId, baseUrl } = accountOf(credentials);
		this.accountId = accountId;
		this.node = context.getNode();
		this.root = `${baseUrl}/accounts/${accountId}/`;
		this.spendingLimit = credentials.maximumAmount;
		this.signal =
			'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
		this.pace = new Pace(settings.requestsPerSecond ?? 0, this.signal);
		this.timeout = settings.timeout ?? 30_000;
	}

	/**
	 * @param path relative to the account, for example `wallets/cards`; build parts that hold an ID with `segment`
	 * @throws NodeApiError made by `apiError`
	 */
	async get(path: string, query: IDataObject = {}): Promise<unknown> {
		return await this.send({ method: 'GET', path, effect: 'read', query });
	}

	/**
	 * @param effect `read` for what changes nothing or may be repeated at will
	 * @param patience how many time-outs long its answer is waited for
	 * @throws NodeApiError made by `apiError`; ask `failureOf(error)` for the outcome
	 */
	async post(
		path: string,
		body: IDataObject | undefined,
		effect: Effect,
		patience = 1,
	): Promise<unknown> {
		return await this.send({ method: 'POST', path, effect, body, patience });
	}

	/** @throws NodeApiError made by `apiError` */
	async delete(path: string): Promise<unknown> {
		return await this.send({ method: 'DELETE', path, effect: 'read' });
	}

	/** Waits between attempts of something larger than a request; ends early when the execution is cancelled. */
	async pause(milliseconds: number): Promise<void> {
		await pause(milliseconds, this.signal);
	}

	private async send(request: Request): Promise<unknown> {
		const { effect, body } = request;
		const secrets = this.secretsOf(body);
		for (let tries = 1; ; tries++) {
			const started = await this.pace.turn();
			this.stopIfCancelled();
			this.stopIfDown();
			try {
				const answer = await this.signedIn(request);
				this.gotThrough();
				return answer;
			} catch (error) {
				const failure = readFailure(error, secrets);
				if (failure.status === 429) {
					this.pace.refused(started);
					this.silentSince = undefined;
				} else if (failure.outcome === 'refused') this.gotThrough();
				else this.silentSince ??= Date.now();
				const standstill = Date.now() - (this.lastThrough ?? this.begun);
				const wait = this.signInFailure
					? undefined
					: waitBeforeRetry(failure, effect, tries, Math.random(), standstill);
				if (wait === undefined) throw apiError(this.node, failure);
				if (failure.retryAfter !== undefined) this.pace.hold(wait);
				await this.waitToRetry(failure, wait);
			}
		}
	}

	/** Dintero looked at a request, whatever it thought of it. */
	private gotThrough(): void {
		this.lastThrough = Date.now();
		this.silentSince = undefined;
		this.pace.accepted();
	}

	/** When Dintero is down, thousands of items must not wait for their own time-outs one after another. */
	private stopIfDown(): void {
		const silence = this.silentSince === undefined ? 0 : Date.now() - this.silentSince;
		if (silence <= LONGEST_SILENCE * this.timeout) return;
		const message = `Dintero has not answered for ${Math.round(silence / 1000)} seconds, so this was not sent any more`;
		throw apiError(this.node, { outcome: 'notSent', message, signIn: false });
	}

	/**
	 * Sends one request with a valid access token. The first request that finds none signs in (through n8n, which
	 * keeps the token with the credential) while all others wait for it.
	 */
	private async signedIn(request: Request): Promise<unknown> {
		const { body } = request;
		for (let renewed = false; ;) {
			while (this.signingIn) await this.signingIn;
			if (this.signInFailure) throw apiError(this.node, this.signInFailure);
			const { accessToken } = this.credentials;
			if (!accessToken) return await this.signInWith(request);
			try {
				return await this.once(request);
			} catch (error) {
				const failure = readFailure(error, this.secretsOf(body, accessToken));
				const { status } = failure;
				// Dintero documents 401 for a token it no longer takes; an old one may also be answered with 403.
				const expired = status === 401 || (status === 403 && Date.now() - this.signedInAt > FRESH);
				if (renewed || !expired) throw apiError(this.node, failure);
				renewed = true;
				if (this.credentials.accessToken === accessToken) this.credentials.accessToken = '';
			}
		}
	}

	/** n8n fetches a token for a request that has none; how that goes decides for all that wait. */
	private async signInWith(request: Request): Promise<unknown> {
		let ended = (): void => {};
		this.signingIn = new Promise((resolve) => (ended = resolve));
		try {
			for (let tries = 1; ; tries++) {
				try {
					return await this.once(request);
				} catch (error) {
					const failure = readFailure(error, this.secretsOf(request.body));
					if (this.credentials.accessToken) throw apiError(this.node, failure);
					const wait = waitBeforeRetry(failure, 'read', tries, Math.random());
					if (wait === undefined) {
						// The request itself was never sent, whatever became of the sign-in.
						const notSignedIn: Failure = { ...failure, outcome: 'notSent', signIn: true };
						if (failure.outcome === 'refused' || this.lastThrough === undefined)
							this.signInFailure = notSignedIn;
						throw apiError(this.node, notSignedIn);
					}
					await this.waitToRetry(failure, wait);
					this.stopIfCancelled();
					this.stopIfDown();
				}
			}
		} finally {
			if (this.credentials.accessToken) this.signedInAt = Date.now();
			this.signingIn = undefined;
			ended();
		}
	}

	private async once({ method, path, body, query, patience = 1 }: Request): Promise<unknown> {
		const options: IHttpRequestOptions = {
			method,
			url: this.root + path,
			body,
			qs: query,
			json: true,
			headers: { 'Dintero-System-Name': 'n8n', 'Dintero-System-Plugin-Name': 'n8n-nodes-dintero' },
			timeout: this.timeout * patience,
			// A redirect could carry the token to another host and turn a POST into a GET.
			disableFollowRedirect: true,
			returnFullResponse: true,
		};
		const response = (await this.context.helpers.httpRequestWithAuthentication.call(
			this.context,
			'dinteroApi',
			options,
			{
				// Given, so that n8n does not read and decrypt the credential for every request; it puts a new token into it.
				credentialsDecrypted: { id: '', name: '', type: 'dinteroApi', data: this.credentials },
				// None: `signedIn` renews the token once for all parallel requests, where n8n would do it once for each.
				preAuthenticationRetryStatusCode: [],
			},
		)) as { body?: unknown; statusCode: number };
		const { body: answer, statusCode } = response;
		if (statusCode === 204) return {};
		if (typeof answer !== 'object' || answer === null || Buffer.isBuffer(answer))
			throw apiError(this.node, unreadableAnswer(statusCode));
		return answer;
	}

	/**
	 * What must not appear in any message: our own secrets, in the form they are sent too, and those in the request.
	 * @param sentWith the access token of the request, which another one may have replaced meanwhile
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
		this.context.logger.warn(
			`Dintero: ${message}; trying again in ${Math.ceil(wait / 100) / 10} s`,
			{ status },
		);
		await this.pause(wait);
	}

	private stopIfCancelled(): void {
		if (this.signal?.aborted)
			throw operationError(
				this.node,
				'The execution was cancelled',
				'No further request was sent.',
			);
	}
}

/**
 * One part of a path that holds an ID chosen by people: spaces, slashes and letters such as æ are encoded.
 * `.` and `..` cannot be addressed over HTTP at all (every URL parser removes them) and give `undefined`.
 */
export function segment(id: string): string | undefined {
	return id === '.' || id === '..' || id === '' ? undefined : encodeURIComponent(id);
}
