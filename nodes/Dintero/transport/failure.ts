import { NodeApiError, type INode, type JsonObject } from 'n8n-workflow';

import { redactedNode } from './operationError';
import { TOKEN_PATH } from './signIn';

/**
 * The outcome of a failed request:
 * `notSent` it never reached Dintero or was rejected before processing; safe to repeat.
 * `refused` Dintero processed it and did nothing.
 * `unknown` it may or may not have been carried out: look up the result before you repeat anything that moves money.
 */
export type Outcome = 'notSent' | 'refused' | 'unknown';

/** The facts of a failed request, independent of n8n's error classes. Contains no secrets. */
export interface Failure {
	outcome: Outcome;
	/** HTTP status; missing when there was no answer. */
	status?: number;
	/** Dintero's `error.code`, for example `NOT FOUND`; not interpreted. */
	code?: string;
	/** Dintero's `error.message`, or our own sentence when there is none. */
	message: string;
	/** Dintero's nested validation errors as text. */
	details?: string;
	/** How long Dintero asked us to wait, in milliseconds. */
	retryAfter?: number;
	/** When the request that failed was sent, by `monotonic()`. */
	sentAt?: number;
	/** The failure happened while signing in; the request itself was never sent. */
	signIn: boolean;
}

/** Node's error codes for a connection that was never established, so the request cannot have arrived. */
const NEVER_CONNECTED = new Set([
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'EHOSTDOWN',
	'CERT_HAS_EXPIRED',
	'DEPTH_ZERO_SELF_SIGNED_CERT',
	'SELF_SIGNED_CERT_IN_CHAIN',
	'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
	'ERR_TLS_CERT_ALTNAME_INVALID',
]);

const failures = new WeakMap<object, Failure>();

/** The facts behind an error made by `apiError`; `undefined` for any other error. */
export function failureOf(error: unknown): Failure | undefined {
	return failures.get(error as object);
}

const GATEWAY_TIMEOUT_STATUSES = new Set([408, 502, 503, 504]);

/** Whether a gateway stopped waiting for Dintero, which may still be processing the request. */
export const gaveUp = (failure: Failure | undefined): boolean =>
	failure?.status !== undefined && GATEWAY_TIMEOUT_STATUSES.has(failure.status);

/** A success status with an unreadable body: the request may have been carried out. */
export function unreadableAnswer(status: number): Failure {
	return {
		outcome: 'unknown',
		status,
		message: 'Dintero answered with something that is not JSON',
		signIn: false,
	};
}

/** A success status with a readable body that is not the requested record. */
export function anotherAnswer(status: number): Failure {
	const message = `Dintero answered ${status}, but not with the requested record`;
	return { outcome: 'unknown', status, message, signIn: false };
}

/** Whether an answer says that something went wrong, beside the record it shows. */
export const hasError = ({ error }: { error?: unknown }): boolean =>
	error !== undefined && error !== null;

/**
 * A success status with an error in its body. The API does not document this, so the request may have been carried
 * out.
 * @returns `undefined` for any other body
 */
export function errorInSuccess(
	status: number,
	body: unknown,
	secrets: readonly string[],
): Failure | undefined {
	const { error, id } = record(body);
	if (id !== undefined || typeof error !== 'object' || error === null) return undefined;
	const { code, message, details } = dinteroError(body);
	const redacted = (text: string | undefined) => text && redact(text, secrets);
	return {
		outcome: 'unknown',
		status,
		code: redacted(code),
		message: `Dintero answered ${status} with an error: ${redacted(message) ?? 'no readable message'}`,
		details: redacted(details),
		signIn: false,
	};
}

/**
 * Reads the facts from the errors that n8n's request helpers throw: a NodeApiError around an AxiosError
 * (`httpRequestWithAuthentication`), or an AxiosError (`httpRequest`).
 * @param secrets values that must not appear in any text taken from the answer
 * @param now milliseconds since 1970, for a `Retry-After` that is a date
 */
