import type { INodeProperties } from 'n8n-workflow';

import { parseNumber } from '../domain/numbers';
import { field, type Field } from './field';

interface NumberProperty {
	name: string;
	displayName: string;
	description?: string;
	hint?: string;
	placeholder?: string;
	default: number;
	least: number;
	/** Infinity when missing. */
	most?: number;
	/** Whether a fraction is refused; true when missing. */
	whole?: boolean;
	wholeRun?: boolean;
}

/** A number; its default when it was not added. */
export const number = (property: NumberProperty): Field<number> =>
	numberField(property, { is: property.default });

/** A required number. */
export const requiredNumber = (property: NumberProperty): Field<number> => numberField(property);

/** A number; `undefined` when it was not added. */
export const optionalNumber = (property: NumberProperty): Field<number | undefined> =>
	numberField<number | undefined>(property, { is: undefined });

function numberField<Value>(property: NumberProperty, empty?: { is: Value }): Field<Value> {
	const { least, most = Infinity, whole = true, wholeRun, ...shown } = property;
	const example = Math.max(property.default, least);
	return field<Value>({
		kind: 'number',
		property: {
			...shown,
			type: 'number',
			...(empty === undefined ? { required: true } : {}),
			typeOptions: { minValue: least, ...(Number.isFinite(most) ? { maxValue: most } : {}) },
		} as INodeProperties,
		empty,
		refuseEmptied: true,
		wholeRun,
		wayOut: `Write a number such as ${example}.`,
		parse: (value) =>
			parseNumber(value, property.displayName, { least, most, whole, example }) as Value,
	});
}
