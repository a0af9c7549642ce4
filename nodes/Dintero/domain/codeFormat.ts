import { InvalidInput, show } from './invalidInput';

/** How Dintero makes a PIN or a card token (wallets API, `pin.format` and `card_token.format`). */
export interface CodeFormat {
	/** Generated characters; the prefix is not counted. */
	length: number;
	prefix?: string;
	/** Always sent, because Dintero's default for a missing flag adds symbols. */
	symbols: boolean;
	characters: boolean;
	numbers: boolean;
	/** Whether Dintero also returns a Code 128 image. */
	barcode?: boolean;
}

export type CodeKind = 'PIN' | 'Card Token';

/** What the parameters of a custom format hold; every value may come from an expression or an AI agent as text. */
export interface CustomFormat {
	length?: unknown;
	prefix?: unknown;
	numbers?: unknown;
	letters?: unknown;
	symbols?: unknown;
	barcode?: unknown;
}

const digits = (length: number): CodeFormat => ({
	length,
	symbols: false,
	characters: false,
	numbers: true,
});
const lettersAndDigits = (length: number): CodeFormat => ({
	length,
	symbols: false,
	characters: true,
	numbers: true,
});

export const PIN_PRESETS: Record<string, CodeFormat> = {
	digits4: digits(4),
	digits6: digits(6),
	alphanumeric6: lettersAndDigits(6),
};

export const TOKEN_PRESETS: Record<string, CodeFormat> = {
	digits16: digits(16),
	alphanumeric16: lettersAndDigits(16),
};

/** PIN: Dintero's minimum since 2024-11-01. Card token: no minimum is documented; 1 is the smallest that makes sense. */
const MINIMUM_LENGTH = { PIN: 4, 'Card Token': 1 } as const;
/** Dintero's advice in its gift card guide. */
const RECOMMENDED_LENGTH = { PIN: 4, 'Card Token': 16 } as const;
/** No maximum is documented; a longer code is a mistyped number and cannot be printed or typed. */
const MAXIMUM_LENGTH = 255;

/**
 * The format to ask for, or `undefined` for a preset that asks for nothing (`none`).
 * @param preset the value of the *PIN Format* or *Card Token Format* dropdown
 * @throws InvalidInput for an unknown preset or an impossible custom format
 */
export function codeFormat(
	kind: CodeKind,
	preset: unknown,
	custom: CustomFormat = {},
	barcode = false,
): CodeFormat | undefined {
	const field = `${kind} Format`;
	if (preset === 'none') return undefined;
	if (preset === 'custom') return customFormat(kind, custom, barcode);
	const presets = kind === 'PIN' ? PIN_PRESETS : TOKEN_PRESETS;
	if (typeof preset === 'string' && Object.prototype.hasOwnProperty.call(presets, preset))
		return { ...presets[preset], ...(barcode ? { barcode } : {}) };
	throw new InvalidInput(
		field,
		`${show(preset)} is not a known format.`,
		`Use one of ${[...Object.keys(presets), 'custom', 'none'].join(', ')}.`,
	);
}

/** A sentence of advice when a format is weaker than Dintero recommends, else `undefined`. */
export function codeFormatWarning(
	kind: CodeKind,
	format: CodeFormat | undefined,
): string | undefined {
	if (!format || format.length >= RECOMMENDED_LENGTH[kind]) return undefined;
	return `${kind}s of ${format.length} characters are easier to guess than Dintero recommends; ${RECOMMENDED_LENGTH[kind]} or more are safer`;
}

function customFormat(kind: CodeKind, custom: CustomFormat, barcode: boolean): CodeFormat {
	const length = wholeNumber(custom.length, `${kind} Length`);
	const minimum = MINIMUM_LENGTH[kind];
	if (length < minimum || length > MAXIMUM_LENGTH)
		throw new InvalidInput(
			`${kind} Length`,
			`${length} is not possible.`,
			`Use ${minimum} to ${MAXIMUM_LENGTH} characters.`,
		);
	const numbers = flag(custom.numbers, true);
	const characters = flag(custom.letters, false);
	const symbols = flag(custom.symbols, false);
	if (!numbers && !characters && !symbols)
		throw new InvalidInput(
			`${kind} Format`,
			'allows no characters at all.',
			"Turn on at least one of 'Numbers', 'Letters' and 'Symbols'.",
		);
	const prefix = custom.prefix === undefined || custom.prefix === null ? '' : String(custom.prefix);
	return {
		length,
		...(prefix === '' ? {} : { prefix }),
		symbols,
		characters,
		numbers,
		...(barcode || flag(custom.barcode, false) ? { barcode: true } : {}),
	};
}

/** A switch that may arrive as text (AI agents, expressions on spreadsheet cells). */
function flag(value: unknown, missing: boolean): boolean {
	if (value === undefined || value === null || value === '') return missing;
	return typeof value === 'string' ? /^(true|yes|1)$/i.test(value.trim()) : Boolean(value);
}

/** @throws InvalidInput unless the value is, or reads as, a whole number */
function wholeNumber(value: unknown, field: string): number {
	const text = typeof value === 'string' ? value.trim() : value;
	const number = typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : text;
	if (Number.isSafeInteger(number)) return number as number;
	throw new InvalidInput(
		field,
		`${show(value)} is not a whole number.`,
		'Write a whole number such as 6.',
	);
}
