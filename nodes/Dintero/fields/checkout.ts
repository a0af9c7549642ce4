import type { IDataObject } from 'n8n-workflow';

import { InvalidInput, show } from '../domain/invalidInput';
import { hasHalfCharacter, parseJson } from '../domain/json';
import { isNothing, visibleText } from '../domain/nothing';
import { isFromMissingValue, parseReference, wordingProblem } from '../domain/text';
import { field, type Field } from './field';
import { referenceFilter } from './filters';
import { parseAddress } from './text';

/** Fields of the Dintero Checkout operations. */

/** The shop's order number. Dintero does not require it to be unique. */
export const merchantReference: Field<string> = field({
	kind: 'reference',
	property: {
		displayName: 'Order Number',
		name: 'merchantReference',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. 10045',
		description:
			'Your own number for the order. Dintero returns it with the payment and in every event.',
	},
	wayOut: 'Write the order number.',
	parse: (value) => parseReference(value, 'Order Number'),
});

/** The order number as a filter. */
export const anyMerchantReference = referenceFilter({
	name: 'merchantReference',
	displayName: 'Order Number',
	placeholder: 'e.g. 10045',
	description: 'Only payments of this order',
});

export const returnUrl: Field<string> = field({
	kind: 'url',
	property: {
		displayName: 'Return URL',
		name: 'returnUrl',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. https://www.myshop.no/thanks',
		description: 'Where the customer goes after paying or giving up',
	},
	wayOut: 'Write it with https:// in front.',
	// Apps use their own schemes, so other schemes are allowed except those that cannot be returned to.
	parse: (value) =>
		parseAddress(
			value,
			'Return URL',
			/^(?!(?:javascript|data|file|ftp|wss?):)[a-z][a-z0-9+.-]*:\/\/[^\s/]\S*$/i,
		),
});

export const customerEmail: Field<string | undefined> = field<string | undefined>({
	kind: 'email',
	property: {
		displayName: 'Customer Email',
		name: 'customerEmail',
		type: 'string',
		default: '',
		placeholder: 'e.g. anna@example.com',
		description: "Fills in the customer's e-mail address on the payment page",
	},
	empty: { is: undefined },
	whenNothing: 'hint',
	parse(value) {
		const text = typeof value === 'string' ? visibleText(value) : '';
		if (/^[^\s@<>()[\]:;,"]+@[^\s@<>()[\]:;,".]+(?:\.[^\s@<>()[\]:;,".]+)+$/.test(text))
			return text;
		throw new InvalidInput(
			'Customer Email',
			`${show(value)} is not an e-mail address.`,
			'Write it as anna@example.com, or leave it empty.',
		);
	},
});

export const customerPhone: Field<string | undefined> = field<string | undefined>({
	kind: 'phone',
	property: {
		displayName: 'Customer Phone',
		name: 'customerPhone',
		type: 'string',
		default: '',
		placeholder: 'e.g. +47 999 99 999',
		description: 'With + and the country code; needed to send the link by SMS',
	},
	empty: { is: undefined },
	parse(value) {
		const text = typeof value === 'string' ? visibleText(value) : '';
		// A zero in brackets, as in +46 (0)70, is left out with a country code.
		const number = text
			.replace(/\(0\)/, '')
			.replace(/[\s().\p{Pd}]/gu, '')
			.replace(/^00/, '+');
		if (/^\+[1-9]\d{6,14}$/.test(number)) return number;
		throw new InvalidInput(
			'Customer Phone',
			`${show(value)} is not a phone number with a country code.`,
			'Write it as +47 999 99 999.',
		);
	},
});

/** One line of an order in Checkout's format; typed only as far as the node reads it. */
export type OrderLine = IDataObject & { line_id?: string; amount?: number };

/** *Order Lines (JSON)*: Checkout's `items`, as JSON text or as an array. */
export const orderLines = (description: string): Field<OrderLine[] | undefined> =>
	field<OrderLine[] | undefined>({
		kind: 'lines',
		property: {
			displayName: 'Order Lines (JSON)',
			name: 'orderLinesJson',
			type: 'json',
			default: '[]',
			placeholder: 'e.g. [{ "line_id": "1", "amount": 50000 }]',
			description,
		},
		empty: { is: undefined },
		parse(value) {
			const list = fromJson(value, 'Order Lines (JSON)');
			const refuse = (problem: string, wayOut: string) =>
				new InvalidInput('Order Lines (JSON)', problem, wayOut);
			if (!Array.isArray(list) || !list.every(isRecord))
				throw refuse(
					`${show(value)} is not a list of lines.`,
					'Write it as [{"line_id": "1", "description": "Chair", "amount": 50000}], amounts in øre or cents.',
				);
			const lines: OrderLine[] = list;
			const ids = new Set<string>();
			for (const [index, line] of lines.entries()) {
				const { amount, line_id: id } = line;
				if (
					!Number.isSafeInteger(amount) ||
					typeof id !== 'string' ||
					isNothing(id) ||
					isFromMissingValue(id)
				)
					throw refuse(
						`line ${index + 1} has no line_id, or its amount is not a whole number of øre or cents.`,
						'Give every line a line_id of its own and an amount such as 50000 for 500.00.',
					);
				for (const text of Object.values(line)) {
					const problem = typeof text === 'string' && wordingProblem(visibleText(text));
					if (problem)
						throw refuse(
							`line ${index + 1} has ${show(text)}, which ${problem}`,
							'Check the data it comes from and correct the value.',
						);
				}
				ids.add(visibleText(id));
			}
			if (ids.size < lines.length)
				throw refuse('two lines have the same line_id.', 'Give every line a line_id of its own.');
			return lines.length === 0 ? undefined : lines;
		},
	});

/** *Configuration (JSON)*: members of Checkout's `configuration`. */
export const configuration: Field<IDataObject | undefined> = field<IDataObject | undefined>({
	kind: 'json',
	property: {
		displayName: 'Configuration (JSON)',
		name: 'configurationJson',
		type: 'json',
		default: '{}',
		placeholder: 'e.g. { "klarna": { "klarna": { "enabled": true } } }',
		description: 'Overrides the payment profile for this session, for example its payment types',
	},
	empty: { is: undefined },
	parse(value) {
		const object = fromJson(value, 'Configuration (JSON)');
		if (isRecord(object)) return Object.keys(object).length === 0 ? undefined : object;
		throw new InvalidInput(
			'Configuration (JSON)',
			`${show(value)} is not a JSON object.`,
			'Write it as {"klarna": {"klarna": {"enabled": true}}}.',
		);
	},
});

/** @throws InvalidInput for a text that is cut in the middle of a character */
function fromJson(value: unknown, field: string): unknown {
	const parsed = typeof value === 'string' ? parseJson(value, field) : value;
	if (hasHalfCharacter(parsed))
		throw new InvalidInput(
			field,
			'has a text that is cut in the middle of a character.',
			'Shorten the text by whole characters.',
		);
	return parsed;
}

const isRecord = (value: unknown): value is IDataObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws InvalidInput when the lines do not add up to the amount; Dintero would refuse or ignore them later */
export function checkLines(lines: OrderLine[] | undefined, amount: number | undefined): void {
	if (lines === undefined) return;
	const sum = lines.reduce((all, line) => all + (line.amount ?? 0), 0);
	if (amount !== undefined && sum === amount) return;
	throw new InvalidInput(
		'Order Lines (JSON)',
		amount === undefined
			? 'needs an Amount to compare with.'
			: `the lines add up to ${sum}, but Amount is ${amount} (øre or cents).`,
		"Fill in an 'Amount' that is the sum of the lines.",
	);
}
