/** What arrives at the webhook: only what Dintero signed starts the workflow, and it starts it once and whole. */
import { TriggerHarness, TRIGGER, envelope, hmac } from './triggerHarness.mts';

let harness: TriggerHarness;
let id: string;
let url: string;
let secret: string;

beforeAll(async () => {
	harness = await TriggerHarness.open();
	id = await harness.activate();
	url = harness.url(id);
	secret = harness.secret(id);
});
afterAll(async () => {
	const { everythingShown, secrets } = harness;
	await harness.close();
	expect(secrets.filter((one) => everythingShown.includes(one))).toEqual([]);
});
beforeEach(() => {
	harness.n8n.executions.length = 0;
});

const started = async () => {
	await harness.quiet();
	return harness.n8n.executions.length;
};

describe('refused, and nothing starts', () => {
	const body = JSON.stringify(envelope('forged'));
	const bytes = Buffer.from(body);

	test.each<[string, (right: string) => Record<string, string>]>([
		['without a signature', () => ({})],
		['with an empty signature', () => ({ 'event-signature': '' })],
		[
			'with a signature of another secret',
			() => ({ 'event-signature': hmac(bytes, 'f'.repeat(64)) }),
		],
		['with a signature of the empty secret', () => ({ 'event-signature': hmac(bytes, '') })],
		['with a signature cut short', (right) => ({ 'event-signature': right.slice(0, -2) })],
		['with a signature made longer', (right) => ({ 'event-signature': `${right}00` })],
		[
			'with a signature that is not hexadecimal',
			(right) => ({ 'event-signature': `zz${right.slice(2)}` }),
		],
		[
			'with base64 instead',
			(right) => ({ 'event-signature': Buffer.from(right, 'hex').toString('base64') }),
		],
		['with a prefix', (right) => ({ 'event-signature': `sha1=${right}` })],
		['with the secret itself', () => ({ 'event-signature': secret })],
	])('%s', async (_name, headers) => {
		const answer = await harness.post(url, bytes, { headers: headers(hmac(bytes, secret)) });
		expect(answer.status).toBe(401);
		expect(await started()).toBe(0);
	});

	test('with the right signature of other bytes', async () => {
		const signature = hmac(bytes, secret);
		for (const other of [
			`${body} `,
			body.replace('12500', '99900'),
			JSON.stringify(envelope('forged'), null, 1),
		]) {
			const answer = await harness.post(url, other, { headers: { 'event-signature': signature } });
			expect(answer.status).toBe(401);
		}
		expect(await started()).toBe(0);
	});

	test('unsigned: unicode, 5 MB, an array, a number, an empty body, gzip', async () => {
		const bodies = [
			'{"æ":"🎁"}',
			`{"a":"${'x'.repeat(5 << 20)}"}`,
			'[1,2,3]',
			'7',
			'null',
			'{}',
			'',
		];
		for (const one of bodies) expect((await harness.post(url, one)).status).toBe(401);
		expect((await harness.post(url, body, { gzip: true })).status).toBe(401);
		expect(await started()).toBe(0);
	});

	test('what is not JSON: by n8n itself when it says it is, else by us', async () => {
		expect((await harness.post(url, '{"a":', { secret })).status).toBe(422);
		expect(
			(await harness.post(url, 'a=b', { headers: { 'content-type': 'text/plain' } })).status,
		).toBe(401);
		expect(
			(
				await harness.post(url, 'a=b', {
					headers: { 'content-type': 'multipart/form-data; boundary=x' },
				})
			).status,
		).toBe(401);
		expect(await started()).toBe(0);
	});

	test('what cannot be read: neither n8n nor we start anything', async () => {
		const headers = { 'content-type': 'application/octet-stream' };
		const huge = 'x'.repeat(17 << 20);
		expect((await harness.post(url, huge, { secret })).status).toBe(413);
		expect((await harness.post(url, huge, { secret, headers })).status).toBe(401);
		const broken = { ...headers, 'content-encoding': 'gzip' };
		expect((await harness.post(url, 'no gzip', { secret, headers: broken })).status).toBe(401);
		expect(harness.n8n.problems).toEqual([]);
		expect(await started()).toBe(0);
	});

	test('says why in the log, once for a flood, with neither secret nor signature', async () => {
		for (let i = 0; i < 50; i++)
			await harness.post(url, bytes, { headers: { 'event-signature': '0'.repeat(40) } });
		const lines = harness.log.split('\n').filter((line) => line.includes('refused a delivery'));
		expect(lines.length).toBeGreaterThan(0);
		expect(lines.length).toBeLessThan(10);
		expect(lines[0]).toContain(TRIGGER);
		expect(harness.log).not.toContain('0'.repeat(40));
	});
});

