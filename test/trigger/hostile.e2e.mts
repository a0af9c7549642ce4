/**
 * What anybody can send to the address of a running n8n: nothing that Dintero has not signed starts the workflow, stops
 * n8n or brings a secret into its log, and everything Dintero sends at the same time gets through, once. The same in the engine
 * is receive.test.ts. Run it with:
 *
 *   npm run check -- trigger
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { SavedWorkflow } from '../../demo/n8n-client.mts';
import { Installation, until } from './installation.mts';

const FORGERS = 10;
const REAL = 50;

let n8n: Installation;
let workflow: SavedWorkflow;
let url: string;
let secret: string;
/** Signatures that were sent, right ones too: none belongs into a log. */
const signatures = new Set<string>();
/** An unsigned delivery. */
let forged: string;
/** What has started the workflow so far, by right. */
const expected: string[] = [];

before(async () => {
	n8n = await Installation.open('trigger-hostile');
	workflow = await n8n.activate('Hostile input');
	url = n8n.subscriptionsOf(workflow)[0].config.url;
	secret = n8n.stored(workflow).secret as string;
	forged = JSON.stringify(envelope('forged'));
});
after(async () => await n8n?.close());

const envelope = (id: string, extra: object = {}) => ({
	account_id: n8n.sandbox.account.accountId,
	event: 'wallet_transaction',
	event_delivery: `delivery-${id}`,
	transaction: { id, type: 'drawdown', amount: 100, currency: 'NOK', card_id: 'card-1' },
	...extra,
});

const sign = (bytes: string | Buffer, by = secret): string => {
	const signature = createHmac('sha1', by).update(bytes).digest('hex');
	signatures.add(signature);
	return signature;
};

interface How {
	signature?: string;
	headers?: Record<string, string>;
	gzip?: boolean;
}
const send = async (body: string | object, { signature, headers, gzip }: How = {}) => {
	const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
	const response = await fetch(url, {
		method: 'POST',
		body: gzip ? gzipSync(bytes) : bytes,
		headers: {
			'content-type': 'application/json',
			event: 'wallet_transaction',
			...(signature === undefined ? {} : { 'event-signature': signature }),
			...(gzip ? { 'content-encoding': 'gzip' } : {}),
			...headers,
		},
	});
	return { status: response.status, text: await response.text() };
};
const status = async (...request: Parameters<typeof send>) => (await send(...request)).status;

/** As Dintero would send it. */
const sendSigned = async (body: string | object, how: How = {}) => {
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	return await status(text, { signature: sign(text), ...how });
};

/** The end of each test: what has started the workflow, ever, and that n8n is there and has told nothing. */
const expectOnly = async (...more: string[]) => {
	expected.push(...more);
	await until(
		async () => (await n8n.seen(workflow)).length >= expected.length,
		`${expected.length} executions`,
	);
	const seen = (await n8n.seen(workflow)).map(({ id }) => id);
	assert.deepEqual(seen.sort(), [...expected].sort());
	assert.ok(n8n.running);
	assert.equal((await fetch(`${n8n.url}/healthz/readiness`)).status, 200);
	const log = await n8n.log();
	for (const secret of [...n8n.secrets, ...signatures])
		assert.ok(!log.includes(secret), 'a secret or a signature is in the log');
};

test('no signature, an empty one, and one that the secret did not make: 401', async () => {
	assert.equal(await status(forged), 401);
	assert.equal(await status(forged, { signature: '' }), 401);
	assert.equal(await status(forged, { signature: sign(forged, 'f'.repeat(64)) }), 401);
	assert.equal(await status(forged, { signature: sign(forged, '') }), 401);
	await expectOnly();
	const lines = await n8n.lines(workflow);
	assert.ok(lines.some((line) => line === 'refused a delivery: it carries no signature'));
});

test('a signature cut short, made longer, not hexadecimal, with a prefix: 401', async () => {
	const right = sign(forged);
	for (const signature of [
		right.slice(0, -2),
		right.slice(0, 20),
		`${right}00`,
		`zz${right.slice(2)}`,
		Buffer.from(right, 'hex').toString('base64'),
		`sha1=${right}`,
	])
		assert.equal(await status(forged, { signature }), 401, signature);
	await expectOnly();
});

test('the right signature of other bytes: 401', async () => {
	const signature = sign(forged);
	for (const other of [`${forged} `, forged.replace('100', '999'), forged.replace(':', ': ')])
		assert.equal(await status(other, { signature }), 401);
	await expectOnly();
});

test('the right signature in upper case is right', async () => {
	const text = JSON.stringify(envelope('upper'));
	assert.equal(await status(text, { signature: sign(text).toUpperCase() }), 200);
	await expectOnly('upper');
});

