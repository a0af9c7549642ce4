import type { IDataObject } from 'n8n-workflow';

import {
	activateCard,
	isActive,
	type Activation,
	type IfActive,
} from '../../nodes/Dintero/issuance/activateCard';
import { markRequest } from '../../nodes/Dintero/issuance/origin';
import { fakeDintero, type Scripted } from './fakeDintero.mts';

const mark = 'n8n execution 1, item 1 [x]';
const request = markRequest({ amount: 100, currency: 'NOK' }, mark) as IDataObject & {
	amount: number;
	currency: string;
};
const activation = { cardId: 'a', request, mark };
const inactive = { card_id: 'a', status: 'inactive', amount: 0, currency: 'NOK' };
const ours = { card_id: 'a', status: 'unused', amount: 100, currency: 'NOK', originated_by: mark };
const theirs = { ...ours, originated_by: 'somebody' };

const activating = (posts: Scripted[], gets: Scripted[] = [inactive]) =>
	fakeDintero({ 'POST /activate': posts, 'GET cards/a': gets });

test('an answer that shows no mark is believed', async () => {
	const { dintero, sent } = activating([{ ...ours, originated_by: undefined } as never]);
	expect(await activateCard(dintero, activation, 'stop')).toMatchObject({ outcome: 'activated' });
	expect(sent).toHaveLength(1);
});

test('a success that shows a card somebody else activated is no success', async () => {
	const { dintero } = activating([theirs], [theirs]);
	await expect(activateCard(dintero, activation, 'stop')).rejects.toThrow('is active already');
	const again = activating([theirs], [theirs]);
	expect(await activateCard(again.dintero, activation, 'return')).toMatchObject({
		outcome: 'alreadyActive',
	});
});

test('a mark in the metadata is seen too', async () => {
	const own = {
		...activation,
		request: markRequest({ ...request, originated_by: 'Till 3' }, mark),
	};
	const card = { ...ours, originated_by: 'Till 3', metadata: { n8n_origin: mark } };
	const { dintero } = activating([{ fail: 409 }], [card]);
	expect(await activateCard(dintero, own as never, 'stop')).toMatchObject({ outcome: 'recovered' });
});

test('a lost answer, then a refusal while the card is still inactive: it may come late, so it is asked again', async () => {
	const { dintero, sent } = activating(
		[{ fail: 'lost' }, { fail: 400 }, { fail: 400 }],
		[inactive, inactive, ours],
	);
	expect(await activateCard(dintero, activation, 'stop')).toMatchObject({ outcome: 'recovered' });
	expect(sent.filter(({ method }) => method === 'POST')).toHaveLength(3);
});

test('a lost answer, then no way to reach Dintero: its fate is said to be open', async () => {
	const { dintero } = activating([{ fail: 'lost' }, { fail: 'notSent' }]);
	await expect(activateCard(dintero, activation, 'stop')).rejects.toThrow(
		"did not say whether the gift card 'a' was activated",
	);
});

test('answers that are always lost end after a few tries', async () => {
	const { dintero, sent, pauses } = activating([{ fail: 'lost' }]);
	await expect(activateCard(dintero, activation, 'stop')).rejects.toThrow('did not say whether');
	expect(sent.filter(({ method }) => method === 'POST')).toHaveLength(6);
	expect(pauses).toHaveLength(5);
});

test('a refusal of a card that is still inactive is Dintero’s word', async () => {
	const { dintero, sent } = activating([{ fail: 422 }]);
	await expect(activateCard(dintero, activation, 'stop')).rejects.toThrow(
		'refused by the script (422)',
	);
	expect(sent).toHaveLength(2);
});

test.each<[IDataObject, boolean]>([
	[{ status: 'inactive', amount: 100 }, false],
	[{ status: 'created' }, false],
	[{ status: 'unused', amount: 0 }, true],
	[{ status: 'whatever it is called' }, true],
	[{ amount: 0 }, false],
	[{ amount: '0', amount_balance: '5' }, true],
	[{ status: '', amount_funds: 1 }, true],
	[{ status: '', amount: 0 }, false],
	[{ amount_funds: 1 }, true],
	[{ amount_balance: 1 }, true],
	[{ status: 5, amount: 1 }, true],
	[{}, false],
])('%p is active: %p', (card, active) => expect(isActive(card)).toBe(active));

