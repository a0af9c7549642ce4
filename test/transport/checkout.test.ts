import { checkoutOf } from '../../nodes/Dintero/transport/checkout';
import { failureOf } from '../../nodes/Dintero/transport/failure';
import { checkoutRootsOf } from '../../nodes/Dintero/transport/signIn';
import { closeAll } from '../sandbox/client.mts';
import { openCheckout, session, type Box } from '../sandbox/checkout/client.mts';
import { dinteroFor } from '../support/dinteroContext.mts';

let box: Box;
beforeEach(async () => {
	box = await openCheckout();
});
afterEach(closeAll);

test.each([
	['', 'https://checkout.dintero.com/v1/'],
	['https://api.dintero.com/v1', 'https://checkout.dintero.com/v1/'],
	['https://API.dintero.com/v1/', 'https://checkout.dintero.com/v1/'],
	['http://127.0.0.1:8787/v1', 'http://127.0.0.1:8787/v1/'],
	['https://api.dintero.com.evil.example/v1', 'https://api.dintero.com.evil.example/v1/'],
])('the API Base URL %p leads to Checkout at %s', (baseUrl, expected) => {
	const [classic, byAccount] = checkoutRootsOf({ baseUrl, accountId: 'T11223344' });
	expect(classic).toBe(expected);
	expect(byAccount).toMatch(/\/v1\/accounts\/T11223344\/payments\/$/);
});

describe.each(['both', 'classic', 'account'] as const)('served at %s', (checkoutPaths) => {
	test('everything is found, and asked for once it is known where', async () => {
		box.sandbox.set({ checkoutPaths });
		const checkout = checkoutOf(dinteroFor(box.sandbox).dintero);
		const made = await checkout.post('sessions-profile', session(100), 'unsafe');
		expect(made).toMatchObject({ accepted: false, body: { id: expect.any(String) } });
		expect(box.sandbox.checkout.sessions()).toHaveLength(1);
		const before = box.sandbox.count();
		await checkout.get(`sessions/${String(made.body.id)}`);
		expect(await checkout.get('transactions')).toEqual([]);
		expect(box.sandbox.count()).toBe(before + 2);
	});

	test('an unknown transaction is a 404, asked for once', async () => {
		box.sandbox.set({ checkoutPaths });
		const checkout = checkoutOf(dinteroFor(box.sandbox).dintero);
		await checkout.get('transactions');
		const before = box.sandbox.count();
		const problem = await checkout.get('transactions/none').catch((error: unknown) => error);
		expect(failureOf(problem)).toMatchObject({ status: 404, message: 'Transaction not found' });
		expect(box.sandbox.count()).toBe(before + 1);
	});
});

test('a list takes several values of a filter', async () => {
	await box.paid();
	const checkout = checkoutOf(dinteroFor(box.sandbox).dintero);
	const listed = await checkout.get('transactions', { status: ['CAPTURED', 'AUTHORIZED'] });
	expect(listed).toHaveLength(1);
	expect(box.sandbox.violations).toEqual([]);
});

test('202 is told from 200', async () => {
	const id = await box.paid();
	box.sandbox.set({ acceptedOperations: ['capture'], acceptedMs: null });
	const checkout = checkoutOf(dinteroFor(box.sandbox).dintero);
	const { accepted, body } = await checkout.post(
		`transactions/${id}/capture`,
		{ amount: 1 },
		'unsafe',
	);
	expect(accepted).toBe(true);
	expect(body.status).toBe('AUTHORIZED');
});

describe.each([401, 403] as const)('a token that has expired, as %i', (expiredCheckoutToken) => {
	test('a read signs in again; a write is left to whoever asked, who reads first', async () => {
		box.sandbox.set({ expiredCheckoutToken });
		const id = await box.paid();
		const { dintero, credentials } = dinteroFor(box.sandbox, { accessToken: 'old' });
		credentials.accessToken = await tokenOf(box);
		box.sandbox.expireTokens();
		const checkout = checkoutOf(dintero);
		const write = () => checkout.post(`transactions/${id}/capture`, { amount: 100 }, 'unsafe');
		const problem = await write().catch((error: unknown) => error);
		expect(failureOf(problem)?.status).toBe(expiredCheckoutToken);
		expect(await checkout.get(`transactions/${id}`)).toMatchObject({ id });
		await write();
		expect(box.sandbox.checkout.payment(id)?.card.captured).toBe(100);
		expect(box.sandbox.checkout.audit()).toHaveLength(1);
	});
});

async function tokenOf({ sandbox }: Box): Promise<string> {
	const { dintero, credentials } = dinteroFor(sandbox);
	await checkoutOf(dintero).get('transactions');
	return String(credentials.accessToken);
}

test.each([409, 503, 400] as const)('a write is not repeated after %i', async (status) => {
	const id = await box.paid();
	box.sandbox.faults.add({
		kind: 'error-before',
		status,
		operationId: 'transactions_id_capture_post',
	});
	const checkout = checkoutOf(dinteroFor(box.sandbox).dintero);
	const work = checkout.post(`transactions/${id}/capture`, { amount: 1 }, 'unsafe');
	await expect(work).rejects.toMatchObject({ httpCode: String(status) });
	expect(box.sandbox.count('transactions_id_capture_post')).toBe(1);
});

test('a write that was turned away with 429 is repeated', async () => {
	const id = await box.paid();
	const rule = { operationId: 'transactions_id_capture_post', retryAfter: 0 };
	box.sandbox.faults.add({ kind: 'rate-limit', nth: 1, ...rule });
	const checkout = checkoutOf(dinteroFor(box.sandbox).dintero);
	await checkout.post(`transactions/${id}/capture`, { amount: 1 }, 'unsafe');
	expect(box.sandbox.checkout.payment(id)?.card.captured).toBe(1);
});
