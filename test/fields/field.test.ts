import {
	described,
	field,
	readFields,
	shownWhen,
	type FieldDefinition,
} from '../../nodes/Dintero/fields/field';
import { expectRefusal } from '../support/refusal.mts';
import { rawParameters, read } from './raw.mts';

type Text = string | undefined;

/** A field that shows what it was given. */
const fieldOf = (definition: Partial<FieldDefinition<Text>> = {}) =>
	field<Text>({
		kind: 'name',
		property: { displayName: 'Card Name', name: 'cardName', type: 'string', default: '' },
		parse: (value) => `read ${String(value)}`,
		...definition,
	});
const OPTIONAL = { empty: { is: 'left out' } };
const HINT = { ...OPTIONAL, whenNothing: 'hint' } as const;
const NOTHING = [undefined, null, '', ' ', '\u200b', Number.NaN];

test('a field is one property with one leaf, which refuses nothing and belongs to its item', () => {
	const { properties, leaves } = fieldOf();
	const [property] = properties;
	expect(properties).toHaveLength(1);
	expect(leaves).toEqual([
		{ path: 'cardName', kind: 'name', property, whenNothing: 'refuse', wholeRun: false },
	]);
	expect(fieldOf({ ...HINT, wholeRun: true }).leaves).toMatchObject([
		{ whenNothing: 'hint', wholeRun: true },
	]);
});

test.each([
	[{ cardName: 'Åse' }, undefined],
	[{ options: { cardName: 'Åse' } }, 'options'],
])('it is read by its name, in its collection: %j', (parameters, collection) =>
	expect(fieldOf().read(rawParameters(parameters), collection)).toBe('read Åse'),
);

test('what reads it also learns how the value was given', () => {
	const parse = jest.fn(() => 'x');
	const raw = rawParameters({ cardName: { chosen: '7' } });
	fieldOf({ parse }).read(raw);
	expect(parse).toHaveBeenCalledWith('7', raw, {
		value: '7',
		fromExpression: false,
		incomplete: false,
		chosen: true,
	});
});

describe('an expression that n8n did not evaluate', () => {
	test.each(['{{ $json.id }}', 'order-{{$json["id"]}}', "={{ $('Form').item.json.id }}"])(
		'is refused: %s',
		(text) => {
			const problem = /\{\{ \}\} that n8n did not evaluate/;
			for (const definition of [{}, OPTIONAL, HINT, { allowIncomplete: true }]) {
				const field = fieldOf(definition);
				expectRefusal(() => read(field, { cardName: text }), 'Card Name', problem, /'Expression'/);
				expectRefusal(
					() => read(field, { cardName: { expression: text } }),
					'Card Name',
					problem,
					/data it comes from/,
				);
			}
		},
	);

	test.each(['{number}', '{{number}}', '$json.id', '{"a":{"b":"$1"}}'])('is not %s', (text) =>
		expect(read(fieldOf(), { cardName: text })).toBe(`read ${text}`),
	);
});

describe('a field that was left empty by hand', () => {
	test.each([undefined, '', null])('means what empty means: %p', (value) =>
		expect(read(fieldOf(OPTIONAL), { cardName: value })).toBe('left out'),
	);

	test.each([undefined, '', null])('is refused where it must be filled in: %p', (value) => {
		expectRefusal(() => read(fieldOf(), { cardName: value }), 'Card Name', /empty/, /^Fill it in/);
		const field = fieldOf({ wayOut: 'Scan it.' });
		expectRefusal(() => read(field, { cardName: value }), 'Card Name', /empty/, /^Scan it\.$/);
	});

	test.each([' ', '\u200b', '\ufeff\u00a0'])(
		'is refused when it only looks empty: %j',
		(value) =>
			void expectRefusal(
				() => read(fieldOf(OPTIONAL), { cardName: value }),
				'Card Name',
				/no visible characters/,
				/[Ff]ill it in.*empty it/,
			),
	);

	test('can be refused once it was added', () => {
		const added = fieldOf({ ...OPTIONAL, refuseEmptied: true, wayOut: 'Write a number.' });
		expect(read(added, {})).toBe('left out');
		expectRefusal(() => read(added, { cardName: '' }), 'Card Name', /empty/, /^Write a number/);
	});
});

