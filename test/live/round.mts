/** One round of the live check: requests with a budget, answers by question, and what must be cleaned up. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { DINTERO, checkoutRoots, type LiveAccount } from './account.mts';

/** More would not be a small round. */
const MOST_REQUESTS = 200;

/** Milliseconds between two requests at Dintero. */
const PACE = 200;

export type Json = Record<string, unknown>;

export interface Reply {
	status: number;
	/** Parsed, or the text where it is not JSON. */
	body: unknown;
	headers: Headers;
}

interface RequestOptions {
	body?: unknown;
	authorization?: string;
	/** Of the path, instead of the round's own. */
	accountId?: string;
	/** The path's base URL, instead of the account's. */
	root?: string;
}

export class Round {
	readonly account: LiveAccount;
	/** Begins the ID of everything this round makes. */
	readonly name: string;
	/** What was found out, by the number of the question. */
	readonly answers = new Map<string, string[]>();
	/** Cards this round made, to be emptied. */
	readonly cards = new Set<string>();
	/** Subscriptions this round made, to be removed. */
	readonly subscriptions = new Set<string>();
	/** Payment sessions this round created, to be canceled. */
	readonly sessions = new Set<string>();
	/** The base URL of Checkout. */
	checkoutRoot: string;
	/** What could not be cleaned up. */
	readonly leftBehind: string[] = [];
	/** Cards that keep some øre until they expire by themselves. */
	readonly expiring: string[] = [];
	/** Set when the round is over or was interrupted: requests go on without a budget, to clean up. */
	cleaning = false;
	requests = 0;
	#secrets: string[];
	#token = '';
	#interrupted = false;
	#pace: number;
	#report: (line: string) => void;

	constructor(account: LiveAccount, report: (line: string) => void = () => {}) {
		this.account = account;
		this.name = `n8n-live-${randomBytes(4).toString('hex')}`;
		this.#secrets = [account.clientSecret];
		this.checkoutRoot = checkoutRoots(account)[0];
		this.#pace = account.baseUrl === DINTERO ? PACE : 0;
		this.#report = report;
	}

	/** Notes what was found out. Never pass a code; known secrets are taken out all the same. */
	answer(question: string, finding: string): void {
		const text = this.redact(finding);
		this.answers.set(question, [...(this.answers.get(question) ?? []), text]);
		this.#report(`  ${question}: ${text}`);
	}

	/** Takes every secret seen so far out of a text. */
	redact(text: string): string {
		return this.#secrets.reduce((line, secret) => line.split(secret).join('***'), text);
	}

	/** Remembers a value that must never be printed; taking shorter ones out would garble dates and numbers. */
	secret(value: unknown): string {
		const text = typeof value === 'string' ? value : '';
		if (text.length >= 8) this.#secrets.push(text);
		return text;
	}

	/** Signs in; what the answer was decides several questions. */
	async signIn(change: Partial<LiveAccount> & { audience?: string } = {}): Promise<Reply> {
		const { accountId, clientId, clientSecret } = { ...this.account, ...change };
		const reply = await this.send('POST', 'auth/token', {
			accountId,
			authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
			body: {
				grant_type: 'client_credentials',
				audience: change.audience ?? `${DINTERO}/accounts/${accountId}`,
			},
		});
		this.secret((reply.body as Json | null)?.access_token);
		return reply;
	}

	/** No further request but those that clean up. */
	interrupt(): void {
		this.#interrupted = true;
	}

	/** Waits at Dintero, or a shorter time on a sandbox. */
	async wait(milliseconds: number, onSandbox: number): Promise<void> {
		await sleep(this.#pace > 0 ? milliseconds : onSandbox);
	}

	/** The token all further requests carry. */
	use(token: string): void {
		this.#token = token;
	}

	/** @param path relative to the account */
	async get(path: string): Promise<Reply> {
		return await this.send('GET', path);
	}

	/** @param path relative to the account */
	async post(path: string, body?: unknown): Promise<Reply> {
		return await this.send('POST', path, { body });
	}

	/** @param path relative to the account */
	async delete(path: string): Promise<Reply> {
		return await this.send('DELETE', path);
	}

	/** @param path for example `transactions` */
	async checkout(method: string, path: string, options: RequestOptions = {}): Promise<Reply> {
		return await this.send(method, path, { root: this.checkoutRoot, ...options });
	}

	async send(method: string, path: string, options: RequestOptions = {}): Promise<Reply> {
		if (this.#interrupted && !this.cleaning) throw new Error('Interrupted');
		if (++this.requests > MOST_REQUESTS && !this.cleaning)
			throw new Error(`The live check stops after ${MOST_REQUESTS} requests`);
		await sleep(this.#pace);
		const { body, authorization, accountId = this.account.accountId } = options;
		const { root = `${this.account.baseUrl}/accounts/${accountId}` } = options;
		const response = await fetch(`${root}/${path}`, {
			method,
			redirect: 'manual',
			signal: AbortSignal.timeout(60_000),
			headers: {
				authorization: authorization ?? `Bearer ${this.#token}`,
				'dintero-system-name': 'n8n-nodes-dintero live check',
				...(body === undefined ? {} : { 'content-type': 'application/json' }),
			},
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		const text = await response.text();
		const { status, headers } = response;
		if (status === 429)
			this.answer('U6', `429 on ${method} ${path}, Retry-After ${headers.get('retry-after')}`);
		return { status, headers, body: parse(text) };
	}
}

/** A reply in one line: status, Dintero's code and message. */
export function outcome({ status, body }: Reply): string {
	const error = ((body as Json | null)?.error ?? {}) as Json;
	const said = [error.code, error.message].filter((part) => typeof part === 'string').join(': ');
	return said === '' ? String(status) : `${status} (${said.slice(0, 120)})`;
}

/** The members of a value and their types, without any value: safe to print. */
export function shape(value: unknown, depth = 3): string {
	if (value === null) return 'null';
	if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${shape(value[0], depth - 1)}]`;
	if (typeof value !== 'object') return typeof value;
	if (depth === 0) return '{…}';
	const members = Object.entries(value as Json).map(([key, inner]) => {
		const type = shape(inner, depth - 1);
		return type === 'string' ? key : `${key}: ${type}`;
	});
	return `{ ${members.join(', ')} }`;
}

function parse(text: string): unknown {
	try {
		return text === '' ? null : JSON.parse(text);
	} catch {
		return text;
	}
}
