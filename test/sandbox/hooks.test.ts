import { card, closeAll, createHmac, listen, open, sleep } from './client.mts';

let box: Awaited<ReturnType<typeof open>>;
let ear: Awaited<ReturnType<typeof listen>>;
const quick = { retryDelaysMs: [10, 10, 10, 10] };
beforeEach(async () => {
	box = await open({ switches: quick });
	ear = await listen();
});
afterEach(async () => {
	await closeAll();
	expect(box.sandbox.violations).toEqual([]);
});

const secret = { type: 'HMAC-SHA1', value: 'hemmelig æøå' };
const subscribe = (more: object = {}, events = ['wallet_transaction']) =>
	box.post('/hooks/subscriptions', { config: { url: ear.url, secret, ...more }, events });
async function settle() {
	await box.sandbox.deliveriesSettled();
	return ear.events();
}
const hmac = (raw: string) => createHmac('sha1', secret.value).update(raw).digest('hex');

test('a new subscription is pinged with itself, signed', async () => {
	const { data } = await subscribe();
	await settle();
	expect(data).toMatchObject({ active: true, config: { secret: { type: 'HMAC-SHA1' } } });
	expect(JSON.stringify(data)).not.toContain(secret.value);
	const [ping] = ear.received;
	expect(ping.headers).toMatchObject({
		event: 'ping',
		'content-type': 'application/json',
		'event-signature': hmac(ping.raw),
	});
	expect(ping.headers['user-agent']).toMatch(/^Dintero-Hook\//);
	expect(ping.body).toMatchObject({ id: data.id, config: { url: ear.url, secret } });
});

test('creating, drawing and the rest fire one signed event each', async () => {
	await subscribe();
	const { data } = await box.post('/wallets/cards', card('gc-1'));
	const token = data.card_token.token.value;
	const base = { token, amount: 100, currency: 'NOK' };
	const held = await box.post('/wallets/transactions', { ...base, ref_id: '1', pending: true });
	const at = `/wallets/transactions/${held.data.id}`;
	await box.post(`${at}/capture`, { ref_id: '2', amount: 40 });
	await box.post(`${at}/void`, { ref_id: '3' });
	await box.post('/wallets/transactions', { ...base, ref_id: '1' });
	const events = await settle();
	const types = events.map(({ body }) => body.transaction.type).sort();
	expect(types).toEqual(['drawdown', 'fund', 'pending_capture', 'voided']);
	for (const { headers, raw, body } of events) {
		expect(headers['event-signature']).toBe(hmac(raw));
		expect(body).toMatchObject({
			account_id: box.sandbox.account.accountId,
			event: 'wallet_transaction',
			event_delivery: headers['event-delivery'],
			transaction: { card_id: 'gc-1' },
		});
	}
});

test('the switches change the shape of the event', async () => {
	await subscribe();
	box.sandbox.set({
		eventResourceKey: 'top-level',
		eventIncludesCardId: false,
		eventIncludesBalance: true,
		eventBody: 'pretty',
		signatureCase: 'upper',
	});
	await box.post('/wallets/cards', card('gc-1'));
	const [{ raw, body, headers }] = await settle();
	expect(body).toMatchObject({ type: 'fund', amount_available: 50000 });
	expect(body.card_id).toBeUndefined();
	expect(raw).toContain('\n');
	expect(headers['event-signature']).toBe(hmac(raw).toUpperCase());
});

test('an Authorization secret is sent as it is', async () => {
	await subscribe({ secret: { type: 'Authorization', value: 'Bearer abc' } });
	await settle();
	expect(ear.received[0].headers.authorization).toBe('Bearer abc');
	expect(ear.received[0].headers['event-signature']).toBeUndefined();
});

async function failing(status: number) {
	await ear.close();
	ear = await listen((_nth, response, { headers }) => {
		response.statusCode = headers.event === 'ping' ? 200 : status;
		if (status === 302) response.setHeader('location', ear.url);
		response.end();
	});
	const { data } = await subscribe();
	await settle();
	return data.id as string;
}

test.each([500, 404, 302])('a %i is tried five times with the same id', async (status) => {
	const id = await failing(status);
	box.sandbox.fireEvent('wallet_transaction');
	const events = await settle();
	expect(events).toHaveLength(5);
	expect(new Set(events.map(({ headers }) => headers['event-delivery'])).size).toBe(1);
	const log = await box.get(`/hooks/subscriptions/${id}/deliveries`);
	expect(log.data.map((line: { status: number }) => line.status)).toEqual([
		...Array(5).fill(status),
		200,
	]);
	const one = await box.get(`/hooks/subscriptions/${id}/deliveries/${log.data[0].id}`);
	expect(one.data).toMatchObject({
		url: ear.url,
		request: { headers: { event: 'wallet_transaction' }, body: { event: 'wallet_transaction' } },
		details: { delivery_success: false },
	});
});

test('a 400 ends the tries', async () => {
	await failing(400);
	box.sandbox.fireEvent('wallet_transaction');
	expect(await settle()).toHaveLength(1);
	box.sandbox.set({ badRequestEndsRetries: false });
	box.sandbox.fireEvent('wallet_transaction');
	expect(await settle()).toHaveLength(6);
});

test('a subscription is removed after failures in a row', async () => {
	const id = await failing(500);
	box.sandbox.set({ removalAfterFailures: 2, retryDelaysMs: [] });
	box.sandbox.fireEvent('wallet_transaction');
	await settle();
	expect((await box.get('/hooks/subscriptions')).data).toHaveLength(1);
	box.sandbox.fireEvent('wallet_transaction');
	await settle();
	expect((await box.get('/hooks/subscriptions')).data).toHaveLength(0);
	const all = await box.get('/hooks/subscriptions?include_deleted=true&total=true');
	expect(all.data[0]).toMatchObject({ id, deleted_by: 'dintero' });
	expect(all.headers['total-count']).toBe('1');
	box.sandbox.fireEvent('wallet_transaction');
	expect(await settle()).toHaveLength(2);
	expect((await box.get(`/hooks/subscriptions/${id}/deliveries`)).data).toHaveLength(3);
	box.sandbox.set({
		deletedSubscriptionDeliveriesReadable: false,
		readsDeletedSubscriptions: false,
		includeDeletedWorks: false,
	});
	expect((await box.get(`/hooks/subscriptions/${id}/deliveries`)).status).toBe(404);
	expect((await box.get(`/hooks/subscriptions/${id}`)).status).toBe(404);
	expect((await box.get('/hooks/subscriptions?include_deleted=true')).data).toEqual([]);
});

test('an unreachable subscriber is logged, and delivered to once it is back', async () => {
	await subscribe();
	await settle();
	box.sandbox.set({ retryDelaysMs: [50, 300] });
	const port = Number(new URL(ear.url).port);
	await ear.close();
	box.sandbox.fireEvent('wallet_transaction', { thing: 1 });
	await sleep(150);
	ear = await listen(undefined, port);
	expect(await settle()).toHaveLength(1);
	const [, delivery] = box.sandbox.books.deliveries();
	expect(delivery.tries.map(({ status }) => status)).toEqual([null, null, 200]);
	expect(delivery).toMatchObject({ delivered: true, final: true, body: { thing: 1 } });
});

test('deleting answers with the subscription, and nothing is sent any more', async () => {
	const { data } = await subscribe();
	const deleted = await box.del(`/hooks/subscriptions/${data.id}`);
	expect(deleted.status).toBe(200);
	expect(deleted.data).toMatchObject({ id: data.id, deleted_by: 'sandbox-client' });
	expect((await box.del(`/hooks/subscriptions/${data.id}`)).status).toBe(404);
	box.sandbox.fireEvent('wallet_transaction');
	expect(await settle()).toEqual([]);
});

test('a paused subscription gets nothing until it goes on', async () => {
	const { data } = await subscribe();
	box.sandbox.pauseSubscription(data.id);
	box.sandbox.fireEvent('wallet_transaction');
	expect(await settle()).toHaveLength(0);
	expect((await box.get(`/hooks/subscriptions/${data.id}`)).data.active).toBe(false);
	box.sandbox.pauseSubscription(data.id, false);
	box.sandbox.fireEvent('wallet_transaction');
	expect(await settle()).toHaveLength(1);
});

test('a ping on demand answers 204', async () => {
	const { data } = await subscribe();
	await settle();
	expect((await box.post(`/hooks/subscriptions/${data.id}/ping`)).status).toBe(204);
	await settle();
	expect(ear.received).toHaveLength(2);
});

test.each([
	['http://www.example.com/hook', {}],
	['https://api.dintero.com/hook', {}],
	['ftp://n8n.butikk.no/hook', {}],
	['http://localhost:5678/hook', { refuseLoopbackUrls: true }],
	['http://n8n.butikk.no/hook', { refusePlainHttpUrls: true }],
])('%s is refused', async (url, switches) => {
	box.sandbox.set(switches);
	expect((await subscribe({ url })).status).toBe(400);
});

test('doubled deliveries keep their id', async () => {
	await subscribe();
	box.sandbox.set({ duplicateDeliveryPercent: 100, lateDeliveryPercent: 50, lateDeliveryMs: 20 });
	box.sandbox.fireEvent('wallet_transaction');
	const events = await settle();
	expect(events).toHaveLength(2);
	expect(events[0].raw).toBe(events[1].raw);
});

test.each([true, false])('a failing first ping refuses the subscription: %p', async (refuses) => {
	box.sandbox.set({ pingFailureRefusesSubscription: refuses });
	await ear.close();
	expect((await subscribe()).status).toBe(refuses ? 400 : 200);
	await box.sandbox.deliveriesSettled();
	expect(box.sandbox.books.subscriptions()).toHaveLength(refuses ? 0 : 1);
	ear = await listen();
});