test('a delivery that is sent again: 200 each time, and one execution', async () => {
	for (let n = 0; n < 5; n++) assert.equal(await sendSigned(envelope('again')), 200);
	const rush = Array.from({ length: 20 }, async () => await sendSigned(envelope('rush')));
	assert.deepEqual(new Set(await Promise.all(rush)), new Set([200]));
	await expectOnly('again', 'rush');
});

test('gzip, unicode and 5 MB: refused unsigned, and whole when signed', async () => {
	const text = JSON.stringify(envelope('unicode', { note: 'Gåvekort 🎁 ﷽ \u2028' }));
	const big = JSON.stringify(envelope('big', { filler: 'æ'.repeat(2_500_000) }));
	const packed = JSON.stringify(envelope('packed'));
	assert.ok(Buffer.byteLength(big) > 5_000_000);
	assert.equal(await status(text), 401);
	assert.equal(await status(big), 401);
	assert.equal(await status(packed, { gzip: true }), 401);
	assert.equal(await status(big, { signature: sign(text) }), 401);
	await expectOnly();
	assert.equal(await sendSigned(text), 200);
	assert.equal(await sendSigned(big), 200);
	assert.equal(await sendSigned(packed, { gzip: true }), 200);
	await expectOnly('unicode', 'big', 'packed');
});

test('gzip that is none, and more than n8n takes: turned away by n8n', async () => {
	const broken = await status('not packed', { headers: { 'content-encoding': 'gzip' } });
	assert.ok(broken >= 400, `n8n answered ${broken}`);
	// n8n's own affair: 413, 500, or a connection that is cut.
	const tooMuch = await status(`"${'x'.repeat(17 << 20)}"`).catch(() => 413);
	assert.ok(tooMuch >= 400, `n8n answered ${tooMuch}`);
	await expectOnly();
});

test('what is not JSON, an array, a number, nothing', async () => {
	assert.equal(await status('{"a":'), 422);
	assert.equal(await sendSigned('{"a":'), 422);
	for (const body of ['[1,2,3]', '7', 'null', '{}', ''])
		assert.equal(await status(body), 401, `unsigned: ${body}`);
	for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x'])
		assert.ok((await status('a=b', { headers: { 'content-type': type } })) >= 400, type);
	await expectOnly();
	assert.equal(await sendSigned('[{"odd":1}]'), 200);
	await expectOnly('[{"odd":1}]');
});

test('an event nobody asked for: answered, and starts nothing', async () => {
	for (const event of ['customer_add', 'invented', '__proto__'])
		assert.equal(
			await sendSigned(envelope('unasked', { event }), { headers: { event } }),
			200,
			event,
		);
	await expectOnly();
});

test('a ping with a forged signature: answered, tells nothing, starts nothing', async () => {
	const config = { url, secret: { type: 'HMAC-SHA1', value: 'hush-hush-hush' } };
	const ping = { id: 'x', active: true, config, events: ['wallet_transaction'] };
	const headers = { event: 'ping' };
	const signature = '0'.repeat(40);
	const answer = await send(ping, { headers, signature });
	assert.equal(answer.status, 200);
	assert.ok(!answer.text.includes('hush'));
	// A real event under that name starts nothing either, and a ping under another name is not believed.
	assert.equal(await status(envelope('disguised'), { headers, signature }), 200);
	assert.equal(await status(ping, { signature }), 401);
	await expectOnly();
	assert.ok(!(await n8n.log()).includes('hush'));
});

test(`${REAL} real events while ${FORGERS} forgers flood n8n: all of those, once each, and nothing else`, async () => {
	const real = Array.from({ length: REAL }, (_, n) => `real-${n}`);
	let over = false;
	let floods = 0;
	const answers = new Map<number, number>();
	const forger = async (number: number) => {
		for (let n = 0; !over; n++) {
			const text = JSON.stringify(envelope(`forged-${number}-${n}`));
			const signature = [undefined, '0'.repeat(40), sign(text, 'wrong'), sign(forged)][n % 4];
			const answered = await status(text, { signature });
			answers.set(answered, (answers.get(answered) ?? 0) + 1);
			floods++;
		}
	};
	const forgers = Array.from({ length: FORGERS }, async (_, number) => await forger(number));
	for (const id of real) n8n.fire(id);
	await n8n.sandbox.deliveriesSettled();
	await until(
		async () => (await n8n.timesSeen(workflow, real)).every((times) => times > 0),
		'every real event',
		120,
	);
	over = true;
	await Promise.all(forgers);
	console.log(`${REAL} real events got through beside ${floods} forged requests`);
	assert.ok(floods > 10 * FORGERS);
	assert.deepEqual([...answers.keys()], [401]);
	await expectOnly(...real);
	// A flood must not fill the disk.
	const refused = (await n8n.lines(workflow)).filter((line) => line.startsWith('refused'));
	assert.ok(refused.length < 30, `${refused.length} lines`);
	assert.ok(refused.some((line) => /\(and \d+ more since the last such line\)$/.test(line)));
});
