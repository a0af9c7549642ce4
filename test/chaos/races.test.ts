import type { IDataObject } from 'n8n-workflow';

import { openHarness, type Harness } from '../support/harness.mts';
import { fastTime, wait } from '../support/time.mts';

/** Requests that arrive late, answers that are out of date: what two requests do to each other. */

let harness: Harness;
beforeEach(async () => (harness = await openHarness({ seed: 4 })));
afterEach(async () => {
	expect(harness.sandbox.violations).toEqual([]);
	await harness.close();
});

const create = 'aid_cards_post';
const read = 'aid_cards_cardid_get';
const rotate = 'aid_cards_cardid_rotate_pin_post';

const issue = async (cardId: string, options: IDataObject = {}) =>
	await harness.run({
		resource: 'giftCard',
		operation: 'create',
		cardId,
		amount: '500',
		currency: 'NOK',
		options: { timeout: 1, ...options },
	} as never);
const opens = ({ cardToken, pin }: IDataObject) =>
	harness.sandbox.books.opens(String(cardToken), String(pin));

test('a PIN rotation that is carried out long after the time-out does not overtake the one whose PIN is returned', async () => {
	harness.sandbox.faults.add(
		{ kind: 'cut-after', operationId: create, times: 1 },
		{ kind: 'slow-before', operationId: rotate, nth: 1, delayMs: 1800 },
	);
	const [card] = (await issue('late-pin')).json('Dintero');
	expect(card).toMatchObject({ cardId: 'late-pin', recovered: true });
	await wait(1000);
	expect(opens(card)).toBe('late-pin');
});

test('a PIN rotation still under way behind a gateway that gave up does not overtake the next one', async () => {
	// The answer 504 comes at once; the work behind it is done half a minute later, in time ten times as fast.
	const realTime = fastTime(10, 60_000);
	harness.sandbox.faults.add(
		{ kind: 'cut-after', operationId: create, times: 1 },
		{ kind: 'error-before', status: 504, operationId: rotate, nth: 1 },
	);
	const late = wait(3000).then(() => rotateBehind('gateway'));
	const [card] = (await issue('gateway')).json('Dintero');
	realTime();
	await late;
	expect(opens(card)).toBe('gateway');
}, 30_000);

test('the long pauses between rotations are not taken for a silence of Dintero', async () => {
	// Pauses of 10 s, twice as fast, beside a time-out of 1 s: four of those in silence end a run.
	const realTime = fastTime(2);
	harness.sandbox.faults.add(
		{ kind: 'cut-after', operationId: create, times: 1 },
		{ kind: 'cut-before', operationId: rotate, nth: [1, 2] },
	);
	const [card] = (await issue('pauses')).json('Dintero');
	realTime();
	expect(opens(card)).toBe('pauses');
}, 30_000);

test('a card that is made long after the time-out, and one asked for meanwhile, are one card', async () => {
	harness.sandbox.faults.add({ kind: 'slow-before', operationId: create, nth: 1, delayMs: 1600 });
	const [card] = (await issue('late-card')).json('Dintero');
	await wait(1000);
	expect(harness.sandbox.books.cards()).toHaveLength(1);
	expect(opens(card)).toBe('late-card');
});

test.each([
	['refused', { kind: 'error-before', status: 400 } as const],
	['not let in', { kind: 'error-before', status: 401 } as const],
])(
	'when the first request may still be carried out and the next ones are %s, the fate of the card is called unknown',
	async (_, next) => {
		harness.sandbox.faults.add(
			{ kind: 'slow-before', operationId: create, nth: 1, delayMs: 12_000 },
			{ ...next, operationId: create },
		);
		const run = await issue('in-doubt');
		expect(run.nodeError('Dintero')?.message).toContain(
			"Dintero did not say whether gift card 'in-doubt' was issued",
		);
	},
	30_000,
);

test('a look-up that does not show yet what was just made does not hide it', async () => {
	harness.sandbox.faults.add(
		{ kind: 'cut-after', operationId: create, nth: 1 },
		{ kind: 'error-before', status: 404, code: 'NOT FOUND', operationId: read, nth: [1, 2] },
	);
	const [card] = (await issue('stale')).json('Dintero');
	expect(card).toMatchObject({ cardId: 'stale', recovered: true });
	expect(opens(card)).toBe('stale');
	expect(harness.sandbox.books.cards()).toHaveLength(1);
});

/** A rotation in the background. */
async function rotateBehind(cardId: string): Promise<void> {
	const { accountId, clientId, clientSecret } = harness.sandbox.account;
	const account = `${harness.sandbox.apiUrl}/accounts/${accountId}`;
	const post = async (path: string, authorization: string, body: object) =>
		await (
			await fetch(`${account}/${path}`, {
				method: 'POST',
				headers: { authorization, 'content-type': 'application/json' },
				body: JSON.stringify(body),
			})
		).json();
	const audience = `https://api.dintero.com/v1/accounts/${accountId}`;
	const { access_token } = (await post(
		'auth/token',
		`Basic ${btoa(`${clientId}:${clientSecret}`)}`,
		{ grant_type: 'client_credentials', audience },
	)) as { access_token: string };
	const format = { length: 4, numbers: true, characters: false, symbols: false };
	await post(`wallets/cards/${cardId}/rotate-pin`, `Bearer ${access_token}`, { pin: { format } });
}
