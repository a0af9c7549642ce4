/** Gift Card: Get Many with filters, which the node applies itself while it reads the list. */
import type { IDataObject } from 'n8n-workflow';

import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('giftCard', 'getAll', { returnAll: true });
const LISTED = 'aid_cards_get';
const HOUR = 3_600_000;

const rawIds = async (filters: object, more: object = {}, item: IDataObject = {}) =>
	(
		await harness.outputOf([item], {
			set: { filters, simplify: false, ...more } as IDataObject,
			raw: true,
		})
	).map(({ card_id: id }) => id);

/** The IDs of the cards that pass, in the order in which they were made. */
const passing = async (filters: object, more: object = {}) =>
	(await rawIds(filters, more)).reverse();

async function make(cardId: string, more: object = {}) {
	const { status, data } = await harness.api.post('/wallets/cards', {
		card_id: cardId,
		amount: 50000,
		currency: 'NOK',
		...more,
	});
	if (status !== 200) throw new Error(JSON.stringify(data));
	harness.sandbox.resetLog();
}
async function move(cardId: string, refId: string, amount: number, more: object = {}) {
	const body = { card_id: cardId, ref_id: refId, amount, currency: 'NOK', ...more };
	const { status, data } = await harness.api.post('/wallets/transactions', body);
	if (status !== 200) throw new Error(JSON.stringify(data));
	harness.sandbox.resetLog();
	return String(data.id);
}
const hints = async (filters: object) => {
	const run = await harness.run([{}], { set: { filters } as IDataObject, raw: true });
	if (run.error) throw run.error;
	return run.hints.map(({ message }) => message);
};

test('the output of a filtered list is that of any other', async () => {
	await make('a', { name: 'Summer', customer_id: '7', expires_at: '2099-12-31T22:59:59Z' });
	expect(await harness.outputOf([{}], { set: { filters: { currencies: ['NOK'] } } })).toMatchObject(
		[{ cardId: 'a', name: 'Summer', customerId: '7', balance: '500.00' }],
	);
});

describe('each filter', () => {
	beforeEach(async () => {
		await make('plain');
		await make('euro', { currency: 'EUR', amount: 100 });
		await make('note', { type: 'credit_note', name: 'Vår ÅPNING ❤\ufe0f' });
		await make('anna', { customer_id: 'kunde-å', name: 'Anna’s gift' });
		await make('zero', { amount: 0 });
	});

	test.each<[object, string[]]>([
		[{}, ['plain', 'euro', 'note', 'anna', 'zero']],
		[{ currencies: [] }, ['plain', 'euro', 'note', 'anna', 'zero']],
		[{ currencies: ['EUR'] }, ['euro']],
		[{ currencies: 'eur, nok' }, ['plain', 'euro', 'note', 'anna', 'zero']],
		[{ currencies: ['SEK'] }, []],
		[{ cardTypes: ['credit_note'] }, ['note']],
		[{ cardTypes: 'Gift Card' }, ['plain', 'euro', 'anna', 'zero']],
		[{ customerId: 'kunde-å' }, ['anna']],
		[{ customerId: 'kunde-å'.normalize('NFD') }, ['anna']],
		[{ customerId: 'kunde' }, []],
		[{ nameContains: 'åpning' }, ['note']],
		[{ nameContains: 'åpning ❤\ufe0f' }, ['note']],
		[{ nameContains: 'GIFT' }, ['anna']],
		[{ nameContains: 'plain' }, []],
		[{ dinteroStatus: 'unused' }, ['plain', 'euro', 'note', 'anna', 'zero']],
		[{ dinteroStatus: 'used' }, []],
		[{ minimumBalance: '500' }, ['plain', 'note', 'anna']],
		[{ minimumBalance: 500.01 }, []],
		[{ maximumBalance: '1' }, ['euro', 'zero']],
		[{ maximumBalance: '0' }, ['zero']],
		[{ minimumBalance: '0,01', maximumBalance: '499.99' }, ['euro']],
		[{ minimumBalance: 1, currencies: ['NOK'], cardTypes: ['gift_card'] }, ['plain', 'anna']],
	])('%j', async (filters, expected) => {
		expect(await passing(filters)).toEqual(expected);
	});

	test('amounts that come as text are amounts', async () => {
		harness.sandbox.set({ numbersAsStrings: true });
		expect(await passing({ minimumBalance: '500' })).toEqual(['plain', 'note', 'anna']);
		expect(await passing({ statuses: ['empty'] })).toEqual(['zero']);
	});
});

