import type { IDataObject } from 'n8n-workflow';

import { isMissingPart } from '../domain/text';

/** What an expression returned, and whether one of its parts returned nothing. */
export interface ExpressionValue {
	value: unknown;
	incomplete: boolean;
}

/** Evaluates an expression for an item; `undefined` when n8n has to evaluate it. */
export type PlainExpression = (json: IDataObject) => ExpressionValue | undefined;

/** Says that n8n has to evaluate the expression. */
const LEFT_TO_N8N = Symbol('left to n8n');

/** Latin letters, as in European spreadsheets; n8n's parser does not accept every Unicode letter. */
const LETTER = 'A-Za-zÀ-ÖØ-öø-ſ_';
const KEY = String.raw`\["[^"\\{}\n\r\u2028\u2029]*"\]|\['[^'\\{}\n\r\u2028\u2029]*'\]|\[\d{1,9}\]`;
const STEP = String.raw`\.[${LETTER}][${LETTER}0-9]*|${KEY}`;
const PATH = new RegExp(String.raw`\{\{\s*\$json((?:${STEP})+)\s*\}\}`, 'gu');
const STEPS = new RegExp(STEP, 'gu');

/**
 * Property names that any version of n8n refuses (`isSafeObjectProperty`), and all built-in properties of objects and
 * functions. Expressions with these are left to n8n.
 */
const REFUSED_BY_N8N = new Set([
	...Object.getOwnPropertyNames(Object.prototype),
	...Object.getOwnPropertyNames(Function.prototype),
	...Object.getOwnPropertyNames(Object),
	'prototype',
	'callee',
	'globalThis',
	'mainModule',
	'binding',
	'_linkedBinding',
	'_load',
	'prepareStackTrace',
	'getBuiltinModule',
	'dlopen',
	'execve',
	'loadEnvFile',
]);

/**
 * A reader for an expression that only takes fields of its own item, such as `={{ $json.order.id }}` or
 * `=order-{{ $json["No."] }}`; `undefined` for any other.
 *
 * n8n takes about half a millisecond to evaluate an expression, more than anything else that issuing a card costs besides
 * the network. This reads the same value in a microsecond. Where n8n could come to another result, it evaluates: for
 * every value that is not a string, a finite number or a boolean, and every member that is not an own property.
 * @param expression as n8n stores it, with the leading `=`
 */
export function plainExpression(expression: string): PlainExpression | undefined {
	const text = expression.slice(1);
	const parts: Array<string | string[]> = [];
	let end = 0;
	for (const match of text.matchAll(PATH)) {
		parts.push(text.slice(end, match.index), stepsOf(match[1]));
		end = match.index + match[0].length;
	}
	parts.push(text.slice(end));
	const plain = parts.every((part) =>
		typeof part === 'string'
			? !/[{}\\]/.test(part)
			: !part.some((step) => REFUSED_BY_N8N.has(step) || step.startsWith('__')),
	);
	if (!plain || parts.length === 1) return undefined;
	const [before, steps, after] = parts;
	if (parts.length === 3 && before === '' && after === '')
		return (json) => {
			const value = follow(json, steps);
			return value === LEFT_TO_N8N ? undefined : { value, incomplete: false };
		};
	return (json) => {
		let result = '';
		let incomplete = false;
		for (const part of parts) {
			const value = typeof part === 'string' ? part : follow(json, part);
			// Leave booleans inside text to n8n.
			if (typeof value !== 'string' && typeof value !== 'number') return undefined;
			incomplete ||= typeof part !== 'string' && isMissingPart(value);
			result += String(value);
		}
		return { value: result, incomplete };
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
			return LEFT_TO_N8N;
		value = (value as IDataObject)[step];
	}
	const simple = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
	return simple ? value : LEFT_TO_N8N;
}
