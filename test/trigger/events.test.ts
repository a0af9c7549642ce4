/** Events of real cards in every shape Dintero may use: what happened, filters, added balance. */
import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';
import { EVENTS } from '../../nodes/Dintero/domain/eventNames';
import {
	identitiesOf,
	isPing,
	parseBody,
	readEvent,
	toItem,
	whatHappened,
} from '../../nodes/Dintero/trigger/events';
import type { Switches } from '../../sandbox/sandbox.mts';
import { TriggerHarness, TRIGGER, envelope } from './triggerHarness.mts';

jest.setTimeout(20_000);

let opened: TriggerHarness | undefined;
let harness: TriggerHarness;
const open = async (switches: Partial<Switches> = {}): Promise<TriggerHarness> =>
	(opened = await TriggerHarness.open(switches));
afterEach(async () => {
	await opened?.close();
	opened = undefined;
});

/** A card's whole life; every step fires an event. */
const live = async (cardId: string) => {
	const card = (await harness.api('wallets/cards', {
		card_id: cardId,
		amount: 50_000,
		currency: 'NOK',
		card_token: { expires_after_transaction: false, expires_in: 3600 },
	})) as { card_token: { token: { value: string } } };
	const token = card.card_token.token.value;
	const pay = async (body: object) =>
		(await harness.api('wallets/transactions', { currency: 'NOK', ...body })) as { id: string };
	await pay({ ref_id: 'top-up', card_id: cardId, type: 'fund', amount: 1000 });
	await pay({ ref_id: 'spend', token, amount: 12_500 });
	const held = await pay({ ref_id: 'hold', token, amount: 3000, pending: true });
	await harness.api(`wallets/transactions/${held.id}/capture`, { ref_id: 'take', amount: 3000 });
	const other = await pay({ ref_id: 'hold again', token, amount: 500, pending: true });
	await harness.api(`wallets/transactions/${other.id}/void`, { ref_id: 'let go' });
	await harness.quiet();
};

const LIFE = ['funded', 'funded', 'used', 'reserved', 'used', 'reserved', 'released'];

const seen = (id: string) =>
	harness.n8n
		.events(id)
		.sort((a, b) => String(a.amountFormatted).localeCompare(String(b.amountFormatted)))
		.map(({ whatHappened: what }) => what);

describe('what happened is told', () => {
	const shapes: Array<[string, Partial<Switches>]> = [
		...(['transaction', 'wallet_transaction', 'card', 'data', 'top-level'] as const).map(
			(eventResourceKey): [string, Partial<Switches>] => [
				`under ${eventResourceKey}`,
				{ eventResourceKey },
			],
		),
		['with numbers as text', { numbersAsStrings: true }],
		['with balances', { eventIncludesBalance: true }],
		['as pretty JSON', { eventBody: 'pretty' }],
		['with the signature in upper case', { signatureCase: 'upper' }],
	];
	test.each(shapes)('%s', async (_name, switches) => {
		harness = await open(switches);
		const id = await harness.activate();
		await live('gift-1');
		const items = harness.n8n.events(id);
		expect(items.map(({ whatHappened: what }) => what).sort()).toEqual([...LIFE].sort());
		expect(items.map(({ cardId }) => cardId)).toEqual(LIFE.map(() => 'gift-1'));
		expect(new Set(items.map(({ amountFormatted }) => amountFormatted))).toEqual(
			new Set(['500.00 NOK', '10.00 NOK', '125.00 NOK', '30.00 NOK', '5.00 NOK']),
		);
		for (const { amount, amountMinor, amountFormatted } of items)
			expect([amountMinor, amountFormatted]).toEqual([
				Number(amount) * 100,
				`${amount as string} NOK`,
			]);
	});

	test('captures that name themselves pending_capture are uses all the same', async () => {
		harness = await open({ transactionTypes: 'action' });
		const id = await harness.activate();
		await live('gift-1');
		expect(seen(id).filter((what) => what === 'used').length).toBeGreaterThanOrEqual(2);
		expect(seen(id)).toContain('released');
	});

	test('without a card ID the item has none', async () => {
		harness = await open({ eventIncludesCardId: false });
		const id = await harness.activate();
		await live('gift-1');
		expect(harness.n8n.events(id).every((item) => !('cardId' in item))).toBe(true);
	});

	test.each([
		[{ type: 'fund' }, 'funded'],
		[{ type: 'drawdown' }, 'used'],
		[{ type: 'drawdown', pending: true }, 'reserved'],
		[{ type: 'drawdown', pending: true, parent_id: 'p' }, 'used'],
		[{ type: 'pending_capture' }, 'reserved'],
		[{ type: 'pending_capture', parent_id: 'p' }, 'used'],
		[{ type: 'voided', parent_id: 'p' }, 'released'],
		[{ type: 'something_new' }, undefined],
		[{}, undefined],
	])('%j is %s', (fields, what) => {
		expect(
			whatHappened({ event: 'wallet_transaction', deep: { er: { amount: 1, ...fields } } }),
		).toBe(what);
	});

	test.each([
		[[{ amount: 1, type: 'fund' }], 'funded'],
		// Which of them the event is about can't be told.
		[
			[
				{ amount: 1, type: 'fund' },
				{ amount: 2, type: 'drawdown' },
			],
			undefined,
		],
		[[], undefined],
	])('in the list %j it is %s', (transactions, what) => {
		expect(whatHappened({ event: 'wallet_transaction', transactions })).toBe(what);
	});
});

