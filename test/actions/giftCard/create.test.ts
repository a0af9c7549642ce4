import type { IDataObject } from 'n8n-workflow';

import { openHarness, type Harness } from '../../support/harness.mts';

let harness: Harness;
beforeEach(async () => (harness = await openHarness()));
afterEach(async () => {
	expect(harness.sandbox.violations).toEqual([]);
	await harness.close();
});

const create = (extra: IDataObject = {}) =>
	({
		resource: 'giftCard',
		operation: 'create',
		amount: '500',
		currency: 'NOK',
		...extra,
	}) as never;
const byRow = create({ cardId: '={{ $json.id }}', amount: '={{ $json.amount }}' });
const rows = (count: number) =>
	Array.from({ length: count }, (_, i) => ({ id: `row-${i + 1}`, amount: 100 + i }));
const posted = () => harness.sandbox.count('aid_cards_post');

describe('issuing', () => {
	test('one card comes back with its codes and amounts, and the codes open it', async () => {
		const run = await harness.run(create({ cardId: 'order-1' }));
		expect(run.error).toBeUndefined();
		const [card] = run.json('Dintero');
		expect(card).toMatchObject({
			cardId: 'order-1',
			cardToken: expect.stringMatching(/^\d{16}$/),
			pin: expect.stringMatching(/^\d{4}$/),
			amount: '500.00',
			amountMinor: 50000,
			amountFormatted: '500.00 NOK',
			currency: 'NOK',
			type: 'gift_card',
			outcome: 'created',
			recovered: false,
		});
		expect(harness.sandbox.books.opens(String(card.cardToken), String(card.pin))).toBe('order-1');
	});

	test('many items become as many cards, in order, each paired with its item, with one sign-in', async () => {
		const run = await harness.run(byRow, rows(40));
		expect(run.error).toBeUndefined();
		expect(run.json('Dintero').map(({ cardId }) => cardId)).toEqual(rows(40).map(({ id }) => id));
		expect(run.output('Dintero').map(({ pairedItem }) => pairedItem)).toEqual(
			rows(40).map((_, item) => ({ item })),
		);
		expect(harness.sandbox.books.totals('NOK').amount).toBe(
			rows(40).reduce((sum, { amount }) => sum + amount * 100, 0),
		);
		expect(harness.sandbox.count('aid_auths_oauth_token_post')).toBe(1);
		expect(harness.sandbox.maxInFlight).toBeLessThanOrEqual(10);
		expect(harness.engine.credential(harness.credential.id).reads).toBeLessThanOrEqual(2);
	});

	test('items without a card ID get one each, of this execution', async () => {
		const first = await harness.run(create(), [{}, {}], { executionId: '77' });
		const ids = first.json('Dintero').map(({ cardId }) => cardId);
		expect(new Set(ids).size).toBe(2);
		expect(ids[0]).toMatch(/^n8n-77-1-[0-9a-z]{16}$/);

		const resume = create({ options: { resumeExecutionId: '77' } });
		const again = await harness.run(resume, [{}, {}], { executionId: '78' });
		expect(again.json('Dintero').map(({ cardId }) => cardId)).toEqual(ids);
		expect(again.json('Dintero').every(({ recovered }) => recovered === true)).toBe(true);
		expect(harness.sandbox.books.cards()).toHaveLength(2);

		// The number of an execution may come again, in a restored or another database.
		for (const executionId of ['77', '79']) {
			const other = await harness.run(create(), [{}, {}], { executionId });
			expect(other.json('Dintero').map(({ outcome }) => outcome)).toEqual(['created', 'created']);
			for (const { cardId } of other.json('Dintero')) expect(ids).not.toContain(cardId);
		}
		expect(harness.sandbox.books.cards()).toHaveLength(6);
	});

	test('every field the API takes is sent as meant', async () => {
		const run = await harness.run(
			create({
				cardId: 'full',
				amount: '1 000,50',
				currency: 'SEK',
				pinFormat: 'custom',
				pinLength: 8,
				pinLetters: true,
				pinPrefix: 'P-',
				tokenFormat: 'alphanumeric16',
				additionalFields: {
					name: 'Summer',
					type: 'credit_note',
					customerId: 'kunde-æøå',
					originatedBy: 'Summer campaign',
					activeFrom: '2030-06-01T08:00:00',
					expiresAt: '2031-06-01',
					singleUse: true,
					metadata: { entries: [{ key: 'dintero_transaction_id', value: 'T1.abc' }] },
					metadataJson: '{"shop": 7}',
				},
			}),
			[{}],
			{},
		);
		expect(run.error).toBeUndefined();
		const [card] = run.json('Dintero');
		expect(card).toMatchObject({
			amountMinor: 100050,
			type: 'credit_note',
			customerId: 'kunde-æøå',
			pin: expect.stringMatching(/^P-[0-9A-Za-z]{8}$/),
		});
		expect(harness.sandbox.books.card('full')).toMatchObject({
			originatedBy: 'Summer campaign',
			metadata: {
				dintero_transaction_id: 'T1.abc',
				shop: 7,
				n8n_origin: expect.stringContaining('item 1'),
			},
		});
		expect(card.expiresAt).toBeDefined();
	});

	test.each([
		['none', undefined, 'digits16', /^\d{16}$/],
		['digits4', /^\d{4}$/, 'none', undefined],
		['digits6', /^\d{6}$/, 'dinteroDefault', /^DINCARD:[0-9a-f-]{36}$/],
		['alphanumeric6', /^[0-9A-Za-z]{6}$/, 'alphanumeric16', /^[0-9A-Za-z]{16}$/],
	])(
		'PIN format %s gives %s and card token format %s gives %s',
		async (pinFormat, pin, tokenFormat, token) => {
			const [card] = (await harness.run(create({ pinFormat, tokenFormat }))).json('Dintero');
			if (pin) expect(card.pin).toMatch(pin);
			else expect(card).not.toHaveProperty('pin');
			if (token) expect(card.cardToken).toMatch(token);
			else expect(card).not.toHaveProperty('cardToken');
		},
	);

	test('barcodes come as PNG files named after the card', async () => {
		const run = await harness.run(
			create({ cardId: 'jul 2026/1', options: { tokenBarcode: true } }),
		);
		const [{ binary }] = run.output('Dintero');
		expect(binary).toEqual({
			cardTokenBarcode: expect.objectContaining({
				mimeType: 'image/png',
				fileName: 'jul_2026_1-token.png',
			}),
		});
		expect(Buffer.from(binary!.cardTokenBarcode.data, 'base64').subarray(1, 4).toString()).toBe(
			'PNG',
		);
	});

	test('a preview shows cards and total and sends nothing but the sign-in it does not need', async () => {
		const run = await harness.run(
			create({
				cardId: '={{ $json.id }}',
				amount: '={{ $json.amount }}',
				options: { preview: true },
			}),
			rows(3),
		);
		expect(run.json('Dintero')).toEqual([
			expect.objectContaining({
				preview: true,
				cardId: 'row-1',
				amount: '100.00',
				totalCards: 3,
				total: '303.00',
				totalFormatted: '303.00 NOK',
			}),
			expect.objectContaining({ cardId: 'row-2' }),
			expect.objectContaining({ cardId: 'row-3' }),
		]);
		expect(harness.sandbox.count()).toBe(0);
	});
});