describe.each([
	{ statusAfterUse: 'used', statusWhenEmpty: 'empty', statusWhenExpired: null },
	{ statusAfterUse: 'unused', statusWhenEmpty: 'unused', statusWhenExpired: null },
	{ statusAfterUse: 'a', statusWhenEmpty: 'b', statusWhenExpired: 'c', batchStatus: 'created' },
	{ dateHeader: 'missing' },
] as const)('statuses, whatever Dintero calls them (%j)', (switches) => {
	beforeEach(async () => {
		harness.sandbox.set(switches);
		await harness.seedBatch('inactive');
		await make('unused');
		await make('reserved');
		await move('reserved', 'r', 50000, { pending: true });
		await make('topped');
		await move('topped', 't', 1000, { type: 'fund' });
		await make('used');
		await move('used', 'u', 1);
		await make('empty');
		await move('empty', 'e', 50000);
		await make('soon', { expires_at: new Date(Date.now() + HOUR).toISOString() });
		await make('gone', { expires_at: new Date(Date.now() - HOUR).toISOString() });
	});

	test.each<[string[], string[]]>([
		[['inactive'], ['inactive']],
		[['unused'], ['unused', 'reserved', 'topped', 'soon']],
		[['partlyUsed'], ['used']],
		[['empty'], ['empty']],
		[['expired'], ['gone']],
		[
			['expired', 'empty'],
			['empty', 'gone'],
		],
	])('%j', async (statuses, expected) => {
		expect(await passing({ statuses })).toEqual(expected);
	});
});

test("by Dintero's clock a card has expired", async () => {
	await make('a', { expires_at: new Date(Date.now() + HOUR).toISOString() });
	harness.sandbox.advance(2 * HOUR);
	expect(await passing({ statuses: ['expired'] })).toEqual(['a']);
	expect(await passing({ statuses: ['unused'] })).toEqual([]);
});

describe('times', () => {
	/** The tests' workflow is in New York, five hours behind in winter. */
	const expiries = {
		before: '2098-12-30T04:59:59Z',
		first: '2098-12-30T05:00:00Z',
		noon: '2098-12-30T17:00:00Z',
		last: '2098-12-31T04:59:59Z',
		after: '2098-12-31T05:00:00Z',
	};
	beforeEach(async () => {
		await make('never');
		for (const [id, expires_at] of Object.entries(expiries)) await make(id, { expires_at });
	});

	test.each<[object, string[]]>([
		[{ expiresAfter: '2098-12-30' }, ['first', 'noon', 'last', 'after']],
		[{ expiresBefore: '2098-12-30' }, ['before', 'first', 'noon', 'last']],
		[{ expiresAfter: '2098-12-30', expiresBefore: '2098-12-30' }, ['first', 'noon', 'last']],
		// As n8n's calendar stores a chosen day.
		[
			{ expiresAfter: '2098-12-30T00:00:00', expiresBefore: '2098-12-30T00:00:00' },
			['first', 'noon', 'last'],
		],
		[{ expiresAfter: '2098-12-30T17:00:00Z' }, ['noon', 'last', 'after']],
		[{ expiresBefore: '2098-12-30T12:00:00' }, ['before', 'first', 'noon']],
		[{ expiresBefore: '2098-12-30T11:59:59' }, ['before', 'first']],
		[{ expiresAfter: '2100-01-01' }, []],
		[{ expiresBefore: '2098-12' }, ['before', 'first', 'noon', 'last', 'after']],
	])('%j', async (filters, expected) => {
		expect(await passing(filters)).toEqual(expected);
	});

	test.each([false, true])(
		'creation, milliseconds shown: %p',
		async (timestampsWithMilliseconds) => {
			harness.sandbox.set({ timestampsWithMilliseconds });
			harness.sandbox.advance(3 * HOUR);
			await make('late');
			const [raw] = (await harness.api.get('/wallets/cards?limit=1')).data.cards as IDataObject[];
			expect(raw.card_id).toBe('late');
			const second = `${String(raw.created_at).slice(0, 19)}Z`;
			expect(await passing({ createdAfter: second })).toEqual(['late']);
			expect(await passing({ createdAfter: second, createdBefore: second })).toEqual(['late']);
			expect(await passing({ createdBefore: '2020-01-01' })).toEqual([]);
		},
	);
});

describe('the limit', () => {
	beforeEach(async () => {
		await harness.seedBatch(...Array.from({ length: 450 }, (_, i) => `card-${i}`));
		for (const id of ['card-449', 'card-300', 'card-299', 'card-10'])
			await harness.api.post(`/wallets/cards/${id}/activate`, { amount: 100, currency: 'NOK' });
		harness.sandbox.resetLog();
	});
	const filters = { statuses: ['unused'] };

	test.each([
		[1, ['card-449'], 1],
		[2, ['card-449', 'card-300'], 2],
		[3, ['card-449', 'card-300', 'card-299'], 2],
		[50, ['card-449', 'card-300', 'card-299', 'card-10'], 5],
	])(
		'counts those that pass, and ends the reading early (%i)',
		async (limit, expected, requests) => {
			expect(await rawIds(filters, { returnAll: false, limit })).toEqual(expected);
			expect(harness.sandbox.count(LISTED)).toBe(requests);
		},
	);

	test('no filter is sent to Dintero, which might mean something else by it', async () => {
		await rawIds({ ...filters, minimumBalance: '0.5', customerId: 'x' });
		for (const { path } of harness.sandbox.requests)
			expect(path).toMatch(/\/(?:token|cards\?limit=100(?:&starting_after=[\w-]+)?)$/);
	});
});