export function readFailure(error: unknown, secrets: readonly string[], now = Date.now()): Failure {
	const known = failureOf(error);
	if (known) return known;
	const outer = record(error);
	const cause = record(outer.cause);
	const axios = cause.isAxiosError === true || cause.response !== undefined ? cause : outer;
	const response = record(axios.response);
	const status = numberOf(response.status) ?? numberOf(outer.httpCode);
	const signIn = String(record(axios.config).url ?? '').endsWith(TOKEN_PATH);
	const { code, message, details } = dinteroError(response.data);
	const networkCode = String(axios.code ?? outer.code ?? outer.httpCode ?? '');
	const redacted = (text: string | undefined) =>
		text === undefined ? undefined : redact(text, secrets);
	return {
		outcome: outcomeOf(status, networkCode),
		status,
		code: redacted(code),
		message:
			redacted(message) ??
			withoutMessage(status, networkCode, String(axios.message ?? outer.message ?? '')),
		details: redacted(details),
		retryAfter: retryAfter(record(response.headers)['retry-after'], now),
		signIn,
	};
}

/**
 * The only error this package throws for a failed request: n8n's NodeApiError with the HTTP status, Dintero's code
 * and message, the item's index and advice, and nothing from the request.
 *
 * It is built from single values because n8n drops the options when an error is wrapped a second time. Its texts are
 * set afterwards because n8n replaces any message that happens to contain a code such as `EPERM`.
 * @param scopes the scopes of which the request needs at least one
 */
export function apiError(
	node: INode,
	failure: Failure,
	itemIndex?: number,
	scopes?: readonly string[],
): NodeApiError {
	const message = headline(failure);
	const error = new NodeApiError(redactedNode(node), { message } as JsonObject, {
		message,
		httpCode: failure.status === undefined ? undefined : String(failure.status),
		itemIndex,
	});
	error.message = message;
	error.description = [failure.details, wayOut(failure, scopes)].filter(Boolean).join(' ');
	error.context.dintero = {
		...(failure.status === undefined ? {} : { status: failure.status }),
		...(failure.code === undefined ? {} : { code: failure.code }),
		message: failure.message,
		outcome: failure.outcome,
	};
	failures.set(error, failure);
	return error;
}

/**
 * Replaces secrets in a text from outside, also in their JSON-escaped form. Values shorter than 4 characters stay:
 * replacing them would garble the text.
 */
export function redact(text: string, secrets: readonly string[]): string {
	return secrets
		.filter((secret) => secret.length >= 4)
		.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
		.reduce((line, secret) => line.split(secret).join('***'), text);
}

function outcomeOf(status: number | undefined, networkCode: string): Outcome {
	if (status === undefined) return NEVER_CONNECTED.has(networkCode) ? 'notSent' : 'unknown';
	if (status === 429) return 'notSent';
	// The answer started with a success status and then broke off.
	if (status < 300) return 'unknown';
	// A 408 says that the server stopped waiting, not whether the request was carried out.
	if (status >= 500 || status === 408) return 'unknown';
	return 'refused';
}

function headline(failure: Failure): string {
	const { status, code, message, signIn } = failure;
	if (status === undefined || status < 300) return message;
	const label = [status, code].filter((part) => part !== undefined).join(' ');
	const what = !signIn
		? 'Dintero answered'
		: status < 500
			? 'Dintero refused the sign-in'
			: 'The sign-in at Dintero failed';
	return `${what}: ${message} (${label})`;
}

/**
 * Gives an error a message and advice in a shop's words, followed by what Dintero said. Facts, class and item stay
 * the same.
 * @param problem made by `apiError`
 */
export function reword(problem: unknown, message: string, description: string): unknown {
	if (!(problem instanceof NodeApiError)) return problem;
	const failure = failureOf(problem);
	const said = failure && failure.status !== undefined ? `${headline(failure)}.` : '';
	problem.message = message;
	problem.description = [description, said].filter(Boolean).join(' ');
	return problem;
}