describe('bad input', () => {
	test.each<[string, IDataObject, RegExp]>([
		['a word for an amount', { amount: 'fem hundre' }, /^Amount: 'fem hundre' is not a number/],
		['too many decimals', { amount: '=19.9999' }, /^Amount: .*more decimals/],
		['an amount of nothing', { amount: '={{ $json.amount }}' }, /^Amount: is empty/],
		['a zero', { amount: '0' }, /^Amount: is 0/],
		['an unknown currency', { currency: '=GBP' }, /^Currency: 'GBP'/],
		['an empty cell for the card ID', { cardId: '={{ $json.missing }}' }, /^Card ID: is empty/],
		['a card ID of spaces', { cardId: '  ' }, /^Card ID: has no visible characters/],
		[
			'a date that has passed',
			{ additionalFields: { expiresAt: '2020-01-01' } },
			/^Expires At: .*has passed/,
		],
		[
			'a date that is none',
			{ additionalFields: { expiresAt: 'soon' } },
			/^Expires At: 'soon' is not a date/,
		],
		[
			'a start after the end',
			{ additionalFields: { activeFrom: '2032-01-02', expiresAt: '2032-01-01' } },
			/^Active From/,
		],
		[
			'a format without characters',
			{ pinFormat: 'custom', pinNumbers: false },
			/^PIN Format: allows no characters/,
		],
		['a short custom PIN', { pinFormat: 'custom', pinLength: 3 }, /^PIN Length: '3' is too small/],
		[
			'a barcode of an unnamed format',
			{ tokenFormat: 'dinteroDefault', options: { tokenBarcode: true } },
			/^Card Token Format/,
		],
		[
			'an unknown card type',
			{ additionalFields: { type: '={{ "voucher" }}' } },
			/^Card Type: 'voucher' is not one of its choices/,
		],
		[
			'an unknown wish for a card that exists',
			{ options: { ifCardExists: '={{ "maybe" }}' } },
			/^If Card Exists: 'maybe' is not one of its choices/,
		],
		[
			'a wish that is no text',
			{ options: { ifCardExists: '={{ false }}' } },
			/^If Card Exists: 'false' is not one of its choices/,
		],
		[
			'metadata that is not JSON',
			{ additionalFields: { metadataJson: '{oops' } },
			/^Metadata \(JSON\)/,
		],
	])('%s is refused before anything is sent', async (_, parameters, message) => {
		const run = await harness.run(create(parameters));
		expect(run.status).toBe('error');
		expect(run.nodeError('Dintero')).toMatchObject({
			message: expect.stringMatching(message),
			description: expect.stringContaining('Nothing was sent'),
		});
		expect(run.nodeError('Dintero')?.context).toMatchObject({ itemIndex: 0 });
		expect(harness.sandbox.count()).toBe(0);
	});

	test('every bad row is listed, not only the first, and no card is made', async () => {
		const run = await harness.run(byRow, [
			{ id: 'a', amount: 'x' },
			{ id: 'b', amount: 1 },
			{ id: 'c', amount: 1.234 },
			{ id: 'b', amount: 2 },
		]);
		const error = run.nodeError('Dintero');
		expect(error?.message).toBe('3 of 4 items are not valid; nothing was sent');
		expect(error?.description?.split('\n')).toEqual([
			expect.stringMatching(/^Item 1: Amount: 'x' is not a number/),
			expect.stringMatching(/^Item 3: Amount: '1\.234' could be thousands/),
			expect.stringMatching(/^Item 4: Card ID: 'b' is also the ID of item 2/),
		]);
		expect(harness.sandbox.count()).toBe(0);
	});

	test('the same card ID twice in a run is refused, naming the first', async () => {
		const run = await harness.run(byRow, [
			{ id: 'a', amount: 1 },
			{ id: 'b', amount: 1 },
			{ id: 'a', amount: 1 },
		]);
		expect(run.nodeError('Dintero')?.message).toBe(
			"Card ID: 'a' is also the ID of item 1. [item 3]",
		);
		expect(posted()).toBe(0);
	});

	test('with On Error set to continue, bad rows become error items and the others are issued', async () => {
		const run = await harness.run(
			byRow,
			[
				{ id: 'a', amount: 1 },
				{ id: 'b', amount: 'x' },
				{ id: 'c', amount: 2 },
			],
			{
				settings: { onError: 'continueErrorOutput' },
			},
		);
		expect(run.json('Dintero').map(({ cardId }) => cardId)).toEqual(['a', 'c']);
		const [failed] = run.json('Dintero', 1);
		expect(failed).toMatchObject({
			id: 'b',
			error: expect.stringContaining("'x' is not a number"),
			details: { itemIndex: 1 },
		});
	});

	test('the spending limit of the credential stops a card before anything is sent', async () => {
		const credential = harness.signIn({ maximumAmount: 2000 });
		const settings = { credentials: { dinteroApi: credential } };
		const run = await harness.run(create({ amount: '2000.01' }), [{}], { settings });
		expect(run.nodeError('Dintero')?.message).toBe(
			"Amount: 2 000.01 NOK is more than the credential's spending limit of 2 000.00 NOK.",
		);
		expect(harness.sandbox.count()).toBe(0);
		expect(
			(await harness.run(create({ amount: '2000' }), [{}], { settings })).error,
		).toBeUndefined();
	});

	test('a run that comes to more than Maximum Total is refused as a whole', async () => {
		const parameters = create({
			amount: '={{ $json.amount }}',
			cardId: '={{ $json.id }}',
			options: { maximumTotal: '302.99' },
		});
		const run = await harness.run(parameters, rows(3));
		expect(run.nodeError('Dintero')?.message).toBe(
			'Maximum Total: The 3 items of this run come to 303.00 NOK, more than 302.99 NOK.',
		);
		expect(harness.sandbox.count()).toBe(0);
	});

	test.each([
		[
			'an account ID without its letter',
			{ accountId: '11223344' },
			/'11223344' is not a Dintero account ID/,
		],
		['the wrong letter', { accountId: 'P11223344' }, /refused the sign-in/],
		['a wrong secret', { clientSecret: 'wrong-secret-value' }, /refused the sign-in/],
	])(
		'%s stops the run with one telling error and at most one sign-in',
		async (_, wrong, message) => {
			const settings = { credentials: { dinteroApi: harness.signIn(wrong) } };
			const run = await harness.run(byRow, rows(30), { settings });
			expect(run.nodeError('Dintero')?.message).toMatch(message);
			expect(harness.sandbox.count('aid_auths_oauth_token_post')).toBeLessThanOrEqual(1);
			expect(harness.sandbox.books.cards()).toHaveLength(0);
			expect(run.text + run.logText).not.toContain('wrong-secret-value');
		},
	);
});

