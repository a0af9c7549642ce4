import { NodeHelpers, type INodeProperties, type INodePropertyOptions } from 'n8n-workflow';

import { Dintero } from '../../nodes/Dintero/Dintero.node';
import { OPERATIONS, findOperation, nodeProperties } from '../../nodes/Dintero/actions/registry';

const description = new Dintero().description;
const options = ({ options: some = [] }: INodeProperties) => some as INodePropertyOptions[];

test('each resource has a dropdown of its operations, as they are registered', () => {
	const [resource, ...rest] = nodeProperties();
	const dropdowns = rest.filter(({ name }) => name === 'operation');
	const resources = options(resource).map(({ value }) => value as string);
	expect(new Set(resources)).toEqual(new Set(OPERATIONS.map((one) => one.resource)));
	expect(dropdowns.map(({ displayOptions }) => displayOptions?.show?.resource)).toEqual(
		resources.map((name) => [name]),
	);
	for (const [index, dropdown] of dropdowns.entries()) {
		const values = OPERATIONS.filter((one) => one.resource === resources[index]);
		expect(new Set(options(dropdown).map(({ value }) => value))).toEqual(
			new Set(values.map(({ value }) => value)),
		);
		expect(options(dropdown).map(({ value }) => value)).toContain(dropdown.default);
	}
});

test('operations are listed by name, and their actions read like sentences', () => {
	for (const dropdown of nodeProperties().filter(({ name }) => name === 'operation')) {
		const names = options(dropdown).map(({ name }) => name);
		expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
	}
	for (const { action, description: text } of OPERATIONS) {
		expect(action).toMatch(/^[A-Z][a-z]+ [a-zA-Z ]+$/);
		expect(action).not.toMatch(/\b(a|an|the)\b/i);
		expect(text.length).toBeGreaterThan(20);
	}
	expect(new Set(OPERATIONS.map(({ action }) => action)).size).toBe(OPERATIONS.length);
});

test('an operation that does not exist is named', () => {
	expect(() => findOperation('giftCard', 'melt')).toThrow(
		"The operation 'melt' of the resource 'giftCard' does not exist",
	);
});

describe.each(
	OPERATIONS.map((operation) => [`${operation.resource}/${operation.value}`, operation] as const),
)('%s', (_name, { resource, value }) => {
	const shown = (parameters: object = {}) => {
		const filled = NodeHelpers.getNodeParameters(
			description.properties,
			{ resource, operation: value, ...parameters },
			true,
			false,
			{ typeVersion: 1 },
			description,
		);
		return description.properties.filter((property) =>
			NodeHelpers.displayParameter(filled ?? {}, property, { typeVersion: 1 }, description),
		);
	};

	test('shows few fields at first, each of them once', () => {
		const names = shown().map(({ name }) => name);
		expect(new Set(names).size).toBe(names.length);
		// Resource, Operation, and what matters.
		expect(names.length).toBeLessThanOrEqual(11);
	});

	test('ends with its options, in alphabetical order', () => {
		const fields = shown();
		const collections = fields.filter(({ type }) => type === 'collection');
		expect(collections.at(-1)).toBe(fields.at(-1));
		for (const { options: entries = [] } of collections) {
			const names = (entries as INodeProperties[]).map(({ displayName }) => displayName);
			expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
		}
	});

	test('every searchable list there is can be searched', () => {
		const { listSearch } = new Dintero().methods;
		for (const { modes = [] } of description.properties)
			for (const { typeOptions } of modes)
				if (typeOptions?.searchListMethod)
					expect(Object.keys(listSearch)).toContain(typeOptions.searchListMethod);
	});

	test('whatever takes a PIN, a token or a secret is a password field', () => {
		for (const { name, type, typeOptions } of shown())
			if (type === 'string' && /^(pin|cardToken|secretValue|awsSecretAccessKey)$/.test(name))
				expect(typeOptions?.password).toBe(true);
	});
});

test('the same name is the same thing: one type and one label, except for a card ID of one’s own', () => {
	const known = new Map<string, string>();
	for (const { resource, value, fields } of OPERATIONS)
		for (const { name, type, displayName } of Object.values(fields).flatMap(
			({ properties }) => properties,
		)) {
			// To make a card its ID is typed, for one that exists it is chosen.
			if (name === 'cardId' && type === 'string') continue;
			const is = `${type} ${displayName}`;
			expect([`${resource}/${value}`, name, known.get(name) ?? is]).toEqual([
				`${resource}/${value}`,
				name,
				is,
			]);
			known.set(name, is);
		}
});
