import { startSandbox, type Sandbox } from '../../sandbox/sandbox.mts';
import { testCredential } from '../support/credentialTest.mts';
import { openHarness } from '../support/harness.mts';

let sandbox: Sandbox;
beforeAll(async () => (sandbox = await startSandbox()));
afterEach(() => sandbox.set({ wrongSecret: 401, missingScope: 403, checkoutPaths: 'both' }));
afterAll(async () => await sandbox.stop());

const fields = (extra: Record<string, unknown> = {}, account = sandbox.account) => ({
	accountId: account.accountId,
	clientId: account.clientId,
	clientSecret: account.clientSecret,
	baseUrl: sandbox.apiUrl,
	...extra,
});

describe('the test of the credential', () => {
	test('passes with all rights and says which', async () =>
		expect(await testCredential(fields({ usedFor: 'everything' }))).toEqual({
			status: 'OK',
			message: `Signed in to test account ${sandbox.account.accountId}, with the rights read:wallets, write:wallets, write:wallets:/info, write:wallets:/transactions, read:hooks, write:hooks, read:checkout, write:checkout`,
		}));

	const all = 'read:wallets write:wallets write:wallets:/info write:wallets:/transactions';
	describe.each([
		['admin:wallets', all],
		['read:wallets', 'read:wallets'],
		['write:wallets', 'write:wallets write:wallets:/info write:wallets:/transactions'],
		['write:wallets:/info', 'write:wallets:/info'],
		['write:wallets:/transactions', 'write:wallets:/transactions'],
		['admin:hooks', 'read:hooks write:hooks'],
		['read:hooks', 'read:hooks'],
		['write:hooks', 'write:hooks'],
		['admin:checkout', 'read:checkout write:checkout'],
		['read:checkout', 'read:checkout'],
		['write:checkout', 'write:checkout'],
	])('a client with %s', (scope, rights) => {
		const needs: Record<string, string[]> = {
			giftCards: ['write:wallets', 'read:wallets'],
			payments: ['write:wallets:/transactions'],
			lookUp: ['write:wallets:/info'],
			webhooks: ['read:hooks', 'write:hooks'],
			checkout: ['read:checkout', 'write:checkout'],
			everything: [
				'write:wallets',
				'read:wallets',
				'read:hooks',
				'write:hooks',
				'read:checkout',
				'write:checkout',
			],
		};
		test.each([undefined, ...Object.keys(needs)])('for %s', async (usedFor) => {
			for (const missingScope of [403, 401] as const) {
				sandbox.set({ missingScope });
				sandbox.resetLog();
				const client = sandbox.addClient({ scopes: [scope] });
				const { status, message } = await testCredential(fields({ usedFor }, client));
				const tried = /checkout|everything/.test(String(usedFor));
				const has = rights.split(' ').filter((right) => tried || !right.endsWith('checkout'));
				const missing = needs[usedFor ?? 'giftCards'].find((right) => !has.includes(right));
				expect(status).toBe(missing ? 'Error' : 'OK');
				if (has.length === 0) expect(message).toContain('has none of the rights');
				else if (missing) expect(message).toContain(`the API client has no right '${missing}'`);
				expect(message).toContain(has.join(', '));
				expect(sandbox.violations).toEqual([]);
			}
			expect(sandbox.books.cards()).toEqual([]);
		});
	});

	test('a right it could not try is no missing right', async () => {
		sandbox.faults.add({ kind: 'error-before', path: 'rotate-pin' });
		expect((await testCredential(fields())).message).toMatch(
			/^Signed in, but the next request failed: /,
		);
		sandbox.faults.clear();
	});

	test.each(['classic', 'account'] as const)(
		'finds the rights of Checkout where it is served (%s)',
		async (checkoutPaths) => {
			sandbox.set({ checkoutPaths });
			const allowed = sandbox.addClient({ scopes: ['admin:checkout'] });
			expect((await testCredential(fields({ usedFor: 'checkout' }, allowed))).status).toBe('OK');
			const reads = sandbox.addClient({ scopes: ['read:checkout'] });
			expect((await testCredential(fields({ usedFor: 'checkout' }, reads))).message).toContain(
				"no right 'write:checkout'",
			);
		},
	);

	test('names missing rights', async () =>
		expect(await testCredential(fields({}, sandbox.addClient({ scopes: [] })))).toEqual({
			status: 'Error',
			message: expect.stringContaining('has none of the rights of wallets or webhooks'),
		}));

	test.each([401, 403] as const)(
		'names a wrong secret answered with %s, without showing it',
		async (wrongSecret) => {
			sandbox.set({ wrongSecret });
			const { status, message } = await testCredential(
				fields({ clientSecret: 'not-the-right-secret' }),
			);
			expect(status).toBe('Error');
			expect(message).toMatch(
				wrongSecret === 401
					? /does not accept this Client ID and Client Secret/
					: /does not let this API client in/,
			);
			expect(message).not.toContain('not-the-right-secret');
		},
	);

	test('names an account the client does not belong to', async () =>
		expect(
			await testCredential(fields({ accountId: sandbox.account.accountId.replace('T', 'P') })),
		).toEqual({
			status: 'Error',
			message: expect.stringMatching(
				/does not let this API client into account P\d{8}.*test \(T\) or production \(P\)/,
			),
		}));

	test('names an account ID that cannot be one before anything is sent', async () => {
		sandbox.resetLog();
		expect((await testCredential(fields({ accountId: '12345678' }))).message).toContain(
			"'12345678' is not a Dintero account ID",
		);
		expect(sandbox.count()).toBe(0);
	});

	test.each([
		...['', ' ', undefined, null, 'null', 'undefined', '-', {}],
		...['a b', 'first\nsecond', '••••••••', 'abc–def', 'Client ID: abc'],
	])('names a Client ID or Client Secret that cannot be one: %j', async (value) => {
		for (const [name, label] of [
			['clientId', 'Client ID'],
			['clientSecret', 'Client Secret'],
		]) {
			sandbox.resetLog();
			const { status, message } = await testCredential(fields({ [name]: value }));
			expect([status, message]).toEqual([
				'Error',
				expect.stringMatching(new RegExp(`^${label}: (?:is empty|is a word|has a space).*Copy it`)),
			]);
			if (typeof value === 'string' && value.length > 8) expect(message).not.toContain(value);
			expect(sandbox.count()).toBe(0);
		}
	});

	test('takes a Client ID and a Client Secret with what nobody sees', async () => {
		const { clientId, clientSecret } = sandbox.account;
		const seen = fields({
			clientId: `\ufeff${clientId}\u200b\n`,
			clientSecret: ` ${clientSecret.slice(0, 3)}\ufe0f${clientSecret.slice(3)}\u3164`,
		});
		expect((await testCredential(seen)).status).toBe('OK');
	});

	test('names an address where nobody answers', async () =>
		expect((await testCredential(fields({ baseUrl: 'http://127.0.0.1:9/v1' }))).message).toMatch(
			/could not be reached \(ECONNREFUSED\)/,
		));

	test('takes fields pasted with spaces and a final slash', async () =>
		expect(
			(
				await testCredential(
					fields({ accountId: ` ${sandbox.account.accountId} `, baseUrl: `${sandbox.apiUrl}/` }),
				)
			).status,
		).toBe('OK'));
});

test('the access token is stored with the credential and used again by the next run', async () => {
	const harness = await openHarness();
	const parameters = { resource: 'giftCard', operation: 'getAll', returnAll: true };
	await harness.run(parameters);
	await harness.run(parameters);
	expect(harness.sandbox.count('aid_auths_oauth_token_post')).toBe(1);
	expect(harness.engine.credential(harness.credential.id)).toMatchObject({
		writes: 1,
		data: { accessToken: expect.any(String) },
	});
	await harness.close();
});

test('fields of the credential may be expressions', async () => {
	const harness = await openHarness();
	const { accountId } = harness.sandbox.account;
	const credential = harness.signIn({
		accountId: `={{ "${accountId.slice(0, 3)}" + "${accountId.slice(3)}" }}`,
	});
	const run = await harness.run({ resource: 'giftCard', operation: 'getAll' }, [{}], {
		settings: { credentials: { dinteroApi: credential } },
	});
	expect(run.error).toBeUndefined();
	await harness.close();
});
