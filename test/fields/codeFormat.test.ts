import {
	requiredPinFormat,
	requiredTokenFormat,
	pinBarcode,
	pinFormat,
	tokenBarcode,
	tokenFormat,
} from '../../nodes/Dintero/fields/codeFormat';
import { expectRefusal } from '../support/refusal.mts';
import { rawParameters, read, readUntouched } from './raw.mts';

const formats = (parameters: object) => {
	const raw = rawParameters(parameters);
	return { pin: pinFormat.read(raw), token: tokenFormat.read(raw), advice: raw.advice };
};
const digits = (length: number) => ({ length, symbols: false, characters: false, numbers: true });
const lettersAndDigits = (length: number) => ({ ...digits(length), characters: true });

test('without a choice a PIN has 4 digits and a card token 16', () =>
	expect(formats({})).toEqual({ pin: digits(4), token: digits(16), advice: [] }));

test.each([
	['digits4', digits(4)],
	['digits6', digits(6)],
	['alphanumeric6', lettersAndDigits(6)],
	['none', undefined],
])('the PIN format %s names everything, because Dintero would add symbols', (choice, format) =>
	expect(formats({ pinFormat: choice }).pin).toEqual(format),
);

test.each([
	['digits16', digits(16)],
	['alphanumeric16', lettersAndDigits(16)],
	['dinteroDefault', 'default'],
	['none', undefined],
])('so does the card token format %s', (choice, format) =>
	expect(formats({ tokenFormat: choice }).token).toEqual(format),
);

test('a custom format is what its fields say', () => {
	const custom = {
		pinFormat: 'custom',
		pinLength: '6',
		pinPrefix: ' P- ',
		pinLetters: 'ja',
		pinNumbers: 'nei',
		tokenFormat: 'custom',
		tokenLength: 20,
		tokenSymbols: true,
		options: { pinBarcode: true, tokenBarcode: '1' },
	};
	expect(formats(custom)).toMatchObject({
		pin: {
			length: 6,
			prefix: 'P-',
			symbols: false,
			characters: true,
			numbers: false,
			barcode: true,
		},
		token: { length: 20, symbols: true, characters: false, numbers: true, barcode: true },
	});
});

test.each([
	[{ pinFormat: 'custom', pinLength: 2 }, "PIN Length: '2' is too small."],
	[{ pinFormat: 'custom', pinLength: 3 }, "PIN Length: '3' is too small."],
	[{ pinFormat: 'custom', pinLength: 256 }, "PIN Length: '256' is too large."],
	[{ pinFormat: 'custom', pinLength: 4.5 }, "PIN Length: '4.5' is not a whole number."],
	[{ pinFormat: 'custom' }, 'PIN Length: is empty.'],
	[{ tokenFormat: 'custom', tokenLength: 0 }, "Card Token Length: '0' is too small."],
	[
		{ pinFormat: 'custom', pinLength: 4, pinNumbers: false },
		'PIN Format: allows no characters at all.',
	],
	[{ pinFormat: 'custom', pinLength: 4, pinLetters: 'some' }, "PIN Letters: 'some' is neither"],
	[{ pinFormat: 'custom', pinLength: 4, pinPrefix: 'a b' }, 'PIN Prefix: has a space'],
	[{ pinFormat: 'digits5' }, "PIN Format: 'digits5' is not one of its choices."],
	[
		{ tokenFormat: 'dinteroDefault', options: { tokenBarcode: true } },
		"Card Token Format: Dintero's default cannot have a barcode.",
	],
])('%j is refused', (parameters, message) => expect(() => formats(parameters)).toThrow(message));

test('a short code is made, with advice', () => {
	const { token, advice } = formats({ tokenFormat: 'custom', tokenLength: 15 });
	expect(token).toEqual(digits(15));
	expect(advice).toEqual([
		'Card Tokens of 15 characters are easier to guess than Dintero recommends; 16 or more are safer',
	]);
});

test('where a code must be made, none is no choice', () => {
	const raw = rawParameters({ pinFormat: 'none', tokenFormat: 'none' });
	expect(() => requiredPinFormat.read(raw)).toThrow(
		"PIN Format: 'none' is not one of its choices.",
	);
	expect(() => requiredTokenFormat.read(raw)).toThrow("Card Token Format: 'none' is not one");
});

test('formats that nobody touched are those that suit most shops', () => {
	for (const format of [pinFormat, requiredPinFormat])
		expect(readUntouched(format)).toEqual(digits(4));
	for (const format of [tokenFormat, requiredTokenFormat])
		expect(readUntouched(format)).toEqual(digits(16));
});

test.each([
	['PIN', pinFormat, { pinFormat: 'No PIN' }],
	['PIN', pinFormat, { pinFormat: 'no pin' }],
	['Card Token', tokenFormat, { tokenFormat: 'No Card Token' }],
])('no %s can be chosen by its label', (_kind, format, parameters) =>
	expect(read(format, parameters)).toBeUndefined(),
);

test.each([
	[requiredPinFormat, { pinFormat: '6 digits' }, digits(6)],
	[requiredPinFormat, { pinFormat: '6 Letters and Digits' }, lettersAndDigits(6)],
	[requiredPinFormat, { pinFormat: '4 Digits' }, digits(4)],
	[requiredTokenFormat, { tokenFormat: '16 Digits' }, digits(16)],
	[requiredTokenFormat, { tokenFormat: '16 letters and digits' }, lettersAndDigits(16)],
	[requiredTokenFormat, { tokenFormat: "dintero's default" }, 'default'],
])('labels name formats: %#', (format, parameters, expected) =>
	expect(read<unknown>(format, parameters)).toEqual(expected),
);

