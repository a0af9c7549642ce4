import type { INodeProperties } from 'n8n-workflow';

import { readFields, type Field, type Fields, type ValuesOf } from './field';

/** Optional fields, in alphabetical order as n8n's guidelines require. */
function collection<Declared extends Fields>(
	name: string,
	displayName: string,
	placeholder: string,
	fields: Declared,
): Field<ValuesOf<Declared>> {
	const options = Object.values(fields)
		.flatMap(({ properties }) => properties)
		.sort((a, b) => a.displayName.localeCompare(b.displayName));
	const property: INodeProperties = {
		displayName,
		name,
		type: 'collection',
		placeholder,
		default: {},
		options: [...options],
	};
	return {
		properties: [property],
		leaves: Object.values(fields).flatMap(({ leaves }) =>
			leaves.map((leaf) => ({ ...leaf, path: `${name}.${leaf.path}` })),
		),
		read: (raw) => readFields(fields, raw, name),
	};
}

/** *Additional Fields*: optional properties of the thing itself. */
export const additionalFields = <Declared extends Fields>(fields: Declared) =>
	collection('additionalFields', 'Additional Fields', 'Add Field', fields);

/** *Filters*: what to leave out of a list. */
export const filters = <Declared extends Fields>(fields: Declared) =>
	collection('filters', 'Filters', 'Add filter', fields);

/** *Options*: how the operation works. */
export const options = <Declared extends Fields>(fields: Declared) =>
	collection('options', 'Options', 'Add option', fields);
