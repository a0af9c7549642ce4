import type { INodeProperties } from 'n8n-workflow';

import { InvalidInput } from '../domain/invalidInput';
import { isNothing } from '../domain/nothing';
import { isUnevaluated } from '../domain/text';

/** A parameter's raw value for one item. */
export interface RawValue {
	value: unknown;
	/** Whether an expression returned it. An empty value then means missing data, not a field left empty on purpose. */
	fromExpression: boolean;
	/** Whether one of the expression's parts returned nothing, as in `order-{{ $json.id }}` without an ID. */
	incomplete: boolean;
	/** Whether it was chosen from a list of Dintero's records, so that it must be used unchanged. */
	chosen?: boolean;
}

/** The raw parameters of one item. Only fields see them; an operation gets the values its fields return. */
export interface RawParameters {
	/** The workflow's time zone (IANA name), for dates without one. */
	readonly timeZone: string;
	/** @param path the parameter's name, with its collection's name in front if it is in one: `options.preview` */
	at(path: string): RawValue;
	/** Advice about the whole run, shown once in the editor. Never put a PIN or a token into it. */
	advise(advice: string): void;
	/** Counts the items for which an optional field's expression returned nothing. */
	count(label: string, gaveNothing: boolean): void;
}

/** The kind of value, by which the tests choose the inputs they try on a field (`test/fields/samples.mts`). */
export type Kind =
	| 'amount'
	| 'amountFilter'
	| 'choice'
	| 'choices'
	| 'code'
	| 'currency'
	| 'date'
	| 'email'
	| 'execution'
	| 'flag'
	| 'id'
	| 'json'
	| 'lines'
	| 'mask'
	| 'metadata'
	| 'name'
	| 'number'
	| 'optionalReference'
	| 'pattern'
	| 'phone'
	| 'prefix'
	| 'reference'
	| 'secret'
	| 'url'
	| 'uuid';

/** One parameter of a field. */
export interface Leaf {
	path: string;
	kind: Kind;
	property: INodeProperties;
	/** What to do when an expression returns nothing: refuse the item, or treat the field as empty and hint at it. */
	whenNothing: 'refuse' | 'hint';
	/** Whether it applies to the whole run and must be the same for all items. */
	wholeRun: boolean;
}

/** What a person fills in: how n8n shows it, and how its value is read. */
export interface Field<Value> {
	/** Usually one; a choice that shows further fields has several. */
	readonly properties: readonly INodeProperties[];
	readonly leaves: readonly Leaf[];
	/**
	 * @param collection the name of the collection it is in, for example `options`
	 * @throws InvalidInput when the value is not valid; nothing is guessed
	 */
	read(raw: RawParameters, collection?: string): Value;
}

export type Fields = Record<string, Field<unknown>>;

/** The values that an operation's fields return. */
export type ValuesOf<Declared extends Fields> = {
	[Name in keyof Declared]: Declared[Name] extends Field<infer Value> ? Value : never;
};

export interface FieldDefinition<Value> {
	kind: Kind;
	property: INodeProperties;
	/** The value of an empty field; missing for a required field. */
	empty?: { is: Value };
	/** Whether `empty` applies only to a field that was never added, not to one that was cleared. */
	refuseEmptied?: boolean;
	/** The default, `refuse`, is right for every field that affects money. */
	whenNothing?: Leaf['whenNothing'];
	wholeRun?: boolean;
	/** What to write, for the message about a required field that is empty. */
	wayOut?: string;
	/** Whether an expression with several parts is accepted although one of them returned nothing. */
	allowIncomplete?: boolean;
	/** @throws InvalidInput */
	parse(value: unknown, raw: RawParameters, given: RawValue): Value;
}

/** Makes a field with one property. */
export function field<Value>(definition: FieldDefinition<Value>): Field<Value> {
	const { kind, property, whenNothing = 'refuse', wholeRun = false } = definition;
	return {
		properties: [property],
		leaves: [{ path: property.name, kind, property, whenNothing, wholeRun }],
		read: (raw, collection) =>
			readField(definition, raw, collection ? `${collection}.${property.name}` : property.name),
	};
}

function readField<Value>(
	definition: FieldDefinition<Value>,
	raw: RawParameters,
	path: string,
): Value {
	const { property, empty, whenNothing = 'refuse', allowIncomplete = false, parse } = definition;
	const label = property.displayName;
	const given = valueAt(raw, path, label);
	if (isUnevaluated(given.value))
		throw new InvalidInput(
			label,
			'has an expression in {{ }} that n8n did not evaluate.',
			given.fromExpression
				? 'Check the data it comes from.'
				: "Switch the field from 'Fixed' to 'Expression'.",
		);
	const nothing = isNothing(given.value) || (given.incomplete && !allowIncomplete);
	const count = (gaveNothing: boolean): void => {
		if (given.fromExpression && whenNothing === 'hint') raw.count(label, gaveNothing);
	};
	if (!nothing) {
		const value = parse(given.value, raw, given);
		// A word for nothing, such as `null`, is read as if the field were empty.
		count(given.incomplete || (value === undefined && empty !== undefined));
		return value;
	}
	count(true);
	if (given.fromExpression && whenNothing === 'refuse')
		throw new InvalidInput(
			label,
			given.incomplete && !isNothing(given.value)
				? 'has a part that is empty: an expression in it gave nothing, or an error instead of a value.'
				: 'is empty: the expression gave nothing.',
			empty === undefined
				? 'Fill in the value for this item.'
				: 'Fill in the value for this item, or empty the field itself.',
		);
	if (!given.fromExpression && typeof given.value === 'string' && given.value !== '')
		throw new InvalidInput(label, 'has no visible characters.', 'Fill it in, or empty it.');
	if (empty === undefined || (definition.refuseEmptied && given.value !== undefined))
		throw new InvalidInput(label, 'is empty.', definition.wayOut ?? 'Fill it in.');
	return empty.is;
}

/** @throws InvalidInput when n8n cannot evaluate the expression */
function valueAt(raw: RawParameters, path: string, label: string): RawValue {
	let cause: unknown;
	try {
		return raw.at(path);
	} catch (error) {
		cause = error;
	}
	throw new InvalidInput(
		label,
		`its expression cannot be evaluated (${cause instanceof Error ? cause.message : String(cause)}).`,
		'Correct the expression.',
	);
}

/** Reads all fields. @throws InvalidInput for the first one that is not valid */
export function readFields<Declared extends Fields>(
	fields: Declared,
	raw: RawParameters,
	collection?: string,
): ValuesOf<Declared> {
	const values: Record<string, unknown> = {};
	for (const name of Object.keys(fields)) values[name] = fields[name].read(raw, collection);
	return values as ValuesOf<Declared>;
}

/** The same field, shown only when another one has one of these values. */
export function shownWhen<Value>(
	inner: Field<Value>,
	show: Record<string, string[] | boolean[]>,
): Field<Value> {
	const shown = (property: INodeProperties): INodeProperties => ({
		...property,
		displayOptions: { show: { ...property.displayOptions?.show, ...show } },
	});
	return {
		...inner,
		properties: inner.properties.map(shown),
		leaves: inner.leaves.map((leaf) => ({ ...leaf, property: shown(leaf.property) })),
	};
}

/** The same field with another label, description, hint or placeholder. */
export function described<Value>(
	inner: Field<Value>,
	words: Partial<
		Pick<INodeProperties, 'displayName' | 'description' | 'hint' | 'placeholder' | 'required'>
	>,
): Field<Value> {
	return { ...inner, properties: inner.properties.map((property) => ({ ...property, ...words })) };
}
