/** What spreadsheets, forms, models and people send to each kind of field, and what has to become of it. */
import type { Kind } from '../../nodes/Dintero/fields/field';

/** Texts that only look like data; refused wherever they could be taken for an ID, a code or a text. */
export const NO_DATA = [
	'#N/A',
	'#I/T',
	'#VERDI!',
	'#SAKNAS!',
	'#NV',
	'########',
	'2,02511E+16',
	'Kari🎁'.slice(0, 5),
	'#GETTING_DATA',
	'Loading...',
	'2.02511E16',
	'[object Object]',
];
/** What expressions give where they find nothing. */
export const NOTHING = [undefined, null, '', ' ', '\u200b', '\ufeff\u00a0'];
const JUNK = [{}, { a: 1 }, ['x'], true];

interface Samples {
	/** The plain value. */
	good: unknown;
	/** Other ways to write the plain value. */
	same: unknown[];
	refused: unknown[];
}

const text = {
	same: (good: string) => [
		` ${good} `,
		`${good}\u200b`,
		`\ufeff${good}`,
		`${good}\u00a0`,
		good.normalize('NFD'),
	],
};
const code = '4024813767133836';

export const SAMPLES: Record<Kind, Samples> = {
	amount: {
		good: '500',
		same: [500, ' 500 ', '500,00', '500.00', '500,-', '\u00a0500', '500\u200b', '\u200e500'],
		refused: ['kr 500', '-500', '1.000', '5e2', '٥٠٠', 'five', '#N/A', '500 NOK', '0', ...JUNK],
	},
	amountFilter: {
		good: '500',
		same: [500, ' 500 ', '500,00', '500.00', '500,-', '\u00a0500', '500\u200b', '\u200e500'],
		refused: ['kr 500', '-1', '1.000', '5e2', '٥٠٠', 'five', 'null', '#N/A', '500 NOK', ...JUNK],
	},
	choice: { good: undefined, same: [], refused: ['whatever', '-', 'null', '0', 7, ...JUNK] },
	// Made from the options of each field.
	choices: { good: undefined, same: [], refused: ['whatever', ['x'], 7, {}, [null]] },
	code: {
		good: code,
		same: [
			'4024 8137 6713 3836',
			'4024-8137-6713-3836',
			'4024\u00a08137\u00a06713\u00a03836',
			'4024–8137–6713–3836',
			`${code}\u200b`,
			`${code}\r\n`,
			`'${code}`,
		],
		refused: [...NO_DATA, 'null', 'undefined', '1,23457E+15', 1234567890123450, 550, 1.5, ...JUNK],
	},
	currency: {
		good: 'NOK',
		same: ['nok', ' Nok ', 'NOK\u200b'],
		refused: ['kr', '€', 'JPY', 'ISK', 'NOKK', 7, ...JUNK],
	},
	date: {
		good: '2099-12-31',
		same: [
			' 2099-12-31 ',
			'\ufeff2099-12-31',
			'20991231',
			'2099-365',
			'2099-W53-4',
			'2099-12-31T00:00:00',
			new Date('2099-12-31T00:00:00Z'),
		],
		refused: [
			'31.12.2099',
			'12/31/2099',
			'2099-02-29',
			'2099-1-5',
			46387,
			20991231,
			'46387',
			'never',
			'null',
			'#N/A',
			'2099',
			'Invalid DateTime',
			...JUNK,
		],
	},
	execution: {
		good: '900',
		same: [900, '#900', 'ID#900', ' 900\n', 'https://n8n.example.com/workflow/abc/executions/900'],
		refused: ['0900', '9oo', 'Execution 900', '900.0', 'null', '#N/A', ...JUNK],
	},
	flag: {
		good: true,
		same: [
			1,
			'1',
			'true',
			'TRUE',
			' Yes ',
			'ja',
			'JA',
			'sann',
			'sant',
			'wahr',
			'på',
			'on',
			'ja\u200b',
		],
		refused: ['null', 'undefined', 'kanskje', 'FAUX', '2', 2, -1, 'x', '#N/A', {}, [], [true]],
	},
	id: {
		good: 'Bjørn 1',
		same: [...text.same('Bjørn 1'), 'Bjørn\u00a01', 'Bj\u00adørn 1', '\u200eBjørn 1'],
		refused: [
			...NO_DATA,
			'null',
			'undefined',
			'order-undefined',
			'N/A',
			'.',
			'..',
			'a\nb',
			'x'.repeat(256),
			1.5,
			2 ** 60,
			...JUNK,
		],
	},
	email: {
		good: 'anna@example.com',
		same: [' anna@example.com ', 'anna@example.com\u200b'],
		refused: [
			'anna',
			'anna@',
			'@example.com',
			'anna@example',
			'a b@example.com',
			'mailto:anna@example.com',
			'<anna@example.com>',
			'anna@example.com,',
			'anna@example.com;per@example.com',
			'anna@example..com',
			'anna@example.com.',
			'#N/A',
			'null',
			7,
			...JUNK,
		],
	},
	json: {
		good: '{"a":1}',
		same: [{ a: 1 }, ' {"a": 1} '],
		refused: ['{a', '[1]', '"x"', '{"a":1,"a":2}', { a: ['🎁'.slice(0, 1)] }, 'null', 7, true, [1]],
	},
	lines: {
		good: '[]',
		same: [[], ' [] '],
		refused: [
			'{a',
			'{}',
			'"x"',
			'null',
			7,
			true,
			{},
			[1],
			[{ line_id: '1' }],
			[{ line_id: '', amount: 1 }],
			[{ line_id: 'undefined', amount: 1 }],
			[{ line_id: '1', amount: 1, description: '🎁'.slice(0, 1) }],
			'[{"line_id":"1","amount":1,"amount":2}]',
			[{ line_id: '#N/A', amount: 1 }],
			[{ line_id: '1', amount: 1, description: '#REF!' }],
			[
				{ line_id: '1', amount: 1 },
				{ line_id: '1 ', amount: 1 },
			],
			'[{"line_id":"1","amount":12345678901234567890}]',
		],
	},
	metadata: {
		good: { entries: [{ key: 'a', value: 'å' }] },
		same: [{ entries: [{ key: ' a\u200b', value: 'å'.normalize('NFD') }] }],
		refused: [
			'text',
			{ entries: [{ key: '', value: 1 }] },
			{ entries: [{ key: 'a' }, { key: 'a' }] },
			{ entries: [{ key: 'null', value: 1 }] },
			{ entries: [{ key: 'a', value: '#N/A' }] },
			{ entries: [null] },
			{ entries: 'a=1' },
			{ a: 1 },
			{ entries: [{ key: 'n8n_origin', value: '1' }] },
		],
	},
	mask: {
		good: 'transaction(amount,currency)',
		same: [' transaction(amount,currency)\u200b'],
		refused: ['#N/A!', 'å', 'a;b', 'null', 'N/A', 'amount,undefined', [], [null], 7, {}, true],
	},
	name: {
		good: 'Åse',
		same: [' Åse ', 'Åse'.normalize('NFD')],
		refused: [...NO_DATA, 'x'.repeat(256), 1.5, ...JUNK],
	},
	number: {
		good: undefined,
		same: [],
		refused: [
			'five',
			'5/s',
			'-1',
			'1.000',
			'1e3',
			'#N/A',
			'null',
			Number.POSITIVE_INFINITY,
			...JUNK,
		],
	},
	optionalReference: {
		good: 'kunde-å',
		same: text.same('kunde-å'),
		refused: [...NO_DATA, 'kunde-undefined', 'a\nb', 'x'.repeat(256), 1.5, ...JUNK],
	},
	pattern: {
		good: 'p-{number}',
		same: [' p-{number} ', 'p-{number}\u200b'],
		refused: ['p', 'p-{x}-{number}', '#N/A', 'null', ...JUNK],
	},
	prefix: {
		good: 'P-',
		same: [' P- '],
		refused: ['a b', 'P\u200bx', 'a\nb', 'null', 'undefined-', 'N/A', '#N/A', 'None', ...JUNK],
	},
	phone: {
		good: '+4799999999',
		same: [
			'+47 999 99 999',
			'0047 99999999',
			'+47\u00a099-99-99-99',
			'+47 (0) 99‑99 99–99',
			'+4799999999\u200b',
		],
		refused: [
			'99999999',
			'+0799999999',
			'+47',
			'+47abc',
			'4,8E+10',
			'#N/A',
			'null',
			4799999999,
			...JUNK,
		],
	},
	reference: {
		good: 'ordre-å 7',
		same: [...text.same('ordre-å 7'), 'ordre-å\u00a07'],
		refused: [...NO_DATA, 'null', 'order-undefined', 'N/A', 'a\tb', 'x'.repeat(256), 1.5, ...JUNK],
	},
	secret: {
		good: 'Bearer a key',
		same: [' Bearer a key\n'],
		refused: ['x🎁'.slice(0, 2), 'null', 'Bearer undefined', '#N/A', 7, ...JUNK],
	},
	url: {
		good: 'https://www.myshop.no/events',
		same: [' https://www.myshop.no/events\u200b'],
		refused: [
			'www.myshop.no',
			'ftp://x.no/',
			'https://',
			'null',
			'#N/A',
			'https://a b.no',
			'https://www.myshop.no/undefined',
			'https://null/events',
			...JUNK,
		],
	},
	uuid: {
		good: '9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11',
		same: ['9F8C2F1E-2A6C-4C53-9C5F-0D6F1F3C7B11', ' 9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11\u200b'],
		refused: ['9f8c2f1e', 'null', '#N/A', '9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b1', 7, ...JUNK],
	},
};