/** Scopes as a readable list: `'a' or 'b'`. */
export function eitherOf(scopes: readonly string[]): string {
	const quoted = scopes.map((scope) => `'${scope}'`);
	const last = quoted.pop();
	return quoted.length > 0 ? `${quoted.join(', ')} or ${last}` : (last ?? '');
}

function wayOut({ status, signIn, outcome }: Failure, scopes?: readonly string[]): string {
	if (signIn && (status === 400 || status === 401 || status === 403 || status === 404))
		return 'Check Account ID, Client ID and Client Secret in the credential. A client belongs to one account, and to test (T) or production (P).';
	const right = scopes?.length ? eitherOf(scopes) : undefined;
	if (status === 401)
		return `Check the credential: Dintero did not accept its access token.${right ? ` Its API client needs the right ${right}.` : ''}`;
	if (status === 403)
		return right
			? `Give the credential's API client the right this operation needs: ${right}.`
			: "Check that the credential's API client has the right this operation needs, for example 'write:wallets' or 'admin:hooks'.";
	if (status === 404) return 'Check the ID: this Dintero account has nothing with that ID.';
	if (status === 429)
		return "Dintero receives too many requests. Set 'Requests per Second' or lower 'Concurrency' in the node's options.";
	if (outcome === 'notSent')
		return 'The request was not sent. Check the network and the API Base URL in the credential.';
	if (outcome === 'unknown') return 'Try again later. If it happens again, contact Dintero.';
	return 'Check the fields that the message names.';
}

function withoutMessage(status: number | undefined, networkCode: string, text: string): string {
	if (status !== undefined)
		return status < 300 ? "Dintero's answer was cut off" : 'no readable message';
	if (networkCode === 'ECONNABORTED' || networkCode === 'ETIMEDOUT' || /timeout/i.test(text))
		return 'Dintero did not answer in time';
	if (NEVER_CONNECTED.has(networkCode)) return `Dintero could not be reached (${networkCode})`;
	return `The connection to Dintero was lost${/^E[A-Z_]+$/.test(networkCode) ? ` (${networkCode})` : ''}`;
}

/** Dintero's error body: `{ error: { code?, message, errors?: [free objects] } }`. */
function dinteroError(data: unknown): { code?: string; message?: string; details?: string } {
	const body = record(data);
	const error = record(body.error ?? body);
	const text = (value: unknown) =>
		typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, 500) : undefined;
	const nested = Array.isArray(error.errors)
		? error.errors.slice(0, 5).map(describeNested).filter(Boolean).join('; ')
		: '';
	return { code: text(error.code), message: text(error.message), details: text(nested) };
}

function describeNested(entry: unknown): string {
	if (typeof entry === 'string') return entry;
	const { path, field, instancePath, message, description } = record(entry);
	const place = [path, field, instancePath].map(fieldPath).find((text) => text !== '');
	const said = [message, description].find((text) => typeof text === 'string' && text !== '');
	if (said !== undefined) return place ? `${place}: ${String(said)}` : String(said);
	return JSON.stringify(entry) ?? '';
}

/** The field an entry is about: text, or a list such as `["order", "items", 0]`. */
function fieldPath(path: unknown): string {
	if (!Array.isArray(path)) return typeof path === 'string' ? path : '';
	return path.filter((part) => ['string', 'number'].includes(typeof part)).join('.');
}

/** `Retry-After` in seconds or as an HTTP date, as milliseconds from now. */
function retryAfter(value: unknown, now: number): number | undefined {
	if (typeof value !== 'string' && typeof value !== 'number') return undefined;
	const seconds = Number(value);
	if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
	const date = Date.parse(String(value));
	return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function record(value: unknown): Record<string, unknown> {
	return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function numberOf(value: unknown): number | undefined {
	const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
	return Number.isInteger(number) ? (number as number) : undefined;
}