/** How it ended: its result, or the error as message and way out. */
async function ending(
	posts: Scripted[],
	gets?: Scripted[],
	ifActive: IfActive = 'stop',
	changed: Partial<Activation> = {},
) {
	const { dintero, sent, pauses } = activating(posts, gets);
	const asked = () => sent.filter(({ method }) => method === 'POST');
	const end = await activateCard(dintero, { ...activation, ...changed }, ifActive).then(
		(activated) => activated,
		({ message, description }) => `${message} | ${description}`,
	);
	return { end, sent, asked, pauses };
}

test('one request activates the card, sent as a write', async () => {
	const { end, sent } = await ending([ours]);
	expect(end).toEqual({ card: ours, outcome: 'activated' });
	expect(sent).toEqual([
		{ method: 'POST', path: 'wallets/cards/a/activate', body: request, effect: 'write' },
	]);
});

describe.each([['notSent' as const], [401], ['bug' as const]])(
	'a request that never arrived (%p)',
	(fail) => {
		test('is reported as it is, and nothing is looked up', async () => {
			const { end, sent } = await ending([{ fail }]);
			expect(end).toMatch(/^(no answer|.*refused by the script \(401\)|a mistake of our own)/);
			expect(sent).toHaveLength(1);
		});
		test('after one whose answer was lost leaves its fate open', async () => {
			const { end, asked } = await ending([{ fail: 'lost' }, { fail }]);
			expect(end).toMatch(/did not say whether the gift card 'a' was activated \(.+\)/);
			expect(end).toMatch(/'Get' before anything else.*at most once/);
			expect(asked()).toHaveLength(2);
		});
	},
);

test('a lost answer of a card that is still inactive: it is asked again after a pause', async () => {
	const { end, asked, pauses } = await ending([{ fail: 'lost' }, ours]);
	expect(end).toMatchObject({ outcome: 'activated' });
	expect(asked()[1]).toEqual(asked()[0]);
	expect(pauses).toEqual([expect.any(Number)]);
	expect(pauses[0]).toBeGreaterThanOrEqual(150);
	expect(pauses[0]).toBeLessThanOrEqual(300);
});

test('a look-up that fails leaves a refusal as it is, and everything else open', async () => {
	expect((await ending([{ fail: 422 }], [{ fail: 403 }])).end).toMatch(/by the script \(422\)/);
	for (const post of [{ fail: 'lost' } as const, theirs]) {
		const { end, asked } = await ending([post], [{ fail: 403 }]);
		expect(end).toMatch(/did not say whether the gift card 'a' was activated \(.*403/);
		expect(asked()).toHaveLength(1);
	}
});

test('a card that is not there is called so', async () => {
	expect((await ending([theirs], [{ fail: 404 }])).end).toBe(
		"Dintero has no gift card 'a' | Check the card's ID.",
	);
	expect((await ending([{ fail: 422 }], [{ fail: 404 }])).end).toMatch(/by the script \(422\)/);
});

test('a success that shows another’s mark, of a card that stays inactive, ends with its fate open', async () => {
	const { end, asked } = await ending([theirs]);
	expect(end).toMatch(/did not say whether .* \(no readable answer\)/);
	expect(asked()).toHaveLength(6);
});

describe('a card that is active already', () => {
	test('by somebody else stops the run, and says how to go on', async () => {
		const { end, asked } = await ending([{ fail: 409 }], [theirs]);
		expect(end).toMatch(/^The gift card 'a' is active already \| .*not activated by this run/);
		expect(end).toMatch(/may have been sold before\. 'If Already Active' in the options/);
		expect(asked()).toHaveLength(1);
	});

	test('by somebody else is returned where that is wanted', async () =>
		expect((await ending([{ fail: 409 }], [theirs], 'return')).end).toEqual({
			card: theirs,
			outcome: 'alreadyActive',
		}));

	test.each([
		['by us', ours],
		['by somebody else', theirs],
	])('%s with another amount is left alone', async (_who, found) =>
		expect((await ending([{ fail: 409 }], [{ ...found, amount: 90 }], 'return')).end).toBe(
			"The gift card 'a' is active already | It differs in amount (0.90 NOK there, 1.00 NOK wanted), so it was left alone.",
		),
	);
});
