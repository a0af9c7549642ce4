/** Injects faults. Rules and a seed decide which requests fail, so a run can be repeated. */
import { seededRandom } from './random.mts';

export const faultKinds = [
	/** The connection is cut before any work is done. */
	'cut-before',
	/** The work is done, then the connection is cut without an answer. */
	'cut-after',
	/** The work is done, then the connection is cut in the middle of the answer. */
	'cut-in-answer',
	/** An error answer (500, or `status`), no work done. */
	'error-before',
	/** An error answer (500, or `status`), although the work is done. */
	'error-after',
	/** 429 with Retry-After, no work done. */
	'rate-limit',
	/** `delayMs` passes, then the work is done. */
	'slow-before',
	/** The work is done, then `delayMs` passes. */
	'slow-after',
	/** The work is done; the answer is 200 with half of its JSON. */
	'truncated',
	/** The work is done; the answer is 200 with an HTML page. */
	'not-json',
	/** 302 to `location`, no work done. */
	'redirect',
	/** 200 (or `status`) with the JSON of `answer` or an empty body, no work done. */
	'answer-before',
	/** The work is done; 200 (or `status`) with the JSON of `answer` or an empty body. */
	'answer-after',
	/** 504 (or `status`) at once; the work is done `delayMs` later. */
	'late',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** The parts of a request that a rule can match. */
export interface FaultRequest {
	operationId: string;
	method: string;
	path: string;
	/** The body's text. */
	body: string | undefined;
}

export interface FaultRule {
	/** Shown in the report. */
	name?: string;
	kind: FaultKind;

	// Which requests match; an omitted condition always holds.
	operationId?: string | readonly string[];
	method?: string;
	/** A part of the path, or a regular expression for it. */
	path?: string | RegExp;
	/** Only within the process, not over HTTP. */
	when?: (request: FaultRequest) => boolean;

	// Which of the matching requests are hit; all of them if none of these is given.
	/** Counted from 1. */
	nth?: number | readonly number[];
	/** Every n-th match. */
	every?: number;
	/** The percentage of matches, from the rule's own seeded sequence. */
	percent?: number;
	/** The maximum number of hits. */
	times?: number;

	// Details of the fault.
	status?: number;
	code?: string;
	delayMs?: number;
	/** In seconds; default 1. */
	retryAfter?: number;
	/** Send Retry-After as an HTTP date instead of seconds. */
	retryAfterAsDate?: boolean;
	/** Send no Retry-After header. */
	noRetryAfter?: boolean;
	location?: string;
	/** The body of `answer-before` and `answer-after`; empty if omitted. */
	answer?: unknown;
}

interface Held {
	rule: FaultRule;
	random: () => number;
	matched: number;
	injected: number;
}
export interface Injected {
	name: string;
	kind: FaultKind;
	operationId: string;
	path: string;
	at: number;
}

export class Faults {
	/** Every fault that happened, the first 20,000. */
	readonly injected: Injected[] = [];
	#rules: Held[] = [];
	#seed: number;

	constructor(seed: number, rules: readonly FaultRule[] = []) {
		this.#seed = seed;
		this.add(...rules);
	}

	/** Rules are checked in order; the first that hits a request applies. */
	add(...rules: FaultRule[]): void {
		for (const rule of rules) {
			if (!faultKinds.includes(rule.kind)) throw new Error(`There is no fault ${rule.kind}`);
			const random = seededRandom(this.#seed * 1009 + this.#rules.length);
			this.#rules.push({ rule, random, matched: 0, injected: 0 });
		}
	}

	/** Removes all rules; the record of injected faults stays. */
	clear(): void {
		this.#rules = [];
	}

	get active(): boolean {
		return this.#rules.length > 0;
	}

	/** The fault to inject for this request, if any. */
	pick(request: FaultRequest): FaultRule | undefined {
		for (const held of this.#rules) {
			if (!matches(held.rule, request)) continue;
			held.matched += 1;
			// The sequence advances with every match, so that a hit depends only on the match's number.
			const drawn = held.random() * 100;
			if (!hits(held, drawn)) continue;
			held.injected += 1;
			this.#note(held.rule, request);
			return held.rule;
		}
		return undefined;
	}

	#note({ name, kind }: FaultRule, { operationId, path }: FaultRequest): void {
		if (this.injected.length >= 20_000) return;
		this.injected.push({ name: name ?? kind, kind, operationId, path, at: Date.now() });
	}

	/** For printing: how often each rule matched and hit. */
	report() {
		return this.#rules.map(({ rule, matched, injected }) => ({
			name: rule.name ?? rule.kind,
			kind: rule.kind,
			matched,
			injected,
		}));
	}
}

function matches({ operationId, method, path, when }: FaultRule, request: FaultRequest): boolean {
	const operations = typeof operationId === 'string' ? [operationId] : operationId;
	if (operations && !operations.includes(request.operationId)) return false;
	if (method && method.toUpperCase() !== request.method) return false;
	if (typeof path === 'string' && !request.path.includes(path)) return false;
	if (path instanceof RegExp && !path.test(request.path)) return false;
	return when ? when(request) : true;
}

function hits({ rule, matched, injected }: Held, drawn: number): boolean {
	const { nth, every, percent, times } = rule;
	if (times !== undefined && injected >= times) return false;
	if (nth !== undefined && ![nth].flat().includes(matched)) return false;
	if (every !== undefined && matched % every !== 0) return false;
	return percent === undefined || drawn < percent;
}

export function retryAfter(rule: FaultRule): Record<string, string> {
	if (rule.noRetryAfter) return {};
	const seconds = rule.retryAfter ?? 1;
	const date = new Date(Date.now() + seconds * 1000).toUTCString();
	return { 'retry-after': rule.retryAfterAsDate ? date : String(seconds) };
}
