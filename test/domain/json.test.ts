import fc from 'fast-check';

import { hasHalfCharacter, parseJson } from '../../nodes/Dintero/domain/json';
import { expectRefusal } from '../support/refusal.mts';

const half = '🎁'.slice(0, 1);

test('JSON is read as JSON.parse reads it, with or without a byte order mark', () =>
	fc.assert(
		fc.property(
			fc.jsonValue().filter((value) => !/\d(?:\d{15}|e\+)/.test(JSON.stringify(value))),
			fc.constantFrom('', '\ufeff'),
			(value, mark) => {
				const json = JSON.stringify(value);
				expect(parseJson(mark + json, 'X')).toEqual(JSON.parse(json));
			},
		),
	));

test('a number that JSON.parse would change is refused, however deep', () =>
	fc.assert(
		fc.property(
			fc.bigInt({ min: 2n ** 53n + 1n }),
			fc.constantFrom('', '-'),
			fc.constantFrom(['', ''], ['[', ']'], ['{"a":{"b":[', ']}}']),
			(number, sign, [before, after]) => {
				const json = `${before}${sign}${number}${after}`;
				expectRefusal(() => parseJson(json, 'Lines'), 'Lines', /too many digits/, /quotes/);
				expect(parseJson(`${before}"${number}"${after}`, 'Lines')).toBeDefined();
			},
		),
	));

test.each(['', '{a', '{"a":1,}', 'NaN', "{'a':1}"])('%j is not JSON', (text) =>
	expect(parseJson(text, 'X')).toBeUndefined(),
);

test.each([
	'{"a":1,"a":2}',
	'{"b":{"a":1, "a" :1}}',
	'[{"a":1},{"a":1,"a":1}]',
	'{"a":1,"\\u0061":2}',
])(
	'%s has a key twice',
	(text) =>
		void expectRefusal(() => parseJson(text, 'Lines'), 'Lines', /same key twice/, /own key/),
);

test.each(['{"a":1,"b":{"a":1}}', '[{"a":1},{"a":1}]', '{"a":"\\"a\\":1","b":"{\\"a\\":1}"}'])(
	'%s has every key once',
	(text) => expect(parseJson(text, 'X')).toEqual(JSON.parse(text)),
);

test.each([half, [half], { a: [half] }, { [half]: 1 }, { a: { b: `x${half}` } }])(
	'half a character is found in %j',
	(value) => expect(hasHalfCharacter(value)).toBe(true),
);
test.each(['🎁', ['🎁'], { '🎁': '🎁' }, 7, null, undefined, true])('none is in %j', (value) =>
	expect(hasHalfCharacter(value)).toBe(false),
);
