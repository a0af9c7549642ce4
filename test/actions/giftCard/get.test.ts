import { sceneOf } from '../scene.mts';
import workflow from './get.workflow.json';

const scene = sceneOf(workflow);

test('gives the balance first, in ten fields, in the order of the items', async () => {
	await scene.seed('a', {
		name: 'Summer',
		customer_id: 'customer-7',
		expires_at: '2099-12-31T22:59:59Z',
	});
	await scene.seed('b', { amount: 5, currency: 'EUR' });
	await scene.api.post('/wallets/transactions', {
		card_id: 'a',
		ref_id: 'x',
		amount: 12345,
		currency: 'NOK',
		pending: true,
	});
	const outputs = await scene.outputOf([{ card: 'b' }, { card: 'a' }]);
	expect(outputs).toEqual([
		{
			cardId: 'b',
			status: 'unused',
			balance: '0.05',
			balanceMinor: 5,
			balanceFormatted: '0.05 EUR',
			currency: 'EUR',
			amount: '0.05',
		},
		{
			cardId: 'a',
			status: 'unused',
			balance: '376.55',
			balanceMinor: 37655,
			balanceFormatted: '376.55 NOK',
			currency: 'NOK',
			amount: '500.00',
			name: 'Summer',
			customerId: 'customer-7',
			expiresAt: '2099-12-31T22:59:59Z',
		},
	]);
});

test('raw output on request, without any code', async () => {
	const { pin } = await scene.seed('a', { metadata: { campaign: 'summer' } });
	const [card] = await scene.outputOf([{ card: 'a' }], { set: { simplify: false }, raw: true });
	expect(card).toMatchObject({ card_id: 'a', amount: 50000, metadata: { campaign: 'summer' } });
	expect(JSON.stringify(card)).not.toContain(pin);
});

test.each(['a b', 'a/b', 'a/../b', '..b', 'Åse Øl', '100%', 'a?b#c', 'batch', 'x'.repeat(255)])(
	'finds the card %p',
	async (card) => {
		await scene.seed(card);
		expect(await scene.outputOf([{ card }])).toMatchObject([{ cardId: card }]);
	},
);

test.each<[string, unknown, RegExp]>([
	['no card', '', /^Card: is empty/],
	['one dot', '.', /^Card: '\.' cannot be part of a web address/],
	['two dots', '..', /^Card: '\.\.' cannot/],
	['spaces', '  ', /^Card: is only spaces/],
	['too long', 'x'.repeat(256), /^Card: .* has 256 characters/],
	['a list', ['a'], /^Card: .* is not text/],
])('%s is refused before anything is sent', async (_what, card, message) => {
	expect(await scene.failureOf([{ card }] as never)).toMatch(message);
	expect(scene.sandbox.count()).toBe(0);
});

test('a number is an ID too', async () => {
	await scene.seed('10045');
	expect(await scene.outputOf([{ card: 10045 }])).toMatchObject([{ cardId: '10045' }]);
});

test('an unknown card: the first item that is not there ends a run of reads', async () => {
	await scene.seed('a');
	expect(await scene.failureOf([{ card: 'a' }, { card: 'none' }])).toMatch(
		/^Dintero answered: Card not found \(404 NOT FOUND\) \[item 2\] \| Check the ID/,
	);
	const run = await scene.run([{ card: 'none' }, { card: 'a' }], {
		settings: { onError: 'continueRegularOutput' },
	});
	expect(run.json('Dintero')).toMatchObject([
		{ error: expect.stringContaining('Card not found') },
		{ cardId: 'a' },
	]);
});

test('a read is tried again whatever breaks', async () => {
	await scene.seed('a');
	const operationId = 'aid_cards_cardid_get';
	for (const kind of ['cut-before', 'cut-after', 'error-after', 'truncated', 'rate-limit'] as const)
		scene.sandbox.faults.add({ kind, operationId, times: 1, retryAfter: 0.1 });
	expect(await scene.outputOf([{ card: 'a' }])).toMatchObject([{ cardId: 'a' }]);
});

test('amounts as text, other words for the status, and no money at all are read too', async () => {
	await scene.seed('a');
	scene.sandbox.set({ numbersAsStrings: true, errorCodes: false, statusAfterUse: 'partly_used' });
	await scene.sandbox.pay({ token: scene.sandbox.books.card('a')!.tokens[0], amount: 100 });
	expect(await scene.outputOf([{ card: 'a' }])).toMatchObject([
		{ status: 'partly_used', balance: '499.00', balanceMinor: 49900 },
	]);
});
