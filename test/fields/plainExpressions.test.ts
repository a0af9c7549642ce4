import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';

import { nodeWith } from './evaluated.mts';

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
		const node = nodeWith({ p: parameter }, [row]);
		expect(node.at('p').value).toStrictEqual(node.evaluate(parameter));
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
	'=\\{{{ $json.0 }}',
	'=\\\\{{ $json.id }}',
	'=a\\\\\\{{{ $json.id }} {{ $json.id }}',
	'={{ $json["a}}b"] }}',
	'={{ $json["a\nb"] }}',
])('%s is left to n8n', (parameter) => {
	const node = nodeWith({ p: parameter }, [row]);
	expect(outcomeOf(() => node.at('p').value)).toStrictEqual(
		outcomeOf(() => node.evaluate(parameter)),
	);
	expect(node.asked()).toBe(1);
});

/** What a reading gives; n8n's `null` for what is not there counts as nothing. */
function outcomeOf(read: () => unknown): unknown {
	try {
		return { value: read() ?? undefined };
	} catch {
		return 'refused';
	}
}

/** Names that n8n treats in its own way, in some version or another, and names that come close. */
const SPECIAL = [
	...[
		'caller',
		'callee',
		'arguments',
		'constructor',
		'__proto__',
		'prototype',
		'toString',
		'valueOf',
	],
	...['hasOwnProperty', '__defineGetter__', '__lookupSetter__', 'isPrototypeOf', 'getPrototypeOf'],
	...['defineProperty', 'mainModule', 'binding', '_load', '_linkedBinding', 'prepareStackTrace'],
	...[
		'getBuiltinModule',
		'dlopen',
		'execve',
		'loadEnvFile',
		'apply',
		'call',
		'bind',
		'name',
		'length',
	],
	...[
		'class',
		'function',
		'return',
		'this',
		'null',
		'undefined',
		'NaN',
		'true',
		'extend',
		'json',
		'$json',
	],
	...[
		'$',
		'_',
		'$x',
		'0',
		'1',
		'01',
		'1e3',
		'-1',
		'a.b',
		'a b',
		'æøå',
		'Å',
		'ſ',
		'€',
		'🎁',
		'ñ',
		'Ω',
		'名',
	],
	...[
		'__x',
		'toJSON',
		'then',
		'isEmpty',
		'toISO',
		'window',
		'document',
		'extendOptional',
		'___n8n_data',
		'__sanitize',
		'first',
		'keys',
		'globalThis',
		'process',
		'require',
	],
];
const key = fc.oneof(
	{ weight: 3, arbitrary: fc.constantFrom(...SPECIAL) },
	{ weight: 2, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }) },
	{ weight: 1, arbitrary: fc.stringMatching(/^[A-Za-zÀ-ž_][A-Za-zÀ-ž_0-9]{0,6}$/u) },
);
const value = fc.oneof(
	fc.string({ unit: 'grapheme', maxLength: 8 }),
	fc.double(),
	fc.integer(),
	fc.boolean(),
	fc.constantFrom(null, '', ' ', '{{ $json.a }}', '=x', 'null', -0, 1e21, Number.NaN),
	fc.array(fc.integer(), { maxLength: 3 }),
);

/** An object with one path in it, and the steps of the path: `{ a: [ { b: 1 } ] }` and `a`, `0`, `b`. */
const placed = fc
	.tuple(fc.array(fc.oneof(key, fc.nat(2)), { minLength: 1, maxLength: 3 }), value)
	.map(([steps, end]) => {
		const path = [String(steps[0]), ...steps.slice(1)];
		const json = path.reduceRight<unknown>((inner, step) => {
			if (typeof step === 'number') return Array.from({ length: step + 1 }, () => inner);
			const object: IDataObject = {};
			Object.defineProperty(object, step, { value: inner, enumerable: true, configurable: true });
			return object;
		}, end);
		return { json: json as IDataObject, path };
	});
const written = fc.constantFrom('dot', 'double', 'single');
const around = fc.oneof(
	fc.constant(''),
	fc.string({ maxLength: 5 }),
	fc.constantFrom('order-', ' ', '{', '}', '\\', '\\{', '\\\\', '}}', '{{'),
);

test('whatever the path, the names and the values are, it is what n8n gives', () =>
	fc.assert(
		fc.property(
			placed,
			fc.array(written, { minLength: 3, maxLength: 3 }),
			around,
			around,
			({ json, path }, how, before, after) => {
				const steps = path.map((step, at) => {
					if (typeof step === 'number') return `[${step}]`;
					if (how[at] === 'dot') return `.${step}`;
					return how[at] === 'double' ? `[${JSON.stringify(step)}]` : `['${step}']`;
				});
				const expression = `{{ $json${steps.join('')} }}`;
				for (const parameter of [`=${expression}`, `=${before}${expression}${after}`]) {
					const node = nodeWith({ p: parameter }, [json]);
					expect(outcomeOf(() => node.at('p').value)).toStrictEqual(
						outcomeOf(() => node.evaluate(parameter)),
					);
				}
			},
		),
		{ numRuns: 1500 },
	));
