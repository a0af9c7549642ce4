import type { INodeProperties } from 'n8n-workflow';

import { parseFlag } from '../domain/flags';
import { field, type Field } from './field';

interface FlagProperty {
	name: string;
	displayName: string;
	description: string;
	default: boolean;
}

/**
 * A switch.
 * @param settings `cosmetic`: it only affects the output, so an expression that returns nothing means the default;
 * `wholeRun`: it must be the same for all items
 */
export function flag(
	property: FlagProperty,
	{ cosmetic = false, wholeRun = false }: { cosmetic?: boolean; wholeRun?: boolean } = {},
): Field<boolean> {
	return field({
		kind: 'flag',
		property: { type: 'boolean', ...property } as INodeProperties,
		empty: { is: property.default },
		whenNothing: cosmetic ? 'hint' : 'refuse',
		wholeRun,
		parse: (value) => parseFlag(value, property.displayName),
	});
}

/** *Simplify*: a flat item with the most used fields instead of Dintero's answer. */
export const simplify = flag(
	{
		name: 'simplify',
		displayName: 'Simplify',
		default: true,
		description: 'Whether to return a simplified version of the response instead of the raw data',
	},
	{ cosmetic: true },
);
