/**
 * A fault at every request of a capture, a refund and a void, held against the sandbox's books: money moves at most once,
 * a success means exactly once, and running again ends with exactly once.
 */
import { env } from '../support/node.mts';
import { settleOrder, type Settlement } from '../../nodes/Dintero/exactlyOnce/settleOrder';
import type { OrderOperation } from '../../nodes/Dintero/domain/order';
import { checkoutOf } from '../../nodes/Dintero/transport/checkout';
import type { FaultRule, Switches } from '../../sandbox/sandbox.mts';
import { closeAll } from '../sandbox/client.mts';
import { openCheckout, type Box } from '../sandbox/checkout/client.mts';
import { dinteroFor } from '../support/dinteroContext.mts';
import { until } from '../support/time.mts';

const KINDS: OrderOperation[] = ['capture', 'refund', 'void'];
const AMOUNT = 25_000;

/** Shorter than the slow answers below. */
const TIMEOUT = 250;
const SLOW = 500;

/** The whole table takes minutes: `FAULTS=all npx jest settleOrder.faults`. */
const WHOLE = env.FAULTS === 'all';
const STATUSES = WHOLE
	? [400, 401, 403, 404, 408, 409, 422, 500, 502, 503, 504]
	: [401, 403, 409, 500, 503];
const RARER: Array<[string, FaultRule]> = [
	['cut-in-answer', { kind: 'cut-in-answer' }],
	['not-json', { kind: 'not-json' }],
	['redirect', { kind: 'redirect' }],
	['rate-limit', { kind: 'rate-limit', retryAfter: 0, times: 3 }],
	['slow-after', { kind: 'slow-after', delayMs: SLOW }],
];
const FAULTS: Array<[string, FaultRule]> = [
	['cut-before', { kind: 'cut-before' }],
	['cut-after', { kind: 'cut-after' }],
	['truncated', { kind: 'truncated' }],
	['slow-before', { kind: 'slow-before', delayMs: SLOW }],
	...(WHOLE ? RARER : []),
	...STATUSES.flatMap((status): Array<[string, FaultRule]> => [
		[`error-before ${status}`, { kind: 'error-before', status }],
		[`error-after ${status}`, { kind: 'error-after', status }],
	]),
];

/** The step it strikes; `from` on means every request of that kind until the end of the run. */
const STEPS: Array<[string, (kind: OrderOperation) => Partial<FaultRule>]> = [
	['the first read', () => ({ operationId: 'transactions_id_get', nth: 1 })],
	['the first send', (kind) => ({ operationId: `transactions_id_${kind}_post`, nth: 1 })],
	['every send', (kind) => ({ operationId: `transactions_id_${kind}_post` })],
	['sends, and every read after one', () => ({ when: afterSend() })],
];

function afterSend() {
	let sent = false;
	return ({ method }: { method: string }) => (sent ||= method === 'POST');
}

let box: Box;
afterEach(async () => {
	await closeAll();
	expect(box.sandbox.violations).toEqual([]);
});

/** An order of 500.00 with a card of 200.00, ready for the operation. */
async function ready(kind: OrderOperation, switches: Partial<Switches> = {}, timeout = 20_000) {
	box = await openCheckout();
	const id = await box.paid();
	if (kind === 'refund') await box.operate('capture', id, { amount: 50_000 });
	box.sandbox.set(switches);
	box.sandbox.resetLog();
	const settlement: Settlement = {
		kind,
		transactionId: id,
		currency: 'NOK',
		reference: 'ours',
		mark: { text: 'n8n execution 1, item 1', isOurs: (text) => text === 'n8n execution 1, item 1' },
		...(kind === 'void' ? {} : { amount: AMOUNT }),
	};
	const settle = async () => {
		const { dintero } = dinteroFor(box.sandbox, { timeout });
		return await settleOrder(checkoutOf(dintero), settlement).then(
			(result) => ({ result, error: undefined }),
			(error: Error & { description?: string }) => ({ result: undefined, error }),
		);
	};
	/** How often the operation was carried out, by the books, which must agree with the wallet's. */
	const times = async () => {
		await until(() => box.sandbox.log.inFlight === 0, 'the sandbox to come to rest');
		const { card, other } = box.sandbox.checkout.audit().find((one) => one.id === id)!;
		const moved = {
			capture: card.captured + other.captured,
			refund: card.refunded + other.refunded,
			void: card.voided + other.voided,
		}[kind];
		const once = kind === 'void' ? 50_000 : AMOUNT;
		expect(moved % once).toBe(0);
		return moved / once;
	};
	return { settle, times };
}

