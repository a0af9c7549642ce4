/** Refusals in a shop's words: from the card as it is, whatever status and code Dintero answers with. */
import { openHarness, type Harness } from '../../support/harness.mts';
import { fastTime } from '../../support/time.mts';

jest.setTimeout(120_000);

let harness: Harness;
let realTime: () => void;
afterEach(async () => {
	realTime();
	expect(harness.sandbox.violations).toEqual([]);
	await harness.close();
});

const NODE = 'Dintero';
async function act(resource: string, operation: string, more: object) {
	const run = await harness.run({ resource, operation, ...more } as never);
	const error = run.nodeError(NODE) as (Error & { description?: string }) | undefined;
	return {
		output: run.json(NODE)[0] ?? {},
		told: error ? `${error.message} | ${error.description}` : '',
	};
}
const byId = (value: string) => ({ __rl: true, mode: 'id', value });
const charge = async (more: object) =>
	await act('transaction', 'charge', { amount: '100', currency: 'NOK', ...more });

/** The cards: how each is made, and what happened to it since. */
async function openWithCards(switches: object) {
	harness = await openHarness({ switches });
	realTime = fastTime();
	const create = async (cardId: string, more: object = {}) =>
		String(
			(await act('giftCard', 'create', { cardId, amount: '500', currency: 'NOK', ...more })).output
				.cardToken,
		);
	const tokens: Record<string, string> = {
		good: await create('good'),
		later: await create('later', { additionalFields: { activeFrom: '2099-01-01' } }),
		old: await create('old', { additionalFields: { expiresAt: '2097-01-01' } }),
	};
	await act('giftCard', 'createBatch', {
		batchSource: 'count',
		count: 1,
		idPattern: 'print-{number:1}',
	});
	await charge({ cardId: byId('good'), refId: 'hold', amount: '100', pending: true });
	return tokens;
}

const statuses = [400, 402, 403, 409, 422] as const;

describe.each(statuses)('Dintero refuses with %i', (status) => {
	const all = {
		insufficientFunds: status,
		...(status === 402 ? {} : { cardNotUsable: status }),
		...(status === 402 || status === 409 ? {} : { currencyMismatch: status }),
		errorCodes: false,
	};

	test.each([true, false])('charges and top-ups, by token: %p', async (byToken) => {
		const tokens = await openWithCards(all);
		const card = (id: string) =>
			byToken ? { cardBy: 'cardToken', cardToken: tokens[id] } : { cardId: byId(id) };
		expect((await charge({ ...card('good'), amount: '500' })).told).toMatch(
			/^The gift card 'good' has 400\.00 NOK left, less than 500\.00 NOK \| .*Reservations lock another 100\.00 NOK\. Dintero answered: /,
		);
		if (status !== 402)
			expect((await charge(card('later'))).told).toMatch(
				/^The gift card 'later' cannot be used before 2099-01-01T\S+ \| No money was moved/,
			);
		if (status !== 402 && !byToken)
			expect((await charge(card('print-1'))).told).toMatch(
				/^The gift card 'print-1' is not active \| No money was moved.*use 'Activate'/,
			);
		if (status !== 402 && status !== 409)
			expect((await charge({ ...card('good'), currency: 'SEK' })).told).toMatch(
				/^The gift card 'good' is in NOK, not in SEK \| No money was moved/,
			);
		if (status !== 402) {
			harness.sandbox.advance(80 * 365 * 24 * 3600 * 1000);
			const expired = byToken ? /No card|expired/ : /^The gift card 'old' expired on 2097-01-0/;
			expect((await charge(card('old'))).told).toMatch(expired);
			const fund = { ...card('old'), amount: '1', currency: 'NOK' };
			expect((await act('transaction', 'topUp', fund)).told).toMatch(expired);
		}
		expect(harness.sandbox.books.totals().drawn).toBe(0);
	});
});

