/**
 * Every parameter of every operation, as the registry has it, gets what spreadsheets, forms, models and people send: it
 * reads it right or refuses it by name. A field of a kind that has no samples does not compile.
 */
import { leavesOf, type AnyOperation } from '../../nodes/Dintero/actions/operation';
import { nodeProperties } from '../../nodes/Dintero/actions/registry';
import { readFields, type Fields } from '../../nodes/Dintero/fields/field';
import { triggerFields } from '../../nodes/Dintero/trigger/properties';
import { everyField, goodOf, parametersFor, refusedBy, sameOf } from './leaves.mts';
import { rawParameters } from './raw.mts';
import { NOTHING } from './samples.mts';

test('every property of the node is read by a field', () => {
	const known = new Set(everyField.map(([, , { path }]) => path));
	const asked = nodeProperties().flatMap((property) =>
		property.type === 'collection'
			? (property.options ?? []).map(({ name }) => `${property.name}.${name}`)
			: [property.name],
	);
	expect(
		asked.filter((path) => !known.has(path) && !['resource', 'operation'].includes(path)),
	).toEqual([]);
});

const trigger = {
	resource: 'trigger',
	value: '',
	fields: triggerFields as Fields,
} as unknown as AnyOperation;

describe.each([
	...everyField,
	...leavesOf(trigger).map((leaf) => [`trigger ${leaf.path}`, trigger, leaf] as const),
])('%s', (_name, operation, leaf) => {
	const read = (value: unknown) =>
		readFields(
			operation.fields,
			rawParameters(parametersFor(operation, leaf.path, { expression: value })),
		);
	const plain = () => read(goodOf(leaf));

	test('reads every way to write its value', () => {
		const expected = plain();
		for (const value of sameOf(leaf)) expect([value, read(value)]).toEqual([value, expected]);
	});

	test('refuses by name what cannot be read', () => {
		for (const value of refusedBy(leaf)) {
			let message = 'it was read';
			try {
				read(value);
			} catch (error) {
				message = (error as Error).message;
			}
			const label = leaf.property.displayName.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
			// Metadata's two fields speak for each other, and an own format for its parts.
			expect([value, message]).toEqual([
				value,
				expect.stringMatching(new RegExp(`^(?:${label}|Metadata|Metadata \\(JSON\\)): `)),
			]);
		}
	});

	test('takes nothing for missing data', () => {
		for (const value of NOTHING) {
			if (leaf.whenNothing === 'hint') expect(() => read(value)).not.toThrow();
			else
				expect(() => read(value)).toThrow(
					`${leaf.property.displayName}: is empty: the expression gave nothing.`,
				);
		}
	});
});
