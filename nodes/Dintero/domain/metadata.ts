import { InvalidInput, show } from './invalidInput';
import { hasHalfCharacter, parseJson } from './json';
import { isNothing, visibleText } from './nothing';
import { isFromMissingValue, wordingProblem } from './text';

/** A row of the *Metadata* field. */
interface Row {
	key?: unknown;
	value?: unknown;
}

/**
 * Parses metadata: rows of keys and values, and one JSON object (as text or as an object).
 * @param reserved keys that the node writes itself
 * @returns `undefined` when there is none
 * @throws InvalidInput when a row has no key, a key appears twice, a text is broken data, or the JSON is not an object
 */
export function parseMetadata(
	rows: unknown,
	json: unknown,
	reserved: readonly string[] = [],
): Record<string, unknown> | undefined {
	const metadata = new Map<string, unknown>();
	const add = (field: string, name: unknown, value: unknown): void => {
		const key = typeof name === 'number' ? String(name) : name;
		if (typeof key !== 'string' || isNothing(key) || isFromMissingValue(visibleText(key)))
			throw new InvalidInput(
				field,
				'has a row without a key.',
				"Fill in its 'Key' or remove the row.",
			);
		const plain = visibleText(key);
		if (reserved.includes(plain))
			throw new InvalidInput(
				field,
				`the key ${show(plain)} is used by the node itself.`,
				'Use another key.',
			);
		if (metadata.has(plain))
			throw new InvalidInput(
				field,
				`has the key ${show(plain)} twice.`,
				'Give every entry its own key.',
			);
		if (hasHalfCharacter([plain, value]))
			throw new InvalidInput(
				field,
				`the entry ${show(plain)} is cut in the middle of a character.`,
				'Shorten the text by whole characters.',
			);
		for (const text of [plain, value]) {
			const problem = typeof text === 'string' ? wordingProblem(visibleText(text)) : undefined;
			if (problem !== undefined)
				throw new InvalidInput(
					field,
					`the entry ${show(plain)} has ${show(text)}, which ${problem}`,
					'Check the data it comes from and correct the value.',
				);
		}
		metadata.set(
			plain,
			typeof value === 'string' ? value.normalize('NFC') : isNothing(value) ? '' : value,
		);
	};
	for (const row of Array.isArray(rows) ? (rows as Array<Row | null>) : [])
		add('Metadata', row?.key, row?.value);
	if (!isNothing(json))
		for (const [key, value] of Object.entries(jsonObject(json))) add('Metadata (JSON)', key, value);
	return metadata.size > 0 ? Object.fromEntries(metadata) : undefined;
}

function jsonObject(json: unknown): object {
	const value = typeof json === 'string' ? parseJson(json, 'Metadata (JSON)') : json;
	if (typeof value !== 'object' || value === null || Array.isArray(value))
		throw new InvalidInput(
			'Metadata (JSON)',
			`${show(json)} is not a JSON object.`,
			'Write it as {"campaign": "summer"}.',
		);
	return value;
}
