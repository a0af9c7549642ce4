import fc from 'fast-check';

import {
	codeFormat,
	codeFormatWarning,
	PIN_PRESETS,
	TOKEN_PRESETS,
	type CodeKind,
	type CustomFormat,
} from '../../nodes/Dintero/domain/codeFormat';

test.each(Object.keys(PIN_PRESETS))(
	'the PIN preset %s sends every character class explicitly',
	(preset) => {
		expect(codeFormat('PIN', preset)).toEqual({
			length: expect.any(Number),
			symbols: expect.any(Boolean),
			characters: expect.any(Boolean),
			numbers: expect.any(Boolean),
		});
		expect(codeFormatWarning('PIN', codeFormat('PIN', preset))).toBeUndefined();
	},
);

test.each(Object.keys(TOKEN_PRESETS))(
	'the card token preset %s is as long as Dintero recommends',
	(preset) => {
		const format = codeFormat('Card Token', preset);
		expect(format).toMatchObject({ length: 16, symbols: false });
		expect(codeFormatWarning('Card Token', format)).toBeUndefined();
	},
);

test('a preset makes the codes its name says', () => {
	const digits = { symbols: false, characters: false, numbers: true };
	const lettersAndDigits = { symbols: false, characters: true, numbers: true };
	expect(PIN_PRESETS).toEqual({
		digits4: { length: 4, ...digits },
		digits6: { length: 6, ...digits },
		alphanumeric6: { length: 6, ...lettersAndDigits },
	});
	expect(TOKEN_PRESETS).toEqual({
		digits16: { length: 16, ...digits },
		alphanumeric16: { length: 16, ...lettersAndDigits },
	});
});

test('None asks for nothing', () => {
	expect(codeFormat('PIN', 'none')).toBeUndefined();
	expect(codeFormatWarning('PIN', undefined)).toBeUndefined();
});

test('a barcode is asked for only when wanted', () => {
	expect(codeFormat('PIN', 'digits4')).not.toHaveProperty('barcode');
	expect(codeFormat('PIN', 'digits4', {}, true)).toHaveProperty('barcode', true);
	expect(codeFormat('Card Token', 'custom', { length: 16, barcode: true })).toHaveProperty(
		'barcode',
		true,
	);
});

test('a custom format keeps its prefix apart from its length', () => {
	expect(
		codeFormat('Card Token', 'custom', {
			length: 12,
			prefix: 'SUMMER-',
			numbers: true,
			letters: true,
		}),
	).toEqual({
		length: 12,
		prefix: 'SUMMER-',
		numbers: true,
		characters: true,
		symbols: false,
	});
});

test('switches and lengths that arrive as text, as from an AI agent, mean what they say', () => {
	expect(
		codeFormat('PIN', 'custom', {
			length: ' 6 ',
			numbers: 'false',
			letters: 'true',
			symbols: 'no',
		}),
	).toEqual({
		length: 6,
		numbers: false,
		characters: true,
		symbols: false,
	});
});

test.each([[undefined], [null], ['']])('a field left at %p is not filled in', (missing) =>
	expect(
		codeFormat('PIN', 'custom', {
			length: 255,
			prefix: missing,
			numbers: missing,
			letters: missing,
			symbols: missing,
			barcode: missing,
		}),
	).toEqual({ length: 255, numbers: true, characters: false, symbols: false }),
);

test.each([
	['true', true],
	[' YES ', true],
	['1', true],
	[1, true],
	['untrue', false],
	['true or false', false],
	['0', false],
	[0, false],
])('the switch %p is %p', (value, on) =>
	expect(codeFormat('PIN', 'custom', { length: 4, letters: value })?.characters).toBe(on),
);

test.each<[CodeKind, CustomFormat, string]>([
	['PIN', { length: 3 }, 'PIN Length: 3 is not possible. Use 4 to 255 characters.'],
	['Card Token', { length: 0 }, 'Card Token Length: 0 is not possible. Use 1 to 255 characters.'],
	[
		'PIN',
		{ length: '4.5' },
		"PIN Length: '4.5' is not a whole number. Write a whole number such as 6.",
	],
	[
		'Card Token',
		{ length: 6, numbers: false },
		"Card Token Format: allows no characters at all. Turn on at least one of 'Numbers', 'Letters' and 'Symbols'.",
	],
])('a %s of %j is refused with the field and the way out', (kind, custom, message) =>
	expect(() => codeFormat(kind, 'custom', custom)).toThrow(new Error(message)),
);

test.each([
	[null],
	[''],
	[[6]],
	['6x'],
	['x6'],
	['1e3'],
	['0x10'],
	[Number.NaN],
	['99999999999999999999'],
])('the length %p is no whole number', (length) =>
	expect(() => codeFormat('PIN', 'custom', { length })).toThrow(/is not a whole number/),
);

test('a length is read whole', () =>
	expect(codeFormat('PIN', 'custom', { length: '12' })?.length).toBe(12));

test.each([
	[{ length: 6, numbers: false }, /allows no characters at all/],
	[{ length: 6, numbers: 'false', letters: 'false', symbols: '' }, /allows no characters at all/],
	[{ length: 3 }, /PIN Length: 3 is not possible/],
	[{ length: 256 }, /256 is not possible/],
	[{ length: 4.5 }, /not a whole number/],
	[{ length: 'six' }, /'six' is not a whole number/],
	[{}, /PIN Length/],
])('the impossible PIN format %p is refused', (custom, reason) =>
	expect(() => codeFormat('PIN', 'custom', custom)).toThrow(reason),
);

test('an unknown preset is refused by name', () =>
	expect(() => codeFormat('PIN', 'digits5')).toThrow(
		"PIN Format: 'digits5' is not a known format. Use one of digits4, digits6, alphanumeric6, custom, none.",
	));

test('a list that holds a preset is none', () =>
	expect(() => codeFormat('PIN', ['digits4'])).toThrow(/is not a known format/));

test('a short card token is possible but warned about', () => {
	expect(
		codeFormatWarning('Card Token', codeFormat('Card Token', 'custom', { length: 15 })),
	).toMatch(/easier to guess.*16/);
	expect(
		codeFormatWarning('Card Token', codeFormat('Card Token', 'custom', { length: 16 })),
	).toBeUndefined();
});

test('every accepted format can make at least one code', () => {
	fc.assert(
		fc.property(
			fc.record({
				length: fc.integer({ min: -5, max: 300 }),
				numbers: fc.boolean(),
				letters: fc.boolean(),
				symbols: fc.boolean(),
			}),
			(custom) => {
				const possible =
					custom.length >= 4 &&
					custom.length <= 255 &&
					(custom.numbers || custom.letters || custom.symbols);
				if (!possible) expect(() => codeFormat('PIN', 'custom', custom)).toThrow();
				else
					expect(codeFormat('PIN', 'custom', custom)).toEqual({
						length: custom.length,
						numbers: custom.numbers,
						characters: custom.letters,
						symbols: custom.symbols,
					});
			},
		),
	);
});
