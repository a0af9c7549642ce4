/** Generates PINs and card tokens as requested, masks them, and renders their barcodes. */
import { randomInt, randomUUID } from 'node:crypto';
import { toBuffer } from 'bwip-js/node';
import { ApiError } from './errors.mts';
import type { Switches } from './switches.mts';

/** A requested format; every member is optional. */
export interface Format {
	length?: number;
	prefix?: string;
	symbols?: boolean;
	numbers?: boolean;
	characters?: boolean;
	barcode?: boolean;
}

const classes = {
	numbers: '0123456789',
	characters: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
	symbols: '!@#$%&*+-=?',
};
type ClassName = keyof typeof classes;
const classNames = Object.keys(classes) as ClassName[];
const defaultLength = 36;

/** Generates one code. `length` excludes the prefix; a switch decides about omitted character classes. */
export function generate(format: Format, fallback: Switches['formatFlagsFallback']): string {
	const anyGiven = classNames.some((name) => format[name] !== undefined);
	const absent = !anyGiven || fallback === 'defaults';
	const alphabet = classNames
		.filter((name) => format[name] ?? absent)
		.map((name) => classes[name])
		.join('');
	if (alphabet === '') {
		throw new ApiError(400, 'BAD REQUEST', 'The format allows no characters');
	}
	let text = format.prefix ?? '';
	if (format.barcode && !/^[ -~]*$/.test(text)) {
		throw new ApiError(400, 'BAD REQUEST', 'Code 128 has no way to write this prefix');
	}
	for (let left = format.length ?? defaultLength; left > 0; left--) {
		text += alphabet[randomInt(alphabet.length)];
	}
	return text;
}

/** A card token without a format is `DINCARD:` and a UUID. */
export const defaultToken = () => `DINCARD:${randomUUID()}`;

/** Masks a token except for its prefix, its hyphens, two characters in the middle and the last five. */
export function mask(code: string, prefix = ''): string {
	const hidden = code.slice(prefix.length);
	const keepAtEnd = hidden.length >= 16 ? 5 : Math.floor(hidden.length / 4);
	const middle = hidden.length >= 16 ? Math.floor(hidden.length / 2) + 1 : Infinity;
	const masked = [...hidden].map((character, index) => {
		const kept =
			character === '-' ||
			index >= hidden.length - keepAtEnd ||
			index === middle ||
			index === middle + 1;
		return kept ? character : '*';
	});
	return prefix + masked.join('');
}

/** A Code 128 barcode as the `data:` URI of a PNG. */
export async function barcode128(text: string): Promise<string> {
	const png = await toBuffer({ bcid: 'code128', text, scale: 2, height: 12 });
	return `data:image/png;base64,${png.toString('base64')}`;
}
