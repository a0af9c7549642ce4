import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('giftCard', 'reissueCodes', {
	cardId: { __rl: true, mode: 'id', value: '={{ $json.card }}' },
	pinFormat: 'digits6',
	tokenFormat: 'digits16',
});
const TOKEN = 'aid_cards_cardid_token_post';
const PIN = 'aid_cards_cardid_rotate_pin_post';
const opens = (token: unknown, pin: unknown) =>
	harness.sandbox.books.opens(String(token), String(pin));

test('gives each card a new PIN and a new token in one step', async () => {
	const a = await harness.seed('a');
	await harness.seed('b');
	const outputs = await harness.outputOf([{ card: 'b' }, { card: 'a' }]);
	expect(outputs).toEqual([
		{
			cardId: 'b',
			cardToken: expect.stringMatching(/^\d{16}$/),
			pin: expect.stringMatching(/^\d{6}$/),
		},
		{ cardId: 'a', cardToken: expect.any(String), pin: expect.any(String) },
	]);
	expect(opens(outputs[0].cardToken, outputs[0].pin)).toBe('b');
	expect(opens(outputs[1].cardToken, outputs[1].pin)).toBe('a');
	expect(opens(a.token, a.pin)).toBeUndefined();
	expect(harness.sandbox.books.card('a')).toMatchObject({ balance: 50000 });
});

test('only one of the two, with its barcode, and for one purchase', async () => {
	const a = await harness.seed('a');
	const set = {
		pinFormat: 'none',
		additionalFields: { tokenLifetimeDays: 1, singleUse: true },
		options: { tokenBarcode: true },
	};
	const run = await harness.run([{ card: 'a' }], { set });
	const [{ json, binary }] = run.output('Dintero');
	expect(json).toEqual({ cardId: 'a', cardToken: expect.any(String) });
	expect(Object.keys(binary ?? {})).toEqual(['cardTokenBarcode']);
	expect(opens(json.cardToken, a.pin)).toBe('a');
	expect(harness.sandbox.count(PIN)).toBe(0);
	harness.sandbox.advance(24 * 3600 * 1000 + 1000);
	expect(opens(json.cardToken, a.pin)).toBeUndefined();
});

test.each<[string, object, object, RegExp]>([
	['no card', { card: '' }, {}, /^Card: is empty/],
	[
		'nothing to make',
		{},
		{ pinFormat: 'none', tokenFormat: 'none' },
		/^PIN Format: and Card Token Format are both off/,
	],
	[
		'no lifetime',
		{},
		{ additionalFields: { tokenLifetimeDays: -1 } },
		/^Card Token Lifetime \(Days\): '-1' is too small/,
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

test('a failure in the middle takes nothing away: the old codes still work', async () => {
	const { token, pin } = await harness.seed('a');
	harness.sandbox.faults.add({ kind: 'error-before', operationId: PIN, status: 403 });
	expect(await harness.failureOf([{ card: 'a' }])).toMatch(/Injected failure \(403/);
	expect(opens(token, pin)).toBe('a');
});

test.each([
	'cut-before',
	'cut-after',
	'error-before',
	'error-after',
	'truncated',
	'rate-limit',
] as const)('%s of either request: the codes that are returned work', async (kind) => {
	await harness.seed('a');
	harness.sandbox.faults.add(
		{ kind, operationId: TOKEN, nth: 1, retryAfter: 0.1 },
		{ kind, operationId: PIN, nth: 1, retryAfter: 0.1 },
	);
	const [{ cardToken, pin }] = await harness.outputOf([{ card: 'a' }]);
	expect(opens(cardToken, pin)).toBe('a');
});

test.each(['new-token', 'return-first', 'return-without-code', 400, 409] as const)(
	"n8n's retry of the same execution, a repeated reference as %p",
	async (duplicateTokenRefId) => {
		harness.sandbox.set({ duplicateTokenRefId });
		await harness.seed('a');
		await harness.outputOf([{ card: 'a' }], { executionId: '9' });
		const [{ cardToken, pin }] = await harness.outputOf([{ card: 'a' }], { executionId: '9' });
		expect(opens(cardToken, pin)).toBe('a');
	},
);
