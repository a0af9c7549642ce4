import type { IDataObject } from 'n8n-workflow';

import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('giftCard', 'replace', {
	cardId: { __rl: true, mode: 'id', value: '={{ $json.card }}' },
	pinFormat: 'digits6',
	tokenFormat: 'digits16',
});
const DRAW = 'aid_cards_transactions_post';
const CREATE = 'aid_cards_post';
const NEW = 'a-replacement';
const lost = { card: 'a' };

const balance = (card: string) => harness.sandbox.books.card(card)?.balance;
const opens = ({ cardToken, pin }: IDataObject) =>
	harness.sandbox.books.opens(String(cardToken), String(pin));
const charge = async (card: string, amount: number, more: object = {}) =>
	(
		await harness.api.post('/wallets/transactions', {
			card_id: card,
			ref_id: `order of ${amount}`,
			amount,
			currency: 'NOK',
			...more,
		})
	).data.id as string;

test('moves the whole balance to a new card with new codes, and the old one is empty', async () => {
	const { token, pin } = await harness.seed('a', {
		name: 'Summer card',
		customer_id: 'customer-7',
		type: 'credit_note',
		expires_at: '2099-01-01T00:00:00Z',
		metadata: { campaign: 'summer', dintero_transaction_id: 'T1.x' },
	});
	await charge('a', 12345);
	const [output] = await harness.outputOf([lost]);
	expect(output).toMatchObject({
		oldCardId: 'a',
		newCardId: NEW,
		amount: '376.55',
		amountMinor: 37655,
		currency: 'NOK',
		name: 'Summer card',
		customerId: 'customer-7',
		type: 'credit_note',
		metadata: { campaign: 'summer' },
		leftOnOldCardMinor: 0,
		oldPinEnded: true,
		outcome: 'replaced',
		alreadyDone: false,
		recovered: false,
	});
	expect(Date.parse(String(output.expiresAt))).toBe(Date.parse('2099-01-01T00:00:00Z'));
	expect(output.pin).toMatch(/^\d{6}$/);
	expect(opens(output)).toBe(NEW);
	expect([balance('a'), balance(NEW)]).toEqual([0, 37655]);
	expect(harness.movesOf('a')).toEqual([
		['drawdown', 12345],
		['drawdown', 37655],
	]);
	expect(harness.sandbox.books.opens(token, pin)).toBeUndefined();
	expect(harness.sandbox.books.card(NEW)?.metadata).toMatchObject({ n8n_replaces: 'a' });
	expect(harness.sandbox.books.card(NEW)?.metadata).not.toHaveProperty('dintero_transaction_id');
});

test('finds the card by its token, gives the new one an ID of one’s own, and barcodes', async () => {
	const { token } = await harness.seed('a');
	const set = {
		cardBy: 'cardToken',
		cardToken: token,
		newCardId: 'mine',
		options: { pinBarcode: true, tokenBarcode: true },
	};
	const run = await harness.run([lost], { set });
	const [{ json, binary }] = run.output('Dintero');
	expect(json).toMatchObject({ oldCardId: 'a', newCardId: 'mine', amountMinor: 50000 });
	expect(Object.keys(binary ?? {}).sort()).toEqual(['cardTokenBarcode', 'pinBarcode']);
	expect(balance('mine')).toBe(50000);
});

test('a new card can be lost and replaced too', async () => {
	await harness.seed('a');
	await harness.outputOf([lost]);
	const [second] = await harness.outputOf([{ card: NEW }]);
	expect(second).toMatchObject({ oldCardId: NEW, newCardId: 'a-replacement-2' });
	const [third] = await harness.outputOf([{ card: 'a-replacement-2' }]);
	expect(third).toMatchObject({ newCardId: 'a-replacement-3', amountMinor: 50000 });
});

test('a card with the longest ID there is', async () => {
	const card = 'x'.repeat(255);
	await harness.seed(card);
	const [output] = await harness.outputOf([{ card }]);
	expect(output.newCardId).toMatch(/^[0-9a-z]{12}-replacement$/);
});

