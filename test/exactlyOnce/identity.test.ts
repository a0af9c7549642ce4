import fc from 'fast-check';

import {
	derivedId,
	derivedReference,
	markOf,
	newRandom,
	readDerived,
	readMark,
	type ItemKey,
	type Place,
} from '../../nodes/Dintero/exactlyOnce/identity';

const place: Place = { instance: 'i', workflow: 'w', node: 'n', nodeName: 'Dintero' };
const key: ItemKey = { execution: '900', runIndex: 0, itemIndex: 4, random: 'k3v9x2m4' };
const textsOf = (at: Place, of: ItemKey) => [
	derivedId(at, of),
	markOf(at, of),
	derivedReference(at, of, 'charge'),
];

test('the same item gets the same texts in every version of this package', () => {
	// A change here would make a resumed run issue its cards a second time.
	expect(textsOf(place, key)).toEqual([
		'n8n-900-5-k3v9x2m4b282rgwe',
		'n8n execution 900, item 5, run 1 [k3v9x2m4.b282rgwe]',
		'n8n-900-5-k3v9x2m4b282rgwe-053e',
	]);
});

test.each<[string, Partial<Place>, Partial<ItemKey>]>([
	['instance', { instance: 'other' }, {}],
	['workflow', { workflow: 'other' }, {}],
	['node', { node: 'other' }, {}],
	['node with the same ID', { nodeName: 'Dintero1' }, {}],
	['execution', {}, { execution: '901' }],
	['run of the node', {}, { runIndex: 1 }],
	['item', {}, { itemIndex: 5 }],
	['random part', {}, { random: 'aaaaaaaa' }],
])('another %s is another identity', (_what, at, of) => {
	const here = textsOf(place, key);
	const there = textsOf({ ...place, ...at }, { ...key, ...of });
	expect(new Set([...here, ...there]).size).toBe(6);
});

const keys = fc.record({
	execution: fc.oneof(fc.bigInt({ min: 1n, max: 10n ** 18n }).map(String), fc.uuid()),
	runIndex: fc.nat(3),
	itemIndex: fc.nat(20_000),
	random: fc.constant('').map(() => newRandom()),
});

test('what was derived is read back by the same node, in the same execution, and by no other', () => {
	fc.assert(
		fc.property(keys, (one) => {
			for (const id of [derivedId(place, one), derivedReference(place, one, 'step')]) {
				expect(readDerived(place, one.execution, id, [0, 1, 2, 3])).toEqual(one);
				expect(readDerived(place, one.execution, id, [one.runIndex + 1])).toBeUndefined();
				expect(
					readDerived({ ...place, nodeName: 'x' }, one.execution, id, [0, 1, 2, 3]),
				).toBeUndefined();
				expect(readDerived(place, `${one.execution}0`, id, [0, 1, 2, 3])).toBeUndefined();
				expect(id.length).toBeLessThanOrEqual(64);
			}
			expect(readMark(place, one.execution, markOf(place, one))).toEqual(one);
			expect(
				readMark({ ...place, instance: 'x' }, one.execution, markOf(place, one)),
			).toBeUndefined();
			expect(readMark(place, `${one.execution}0`, markOf(place, one))).toBeUndefined();
		}),
	);
});

test.each([
	undefined,
	null,
	7,
	'',
	'order-1',
	'n8n-900-5',
	'n8n-900-5-k3v9x2m4aaaaaaaa',
	'n8n-900-x-k3v9x2m4aaaaaaaa',
])('%p was derived by nobody', (id) => {
	expect(readDerived(place, '900', id, [0])).toBeUndefined();
	expect(readMark(place, '900', id)).toBeUndefined();
});

test('random parts never come twice, and nothing in them can be misread', () => {
	const made = Array.from({ length: 5000 }, () => newRandom());
	expect(new Set(made).size).toBe(5000);
	for (const random of made) expect(random).toMatch(/^[0-9a-hjkmnp-tv-z]{8}$/);
});
