import type { IDataObject } from 'n8n-workflow';

import { InvalidInput, show } from '../domain/invalidInput';
import {
	CURRENCY_DECIMALS,
	formatAmount,
	parseAmount,
	parseCurrency,
	type Currency,
} from '../domain/money';
import { parseMetadata, parseReference } from '../domain/text';
import type { Item } from './operation';

/** Readers of the fields that several operations share. Values may be text: expressions and AI agents give it. */

/** A switch. `'false'`, `'no'`, `'0'` and `'off'` are off. */
export function readFlag(value: unknown, missing: boolean): boolean {
	if (value === undefined || value === null || value === '') return missing;
	return typeof value === 'string' ? !/^(false|no|off|0)$/i.test(value.trim()) : Boolean(value);
}

/**
 * One of a list's values; an expression may give any other.
 * @param choices the first is what counts for `undefined`
 * @throws InvalidInput
 */
export function readChoice<Choice extends string>(
	value: unknown,
	field: string,
	choices: readonly [Choice, ...Choice[]],
): Choice {
	if (value === undefined) return choices[0];
	const choice = choices.find((known) => known === value);
	if (choice !== undefined) return choice;
	const [last, ...others] = [...choices].reverse();
	throw new InvalidInput(
		field,
		`${show(value)} is not a choice.`,
		`Use ${others.reverse().join(', ')} or ${last}.`,
	);
}

export const readOptions = (item: Item): IDataObject => readCollection(item, 'options');

/** A collection such as *Options*; empty when it is hidden or not set. */
export function readCollection(item: Item, parameter: string): IDataObject {
	const value = item.get(parameter, {});
	return typeof value === 'object' && value !== null ? (value as IDataObject) : {};
}

/**
 * *Amount* and *Currency*, with *Amount Unit* of the options.
 * @returns the amount in minor units, above 0
 * @throws InvalidInput
 */
export function readAmount(item: Item): { amount: number; currency: Currency } {
	const currency = parseCurrency(item.get('currency', 'NOK'));
	return { amount: readAmountIn(item, currency), currency };
}

/** *Amount* in a currency that is known, in minor units. @throws InvalidInput unless it is above 0 */
export function readAmountIn(item: Item, currency: Currency): number {
	const unit = readOptions(item).amountUnit === 'minor' ? 'minor' : 'main';
	const amount = parseAmount(item.get('amount', ''), CURRENCY_DECIMALS[currency], unit);
	if (amount > 0) return amount;
	throw new InvalidInput(
		'Amount',
		`is ${formatAmount(amount, currency)}.`,
		'Write an amount above zero.',
	);
}

/**
 * A reference a person may give. An expression that gives nothing is a mistake in the data (an empty cell), not a wish
 * for a derived one: with that, running again would do the item again.
 * @returns `undefined` where the field was left empty on purpose
 * @throws InvalidInput
 */
export function readOwnReference(item: Item, parameter: string, field: string): string | undefined {
	const reference = parseReference(item.get(parameter, ''), field);
	if (reference === undefined && item.isExpression(parameter))
		throw new InvalidInput(
			field,
			'is empty: the expression gave nothing.',
			'Fill in the value for this item, or empty the field to let the node make one.',
		);
	return reference;
}

/**
 * A PIN or a card token a person typed. It is never shown in a message.
 * @returns `undefined` when it is empty
 * @throws InvalidInput when it is neither text nor a whole number
 */
export function readCode(item: Item, parameter: string, field: string): string | undefined {
	const value = item.get(parameter, '');
	if (value === undefined || value === null) return undefined;
	if (typeof value === 'number' && Number.isSafeInteger(value)) {
		item.warn(
			`${field} arrived as a number. Leading zeros are lost that way; let the node before this one give it as text`,
		);
		return String(value);
	}
	if (typeof value !== 'string') throw new InvalidInput(field, 'is not text.', 'Give it as text.');
	const code = value.trim();
	return code === '' ? undefined : code;
}

/** The code that must be there. @throws InvalidInput */
export function readNeededCode(item: Item, parameter: string, field: string): string {
	const code = readCode(item, parameter, field);
	if (code !== undefined) return code;
	throw new InvalidInput(field, 'is empty.', `Fill in the ${field.toLowerCase()}.`);
}

/** The rows and the JSON of *Metadata* in a collection. @throws InvalidInput */
export function readMetadata(collection: IDataObject): IDataObject | undefined {
	return parseMetadata(
		(collection.metadata as IDataObject | undefined)?.entries,
		collection.metadataJson,
	) as IDataObject | undefined;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * An ID that Dintero made: a UUID (wallets and hooks API).
 * @param example of where a person finds it, for example `'Charge' returns it`
 * @throws InvalidInput
 */
export function readUuid(item: Item, parameter: string, field: string, example: string): string {
	const value = item.get(parameter, '');
	const id = typeof value === 'string' ? value.trim() : value;
	if (typeof id === 'string' && UUID.test(id)) return id.toLowerCase();
	throw new InvalidInput(
		field,
		id === '' || id === undefined || id === null
			? 'is empty.'
			: `${show(value)} is not an ID Dintero makes.`,
		`It looks like 9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11; ${example}.`,
	);
}

/**
 * A whole number from a number field; expressions and AI agents give it as text.
 * @param missing what an empty field means; `undefined` when it must be filled in
 * @throws InvalidInput
 */
export function readWholeNumber(
	value: unknown,
	field: string,
	missing: number | undefined,
	least: number,
	most: number,
): number {
	if ((value === undefined || value === null || value === '') && missing !== undefined)
		return missing;
	const text = typeof value === 'string' ? value.trim() : value;
	const number = typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : text;
	if (
		typeof number === 'number' &&
		Number.isSafeInteger(number) &&
		number >= least &&
		number <= most
	)
		return number;
	throw new InvalidInput(
		field,
		`${show(value)} is not a whole number from ${least} to ${most}.`,
		`Write a number such as ${missing ?? least}.`,
	);
}
