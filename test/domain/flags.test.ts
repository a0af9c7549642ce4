import { parseFlag } from '../../nodes/Dintero/domain/flags';

const ON = [
	true,
	1,
	'1',
	'true',
	'TRUE',
	' True ',
	'yes',
	'Y',
	'on',
	'ja',
	'Ja',
	'J',
	'sann',
	'SANN',
	'sant',
	'sand',
	'wahr',
	'WAHR',
	'på',
	'ja\u200b',
	'\ufeffja',
	'på'.normalize('NFD'),
];
const OFF = [
	false,
	0,
	'0',
	'false',
	'FALSE',
	'no',
	'N',
	'off',
	'nei',
	'Nei',
	'nej',
	'nein',
	'usann',
	'USANN',
	'falsk',
	'falskt',
	'osant',
	'usant',
	'usand',
	'falsch',
	'FALSCH',
	'av',
	'aus',
];

test.each(ON)('%p is on', (word) => expect(parseFlag(word, 'Preview')).toBe(true));
test.each(OFF)('%p is off', (word) => expect(parseFlag(word, 'Preview')).toBe(false));

test.each([
	...[
		'null',
		'undefined',
		'none',
		'maybe',
		'FAUX',
		'vrai',
		'2',
		'-1',
		'10',
		'true false',
		'x',
		'✓',
		'kanskje',
	],
	...[2, -1, 0.5, Number.NaN, {}, [], [true]],
])('%p is neither', (value) =>
	expect(() => parseFlag(value, 'Preview')).toThrow(
		/^Preview: .* is neither yes nor no\. Use true or false, yes or no, ja or nei, 1 or 0\.$/,
	),
);
