/** What the node does in the execution: units and words of its items, the balance filter, and starting once. */
import type { IDataObject } from 'n8n-workflow';
import { DinteroTrigger } from '../../nodes/Dintero/DinteroTrigger.node';
import { TriggerHarness, TRIGGER, envelope, wait } from './triggerHarness.mts';
import { mismatches, schemaFolder, type Schema } from '../actions/schema.mts';
import { createRequire, existsSync, path, readFileSync } from '../support/node.mts';

jest.setTimeout(30_000);

let harness: TriggerHarness;
afterEach(async () => await harness.close());

const card = async (cardId: string, amount: number) =>
	await harness.api('wallets/cards', { card_id: cardId, amount, currency: 'NOK' });
const pay = async (cardId: string, amount: number, more: object = {}) =>
	await harness.api('wallets/transactions', {
		ref_id: `${cardId}-${amount}`,
		card_id: cardId,
		amount,
		currency: 'NOK',
		...more,
	});
const last = (id: string) => harness.n8n.events(id).at(-1) as IDataObject;

describe('amounts', () => {
	test.each([
		['NOK', 15_000, '150.00', '150.00 NOK'],
		['ISK', 5000, '5000', '5 000 ISK'],
		['JPY', 5000, '5000', '5 000 JPY'],
		['KWD', 1500, '1.500', '1.500 KWD'],
		['XXQ', 5000, '50.00', '50.00 XXQ'],
		['no code', 5000, '50.00', '50.00 no code'],
	])('in %s', async (currency, amount, text, formatted) => {
		harness = await TriggerHarness.open();
		const id = await harness.activate();
		harness.fire('one', { amount, currency });
		await harness.quiet();
		expect(last(id)).toMatchObject({
			amount: text,
			amountMinor: amount,
			amountFormatted: formatted,
		});
	});

	test('without a currency only the minor units are told', async () => {
		harness = await TriggerHarness.open();
		const id = await harness.activate();
		harness.fire('one', { amount: 5, currency: undefined });
		await harness.quiet();
		expect(last(id)).toMatchObject({ amountMinor: 5 });
		expect(Object.keys(last(id))).not.toContain('amount');
	});

	test('are those of the transaction as the action node returns it, and as the output schema says', async () => {
		harness = await TriggerHarness.open();
		const id = await harness.activate();
		await card('gift-1', 50_000);
		await pay('gift-1', 12_500);
		await harness.quiet();
		for (const version of ['v1.0.0', 'v1.1.0']) {
			const file = path.join(schemaFolder, '..', `${version}.json`);
			expect(existsSync(file)).toBe(true);
			const schema = JSON.parse(readFileSync(file, 'utf8')) as Schema;
			// What Dintero puts into `transaction` and `body` is its own affair.
			const { body, transaction, ...known } = last(id);
			expect(mismatches(schema, known)).toEqual([]);
			expect(Object.keys(schema.properties ?? {})).toEqual(
				expect.arrayContaining([...Object.keys(known), 'body', 'transaction']),
			);
			expect([body, transaction].every((one) => typeof one === 'object')).toBe(true);
		}
	});
});

describe('Trigger On', () => {
	test('offers three, gift card first, each with the text of its entry in the panel', async () => {
		harness = await TriggerHarness.open();
		const { properties } = new DinteroTrigger().description;
		const [first] = properties;
		expect([first.displayName, first.default]).toEqual(['Trigger On', 'giftCard']);
		expect(first.options).toMatchObject([
			{ value: 'giftCard', action: 'On gift card created or used' },
			{ value: 'checkoutOrder', action: expect.any(String) },
			{ value: 'otherEvents', action: expect.any(String) },
		]);
		// n8n makes an entry of every option of a field with one of these labels.
		const others = properties.filter(({ displayName }) =>
			/^(Event|Events|Trigger On)$/.test(displayName),
		);
		expect(others).toHaveLength(1);
	});

	test.each([
		['giftCard', {}, ['wallet_transaction']],
		['checkoutOrder', {}, ['checkout_transaction']],
		[
			'otherEvents',
			{ events: ['customer_add', 'settlement_add'] },
			['customer_add', 'settlement_add'],
		],
	])('%s subscribes to what it says', async (triggerOn, more, events) => {
		harness = await TriggerHarness.open();
		await harness.activate({ triggerOn, ...more });
		expect(harness.subscriptions.map((one) => one.events)).toEqual([events]);
	});

	test.each<[string, IDataObject, number]>([
		['whose time has milliseconds', { updated_at: '2026-11-22T10:00:00.120Z' }, 1],
		['with its events', { updated_at: '2026-11-22T10:00:00Z', events: [{ id: 'e' }] }, 1],
		// A payment and its automatic capture in one second look like this: none may be lost.
		['that only tells a whole second', { updated_at: '2026-11-22T10:00:00Z' }, 2],
		['that tells a whole second as milliseconds', { updated_at: '2026-11-22T10:00:00.000Z' }, 2],
		['without a time', {}, 2],
	])('a Checkout order %s, under two IDs', async (_what, more, starts) => {
		harness = await TriggerHarness.open();
		const id = await harness.activate({ triggerOn: 'checkoutOrder' });
		const order = (delivery: string) => ({
			account_id: 'T11223344',
			event: 'checkout_transaction',
			event_delivery: delivery,
			transaction: { id: 'T11223344.abc', session_id: 's', ...more },
		});
		const headers = { event: 'checkout_transaction' };
		for (const delivery of ['a', 'b', 'a'])
			await harness.post(harness.url(id), order(delivery), { secret: harness.secret(id), headers });
		await harness.quiet();
		expect(harness.n8n.executions).toHaveLength(starts);
	});
});

