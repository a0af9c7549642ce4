import type { IDataObject } from 'n8n-workflow';

import {
	activateCard,
	type Activation,
	type IfActive,
} from '../../nodes/Dintero/exactlyOnce/activateCard';
import { isActive } from '../../nodes/Dintero/exactlyOnce/cardState';
import { Mark } from '../../nodes/Dintero/exactlyOnce/mark';
import { fakeDintero, type Scripted } from './fakeDintero.mts';

const text = 'n8n execution 1, item 1 [x]';
const mark = new Mark(text);
const request = mark.on({ amount: 100, currency: 'NOK' }) as Activation['request'];
const activation = { cardId: 'a', request, mark };
const inactive = { card_id: 'a', status: 'inactive', amount: 0, currency: 'NOK' };
const ours = { card_id: 'a', status: 'unused', amount: 100, currency: 'NOK', originated_by: text };
const theirs = { ...ours, originated_by: 'somebody' };

const activating = (posts: Scripted[], gets: Scripted[] = [inactive]) =>
	fakeDintero({ 'POST /activate': posts, 'GET cards/a': gets });

describe('a success that shows no mark of ours: Dintero may keep those of the batch, or drop them', () => {
	const [before, now] = ['2020-01-01T00:00:00Z', 'now'];
	/** With the time of day in place of `now`. */
	const dated = <T>(value: T): T =>
		JSON.parse(JSON.stringify(value).replaceAll('"now"', JSON.stringify(new Date()))) as T;
	const bare = { ...ours, originated_by: undefined };
	const kept = { ...ours, originated_by: 'print shop' };
	const fund = (more: IDataObject) => ({ id: 'f', type: 'fund', amount: 100, ...more });

	test.each<[string, object, IDataObject[] | { fail: 403 }]>([
		['that says nothing else', bare, { fail: 403 }],
		['activated now', { ...bare, active_from: now }, []],
		['activated now, with what the batch had', { ...kept, active_from: now }, []],
		['funded now', kept, [fund({ created_at: now })]],
		['funded by us', kept, [fund({ created_at: before, originated_by: text })]],
		[
			'funded before and now',
			bare,
			[fund({ created_at: before, id: 'g' }), fund({ created_at: now })],
		],
	])('is ours: %s', async (_what, card, list) => {
		const { dintero, sent } = fakeDintero({
			'POST /activate': [dated(card) as never],
			'GET a/transactions': [dated(list) as never],
		});
		expect(await activateCard(dintero, activation, 'stop')).toMatchObject({
			outcome: 'activated',
		});
		expect(sent.filter(({ method }) => method === 'POST')).toHaveLength(1);
	});

	test.each<[string, object, IDataObject[] | { fail: 403 }]>([
		['activated before', { ...bare, active_from: before }, []],
		['funded before', bare, [fund({ created_at: before })]],
		['of somebody else, and nothing more can be read', kept, { fail: 403 }],
		['of somebody else, and nothing tells when', kept, []],
		[
			'with the mark of another run where Dintero keeps no metadata, in the same second',
			{ ...ours, originated_by: 'n8n execution 2, item 1 [y]', active_from: now },
			[],
		],
		[
			'with the mark of another run',
			{ ...bare, active_from: now, metadata: { n8n_origin: 'n8n execution 2' } },
			[],
		],
	])('is another’s: %s', async (_what, card, list) => {
		for (const ifActive of ['stop', 'return'] as const) {
			const { dintero, sent } = fakeDintero({
				'POST /activate': [dated(card) as never],
				'GET a/transactions': [dated(list) as never],
				'GET cards/a': [dated(card) as never],
			});
			const end = activateCard(dintero, activation, ifActive);
			if (ifActive === 'stop') await expect(end).rejects.toThrow('is already active');
			else expect(await end).toMatchObject({ outcome: 'alreadyActive' });
			expect(sent.filter(({ method }) => method === 'POST')).toHaveLength(1);
		}
	});
});