const kinds = [
	['PIN', 'pin', requiredPinFormat, 4],
	['Card Token', 'token', requiredTokenFormat, 16],
] as const;

describe.each(kinds)('a custom %s', (kind, name, format, length) => {
	const custom = (more: object = {}) =>
		read<unknown>(format, { [`${name}Format`]: 'Custom', [`${name}Length`]: length, ...more });

	test('has digits and no prefix unless something else is said', () =>
		expect(custom()).toStrictEqual(digits(length)));

	test('holds at first what reads like nothing', () => {
		const first = Object.fromEntries(format.properties.map((p) => [p.name, p.default]));
		expect(read<unknown>(format, { ...first, [`${name}Format`]: 'custom' })).toStrictEqual(
			digits(length),
		);
	});

	test('may have a barcode', () =>
		expect(custom({ options: { [`${name}Barcode`]: 'ja' } })).toEqual({
			...digits(length),
			barcode: true,
		}));

	test.each<[unknown, object]>([
		[' SUMMER- ', { prefix: 'SUMMER-' }],
		[2026, { prefix: '2026' }],
		['', {}],
	])('has the prefix %j', (prefix, expected) =>
		expect(custom({ [`${name}Prefix`]: prefix })).toEqual({ ...digits(length), ...expected }),
	);

	test.each(['a b', 'P\u200bx', 'a\nb', 1.5, true])(
		'cannot have the prefix %j',
		(prefix) =>
			void expectRefusal(
				() => custom({ [`${name}Prefix`]: prefix }),
				`${kind} Prefix`,
				/character/,
				/letters, digits/,
			),
	);

	test('cannot have a prefix that nobody sees', () =>
		void expectRefusal(
			() => custom({ [`${name}Prefix`]: '\u200b' }),
			`${kind} Prefix`,
			/visible characters/,
			/empty it/,
		));

	test('needs characters to be made of', () =>
		void expectRefusal(
			() => custom({ [`${name}Numbers`]: 'nei' }),
			`${kind} Format`,
			/no characters/,
			new RegExp(`'${kind} Numbers'.*'${kind} Letters'.*'${kind} Symbols'`),
		));

	test.each(['Numbers', 'Letters', 'Symbols'])(
		'refuses %s by name',
		(part) =>
			void expectRefusal(
				() => custom({ [`${name}${part}`]: 'kanskje' }),
				`${kind} ${part}`,
				/'kanskje'/,
				/true or false/,
			),
	);

	test.each(['Letters', 'Symbols'])('may be made of %s alone', (part) =>
		expect(custom({ [`${name}Numbers`]: false, [`${name}${part}`]: true })).toMatchObject({
			numbers: false,
			characters: part === 'Letters',
			symbols: part === 'Symbols',
		}),
	);

	test('shows its parts only when it is chosen', () => {
		const [first, ...further] = format.properties;
		expect(first.name).toBe(`${name}Format`);
		expect(further.map((property) => property.name)).toEqual(
			['Length', 'Prefix', 'Numbers', 'Letters', 'Symbols'].map((part) => `${name}${part}`),
		);
		for (const { displayOptions } of further)
			expect(displayOptions).toEqual({ show: { [`${name}Format`]: ['custom'] } });
		expect(format.leaves.map(({ property }) => property)).toEqual(format.properties);
	});
});

test.each([
	['PIN Barcode', 'pinBarcode', pinBarcode],
	['Card Token Barcode', 'tokenBarcode', tokenBarcode],
])(
	'%s is off unless asked for, and a missing value does not stop the run',
	(label, name, field) => {
		expect(readUntouched(field)).toBe(false);
		expect(read(field, { [name]: { expression: null } })).toBe(false);
		expect(() => read(field, { [name]: 'x' })).toThrow(new RegExp(`^${label}: 'x'`));
	},
);

test.each([
	[requiredPinFormat, { pinFormat: 'digits6', options: { pinBarcode: true } }],
	[pinFormat, { pinFormat: 'digits6', options: { pinBarcode: true } }],
])('a PIN of a named format may have a barcode too', (format, parameters) =>
	expect(read(format, parameters)).toEqual({ ...digits(6), barcode: true }),
);

test("a barcode of Dintero's default is refused with what to do", () =>
	void expectRefusal(
		() =>
			read(requiredTokenFormat, { tokenFormat: 'dinteroDefault', options: { tokenBarcode: true } }),
		'Card Token Format',
		/barcode/,
		/another format.*barcode/,
	));

test('advice names what is short', () => {
	for (const [parameters, format, kind] of [
		[{ pinFormat: 'custom', pinLength: 4, pinNumbers: true }, requiredPinFormat, 'PIN'],
		[{ tokenFormat: 'custom', tokenLength: 8 }, requiredTokenFormat, 'Card Token'],
	] as const) {
		const raw = rawParameters(parameters);
		format.read(raw);
		expect(raw.advice.join()).toMatch(kind === 'PIN' ? /^$/ : new RegExp(`^${kind}.*8`));
	}
});
