import fc from 'fast-check';
import { expectRefusal } from '../support/refusal.mts';

import { parseCode } from '../../nodes/Dintero/domain/codes';

const code = (value: unknown) => parseCode(value, 'Card Token');
const DIGITS = '4024813767133836';
const LETTERS = 'aB3dE5fG7hJ9kL1m';

const grouped = (text: string, separator: string) => text.replace(/(.{4})(?=.)/g, `$1${separator}`);

describe.each([DIGITS, LETTERS])('%s', (text) => {
	test.each([
		' ',
		'\u00a0',
		'\u2009',
		'\u202f',
		'-',
		'‐',
		'‑',
		'–',
		'—',
		' - ',
		'\t',
		'\n',
		'\u200b',
	])('in groups with %j between them is the same code', (separator) =>
		expect(code(grouped(text, separator))).toBe(text),
	);

	test.each([
		['a line break of a scanner', `${text}\r\n`],
		['a zero-width space of an e-mail', `${text}\u200b`],
		['an apostrophe of Excel', `'${text}`],
		['a byte order mark', `\ufeff${text}`],
		[
			'full-width characters',
			text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
		],
	])('with %s is the same code', (_what, typed) => expect(code(typed)).toBe(text));
});

test.each([
	'DINCARD:9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11',
	'9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11',
	'SUMMER-aB3dE5fG7hJ9kL1m',
	'GIFT-1234567890123456',
	'P-12',
	'a-b#1x',
	'@#$%-1',
	'P1-12-34',
	'12-34-x1',
	'aB3d-E5fG',
	'xaB3d-E5fG-7hJ9',
	'aB3d-E5f-7hJ9',
	'aB3d-E5fGx-7hJ9',
	'aB3d-E5fG-7hJ9k',
	'aB3d-E5fG-',
	"O'BR-IEN1",
	'GIFT 1#2 34',
])('%s has hyphens of its own, which stay', (text) => expect(code(text)).toBe(text));

test.each([
	['4024  8137 \t 6713\r\n3836', DIGITS],
	['aB3d-E5fG-7', 'aB3dE5fG7'],
	['aB3d−E5fG−7hJ9', 'aB3dE5fG7hJ9'],
	['SUMMER - aB3d', 'SUMMER-aB3d'],
	['SUMMER -aB3d', 'SUMMER-aB3d'],
	['SUMMER− aB3d', 'SUMMER−aB3d'],
	['SUMMER\t–\taB3d', 'SUMMER–aB3d'],
	['GIFT-1#  2\t3', 'GIFT-1# 2 3'],
	['’1234', '1234'],
	['4024.8137.6713.3836', DIGITS],
	['4024⁃8137⁃6713⁃3836', DIGITS],
	['4024. 8137. 6713. 3836', DIGITS],
	['1.2', '1.2'],
	['1234.5', '1234.5'],
	['a.1234.5678', 'a.1234.5678'],
])('%j is read as %s', (typed, read) => expect(code(typed)).toBe(read));

test('digits keep their leading zeros, and any way to group them is the same code', () =>
	fc.assert(
		fc.property(
			fc.stringMatching(/^\d{4,20}$/),
			fc.array(fc.tuple(fc.nat(20), fc.constantFrom(' ', '-', '\u00a0', '–', '\u200b'))),
			(digits, cuts) => {
				let typed = digits;
				for (const [at, separator] of cuts) {
					const place = Math.min(Math.max(1, at), digits.length - 1);
					const before = typed[place - 1];
					const after = typed[place];
					if (/\d/.test(before) && /\d/.test(after ?? ''))
						typed = typed.slice(0, place) + separator + typed.slice(place);
				}
				expect(code(typed)).toBe(digits);
			},
		),
	));

test.each([
	'#N/A',
	'1,23457E+15',
	'4,02481E+15',
	'null',
	'undefined',
	'-',
	'####',
	'🎁'.slice(0, 1),
	'[object Object]',
	'undefined-1234',
	'Loading...',
	'Error 2042',
	'4.02481E15',
])('%p is no code, and is not shown', (value) => {
	expect(() => code(value)).toThrow(/^Card Token: .*Format the column as text/);
	if (value.length > 4) expect(() => code(value)).not.toThrow(value);
});

test.each(['****', '•••• •••• •••• 3836', '************3836', '4024●●●●●●●●3836'])(
	'%p is a masked code, which costs no try',
	(value) => void expectRefusal(() => code(value), 'Card Token', /masked/, /the code itself/),
);

test.each(['a*1*b*2', '***1', 'a•1'])('%p may be a code with symbols', (value) =>
	expect(code(value)).toBe(value),
);

describe('a number', () => {
	test('is read, with advice', () => {
		const advice: string[] = [];
		expect(parseCode(123456, 'PIN', (text) => void advice.push(text))).toBe('123456');
		expect(advice).toEqual([
			expect.stringMatching(/^PIN arrived as a number\. Leading zeros are lost/),
		]);
		expect(advice.join()).not.toContain('123456');
	});

	test.each([1234, 123456789012345])('%p has just enough digits, and not too many', (value) =>
		expect(code(value)).toBe(String(value)),
	);

	test.each<[number, RegExp]>([
		[1234567890123450, /more than 15 digits/],
		[550, /lost its leading zeros/],
		[0, /lost its leading zeros/],
		[12.5, /is not text/],
		[-1234, /is not text/],
		[1e21, /is not text/],
		[Number.NaN, /is not text/],
	])(
		'such as %p is refused',
		(value, why) =>
			void expectRefusal(() => code(value), 'Card Token', why, /as text|format the column/i),
	);
});

test.each([{ secret: '99887766' }, ['99887766'], true, null])(
	'%p is refused, and not shown',
	(value) => {
		expect(() => code(value)).toThrow('Card Token: is not text.');
		expect(() => code(value)).not.toThrow('99887766');
		expectRefusal(() => code(value), 'Card Token', /not text/, /as text/);
	},
);

test.each(['1234.0', '42,0', `${DIGITS}.0`, ' 0042.00 '])(
	'%p went through a number with decimals, so its leading zeros may be lost',
	(value) =>
		void expectRefusal(() => code(value), 'Card Token', /number with decimals/, /column as text/),
);
test.each(['12.34', '4024.8137', '4024.0000', 'A1.0'])('%p did not', (value) =>
	expect(code(value)).toBe(/A/.test(value) ? value : value.replace('.', '')),
);

test.each(['null', 'N/A', '-', 'NA'])(
	'a word for nothing is called one: %s',
	(word) => void expectRefusal(() => code(word), 'Card Token', /missing/, /as text/),
);
