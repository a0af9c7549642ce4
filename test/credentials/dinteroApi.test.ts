import { startSandbox, type Sandbox } from '../../sandbox/sandbox.mts';
import { testCredential } from '../support/credentialTest.mts';
import { openStage } from '../support/stage.mts';

let sandbox: Sandbox;
beforeAll(async () => (sandbox = await startSandbox()));
afterEach(() => sandbox.set({ wrongSecret: 401 }));
afterAll(async () => await sandbox.stop());

const fields = (extra: Record<string, unknown> = {}, account = sandbox.account) => ({
	accountId: account.accountId,
	clientId: account.clientId,
	clientSecret: account.clientSecret,
	baseUrl: sandbox.apiUrl,
	...extra,
});

describe('the test of the credential', () => {
	test('passes with all rights and says what they are for', async () =>
		expect(await testCredential(fields())).toEqual({
			status: 'OK',
			message: `Signed in to test account ${sandbox.account.accountId}, with rights for gift cards and webhooks`,
		}));

	test.each([
		['wallet', ['admin:wallets'], 'gift cards'],
		['wallet read', ['read:wallets'], 'gift cards'],
		['wallet write', ['write:wallets'], 'gift cards'],
		['card look-up', ['write:wallets:/info'], 'gift cards'],
		['webhook', ['admin:hooks'], 'webhooks'],
		['webhook read', ['read:hooks'], 'webhooks'],
	])('passes with %s rights only', async (_, scopes, rights) =>
		expect(await testCredential(fields({}, sandbox.addClient({ scopes })))).toEqual({
			status: 'OK',
			message: expect.stringMatching(new RegExp(`with rights for ${rights}$`)),
		}),
	);

	test('names missing rights', async () =>
		expect(await testCredential(fields({}, sandbox.addClient({ scopes: [] })))).toEqual({
			status: 'Error',
			message: expect.stringContaining('has neither wallet nor webhook rights'),
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
	const stage = await openStage();
	const parameters = { resource: 'giftCard', operation: 'getAll', returnAll: true };
	await stage.run(parameters);
	await stage.run(parameters);
	expect(stage.sandbox.count('aid_auths_oauth_token_post')).toBe(1);
	expect(stage.engine.credential(stage.credential.id)).toMatchObject({
		writes: 1,
		data: { accessToken: expect.any(String) },
	});
	await stage.close();
});

test('fields of the credential may be expressions', async () => {
	const stage = await openStage();
	const { accountId } = stage.sandbox.account;
	const credential = stage.signIn({
		accountId: `={{ "${accountId.slice(0, 3)}" + "${accountId.slice(3)}" }}`,
	});
	const run = await stage.run({ resource: 'giftCard', operation: 'getAll' }, [{}], {
		settings: { credentials: { dinteroApi: credential } },
	});
	expect(run.error).toBeUndefined();
	await stage.close();
});