test('the signature of the right bytes in upper case is right', async () => {
	const bytes = Buffer.from(JSON.stringify(envelope('upper')));
	const answer = await harness.post(url, bytes, {
		headers: { 'event-signature': hmac(bytes, secret).toUpperCase() },
	});
	expect(answer.status).toBe(200);
	expect(await started()).toBe(1);
});

test('the whole body comes through, with what is known of it beside', async () => {
	const body = {
		...envelope('whole', { metadata: { æøå: '🎁', nested: [1, { a: null }] } }),
		extra: [1, 'two'],
	};
	expect(await harness.post(url, body, { secret })).toEqual({
		status: 200,
		data: { message: 'Workflow was started' },
	});
	await harness.quiet();
	const [run] = harness.n8n.executions;
	expect(run.mode).toBe('webhook');
	expect(run.run!.json('After')).toEqual([
		{
			event: 'wallet_transaction',
			eventDelivery: 'delivery-whole',
			accountId: 'T11223344',
			whatHappened: 'used',
			cardId: 'card-1',
			transactionId: 'whole',
			type: 'drawdown',
			amount: '125.00',
			amountMinor: 12500,
			amountFormatted: '125.00 NOK',
			currency: 'NOK',
			refId: 'ref-whole',
			createdAt: '2026-11-22T10:00:00Z',
			transaction: (body as { transaction?: object }).transaction,
			replayed: false,
			body,
		},
	]);
});

test('gzip, 5 MB, a byte order mark, pretty JSON and an unknown shape come through when they are signed', async () => {
	const big = { ...envelope('big'), filler: 'æ'.repeat(2_500_000) };
	expect((await harness.post(url, JSON.stringify(big), { secret })).status).toBe(200);
	expect(
		(await harness.post(url, JSON.stringify(envelope('packed')), { secret, gzip: true })).status,
	).toBe(200);
	expect(
		(await harness.post(url, `\ufeff${JSON.stringify(envelope('marked'))}`, { secret })).status,
	).toBe(200);
	expect(
		(await harness.post(url, JSON.stringify(envelope('pretty'), null, 4), { secret })).status,
	).toBe(200);
	expect((await harness.post(url, '[{"odd":1}]', { secret })).status).toBe(200);
	expect((await harness.post(url, '"text"', { secret })).status).toBe(200);
	expect(
		(await harness.post(url, 'plain', { secret, headers: { 'content-type': 'text/plain' } }))
			.status,
	).toBe(200);
	const unnamed = { secret, headers: { 'content-type': 'application/octet-stream' } };
	expect((await harness.post(url, '{"no":"type"}', unnamed)).status).toBe(200);
	await harness.quiet();
	const items = harness.n8n.events(id);
	expect(items).toHaveLength(8);
	expect(items.map(({ body }) => body).slice(-4)).toEqual([
		[{ odd: 1 }],
		'text',
		'plain',
		{ no: 'type' },
	]);
	expect(items[4]).toMatchObject({ event: 'wallet_transaction', whatHappened: null });
});

describe('a ping', () => {
	const subscription = (value: string) => ({
		id: 'x',
		active: true,
		config: { url: 'https://n8n.example.org', secret: { type: 'HMAC-SHA1', value } },
		events: ['wallet_transaction'],
	});

	test('is answered and starts nothing, signed or forged', async () => {
		for (const options of [{ secret }, { secret: 'wrong' }, {}]) {
			const answer = await harness.post(url, subscription('hush'), {
				...options,
				headers: { event: 'ping' },
			});
			expect(answer.status).toBe(200);
			expect(JSON.stringify(answer.data)).not.toContain('hush');
		}
		expect(await started()).toBe(0);
		expect(harness.log).not.toContain('hush');
	});

	test('is not believed under the name of an event: unsigned it is refused, signed it is known by its shape', async () => {
		const headers = { event: 'wallet_transaction' };
		expect((await harness.post(url, subscription('hush'), { headers })).status).toBe(401);
		expect((await harness.post(url, subscription('hush'), { headers, secret })).status).toBe(200);
		expect(await started()).toBe(0);
	});

	test('as a header over a real event starts nothing either', async () => {
		const answer = await harness.post(url, envelope('disguised'), {
			secret,
			headers: { event: 'ping' },
		});
		expect(answer.status).toBe(200);
		expect(await started()).toBe(0);
	});

	test('is what Dintero sent first', () => {
		const [ping] = harness.sandbox.books.deliveries({ event: 'ping' });
		expect(ping).toMatchObject({ delivered: true, tries: [{ status: 200 }] });
	});
});

