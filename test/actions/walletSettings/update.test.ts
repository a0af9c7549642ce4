import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('walletSettings', 'update', {
	defaultExpiryDays: '={{ $json.days }}',
});
const SENT = 'aid_wallets_settings_patch';
const days = async () =>
	(await harness.api.get('/wallets/settings')).data.default_card_expires_in_days as unknown;

describe.each([200, 204] as const)('Dintero answers %i', (walletSettingsPatch) => {
	beforeEach(() => harness.sandbox.set({ walletSettingsPatch }));

	test('sets the default expiry, and takes it away', async () => {
		expect(await harness.outputOf([{ days: '730' }])).toMatchObject([
			{ defaultExpiryDays: 730, updatedBy: 'sandbox-client' },
		]);
		expect(await days()).toBe(730);
		const set = { options: { simplify: false } };
		expect(await harness.outputOf([{ days: 0 }], { set, raw: true })).toMatchObject([
			{ default_card_expires_in_days: 0 },
		]);
	});

	test.each(['cut-before', 'cut-after', 'error-after', 'answer-before', 'not-json'] as const)(
		'%s: set all the same',
		async (kind) => {
			harness.sandbox.faults.add({ kind, operationId: SENT, nth: 1 });
			expect(await harness.outputOf([{ days: 30 }])).toMatchObject([{ defaultExpiryDays: 30 }]);
			expect(await days()).toBe(30);
		},
	);
});

test('what Dintero never shows is not said to be done', async () => {
	harness.sandbox.faults.add({ kind: 'answer-before', operationId: SENT, answer: {} });
	expect(await harness.failureOf([{ days: 30 }])).toMatch(
		/^Dintero does not show whether the default expiry was changed/,
	);
});

test.each<[unknown, RegExp]>([
	['', /is empty/],
	[-1, /'-1' is too small/],
	[1.5, /is not a whole number/],
	['a year', /is not a number/],
	[40_000, /from 0 to 36500/],
])('%p is refused before anything is sent', async (value, message) => {
	expect(await harness.failureOf([{ days: value as string }])).toMatch(message);
	expect(harness.sandbox.count()).toBe(0);
});

test('two items that want different things are refused', async () => {
	expect(await harness.failureOf([{ days: 1 }, { days: 2 }])).toMatch(/is 2 here and 1 in another/);
	expect(harness.sandbox.count()).toBe(0);
});

test('before Dintero has them it says so', async () => {
	harness.sandbox.set({ walletSettings: 404 });
	expect(await harness.failureOf([{ days: 1 }])).toMatch(/no wallet settings in this account yet/);
});
