import { NodeApiError, type INode, type JsonObject } from 'n8n-workflow';

import { tellable } from './operationError';
import { TOKEN_PATH } from './signIn';

/**
 * What a failed request means for what it asked for:
 * `notSent` it never reached Dintero, or was turned away before it was looked at; safe to repeat.
 * `refused` Dintero looked at it and did nothing.
 * `unknown` it may or may not have been carried out: look before repeating anything that moves money.
 */
export type Outcome = 'notSent' | 'refused' | 'unknown';

/** The facts of a failed request, independent of n8n's error classes. Holds no secret. */
export interface Failure {
	outcome: Outcome;
	/** HTTP status; missing when there was no answer. */
	status?: number;
	/** Dintero's `error.code`, for example `NOT FOUND`; opaque. */
	code?: string;
	/** Dintero's `error.message`, or a plain sentence where there was none. */
	message: string;
	/** Dintero's nested validation errors as text. */
	details?: string;
	/** How long Dintero asked us to wait, in milliseconds. */
	retryAfter?: number;
	/** The failure happened while signing in; the request itself was never sent. */
	signIn: boolean;
}

/** Codes of Node for a connection that was never made (the request cannot have arrived). */
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

/** An answer with a success status whose body cannot be read: whatever was asked for may have been done. */
export function unreadableAnswer(status: number): Failure {
	return {
		outcome: 'unknown',
		status,
		message: 'Dintero answered with something that is not JSON',
		signIn: false,
	};
}

/**
 * Reads the facts from what n8n's request helpers throw: a NodeApiError around an AxiosError
 * (`httpRequestWithAuthentication`), or an AxiosError (`httpRequest`).
 * @param secrets values that must not appear in any text taken from the answer
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
	const tidy = (text: string | undefined) =>
		text === undefined ? undefined : redact(text, secrets);
	return {
		outcome: outcomeOf(status, networkCode),
		status,
		code: tidy(code),
		message:
			tidy(message) ??
			withoutMessage(status, networkCode, String(axios.message ?? outer.message ?? '')),
		details: tidy(details),
		retryAfter: retryAfter(record(response.headers)['retry-after'], now),
		signIn,
	};
}

/**
 * The one error this package throws for a failed request: n8n's NodeApiError with the HTTP status, Dintero's code
 * and message, the item's index and a way out, and with nothing of the request in it.
 *
 * It is built from plain facts because n8n drops the options when an error is wrapped a second time, and its texts
 * are set afterwards because n8n replaces any message that happens to contain a code such as `EPERM`.
 */
export function apiError(node: INode, failure: Failure, itemIndex?: number): NodeApiError {
	const message = headline(failure);
	const error = new NodeApiError(tellable(node), { message } as JsonObject, {
		message,
		httpCode: failure.status === undefined ? undefined : String(failure.status),
		itemIndex,
	});
	error.message = message;
	error.description = [failure.details, wayOut(failure)].filter(Boolean).join(' ');
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
 * Replaces secrets in a text that came from outside, also as they stand in JSON. Short values are left alone: they
 * would garble everything.
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
	// An answer that began well and then broke off.
	if (status < 300) return 'unknown';
	// 408 says that the server gave up waiting, not what became of the request.
	if (status >= 500 || status === 408) return 'unknown';
	return 'refused';
}

function headline(failure: Failure): string {
	const { status, code, message, signIn } = failure;
	if (status === undefined || status < 300) return message;
	const label = [status, code].filter((part) => part !== undefined).join(' ');
	return `${signIn ? 'Dintero did not let us sign in' : 'Dintero answered'}: ${message} (${label})`;
}

function wayOut({ status, signIn, outcome }: Failure): string {
	if (signIn && (status === 400 || status === 401 || status === 403 || status === 404))
		return 'Check Account ID, Client ID and Client Secret in the credential. A client belongs to one account, and to test (T) or production (P).';
	if (status === 401) return 'Check the credential: Dintero does not accept its access token.';
	if (status === 403)
		return "Check that the API client in the credential has the right this operation needs, for example 'write:wallets' or 'admin:hooks'.";
	if (status === 404) return 'Check the ID: Dintero does not know it in this account.';
	if (status === 429)
		return "Dintero receives too many requests. Set 'Requests per Second' or lower 'Concurrency' in the node's options.";
	if (outcome === 'notSent')
		return 'Nothing was sent. Check the network and the API Base URL in the credential.';
	if (outcome === 'unknown') return 'Try again later; if it goes on, ask Dintero.';
	return 'Check the fields the message names.';
}

function withoutMessage(status: number | undefined, networkCode: string, text: string): string {
	if (status !== undefined)
		return status < 300 ? "Dintero's answer broke off" : 'no readable message';
	if (networkCode === 'ECONNABORTED' || networkCode === 'ETIMEDOUT' || /timeout/i.test(text))
		return 'Dintero did not answer in time';
	if (NEVER_CONNECTED.has(networkCode)) return `Dintero could not be reached (${networkCode})`;
	return `The connection to Dintero broke${/^E[A-Z_]+$/.test(networkCode) ? ` (${networkCode})` : ''}`;
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
	const { path, field, instancePath, message } = record(entry);
	const place = [path, field, instancePath].find(
		(value) => typeof value === 'string' && value !== '',
	);
	if (typeof message === 'string') return place ? `${String(place)}: ${message}` : message;
	return JSON.stringify(entry) ?? '';
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
