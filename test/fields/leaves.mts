/** Every parameter of every operation, and what people, spreadsheets and models write into it. */
import type { IDataObject, INodePropertyOptions } from 'n8n-workflow';

import { leavesOf, type AnyOperation } from '../../nodes/Dintero/actions/operation';
import { OPERATIONS } from '../../nodes/Dintero/actions/registry';
import type { Leaf } from '../../nodes/Dintero/fields/field';
import { SAMPLES } from './samples.mts';

/** The plain value of a parameter. */
export function goodOf({ kind, property }: Leaf): unknown {
	const [first] = (property.options ?? []) as INodePropertyOptions[];
	if (kind === 'choice') return first.value;
	if (kind === 'choices') return [first.value];
	if (kind === 'number')
		return Math.max(property.typeOptions?.minValue ?? 0, Number(property.default));
	return SAMPLES[kind].good;
}

/** Other ways to write it. */
export function sameOf(leaf: Leaf): unknown[] {
	const good = goodOf(leaf);
	if (leaf.kind === 'choice') {
		const [{ name, value }] = leaf.property.options as INodePropertyOptions[];
		const text = String(value);
		return [name, name.toUpperCase(), text.toUpperCase(), ` ${text} `, `${text}\u200b`];
	}
	if (leaf.kind === 'choices') {
		const [{ name, value }] = leaf.property.options as INodePropertyOptions[];
		const text = String(value);
		return [text, ` ${text.toUpperCase()} `, name, [text.toLowerCase(), text]];
	}
	if (leaf.kind === 'number') return [String(good), ` ${good},0 `, `${good}.0`, `\ufeff${good}`];
	return SAMPLES[leaf.kind].same;
}

export function refusedBy(leaf: Leaf): unknown[] {
	const { kind, property } = leaf;
	const { minValue, maxValue } = property.typeOptions ?? {};
	const { refused } = SAMPLES[kind];
	// One that must hold something is not satisfied with none.
	if (kind === 'choices' && property.required) return [...refused, [], ','];
	if (kind !== 'number') return refused;
	return [
		...refused,
		...(minValue === undefined ? [] : [Number(minValue) - 1, String(Number(minValue) - 1)]),
		...(maxValue === undefined ? [] : [Number(maxValue) + 1]),
	];
}

/** What a field holds that this test is not about. */
function plainOf(leaf: Leaf): unknown {
	if (leaf.property.required) return goodOf(leaf);
	return leaf.property.type === 'resourceLocator' ? '' : leaf.property.default;
}

/** The parameters under which a field is shown, filled in plainly. */
export function parametersFor(operation: AnyOperation, path: string, value: unknown): IDataObject {
	const parameters: IDataObject = { resource: operation.resource, operation: operation.value };
	const leaves = leavesOf(operation);
	const put = (at: string, given: unknown) => {
		const names = at.split('.');
		let place = parameters;
		for (const name of names.slice(0, -1)) place = (place[name] ??= {}) as IDataObject;
		place[names[names.length - 1]] = given as never;
	};
	for (const leaf of leaves) if (!leaf.path.includes('.')) put(leaf.path, plainOf(leaf));
	const wanted = leaves.find((leaf) => leaf.path === path);
	for (const [name, shown] of Object.entries(wanted?.property.displayOptions?.show ?? {}))
		put(name, shown?.[0]);
	// The rest of a custom format must be possible, and a number of cards needs its pattern.
	if (parameters.pinFormat === 'custom') put('pinLength', 4);
	if (parameters.tokenFormat === 'custom') put('tokenLength', 16);
	put(path, value);
	return parameters;
}

/** An expression that gives `value`, in the form the property is stored in; rows of a list have it as their key. */
export function stored({ property: { type } }: Leaf): unknown {
	const expression = '={{ $json.value }}';
	if (type === 'resourceLocator') return { __rl: true, mode: 'id', value: expression };
	return type === 'fixedCollection' ? { entries: [{ key: expression, value: 'x' }] } : expression;
}

export const everyField = OPERATIONS.flatMap((operation) =>
	leavesOf(operation).map(
		(leaf) => [`${operation.resource}/${operation.value} ${leaf.path}`, operation, leaf] as const,
	),
);
