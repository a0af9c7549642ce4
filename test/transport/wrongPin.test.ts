/** A wrong PIN costs one try and no sign-in; an access token that has expired costs one sign-in and no try. */
import { openHarness, type Harness } from '../support/harness.mts';
import { fastTime } from '../support/time.mts';

jest.setTimeout(60_000);

let harness: Harness;
let realTime: () => void;
afterEach(async () => {
	realTime();
	expect(harness.sandbox.violations).toEqual([]);
	await harness.close();
});

const SIGN_IN = 'aid_auths_oauth_token_post';
const statuses = [400, 401, 403, 404] as const;
const combinations = statuses.flatMap((wrongPin) =>
	(['allow', 400, 403] as const).flatMap((missingPin) =>
		([401, 403] as const).map((expiredToken) => ({ wrongPin, missingPin, expiredToken })),
	),
);

async function openWithCard(switches: object) {
	harness = await openHarness({ switches });
	realTime = fastTime();
	const [card] = (
		await harness.run({
			resource: 'giftCard',
			operation: 'create',
			cardId: 'kari',
			amount: '500',
			currency: 'NOK',
		} as never)
	).json('Dintero');
	const pins: string[] = [];
	harness.sandbox.faults.add({
		kind: 'error-before',
		operationId: 'aid_cards_token_post',
		when: ({ body }) => {
			const { pin } = JSON.parse(body ?? '{}') as { pin?: string };
			if (pin !== undefined) pins.push(pin);
			return false;
		},
	});
	harness.sandbox.resetLog();
	const wrong = card.pin === '0000' ? '1111' : '0000';
	return { token: String(card.cardToken), pin: String(card.pin), wrong, pins };
}
const charge = async (cardToken: string, pin: string) =>
	await harness.run({
		resource: 'transaction',
		operation: 'charge',
		cardBy: 'cardToken',
		cardToken,
		pin,
		amount: '100',
		currency: 'NOK',
	} as never);

describe.each(combinations)('%j', (switches) => {
	test('a wrong PIN is tried once, and nobody signs in again', async () => {
		const { token, wrong, pins } = await openWithCard(switches);
		const run = await charge(token, wrong);
		expect(run.nodeError('Dintero')?.message).toMatch(/PIN/);
		expect(pins).toEqual([wrong]);
		expect(harness.sandbox.count(SIGN_IN)).toBe(0);
		expect(harness.sandbox.books.card('kari')?.balance).toBe(50000);
	});

	test('a right PIN with an access token that has expired costs one sign-in', async () => {
		const { token, pin } = await openWithCard(switches);
		harness.sandbox.expireTokens();
		const run = await charge(token, pin);
		expect(run.error).toBeUndefined();
		expect(harness.sandbox.count(SIGN_IN)).toBe(1);
		expect(harness.sandbox.books.card('kari')?.balance).toBe(40000);
	});

	test('a wrong PIN with an access token that has expired is looked at by Dintero once', async () => {
		const { token, wrong, pins } = await openWithCard(switches);
		harness.sandbox.expireTokens();
		const run = await charge(token, wrong);
		// The first one was refused for its access token, before anybody looked at the PIN.
		expect(pins).toEqual([wrong, wrong]);
		expect(run.nodeError('Dintero')?.message).toMatch(/PIN/);
		expect(harness.sandbox.count(SIGN_IN)).toBe(1);
		expect(harness.sandbox.books.card('kari')?.balance).toBe(50000);
	});
});
