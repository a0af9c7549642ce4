import type { IDataObject } from 'n8n-workflow';

import type { Field, Fields, Leaf, ValuesOf } from '../fields/field';
import type { Origin } from '../exactlyOnce/origin';
import type { DinteroClient } from '../transport/client';

export type Resource =
	| 'giftCard'
	| 'transaction'
	| 'customerCard'
	| 'paymentSession'
	| 'checkoutTransaction'
	| 'walletSettings'
	| 'webhookSubscription'
	| 'webhookDelivery';

/** What an operation knows about its item, besides the values of its fields. */
export interface Item {
	/** Position among the input items, from 0. */
	readonly index: number;
	/** Stable identity of this item across n8n's retries. */
	readonly origin: Origin;
	/** The credential's *Spending Limit*, unread; see `checkSpendingLimit`. */
	readonly spendingLimit: unknown;
	/** Advice about the whole run, shown once in the editor. Never put a PIN or a token into it. */
	warn(advice: string): void;
}

/** A file in the output, for example a barcode. */
export interface OutputFile {
	fileName: string;
	mimeType: string;
	data: Buffer;
}

export interface Output {
	json: IDataObject;
	files?: Record<string, OutputFile>;
	/** The error of a part of the item, when other parts were done. It becomes an error item, and `json` is not used. */
	error?: Error;
}

/**
 * One operation of one resource: its names, its fields, and what it does with one item. It knows nothing about loops,
 * retries, access tokens or paired items, and cannot read parameters except through its fields. One line in `registry.ts`
 * registers it.
 */
export interface Operation<Declared extends Fields, Plan> {
	resource: Resource;
	/** Stored in workflows; never change it. */
	value: string;
	name: string;
	action: string;
	description: string;
	/** `write` if it changes something at Dintero: then the results of done items are kept when another item fails. */
	effect: 'read' | 'write';
	/** The scopes of which the API client needs one, from Dintero's documentation of the request. */
	scopes: readonly string[];
	fields: Declared;
	/**
	 * Checks the values of one item against each other and makes a plan. Sends nothing.
	 * @throws InvalidInput
	 */
	prepare(values: ValuesOf<Declared>, item: Item): Plan;
	/**
	 * Checks all items together before anything is sent, for example for duplicates or a total above a limit.
	 * @param plans by item index; missing where an item was refused
	 * @param refuse refuses one item
	 * @throws InvalidInput to refuse the whole run
	 */
	review?(
		plans: ReadonlyArray<Plan | undefined>,
		refuse: (index: number, error: Error) => void,
	): void;
	/** What would be done, by item index, for *Preview*; nothing is sent then. */
	preview?(plans: ReadonlyArray<Plan | undefined>): Array<Output | undefined>;
	/**
	 * The advice about results that n8n drops because the run stops, if a later run cannot find them again.
	 * @param results their `json`, in order
	 */
	dropped?(plans: ReadonlyArray<Plan | undefined>, results: readonly IDataObject[]): string;
	/**
	 * Carries out the plan.
	 * @throws NodeApiError, NodeOperationError
	 */
	run(plan: Plan, dintero: DinteroClient): Promise<Output | Output[]>;
}

/** An operation without its own types, as the registry stores it. */
export type AnyOperation = Operation<Fields, unknown>;

export function operation<Declared extends Fields, Plan>(
	definition: Operation<Declared, Plan>,
): AnyOperation {
	return definition as unknown as AnyOperation;
}

/** Every parameter of an operation. */
export function leavesOf({ fields }: AnyOperation): Leaf[] {
	return Object.values(fields as Record<string, Field<unknown>>).flatMap(({ leaves }) => [
		...leaves,
	]);
}
