import { readAccount } from './account.mts';
import { plan } from './live.mts';
import { runOnSandbox, questionsInTheDocs } from './sandboxRun.mts';
import { STEPS } from './steps.mts';

const test_account = {
	DINTERO_ACCOUNT_ID: 'T12345678',
	DINTERO_CLIENT_ID: 'client',
	DINTERO_CLIENT_SECRET: 'secret',
};

describe('which account', () => {
	test('none set: nothing to do but show the plan', () => {
		expect(readAccount({})).toBeUndefined();
		for (const { does } of STEPS) expect(plan()).toContain(does);
	});

	test('a test account on Dintero, or on a sandbox of this machine', () => {
		expect(readAccount(test_account)).toMatchObject({
			accountId: 'T12345678',
			baseUrl: 'https://api.dintero.com/v1',
		});
		const local = { ...test_account, DINTERO_BASE_URL: 'http://127.0.0.1:8787/v1/' };
		expect(readAccount(local)).toMatchObject({ baseUrl: 'http://127.0.0.1:8787/v1' });
	});

	test.each<[string, Record<string, string>, RegExp]>([
		['production', { DINTERO_ACCOUNT_ID: 'P12345678' }, /production account/],
		[
			'production without a client',
			{ DINTERO_ACCOUNT_ID: 'P12345678', DINTERO_CLIENT_ID: '' },
			/production/,
		],
		['a lower-case production account', { DINTERO_ACCOUNT_ID: 'p12345678' }, /production/],
		['something else', { DINTERO_ACCOUNT_ID: 'T1234' }, /not a test account/],
		['half of a client', { DINTERO_CLIENT_SECRET: '' }, /needed together/],
		['a foreign host', { DINTERO_BASE_URL: 'https://evil.example/v1' }, /only name a sandbox/],
		[
			'a host that begins right',
			{ DINTERO_BASE_URL: 'http://127.0.0.1.evil.example/v1' },
			/only name/,
		],
		['a host behind a user', { DINTERO_BASE_URL: 'http://localhost@evil.example/v1' }, /only name/],
	])('%s is refused', (_, change, reason) => {
		expect(() => readAccount({ ...test_account, ...change })).toThrow(reason);
	});
});

test('the page and the steps agree on what is asked', () => {
	const { asked, others } = questionsInTheDocs();
	const inSteps = [...new Set(STEPS.flatMap(({ asks }) => asks))];
	expect([...asked].sort()).toEqual([...inSteps].sort());
	for (const question of others) expect(inSteps).not.toContain(question);
});

