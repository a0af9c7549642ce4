import type {
	IDataObject,
	IExecuteFunctions,
	IHookFunctions,
	INode,
	INodeExecutionData,
	ITriggerFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';

import { InvalidInput, show } from '../domain/invalidInput';
import { isNothing } from '../domain/nothing';
import { isMissingPart } from '../domain/text';
import type { Leaf, RawParameters, RawValue } from './field';
import { partsOf } from './expressionParts';
import { plainExpression, type PlainExpression } from './plainExpressions';

/** How a parameter is stored. Looked up once for all items. */
interface Stored {
	/** The value, when there is no expression in it. */
	fixed?: RawValue;
	/** The reader for an expression that n8n need not evaluate. */
	plain?: PlainExpression;
	/** What n8n evaluates: the path of the expression, or of the object that contains expressions. */
	path: string;
	/** The code of each part of an expression with several. */
	parts: string[];
}

/**
 * The parameters of a node, item by item. A parameter without an expression is the same for every item and is read
 * once. An expression that only takes fields of its item is read without n8n, because n8n takes about as long to
 * evaluate two expressions as to send a request, and blocks everything else meanwhile.
 */
export class Parameters {
	private readonly stored = new Map<string, Stored>();
	private readonly advice = new Set<string>();
	/** By label of an optional field: how many items it was read for, and for how many it was empty. */
	private readonly counts = new Map<string, { asked: number; nothing: number }>();
	private readonly node: INode;
	private readonly items: INodeExecutionData[];
	private readonly timeZone: string;

	constructor(private readonly context: IExecuteFunctions) {
		this.node = context.getNode();
		this.items = context.getInputData();
		this.timeZone = context.getTimezone();
	}

	/** The raw parameters of one item. */
	item(index: number): RawParameters {
		return {
			timeZone: this.timeZone,
			at: (path) => this.valueAt(path, index),
			advise: (advice) => void this.advice.add(advice),
			count: (label, gaveNothing) => {
				const count = this.counts.get(label) ?? { asked: 0, nothing: 0 };
				count.asked++;
				if (gaveNothing) count.nothing++;
				this.counts.set(label, count);
			},
		};
	}

	/**
	 * Checks that the options of the whole run are the same for all items.
	 * @param yieldToN8n called between items, because evaluating expressions blocks n8n
	 * @throws InvalidInput when one differs
	 */
	async checkWholeRun(leaves: readonly Leaf[], yieldToN8n: () => Promise<void>): Promise<void> {
		for (const { path, property, wholeRun } of leaves) {
			if (!wholeRun || this.items.length === 0 || this.storedAt(path).fixed) continue;
			const first = this.valueAt(path, 0).value;
			for (let index = 1; index < this.items.length; index++) {
				await yieldToN8n();
				const { value } = this.valueAt(path, index);
				if (textOf(value) !== textOf(first))
					throw new InvalidInput(
						property.displayName,
						`applies to the whole run, but is ${show(first)} for item 1 and ${show(value)} for item ${index + 1}.`,
						'Give it the same value for all items.',
					);
			}
		}
	}

	/** The advice of the fields, and the optional fields whose expression returned nothing for any item. */
	allAdvice(): string[] {
		const empty = [...this.counts]
			.filter(([, { asked, nothing }]) => asked > 0 && asked === nothing)
			.map(
				([label]) =>
					`${label}: the expression gave nothing for any item. Check the field name in it, for example for a space or a typing mistake`,
			);
		return [...this.advice, ...empty];
	}

	private valueAt(path: string, index: number): RawValue {
		const stored = this.storedAt(path);
		if (stored.fixed) return stored.fixed;
		const read = stored.plain?.(this.items[index]?.json ?? {});
		if (read) return { ...read, fromExpression: true };
		// Without a fallback other than undefined, n8n throws for a missing parameter.
		let value = this.context.getNodeParameter(stored.path, index, null) as unknown;
		if (isLocator(value)) value = value.value;
		const incomplete = isIncomplete(value, stored.parts, (code) =>
			this.context.evaluateExpression(code, index),
		);
		return { value, fromExpression: true, incomplete };
	}

	private storedAt(path: string): Stored {
		let known = this.stored.get(path);
		if (!known) this.stored.set(path, (known = findStored(this.node.parameters, path)));
		return known;
	}
}

/** The parameters of a node without items, such as a trigger. */
export function parametersOf(
	context: IHookFunctions | ITriggerFunctions | IWebhookFunctions | IExecuteFunctions,
): RawParameters {
	const { parameters } = context.getNode();
	const evaluate = (path: string): unknown =>
		'getInputData' in context && 'continueOnFail' in context
			? context.getNodeParameter(path, 0, null)
			: (context as IHookFunctions).getNodeParameter(path, null as never);
	// All of n8n's contexts have it, but not all of their types.
	const evaluateCode = (code: string): unknown =>
		(context as IExecuteFunctions).evaluateExpression(code, 0);
	return {
		timeZone: context.getTimezone(),
		at(path) {
			const { fixed, parts } = findStored(parameters, path);
			if (fixed) return fixed;
			const value = evaluate(path);
			return { value, fromExpression: true, incomplete: isIncomplete(value, parts, evaluateCode) };
		},
		advise: () => {},
		count: () => {},
	};
}

function findStored(parameters: IDataObject, path: string): Stored {
	const names = path.split('.');
	const found: string[] = [];
	let value: unknown = parameters;
	let chosen = false;
	for (const [depth, name] of names.entries()) {
		value = memberOf(value, name);
		found.push(name);
		if (isLocator(value)) {
			chosen = value.mode === 'list';
			found.push('value');
			value = value.value;
		}
		if (!isExpression(value)) continue;
		// n8n itself drops a collection that is one expression; here its members would be missing too.
		if (depth + 1 < names.length)
			throw new InvalidInput(
				name,
				'is one expression, of which n8n would use nothing.',
				'Add its fields one by one.',
			);
		return { path: found.join('.'), plain: plainExpression(value), parts: partsOf(value) };
	}
	const stored = { path, parts: [] };
	return holdsExpression(value)
		? stored
		: { ...stored, fixed: { value, fromExpression: false, incomplete: false, chosen } };
}

const isExpression = (value: unknown): value is string =>
	typeof value === 'string' && value.startsWith('=');

/** n8n marks an expression by a leading `=` in the stored text. */
function holdsExpression(value: unknown): boolean {
	if (isExpression(value)) return true;
	return typeof value === 'object' && value !== null && Object.values(value).some(holdsExpression);
}

/** Whether a value comes from a resource locator: a mode and the chosen value. */
function isLocator(value: unknown): value is { mode?: unknown; value: unknown } {
	return typeof value === 'object' && value !== null && '__rl' in value;
}

function memberOf(value: unknown, name: string): unknown {
	return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
		? (value as IDataObject)[name]
		: undefined;
}

/** Whether a text was put together from several parts of which one gave nothing. */
const isIncomplete = (
	value: unknown,
	parts: readonly string[],
	evaluate: (expression: string) => unknown,
): boolean =>
	typeof value === 'string' &&
	!isNothing(value) &&
	parts.some((code) => givesNothing(evaluate(`{{${code}}}`)));

/** Whether a part of an expression returned nothing that makes sense inside text. */
function givesNothing(value: unknown): boolean {
	if (isMissingPart(value)) return true;
	const isDate = value instanceof Date || (typeof value === 'object' && 'toISO' in (value ?? {}));
	return typeof value === 'object' && !isDate;
}

function textOf(value: unknown): string {
	return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