describe('the filter', () => {
	test.each([
		['any', LIFE],
		['funded', ['funded', 'funded']],
		['used', ['used', 'used']],
		['reserved', ['reserved', 'reserved']],
		['released', ['released']],
	])('%s', async (choice, expected) => {
		harness = await open();
		const id = await harness.activate({ whatHappened: choice });
		await live('gift-1');
		expect(seen(id).sort()).toEqual([...expected].sort());
	});

	test('lets through what it can not tell, and other events', async () => {
		harness = await open();
		const id = await harness.activate({ whatHappened: 'used' });
		const other = await harness.activate({ triggerOn: 'otherEvents', events: ['customer_add'] });
		harness.sandbox.fireEvent('wallet_transaction', { mystery: [1, 2] });
		harness.sandbox.fireEvent('wallet_transaction', {
			transaction: { amount: 1, type: 'donated' },
		});
		harness.sandbox.fireEvent('customer_add', { customer: { id: 'c1', type: 'fund', amount: 3 } });
		await harness.quiet();
		expect(
			harness.n8n
				.events(id)
				.map(({ event }) => event)
				.sort(),
		).toEqual(['wallet_transaction', 'wallet_transaction']);
		expect(harness.n8n.events(other).map(({ event }) => event)).toEqual(['customer_add']);
	});
});