describe('a card that exists', () => {
	const duplicates = [400, 403, 409, 422, 'return-existing'] as const;

	test.each(duplicates)(
		'is left alone by default when Dintero answers a duplicate with %s',
		async (duplicateCard) => {
			harness.sandbox.set({ duplicateCard });
			await harness.run(create({ cardId: 'x' }), [{}], { executionId: '1' });
			const [pin] = [harness.sandbox.books.card('x')?.pin];
			const run = await harness.run(create({ cardId: 'x' }), [{}], { executionId: '2' });
			expect(run.nodeError('Dintero')?.message).toContain(
				"A gift card with the Card ID 'x' already exists",
			);
			expect(harness.sandbox.books.cards()).toHaveLength(1);
			expect(harness.sandbox.books.card('x')?.pin).toBe(pin);
		},
	);

	test.each(duplicates)(
		'gets new codes that open it with Reissue, when a duplicate is answered with %s',
		async (duplicateCard) => {
			harness.sandbox.set({ duplicateCard });
			await harness.run(create({ cardId: 'x' }), [{}], { executionId: '1' });
			const run = await harness.run(
				create({ cardId: 'x', options: { ifCardExists: 'reissue' } }),
				[{}],
				{ executionId: '2' },
			);
			const [card] = run.json('Dintero');
			expect(card).toMatchObject({ outcome: 'reissued', recovered: false });
			expect(harness.sandbox.books.opens(String(card.cardToken), String(card.pin))).toBe('x');
		},
	);

	test('is returned without codes when that is wanted', async () => {
		await harness.run(create({ cardId: 'x' }), [{}], { executionId: '1' });
		const [card] = (
			await harness.run(create({ cardId: 'x', options: { ifCardExists: 'return' } }), [{}], {
				executionId: '2',
			})
		).json('Dintero');
		expect(card).toMatchObject({ cardId: 'x', outcome: 'existing' });
		expect(card).not.toHaveProperty('pin');
		expect(card).not.toHaveProperty('cardToken');
	});

	test.each([
		['amount', { amount: '600' }],
		['currency', { currency: 'SEK' }],
		['customer', { additionalFields: { customerId: 'someone' } }],
	])('is never touched when it differs in %s', async (difference, change) => {
		await harness.run(create({ cardId: 'x' }), [{}], { executionId: '1' });
		const before = harness.sandbox.books.card('x');
		const run = await harness.run(
			create({ cardId: 'x', options: { ifCardExists: 'reissue' }, ...change }),
			[{}],
			{ executionId: '2' },
		);
		expect(run.nodeError('Dintero')?.description).toContain(`It differs in ${difference}`);
		expect(harness.sandbox.books.card('x')).toEqual(before);
	});

	test('made by an earlier attempt of this item is known also under an Originated By of a person', async () => {
		const parameters = create({ cardId: 'x', additionalFields: { originatedBy: 'Kari' } });
		await harness.run(parameters, [{}], { executionId: '5' });
		const resume = { ...(parameters as object), options: { resumeExecutionId: '5' } } as never;
		const [card] = (await harness.run(resume, [{}], { executionId: '6' })).json('Dintero');
		expect(card).toMatchObject({ outcome: 'recovered', recovered: true });
	});
});

