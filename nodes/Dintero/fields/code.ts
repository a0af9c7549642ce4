import type { INodeProperties } from 'n8n-workflow';

import { parseCode } from '../domain/codes';
import { InvalidInput } from '../domain/invalidInput';
import { dataProblem, isFromMissingValue } from '../domain/text';
import { field, type Field } from './field';

interface SecretProperty {
	name: string;
	displayName: string;
	description?: string;
	hint?: string;
	placeholder?: string;
	default?: string;
}

const password = (property: SecretProperty): INodeProperties => ({
	type: 'string',
	typeOptions: { password: true },
	default: '',
	...property,
});

/** The card token a customer shows. Anyone who has it can pay, so it is a password field. */
export const cardToken: Field<string> = field({
	kind: 'code',
	property: {
		...password({
			name: 'cardToken',
			displayName: 'Card Token',
			description: 'The code on the card, as it is scanned or typed when paying',
		}),
		required: true,
	},
	wayOut: 'Fill in the card token.',
	parse: (value, raw) => parseCode(value, 'Card Token', raw.advise),
});

/**
 * The PIN a customer types.
 * @param whenNothing what an expression that returns nothing means; `refuse` where money moves, so that the PIN check
 * cannot be skipped by accident
 */
export function pin(
	words: Pick<SecretProperty, 'description' | 'hint'>,
	whenNothing: 'refuse' | 'hint',
): Field<string | undefined> {
	return field<string | undefined>({
		kind: 'code',
		property: password({ name: 'pin', displayName: 'PIN', ...words }),
		empty: { is: undefined },
		whenNothing,
		parse: (value, raw) => parseCode(value, 'PIN', raw.advise),
	});
}

/** A secret of the user's own. Only white space around it is removed; it is never shown in a message. */
export function secret(property: SecretProperty, { masked = true } = {}): Field<string> {
	return field({
		kind: 'secret',
		property: {
			...password(property),
			...(masked ? {} : { typeOptions: undefined }),
			required: true,
		},
		wayOut: `Fill in the ${property.displayName}.`,
		parse(value) {
			const text = typeof value === 'string' ? value.trim() : undefined;
			if (text === undefined || /\p{Cs}/u.test(text))
				throw new InvalidInput(property.displayName, 'is not text.', 'Provide it as text.');
			if (dataProblem(text) !== undefined || isFromMissingValue(text))
				throw new InvalidInput(
					property.displayName,
					'comes from a missing value.',
					'Check the data it comes from and fill in the missing value.',
				);
			return text;
		},
	});
}
