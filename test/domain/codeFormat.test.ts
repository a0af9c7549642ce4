import fc from 'fast-check';

import {
	codeFormat,
	codeFormatWarning,
	PIN_PRESETS,
	TOKEN_PRESETS,
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
		"PIN Format: 'digits5' is not a known format. Use one of digits4",
	));

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
