import type { INodeProperties } from 'n8n-workflow';

import { parseChoice, type Choice } from '../domain/choices';
import { InvalidInput } from '../domain/invalidInput';
import { parseJson } from '../domain/json';
import { isNothing } from '../domain/nothing';
import { field, type Field } from './field';

interface ChoiceProperty<Value extends string> {
	name: string;
	displayName: string;
	description?: string;
	options: ReadonlyArray<Choice<Value> & { description?: string; action?: string }>;
	default: NoInfer<Value>;
	noDataExpression?: true;
}

/** One option of a list. An empty field means the default. */
export function choice<const Value extends string>(
	property: ChoiceProperty<Value>,
	{ wholeRun = false }: { wholeRun?: boolean } = {},
): Field<Value> {
	return field({
		kind: 'choice',
		property: {
			...property,
			type: 'options',
			options: property.options.map((option) => ({ ...option })),
		} as INodeProperties,
		empty: { is: property.default },
		wholeRun,
		parse: (value) => parseChoice(value, property.displayName, property.options),
	});
}

interface ChoicesProperty<Value extends string> {
	name: string;
	displayName: string;
	description?: string;
	options: ReadonlyArray<Choice<Value> & { description?: string }>;
	default: Array<NoInfer<Value>>;
}

/** Several options of a list, as an array, or as JSON or comma-separated text (AI agents send that). */
export const choices = <const Value extends string>(
	property: ChoicesProperty<Value>,
): Field<Value[]> => choicesField(property, true);

/** A filter: several options of a list. None filters nothing, but an expression that returns none is refused. */
export const anyChoices = <const Value extends string>(
	property: ChoicesProperty<Value>,
): Field<Value[]> => choicesField(property, false);

function choicesField<Value extends string>(
	property: ChoicesProperty<Value>,
	required: boolean,
): Field<Value[]> {
	const { displayName, options } = property;
	return field<Value[]>({
		kind: 'choices',
		property: {
			...property,
			type: 'multiOptions',
			...(required ? { required } : {}),
			options: options.map((option) => ({ ...option })),
		} as INodeProperties,
		...(required ? {} : { empty: { is: [] } }),
		wayOut: 'Choose at least one.',
		parse(value, _raw, { fromExpression }) {
			const given = listOf(value, displayName);
			const present = given.filter((entry) => !isNothing(entry));
			if (present.length === 0 && (required || fromExpression))
				throw new InvalidInput(displayName, 'is empty.', 'Choose at least one.');
			if (fromExpression && present.length < given.length)
				throw new InvalidInput(
					displayName,
					'has an entry that is empty: the expression gave nothing for it.',
					'Fill in the value for this item.',
				);
			return [...new Set(present.map((entry) => parseChoice(entry, displayName, options)))];
		},
	});
}

/** The entries of an array, or of text: separated by commas, or a JSON array. */
function listOf(value: unknown, field: string): unknown[] {
	if (Array.isArray(value)) return value as unknown[];
	const text = String(value);
	const list = text.trim().startsWith('[') ? parseJson(text, field) : undefined;
	return Array.isArray(list) ? (list as unknown[]) : text.replace(/,\s*$/, '').split(',');
}