describe.each(KINDS)('%s', (kind) => {
	describe.each(STEPS)('at %s', (_step, rule) => {
		test.each(FAULTS)('%s', async (_fault, fault) => {
			const { settle, times } = await ready(kind, {}, fault.delayMs ? TIMEOUT : undefined);
			box.sandbox.faults.add({ ...fault, ...rule(kind) });
			const { result, error } = await settle();
			const done = await times();
			expect(done).toBeLessThanOrEqual(1);
			if (result) {
				expect(done).toBe(1);
				expect(result).toMatchObject({
					// A void carries no mark: after a refusal it may as well have been somebody else's.
					outcome: expect.stringMatching(
						kind === 'void' ? /^(?:done|recovered|alreadyDone)$/ : /^(?:done|recovered)$/,
					),
					amount: kind === 'void' ? 50_000 : AMOUNT,
					split: kind === 'void' ? { card: 20_000 } : { card: 20_000, other: 5000 },
				});
			} else if (!/did not say whether/.test(error.message)) {
				// Every other error says, or means, that nothing was moved.
				expect(done).toBe(0);
			} else expect(error.description).not.toMatch(/[Nn]othing was/);

			box.sandbox.faults.clear();
			const again = await settle();
			expect(again.error).toBeUndefined();
			expect(await times()).toBe(1);
			if (done === 1) expect(again.result?.outcome).toMatch(/^(?:alreadyDone|recovered)$/);
		});
	});

	test('an answer that shows another order proves nothing', async () => {
		const { settle, times } = await ready(kind);
		const other = await box.paid(50_000, 'gc-2');
		if (kind === 'refund') await box.operate('capture', other, { amount: 50_000 });
		const body = kind === 'void' ? undefined : { amount: AMOUNT, [`${kind}_reference`]: 'ours' };
		const answer = (await box.operate(kind, other, body)).data;
		box.sandbox.faults.add({
			kind: 'answer-before',
			answer,
			operationId: `transactions_id_${kind}_post`,
			nth: 1,
		});
		const { result, error } = await settle();
		// A void can be sent again.
		if (kind === 'void') expect(result?.outcome).toBe('done');
		else expect(error?.message).toMatch(/did not say whether/);
		expect(await times()).toBe(kind === 'void' ? 1 : 0);
	});

	test.each([400, 403, 409, 'event'] as const)('refused by Dintero as %p', async (notAllowed) => {
		const { settle, times } = await ready(kind, {
			notAllowed,
			failingOperations: [kind],
			failedOperation: notAllowed === 'event' ? 'event' : 'error',
		});
		const { error } = await settle();
		expect(error?.message).toMatch(/processor refused/);
		expect(await times()).toBe(0);
		box.sandbox.set({ failingOperations: [] });
		expect((await settle()).result?.outcome).toBe('done');
		expect(await times()).toBe(1);
	});

	test.each(['success', 'failure'] as const)('taken with 202, ending in %s', async (way) => {
		const { settle, times } = await ready(kind, {
			acceptedOperations: [kind],
			acceptedOutcome: way,
			acceptedMs: null,
		});
		for (let nth = 0; nth < 2; nth++) {
			const { result } = await settle();
			expect(result).toMatchObject({ outcome: 'underWay' });
			expect(result?.split).toBeUndefined();
		}
		expect(await times()).toBe(0);
		box.sandbox.checkout.finishOperations();
		expect(await times()).toBe(way === 'success' ? 1 : 0);
		box.sandbox.set({ acceptedOperations: [] });
		const { result } = await settle();
		expect(result?.outcome).toBe(
			way === 'failure' ? 'done' : kind === 'void' ? 'alreadyDone' : 'recovered',
		);
		expect(await times()).toBe(1);
	});

	test.each(['run', 409, 503] as const)(
		'ten at once, as %p: once',
		async (concurrentOperations) => {
			const { settle, times } = await ready(kind, {
				concurrentOperations,
				checkoutOperationMs: 20,
			});
			const all = await Promise.all(Array.from({ length: 10 }, settle));
			expect(all.filter(({ result }) => result?.outcome === 'done')).toHaveLength(1);
			expect(all.every(({ result }) => result)).toBe(true);
			expect(await times()).toBe(1);
			expect(box.sandbox.count(`transactions_id_${kind}_post`)).toBe(1);
		},
	);
});
