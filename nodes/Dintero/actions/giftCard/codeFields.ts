import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import {
	codeFormat,
	codeFormatWarning,
	type CodeFormat,
	type CodeKind,
	type CustomFormat,
} from '../../domain/codeFormat';
import { InvalidInput } from '../../domain/invalidInput';
import type { Item } from '../operation';
import { readFlag, readOptions } from '../readers';

/** The *PIN Format* and *Card Token Format* fields, and what a person's choice in them asks Dintero for. */

export const pinFormatFields: INodeProperties[] = [
	{
		displayName: 'PIN Format',
		name: 'pinFormat',
		type: 'options',
		options: [
			{ name: '4 Digits', value: 'digits4' },
			{ name: '6 Digits', value: 'digits6' },
			{ name: '6 Letters and Digits', value: 'alphanumeric6' },
			{ name: 'Custom', value: 'custom' },
			{ name: 'No PIN', value: 'none' },
		],
		default: 'digits4',
		description: 'How Dintero makes the PIN the customer types when paying',
	},
	...customFields('PIN', 'pin', 'pinFormat', 4),
];

export const tokenFormatFields: INodeProperties[] = [
	{
		displayName: 'Card Token Format',
		name: 'tokenFormat',
		type: 'options',
		options: [
			{ name: '16 Digits', value: 'digits16' },
			{ name: '16 Letters and Digits', value: 'alphanumeric16' },
			{ name: 'Custom', value: 'custom' },
			{
				name: "Dintero's Default",
				value: 'dinteroDefault',
				description: 'A long random code with the prefix DINCARD',
			},
			{ name: 'No Card Token', value: 'none' },
		],
		default: 'digits16',
		description:
			'How Dintero makes the card token: the code that is printed or e-mailed and scanned or typed when paying',
	},
	...customFields('Card Token', 'code', 'tokenFormat', 16),
];

export const tokenBarcodeOption: INodeProperties = {
	displayName: 'Card Token Barcode',
	name: 'tokenBarcode',
	type: 'boolean',
	default: false,
	description:
		'Whether to return the card token as a Code 128 barcode too, as a PNG file ready to attach to an e-mail',
};

export const pinBarcodeOption: INodeProperties = {
	displayName: 'PIN Barcode',
	name: 'pinBarcodeFile',
	type: 'boolean',
	default: false,
	description: 'Whether to return the PIN as a Code 128 barcode too, as a PNG file',
};

/** Options that ask for Code 128 images, whatever the format. */
export const barcodeOptions: INodeProperties[] = [tokenBarcodeOption, pinBarcodeOption];

/** The fields of a format for an operation that makes such a code, so that none at all is no choice. */
export function withoutNone(fields: INodeProperties[], formatField: string): INodeProperties[] {
	return fields.map((field) =>
		field.name === formatField
			? {
					...field,
					options: (field.options as INodePropertyOptions[]).filter(
						({ value }) => value !== 'none',
					),
				}
			: field,
	);
}

/** @throws InvalidInput for an impossible format */
export function readPinFormat(item: Item): CodeFormat | undefined {
	const options = readOptions(item);
	const preset = item.get('pinFormat', 'digits4');
	const format = codeFormat(
		'PIN',
		preset,
		custom(item, preset, 'pin'),
		options.pinBarcodeFile === true,
	);
	return checked(item, 'PIN', format);
}

/** @throws InvalidInput for an impossible format, or a barcode of a format that cannot be named */
export function readTokenFormat(item: Item): CodeFormat | 'default' | undefined {
	const barcode = readFlag(readOptions(item).tokenBarcode, false);
	const preset = item.get('tokenFormat', 'digits16');
	if (preset === 'dinteroDefault') {
		// Asking for a barcode means sending a format, which replaces Dintero's own.
		if (barcode)
			throw new InvalidInput(
				'Card Token Format',
				"Dintero's default cannot have a barcode.",
				'Choose another format, or turn the barcode off.',
			);
		return 'default';
	}
	return checked(
		item,
		'Card Token',
		codeFormat('Card Token', preset, custom(item, preset, 'code'), barcode),
	);
}

function checked(
	item: Item,
	kind: CodeKind,
	format: CodeFormat | undefined,
): CodeFormat | undefined {
	const warning = codeFormatWarning(kind, format);
	if (warning) item.warn(warning);
	return format;
}

function custom(item: Item, preset: unknown, prefix: 'pin' | 'code'): CustomFormat {
	if (preset !== 'custom') return {};
	return {
		length: item.get(`${prefix}Length`),
		prefix: item.get(`${prefix}Prefix`, ''),
		numbers: item.get(`${prefix}Numbers`, true),
		letters: item.get(`${prefix}Letters`, false),
		symbols: item.get(`${prefix}Symbols`, false),
		barcode: item.get(`${prefix}Barcode`, false),
	};
}

function customFields(
	kind: CodeKind,
	prefix: 'pin' | 'code',
	formatField: string,
	length: number,
): INodeProperties[] {
	const show = { [formatField]: ['custom'] };
	const off = (name: string, displayName: string, description: string): INodeProperties => ({
		displayName,
		name,
		type: 'boolean',
		default: false,
		displayOptions: { show },
		description,
	});
	return [
		{
			displayName: `${kind} Length`,
			name: `${prefix}Length`,
			type: 'number',
			typeOptions: { minValue: kind === 'PIN' ? 4 : 1 },
			default: length,
			displayOptions: { show },
			description: 'How many characters Dintero generates, without the prefix',
		},
		{
			displayName: `${kind} Prefix`,
			name: `${prefix}Prefix`,
			type: 'string',
			default: '',
			placeholder: kind === 'PIN' ? 'e.g. P' : 'e.g. SUMMER-',
			displayOptions: { show },
			description: 'Put in front of every generated code',
		},
		{
			...off(`${prefix}Numbers`, `${kind} Numbers`, 'Whether it may contain digits'),
			default: true,
		},
		off(
			`${prefix}Letters`,
			`${kind} Letters`,
			'Whether it may contain letters, upper and lower case',
		),
		off(`${prefix}Symbols`, `${kind} Symbols`, 'Whether it may contain characters such as @#$%'),
		off(
			`${prefix}Barcode`,
			`${kind} Barcode`,
			'Whether to return a Code 128 barcode too, as a PNG file',
		),
	];
}
