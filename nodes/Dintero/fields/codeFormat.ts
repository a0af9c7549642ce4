import type { INodeProperties } from 'n8n-workflow';

import {
	codeFormatWarning,
	MAXIMUM_LENGTH,
	MINIMUM_LENGTH,
	PRESETS,
	type CodeFormat,
	type CodeKind,
} from '../domain/codeFormat';
import { InvalidInput, show } from '../domain/invalidInput';
import { dataProblem, isFromMissingValue } from '../domain/text';
import { choice } from './choice';
import { field, shownWhen, type Field, type Fields, type RawParameters } from './field';
import { flag } from './flag';
import { requiredNumber } from './number';

/** The *PIN Format* and *Card Token Format* fields, read into Dintero's formats. */

const pinPresets = [
	{ name: '4 Digits', value: 'digits4' },
	{ name: '6 Digits', value: 'digits6' },
	{ name: '6 Letters and Digits', value: 'alphanumeric6' },
	{ name: 'Custom', value: 'custom' },
] as const;

const tokenPresets = [
	{ name: '16 Digits', value: 'digits16' },
	{ name: '16 Letters and Digits', value: 'alphanumeric16' },
	{ name: 'Custom', value: 'custom' },
	{
		name: "Dintero's Default",
		value: 'dinteroDefault',
		description: 'A long random code with the prefix DINCARD',
	},
] as const;

const NO_PIN = { name: 'No PIN', value: 'none' } as const;
const NO_TOKEN = { name: 'No Card Token', value: 'none' } as const;

const pinFormatChoice = {
	name: 'pinFormat',
	displayName: 'PIN Format',
	default: 'digits4',
	description: 'Format of the PIN that the customer types when paying',
} as const;

const tokenFormatChoice = {
	name: 'tokenFormat',
	displayName: 'Card Token Format',
	default: 'digits16',
	description:
		'Format of the card token: the code that is printed or e-mailed, and scanned or typed when paying',
} as const;

const pinChoice = choice({ ...pinFormatChoice, options: [...pinPresets, NO_PIN] });
const requiredPinChoice = choice({ ...pinFormatChoice, options: pinPresets });
const tokenChoice = choice({ ...tokenFormatChoice, options: [...tokenPresets, NO_TOKEN] });
const requiredTokenChoice = choice({ ...tokenFormatChoice, options: tokenPresets });

/** Add it to the options of every operation that makes card tokens. */
export const tokenBarcode = flag(
	{
		name: 'tokenBarcode',
		displayName: 'Card Token Barcode',
		default: false,
		description:
			'Whether to return the card token as a Code 128 barcode too, as a PNG file ready to attach to an e-mail',
	},
	{ cosmetic: true },
);

/** Add it to the options of every operation that makes PINs. */
export const pinBarcode = flag(
	{
		name: 'pinBarcode',
		displayName: 'PIN Barcode',
		default: false,
		description: 'Whether to return the PIN as a Code 128 barcode too, as a PNG file',
	},
	{ cosmetic: true },
);

/** The fields shown for *Custom*. */
function customFields(kind: CodeKind, prefix: 'pin' | 'token', length: number) {
	const codePrefix: Field<string> = field({
		kind: 'prefix',
		property: {
			displayName: `${kind} Prefix`,
			name: `${prefix}Prefix`,
			type: 'string',
			default: '',
			placeholder: kind === 'PIN' ? 'e.g. P' : 'e.g. SUMMER-',
			description: 'Put in front of every generated code',
		},
		empty: { is: '' },
		parse(value) {
			const text = typeof value === 'string' ? value.trim() : '';
			if (dataProblem(text) !== undefined || isFromMissingValue(text))
				throw new InvalidInput(
					`${kind} Prefix`,
					`${show(text)} comes from a missing value.`,
					'Fill in the prefix, or leave it empty.',
				);
			if (text !== '' && !/[\p{C}\p{Z}]/u.test(text)) return text;
			if (Number.isSafeInteger(value)) return String(value);
			throw new InvalidInput(
				`${kind} Prefix`,
				'has a space or a character that cannot be typed.',
				'Use letters, digits and hyphens.',
			);
		},
	});
	return {
		length: requiredNumber({
			name: `${prefix}Length`,
			displayName: `${kind} Length`,
			default: length,
			least: MINIMUM_LENGTH[kind],
			most: MAXIMUM_LENGTH,
			description: 'How many characters Dintero generates, without the prefix',
		}),
		prefix: codePrefix,
		numbers: flag({
			name: `${prefix}Numbers`,
			displayName: `${kind} Numbers`,
			default: true,
			description: 'Whether it may contain digits',
		}),
		letters: flag({
			name: `${prefix}Letters`,
			displayName: `${kind} Letters`,
			default: false,
			description: 'Whether it may contain letters, upper and lower case',
		}),
		symbols: flag({
			name: `${prefix}Symbols`,
			displayName: `${kind} Symbols`,
			default: false,
			description: 'Whether it may contain characters such as @#$%',
		}),
	};
}

