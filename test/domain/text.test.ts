import { parseId, parseMetadata, parseReference } from '../../nodes/Dintero/domain/text';
import { show } from '../../nodes/Dintero/domain/invalidInput';

test('references are trimmed and numbers from spreadsheets become text', () => {
	expect(parseReference(' order-1 ', 'Card ID')).toBe('order-1');
	expect(parseReference(10045, 'Card ID')).toBe('10045');
	expect(parseReference('', 'Card ID')).toBeUndefined();
	expect(parseReference(null, 'Card ID')).toBeUndefined();
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

test('metadata is read from rows and from JSON together', () => {
	expect(parseMetadata([{ key: ' order ', value: '1' }], '{"campaign":"summer"}')).toEqual({
		order: '1',
		campaign: 'summer',
	});
	expect(parseMetadata([], { a: 1 })).toEqual({ a: 1 });
	expect(parseMetadata(undefined, '')).toBeUndefined();
});

test.each([['[1]'], ['{broken'], ['"text"'], [5]])(
	'metadata that is not a JSON object is refused: %p',
	(json) => expect(() => parseMetadata([], json)).toThrow(/is not a JSON object/),
);

test('a metadata row without a key is refused', () =>
	expect(() => parseMetadata([{ key: ' ', value: 1 }], '')).toThrow(/row without a key/));

test('values are shown in one short line', () => {
	expect(show('a\nb')).toBe("'a b'");
	expect(show('x'.repeat(100))).toHaveLength(60);
	expect(show(undefined)).toBe("'undefined'");
});