test('two rows are two replacements', async () => {
	await harness.seed('a');
	await harness.seed('b');
	const outputs = await harness.outputOf([lost, { card: 'b' }]);
	expect(outputs.map(opens)).toEqual([NEW, 'b-replacement']);
});

describe('a card that was replaced before', () => {
	test('by another run is left alone, and says by which card', async () => {
		await harness.seed('a');
		const [first] = await harness.outputOf([lost]);
		expect(await harness.failureOf([lost])).toMatch(
			/^The gift card 'a' was already replaced by 'a-replacement' \| .*'If Already Replaced'/,
		);
		expect(opens(first)).toBe(NEW);
		expect(balance(NEW)).toBe(50000);
	});

	test('is returned on request, and the codes stay', async () => {
		await harness.seed('a');
		const [first] = await harness.outputOf([lost]);
		const set = { options: { ifAlreadyReplaced: 'return' } };
		const [output] = await harness.outputOf([lost], { set });
		expect(output).toMatchObject({ newCardId: NEW, outcome: 'existing', alreadyDone: true });
		expect(output).not.toHaveProperty('pin');
		expect(opens(first)).toBe(NEW);
	});

	test('gets new codes on request', async () => {
		await harness.seed('a');
		const [first] = await harness.outputOf([lost]);
		const set = { options: { ifAlreadyReplaced: 'reissue' } };
		const [output] = await harness.outputOf([lost], { set });
		expect(output).toMatchObject({ newCardId: NEW, outcome: 'reissued', alreadyDone: true });
		expect(opens(output)).toBe(NEW);
		expect(opens(first)).toBeUndefined();
		expect(balance(NEW)).toBe(50000);
	});

	test('with the ID of another new card is refused', async () => {
		await harness.seed('a');
		await harness.outputOf([lost]);
		expect(await harness.failureOf([lost], { set: { newCardId: 'other' } })).toMatch(
			/^The gift card 'a' was already replaced by 'a-replacement' \| 500\.00 NOK was drawn/,
		);
		expect(balance('other')).toBeUndefined();
	});

	test('says when money came onto it since', async () => {
		await harness.seed('a');
		await harness.outputOf([lost]);
		await charge('a', 2500, { type: 'fund' });
		expect(await harness.failureOf([lost])).toMatch(/25\.00 NOK came onto the old card since/);
		const set = { options: { ifAlreadyReplaced: 'return' } };
		const [output] = await harness.outputOf([lost], { set });
		expect(output).toMatchObject({ amountMinor: 50000, leftOnOldCard: '25.00' });
	});

	test('takes no refunds any more', async () => {
		await harness.seed('a');
		const id = await charge('a', 10000);
		await harness.outputOf([lost]);
		const set = { resource: 'transaction', operation: 'refund', transactionId: id, amount: '' };
		expect(await harness.failureOf([lost], { set })).toMatch(
			/^The gift card 'a' was replaced by 'a-replacement', so a refund would put the money on the lost card/,
		);
		expect(balance('a')).toBe(0);
	});

	test('also where Dintero keeps neither metadata nor origin', async () => {
		harness.sandbox.set({ metadata: 'dropped', originatedBy: 'dropped' });
		await harness.seed('a');
		await harness.outputOf([lost]);
		expect(await harness.failureOf([lost])).toMatch(/was already replaced by 'a-replacement'/);
		const id = await charge(NEW, 10000);
		const set = { resource: 'transaction', operation: 'refund', transactionId: id, amount: '' };
		await harness.outputOf([{ card: NEW }], { set, raw: true });
		expect(balance(NEW)).toBe(50000);
	});
});

