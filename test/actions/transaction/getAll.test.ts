import type { IDataObject } from 'n8n-workflow';

import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('transaction', 'getAll', {
	cardId: { __rl: true, mode: 'id', value: '={{ $json.card }}' },
	returnAll: true,
});

async function move(refId: string, amount: number, more: object = {}): Promise<string> {
	const body = { card_id: 'a', ref_id: refId, amount, currency: 'NOK', ...more };
	const { data } = await harness.api.post('/wallets/transactions', body);
	harness.sandbox.advance(1000);
	return String(data.id);
}

beforeEach(async () => {
	await harness.seed('a');
	harness.sandbox.advance(1000);
});

test.each(['newest-first', 'oldest-first'] as const)(
	'newest first, from a list that is %s',
	async (listOrder) => {
		harness.sandbox.set({ listOrder });
		await move('one', 100);
		const held = await move('two', 200, { pending: true });
		await harness.api.post(`/wallets/transactions/${held}/capture`, { ref_id: 'three' });
		const outputs = await harness.outputOf([{ card: 'a' }]);
		expect(outputs).toHaveLength(4);
		expect(outputs.map(({ amountMinor }) => amountMinor)).toEqual([200, 200, 100, 50000]);
		expect(outputs[0]).toMatchObject({
			refId: 'three',
			parentId: held,
			cardId: 'a',
			amount: '2.00',
		});
		// An amount in its three forms is one thing.
		expect(
			Object.keys(outputs[0]).filter((key) => !/Minor$|Formatted$/.test(key)).length,
		).toBeLessThanOrEqual(10);
	},
);

test('a limit cuts the list; the request carries none, as Dintero documents none', async () => {
	for (let i = 0; i < 12; i++) await move(`m${i}`, 100 + i);
	const set = { returnAll: false, limit: 3 };
	const outputs = await harness.outputOf([{ card: 'a' }, { card: 'a' }], { set });
	expect(outputs.map(({ refId }) => refId)).toEqual(['m11', 'm10', 'm9', 'm11', 'm10', 'm9']);
	const all = await harness.outputOf([{ card: 'a' }]);
	expect(all).toHaveLength(13);
});

