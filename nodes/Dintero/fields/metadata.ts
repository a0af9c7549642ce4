import type { IDataObject } from 'n8n-workflow';

import { parseMetadata } from '../domain/metadata';
import { InvalidInput, show } from '../domain/invalidInput';
import { isNothing } from '../domain/nothing';
import { field, type Field } from './field';

/** Keys that the node itself writes, see `exactlyOnce/mark.ts`. */
const RESERVED = ['n8n_origin', 'n8n_refund_of', 'n8n_replaced_by', 'n8n_replaces'];

const rows: Field<unknown> = field<unknown>({
	kind: 'metadata',
	property: {
		displayName: 'Metadata',
		name: 'metadata',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add entry',
		default: {},
		description: 'Keys and values of your own, kept by Dintero',
		options: [
			{
				displayName: 'Entry',
				name: 'entries',
				values: [
					{
						displayName: 'Key',
						name: 'key',
						type: 'string',
						default: '',
						placeholder: 'e.g. campaign',
						description:
							'For the ID of a payment in Dintero Checkout, Dintero recommends dintero_transaction_id',
					},
					{ displayName: 'Value', name: 'value', type: 'string', default: '' },
				],
			},
		],
	},
	empty: { is: undefined },
	whenNothing: 'hint',
	allowIncomplete: true,
	parse(value, raw, { fromExpression }) {
		const entries = entriesOf(value);
		if (entries === undefined)
			throw new InvalidInput('Metadata', 'is not a list of entries.', "Use 'Metadata (JSON)'.");
		for (const entry of fromExpression ? entries : [])
			raw.count(`Metadata ${show(entry?.key)}`, isNothing(entry?.value));
		return entries;
	},
});

type Entry = { key?: unknown; value?: unknown } | null;

/** The rows as n8n stores them, or an array of them; `undefined` for anything else. */
function entriesOf(value: unknown): Entry[] | undefined {
	if (Array.isArray(value)) return value as Entry[];
	if (typeof value !== 'object' || value === null) return undefined;
	const { entries, ...others } = value as IDataObject;
	if (Object.keys(others).length > 0) return undefined;
	const none = isNothing(entries);
	return none ? [] : Array.isArray(entries) ? (entries as unknown as Entry[]) : undefined;
}

const json: Field<unknown> = field<unknown>({
	kind: 'json',
	property: {
		displayName: 'Metadata (JSON)',
		name: 'metadataJson',
		type: 'json',
		default: '{}',
		placeholder: 'e.g. { "campaign": "summer" }',
		description: 'Metadata as one JSON object, added to the rows of Metadata',
	},
	empty: { is: undefined },
	whenNothing: 'hint',
	// One empty value must not drop the others; where it makes the JSON invalid, that is refused.
	allowIncomplete: true,
	parse: (value) => value,
});

/** *Metadata* and *Metadata (JSON)*, merged. */
export const metadata: Field<IDataObject | undefined> = {
	properties: [...rows.properties, ...json.properties],
	leaves: [...rows.leaves, ...json.leaves],
	read: (raw, collection) =>
		parseMetadata(rows.read(raw, collection), json.read(raw, collection), RESERVED) as
			IDataObject | undefined,
};
