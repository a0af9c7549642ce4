import fc from 'fast-check';

import { idsFromPattern } from '../../nodes/Dintero/domain/idPattern';

test.each<[string, number, number, string[]]>([
	['print-{number:5}', 1, 3, ['print-00001', 'print-00002', 'print-00003']],
	['{number}', 9, 3, ['9', '10', '11']],
	['{number:2}', 99, 2, ['99', '100']],
	['a{number}b{number:3}', 0, 1, ['a0b000']],
	['æøå {number}/x', 7, 1, ['æøå 7/x']],
])('%p from %i makes', (pattern, first, count, ids) => {
	expect(idsFromPattern(pattern, first, count)).toEqual(ids);
});

test.each<[string, RegExp]>([
	['print', /^ID Pattern: 'print' has no number, .* Use a pattern such as print-\{number:5\}\.$/],
	['', /has no number/],
	['{Number}', /has no number/],
	[
		'{number:x}-{number}',
		/has braces that are not a number\. Use only \{number\} or, .*\{number:5\}\.$/,
	],
	['{number}}', /has braces/],
	['{number:123}-{number}', /has braces/],
])('%p is refused', (pattern, message) => {
	expect(() => idsFromPattern(pattern, 1, 1)).toThrow(message);
});

test('no two cards get the same ID, whatever the width', () => {
	fc.assert(
		fc.property(fc.nat(1_000_000), fc.nat(300), fc.nat(12), (first, count, width) => {
			const ids = idsFromPattern(`x-{number:${width}}`, first, count);
			expect(new Set(ids).size).toBe(count);
		}),
	);
});
