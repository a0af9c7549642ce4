import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { Origin } from '../issuance/origin';
import type { Dintero } from '../transport/client';

export type Resource =
	'giftCard' | 'transaction' | 'customerCard' | 'webhookSubscription' | 'webhookDelivery';

/** The parameters of one input item, as a person filled them in; expressions are already evaluated. */
export interface Item {
	/** Position among the input items, from 0. */
	readonly index: number;
	/** The workflow's time zone (IANA name), for dates without one. */
	readonly timeZone: string;
	/** Stable identity of this item across n8n's retries. */
	readonly origin: Origin;
	/** The credential's *Spending Limit* in the main unit of the currency; 0 for none. */
	readonly spendingLimit: unknown;
	/** @returns `fallback` for a parameter that is hidden or not set */
	get(parameter: string, fallback?: unknown): unknown;
	/** Whether a person wrote an expression into the parameter, so that an empty value is missing data and not a wish. */
	isExpression(parameter: string): boolean;
	/** Advice about the whole run, shown once in the editor. Never put a PIN or a token into it. */
	warn(advice: string): void;
}

/** A file an operation hands on, for example a barcode. */
export interface OutputFile {
	fileName: string;
	mimeType: string;
	data: Buffer;
}

export interface Output {
	json: IDataObject;
	files?: Record<string, OutputFile>;
	/** Part of the item that failed, beside other parts that were done; it becomes an error item and `json` is not used. */
	problem?: Error;
}

/**
 * One operation of one resource: its names, its fields, and what it does with one item. It knows nothing of loops,
 * retries, access tokens or paired items. Registered with one line in `registry.ts`.
 */
export interface Operation<Plan> {
	resource: Resource;
	/** Stored in workflows; never change it. */
	value: string;
	name: string;
	action: string;
	description: string;
	/** Whether it makes something or moves money, so that what is done must not be lost when another item fails. */
	effect: 'read' | 'write';
	fields: INodeProperties[];
	/**
	 * Reads and checks the parameters of one item. Sends nothing.
	 * @throws InvalidInput
	 */
	prepare(item: Item): Plan;
	/**
	 * Looks at all items together before anything is sent: two that exclude each other, a total over a limit.
	 * @param plans by item index; missing where `prepare` refused the item
	 * @param refuse refuses one item
	 * @throws InvalidInput to refuse the whole run
	 */
	review?(
		plans: ReadonlyArray<Plan | undefined>,
		refuse: (index: number, problem: Error) => void,
		first: Item,
	): void;
	/** What would be done, by item index, for *Preview*; nothing is sent then. */
	preview?(plans: ReadonlyArray<Plan | undefined>): Array<Output | undefined>;
	/**
	 * Does it.
	 * @throws NodeApiError, NodeOperationError
	 */
	run(plan: Plan, dintero: Dintero): Promise<Output | Output[]>;
}

/** Keeps the type of an operation's plan to its own file; the registry holds operations of all kinds. */
export type AnyOperation = Operation<unknown>;

export function operation<Plan>(definition: Operation<Plan>): AnyOperation {
	return definition as unknown as AnyOperation;
}
