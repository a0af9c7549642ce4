import { card, closeAll, open, sleep } from './client.mts';
import type { FaultRule } from '../../sandbox/sandbox.mts';

let box: Awaited<ReturnType<typeof open>>;
afterEach(closeAll);
const create = (id: string) => box.post('/wallets/cards', card(id));
const exists = (id: string) => box.sandbox.books.card(id) !== undefined;

test.each([
	['cut-before', false],
	['cut-after', true],
	['cut-in-answer', true],
] as const)('%s: no answer, card made: %p', async (kind, made) => {
	box = await open();
	box.sandbox.faults.add({ kind });
	await expect(create('a')).rejects.toThrow(/hang up|ECONNRESET|aborted/);
	expect(exists('a')).toBe(made);
});

test.each([
	[{ kind: 'error-before' }, 500, false],
	[{ kind: 'error-after' }, 500, true],
	[{ kind: 'error-before', status: 503 }, 503, false],
	[{ kind: 'rate-limit', retryAfter: 3 }, 429, false],
	[{ kind: 'redirect' }, 302, false],
] as const)('%p answers %i, card made: %p', async (rule, status, made) => {
	box = await open();
	box.sandbox.faults.add(rule);
	const reply = await create('a');
	expect(reply.status).toBe(status);
	expect(exists('a')).toBe(made);
	if (status === 429) expect(reply.headers['retry-after']).toBe('3');
});

test('Retry-After can be a date', async () => {
	box = await open();
	box.sandbox.faults.add({ kind: 'rate-limit', retryAfter: 60, retryAfterAsDate: true });
	const wait = Date.parse((await create('a')).headers['retry-after']) - Date.now();
	expect(wait).toBeGreaterThan(50_000);
	expect(wait).toBeLessThanOrEqual(60_000);
});

test.each(['truncated', 'not-json'] as const)('%s: a 200 that is no JSON', async (kind) => {
	box = await open();
	box.sandbox.faults.add({ kind });
	const { status, data } = await create('a');
	expect(status).toBe(200);
	expect(typeof data).toBe('string');
	expect(exists('a')).toBe(true);
});

test.each(['slow-before', 'slow-after'] as const)('%s waits', async (kind) => {
	box = await open();
	box.sandbox.faults.add({ kind, delayMs: 60 });
	const started = Date.now();
	const reply = create('a');
	await sleep(30);
	expect(exists('a')).toBe(kind === 'slow-after');
	expect((await reply).status).toBe(200);
	expect(Date.now() - started).toBeGreaterThanOrEqual(55);
});

test('rules pick by operation, number and times', async () => {
	box = await open();
	box.sandbox.faults.add(
		{ kind: 'error-before', operationId: 'aid_cards_get' },
		{ kind: 'error-before', nth: [2, 4], status: 502, operationId: ['aid_cards_post'] },
		{ kind: 'error-before', times: 1, status: 504, path: /wallets\/cards$/, method: 'POST' },
	);
	const statuses = [];
	for (const id of ['a', 'b', 'c', 'd', 'e']) statuses.push((await create(id)).status);
	expect(statuses).toEqual([504, 502, 200, 502, 200]);
	expect(box.sandbox.faults.report()).toMatchObject([
		{ matched: 0, injected: 0 },
		{ matched: 5, injected: 2 },
		{ matched: 3, injected: 1 },
	]);
	expect(box.sandbox.faults.injected).toHaveLength(3);
	box.sandbox.faults.clear();
	expect((await box.get('/wallets/cards')).status).toBe(200);
});

test('a seed decides who is hit, the same each time', async () => {
	const rule: FaultRule = { kind: 'error-before', percent: 30 };
	const run = async (seed: number) => {
		box = await open({ seed, faults: [{ ...rule, operationId: 'aid_cards_post' }] });
		const statuses = [];
		for (let n = 0; n < 60; n++) statuses.push((await create(`c-${n}`)).status);
		await box.sandbox.stop();
		return statuses;
	};
	const first = await run(7);
	expect(await run(7)).toEqual(first);
	expect(await run(8)).not.toEqual(first);
	const hit = first.filter((status) => status === 500).length;
	expect(hit).toBeGreaterThan(8);
	expect(hit).toBeLessThan(30);
	box = await open();
});

test.each([
	['answer-before', undefined, 200, '', false],
	['answer-after', undefined, 200, '', true],
	['answer-before', { error: { message: 'no' } }, 200, { error: { message: 'no' } }, false],
	['answer-after', { id: 'x' }, 200, { id: 'x' }, true],
] as const)('%s with %j says nothing true', async (kind, answer, status, data, made) => {
	box = await open();
	box.sandbox.faults.add({ kind, answer });
	expect(await create('a')).toMatchObject({ status, data });
	expect(exists('a')).toBe(made);
});

test('late: 504 at once, and the work is done later', async () => {
	box = await open();
	box.sandbox.faults.add({ kind: 'late', delayMs: 50 });
	expect((await create('a')).status).toBe(504);
	expect(exists('a')).toBe(false);
	await sleep(150);
	expect(exists('a')).toBe(true);
});