const customPin = customFields('PIN', 'pin', 4);
const customToken = customFields('Card Token', 'token', 16);

type Preset = (typeof pinPresets | typeof tokenPresets)[number]['value'];

function readFormat(
	raw: RawParameters,
	kind: CodeKind,
	preset: Exclude<Preset, 'dinteroDefault'>,
	custom: ReturnType<typeof customFields>,
	barcode: boolean,
): CodeFormat {
	const format = {
		...(preset === 'custom' ? readCustom(raw, kind, custom) : PRESETS[preset]),
		...(barcode ? { barcode } : {}),
	};
	const warning = codeFormatWarning(kind, format);
	if (warning) raw.advise(warning);
	return format;
}

function readCustom(
	raw: RawParameters,
	kind: CodeKind,
	custom: ReturnType<typeof customFields>,
): CodeFormat {
	const prefix = custom.prefix.read(raw);
	const format = {
		length: custom.length.read(raw),
		...(prefix === '' ? {} : { prefix }),
		symbols: custom.symbols.read(raw),
		characters: custom.letters.read(raw),
		numbers: custom.numbers.read(raw),
	};
	if (!format.numbers && !format.characters && !format.symbols)
		throw new InvalidInput(
			`${kind} Format`,
			'allows no characters at all.',
			`Turn on at least one of '${kind} Numbers', '${kind} Letters' and '${kind} Symbols'.`,
		);
	return format;
}

function formatField<Value>(
	format: Field<Preset | 'none'>,
	custom: Fields,
	read: (raw: RawParameters) => Value,
): Field<Value> {
	const name = format.properties[0].name;
	const customOnly = Object.values(custom).map((inner) => shownWhen(inner, { [name]: ['custom'] }));
	const all = [format as Field<unknown>, ...customOnly];
	return {
		properties: all.flatMap(({ properties }): readonly INodeProperties[] => properties),
		leaves: all.flatMap(({ leaves }) => leaves),
		read,
	};
}

/** *PIN Format*; `undefined` for no PIN. Read together with *PIN Barcode* of the options. */
export const pinFormat: Field<CodeFormat | undefined> = formatField(pinChoice, customPin, (raw) => {
	const preset = pinChoice.read(raw);
	if (preset === 'none') return undefined;
	return readFormat(raw, 'PIN', preset, customPin, pinBarcode.read(raw, 'options'));
});

/** *PIN Format* of an operation that always makes a PIN. */
export const requiredPinFormat: Field<CodeFormat> = formatField(
	requiredPinChoice,
	customPin,
	(raw) =>
		readFormat(raw, 'PIN', requiredPinChoice.read(raw), customPin, pinBarcode.read(raw, 'options')),
);

/** *Card Token Format*; `undefined` for no card token. Read together with *Card Token Barcode* of the options. */
export const tokenFormat: Field<CodeFormat | 'default' | undefined> = formatField(
	tokenChoice,
	customToken,
	(raw) => {
		const preset = tokenChoice.read(raw);
		return preset === 'none' ? undefined : readTokenFormat(raw, preset);
	},
);

/** *Card Token Format* of an operation that always makes a card token. */
export const requiredTokenFormat: Field<CodeFormat | 'default'> = formatField(
	requiredTokenChoice,
	customToken,
	(raw) => readTokenFormat(raw, requiredTokenChoice.read(raw)),
);

/**
 * @param consequence what it would mean for the card, for example `so nobody could use the card`
 * @throws InvalidInput when a card would get neither a PIN nor a card token
 */
export function checkFormats(pin: unknown, token: unknown, consequence: string): void {
	if (pin !== undefined || token !== undefined) return;
	throw new InvalidInput(
		'PIN Format',
		`and Card Token Format are both off, ${consequence}.`,
		'Choose a format for at least one of them.',
	);
}

/** @throws InvalidInput for a barcode of Dintero's own format: a request for a barcode has to name a format */
function readTokenFormat(
	raw: RawParameters,
	preset: (typeof tokenPresets)[number]['value'],
): CodeFormat | 'default' {
	const barcode = tokenBarcode.read(raw, 'options');
	if (preset !== 'dinteroDefault')
		return readFormat(raw, 'Card Token', preset, customToken, barcode);
	if (!barcode) return 'default';
	throw new InvalidInput(
		'Card Token Format',
		"Dintero's default cannot have a barcode.",
		'Choose another format, or turn the barcode off.',
	);
}