describe('the balance', () => {
	const last = (id: string) => harness.n8n.events(id).at(-1) as IDataObject;

	test('is the one at Dintero when the execution runs, also in a replay and in a test run', async () => {
		harness = await open();
		const id = await harness.activate({ addBalance: true });
		await harness.n8n.listen(id);
		await harness.api('wallets/cards', {
			card_id: 'en kode/æ',
			amount: 50_000,
			currency: 'NOK',
			name: 'Kari',
		});
		await harness.quiet();
		const card = {
			cardId: 'en kode/æ',
			status: 'unused',
			balance: '500.00',
			balanceMinor: 50_000,
			balanceFormatted: '500.00 NOK',
			available: '500.00',
			availableMinor: 50_000,
			availableFormatted: '500.00 NOK',
			currency: 'NOK',
			name: 'Kari',
			customerId: null,
		};
		expect(last(id).card).toEqual(card);
		const [manual] = harness.n8n.executions.filter(({ mode }) => mode === 'manual');
		expect(manual.run!.json(TRIGGER)[0].card).toEqual(card);

		await harness.n8n.kill();
		await harness.api('wallets/transactions', {
			ref_id: 'more',
			card_id: 'en kode/æ',
			type: 'fund',
			amount: 5,
			currency: 'NOK',
		});
		await harness.sandbox.deliveriesSettled();
		await harness.n8n.start();
		await harness.n8n.settle(300);
		expect(last(id)).toMatchObject({ replayed: true, card: { balance: '500.05' } });
	});

	test.each([
		['Dintero answers 404', /404/],
		['the client has no right to read cards', /403/],
		['the event names no card', /does not name its card/],
	])('is missing when %s; the event is not', async (name, problem) => {
		harness = await open({ eventIncludesCardId: !name.includes('names no card') });
		const id = await harness.activate({ addBalance: true });
		if (name.includes('no right')) {
			const { clientId, clientSecret } = harness.sandbox.addClient({ scopes: ['admin:hooks'] });
			harness.engine.store.edit(harness.credential.id, { clientId, clientSecret, accessToken: '' });
		}
		if (name.includes('404')) harness.fire('of a card nobody knows');
		else await harness.api('wallets/cards', { card_id: 'gift-1', amount: 1, currency: 'NOK' });
		await harness.quiet();
		expect(last(id)).toMatchObject({
			event: 'wallet_transaction',
			card: null,
			cardProblem: expect.stringMatching(problem),
		});
		expect(harness.log).toMatch(/balance could not be looked up/);
	});

	test('is looked up after Dintero has its answer', async () => {
		harness = await open();
		const id = await harness.activate({ addBalance: true });
		harness.sandbox.setDelay(1000);
		const answer = await harness.post(harness.url(id), envelope('quick'), {
			secret: harness.secret(id),
		});
		expect(answer.status).toBe(200);
		expect(harness.n8n.events(id)).toHaveLength(0);
		harness.sandbox.setDelay(0);
		await harness.quiet();
		expect(harness.n8n.events(id)).toHaveLength(1);
	});
});

test('what the signed body says of itself goes before the headers', () => {
	const headers = { event: 'customer_add', 'event-delivery': 'of the header' };
	expect(readEvent(headers, envelope('x'))).toMatchObject({
		name: 'wallet_transaction',
		deliveryId: 'delivery-x',
	});
	expect(readEvent(headers, { some: 'thing' })).toMatchObject({
		name: 'customer_add',
		deliveryId: 'of the header',
	});
	expect(
		identitiesOf(readEvent(headers, { event: 'customer_add', event_delivery: 'of the body' })),
	).toEqual(['of the body']);
});

describe('any body at all', () => {
	test('is read without throwing, and comes out whole', () => {
		fc.assert(
			fc.property(fc.json(), fc.dictionary(fc.string(), fc.string()), (text, headers) => {
				const body = parseBody(Buffer.from(text));
				expect(body).toEqual(JSON.parse(text));
				const event = readEvent(headers, body);
				isPing(headers, body);
				identitiesOf(event);
				expect(toItem(event, false).json.body).toEqual(JSON.parse(text));
				expect(toItem({ ...event, name: 'wallet_transaction' }, true).json.replayed).toBe(true);
			}),
		);
	});

	test('nested a thousand deep or wide is read', () => {
		let deep: object = { amount: 1, type: 'fund' };
		for (let i = 0; i < 1000; i++) deep = { a: deep };
		const wide = Object.fromEntries(
			Array.from({ length: 50_000 }, (_, n) => [`k${n}`, { v: { n } }]),
		);
		for (const body of [deep, wide])
			expect(toItem(readEvent({ event: 'wallet_transaction' }, body), false).json.body).toBe(body);
	});
});

test("all of Dintero's events are offered, by name, and the gift card one is chosen", async () => {
	harness = await open();
	const { description } = harness.engine.nodeTypes[
		'n8n-nodes-dintero.dinteroTrigger'
	] as unknown as {
		description: { properties: Array<{ name: string; default: unknown }> };
	};
	expect(description.properties.find(({ name }) => name === 'events')!.default).toEqual([
		'wallet_transaction',
	]);
	const names = EVENTS.map(({ name }) => name);
	expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
	// Dintero takes every one of them.
	const values = EVENTS.map(({ value }) => String(value));
	expect(new Set(values).size).toBe(41);
	await harness.subscribe('http://127.0.0.1:1/all', values);
	expect(harness.sandbox.violations).toEqual([]);
});
