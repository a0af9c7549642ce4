import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('giftCard', 'createToken', {
	cardId: { __rl: true, mode: 'id', value: '={{ $json.card }}' },
	tokenFormat: 'digits16',
	additionalFields: { tokenLifetimeDays: 30 },
});
const SENT = 'aid_cards_cardid_token_post';
const opens = (token: unknown) => harness.sandbox.books.opens(String(token));

test('gives each card another token; those it has keep working', async () => {
	const a = await harness.seed('a');
	await harness.seed('b');
	const set = {
		additionalFields: {
			metadata: { entries: [{ key: 'for', value: 'print' }] },
			tokenLifetimeDays: 30,
		},
	};
	const outputs = await harness.outputOf([{ card: 'b' }, { card: 'a' }], { set });
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
	await harness.seed('a');
	const set = {
		additionalFields: { tokenLifetimeDays: '={{ 15 / 1440 }}', singleUse: true, refId: 'till-3' },
	};
	const [output] = await harness.outputOf([{ card: 'a' }], { set });
	expect(output).toMatchObject({ expiresInSeconds: 900, singleUse: true, refId: 'till-3' });
	harness.sandbox.advance(901_000);
	expect(opens(output.cardToken)).toBeUndefined();
});

test("Dintero's default format, and a barcode as a PNG file", async () => {
	await harness.seed('a');
	const [output] = await harness.outputOf([{ card: 'a' }], {
		set: { tokenFormat: 'dinteroDefault' },
	});
	expect(output.cardToken).toMatch(/^DINCARD:/);
	const run = await harness.run([{ card: 'a' }], { set: { options: { tokenBarcode: true } } });
	expect(run.output('Dintero')[0].binary).toMatchObject({
		cardTokenBarcode: { mimeType: 'image/png', fileName: 'a-token.png' },
	});
});

test.each<[string, object, object, RegExp]>([
	['no card', { card: '' }, {}, /^Card: is empty/],
	['no token', {}, { tokenFormat: 'none' }, /^Card Token Format: 'none' is not one of its choices/],
	...(
		[
			['no lifetime', 0, 'is too small'],
			['a lifetime in words', 'long', 'is not a number'],
			['a lifetime without end', 1e9, 'is too large'],
		] as const
	).map(([what, tokenLifetimeDays, why]): [string, object, object, RegExp] => [
		what,
		{},
		{ additionalFields: { tokenLifetimeDays } },
		new RegExp(`^Card Token Lifetime \\(Days\\): '${tokenLifetimeDays}' ${why}`),
	]),
	[
		'a barcode of a format that cannot have one',
		{},
		{ tokenFormat: 'dinteroDefault', options: { tokenBarcode: true } },
		/^Card Token Format: Dintero's default cannot have a barcode/,
	],
])('%s is refused before anything is sent', async (_what, item, set, message) => {
	expect(await harness.failureOf([{ card: 'a', ...item }], { set })).toMatch(message);
	expect(harness.sandbox.count()).toBe(0);
});

test('a short token is made, with a warning', async () => {
	await harness.seed('a');
	const run = await harness.run([{ card: 'a' }], {
		set: { tokenFormat: 'custom', tokenLength: 8 },
	});
	expect(run.json('Dintero')[0].cardToken).toMatch(/^\d{8}$/);
	expect(run.hints[0].message).toMatch(/easier to guess than Dintero recommends/);
});

describe.each(['new-token', 'return-first', 'return-without-code', 400, 409] as const)(
	'a repeated reference as %p',
	(duplicateTokenRefId) => {
		beforeEach(() => harness.sandbox.set({ duplicateTokenRefId }));

		test.each(['cut-before', 'cut-after', 'error-after', 'not-json', 'rate-limit'] as const)(
			'%s: the token that is returned works',
			async (kind) => {
				await harness.seed('a');
				harness.sandbox.faults.add({ kind, operationId: SENT, nth: 1, retryAfter: 0.1 });
				const [output] = await harness.outputOf([{ card: 'a' }]);
				expect(opens(output.cardToken)).toBe('a');
			},
		);

		test("the same run again, as n8n's retry does it, gives a token that works", async () => {
			await harness.seed('a');
			const set = { additionalFields: { refId: 'mine' } };
			await harness.outputOf([{ card: 'a' }], { set, executionId: '9' });
			const [output] = await harness.outputOf([{ card: 'a' }], { set, executionId: '9' });
			expect(opens(output.cardToken)).toBe('a');
			expect(output.refId).toMatch(/^mine/);
		});
	},
);
