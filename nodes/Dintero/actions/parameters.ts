import type { IExecuteFunctions } from 'n8n-workflow';

/**
 * Reads node parameters item by item. A parameter without an expression is the same for every item, so it is read
 * once: n8n takes about as long to read twenty parameters as to send a request.
 */
export class Parameters {
	private readonly fixed = new Map<string, unknown>();
	private readonly expressions = new Map<string, boolean>();
	private readonly raw: Record<string, unknown>;

	constructor(private readonly context: IExecuteFunctions) {
		this.raw = context.getNode().parameters;
	}

	get(name: string, itemIndex: number, fallback?: unknown): unknown {
		if (this.fixed.has(name)) return this.fixed.get(name);
		// n8n throws for a parameter that is not there unless the fallback is something other than undefined.
		const read = this.context.getNodeParameter(name, itemIndex, fallback ?? null, {
			extractValue: true,
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
}

/** n8n marks an expression by a leading `=` in the stored text. */
function holdsExpression(value: unknown): boolean {
	if (typeof value === 'string') return value.startsWith('=');
	return typeof value === 'object' && value !== null && Object.values(value).some(holdsExpression);
}
