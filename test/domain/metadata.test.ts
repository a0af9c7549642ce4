import { parseMetadata } from '../../nodes/Dintero/domain/metadata';
import { expectRefusal } from '../support/refusal.mts';

test('metadata is read from rows and from JSON together', () => {
	expect(parseMetadata([{ key: ' order ', value: '1' }], '{"campaign":"summer"}')).toEqual({
		order: '1',
		campaign: 'summer',
	});
	expect(parseMetadata([], { a: 1 })).toEqual({ a: 1 });
	for (const none of [undefined, null, '', '{}', ' '])
		expect(parseMetadata(undefined, none)).toBeUndefined();
	expect(parseMetadata([{ key: 'order' }, { key: 7, value: 8 }], undefined)).toEqual({
		order: '',
		7: 8,
	});
});

test.each([
	['[1]'],
	['{broken'],
	['{"a": 1,}'],
	['```json\n{"a": 1}\n```'],
	['"text"'],
	['"{\\"a\\": 1}"'],
	['null'],
	[5],
	[['{"a":1}']],
])('metadata that is not a JSON object is refused: %p', (json) =>
	expect(() => parseMetadata([], json)).toThrow(
		/^Metadata \(JSON\): .* is not a JSON object\. Write it as \{"campaign": "summer"\}\.$/,
	),
);

test.each([
	...[[{ key: ' ', value: 1 }], [{ value: 1 }], [{ key: {}, value: 1 }], [null], ['x']],
	...[
		[{ key: 'null' }],
		[{ key: 'undefined' }],
		[{ key: 'N/A' }],
		[{ key: 'row-[object Object]' }],
	],
] as never[][])('the metadata row %j is refused', (row) =>
	expect(() => parseMetadata([row], '')).toThrow(
		"Metadata: has a row without a key. Fill in its 'Key' or remove the row.",
	),
);

test('a key that comes twice is refused, wherever it comes from', () => {
	const rows = [{ key: 'a', value: 1 }];
	expect(() => parseMetadata([...rows, { key: ' a\u200b', value: 2 }], '')).toThrow(
		"Metadata: has the key 'a' twice.",
	);
	expect(() => parseMetadata(rows, '{"a": 1}')).toThrow("Metadata (JSON): has the key 'a' twice.");
});

test('a key of the node itself is refused', () =>
	expect(() => parseMetadata([], '{"n8n_origin": 1}', ['n8n_origin'])).toThrow(
		"Metadata (JSON): the key 'n8n_origin' is used by the node itself.",
	));

test('each refusal says what to do about it', () => {
	const half = '🎁'.slice(0, 1);
	const read =
		(...rows: object[]) =>
		() =>
			parseMetadata(rows, '', ['n8n_origin']);
	expectRefusal(read({ key: 'n8n_origin' }), 'Metadata', /'n8n_origin'/, /another key/);
	expectRefusal(read({ key: 'a' }, { key: 'a' }), 'Metadata', /'a' twice/, /own key/);
	expectRefusal(read({ key: 'x', value: half }), 'Metadata', /'x'.*character/, /whole characters/);
	expectRefusal(read({ key: half, value: 1 }), 'Metadata', /character/, /whole characters/);
});

test('texts are composed, and half a character is refused', () => {
	expect(parseMetadata([{ key: 'by', value: 'Å'.normalize('NFD') }], '')).toEqual({ by: 'Å' });
	expect(() => parseMetadata([{ key: 'x', value: '🎁'.slice(0, 1) }], '')).toThrow(
		/cut in the middle of a character/,
	);
	expect(parseMetadata([], '{"__proto__": {"a": 1}}')).toEqual(
		Object.fromEntries([['__proto__', { a: 1 }]]),
	);
});

test.each([
	'#N/A',
	'2,02511E+16',
	'Dear undefined',
	'order-[object Object]',
	'until Invalid DateTime',
])('the value %s is broken data, in rows and in JSON', (value) => {
	const problem = /'by' has '.*', which .*(?:spreadsheet|missing value)/;
	expectRefusal(() => parseMetadata([{ key: 'by', value }], ''), 'Metadata', problem, /Check/);
	expectRefusal(() => parseMetadata([], { by: value }), 'Metadata (JSON)', problem, /Check/);
	expect(() => parseMetadata([{ key: value }], '')).toThrow(/^Metadata: /);
});

test('values stay what people write', () => {
	const words = ['null problem', 'N/A', '-', 'None Hansen', '#GodJul!', '12E5'];
	for (const value of words) expect(parseMetadata([{ key: 'a', value }], '')).toEqual({ a: value });
	expect(parseMetadata([{ key: 'a', value: Number.NaN }], '')).toEqual({ a: '' });
});

test('JSON with a key twice, or half a character deep inside, is refused', () => {
	expect(() => parseMetadata([], '{"a":1,"a":2}')).toThrow(/^Metadata \(JSON\): .*same key twice/);
	expect(() => parseMetadata([], { a: { b: ['🎁'.slice(0, 1)] } })).toThrow(/'a' is cut/);
});
