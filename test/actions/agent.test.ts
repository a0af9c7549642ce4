/** The node as an AI agent calls it: every parameter is text the model wrote, read through `$fromAI`. */
import type { IDataObject } from 'n8n-workflow';

import { openHarness, type Harness } from '../support/harness.mts';

let harness: Harness;
beforeEach(async () => (harness = await openHarness()));
afterEach(async () => {
	expect(harness.sandbox.violations).toEqual([]);
	await harness.close();
});

const fromAi = (name: string) => `={{ $fromAI('${name}', '', 'string') }}`;
const chosen = (name: string) => ({ __rl: true, mode: 'id', value: fromAi(name) });

/** Calls an operation with what the model wrote; every field it may fill is text. */
async function call(
	resource: string,
	operation: string,
	fields: Record<string, unknown>,
	written: Record<string, string>,
	credential = harness.credential,
) {
	const parameters = { resource, operation, ...fields } as never;
	const settings = { credentials: { dinteroApi: credential } };
	const run = await harness.run(parameters, [written], { settings });
	const error = run.nodeError('Dintero');
	return error ? `${error.message} ${String(error.description)}` : run.json<IDataObject>('Dintero');
}

const issuing = {
	amount: fromAi('Amount'),
	currency: fromAi('Currency'),
	cardId: fromAi('Card_ID'),
	pinFormat: fromAi('PIN_Format'),
	tokenFormat: fromAi('Token_Format'),
	additionalFields: { singleUse: fromAi('Single_Use'), expiresAt: fromAi('Expires_At') },
	options: { simplify: fromAi('Simplify') },
};
const card = {
	Amount: '500',
	Currency: 'nok',
	Card_ID: 'thanks-1',
	PIN_Format: 'digits4',
	Token_Format: 'digits16',
	Single_Use: 'false',
	Expires_At: '2099-12-31',
	Simplify: 'true',
};

test('issues a card, and every text means what it says', async () => {
	const [output] = (await call('giftCard', 'create', issuing, card)) as IDataObject[];
	expect(output).toMatchObject({ cardId: 'thanks-1', amountMinor: 50000, outcome: 'created' });
	const token = String(output.cardToken);
	await harness.sandbox.pay({ token, amount: 100 });
	await harness.sandbox.pay({ token, amount: 100 }); // not a single use
});

test('looks cards up by ID, by code and in a list', async () => {
	const [{ cardToken, pin }] = (await call('giftCard', 'create', issuing, card)) as IDataObject[];
	const simplify = fromAi('Simplify');
	expect(
		await call(
			'giftCard',
			'get',
			{ cardId: chosen('Card'), simplify },
			{ Card: 'thanks-1', Simplify: 'yes' },
		),
	).toMatchObject([{ cardId: 'thanks-1', balance: '500.00' }]);
	expect(
		await call(
			'giftCard',
			'checkBalance',
			{ cardToken: fromAi('Token'), pin: fromAi('PIN'), simplify },
			{ Token: String(cardToken), PIN: String(pin), Simplify: 'True' },
		),
	).toMatchObject([{ cardId: 'thanks-1', balance: '500.00' }]);
	expect(
		await call(
			'giftCard',
			'getAll',
			{ returnAll: fromAi('All'), limit: fromAi('Limit'), simplify },
			{ All: 'false', Limit: '5', Simplify: 'false' },
		),
	).toMatchObject([{ card_id: 'thanks-1' }]);
	expect(
		await call(
			'transaction',
			'getAll',
			{ cardId: chosen('Card'), returnAll: 'true' },
			{ Card: 'thanks-1' },
		),
	).toMatchObject([{ type: 'fund', amount: '500.00' }]);
});

test('charges and tops up', async () => {
	await call('giftCard', 'create', issuing, card);
	const fields = {
		cardId: chosen('Card'),
		amount: fromAi('Amount'),
		currency: fromAi('Currency'),
		refId: fromAi('Reference'),
		pending: fromAi('Reserve'),
	};
	const written = {
		Card: 'thanks-1',
		Amount: '99,50',
		Currency: 'NOK',
		Reference: 'r1',
		Reserve: 'false',
	};
	expect(await call('transaction', 'charge', fields, written)).toMatchObject([
		{ amountMinor: 9950, type: 'drawdown' },
	]);
	expect(await call('transaction', 'topUp', fields, { ...written, Reference: 'r2' })).toMatchObject(
		[{ amountMinor: 9950, type: 'fund' }],
	);
});

test('the spending limit stops it, in words a model can act on, and nothing is sent', async () => {
	const limited = harness.signIn({ maximumAmount: 500 });
	const sent = () =>
		harness.sandbox.count('aid_cards_post') + harness.sandbox.count('aid_cards_transactions_post');
	expect(await call('giftCard', 'create', issuing, { ...card, Amount: '50000' }, limited)).toMatch(
		/^Amount: 50 000\.00 NOK is more than the credential's spending limit of 500\.00 NOK/,
	);
	const topUp = { cardId: chosen('Card'), amount: fromAi('Amount'), currency: 'NOK' };
	expect(
		await call('transaction', 'topUp', topUp, { Card: 'x', Amount: '500.01' }, limited),
	).toMatch(/spending limit/);
	expect(await call('giftCard', 'activate', topUp, { Card: 'x', Amount: '501' }, limited)).toMatch(
		/spending limit/,
	);
	expect(sent()).toBe(0);
	expect(await call('giftCard', 'create', issuing, card, limited)).toMatchObject([
		{ cardId: 'thanks-1' },
	]);
});

test('a minor-unit amount cannot slip past the limit', async () => {
	const limited = harness.signIn({ maximumAmount: 500 });
	const minor = { ...issuing, options: { amountUnit: 'minor' } };
	expect(await call('giftCard', 'create', minor, { ...card, Amount: '50001' }, limited)).toMatch(
		/500\.01 NOK is more than/,
	);
});

test('what a model gets wrong is said in one sentence with a way out', async () => {
	expect(await call('giftCard', 'create', issuing, { ...card, Amount: 'five hundred' })).toMatch(
		/^Amount: 'five hundred' is not a number\. Write only the number/,
	);
	expect(await call('giftCard', 'create', issuing, { ...card, PIN_Format: 'short' })).toMatch(
		/^PIN Format: 'short' is not one of its choices\. Use one of: digits4/,
	);
	expect(await call('giftCard', 'get', { cardId: chosen('Card') }, { Card: '' })).toMatch(
		/^Card: is empty: the expression gave nothing\. Fill in the value for this item/,
	);
});
