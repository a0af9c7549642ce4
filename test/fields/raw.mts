/**
 * Unread parameters of one item for tests. A member `{ expression: value }` stands for one that an expression gave,
 * `{ expression: value, incomplete: true }` for one of which a part gave nothing, `{ chosen: value }` for one chosen from
 * a list, and `{ fails: error }` for an expression that n8n cannot evaluate.
 */
import type { Field, RawParameters, RawValue } from '../../nodes/Dintero/fields/field';

interface Marked {
	expression?: unknown;
	incomplete?: boolean;
	chosen?: unknown;
	fails?: unknown;
}

export function rawParameters(
	parameters: object,
): RawParameters & { advice: string[]; counted: Array<[label: string, gaveNothing: boolean]> } {
	const advice: string[] = [];
	const counted: Array<[string, boolean]> = [];
	return {
		advice,
		counted,
		timeZone: 'Europe/Oslo',
		at(path): RawValue {
			let value: unknown = parameters;
			for (const name of path.split('.'))
				value = (value as Record<string, unknown> | undefined)?.[name];
			const marked = typeof value === 'object' && value !== null ? (value as Marked) : {};
			if ('fails' in marked) throw marked.fails;
			if ('chosen' in marked)
				return { value: marked.chosen, fromExpression: false, incomplete: false, chosen: true };
			const fromExpression = 'expression' in marked;
			return {
				value: fromExpression ? marked.expression : value,
				fromExpression,
				incomplete: marked.incomplete === true,
			};
		},
		advise: (text) => void advice.push(text),
		count: (label, gaveNothing) => void counted.push([label, gaveNothing]),
	};
}

/** What a field reads from these parameters. */
export const read = <Value,>(field: Field<Value>, parameters: object): Value =>
	field.read(rawParameters(parameters));

/** What a field reads when it holds what n8n fills in at first. */
export const readUntouched = <Value,>(field: Field<Value>): Value =>
	read(
		field,
		Object.fromEntries(field.properties.map(({ name, default: first }) => [name, first])),
	);
