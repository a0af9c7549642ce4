import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('giftCard', 'rotatePin', {
	cardId: { __rl: true, mode: 'id', value: '={{ $json.card }}' },
	pinFormat: 'digits6',
});
const SENT = 'aid_cards_cardid_rotate_pin_post';
const opens = (token: string, pin: unknown) => harness.sandbox.books.opens(token, String(pin));

test('gives each card a new PIN; the old one stops working', async () => {
	const a = await harness.seed('a');
	const b = await harness.seed('b');
	const outputs = await harness.outputOf([{ card: 'b' }, { card: 'a' }]);
	expect(outputs).toEqual([
		{ cardId: 'b', pin: expect.stringMatching(/^\d{6}$/) },
		{ cardId: 'a', pin: expect.stringMatching(/^\d{6}$/) },
	]);
	expect(opens(b.token, outputs[0].pin)).toBe('b');
	expect(opens(a.token, outputs[1].pin)).toBe('a');
	expect(opens(a.token, a.pin)).toBeUndefined();
});

test('gives a card its first PIN', async () => {
	const { token } = await harness.seed('a', { pin: undefined });
	const [{ pin }] = await harness.outputOf([{ card: 'a' }], { set: { pinFormat: 'digits4' } });
	expect(opens(token, pin)).toBe('a');
});

test('makes a PIN in a format of its own, with a barcode as a PNG file', async () => {
	await harness.seed('Åse / 1');
	const run = await harness.run([{ card: 'Åse / 1' }], {
		set: {
			pinFormat: 'custom',
			pinLength: 5,
			pinPrefix: 'P-',
			pinNumbers: false,
			pinLetters: true,
			pinSymbols: false,
			options: { pinBarcode: true },
		},
	});
	const [{ json, binary }] = run.output('Dintero');
	expect(json.pin).toMatch(/^P-[A-Za-z]{5}$/);
	expect(binary).toMatchObject({
		pinBarcode: { mimeType: 'image/png', fileName: 'Åse_1-pin.png' },
	});
	expect(Buffer.from(String(binary?.pinBarcode.data), 'base64').subarray(1, 4).toString()).toBe(
		'PNG',
	);
});

test.each<[string, object, object, RegExp]>([
	['no card', { card: '' }, {}, /^Card: is empty/],
	['no PIN', {}, { pinFormat: 'none' }, /^PIN Format: 'none' is not one of its choices/],
	[
		'an unknown format',
		{},
		{ pinFormat: 'digits5' },
		/^PIN Format: 'digits5' is not one of its choices/,
	],
	['too short', {}, { pinFormat: 'custom', pinLength: 3 }, /^PIN Length: '3' is too small/],
	[
		'no characters',
		{},
		{ pinFormat: 'custom', pinLength: 4, pinNumbers: false },
		/^PIN Format: allows no characters/,
	],
])('%s is refused before anything is sent', async (_what, item, set, message) => {
	expect(await harness.failureOf([{ card: 'a', ...item }], { set })).toMatch(message);
	expect(harness.sandbox.count()).toBe(0);
});

test('an unknown card is named by Dintero', async () => {
	expect(await harness.failureOf([{ card: 'unknown' }])).toMatch(
		/Card not found \(404 NOT FOUND\)/,
	);
});

test.each([
	'cut-before',
	'cut-after',
	'error-before',
	'error-after',
	'truncated',
	'rate-limit',
] as const)('%s: the PIN that is returned is the one that works', async (kind) => {
	const { token } = await harness.seed('a');
	harness.sandbox.faults.add({ kind, operationId: SENT, nth: [1, 2], retryAfter: 0.1 });
	const [{ pin }] = await harness.outputOf([{ card: 'a' }]);
	expect(opens(token, pin)).toBe('a');
});