describe('faults', () => {
	const faults = [
		'cut-before',
		'cut-after',
		'cut-in-answer',
		'error-before',
		'error-after',
		'rate-limit',
		'truncated',
		'not-json',
	] as const;

	test.each(faults)(
		'%s on the create request ends with exactly one card whose codes open it',
		async (kind) => {
			harness.sandbox.faults.add({ kind, operationId: 'aid_cards_post', nth: 2, retryAfter: 0.1 });
			const run = await harness.run(byRow, rows(3));
			expect(run.error).toBeUndefined();
			expect(harness.sandbox.books.cards()).toHaveLength(3);
			for (const { cardId, cardToken, pin } of run.json('Dintero'))
				expect(harness.sandbox.books.opens(String(cardToken), String(pin))).toBe(cardId);
		},
	);

	test.each(faults)(
		'%s on every kind of request, now and then, still ends with exactly one card each',
		async (kind) => {
			harness.sandbox.faults.add({ kind, percent: 20, retryAfter: 0.1 });
			const run = await harness.run(byRow, rows(12));
			expect(run.json('Dintero').filter(({ error }) => error)).toEqual([]);
			expect(harness.sandbox.books.cards()).toHaveLength(12);
			for (const { cardId, cardToken, pin } of run.json('Dintero'))
				expect(harness.sandbox.books.opens(String(cardToken), String(pin))).toBe(cardId);
		},
		60_000,
	);

	test('a slow answer is given up and the card looked up', async () => {
		harness.sandbox.faults.add({
			kind: 'slow-after',
			operationId: 'aid_cards_post',
			nth: 1,
			delayMs: 3000,
		});
		const run = await harness.run(create({ cardId: 'slow', options: { timeout: 1 } }));
		expect(run.json('Dintero')).toEqual([
			expect.objectContaining({ cardId: 'slow', recovered: true }),
		]);
		expect(harness.sandbox.books.cards()).toHaveLength(1);
	});

	test('a redirect is not followed', async () => {
		harness.sandbox.faults.add({
			kind: 'redirect',
			operationId: 'aid_cards_post',
			location: 'http://127.0.0.1:9/',
		});
		const run = await harness.run(create({ cardId: 'r' }));
		expect(run.nodeError('Dintero')?.message).toContain('(302)');
	});

	test('when one item fails in the middle, the others keep their codes and the failure is one of the results', async () => {
		harness.sandbox.faults.add({
			kind: 'error-before',
			status: 400,
			code: 'INVALID',
			operationId: 'aid_cards_post',
			nth: 2,
		});
		const run = await harness.run(
			create({ cardId: '={{ $json.id }}', options: { concurrency: 1 } }),
			rows(4),
		);
		expect(run.error).toBeUndefined();
		const items = run.output('Dintero');
		expect(items.map(({ json }) => json.cardId ?? 'failed')).toEqual([
			'row-1',
			'failed',
			'row-3',
			'row-4',
		]);
		expect(items[1]).toMatchObject({
			pairedItem: { item: 1 },
			json: { details: { itemIndex: 1, status: 400, code: 'INVALID' } },
		});
	});

	test('a run that was to stop says how to get the results of what was done, and that way works', async () => {
		harness.sandbox.faults.add({
			kind: 'error-before',
			status: 400,
			operationId: 'aid_cards_post',
			nth: 3,
			times: 1,
		});
		const parameters = (extra: IDataObject) =>
			create({ options: { concurrency: 1, ifItemFails: 'stop', ...extra } });
		const stopped = await harness.run(parameters({}), rows(4), { executionId: '900' });
		expect(stopped.nodeError('Dintero')).toMatchObject({
			message: expect.stringContaining('[item 3]'),
			description: expect.stringContaining('2 of 4 items were done before the run stopped'),
		});
		expect(stopped.nodeError('Dintero')?.description).toContain("'Resume Execution ID' 900");

		const resumed = await harness.run(parameters({ resumeExecutionId: '900' }), rows(4), {
			executionId: '901',
		});
		expect(resumed.json('Dintero').map(({ outcome }) => outcome)).toEqual([
			'recovered',
			'recovered',
			'created',
			'created',
		]);
		expect(harness.sandbox.books.cards()).toHaveLength(4);
	});

	test("n8n's Retry On Fail repeats the whole node and still makes each card once", async () => {
		harness.sandbox.faults.add({
			kind: 'error-before',
			status: 400,
			operationId: 'aid_cards_post',
			nth: 1,
			times: 1,
		});
		const run = await harness.run(create({ options: { concurrency: 1 } }), rows(3), {
			settings: { retryOnFail: true, maxTries: 2, waitBetweenTries: 10 } as never,
		});
		expect(run.json('Dintero').map(({ outcome }) => outcome)).toEqual([
			'created',
			'recovered',
			'recovered',
		]);
		expect(harness.sandbox.books.cards()).toHaveLength(3);
	});

	test.each([401, 403] as const)(
		'an access token that expires in the middle (%s) is renewed once for all',
		async (expiredToken) => {
			harness.sandbox.set({ expiredToken });
			await harness.run(byRow, rows(1));
			harness.sandbox.expireTokens();
			const run = await harness.run(create({ cardId: '={{ $json.id }}x' }), rows(30));
			expect(run.json('Dintero').filter(({ error }) => error)).toEqual([]);
			expect(harness.sandbox.count('aid_auths_oauth_token_post')).toBe(2);
		},
	);

	test('when nobody may look the card up, a lost answer is reported as unknown, not repeated', async () => {
		const account = harness.sandbox.addClient({ scopes: ['write:wallets'] });
		const settings = { credentials: { dinteroApi: harness.signIn({}, account) } };
		harness.sandbox.faults.add({ kind: 'cut-after', operationId: 'aid_cards_post' });
		const run = await harness.run(create({ cardId: 'fate' }), [{}], { settings });
		expect(run.nodeError('Dintero')?.message).toContain(
			"Dintero did not say whether gift card 'fate' was issued",
		);
		expect(posted()).toBe(1);
	});
});

test('errors keep the HTTP status, the code and the message of Dintero and show no secret', async () => {
	harness.sandbox.faults.add({
		kind: 'error-before',
		status: 422,
		code: 'EEXIST_ODD',
		operationId: 'aid_cards_post',
	});
	const run = await harness.run(create({ cardId: 'preexisting' }));
	const error = run.nodeError('Dintero');
	expect(error).toMatchObject({
		name: 'NodeApiError',
		httpCode: '422',
		context: { itemIndex: 0, dintero: { status: 422, code: 'EEXIST_ODD' } },
	});
	expect(error?.message).toContain('(422 EEXIST_ODD)');
	const { clientSecret } = harness.sandbox.account;
	expect(run.text + run.logText).not.toContain(clientSecret);
	expect(run.text + run.logText).not.toContain('Bearer ');
});
