import { InvalidInput, show } from './invalidInput';
import { visibleText } from './nothing';

/** Wallet currencies and their number of decimals (Dintero wallets API: NOK, SEK, DKK, EUR, USD). */
export const CURRENCY_DECIMALS = { DKK: 2, EUR: 2, NOK: 2, SEK: 2, USD: 2 } as const;

export type Currency = keyof typeof CURRENCY_DECIMALS;

/** `main`: 500 means 500.00 kroner. `minor`: 50000 means 500.00 kroner, as in Dintero's API. */
export type AmountUnit = 'main' | 'minor';

/**
 * Parses a currency.
 * @throws InvalidInput when Dintero's wallets do not support it
 */
export function parseCurrency(value: unknown, field = 'Currency'): Currency {
	const code = typeof value === 'string' ? visibleText(value).toUpperCase() : '';
	if (Object.prototype.hasOwnProperty.call(CURRENCY_DECIMALS, code)) return code as Currency;
	const known = Object.keys(CURRENCY_DECIMALS).join(', ');
	throw new InvalidInput(
		field,
		`${show(value)} is not a currency Dintero's gift cards use.`,
		`Use one of ${known}.`,
	);
}

/**
 * Converts an amount to an exact whole number of minor units (øre, cents). Works on the text, never with
 * floating-point arithmetic, and refuses anything that could be read in two ways.
 *
 * Accepted in the main unit: `500`, `19.99`, `19,9`, `1 000,50`, `1.000,50`, `1,000.50`, `500,-` and numbers.
 * @param value text or a number
 * @param decimals the currency's number of decimals
 * @returns whole minor units, 0 or more
 * @throws InvalidInput for anything else: not a number, negative, too many decimals, ambiguous, too large
 */
export function parseAmount(
	value: unknown,
	decimals: number,
	unit: AmountUnit,
	field = 'Amount',
): number {
	const refuse = (problem: string, wayOut: string): InvalidInput =>
		new InvalidInput(field, problem, wayOut);
	const text = amountText(value);
	if (text === undefined || text === '') {
		const problem =
			text === '' || value === null || value === undefined
				? 'is empty.'
				: `${show(value)} is not a number.`;
		throw refuse(problem, 'Write a number such as 500 or 499.50.');
	}
	if (/^[-−–]./.test(text))
		throw refuse(`${show(value)} is negative.`, 'Write an amount above zero.');

	if (unit === 'minor') {
		if (!/^\d+$/.test(text))
			throw refuse(
				`${show(value)} is not a whole number of minor units.`,
				"Write 50000 for 500.00, or set 'Amount Unit' to the main unit.",
			);
		return safeInteger(text, () =>
			refuse(`${show(value)} is too large.`, 'Write a smaller amount.'),
		);
	}

	const parts = mainUnitParts(text);
	if (parts === 'ambiguous')
		throw refuse(
			`${show(value)} could be thousands or decimals.`,
			'Write 1000 or 1.00, without a thousands separator.',
		);
	if (parts === undefined)
		throw refuse(
			`${show(value)} is not a number.`,
			'Write only the number, such as 500 or 499.50.',
		);
	if (parts.fraction.length > decimals)
		throw refuse(
			`${show(value)} has more decimals than the currency, which has ${decimals}.`,
			`Round it to ${decimals} decimals first, for example with {{ $json.amount.toFixed(${decimals}) }}.`,
		);
	return safeInteger(parts.whole + parts.fraction.padEnd(decimals, '0'), () =>
		refuse(`${show(value)} is too large.`, 'Write a smaller amount.'),
	);
}

/** Formats minor units as plain decimal text: 50000 → `500.00`. */
export function mainUnitText(minor: number, decimals: number): string {
	const digits = String(Math.abs(minor)).padStart(decimals + 1, '0');
	const split = digits.length - decimals;
	const text = decimals === 0 ? digits : `${digits.slice(0, split)}.${digits.slice(split)}`;
	return minor < 0 ? `-${text}` : text;
}

/** Formats minor units for people: 123456750 NOK → `1 234 567.50 NOK`. */
export function formatAmount(minor: number, currency: string): string {
	const text = mainUnitText(minor, decimalsOf(currency));
	return `${text.replace(/\B(?=(\d{3})+(?!\d))/g, ' ')} ${currency}`;
}

/** The number of decimals of any currency, from Node's Unicode data; 2 for an unknown currency. */
export function decimalsOf(currency: string): number {
	const known = (CURRENCY_DECIMALS as Record<string, number>)[currency];
	if (known !== undefined || !/^[A-Za-z]{3}$/.test(currency)) return known ?? 2;
	const format = new Intl.NumberFormat('en', { style: 'currency', currency });
	return format.resolvedOptions().maximumFractionDigits ?? 2;
}

function amountText(value: unknown): string | undefined {
	if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
	if (typeof value !== 'string') return undefined;
	// Spreadsheets use no-break, thin and narrow no-break spaces as thousands separators.
	return visibleText(value);
}

/**
 * Splits an amount in the main unit into its digits.
 * @returns `'ambiguous'` when it can be read in two ways, `undefined` when it is not an amount
 */
function mainUnitParts(
	input: string,
): { whole: string; fraction: string } | 'ambiguous' | undefined {
	const text = input.replace(/[.,][-–—]$/, ''); // the Norwegian price notation 500,-
	const spaced = /^\d{1,3}(?: \d{3})+([.,]\d*)?$/.test(text);
	const plain = spaced ? text.replace(/ /g, '') : text;

	const simple = /^(\d+)(?:([.,])(\d+))?$/.exec(plain);
	if (simple) {
		const [, whole, separator, fraction = ''] = simple;
		// 1.000 and 1,000 can mean a thousand or one; 0.500 and 1 000.500 can't.
		if (
			separator &&
			fraction.length === 3 &&
			whole.length <= 3 &&
			!spaced &&
			!whole.startsWith('0')
		)
			return 'ambiguous';
		return { whole, fraction };
	}
	const grouped =
		/^(\d{1,3}(?:\.\d{3})+),(\d+)$/.exec(plain) ?? /^(\d{1,3}(?:,\d{3})+)\.(\d+)$/.exec(plain);
	if (grouped) return { whole: grouped[1].replace(/[.,]/g, ''), fraction: grouped[2] };
	if (/^\d{1,3}(?:([.,])\d{3})(?:\1\d{3})+$/.test(plain))
		return { whole: plain.replace(/[.,]/g, ''), fraction: '' };
	return undefined;
}

function safeInteger(digits: string, tooLarge: () => InvalidInput): number {
	const number = Number(digits);
	if (!Number.isSafeInteger(number)) throw tooLarge();
	return number;
}
