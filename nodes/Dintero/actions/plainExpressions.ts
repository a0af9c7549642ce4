import type { IDataObject } from 'n8n-workflow';

/** Reads a parameter's value for an item; `UNDECIDED` when n8n has to evaluate the expression for this item. */
export type Reader = (json: IDataObject) => unknown;

export const UNDECIDED = Symbol('n8n decides');

/** Latin letters, as in Europe's spreadsheets; n8n's parser does not take every letter there is. */
const LETTER = 'A-Za-zÀ-ÖØ-öø-ſ_$';
const KEY = String.raw`\["[^"\\{}\n\r\u2028\u2029]*"\]|\['[^'\\{}\n\r\u2028\u2029]*'\]|\[\d+\]`;
const STEP = String.raw`\.[${LETTER}][${LETTER}0-9]*|${KEY}`;
const PATH = new RegExp(String.raw`\{\{\s*\$json((?:${STEP})+)\s*\}\}`, 'gu');
const STEPS = new RegExp(STEP, 'gu');
/** n8n refuses to look at these. */
const FORBIDDEN = new Set(['__proto__', 'prototype', 'constructor']);

/**
 * A reader for a parameter that only takes fields of its own item, such as `={{ $json.order.id }}` or
 * `=order-{{ $json["No."] }}`, alone or inside a collection; `undefined` for any other parameter.
 *
 * n8n takes about half a millisecond to evaluate an expression, more than anything else a card costs besides the
 * network. This reads the same value in a microsecond. It decides nothing that could be read differently: whatever is not a text, a
 * finite number or a truth value found on the way as an own member is left to n8n.
 */
export function plainReader(parameter: unknown): Reader | undefined {
	if (typeof parameter === 'string')
		return parameter.startsWith('=') ? textReader(parameter.slice(1)) : () => parameter;
	if (typeof parameter !== 'object' || parameter === null) return () => parameter;
	if ('__rl' in parameter) return undefined; // a resource locator takes more than its expression
	const members = Object.entries(parameter as IDataObject).map(
		([key, value]) => [key, plainReader(value)] as const,
	);
	if (members.some(([, reader]) => reader === undefined)) return undefined;
	return (json) => {
		const copy: IDataObject | unknown[] = Array.isArray(parameter) ? [] : {};
		for (const [key, reader] of members) {
			const value = reader?.(json);
			if (value === UNDECIDED) return UNDECIDED;
			(copy as Record<string, unknown>)[key] = value;
		}
		return copy;
	};
}

function textReader(text: string): Reader | undefined {
	const parts: Array<string | string[]> = [];
	let end = 0;
	for (const match of text.matchAll(PATH)) {
		parts.push(text.slice(end, match.index), stepsOf(match[1]));
		end = match.index + match[0].length;
	}
	parts.push(text.slice(end));
	const plain = parts.every((part) =>
		typeof part === 'string' ? !/[{}\\]/.test(part) : !part.some((step) => FORBIDDEN.has(step)),
	);
	if (!plain || parts.length === 1) return undefined;
	const [before, steps, after] = parts;
	if (parts.length === 3 && before === '' && after === '') return (json) => follow(json, steps);
	return (json) => {
		let result = '';
		for (const part of parts) {
			const value = typeof part === 'string' ? part : follow(json, part);
			// What n8n makes of a truth value between words is its own affair.
			if (typeof value !== 'string' && typeof value !== 'number') return UNDECIDED;
			result += String(value);
		}
		return result;
	};
}

/** `.order["No."][0]` → order, No., 0 */
function stepsOf(path: string): string[] {
	return Array.from(path.matchAll(STEPS), ([step]) =>
		step.startsWith('.') ? step.slice(1) : step.slice(1, -1).replace(/^["']|["']$/g, ''),
	);
}

function follow(json: IDataObject, steps: string | string[]): unknown {
	let value: unknown = json;
	for (const step of steps) {
		if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
			return UNDECIDED;
		value = (value as IDataObject)[step];
	}
	const simple = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
	return simple ? value : UNDECIDED;
}