describe('the balance filter', () => {
	test.each([
		[{ cardBalance: 'below', balanceBelow: '100' }, ['400.00', '50.00', '0.00'].slice(1)],
		[{ cardBalance: 'below', balanceBelow: '50' }, ['0.00']],
		[{ cardBalance: 'below', balanceBelow: 400.01 }, ['400.00', '50.00', '0.00']],
		[{ cardBalance: 'usedUp' }, ['0.00']],
		[{ cardBalance: 'any', addBalance: true }, ['500.00', '400.00', '50.00', '0.00']],
	])('%j', async (parameters, expected) => {
		harness = await TriggerHarness.open();
		const id = await harness.activate(parameters);
		await card('gift-1', 50_000);
		await harness.quiet();
		for (const amount of [10_000, 35_000, 5000]) {
			await pay('gift-1', amount);
			await harness.quiet();
		}
		const seen = harness.n8n.events(id).map((item) => (item.card as IDataObject).available);
		expect(seen).toEqual(expected);
	});

	test('lets a card through that can’t be looked up', async () => {
		harness = await TriggerHarness.open();
		const id = await harness.activate({ cardBalance: 'usedUp' });
		harness.fire('of a card nobody knows');
		await harness.quiet();
		expect(last(id)).toMatchObject({ card: null, cardProblem: expect.stringMatching(/404/) });
	});

	test('names itself when its amount can’t be read, before anything is published', async () => {
		harness = await TriggerHarness.open();
		const publish = harness.activate({ cardBalance: 'below', balanceBelow: 'fifty' });
		await expect(publish).rejects.toThrow(/^Balance Below: 'fifty' is not a number/);
	});

	test.each(['=5{{ $vars.missing }}', '={{ $vars.missing }}', '={{ 5 }}{{ null }}'])(
		'names itself when a part of its expression gives nothing: %s',
		async (balanceBelow) => {
			harness = await TriggerHarness.open();
			const publish = harness.activate({ cardBalance: 'below', balanceBelow });
			await expect(publish).rejects.toThrow(
				/^Balance Below: (?:is empty|has a part that is empty)/,
			);
		},
	);
});

describe('Start Once', () => {
	// The parts of n8n's service that this needs: its table, and its behavior without a database.
	const core = createRequire(createRequire(import.meta.url).resolve('n8n-core'));
	const { DataDeduplicationService } = core('./data-deduplication-service.js') as {
		DataDeduplicationService: { instance?: unknown };
	};
	let table: Set<string>;
	let away: boolean;
	beforeEach(() => {
		table = new Set();
		away = false;
		DataDeduplicationService.instance = {
			checkProcessedAndRecord: async (items: string[]) => {
				await wait(1);
				if (away) throw new Error('The database is away');
				const fresh = items.filter((item) => !table.has(item));
				for (const item of fresh) table.add(item);
				return { new: fresh, processed: items.filter((item) => !fresh.includes(item)) };
			},
		};
	});
	afterAll(() => delete DataDeduplicationService.instance);

	const send = async (id: string, name: string) =>
		await harness.post(harness.url(id), envelope(name), { secret: harness.secret(id) });
	const seen = (id: string) => harness.seen(id);

	test('a copy after a restart does not reach the workflow; without it, it does', async () => {
		harness = await TriggerHarness.open();
		const once = await harness.activate({ startOnce: true });
		const often = await harness.activate();
		for (let life = 0; life < 2; life++) {
			for (const id of [once, often]) await send(id, 'one');
			await harness.n8n.settle();
			await harness.n8n.restart('kill');
		}
		expect([seen(once), seen(often)]).toEqual([['one'], ['one', 'one']]);
		await send(once, 'two');
		await harness.n8n.settle();
		expect(seen(once)).toEqual(['one', 'two']);
	});

	test('replays after the stored state was lost neither', async () => {
		harness = await TriggerHarness.open({ removalAfterFailures: null, retryDelaysMs: [] });
		const id = await harness.activate({ startOnce: true });
		await harness.n8n.kill();
		harness.fire('one');
		await harness.sandbox.deliveriesSettled();
		for (let life = 0; life < 2; life++) {
			await harness.n8n.start();
			await wait(300);
			await harness.quiet();
			(harness.n8n as unknown as { keys: Set<string> }).keys.clear();
			await harness.n8n.kill();
			harness.n8n.setStaticData(id, (all) => delete all[`node:${TRIGGER}`]);
		}
		expect(seen(id)).toEqual(['one']);
	});

	test('when n8n can’t say, the event passes', async () => {
		harness = await TriggerHarness.open();
		const id = await harness.activate({ startOnce: true });
		away = true;
		await send(id, 'one');
		await harness.n8n.settle();
		expect(seen(id)).toEqual(['one']);
		expect(harness.log).toMatch(/n8n could not check whether an event was seen before/);
	});
});