describe('a round on the sandbox', () => {
	test('answers every question, leaves nothing behind and names no secret', async () => {
		const run = await runOnSandbox({ paid: true, change: { phone: '+4799999999' } });
		const { report, said, secrets, clean, round, answer } = run;
		expect(report).toContain('Every question was answered.');
		for (const question of questionsInTheDocs().asked)
			expect(report).toContain(`- **${question}** `);
		expect(clean).toBe(true);
		expect([run.subscriptions, run.openSessions]).toEqual([0, 0]);
		expect(run.balance).toBe(20); // two cards that can't be used keep 10 øre each until they expire
		expect(round.requests).toBeLessThan(150);
		const checkout: Record<string, RegExp> = {
			U64: /account: 200;.*classic: 200;.*transaction: 404.*session: 404/,
			U65: /401/,
			U66: /as it is: 200; .*neither list: 200; 101 lines: 200; without Express: 400/,
			U67: /lives 14400 s; an SMS: sent/,
			U68: /200/,
			U69: /it: 200; canceling it again: 400/,
			U71: /creditcard; .*order 500, gift_cards\[\]\.amount 300, in AUTHORIZE 300; .*: yes; .*undefined/,
			U72: /array of 2, newest first; .*next one; session_id: 1 of which 0/,
		};
		for (const [question, finding] of Object.entries(checkout))
			expect(answer(question)).toMatch(finding);
		expect(secrets.length).toBeGreaterThan(10);
		for (const secret of secrets) {
			expect(report).not.toContain(secret);
			expect(said).not.toContain(secret);
		}
	}, 60_000);

	test('tells a sandbox that behaves otherwise apart', async () => {
		const { answer, clean } = await runOnSandbox({
			webhookStatus: 500,
			paid: true,
			change: { phone: '+4799999999' },
			switches: {
				tokenLifetime: 14400,
				wrongSecret: 400,
				wrongAccount: 401,
				wrongAudience: 400,
				errorCodes: false,
				timestampsWithMilliseconds: true,
				numbersAsStrings: true,
				listOrder: 'oldest-first',
				listCursor: 'absent',
				duplicateCard: 409,
				createRecordsFund: false,
				createRequiresTokenExpiresIn: true,
				expiryInPast: 400,
				formatFlagsFallback: 'off',
				statusAfterUse: 'partly',
				statusWhenEmpty: 'spent',
				deleteCard: 'delete',
				batchStatus: 'created',
				batchPartialFailure: 'skip-failed',
				batchCurrency: 'EUR',
				activateTwice: 409,
				duplicateTokenRefId: 'return-first',
				wrongPin: 404,
				missingPin: 400,
				expiredCardToken: 403,
				duplicateRefId: 409,
				insufficientFunds: 402,
				cardNotUsable: 422,
				currencyMismatch: 403,
				usedCardToken: 404,
				notPending: 409,
				transactionTypes: 'action',
				duplicateSubscription: 409,
				secretVisibleOnRead: true,
				readsDeletedSubscriptions: false,
				deletedSubscriptionDeliveriesReadable: false,
				includeDeletedWorks: false,
				eventResourceKey: 'data',
				eventIncludesCardId: false,
				eventIncludesBalance: true,
				eventBody: 'pretty',
				silentTransactions: ['fund', 'create', 'drawdown'],
				pingSigned: false,
				pingCarriesSecret: false,
				signatureCase: 'upper',
				retryDelaysMs: [10, 10, 10, 10],
				removalAfterFailures: null,
				checkoutPaths: 'account',
				sessionLines: 100,
				sessionLifetime: 3600,
				unlistedPaymentTypes: 'refuse',
				preloadedUnusableCard: 400,
				cancelRefused: 409,
				testAccountSms: 'skipped',
				mixedPaymentType: 'dintero.wallets',
				checkoutListOrder: 'oldest-first',
				giftCardAmounts: 'whole-everywhere',
				eventCardTransaction: 'other',
				checkoutWalletMark: 'originated_by',
			},
		});
		expect(clean).toBe(true);
		const expected: Record<string, RegExp> = {
			U1: /14400/,
			U2: /wrong secret: 400.*another account: 401.*another audience: 400/,
			U5: /\{ error: \{ message \} \}/,
			U7: /milliseconds/,
			U8: /string/,
			U10: /no cursor/,
			U12: /again: 409.*amount: 409.*100 \(100/,
			U13: /no transaction/,
			U15: /without expires_in: 400/,
			U16: /first payment: 200, second: 404/,
			U17: /got digits$/,
			U20: /^400/,
			U21: /used: partly.*empty card: spent/,
			U23: /^200/,
			U26: /created/,
			U28: /200; the possible card was made/,
			U29: /currency EUR/,
			U30: /second: 409/,
			U31: /the first code/,
			U32: /wrong PIN: 404.*no PIN: 400/,
			U33: /403/,
			U34: /^409/,
			U35: /402/,
			U36: /not active yet: 422.*inactive card: 422/,
			U37: /403/,
			U40: /409/,
			U41: /reservation: drawdown.*capture: pending_capture/,
			U43: /409/,
			U44: /shows the secret/,
			U45: /reading it: 404.*deliveries: 404.*does not list it/,
			U47: /data: \{/,
			U49: /upper case; not over compact JSON/,
			U50: /not signed, does not carry/,
			U52: /5 tries under one ID/,
			U64: /account: 200;.*classic: 404/,
			U66: /neither list: 400.*101 lines: 400/,
			U67: /lives 3600 s; an SMS: skipped/,
			U68: /400/,
			U69: /again: 409/,
			U71: /its type: dintero\.wallets;.*transaction: no; that one: originated_by dintero-checkout/,
			U72: /oldest first/,
		};
		for (const [question, finding] of Object.entries(expected))
			expect({ question, answer: answer(question) }).toEqual({
				question,
				answer: expect.stringMatching(finding) as string,
			});
	}, 60_000);

	test('without a webhook address it asks the rest', async () => {
		const { report, clean } = await runOnSandbox({ webhookStatus: 0 });
		expect(clean).toBe(true);
		expect(report).toMatch(/Without an answer: U43, U44, U45, U47, U48, U49, U50, U52, U54\./);
	}, 60_000);

	test('a client with webhook rights only makes no card, one with wallet rights only no subscription', async () => {
		const hooks = await runOnSandbox({ client: { scopes: ['admin:hooks'] } });
		expect(hooks.answer('U4')).toMatch(/without wallet rights: 403/);
		expect(hooks.report).not.toContain('These cards stay');
		const wallets = await runOnSandbox({
			client: { scopes: ['admin:wallets'] },
			switches: { missingScope: 401 },
		});
		expect(wallets.answer('U4')).toMatch(/without webhook rights: 401/);
		expect(wallets.clean && hooks.clean).toBe(true);
	}, 60_000);

	test('a client that only reads changes nothing and says so', async () => {
		const { report, clean, balance } = await runOnSandbox({
			client: { scopes: ['read:wallets', 'read:hooks'] },
		});
		expect(report).toMatch(/no card could be made: 403/);
		expect(report).toMatch(/not subscribed: 403/);
		expect([clean, balance]).toEqual([true, 0]);
	}, 60_000);

	test('a wrong client ends after one request', async () => {
		const { report, clean, requests } = await runOnSandbox({
			change: { clientSecret: 'mistyped-secret' },
		});
		expect([clean, requests]).toEqual([false, 1]);
		expect(report).toContain('Signing in failed: 401');
		expect(report).not.toContain('mistyped-secret');
	});

	test.each([20, 45, 70, /U66: 101 lines: 200/])(
		'interrupted after %s requests or that line, it cleans up',
		async (interruptAfter) => {
			const { report, subscriptions, openSessions, balance, round } = await runOnSandbox({
				interruptAfter,
			});
			expect(report).toContain('Interrupted');
			expect([subscriptions, openSessions]).toEqual([0, 0]);
			expect(balance).toBeLessThanOrEqual(20);
			expect(round.leftBehind).toEqual([]);
		},
		60_000,
	);
});