describe('what a run left unfinished', () => {
	/** Draws, and ends before the new card is there. */
	async function broken(set: object = {}) {
		harness.sandbox.faults.add({ kind: 'error-before', status: 500, operationId: CREATE });
		const told = await harness.failureOf([lost], { set });
		harness.sandbox.faults.clear();
		return told;
	}

	test('says where the money is, and any later run finishes it', async () => {
		await harness.seed('a');
		expect(await broken()).toMatch(
			/500\.00 NOK was drawn from 'a' for the new card 'a-replacement', which may not have it yet\. Run 'Replace' again for 'a': it continues from here/,
		);
		expect([balance('a'), balance(NEW)]).toEqual([0, undefined]);
		const [output] = await harness.outputOf([lost]);
		expect(output).toMatchObject({ outcome: 'recovered', amountMinor: 50000 });
		expect(opens(output)).toBe(NEW);
		expect([balance('a'), balance(NEW)]).toEqual([0, 50000]);
	});

	test('with an ID of one’s own names it, and is finished with it only', async () => {
		await harness.seed('a');
		expect(await broken({ newCardId: 'mine' })).toMatch(/again for 'a', with 'New Card ID' 'mine'/);
		expect(await harness.failureOf([lost])).toMatch(
			/^The gift card 'a' was already replaced by 'mine' \| .*If that card was never issued, run again with its ID in 'New Card ID'/,
		);
		await harness.outputOf([lost], { set: { newCardId: 'mine' } });
		expect([balance('a'), balance('mine'), balance(NEW)]).toEqual([0, 50000, undefined]);
	});

	test('is finished although the card expired meanwhile, and money came onto it', async () => {
		harness.sandbox.set({ expiryInPast: 400 });
		await harness.seed('a', { expires_at: '2030-01-01T00:00:00Z' });
		await broken();
		await charge('a', 100, { type: 'fund' });
		harness.sandbox.advance(20 * 365 * 24 * 3600 * 1000);
		const [output] = await harness.outputOf([lost]);
		expect(output).toMatchObject({ amountMinor: 50000, leftOnOldCardMinor: 100 });
		expect(balance(NEW)).toBe(50000);
	});

	test('of this execution is finished by Retry On Fail, with codes that work', async () => {
		await harness.seed('a');
		harness.sandbox.faults.add({ kind: 'error-before', status: 403, operationId: CREATE, nth: 1 });
		const settings = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };
		const [output] = await harness.outputOf([lost], { settings });
		expect(opens(output)).toBe(NEW);
		expect([balance('a'), balance(NEW)]).toEqual([0, 50000]);
	});

	test('a format Dintero refuses can be corrected in the next run', async () => {
		await harness.seed('a');
		harness.sandbox.faults.add({
			kind: 'error-before',
			status: 400,
			operationId: CREATE,
			nth: 1,
		});
		expect(await harness.failureOf([lost])).toMatch(/^Dintero answered.*was drawn from 'a'/);
		const [output] = await harness.outputOf([lost], { set: { pinFormat: 'digits4' } });
		expect(output.pin).toMatch(/^\d{4}$/);
	});
});

test('an execution that did it all is continued with new codes', async () => {
	await harness.seed('a');
	const [first] = await harness.outputOf([lost], { executionId: '70' });
	const set = { options: { resumeExecutionId: '70' } };
	const [output] = await harness.outputOf([lost], { set });
	expect(output).toMatchObject({ outcome: 'recovered', alreadyDone: false });
	expect(opens(output)).toBe(NEW);
	expect(opens(first)).toBeUndefined();
	expect([balance('a'), balance(NEW)]).toEqual([0, 50000]);
});

