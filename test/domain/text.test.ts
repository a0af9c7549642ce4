import {
	dataProblem,
	parseId,
	parseName,
	parseOptionalReference,
	parseReference,
} from '../../nodes/Dintero/domain/text';
import { InvalidInput, show } from '../../nodes/Dintero/domain/invalidInput';

test('references are trimmed and numbers from spreadsheets become text', () => {
	expect(parseReference(' order-1 ', 'Card ID')).toBe('order-1');
	expect(parseReference(10045, 'Card ID')).toBe('10045');
	expect(parseReference('x'.repeat(255), 'Card ID')).toHaveLength(255);
	expect(parseReference('🎁'.repeat(255), 'Card ID')).toHaveLength(510);
});

test.each([['   '], ['x'.repeat(256)], [{ id: 1 }], [1.5], [Number.MAX_SAFE_INTEGER + 2], [true]])(
	'%p cannot be a reference',
	(value) => expect(() => parseReference(value, 'Card ID')).toThrow(/^Card ID: /),
);

test.each([
	['a zero-width space', 'order-1001\u200b'],
	['a soft hyphen', 'order\u00ad-1001'],
	['a byte order mark', '\ufefforder-1001'],
	['a direction mark', '\u200eorder-1001'],
	['a no-break space around it', '\u00a0order-1001\u202f'],
])('%s makes no other reference', (_what, text) =>
	expect(parseReference(text, 'Card ID')).toBe('order-1001'),
);

test('one order number is one reference, composed or not, whatever its spaces', () => {
	expect(parseReference('Bjørn Å-1'.normalize('NFD'), 'X')).toBe('Bjørn Å-1'.normalize('NFC'));
	expect(parseReference('order\u00a01001', 'X')).toBe('order 1001');
});

const ERRORS = `
	#N/A #NULL! #DIV/0! #VALUE! #REF! #NAME? #NUM! #SPILL! #CALC! #FIELD! #BUSY! #BLOCKED! #ERROR!
	#I/T #VERDI! #NAVN? #OVERFLYT! #FELT!
	#SAKNAS! #VÄRDEFEL! #REFERENS! #NAMN? #OGILTIGT! #DIVISION/0! #SKÄRNING!
	#VÆRDI! #REFERENCE! #NUL! #OVERLØB!
	#NV #WERT! #BEZUG! #ZAHL! #ÜBERLAUF!
	#PUUTTUU! #PUUTTUU #ARVO! #JAKO/0! #N/D #N/B #¡VALOR! #¿NOMBRE? #¡DIV/0! #RIF! #WAARDE! #VERW! #CHYBA! #ADR! #DZIEL/0!
	#ЗНАЧ! #Н/Д #SAYI/0! #YOK #HIÁNYZIK #ÉRTÉK! #NENÍ_K_DISPOZICI #ODKAZ! #ΤΙΜΗ! #VREDN!
	#UNKNOWN! #CONNECT! #EXTERNAL! #PYTHON! #TIMEOUT!
	Err:502 Feil:508 ######## #n/a #ref! #name?
`
	.trim()
	.split(/\s+/);

test.each(ERRORS)('%s is the error of a spreadsheet, in every text', (error) => {
	for (const parse of [parseReference, parseName, parseOptionalReference])
		expect(() => parse(error, 'Name')).toThrow(/^Name: .*is the error of a spreadsheet formula/);
});

test.each(['Error 2042', 'Err: 502', 'Fehler 2007'])('%s is one too', (error) =>
	expect(() => parseReference(error, 'X')).toThrow(/is the error of a spreadsheet formula/),
);

test.each([
	...['#GETTING_DATA', '#HENTER_DATA', '#DATEN_ABRUFEN', '#OBTENIENDO_DATOS', '#GEGEVENS_OPHALEN'],
	...['#ESTRAZIONE_DATI_IN_CORSO', 'Loading...', 'Laster inn …', 'Wird geladen...'],
])('%s is a cell that had not been fetched', (text) => {
	for (const parse of [parseReference, parseName])
		expect(() => parse(text, 'Name')).toThrow(/^Name: .*had not finished fetching/);
});

test.each([
	...['#1001', '#A-17', '#', 'C#', 'N/A-1', 'Err', '#vår2026', 'Hva nå?!', '#GodJul!', '#godjul!'],
	...[
		'#summer_sale',
		'#SUMMER_SALE',
		'#Nr/A',
		'Loading',
		'Error 404',
		'Error-2042',
		'#nv',
		'x #YOK',
	],
])('%s is none', (text) => expect(dataProblem(text)).toBeUndefined());

test.each([
	...['order-#N/A', 'order-#REF!', '#I/T-7', 'a #NAVN?', 'order-2,02511E+16', 'a 1.5E+12'],
])('%s was put together from a broken cell', (text) =>
	expect(() => parseReference(text, 'X')).toThrow(/contains .*spreadsheet/),
);
test.each(['order-#12', 'a#REF!', 'order-12E5', 'x1,5E+3', 'v1.5', '1e5x', 'N/A & Co'])(
	'%s was not',
	(text) => expect(parseReference(text, 'X')).toBe(text),
);