describe('which event it is', () => {
	test('says the body, then the header', async () => {
		const nameless = envelope('nameless');
		delete nameless.event;
		await harness.post(url, nameless, { secret, headers: { event: 'wallet_transaction' } });
		await harness.post(url, envelope('contradicted'), {
			secret,
			headers: { event: 'customer_add' },
		});
		await harness.quiet();
		expect(harness.n8n.events(id).map(({ event }) => event)).toEqual([
			'wallet_transaction',
			'wallet_transaction',
		]);
	});

	test('one that was not asked for is answered and starts nothing', async () => {
		for (const event of ['customer_add', 'invented', '__proto__']) {
			const answer = await harness.post(
				url,
				{ ...envelope('x'), event },
				{ secret, headers: { event } },
			);
			expect(answer.status).toBe(200);
		}
		expect(await started()).toBe(0);
	});

	test('one that nobody names comes through', async () => {
		const nameless = envelope('anonymous');
		delete nameless.event;
		await harness.post(url, nameless, { secret, headers: { event: '' } });
		await harness.quiet();
		expect(harness.n8n.events(id)).toMatchObject([{ event: null, body: nameless }]);
	});
});

describe('a delivery that comes again', () => {
	test('starts the workflow once, whatever its header says', async () => {
		const again = envelope('again');
		for (const delivery of ['a', 'b', 'c']) {
			const answer = await harness.post(url, again, {
				secret,
				headers: { 'event-delivery': delivery },
			});
			expect(answer.status).toBe(200);
		}
		expect(await started()).toBe(1);
	});

	test('starts it once also when all come at the same moment', async () => {
		const answers = await Promise.all(
			Array.from({ length: 20 }, () => harness.post(url, envelope('rush'), { secret })),
		);
		expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
		expect(await started()).toBe(1);
	});

	test('is the same event under another delivery ID, when all else is the same', async () => {
		await harness.post(url, envelope('twin', {}, 'first'), { secret });
		await harness.post(url, envelope('twin', {}, 'second'), { secret });
		expect(await started()).toBe(1);
	});

	test('is another event when anything in it differs', async () => {
		await harness.post(url, envelope('sibling', { amount: 1 }, 'one'), { secret });
		await harness.post(url, envelope('sibling', { amount: 2 }, 'two'), { secret });
		expect(await started()).toBe(2);
	});

	test('is let in when n8n could not start the workflow the first time', async () => {
		const real = harness.n8n.execute.bind(harness.n8n);
		harness.n8n.execute = () => {
			throw new Error('The database is away');
		};
		expect((await harness.post(url, envelope('failed'), { secret })).status).toBe(500);
		harness.n8n.execute = real;
		harness.n8n.problems.length = 0;
		expect((await harness.post(url, envelope('failed'), { secret })).status).toBe(200);
		expect(await started()).toBe(1);
	});
});

test('real ones get through while forged ones flood in', async () => {
	const forged = Array.from({ length: 400 }, (_, n) =>
		harness.post(url, envelope(`forged-${n}`), { secret: n % 2 ? 'wrong' : undefined }),
	);
	const real = Array.from({ length: 20 }, (_, n) =>
		harness.post(url, envelope(`real-${n}`), { secret }),
	);
	expect(new Set((await Promise.all(forged)).map(({ status }) => status))).toEqual(new Set([401]));
	expect(new Set((await Promise.all(real)).map(({ status }) => status))).toEqual(new Set([200]));
	await harness.quiet();
	expect(harness.seen(id).sort()).toEqual(Array.from({ length: 20 }, (_, n) => `real-${n}`).sort());
});

test('an event is answered before the workflow has ended', async () => {
	const { n8n } = harness;
	let finish = (): void => {};
	const blocked = new Promise<void>((resolve) => (finish = resolve));
	const real = n8n.engine.run.bind(n8n.engine);
	n8n.engine.run = async (...args) => {
		await blocked;
		return await real(...args);
	};
	try {
		expect((await harness.post(url, envelope('slow'), { secret })).status).toBe(200);
		expect(n8n.executions[0].run).toBeUndefined();
	} finally {
		n8n.engine.run = real;
		finish();
	}
	expect(await started()).toBe(1);
});
