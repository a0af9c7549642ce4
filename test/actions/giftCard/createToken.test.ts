import { sceneOf } from '../scene.mts';
import workflow from './createToken.workflow.json';

const scene = sceneOf(workflow);
const SENT = 'aid_cards_cardid_token_post';
const opens = (token: unknown) => scene.sandbox.books.opens(String(token));

test('gives each card another token; those it has keep working', async () => {
	const a = await scene.seed('a');
	await scene.seed('b');
	const set = { additionalFields: { metadata: { entries: [{ key: 'for', value: 'print' }] } } };
	const outputs = await scene.outputOf([{ card: 'b' }, { card: 'a' }], { set });
	expect(outputs).toMatchObject([
		{
			cardId: 'b',
			cardToken: expect.stringMatching(/^\d{16}$/),
			refId: expect.stringMatching(/^n8n-/),
			expiresInSeconds: 30 * 24 * 3600,
			singleUse: false,
			metadata: { for: 'print' },
		},
		{ cardId: 'a' },
	]);
	expect(opens(outputs[0].cardToken)).toBe('b');
	expect(opens(outputs[1].cardToken)).toBe('a');
	expect(opens(a.token)).toBe('a');
});

test('a token for a quarter of an hour and one purchase, with a reference of its own', async () => {
	await scene.seed('a');
	const set = {
		lifetime: '15',
		lifetimeUnit: 'minutes',
		additionalFields: { singleUse: true, refId: 'till-3' },
	};
	const [output] = await scene.outputOf([{ card: 'a' }], { set });
	expect(output).toMatchObject({ expiresInSeconds: 900, singleUse: true, refId: 'till-3' });
	scene.sandbox.advance(901_000);
	expect(opens(output.cardToken)).toBeUndefined();
});

test("Dintero's default format, and a barcode as a PNG file", async () => {
	await scene.seed('a');
	const [output] = await scene.outputOf([{ card: 'a' }], {
		set: { tokenFormat: 'dinteroDefault' },
	});
	expect(output.cardToken).toMatch(/^DINCARD:/);
	const run = await scene.run([{ card: 'a' }], { set: { options: { tokenBarcode: true } } });
	expect(run.output('Dintero')[0].binary).toMatchObject({
		cardTokenBarcode: { mimeType: 'image/png', fileName: 'a-token.png' },
	});
});

test.each<[string, object, object, RegExp]>([
	['no card', { card: '' }, {}, /^Card: is empty/],
	['no token', {}, { tokenFormat: 'none' }, /^Card Token Format: asks for no card token/],
	['no lifetime', {}, { lifetime: 0 }, /^Lifetime: '0' is not a number above 0/],
	['a lifetime in words', {}, { lifetime: 'long' }, /^Lifetime: 'long' is not a number/],
	['an unknown unit', {}, { lifetimeUnit: 'years' }, /^Lifetime Unit: 'years'/],
	[
		'a barcode of a format that cannot have one',
		{},
		{ tokenFormat: 'dinteroDefault', options: { tokenBarcode: true } },
		/^Card Token Format: Dintero's default cannot have a barcode/,
	],
])('%s is refused before anything is sent', async (_what, item, set, message) => {
	expect(await scene.failureOf([{ card: 'a', ...item }], { set })).toMatch(message);
	expect(scene.sandbox.count()).toBe(0);
});

test('a short token is made, with a warning', async () => {
	await scene.seed('a');
	const run = await scene.run([{ card: 'a' }], { set: { tokenFormat: 'custom', codeLength: 8 } });
	expect(run.json('Dintero')[0].cardToken).toMatch(/^\d{8}$/);
	expect(run.hints[0].message).toMatch(/easier to guess than Dintero recommends/);
});

describe.each(['new-token', 'return-first', 'return-without-code', 400, 409] as const)(
	'a repeated reference as %p',
	(duplicateTokenRefId) => {
		beforeEach(() => scene.sandbox.set({ duplicateTokenRefId }));

		test.each(['cut-before', 'cut-after', 'error-after', 'not-json', 'rate-limit'] as const)(
			'%s: the token that is returned works',
			async (kind) => {
				await scene.seed('a');
				scene.sandbox.faults.add({ kind, operationId: SENT, nth: 1, retryAfter: 0.1 });
				const [output] = await scene.outputOf([{ card: 'a' }]);
				expect(opens(output.cardToken)).toBe('a');
			},
		);

		test("the same run again, as n8n's retry does it, gives a token that works", async () => {
			await scene.seed('a');
			const set = { additionalFields: { refId: 'mine' } };
			await scene.outputOf([{ card: 'a' }], { set, executionId: '9' });
			const [output] = await scene.outputOf([{ card: 'a' }], { set, executionId: '9' });
			expect(opens(output.cardToken)).toBe('a');
			expect(output.refId).toMatch(/^mine/);
		});
	},
);
