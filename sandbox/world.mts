/** What every operation of one running sandbox shares. */
import type { Account, Accounts } from './accounts.mts';
import type { Clock } from './clock.mts';
import type { Deliveries } from './deliveries.mts';
import type { Store } from './store.mts';
import type { Switches } from './switches.mts';

export interface World {
	readonly switches: Switches;
	readonly clock: Clock;
	readonly store: Store;
	readonly accounts: Accounts;
	readonly deliveries: Deliveries;
}

/** One call that has passed the contract and the access check. */
export interface Call {
	accountId: string;
	client: Account;
	params: Record<string, string>;
	query: Record<string, unknown>;
	// The contract has checked it; each operation names the shape it takes.
	// eslint-disable-next-line @typescript-eslint/no-explicit-any
	body: any;
}

/** An operation returns the body of a 200 answer, or this for anything else. */
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

export type Operation = (world: World, call: Call) => unknown;

/** A time as Dintero writes it: UTC, whole seconds unless the switch says otherwise (section 1). */
export function timestamp(world: World, milliseconds: number): string {
	const text = new Date(milliseconds).toISOString();
	return world.switches.timestampsWithMilliseconds ? text : text.replace(/\.\d+Z$/, 'Z');
}

/** An amount as the answer shows it. */
export const shown = (world: World, amount: number): number | string =>
	world.switches.numbersAsStrings ? String(amount) : amount;

/** Leaves out members without a value. */
export const compact = <T extends object>(members: T): T =>
	Object.fromEntries(
		Object.entries(members).filter(([, member]) => member !== undefined && member !== null),
	) as T;

export const parsed = <T,>(json: string | null): T | undefined =>
	json === null ? undefined : (JSON.parse(json) as T);

export const json = (value: unknown): string | null =>
	value === undefined ? null : JSON.stringify(value);
