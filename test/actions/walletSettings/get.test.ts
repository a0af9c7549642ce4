import { operationHarness } from '../operationHarness.mts';

const harness = operationHarness('walletSettings', 'get');
const set = async (days: number) =>
	await harness.api.patch('/wallets/settings', { default_card_expires_in_days: days });

test('an account that never set anything has no default expiry', async () => {
	expect(await harness.outputOf()).toEqual([{ defaultExpiryDays: 0 }]);
});

test('gives the default expiry, and raw output on request', async () => {
	await set(365);
	expect(await harness.outputOf()).toEqual([
		{
			defaultExpiryDays: 365,
			createdAt: expect.any(String),
			updatedAt: expect.any(String),
			updatedBy: 'sandbox-client',
		},
	]);
	const [raw] = await harness.outputOf([{}], { set: { simplify: false }, raw: true });
	expect(raw).toMatchObject({ default_card_expires_in_days: 365 });
});

test('before Dintero has them it says so', async () => {
	harness.sandbox.set({ walletSettings: 404 });
	expect(await harness.failureOf()).toMatch(
		/^Dintero offers no wallet settings in this account yet \| .*2026-11-30.*\(404/,
	);
});

test('a client without the right is told which one', async () => {
	harness.signIn(harness.sandbox.addClient({ scopes: ['write:wallets:/info'] }));
	expect(await harness.failureOf()).toMatch(/the right .*: 'admin:wallets' or 'read:wallets'\./);
});
