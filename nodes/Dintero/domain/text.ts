import { InvalidInput, show } from './invalidInput';

/** Dintero's limit for references chosen by the caller (card ID, customer ID, originated by). */
const LONGEST_REFERENCE = 255;

/**
 * A reference chosen by the caller: at most 255 characters without outer spaces (wallets API).
 * Numbers become text; spreadsheets give order numbers as numbers.
 * @returns `undefined` for a missing or empty value
 * @throws InvalidInput
 */
export function parseReference(value: unknown, field: string): string | undefined {
	if (value === undefined || value === null || value === '') return undefined;
	if (typeof value !== 'string' && !Number.isSafeInteger(value))
		throw new InvalidInput(field, `${show(value)} is not text.`, 'Use a text or a whole number.');
	const text = String(value).trim();
	if (text === '')
		throw new InvalidInput(field, 'is only spaces.', 'Fill it in or leave it empty.');
	if (text.length > LONGEST_REFERENCE)
		throw new InvalidInput(
			field,
			`${show(text)} has ${text.length} characters.`,
			`Use at most ${LONGEST_REFERENCE}.`,
		);
	return text;
}

/**
 * The ID of a card, customer or subscription that must be there.
 * @throws InvalidInput when it is missing, or is `.` or `..`, which no web address can carry
 */
export function parseId(value: unknown, field: string): string {
	const id = parseReference(value, field);
	if (id === undefined)
		throw new InvalidInput(field, 'is empty.', 'Choose one from the list or write its ID.');
	if (id === '.' || id === '..')
		throw new InvalidInput(
			field,
			`${show(id)} cannot be part of a web address.`,
			'Use another ID.',
		);
	return id;
}

/**
 * Metadata as a person gave it: rows of keys and values, or JSON (text or object).
 * @returns `undefined` when there is none
 * @throws InvalidInput when it is not an object or a row has no key
 */
export function parseMetadata(rows: unknown, json: unknown): Record<string, unknown> | undefined {
	const metadata: Record<string, unknown> = {};
	for (const row of (Array.isArray(rows) ? rows : []) as Array<{
		key?: unknown;
		value?: unknown;
	}>) {
		const key = String(row.key ?? '').trim();
		if (key === '')
			throw new InvalidInput(
				'Metadata',
				'has a row without a key.',
				"Fill in its 'Key' or remove the row.",
			);
		metadata[key] = row.value ?? '';
	}
	if (json !== undefined && json !== null && json !== '') Object.assign(metadata, jsonObject(json));
	return Object.keys(metadata).length > 0 ? metadata : undefined;
}

function jsonObject(json: unknown): object {
	let value = json;
	if (typeof json === 'string') {
		try {
			value = JSON.parse(json) as unknown;
		} catch {
			// Still a text, which is refused below.
		}
	}
	if (typeof value !== 'object' || value === null || Array.isArray(value))
		throw new InvalidInput(
			'Metadata (JSON)',
			`${show(json)} is not a JSON object.`,
			'Write it as {"campaign": "summer"}.',
		);
	return value;
}
