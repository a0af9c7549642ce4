import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { plainReader, UNDECIDED, type Reader } from './plainExpressions';

/**
 * Reads node parameters item by item. A parameter without an expression is the same for every item, so it is read
 * once, and one that only takes a field of its item is read without n8n: n8n takes about as long to evaluate two
 * expressions as to send a request, and nothing else in n8n runs meanwhile.
 */
export class Parameters {
	private readonly fixed = new Map<string, unknown>();
	private readonly expressions = new Map<string, boolean>();
	private readonly readers = new Map<string, Reader | undefined>();
	private readonly raw: Record<string, unknown>;
	private readonly items: INodeExecutionData[];

	constructor(private readonly context: IExecuteFunctions) {
		this.raw = context.getNode().parameters;
		this.items = context.getInputData();
	}

	get(name: string, itemIndex: number, fallback?: unknown): unknown {
		if (this.fixed.has(name)) return this.fixed.get(name);
		if (this.isExpression(name)) {
			const value = this.reader(name)?.(this.items[itemIndex]?.json ?? {}) ?? UNDECIDED;
			if (value !== UNDECIDED) return value;
		}
		// n8n throws for a parameter that is not there unless the fallback is something other than undefined.
		// Asked to extract a value it looks for the field among the visible ones, and throws for a hidden one.
		const read = this.context.getNodeParameter(name, itemIndex, fallback ?? null, {
			extractValue: isLocator(this.raw[name]),
		}) as unknown;
		const value = read ?? undefined;
		if (!this.isExpression(name)) this.fixed.set(name, value);
		return value;
	}

	isExpression(name: string): boolean {
		let known = this.expressions.get(name);
		if (known === undefined) this.expressions.set(name, (known = holdsExpression(this.raw[name])));
		return known;
	}

	private reader(name: string): Reader | undefined {
		if (!this.readers.has(name)) this.readers.set(name, plainReader(this.raw[name]));
		return this.readers.get(name);
	}
}

/** n8n marks an expression by a leading `=` in the stored text. */
function holdsExpression(value: unknown): boolean {
	if (typeof value === 'string') return value.startsWith('=');
	return typeof value === 'object' && value !== null && Object.values(value).some(holdsExpression);
}

/** A value of a resource locator: a mode and what was chosen. */
function isLocator(value: unknown): boolean {
	return typeof value === 'object' && value !== null && '__rl' in value;
}