describe('a success that does not show what was asked for is no success', () => {
	test.each<[string, IDataObject]>([
		['nothing at all', {}],
		['an error', { error: { message: 'The card is active' } }],
		['a card that is still inactive', { ...ours, status: 'inactive', amount: 0 }],
		['another card', { ...ours, card_id: 'b' }],
		['no card', { ...ours, card_id: undefined } as never],
		['another amount', { ...ours, amount: 20 }],
		['another currency', { ...ours, currency: 'SEK' }],
		['no amount', { ...ours, amount: undefined } as never],
	])('%s', async (_what, answer) => {
		// The books show that it was done, was done by somebody else, or was not done.
		expect((await ending([answer], [ours])).end).toEqual({ card: ours, outcome: 'recovered' });
		expect((await ending([answer], [theirs])).end).toMatch(/is already active/);
		expect((await ending([answer], [inactive])).end).toMatch(/did not say whether/);
	});
});

test('a refusal of a member that only carries our mark is survived', async () => {
	const { dintero, sent } = activating([
		{ fail: 400, message: 'originated_by is not allowed' },
		{ ...ours, originated_by: undefined, metadata: { n8n_origin: text } } as never,
	]);
	expect(await activateCard(dintero, activation, 'stop')).toMatchObject({ outcome: 'activated' });
	expect(sent.map(({ body }) => body)).toEqual([
		request,
		{ amount: 100, currency: 'NOK', metadata: { n8n_origin: text } },
	]);
});

test('a success that shows a card somebody else activated is no success', async () => {
	const { dintero } = activating([theirs], [theirs]);
	await expect(activateCard(dintero, activation, 'stop')).rejects.toThrow('is already active');
	const again = activating([theirs], [theirs]);
	expect(await activateCard(again.dintero, activation, 'return')).toMatchObject({
		outcome: 'alreadyActive',
	});
});

test('a mark in the metadata is seen too', async () => {
	const own = {
		...activation,
		request: mark.on({ amount: 100, currency: 'NOK', originated_by: 'Till 3' }),
	};
	const card = { ...ours, originated_by: 'Till 3', metadata: { n8n_origin: text } };
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
		{ method: 'POST', path: 'wallets/cards/a/activate', body: request, repeat: 'unsafe' },
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
			expect(end).toMatch(/'Get' first.*at most once/);
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

test('after a lost answer, a card that is not shown yet is looked for again', async () => {
	const found = await ending([{ fail: 'lost' }, { fail: 409 }], [{ fail: 404 }, ours]);
	expect(found.end).toMatchObject({ outcome: 'recovered' });
	const unknown = await ending([{ fail: 'lost' }], [{ fail: 404 }]);
	expect(unknown.end).toMatch(/did not say whether the gift card 'a' was activated/);
});

test('an answer with an error beside the card is not believed', async () => {
	const failed = { ...ours, id: 'x', error: { message: 'no' } };
	const { end } = await ending([failed, { fail: 400 }], [inactive]);
	expect(end).toMatch(/did not say whether the gift card 'a' was activated/);
});

test('a missing card is named in the error', async () => {
	expect((await ending([theirs], [{ fail: 404 }])).end).toBe(
		"Dintero has no gift card 'a' | Check the card's ID: it is the 'Card ID' it was made with, not the code printed on it.",
	);
	expect((await ending([{ fail: 422 }], [{ fail: 404 }])).end).toMatch(
		/^Dintero has no gift card 'a' \| .*by the script \(422\)/,
	);
});

test('a success that shows another’s mark, of a card that stays inactive, ends with an unknown outcome', async () => {
	const { end, asked } = await ending([theirs]);
	expect(end).toMatch(/did not say whether .* \(no readable answer\)/);
	expect(asked()).toHaveLength(6);
});

describe('a card that is already active', () => {
	test('by somebody else stops the run, and says how to go on', async () => {
		const { end, asked } = await ending([{ fail: 409 }], [theirs]);
		expect(end).toMatch(/^The gift card 'a' is already active \| .*not activated by this run/);
		expect(end).toMatch(/may have been sold before\. Set 'If Already Active' in the options/);
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
			"The gift card 'a' is already active | It differs in amount (found 0.90 NOK, expected 1.00 NOK), so it was left alone.",
		),
	);
});
