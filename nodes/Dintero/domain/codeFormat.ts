/** How Dintero generates a PIN or a card token (wallets API, `pin.format` and `card_token.format`). */
export interface CodeFormat {
	/** Number of generated characters, without the prefix. */
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

/** The formats that the dropdown offers by name. */
export const PRESETS = {
	digits4: digits(4),
	digits6: digits(6),
	alphanumeric6: lettersAndDigits(6),
	digits16: digits(16),
	alphanumeric16: lettersAndDigits(16),
} as const;

/**
 * PIN: Dintero's minimum since 2024-11-01. Card token: no minimum is documented; 1 is the smallest sensible value.
 */
export const MINIMUM_LENGTH = { PIN: 4, 'Card Token': 1 } as const;
/** Recommended in Dintero's gift card guide. */
const RECOMMENDED_LENGTH = { PIN: 4, 'Card Token': 16 } as const;
/** No maximum is documented; a longer code is a typing mistake and could not be printed or typed. */
export const MAXIMUM_LENGTH = 255;

/** Advice when a format is weaker than Dintero recommends, otherwise `undefined`. */
export function codeFormatWarning(
	kind: CodeKind,
	format: CodeFormat | undefined,
): string | undefined {
	if (!format || format.length >= RECOMMENDED_LENGTH[kind]) return undefined;
	return `${kind}s of ${format.length} characters are easier to guess than Dintero recommends; ${RECOMMENDED_LENGTH[kind]} or more are safer`;
}
