/** What all operations of a running sandbox share. */
import type { Account, Accounts } from './accounts.mts';
import type { CheckoutState } from './checkout/state.mts';
import type { Clock } from './clock.mts';
import type { Deliveries } from './deliveries.mts';
import type { Store } from './store.mts';
import type { Switches } from './switches.mts';

export interface SandboxContext {
	readonly switches: Switches;
	readonly clock: Clock;
	readonly store: Store;
	readonly accounts: Accounts;
	readonly deliveries: Deliveries;
	readonly checkout: CheckoutState;
}

/** A call that passed the contract and the access check. */
export interface Call {
	accountId: string;
	client: Account;
	params: Record<string, string>;
	query: Record<string, unknown>;
	headers: Record<string, unknown>;
	/** The scheme and host the sandbox was called at. */
	origin: string;
	// The contract has checked it; each operation names the shape it takes.
	// eslint-disable-next-line @typescript-eslint/no-explicit-any
	body: any;
}

/** An operation returns the body of a 200 answer, or an `Answer` for anything else. */
export class Answer {
	readonly status: number;
	readonly body: unknown;
	readonly headers: Record<string, string>;

	constructor(status: number, body?: unknown, headers: Record<string, string> = {}) {
		this.status = status;
		this.body = body;
		this.headers = headers;
	}
}

export type Operation = (context: SandboxContext, call: Call) => unknown;

/** A time in Dintero's format: UTC, in whole seconds unless the switch adds milliseconds. */
export function timestamp(context: SandboxContext, milliseconds: number): string {
	const text = new Date(milliseconds).toISOString();
	return context.switches.timestampsWithMilliseconds ? text : text.replace(/\.\d+Z$/, 'Z');
}

/** An amount as answers show it. */
export const shown = (context: SandboxContext, amount: number): number | string =>
	context.switches.numbersAsStrings ? String(amount) : amount;

/** Omits members without a value. */
export const compact = <T extends object>(members: T): T =>
	Object.fromEntries(
		Object.entries(members).filter(([, member]) => member !== undefined && member !== null),
	) as T;

export const parsed = <T,>(json: string | null): T | undefined =>
	json === null ? undefined : (JSON.parse(json) as T);

export const json = (value: unknown): string | null =>
	value === undefined ? null : JSON.stringify(value);