describe('is refused, and nothing is moved', () => {
	afterEach(() => expect(harness.sandbox.books.card(NEW)).toBeUndefined());

	test('a card that is not there', async () => {
		expect(await harness.failureOf([lost])).toMatch(/^Dintero has no gift card 'a'/);
	});

	test('a card with reserved money', async () => {
		await harness.seed('a');
		await charge('a', 10000, { pending: true });
		expect(await harness.failureOf([lost])).toMatch(
			/^Reservations lock 100\.00 NOK on the gift card 'a' \| No money was moved now\..*'Capture' or 'Void'/,
		);
		expect(balance('a')).toBe(50000);
	});

	test('an empty card', async () => {
		await harness.seed('a');
		await charge('a', 50000);
		expect(await harness.failureOf([lost])).toMatch(/^The gift card 'a' has nothing left to move/);
	});

	test('an inactive card', async () => {
		await harness.seedBatch('a');
		expect(await harness.failureOf([lost])).toMatch(/^The gift card 'a' is not active/);
	});

	test('an expired card', async () => {
		await harness.seed('a', { expires_at: '2030-01-01T00:00:00Z' });
		harness.sandbox.advance(20 * 365 * 24 * 3600 * 1000);
		expect(await harness.failureOf([lost])).toMatch(/^The gift card 'a' expired on/);
	});

	test('a card that cannot be used yet', async () => {
		await harness.seed('a', { active_from: '2099-01-01T00:00:00Z' });
		expect(await harness.failureOf([lost])).toMatch(
			/^The gift card 'a' cannot be used before 2099/,
		);
	});

	test('more than the spending limit', async () => {
		await harness.seed('a');
		harness.signIn(harness.sandbox.account, { maximumAmount: 499 });
		expect(await harness.failureOf([lost])).toMatch(/500\.00 NOK is more than the credential's/);
		expect(balance('a')).toBe(50000);
	});

	test('the ID of a card that is there already', async () => {
		await harness.seed('a');
		await harness.seed('taken');
		expect(await harness.failureOf([lost], { set: { newCardId: 'taken' } })).toMatch(
			/^A gift card with the Card ID 'taken' already exists \| It is not a replacement/,
		);
		expect([balance('a'), balance('taken')]).toEqual([50000, 50000]);
	});

	test.each<[string, IDataObject[], object, RegExp]>([
		['the same card in two rows', [lost, lost], {}, /^Card: 'a' is also the card of item 1/],
		[
			'the same new ID in two rows',
			[lost, { card: 'b' }],
			{ newCardId: 'n' },
			/^New Card ID: 'n' is also the new ID of item 1/,
		],
		['its own ID', [lost], { newCardId: 'a' }, /^New Card ID: 'a' is the ID of the old card/],
		[
			'no codes at all',
			[lost],
			{ pinFormat: 'none', tokenFormat: 'none' },
			/^PIN Format: and Card Token Format are both off/,
		],
	])('%s, before anything is sent', async (_what, items, set, message) => {
		expect(await harness.failureOf(items, { set })).toMatch(message);
		expect(harness.sandbox.count()).toBe(0);
	});
});

test('one card by its ID and by its token in two rows is replaced once', async () => {
	const { token } = await harness.seed('a');
	const items = [lost, { card: '', by: 'cardToken' }];
	const run = await harness.run(items, {
		set: { cardBy: '={{ $json.by || "cardId" }}', cardToken: token },
	});
	expect(harness.errorsOf(run)).toEqual([
		expect.stringMatching(/^The gift card 'a' was already replaced/),
	]);
	expect([balance('a'), balance(NEW)]).toEqual([0, 50000]);
});

test.each([400, 402, 409] as const)(
	'what was paid with the lost card meanwhile is not moved (%i)',
	async (insufficientFunds) => {
		harness.sandbox.set({ insufficientFunds });
		await harness.seed('a');
		const { data } = await harness.api.get('/wallets/cards/a');
		await charge('a', 12345);
		harness.sandbox.faults.add({
			kind: 'answer-before',
			operationId: 'aid_cards_cardid_get',
			nth: 1,
			answer: data,
		} as never);
		const [output] = await harness.outputOf([lost]);
		expect(output).toMatchObject({ amountMinor: 37655 });
		expect([balance('a'), balance(NEW)]).toEqual([0, 37655]);
	},
);

test('a card that somebody else emptied meanwhile moves nothing', async () => {
	await harness.seed('a');
	const { data } = await harness.api.get('/wallets/cards/a');
	await charge('a', 50000);
	harness.sandbox.faults.add({
		kind: 'answer-before',
		operationId: 'aid_cards_cardid_get',
		nth: 1,
		answer: data,
	} as never);
	expect(await harness.failureOf([lost])).toMatch(/^The gift card 'a' has nothing left to move/);
	expect(balance(NEW)).toBeUndefined();
});

test('an old card that keeps its PIN is told, and loses nothing', async () => {
	await harness.seed('a');
	harness.sandbox.faults.add({
		kind: 'error-before',
		status: 400,
		operationId: 'aid_cards_cardid_rotate_pin_post',
	});
	const [output] = await harness.outputOf([lost]);
	expect(output).toMatchObject({ oldPinEnded: false, outcome: 'replaced' });
	expect(opens(output)).toBe(NEW);
});

describe.each(['return-first', 400, 409] as const)(
	'a repeated reference as %p',
	(duplicateRefId) => {
		describe.each([403, 'return-existing'] as const)(
			'and a card ID that is taken as %p',
			(duplicateCard) => {
				test.each(
					[DRAW, CREATE].flatMap((operationId) =>
						(['cut-before', 'cut-after', 'error-before', 'error-after', 'not-json'] as const).map(
							(kind) => [operationId, kind] as const,
						),
					),
				)('%s %s: moved once', async (operationId, kind) => {
					harness.sandbox.set({ duplicateRefId, duplicateCard });
					await harness.seed('a');
					harness.sandbox.faults.add({ kind, operationId, nth: 1 });
					const [output] = await harness.outputOf([lost]);
					expect(opens(output)).toBe(NEW);
					expect([balance('a'), balance(NEW)]).toEqual([0, 50000]);
				});
			},
		);
	},
);

test.each([
	['stored', 'dropped'],
	['dropped', 'stored'],
	['dropped', 'dropped'],
	[400, 400],
] as const)(
	'with metadata %p and originated_by %p a lost answer is recovered',
	async (metadata, originatedBy) => {
		harness.sandbox.set({ metadata, originatedBy });
		await harness.seed('a');
		harness.sandbox.faults.add({ kind: 'cut-after', operationId: CREATE });
		const run = await harness.run([lost]);
		if (run.error) {
			harness.sandbox.faults.clear();
			await harness.outputOf([lost], { set: { options: { ifAlreadyReplaced: 'reissue' } } });
		} else expect(opens(run.json<IDataObject>('Dintero')[0])).toBe(NEW);
		expect([balance('a'), balance(NEW)]).toEqual([0, 50000]);
	},
);

test('a new card that was issued without codes is said to have the money', async () => {
	await harness.seed('a');
	harness.sandbox.faults.add(
		{ kind: 'cut-after', operationId: CREATE },
		{ kind: 'error-before', status: 400, path: /\/tokens$/ },
	);
	const error = await harness.failureOf([lost]);
	expect(error).toMatch(
		/^The gift card 'a-replacement' was issued, but nobody has its codes .* \| 500\.00 NOK was moved to it from 'a'\. .*'Reissue Codes'/,
	);
	expect(error).not.toMatch(/Run 'Replace' again|may not have it/);
	expect(balance(NEW)).toBe(50_000);
});

test('a card whose list of transactions does not show its draw yet is not said to be merely empty', async () => {
	await harness.seed('a');
	harness.sandbox.faults.add({ kind: 'error-before', status: 400, operationId: CREATE });
	await harness.failureOf([lost]);
	harness.sandbox.faults.clear();
	harness.sandbox.faults.add({
		kind: 'answer-before',
		answer: [],
		method: 'GET',
		path: /\/transactions(?:\?|$)/,
		nth: 1,
	});
	expect(await harness.failureOf([lost])).toMatch(
		/^Dintero does not show all transactions of the gift card 'a' \| .*Run again in a minute/,
	);
	expect((await harness.outputOf([lost]))[0]).toMatchObject({ outcome: 'recovered' });
});
