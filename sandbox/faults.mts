/** Faults on demand: which requests they hit is decided by rules and a seed, so a run can be repeated. */
import { seededRandom } from './random.mts';

export const faultKinds = [
	/** The connection is cut before anything was done. */
	'cut-before',
	/** The work is done, then the connection is cut without an answer. */
	'cut-after',
	/** The work is done, then the connection is cut in the middle of the answer. */
	'cut-in-answer',
	/** An error answer (500, or `status`), nothing done. */
	'error-before',
	/** An error answer (500, or `status`) though the work is done. */
	'error-after',
	/** 429 with Retry-After, nothing done. */
	'rate-limit',
	/** `delayMs` passes, then the work is done. */
	'slow-before',
	/** The work is done, then `delayMs` passes. */
	'slow-after',
	/** The work is done; the answer is 200 with half of its JSON. */
	'truncated',
	/** The work is done; the answer is 200 with an HTML page. */
	'not-json',
	/** 302 to `location`, nothing done. */
	'redirect',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** What a rule can look at. */
export interface FaultRequest {
	operationId: string;
	method: string;
	path: string;
	/** The text of the body. */
	body: string | undefined;
}

export interface FaultRule {
	/** For the report. */
	name?: string;
	kind: FaultKind;

	// Which requests match; each condition left out always holds.
	operationId?: string | readonly string[];
	method?: string;
	/** Part of the path, or a pattern for it. */
	path?: string | RegExp;
	/** In process only. */
	when?: (request: FaultRequest) => boolean;

	// Which of those that match are hit; all, if none of these is given.
	/** The first is 1. */
	nth?: number | readonly number[];
	/** Every so-manieth. */
	every?: number;
	/** Drawn from the rule's own seeded sequence. */
	percent?: number;
	/** No more hits than this. */
	times?: number;

	// Details of the fault.
	status?: number;
	code?: string;
	delayMs?: number;
	/** Seconds; 1 if left out. */
	retryAfter?: number;
	/** Write Retry-After as an HTTP date instead of seconds. */
	retryAfterAsDate?: boolean;
	/** No Retry-After header at all. */
	noRetryAfter?: boolean;
	location?: string;
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

	/** Rules are asked in order; the first that hits a request wins. */
	add(...rules: FaultRule[]): void {
		for (const rule of rules) {
			if (!faultKinds.includes(rule.kind)) throw new Error(`There is no fault ${rule.kind}`);
			const random = seededRandom(this.#seed * 1009 + this.#rules.length);
			this.#rules.push({ rule, random, matched: 0, injected: 0 });
		}
	}

	/** Ends all faults; the record of those that happened stays. */
	clear(): void {
		this.#rules = [];
	}

	get active(): boolean {
		return this.#rules.length > 0;
	}

	/** The fault this request suffers, if any. */
	pick(request: FaultRequest): FaultRule | undefined {
		for (const held of this.#rules) {
			if (!matches(held.rule, request)) continue;
			held.matched += 1;
			// The sequence advances with every match, so that a hit depends on the match's number only.
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

	/** For printing: what each rule saw and did. */
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