describe('filters', () => {
	const refs = async (filters: object, more: object = {}) =>
		(await harness.outputOf([{ card: 'a' }], { set: { filters, ...more } as IDataObject })).map(
			({ refId }) => refId,
		);
	const hints = async (filters: object) => {
		const run = await harness.run([{ card: 'a' }], { set: { filters } as IDataObject });
		if (run.error) throw run.error;
		return run.hints.map(({ message }) => message);
	};
	const settle = async (id: string, what: 'capture' | 'void', refId: string, amount?: number) => {
		const { status } = await harness.api.post(`/wallets/transactions/${id}/${what}`, {
			ref_id: refId,
			...(amount === undefined ? {} : { amount }),
		});
		expect(status).toBe(200);
		harness.sandbox.advance(1000);
	};

	describe.each(['state', 'action'] as const)('what happened, named by %s (U41)', (naming) => {
		beforeEach(async () => {
			harness.sandbox.set({ transactionTypes: naming });
			await move('charge', 100);
			await settle(await move('held-and-taken', 200, { pending: true }), 'capture', 'taken');
			await settle(await move('held-and-given-back', 300, { pending: true }), 'void', 'released');
			await move('still-held', 50, { pending: true });
			await move('top-up', 500, { type: 'fund' });
		});

		test.each<[string[] | string, string[]]>([
			[['used'], ['taken', 'charge']],
			[['reserved'], ['still-held', 'held-and-given-back', 'held-and-taken']],
			[['released'], ['released']],
			[
				['used', 'reserved'],
				['still-held', 'held-and-given-back', 'taken', 'held-and-taken', 'charge'],
			],
			['Released, used', ['released', 'taken', 'charge']],
		])('%j', async (whatHappened, expected) => {
			expect(await refs({ whatHappened })).toEqual(expected);
			expect(await hints({ whatHappened })).toEqual([]);
		});

		test('money that was put on: when it was issued, and later', async () => {
			const funded = await harness.outputOf([{ card: 'a' }], {
				set: { filters: { whatHappened: ['funded'] } },
			});
			expect(funded.map(({ amountMinor }) => amountMinor)).toEqual([500, 50000]);
			expect(funded.every(({ whatHappened }) => whatHappened === 'funded')).toBe(true);
		});

		test('the output says the same as the filter', async () => {
			for (const kind of ['used', 'reserved', 'released']) {
				const outputs = await harness.outputOf([{ card: 'a' }], {
					set: { filters: { whatHappened: [kind] } },
				});
				expect(outputs.map(({ whatHappened }) => whatHappened)).toEqual(outputs.map(() => kind));
			}
		});

		test('the limit counts those that pass, newest first', async () => {
			const limit = { returnAll: false, limit: 1 };
			expect(await refs({ whatHappened: ['used'] }, limit)).toEqual(['taken']);
		});
	});

	test('the card is looked up only where its locked money decides', async () => {
		const looks = async (filters: object) => {
			harness.sandbox.resetLog();
			await refs(filters);
			return harness.sandbox.count('aid_cards_cardid_get');
		};
		await move('charge', 100);
		expect(await looks({})).toBe(0);
		expect(await looks({ whatHappened: ['funded'] })).toBe(0);
		expect(await looks({ whatHappened: ['used', 'reserved'] })).toBe(0);
		expect(await looks({ whatHappened: ['used'], createdBefore: '2020-01-01' })).toBe(0);
		expect(await looks({ whatHappened: ['used'] })).toBe(1);
	});

	test('a transaction whose kind is unclear is left out, and counted', async () => {
		harness.sandbox.set({ transactionTypes: 'action' });
		await move('charge', 100);
		await move('held', 100, { pending: true });
		for (const kind of ['used', 'reserved']) {
			expect(await refs({ whatHappened: [kind] })).toEqual([]);
			expect(await hints({ whatHappened: [kind] })).toEqual([
				"Some transactions of the card 'a' (2) were left out because Dintero does not show what they did, so the node cannot check them against the filters",
			]);
		}
		expect(await refs({ whatHappened: ['used', 'reserved'] })).toEqual(['held', 'charge']);
	});

	test.each([false, true])('dates, milliseconds shown: %p', async (timestampsWithMilliseconds) => {
		harness.sandbox.set({ timestampsWithMilliseconds });
		harness.sandbox.advance(2 * 3_600_000);
		await move('one', 100);
		await move('two', 200);
		const listed = await harness.outputOf([{ card: 'a' }]);
		const times = new Map(listed.map(({ refId, createdAt }) => [refId, String(createdAt)]));
		const second = (ref: string) => `${times.get(ref)!.slice(0, 19)}Z`;
		expect(await refs({ createdAfter: second('two') })).toEqual(['two']);
		expect(await refs({ createdAfter: second('one'), createdBefore: second('one') })).toEqual([
			'one',
		]);
		expect(await refs({ createdAfter: second('one'), createdBefore: second('two') })).toEqual([
			'two',
			'one',
		]);
		expect(await refs({ createdBefore: '2020-01-01' })).toEqual([]);
		expect(await hints({ createdBefore: '2020-01-01' })).toEqual([
			"None of the transactions of the card 'a' (3) match the filters",
		]);
	});

	test.each<[object, RegExp]>([
		[
			{ createdAfter: '2026-02-01', createdBefore: '2026-01-31' },
			/^Created After: .* is later than 'Created Before'/,
		],
		[{ whatHappened: ['melted'] }, /^What Happened: 'melted' is not one of its choices/],
		[{ whatHappened: '={{ $json.missing }}' }, /^What Happened: is empty: the expression gave/],
		[{ createdAfter: '={{ $json.missing }}' }, /^Created After: is empty: the expression gave/],
	])('%j is refused before anything is sent', async (filters, message) => {
		const set = { filters } as IDataObject;
		expect(await harness.failureOf([{ card: 'a' }], { set })).toMatch(message);
		expect(harness.sandbox.count()).toBe(0);
	});
});

test.each([
	['ignored', 9],
	['taken', 19],
	['refused', 9],
	['ignored', 12],
] as const)('transactions whose paging is %s: %i and the first', async (paging, count) => {
	harness.sandbox.set({ transactionPaging: paging });
	for (let i = 0; i < count; i++) await move(`m${i}`, 100 + i);
	const run = await harness.run([{ card: 'a' }]);
	expect(run.json('Dintero')).toHaveLength(count + 1);
	// Ten may be one page of a longer list.
	expect(run.hints.map(({ message }) => message)).toEqual(
		count === 9
			? [
					expect.stringMatching(
						/^Dintero returns only one page of the transactions of the card 'a'/,
					),
				]
			: [],
	);
});

test('raw output on request', async () => {
	await move('one', 100, { metadata: { shop: 'Oslo' } });
	const [first] = await harness.outputOf([{ card: 'a' }], { set: { simplify: false }, raw: true });
	expect(first).toMatchObject({ ref_id: 'one', amount: 100, metadata: { shop: 'Oslo' } });
});

test.each<[string, Record<string, string>, object, RegExp]>([
	['no card', { card: '' }, {}, /^Card: is empty/],
	['no limit', { card: 'a' }, { returnAll: false, limit: 0 }, /^Limit: '0' is too small/],
])('%s is refused before anything is sent', async (_what, item, set, message) => {
	expect(await harness.failureOf([item], { set })).toMatch(message);
	expect(harness.sandbox.count()).toBe(0);
});

test('an unknown card is named by Dintero', async () => {
	expect(await harness.failureOf([{ card: 'unknown' }])).toMatch(
		/Card not found \(404 NOT FOUND\)/,
	);
});

test('a broken connection is tried again', async () => {
	harness.sandbox.faults.add({ kind: 'cut-before', nth: [2, 3] });
	expect(await harness.outputOf([{ card: 'a' }])).toHaveLength(1);
});
