/** The routes behind the payment page and behind the list of orders; what the browser shows is in page.e2e.mts. */
import { axios, closeAll, type Reply } from '../client.mts';
import { openCheckout, session, type Box } from './client.mts';

let box: Box;
let sessionId: string;
beforeEach(async () => {
	box = await openCheckout();
	sessionId = (await box.checkout.post('/sessions-profile', session(50_000))).data.id;
});
afterEach(async () => {
	await closeAll();
	expect(box.sandbox.violations).toEqual([]);
});

const ask = (method: 'get' | 'post', path: string, data?: unknown) =>
	axios.request({
		method,
		url: `${box.sandbox.url}/_sandbox/checkout${path}`,
		data: method === 'post' ? (data ?? {}) : undefined,
		headers: { 'content-type': 'application/json' },
		validateStatus: () => true,
	}) as Promise<Reply>;

test('the page of a session is served, and of an unknown one says so', async () => {
	const { data } = await axios.get(`${box.sandbox.url}/pay/${sessionId}`);
	expect(data).toContain('Use the gift card');
	expect((await ask('get', `/pages/${sessionId}`)).data).toMatchObject({
		amount: 50_000,
		giftCards: true,
		methods: ['dintero_psp.creditcard'],
	});
	expect((await ask('get', '/pages/T11223344.none')).status).toBe(404);
});

test('an order is paid, captured, refunded and voided by hand', async () => {
	const codes = await box.codes('gc-1');
	const path = `/pages/${sessionId}`;
	expect((await ask('post', `${path}/unlock`, { ...codes, pin: 'no' })).status).not.toBe(200);
	expect((await ask('post', `${path}/unlock`, codes)).data).toEqual({ cardPart: 20_000 });
	const { data } = await ask('post', `${path}/pay`);
	expect(data.status).toBe('AUTHORIZED');
	const operate = (kind: string, amount?: number) =>
		ask('post', `/payments/${data.id}/${kind}`, { amount });
	expect((await operate('capture', 30_000)).data).toMatchObject({ held: 20_000, kept: 30_000 });
	expect((await operate('refund', 25_000)).data).toMatchObject({
		kept: 5000,
		card: { refunded: 20_000 },
		other: { refunded: 5000 },
	});
	expect((await operate('refund', 5001)).status).toBe(400);
	expect((await operate('void')).data).toMatchObject({ held: 0 });
	expect((await ask('get', '/audit')).data).toMatchObject([{ id: data.id }]);
	expect((await ask('get', '/payments')).data).toMatchObject([{ reference: 'order-1' }]);
});

test('a payer who leaves can come back', async () => {
	await ask('post', `/pages/${sessionId}/leave`);
	expect((await ask('post', `/pages/${sessionId}/pay`)).status).toBe(200);
});

test('operations under way are ended, and payments on hold decided, on request', async () => {
	box.sandbox.set({ acceptedOperations: ['capture'], acceptedMs: null });
	const { data } = await ask('post', `/pages/${sessionId}/pay`, { outcome: 'on-hold' });
	await ask('post', `/payments/${data.id}/decide`, { authorized: true });
	await ask('post', `/payments/${data.id}/capture`, { amount: 50_000 });
	expect(box.sandbox.checkout.payment(data.id)?.status).toBe('AUTHORIZED');
	await ask('post', '/finish');
	expect(box.sandbox.checkout.payment(data.id)?.status).toBe('CAPTURED');
});