describe('hints', () => {
	test('nothing passed', async () => {
		await make('a');
		await make('b');
		expect(await hints({ customerId: '7' })).toEqual([
			'None of the gift cards (2) match the filters',
		]);
		expect(await hints({ currencies: ['NOK'] })).toEqual([]);
		expect(await hints({})).toEqual([]);
	});

	test('an account without cards needs none', async () => {
		expect(await hints({ customerId: '7' })).toEqual([]);
	});

	test('cards whose balance the list does not show are left out, and counted', async () => {
		harness.sandbox.set({ cardListBalances: false });
		await harness.seedBatch('inactive');
		await make('a');
		await make('b', { currency: 'EUR' });
		await make('gone', { expires_at: new Date(Date.now() - HOUR).toISOString() });
		const leftOut = (count: number) =>
			`Some gift cards (${count}) were left out because Dintero does not show their balance, so the node cannot check them against the filters`;
		expect(await hints({ minimumBalance: '1' })).toEqual([leftOut(4)]);
		expect(await hints({ statuses: ['unused'] })).toEqual([leftOut(2)]);
		expect(await passing({ statuses: ['inactive', 'expired'] })).toEqual(['inactive', 'gone']);
		// Another filter has refused the others.
		expect(await hints({ minimumBalance: '1', currencies: ['EUR'] })).toEqual([leftOut(1)]);
		expect(await passing({ currencies: ['EUR'] })).toEqual(['b']);
	});
});

describe('what cannot be meant', () => {
	test.each<[object, RegExp]>([
		[
			{ createdAfter: '2026-02-01', createdBefore: '2026-01-31' },
			/^Created After: 2026-02-01T\S+ is later than 'Created Before' \(2026-01-31T23:59:59\S+\)/,
		],
		[{ expiresAfter: '2027', expiresBefore: '2026-01-31' }, /^Expires After: '2027' is not a date/],
		[
			{ expiresAfter: '2027-01-02', expiresBefore: '2027-01-01' },
			/^Expires After: .* is later than 'Expires Before'/,
		],
		[
			{ minimumBalance: '100', maximumBalance: '99.99' },
			/^Minimum Balance: 100\.00 is more than 'Maximum Balance' \(99\.99\)/,
		],
		[{ minimumBalance: '1.000' }, /^Minimum Balance: '1\.000' could be thousands or decimals/],
		[{ statuses: ['melted'] }, /^Statuses: 'melted' is not one of its choices/],
	])('%j is refused', async (filters, message) => {
		expect(await harness.failureOf([{}], { set: { filters } as IDataObject })).toMatch(message);
		expect(harness.sandbox.count()).toBe(0);
	});

	test.each([
		'cardTypes',
		'createdAfter',
		'createdBefore',
		'currencies',
		'customerId',
		'dinteroStatus',
		'expiresAfter',
		'expiresBefore',
		'maximumBalance',
		'minimumBalance',
		'nameContains',
		'statuses',
	])('%s: an expression that gives nothing does not widen the list', async (name) => {
		const filters = { [name]: '={{ $json.missing }}' };
		for (const item of [{}, { missing: null }, { missing: '' }])
			expect(await harness.failureOf([item], { set: { filters } as IDataObject })).toMatch(
				/: is empty: the expression gave nothing\./,
			);
		expect(harness.sandbox.count()).toBe(0);
	});

	test('nor does a list without entries', async () => {
		const set = { filters: { statuses: '={{ $json.wanted }}' } };
		expect(await harness.failureOf([{ wanted: [] }], { set })).toMatch(/^Statuses: is empty\./);
	});

	test('a filter that was emptied by hand filters nothing', async () => {
		await make('a');
		const filters = { customerId: '', createdAfter: '', minimumBalance: '', statuses: [] };
		expect(await passing(filters)).toEqual(['a']);
	});
});

test('each item has its own filter', async () => {
	await make('a', { customer_id: '1' });
	await make('b', { customer_id: '2' });
	const set = { filters: { customerId: '={{ $json.customer }}' } };
	const outputs = await harness.outputOf([{ customer: 2 }, { customer: '1' }], { set });
	expect(outputs.map(({ cardId }) => cardId)).toEqual(['b', 'a']);
});
