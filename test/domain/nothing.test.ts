import { isNothing, isWordForNothing, visibleText } from '../../nodes/Dintero/domain/nothing';

test.each([
	[' 500 ', '500'],
	['\u00a0500\u202f', '500'],
	['1\u00a0000', '1 000'],
	['\ufefforder-7\u200b', 'order-7'],
	['order\u00ad-7', 'order-7'],
	['a\u034fb', 'ab'],
	['❤\ufe0f', '❤'],
	['\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0', ''],
	['Å'.normalize('NFD'), 'Å'],
	['Kari  Å', 'Kari  Å'],
	['a\tb', 'a\tb'],
	['!~', '!~'],
])('%j is seen as %j', (text, seen) => expect(visibleText(text)).toBe(seen));

test.each([undefined, null, Number.NaN, '', ' ', '\t\n', '\u200b', '\ufeff\u00a0', '\u3164'])(
	'%j is nothing',
	(value) => expect(isNothing(value)).toBe(true),
);

test.each([0, false, '0', '-', 'null', ' x', '\u200bx', 'å', [], {}, Infinity])(
	'%j is something',
	(value) => expect(isNothing(value)).toBe(false),
);

// What JavaScript, Python, pandas, SQL, Go, spreadsheets and people write for a missing value.
const words =
	`null undefined none nil nan nat n/a n.a. (null) (none) (blank) (empty) <null> <na> <nil> [null] "null"
	'null' - -- – — --- ? ingen intet inget keine ukjent ukendt okänd unbekannt mangler saknas fehlt (tom)
	(leer)`.split(/\s+/);

test.each(words.flatMap((word) => [word, word.toUpperCase(), ` ${word}\u200b`]))(
	'%j is a word for nothing',
	(word) => expect(isWordForNothing(word)).toBe(true),
);

test('NA is one in capitals only, because Na may be a name', () => {
	expect(['NA', ' NA\u00a0', 'Na', 'na', 'NAN'].map(isWordForNothing)).toEqual([
		true,
		true,
		false,
		false,
		true,
	]);
});

test.each(['0', 'null-1', 'Nina', 'nothing', '----', 'ingen-1', 'Tom', 'unknown', '<b>', ''])(
	'%j is not',
	(word) => expect(isWordForNothing(word)).toBe(false),
);
