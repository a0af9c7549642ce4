import { returnLimit } from '../../nodes/Dintero/fields/limit';
import { expectRefusal } from '../support/refusal.mts';
import { read, readUntouched } from './raw.mts';

test('a list that nobody touched returns 50', () => {
	expect(readUntouched(returnLimit)).toBe(50);
	expect(read(returnLimit, {})).toBe(50);
});

test.each<[object, number]>([
	[{ returnAll: true }, Infinity],
	[{ returnAll: 'ja', limit: 5 }, Infinity],
	[{ returnAll: true, limit: 'whatever' }, Infinity],
	[{ returnAll: false, limit: 1 }, 1],
	[{ limit: '1000000' }, 1_000_000],
])('%j returns at most %p', (parameters, records) =>
	expect(read(returnLimit, parameters)).toBe(records),
);

test('what is no limit is refused by name', () => {
	expectRefusal(() => read(returnLimit, { limit: 0 }), 'Limit', /'0'/, /1 or more/);
	expectRefusal(() => read(returnLimit, { limit: '' }), 'Limit', /empty/, /50/);
	expectRefusal(
		() => read(returnLimit, { returnAll: 'alt' }),
		'Return All',
		/'alt'/,
		/true or false/,
	);
});

test('Limit is shown only while not everything is returned', () => {
	expect(
		returnLimit.properties.map(({ name, displayOptions }) => [name, displayOptions?.show]),
	).toEqual([
		['returnAll', undefined],
		['limit', { returnAll: [false] }],
	]);
	expect(returnLimit.leaves.map(({ property }) => property)).toEqual(returnLimit.properties);
});
