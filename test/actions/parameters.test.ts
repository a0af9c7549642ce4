import fc from 'fast-check';
import {
	createRunExecutionData,
	Workflow,
	type IDataObject,
	type IExecuteFunctions,
	type INode,
	type INodeType,
} from 'n8n-workflow';

import { Parameters } from '../../nodes/Dintero/actions/parameters';

const nodeType = {
	description: { properties: [], inputs: ['main'], outputs: ['main'], defaults: {} },
} as unknown as INodeType;
const nodeTypes = {
	getByName: () => nodeType,
	getByNameAndVersion: () => nodeType,
	getKnownTypes: () => ({}),
};

/** A node whose parameter `p` is evaluated by n8n itself; counts how often that happens. */
function nodeWith(parameter: unknown, json: IDataObject) {
	const node: INode = {
		id: '1',
		name: 'Node',
		type: 'x',
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
	};
	const workflow = new Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });
	const items = [{ json }];
	let asked = 0;
	const evaluate = () =>
		workflow.expression.getParameterValue(
			parameter as never,
			createRunExecutionData({}),
			0,
			0,
			'Node',
			items,
			'manual',
			{},
			{ node, data: { main: [items] }, source: null },
		);
	const context = {
		getNode: () => ({ ...node, parameters: { p: parameter } }),
		getInputData: () => items,
		getNodeParameter: () => {
			asked++;
			return evaluate();
		},
	};
	const parameters = new Parameters(context as unknown as IExecuteFunctions);
	return { value: () => parameters.get('p', 0), evaluate, asked: () => asked };
}

const row = {
	id: 'row-1',
	amount: 499.5,
	zero: 0,
	empty: '',
	yes: true,
	no: false,
	nothing: null,
	'Order no.': 10045,
	beløp: '1 000,50',
	customer: { email: 'kari@example.com', tags: ['a', 'b'] },
	braces: '{{ $json.id }}',
	'a}}b': 1,
	'a\nb': 2,
	quoted: 'it\'s "so" \\ done',
} as IDataObject;

describe('an expression that takes a field of its item is read without n8n, and gives what n8n gives', () => {
	test.each([
		'={{ $json.id }}',
		'={{$json.amount}}',
		'={{ $json.zero }}',
		'={{ $json.empty }}',
		'={{ $json.yes }}',
		'={{ $json.no }}',
		'={{ $json["Order no."] }}',
		"={{ $json['Order no.'] }}",
		'={{ $json.beløp }}',
		'={{ $json.customer.email }}',
		'={{ $json.customer["tags"][1] }}',
		'={{ $json.braces }}',
		'={{ $json.quoted }}',
		'=order-{{ $json.id }}',
		'={{ $json.id }}-{{ $json.amount }}',
		'= {{ $json.amount }}',
		'={{ $json.amount }} ',
		'=line one\n{{ $json.id }}\n`$json.id` "quoted"',
	])('%s', (parameter) => {
		const node = nodeWith(parameter, row);
		expect(node.value()).toStrictEqual(node.evaluate());
		expect(node.asked()).toBe(0);
	});

	test('also inside a collection', () => {
		const node = nodeWith(
			{ name: '={{ $json.id }}', fixed: 5, list: [{ key: 'a', value: '=x{{ $json.amount }}' }] },
			row,
		);
		expect(node.value()).toStrictEqual({
			name: 'row-1',
			fixed: 5,
			list: [{ key: 'a', value: 'x499.5' }],
		});
		expect(node.value()).toStrictEqual(node.evaluate());
		expect(node.asked()).toBe(0);
	});
});

test.each([
	'={{ $json.missing }}',
	'={{ $json.nothing }}',
	'={{ $json.customer }}',
	'={{ $json.id.length }}',
	'={{ $json.missing.deeper }}',
	'={{ $json.amount * 2 }}',
	'={{ $json.id.toUpperCase() }}',
	'={{ $json["id"] + 1 }}',
	'={{ $json?.id }}',
	'={{ $input.item.json.id }}',
	'=order-{{ $json.yes }}',
	'=order-{{ $json.nothing }}',
	'=order',
	'={ $json.id }',
	'={{ $json.id }} }}',
	'=\\{{ $json.id }}',
	'={{ $json["a}}b"] }}',
	'={{ $json["a\nb"] }}',
])('%s is left to n8n', (parameter) => {
	const node = nodeWith(parameter, row);
	let given: unknown;
	let wanted: unknown;
	try {
		wanted = node.evaluate();
	} catch (error) {
		wanted = String(error);
	}
	try {
		given = node.value();
	} catch (error) {
		given = String(error);
	}
	expect(given ?? undefined).toStrictEqual(wanted ?? undefined);
	expect(node.asked()).toBe(1);
});

test.each(['={{ $json.constructor }}', '={{ $json["__proto__"] }}', '={{ $json.toString }}'])(
	'%s reaches nothing but own fields',
	(parameter) => {
		const node = nodeWith(parameter, row);
		try {
			node.value();
		} catch {
			// n8n refuses it by itself
		}
		expect(node.asked()).toBe(1);
	},
);

test('whatever the fields are called and hold, it is what n8n gives', () =>
	fc.assert(
		fc.property(
			fc.dictionary(
				fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
				fc.oneof(fc.string({ unit: 'grapheme' }), fc.double(), fc.boolean(), fc.constant(null)),
				{ minKeys: 1, maxKeys: 4 },
			),
			fc.boolean(),
			fc.string({ maxLength: 6 }),
			(fields, dotted, text) => {
				const json = { ...fields } as IDataObject;
				const [key] = Object.keys(json);
				const path = dotted ? `.${key}` : `[${JSON.stringify(key)}]`;
				for (const parameter of [`={{ $json${path} }}`, `=${text}{{ $json${path} }}`]) {
					const node = nodeWith(parameter, json);
					let wanted: unknown;
					let refused = false;
					try {
						wanted = node.evaluate();
					} catch {
						refused = true;
					}
					if (refused) expect(() => node.value()).toThrow();
					else expect(node.value() ?? undefined).toStrictEqual(wanted ?? undefined);
				}
			},
		),
		{ numRuns: 300 },
	));