test.each([400, 403, 404, 409] as const)(
	'captures and voids that Dintero refuses with %i',
	async (notPending) => {
		await openWithCards({ notPending, errorCodes: false });
		const card = { cardId: byId('good') };
		const hold = async (refId: string) =>
			(await charge({ ...card, refId, amount: '50', pending: true })).output.transactionId;
		const settle = async (operation: string, transactionId: unknown, more: object = {}) =>
			(await act('transaction', operation, { ...card, transactionId, ...more })).told;
		const [taken, released, parts] = [await hold('a'), await hold('b'), await hold('c')];
		await settle('capture', taken);
		await settle('void', released);
		await settle('capture', parts, { amount: '20' });
		await charge({ ...card, refId: 'e', amount: '1' });
		const { output } = await charge({ ...card, refId: 'd' });
		const done = output.transactionId;

		expect(await settle('capture', taken)).toMatch(
			/^The reservation was already captured: 50\.00 NOK was taken \| No money was moved/,
		);
		expect(await settle('void', taken)).toMatch(/already captured.*use 'Refund'/);
		expect(await settle('capture', released)).toMatch(/^The reservation was already released/);
		expect(await settle('void', released)).toMatch(/^The reservation was already released/);
		expect(await settle('capture', parts, { amount: '31' })).toMatch(
			/^The reservation locks 30\.00 NOK, less than 31\.00 NOK/,
		);
		await settle('void', parts);
		expect(await settle('void', parts)).toMatch(
			/^The reservation was already captured: 20\.00 NOK was taken, and 30\.00 NOK was released/,
		);
		expect(await settle('void', done)).toMatch(
			/^This is a finished charge of 100\.00 NOK, not a reservation \| .*To give money back, use 'Refund'/,
		);
		expect(await settle('capture', done)).toMatch(/finished charge.*already taken/);
		expect(await settle('void', '9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11')).toMatch(
			/^The gift card 'good' has no transaction '9f8c2f1e/,
		);
		expect(await settle('void', done, { cardId: '' })).toMatch(
			/may have been captured or released before.*use 'Refund'/,
		);
	},
);

describe('what stands in the way of the words', () => {
	test.each([403, 500] as const)('a look-up that fails (%i) hides no refusal', async (lookUp) => {
		await openWithCards({});
		harness.sandbox.faults.add({
			kind: 'error-before',
			status: lookUp,
			operationId: ['aid_cards_cardid_get', 'aid_cards_cardid_transactions_tid_get'],
		});
		const { told } = await charge({ cardId: byId('good'), amount: '500' });
		expect(told).toMatch(/^Dintero answered: Insufficient funds \(400 INSUFFICIENT FUNDS\)/);
	});

	test('a card that explains nothing leaves Dintero its words', async () => {
		await openWithCards({});
		harness.sandbox.faults.add({
			kind: 'error-before',
			status: 422,
			operationId: 'aid_cards_transactions_post',
		});
		const { told } = await charge({ cardId: byId('good'), amount: '1' });
		expect(told).toMatch(/^Dintero answered: Injected failure \(422/);
	});

	test('a token for one use that is used up', async () => {
		await openWithCards({ usedCardToken: 403 });
		const { output } = await act('giftCard', 'createToken', {
			cardId: byId('good'),
			additionalFields: { singleUse: true },
		});
		const card = { cardBy: 'cardToken', cardToken: output.cardToken, amount: '1' };
		await charge({ ...card, refId: 'x' });
		harness.sandbox.set({ usedCardToken: 400 });
		expect((await charge({ ...card, refId: 'y' })).told).toMatch(/for a single use, it is used up/);
	});

	test('a card that does not exist, by ID and by token', async () => {
		await openWithCards({});
		expect((await charge({ cardId: byId('unknown') })).told).toMatch(
			/^Dintero has no gift card 'unknown' \| .*Card not found/,
		);
		const card = { cardBy: 'cardToken', cardToken: '1'.repeat(16) };
		expect((await charge(card)).told).toMatch(/^No card has this card token \| /);
	});
});
