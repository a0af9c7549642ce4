import type { Item } from '../../nodes/Dintero/actions/operation';
import {
	readCode,
	readCollection,
	readFlag,
	readUuid,
	readWholeNumber,
} from '../../nodes/Dintero/actions/readers';

function itemWith(value: unknown): Item & { advice: string[] } {
	const advice: string[] = [];
	return {
		index: 0,
		timeZone: 'Europe/Oslo',
		origin: { cardId: '', mark: '', firstTriedAt: 0, reference: (step) => step },
		spendingLimit: 0,
		get: () => value,
		isExpression: () => false,
		warn: (text) => void advice.push(text),
		advice,
	};
}

test.each<[unknown, boolean, boolean]>([
	[true, false, true],
	[false, true, false],
	['true', false, true],
	['false', true, false],
	[' False ', true, false],
	['no', true, false],
	['off', true, false],
	['0', true, false],
	['yes', false, true],
	[1, false, true],
	[0, true, false],
	['', true, true],
	[undefined, false, false],
	[null, true, true],
])('the switch %p, with %p when missing, is %p', (value, missing, is) => {
	expect(readFlag(value, missing)).toBe(is);
});

test.each<[unknown, string | undefined]>([
	['0123', '0123'],
	[' 0123 ', '0123'],
	['', undefined],
	['  ', undefined],
	[undefined, undefined],
	[null, undefined],
	[123, '123'],
])('the code %p is %p', (value, code) => {
	expect(readCode(itemWith(value), 'pin', 'PIN')).toBe(code);
});

test('a code is never shown in a message', () => {
	const item = itemWith(99887766);
	readCode(item, 'pin', 'PIN');
	expect(item.advice).toHaveLength(1);
	expect(item.advice.join()).not.toContain('99887766');
	for (const value of [1.5, { secret: 99887766 }, ['99887766'], true]) {
		const read = () => readCode(itemWith(value), 'pin', 'PIN');
		expect(read).toThrow('PIN: is not text.');
		expect(read).not.toThrow('99887766');
	}
});

test.each([1, 7, '7', ' 100 '])('%p is a whole number from 1 to 100', (value) => {
	expect(readWholeNumber(value, 'Size', undefined, 1, 100)).toBe(Number(value));
});

test.each([0, 101, 1.5, '1.5', 'x', '', null, '-1', Number.NaN, true])('%p is none', (value) => {
	expect(() => readWholeNumber(value, 'Size', undefined, 1, 100)).toThrow(/^Size: /);
});

test('an empty number field means what it says it means', () => {
	expect(readWholeNumber('', 'Size', 50, 1, 100)).toBe(50);
	expect(readWholeNumber(undefined, 'Size', 50, 1, 100)).toBe(50);
});

test('IDs that Dintero makes are UUIDs, in either case', () => {
	const id = '9F8C2F1E-2a6c-4c53-9c5f-0d6f1f3c7b11';
	expect(readUuid(itemWith(` ${id} `), 'x', 'ID', 'look')).toBe(id.toLowerCase());
	for (const value of ['', undefined, null])
		expect(() => readUuid(itemWith(value), 'x', 'ID', 'look')).toThrow(
			/^ID: is empty\. .*; look\./,
		);
	for (const value of ['../x', `${id}0`, 7, {}])
		expect(() => readUuid(itemWith(value), 'x', 'ID', 'look')).toThrow(
			/is not an ID Dintero makes/,
		);
});

test('a collection that is not one is empty', () => {
	for (const value of [undefined, null, '', 'text', 3])
		expect(readCollection(itemWith(value), 'options')).toEqual({});
	expect(readCollection(itemWith({ a: 1 }), 'options')).toEqual({ a: 1 });
});
