/** The faults of a chaos run, as shares of all requests; seeded, so that a run can be repeated. */
import type { FaultRule, Sandbox } from '../../sandbox/sandbox.mts';

/** An access token is good for so many requests. */
export const REQUESTS_PER_TOKEN = 500;

export interface ChaosSettings {
	/** Seconds that a 429 asks for. */
	retryAfter?: number;
	/** How long the two slow answers take, in milliseconds; longer than the node waits. */
	slow: number;
	/** Which create request is carried out late, and which is answered late. */
	slowAt?: readonly [before: number, after: number];
}

/**
 * Lets the sandbox suffer: 3% of the connections cut after the work was done, 2% before, 2% answered 500 after,
 * 2% before, 3% turned away with 429, two answers past the time-out, tokens that expire every 500 requests, and a
 * duplicate card answered with 400, 403, 409 and 422 in turn.
 */
export function unleash(sandbox: Sandbox, settings: ChaosSettings): void {
	const { retryAfter = 1, slow, slowAt = [41, 113] } = settings;
	const create = 'aid_cards_post';
	sandbox.set({ tokenRequests: REQUESTS_PER_TOKEN });
	sandbox.faults.add(
		duplicatesInTurn(sandbox),
		{ kind: 'slow-before', operationId: create, nth: slowAt[0], delayMs: slow },
		{ kind: 'slow-after', operationId: create, nth: slowAt[1], delayMs: slow },
		{ kind: 'cut-after', percent: 3 },
		{ kind: 'cut-before', percent: 2 },
		{ kind: 'error-after', percent: 2 },
		{ kind: 'error-before', percent: 2 },
		{ kind: 'rate-limit', percent: 3, retryAfter },
	);
}

/** Hits nothing itself; each create request turns the answer to a duplicate one further. */
function duplicatesInTurn(sandbox: Sandbox): FaultRule {
	const answers = [400, 403, 409, 422] as const;
	let turn = 0;
	return {
		name: 'duplicates in turn',
		kind: 'error-before',
		when: ({ operationId }) => {
			if (operationId === 'aid_cards_post')
				sandbox.set({ duplicateCard: answers[turn++ % answers.length] });
			return false;
		},
	};
}

/**
 * An API that takes so many requests a second and turns all others away, as a real rate limiter does: every refusal
 * asks for the same second.
 */
export function rateLimited(perSecond: number, retryAfter = 1): FaultRule {
	let tokens = perSecond;
	let filled = Date.now();
	return {
		name: `at most ${perSecond} a second`,
		kind: 'rate-limit',
		retryAfter,
		when: () => {
			const now = Date.now();
			tokens = Math.min(perSecond, tokens + ((now - filled) / 1000) * perSecond);
			filled = now;
			if (tokens < 1) return true;
			tokens -= 1;
			return false;
		},
	};
}
