/** An account whose cards expire by default: the output shows it where Dintero does, and nothing else changes. */
import { openHarness, type Harness } from '../../support/harness.mts';
import { clientFor, getToken } from '../../sandbox/client.mts';

jest.setTimeout(60_000);

let harness: Harness;
let api: ReturnType<typeof clientFor>;
beforeEach(async () => {
	harness = await openHarness();
	const { sandbox } = harness;
	const { data } = await getToken(sandbox.apiUrl, sandbox.account);
	api = clientFor(sandbox.apiUrl, sandbox.account, data.access_token as string);
	await api.patch('/wallets/settings', { default_card_expires_in_days: 30 });
});
afterEach(async () => {
	expect(harness.sandbox.violations).toEqual([]);
	await harness.close();
});

const inDays = (text: unknown) => Math.round((Date.parse(String(text)) - Date.now()) / 86_400_000);
const act = async (operation: string, more: object) => {
	const run = await harness.run({ resource: 'giftCard', operation, ...more } as never);
	if (run.error) throw run.error;
	return run.json('Dintero')[0];
};
const created = { cardId: 'a', amount: '500', currency: 'NOK' };
const byId = (value: string) => ({ cardId: { __rl: true, mode: 'id', value } });

test.each([true, false])('shown in the answers: %p', async (defaultExpiryShown) => {
	harness.sandbox.set({ defaultExpiryShown });
	const card = await act('create', created);
	if (defaultExpiryShown) expect(inDays(card.expiresAt)).toBe(30);
	else expect(card).not.toHaveProperty('expiresAt');
	expect(inDays((await act('get', byId('a'))).expiresAt)).toBe(30);

	await api.post('/wallets/cards/batch', { cards: [{ card_id: 'p', type: 'gift_card' }] });
	const active = await act('activate', { ...byId('p'), amount: '100', currency: 'NOK' });
	expect(active.outcome).toBe('activated');
	if (defaultExpiryShown) expect(inDays(active.expiresAt)).toBe(30);
});

test('a card whose answer was lost is our own, though it expires and nobody asked for that', async () => {
	harness.sandbox.faults.add({ kind: 'cut-after', operationId: 'aid_cards_post', nth: 1 });
	const card = await act('create', created);
	expect(card).toMatchObject({ outcome: 'recovered' });
	expect(inDays(card.expiresAt)).toBe(30);
	expect(harness.sandbox.books.opens(String(card.cardToken), String(card.pin))).toBe('a');
});

test('an expiry of its own wins', async () => {
	const own = await act('create', {
		...created,
		additionalFields: { expiresAt: '2099-12-31T10:00:00Z' },
	});
	expect(Date.parse(String(own.expiresAt))).toBe(Date.parse('2099-12-31T10:00:00Z'));
});