describe('an expression that gives nothing', () => {
	test.each(NOTHING)('is refused: %j', (expression) => {
		const given = { cardName: { expression } };
		const message = expectRefusal(
			() => read(fieldOf(), given),
			'Card Name',
			/empty: the expression gave nothing/,
			/for this item/,
		);
		expect(message).not.toMatch(/empty the field/);
		expectRefusal(
			() => read(fieldOf(OPTIONAL), given),
			'Card Name',
			/empty: the expression gave nothing/,
			/for this item.*empty the field itself/,
		);
	});

	test.each(NOTHING)('means what empty means where a hint is enough: %j', (expression) => {
		const raw = rawParameters({ cardName: { expression } });
		expect(fieldOf(HINT).read(raw)).toBe('left out');
		expect(raw.counted).toEqual([['Card Name', true]]);
	});

	test('is also one whose word for nothing is read as nothing', () => {
		const raw = rawParameters({ cardName: { expression: 'null' } });
		expect(
			fieldOf({ empty: { is: undefined }, whenNothing: 'hint', parse: () => undefined }).read(raw),
		).toBe(undefined);
		expect(raw.counted).toEqual([['Card Name', true]]);
	});

	test.each([0, false, '0'])('is not one that gives %j', (expression) => {
		const raw = rawParameters({ cardName: { expression } });
		expect(fieldOf(HINT).read(raw)).toBe(`read ${expression}`);
		expect(raw.counted).toEqual([['Card Name', false]]);
	});
});

test.each([
	['is written by hand', HINT, { cardName: 'x' }],
	['is left empty by hand', HINT, { cardName: '' }],
	['is refused when it gives nothing', OPTIONAL, { cardName: { expression: 'x' } }],
])('a field is not counted that %s', (_what, definition, parameters) => {
	const raw = rawParameters(parameters);
	fieldOf(definition).read(raw);
	expect(raw.counted).toEqual([]);
});

describe('an expression of which a part gave nothing', () => {
	const given = { cardName: { expression: 'order-', incomplete: true } };

	test('is refused', () =>
		void expectRefusal(
			() => read(fieldOf(OPTIONAL), given),
			'Card Name',
			/a part that is empty/,
			/for this item/,
		));

	test('is called empty when all of it gave nothing', () =>
		void expectRefusal(
			() => read(fieldOf(), { cardName: { expression: ' ', incomplete: true } }),
			'Card Name',
			/^is empty/,
			/for this item/,
		));

	test('counts as nothing where a hint is enough', () => {
		const raw = rawParameters(given);
		expect(fieldOf(HINT).read(raw)).toBe('left out');
		expect(raw.counted).toEqual([['Card Name', true]]);
	});

	test('is taken by a text for people, and counted', () => {
		const raw = rawParameters(given);
		expect(fieldOf({ ...HINT, allowIncomplete: true }).read(raw)).toBe('read order-');
		expect(raw.counted).toEqual([['Card Name', true]]);
	});
});

test.each([
	[new Error("Referenced node doesn't exist"), /Referenced node doesn't exist/],
	['no such node', /\(no such node\)/],
])(
	'an expression that n8n cannot evaluate is refused with its reason',
	(fails, problem) =>
		void expectRefusal(
			() => read(fieldOf(OPTIONAL), { cardName: { fails } }),
			'Card Name',
			problem,
			/expression/,
		),
);

describe('the fields of a record', () => {
	const named = (name: string) =>
		fieldOf({ property: { displayName: name.toUpperCase(), name, type: 'string', default: '' } });

	test('are read under their names, and the first that cannot be read is told', () => {
		const fields = { first: named('a'), second: named('b') };
		expect(readFields(fields, rawParameters({ a: 1, b: 2 }))).toEqual({
			first: 'read 1',
			second: 'read 2',
		});
		expect(readFields(fields, rawParameters({ options: { a: 1, b: 2 } }), 'options')).toEqual({
			first: 'read 1',
			second: 'read 2',
		});
		expect(() => readFields(fields, rawParameters({}))).toThrow(/^A: /);
		expect(() => readFields(fields, rawParameters({ a: 1 }))).toThrow(/^B: /);
	});
});

test('a field that is shown under a condition keeps its own conditions, and reads as before', () => {
	const inner = shownWhen(fieldOf(), { mode: ['b'] });
	const outer = shownWhen(inner, { preview: [true] });
	expect(inner.properties[0].displayOptions).toEqual({ show: { mode: ['b'] } });
	for (const property of [outer.properties[0], outer.leaves[0].property])
		expect(property).toMatchObject({
			name: 'cardName',
			displayOptions: { show: { mode: ['b'], preview: [true] } },
		});
	expect(read(outer, { cardName: 'x' })).toBe('read x');
});

test('a field with other words is the same field', () => {
	const other = described(fieldOf(), { hint: 'Seen by customers', required: true });
	expect(other.properties).toEqual([
		{ ...fieldOf().properties[0], hint: 'Seen by customers', required: true },
	]);
	expect(read(other, { cardName: 'x' })).toBe('read x');
});
