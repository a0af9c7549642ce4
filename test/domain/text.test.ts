import { parseId, parseMetadata, parseReference } from '../../nodes/Dintero/domain/text';
import { InvalidInput, show } from '../../nodes/Dintero/domain/invalidInput';

test('references are trimmed and numbers from spreadsheets become text', () => {
	expect(parseReference(' order-1 ', 'Card ID')).toBe('order-1');
	expect(parseReference(10045, 'Card ID')).toBe('10045');
	expect(parseReference('', 'Card ID')).toBeUndefined();
	expect(parseReference(null, 'Card ID')).toBeUndefined();
	expect(parseReference(undefined, 'Card ID')).toBeUndefined();
	expect(parseReference('x'.repeat(255), 'Card ID')).toHaveLength(255);
});

test.each([['   '], ['x'.repeat(256)], [{ id: 1 }], [1.5], [Number.MAX_SAFE_INTEGER + 2]])(
	'%p cannot be a reference',
	(value) => expect(() => parseReference(value, 'Card ID')).toThrow(/^Card ID: /),
);

test('an ID must be there and be something a web address can carry', () => {
	expect(parseId('../æøå/ 1', 'Card')).toBe('../æøå/ 1');
	for (const value of ['', undefined, '.', '..'])
		expect(() => parseId(value, 'Card')).toThrow(/^Card: /);
});

test.each<[unknown, string]>([
	[1.5, "Card ID: '1.5' is not text. Use a text or a whole number."],
	['  ', 'Card ID: is only spaces. Fill it in or leave it empty.'],
	['x'.repeat(256), `Card ID: '${'x'.repeat(57)}…' has 256 characters. Use at most 255.`],
	['', 'Card ID: is empty. Choose one from the list or write its ID.'],
	['..', "Card ID: '..' cannot be part of a web address. Use another ID."],
])('the ID %p is refused with the field and the way out', (value, message) =>
	expect(() => parseId(value, 'Card ID')).toThrow(new Error(message)),
);

test('metadata is read from rows and from JSON together', () => {
	expect(parseMetadata([{ key: ' order ', value: '1' }], '{"campaign":"summer"}')).toEqual({
		order: '1',
		campaign: 'summer',
	});
	expect(parseMetadata([], { a: 1 })).toEqual({ a: 1 });
	for (const none of [undefined, null, '']) expect(parseMetadata(undefined, none)).toBeUndefined();
	expect(parseMetadata([{ key: 'order' }], undefined)).toEqual({ order: '' });
});

test.each([['[1]'], ['{broken'], ['"text"'], ['null'], [5], [['{"a":1}']]])(
	'metadata that is not a JSON object is refused: %p',
	(json) =>
		expect(() => parseMetadata([], json)).toThrow(
			/^Metadata \(JSON\): .* is not a JSON object\. Write it as \{"campaign": "summer"\}\.$/,
		),
);

test.each([[{ key: ' ', value: 1 }], [{ value: 1 }]])('the metadata row %j is refused', (row) =>
	expect(() => parseMetadata([row], '')).toThrow(
		"Metadata: has a row without a key. Fill in its 'Key' or remove the row.",
	),
);

test('values are shown in one short line', () => {
	expect(show('a \n b')).toBe("'a b'");
	expect(show('x'.repeat(100))).toHaveLength(60);
	expect(show('x'.repeat(60))).toBe(`'${'x'.repeat(60)}'`);
	expect(show(undefined)).toBe("'undefined'");
	expect(show({ a: 1 })).toBe(`'{"a":1}'`);
	const circular: { self?: unknown } = {};
	circular.self = circular;
	expect(show(circular)).toBe("'[object Object]'");
});

test('a refusal is known by its name', () => {
	const { name, field, problem, wayOut } = new InvalidInput('Amount', 'is empty.', 'Fill it in.');
	expect([name, field, problem, wayOut]).toEqual([
		'InvalidInput',
		'Amount',
		'is empty.',
		'Fill it in.',
	]);
});
