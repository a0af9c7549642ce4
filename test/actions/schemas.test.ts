import { OPERATIONS } from '../../nodes/Dintero/actions/registry';
import { asN8nFindsIt, mismatches, readSchema, schemasThere } from './schema.mts';

const names = OPERATIONS.map(({ resource, value }) => `${resource}/${value}`);

test('every operation has an output schema, and there is none for anything else', () => {
	expect(schemasThere().sort()).toEqual([...names].sort());
});

test.each(names)('%s: the schema is what n8n shows in the editor', (name) => {
	const [resource, operation] = name.split('/');
	const schema = readSchema(resource, operation);
	expect(asN8nFindsIt(resource, operation)).toEqual(schema);
	expect(schema).toMatchObject({ type: 'object', version: 1 });
	expect(Object.keys(schema.properties ?? {}).length).toBeGreaterThan(0);
});

test('a read shows at most ten fields, an amount in its three forms being one', () => {
	for (const { resource, value, effect } of OPERATIONS) {
		const names = Object.keys(readSchema(resource, value).properties ?? {});
		const things = new Set(names.map((name) => name.replace(/(?:Minor|Formatted)$/, '')));
		if (effect === 'read') expect(things.size).toBeLessThanOrEqual(10);
	}
});

test('the check of an output sees what is wrong', () => {
	const schema = {
		type: 'object',
		properties: { a: { type: 'string' }, b: { type: 'array', items: { type: 'integer' } } },
	};
	expect(mismatches(schema, { a: 'x', b: [1, 2] })).toEqual([]);
	expect(mismatches(schema, { a: 1, b: [1.5], c: null }).sort()).toEqual([
		'a should be string',
		'b[0] should be integer',
		'c is not in the schema',
	]);
});