test.each([
	...['2,02511E+16', '2.02511E+16', '1E+12', '9,99e-5', '-1E+20', '2.02511E16', '1,23 E+15'],
	...['9,99E−05', '2,02511×10^16', '2.02511 x 10^16', '1,23*10^+15', '2,02511·10¹⁶', '1\u00a0E+15'],
])('%s is a number that a spreadsheet has shortened', (text) =>
	expect(() => parseReference(text, 'X')).toThrow(/scientific notation/),
);
test.each(['12E5', 'E+12', '1E+12-x'])('%s is none', (text) =>
	expect(parseReference(text, 'X')).toBe(text),
);

test.each([
	'order-undefined',
	'undefined',
	'null-7',
	'order NaN',
	'order-[object Object]',
	'order-[Object: {"a":1}]',
	'Invalid DateTime',
	'null',
	'N/A',
	'none',
	'-',
])('%s is what a missing value leaves in a reference', (text) =>
	expect(() => parseReference(text, 'X')).toThrow(/comes from a missing value/),
);
test.each(['nullpunkt-1', 'NaNa-2', 'undefinedness', 'order-none', 'Null-1'])(
	'%s is a reference',
	(text) => expect(parseReference(text, 'X')).toBe(text),
);

test('half a character and control characters are refused', () => {
	for (const parse of [parseReference, parseName])
		expect(() => parse('Kari🎁'.slice(0, 5), 'X')).toThrow(/cut in the middle of a character/);
	expect(() => parseReference('order\n1', 'X')).toThrow(/line break/);
});

test('a name keeps what people write', () => {
	const name = "Åse-Møyfrid “Zoë” 👩‍👩‍👧 שלום\nO'Brien";
	expect(parseName(` ${name} `, 'Name')).toBe(name);
	expect(parseName(7, 'Name')).toBe('7');
	expect(parseName('🎁'.repeat(255), 'Name')).toHaveLength(510);
	expect(() => parseName('🎁'.repeat(256), 'Name')).toThrow(/has 256 characters/);
	expect(() => parseName({ a: 1 }, 'Name')).toThrow(/is not text/);
});

test.each([
	'null',
	'NULL',
	'undefined',
	'None',
	'nan',
	'N/A',
	'n/a',
	'NA',
	'(null)',
	'<NA>',
	'-',
	'–',
])('%s leaves an optional text out', (word) => {
	expect(parseName(word, 'Name')).toBeUndefined();
	expect(parseOptionalReference(word, 'Customer ID')).toBeUndefined();
});
test('a name that is nearly such a word stays', () => {
	const people = ['Null', 'Nat', 'Nan', 'Nil', 'None Hansen', 'True', 'N/A & Co', 'Null problem'];
	for (const name of [...people, 'Na', 'Nora', 'Non', 'Null Komma Nix', '0'])
		expect(parseName(name, 'Name')).toBe(name);
});

test.each([
	...[
		'Gift to undefined',
		'Dear [object Object]',
		'Dear [Object: {"a":1}]',
		'until Invalid DateTime',
	],
	...['NaN kr', 'Kari\u0000', 'Kari\u0007'],
])('the name %j is broken', (name) =>
	expect(() => parseName(name, 'Name')).toThrow(
		/^Name: .*(?:comes from a missing value|has a control character)\. (?:Check the data|Correct the cell)/,
	),
);

test('a number of which a spreadsheet has replaced the last digits is no text', () => {
	for (const parse of [parseReference, parseName])
		expect(() => parse(2025111600001230, 'X')).toThrow(/more than 15 digits.*as text/);
	for (const whole of [202511160000123, 100000000000000, 2025111600001231])
		expect(parseReference(whole, 'X')).toBe(String(whole));
});

test('an ID must be there and be something a web address can carry', () => {
	expect(parseId('../æøå/ 1', 'Card')).toBe('../æøå/ 1');
	for (const value of ['', undefined, '.', '..'])
		expect(() => parseId(value, 'Card')).toThrow(/^Card: /);
});

test.each<[unknown, string]>([
	[1.5, "Card ID: '1.5' is not text. Use a text or a whole number."],
	['  ', 'Card ID: is empty. Choose one from the list or write its ID.'],
	['x'.repeat(256), `Card ID: '${'x'.repeat(57)}…' has 256 characters. Use at most 255.`],
	['', 'Card ID: is empty. Choose one from the list or write its ID.'],
	['..', "Card ID: '..' cannot be part of a web address. Use another ID."],
])('the ID %p is refused with the field and the way out', (value, message) =>
	expect(() => parseId(value, 'Card ID')).toThrow(new Error(message)),
);

test('values are shown in one short line', () => {
	expect(show('a \n b')).toBe("'a b'");
	expect(show('x'.repeat(100))).toHaveLength(60);
	expect(show('x'.repeat(60))).toBe(`'${'x'.repeat(60)}'`);
	expect(show('🎁'.repeat(100))).toBe(`'${'🎁'.repeat(57)}…'`);
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
