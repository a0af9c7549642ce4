import { sceneOf } from '../scene.mts';
import workflow from './reissueCodes.workflow.json';

const scene = sceneOf(workflow);
const TOKEN = 'aid_cards_cardid_token_post';
const PIN = 'aid_cards_cardid_rotate_pin_post';
const opens = (token: unknown, pin: unknown) =>
	scene.sandbox.books.opens(String(token), String(pin));

test('gives each card a new PIN and a new token in one step', async () => {
	const a = await scene.seed('a');
	await scene.seed('b');
	const outputs = await scene.outputOf([{ card: 'b' }, { card: 'a' }]);
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
	expect(scene.sandbox.books.card('a')).toMatchObject({ balance: 50000 });
});

test('only one of the two, with its barcode, and for one purchase', async () => {
	const a = await scene.seed('a');
	const set = {
		pinFormat: 'none',
		additionalFields: { codeLifetimeDays: 1, singleUse: true },
		options: { tokenBarcode: true },
	};
	const run = await scene.run([{ card: 'a' }], { set });
	const [{ json, binary }] = run.output('Dintero');
	expect(json).toEqual({ cardId: 'a', cardToken: expect.any(String) });
	expect(Object.keys(binary ?? {})).toEqual(['cardTokenBarcode']);
	expect(opens(json.cardToken, a.pin)).toBe('a');
	expect(scene.sandbox.count(PIN)).toBe(0);
	scene.sandbox.advance(24 * 3600 * 1000 + 1000);
	expect(opens(json.cardToken, a.pin)).toBeUndefined();
});

test.each<[string, object, object, RegExp]>([
	['no card', { card: '' }, {}, /^Card: is empty/],
	[
		'nothing to make',
		{},
		{ pinFormat: 'none', tokenFormat: 'none' },
		/^PIN Format: and Card Token Format both ask for nothing/,
	],
	[
		'no lifetime',
		{},
		{ additionalFields: { codeLifetimeDays: -1 } },
		/^Code Lifetime \(Days\): '-1' is not/,
	],
])('%s is refused before anything is sent', async (_what, item, set, message) => {
	expect(await scene.failureOf([{ card: 'a', ...item }], { set })).toMatch(message);
	expect(scene.sandbox.count()).toBe(0);
});

test('an unknown card is named by Dintero', async () => {
	expect(await scene.failureOf([{ card: 'none' }])).toMatch(/Card not found \(404 NOT FOUND\)/);
});

test('a failure in the middle takes nothing away: the old codes still work', async () => {
	const { token, pin } = await scene.seed('a');
	scene.sandbox.faults.add({ kind: 'error-before', operationId: PIN, status: 403 });
	expect(await scene.failureOf([{ card: 'a' }])).toMatch(/Injected failure \(403/);
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
	await scene.seed('a');
	scene.sandbox.faults.add(
		{ kind, operationId: TOKEN, nth: 1, retryAfter: 0.1 },
		{ kind, operationId: PIN, nth: 1, retryAfter: 0.1 },
	);
	const [{ cardToken, pin }] = await scene.outputOf([{ card: 'a' }]);
	expect(opens(cardToken, pin)).toBe('a');
});

test.each(['new-token', 'return-first', 'return-without-code', 400, 409] as const)(
	"n8n's retry of the same execution, a repeated reference as %p",
	async (duplicateTokenRefId) => {
		scene.sandbox.set({ duplicateTokenRefId });
		await scene.seed('a');
		await scene.outputOf([{ card: 'a' }], { executionId: '9' });
		const [{ cardToken, pin }] = await scene.outputOf([{ card: 'a' }], { executionId: '9' });
		expect(opens(cardToken, pin)).toBe('a');
	},
);
