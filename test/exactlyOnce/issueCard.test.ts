import type { IDataObject } from 'n8n-workflow';

import {
	cardPath,
	checkRows,
	differenceInMoney,
	findCard,
	issueCard,
	type CardOrder,
	type IfCardExists,
} from '../../nodes/Dintero/exactlyOnce/issueCard';
import type { Origin } from '../../nodes/Dintero/exactlyOnce/origin';
import { fakeDintero, type Scripted } from './fakeDintero.mts';
import { fakeOrigin, MARK as mark } from './fakeOrigin.mts';

const digits = { length: 4, numbers: true, characters: false, symbols: false };
const order: CardOrder = {
	card: { card_id: 'a', amount: 100, currency: 'NOK' },
	codes: { pin: digits, token: 'default', tokenLifetime: 60, singleUse: false },
	origin: fakeOrigin(),
};
const codes = { pin: { pin: { value: '1234' } }, card_token: { token: { value: 'T' } } };
const there = { card_id: 'a', amount: 100, currency: 'NOK', originated_by: mark };
const theirs = { ...there, originated_by: 'somebody' };
const made = { ...there, ...codes };
const absent = { fail: 404 };

const issuing = (posts: Scripted[], gets: Scripted[] = [absent]) =>
	fakeDintero({
		'POST wallets/cards': posts,
		'GET cards/a': gets,
		'POST a/rotate-pin': [{ pin: { pin: { value: '9876' } } }],
		'POST a/tokens': [{ token: { value: 'new' } }],
	});
const ordering = (card: IDataObject) => ({ ...order, card: { ...order.card, ...card } });

/** What the run sent, and how it ended: its result, or the error with message and way out as one text. */
async function issue(
	posts: Scripted[],
	gets?: Scripted[],
	ifCardExists: IfCardExists = 'stop',
	changed: CardOrder = order,
) {
	const { dintero, sent, pauses } = issuing(posts, gets);
	const seen = { asked: () => sent.filter(({ path }) => path === 'wallets/cards'), sent, pauses };
	try {
		return { ...seen, result: await issueCard(dintero, changed, ifCardExists), error: '' };
	} catch (error) {
		const { message, description } = error as Error & { description?: string };
		return { ...seen, result: undefined, error: `${message} | ${description}` };
	}
}
const recovered = {
	card: { ...there, pin: { pin: { value: '9876' } }, card_token: { token: { value: 'new' } } },
	outcome: 'recovered',
};

test('one request makes the card: everything is said in it, and it is sent as a write', async () => {
	const { sent, result } = await issue([made]);
	expect(result).toEqual({ card: made, outcome: 'created' });
	expect(sent).toEqual([
		{
			method: 'POST',
			path: 'wallets/cards',
			repeat: 'unsafe',
			body: {
				card_id: 'a',
				amount: 100,
				currency: 'NOK',
				pin: { format: digits },
				card_token: { expires_in: 60, expires_after_transaction: false },
				originated_by: mark,
				metadata: { n8n_origin: mark },
			},
		},
	]);
});

test('a card without codes asks for none and is made without them', async () => {
	const plain = { ...order, codes: { tokenLifetime: 60, singleUse: false } };
	const { sent, result } = await issue([there], undefined, 'stop', plain);
	expect(result?.outcome).toBe('created');
	expect(sent[0].body).toEqual({
		...order.card,
		originated_by: mark,
		metadata: { n8n_origin: mark },
	});
});

test('an answer that shows no mark is believed', async () => {
	const { result } = await issue([{ ...made, originated_by: undefined as never }]);
	expect(result?.outcome).toBe('created');
});

test.each<[string, IDataObject]>([
	['no codes', there],
	['no PIN', { ...made, pin: {} }],
	['no card token', { ...made, card_token: {} }],
])('a success that shows %s: the card is looked up and gets new ones', async (_what, answer) => {
	const { asked, result } = await issue([answer], [there]);
	expect(result).toEqual(recovered);
	expect(asked()).toHaveLength(1);
});

test('a success that shows what somebody else made is no success', async () => {
	const { error } = await issue([{ ...theirs, ...codes }], [theirs]);
	expect(error).toMatch(/^A gift card with the Card ID 'a' already exists/);
});

test('successes that show nothing, of a card that is never there, end with an unknown outcome', async () => {
	const { asked, error } = await issue([{}]);
	expect(error).toMatch(/did not say whether gift card 'a' was issued \(no readable answer\)/);
	expect(asked()).toHaveLength(6);
});

describe('a request that never arrived', () => {
	test.each([['notSent' as const], [401], ['bug' as const]])(
		'(%p) is reported as it is, and nothing is looked up',
		async (fail) => {
			const { sent, error } = await issue([{ fail }]);
			expect(error).toMatch(/^(no answer|.*refused by the script \(401\)|a mistake of our own)/);
			expect(sent).toHaveLength(1);
		},
	);

	test.each([['notSent' as const], [401], ['bug' as const]])(
		'(%p) after one whose answer was lost leaves its fate open',
		async (fail) => {
			const { asked, error } = await issue([{ fail: 'lost' }, { fail }]);
			expect(error).toMatch(/did not say whether gift card 'a' was issued \(.+\)/);
			expect(error).toMatch(/'Get' first.*Reissue Codes.*run again with the same Card ID/);
			expect(asked()).toHaveLength(2);
		},
	);
});

describe('a refusal', () => {
	test('of a card that is not there is Dintero’s word, and is not repeated', async () => {
		const { sent, error, pauses } = await issue([{ fail: 422 }]);
		expect(error).toMatch(/refused by the script \(422\)/);
		expect(sent).toHaveLength(2);
		expect(pauses).toEqual([]);
	});

	test('of a card that cannot be looked up is Dintero’s word', async () => {
		const { error } = await issue([{ fail: 422 }], [{ fail: 403 }]);
		expect(error).toMatch(/refused by the script \(422\)/);
	});

	test('of a card that this very item made is recovered', async () => {
		expect((await issue([{ fail: 409 }], [there])).result).toEqual(recovered);
	});
});

describe('a lost answer', () => {
	test('of a card that was made is recovered, and it is not made again', async () => {
		const { asked, result, pauses } = await issue([{ fail: 'lost' }], [there]);
		expect(result).toEqual(recovered);
		expect(asked()).toHaveLength(1);
		expect(pauses).toEqual([]);
	});

	test('of a card that is not there: it is asked for again, after a pause, in the same words', async () => {
		const { asked, result, pauses } = await issue([{ fail: 'lost' }, made]);
		expect(result?.outcome).toBe('created');
		const [first, second] = asked();
		expect(second).toEqual(first);
		expect(pauses).toEqual([expect.any(Number)]);
		expect(pauses[0]).toBeGreaterThanOrEqual(150);
		expect(pauses[0]).toBeLessThanOrEqual(300);
	});

	test('of a card that cannot be looked up leaves its fate open, and nothing is repeated', async () => {
		const { asked, error } = await issue([{ fail: 'lost' }], [{ fail: 403 }]);
		expect(error).toMatch(/did not say whether gift card 'a' was issued \(.*403/);
		expect(asked()).toHaveLength(1);
	});

	test('again and again ends after a few tries, with its fate open', async () => {
		const { asked, error, pauses } = await issue([{ fail: 'lost' }]);
		expect(error).toMatch(/did not say whether gift card 'a' was issued \(no answer\)/);
		expect(asked()).toHaveLength(6);
		expect(pauses).toHaveLength(5);
	});

	test('and then a refusal with nothing to be seen: the card may come late, so it is looked for again', async () => {
		const { asked, result } = await issue(
			[{ fail: 'lost' }, { fail: 400 }, { fail: 400 }],
			[absent, absent, there],
		);
		expect(result).toEqual(recovered);
		expect(asked()).toHaveLength(3);
	});
});

describe('a card with this ID and no mark', () => {
	const unmarked = { card_id: 'a', amount: 100, currency: 'NOK' };
	const given = { ...order, origin: fakeOrigin({ owns: () => false }) };
	const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

	test('may be ours after a lost answer, and the error does not say otherwise', async () => {
		const { error } = await issue([{ fail: 'lost' }], [unmarked], 'stop', given);
		expect(error).toMatch(
			/^A gift card .* already exists \| Neither Dintero's answer nor the card shows/,
		);
		expect(error).not.toMatch(/not made by this run/);
	});

	test.each<[string, Scripted, IDataObject]>([
		['after a refusal', { fail: 409 }, unmarked],
		['when it is older than this run', { fail: 'lost' }, { ...unmarked, created_at: ago(60) }],
	])('is not ours %s', async (_when, post, found) => {
		const { error } = await issue([post], [found], 'stop', given);
		expect(error).toMatch(/It was not made by this run/);
	});

	test('of an ID that was free is ours, unless it is older than this run', async () => {
		const free = { ...given, wasFree: true };
		const { result } = await issue([{ fail: 'lost' }], [unmarked], 'stop', free);
		expect(result?.outcome).toBe('recovered');
		const old = { ...unmarked, created_at: ago(60) };
		const { error, sent } = await issue([{ fail: 409 }], [old], 'stop', free);
		expect(error).toMatch(/It was not made by this run/);
		expect(sent).toHaveLength(2);
	});
});

test('an answer with an error beside the card is not believed', async () => {
	const { result } = await issue([{ ...made, id: 'x', error: { message: 'no' } }], [there]);
	expect(result).toEqual(recovered);
});

test.each([{ type: 'credit_note' }, { customer_id: 'ola' }, { status: 'inactive' }])(
	'an answer that shows another card (%p) is not believed',
	async (other) => {
		const kari = ordering({ type: 'gift_card', customer_id: 'kari' });
		const { asked, error } = await issue(
			[{ ...made, ...other }],
			[{ ...there, ...other }],
			'stop',
			kari,
		);
		expect(error).toMatch(
			/was issued before for something else \| It differs in (?:type|customer|status)/,
		);
		expect(asked()).toHaveLength(1);
	},
);

describe('a card with this ID that somebody else made', () => {
	test('stops the run, untouched, and says how to go on', async () => {
		const { sent, error } = await issue([{ fail: 409 }], [theirs]);
		expect(error).toMatch(/^A gift card with the Card ID 'a' already exists/);
		expect(error).toMatch(/not made by this run, so it was left alone.*'If Card Exists'/);
		expect(sent).toHaveLength(2);
	});

	test('is returned without codes, untouched', async () => {
		const { sent, result } = await issue([{ fail: 409 }], [theirs], 'return');
		expect(result).toEqual({ card: theirs, outcome: 'existing' });
		expect(sent).toHaveLength(2);
	});

	test('gets new codes', async () => {
		const { sent, result } = await issue([{ fail: 409 }], [theirs], 'reissue');
		expect(result).toEqual({
			card: { ...recovered.card, originated_by: 'somebody' },
			outcome: 'reissued',
		});
		expect(sent.slice(2).map(({ path }) => path)).toEqual([
			'wallets/cards/a/tokens',
			'wallets/cards/a/rotate-pin',
		]);
		expect(sent[2].body).toMatchObject({ ref_id: 'ref token' });
	});
});

test.each<[string, IDataObject, IDataObject, RegExp]>([
	['the amount', {}, { amount: 90 }, /differs in amount \(found 0\.90 NOK, expected 1\.00 NOK\)/],
	['the currency', {}, { currency: 'SEK' }, /differs in currency \(found SEK, expected NOK\)/],
	['the customer', { customer_id: 'c' }, { customer_id: 'd' }, /differs in customer, so it was/],
	['a customer', {}, { customer_id: 'd' }, /differs in customer/],
	['no customer', { customer_id: 'c' }, {}, /differs in customer/],
	['the type', { type: 'gift_card' }, { type: 'credit_note' }, /differs in type/],
])(
	'a card that differs in %s is left alone, whoever made it',
	async (_what, ordered, found, why) => {
		for (const ifCardExists of ['stop', 'return', 'reissue'] as const) {
			const own = await issue(
				[{ fail: 'lost' }],
				[{ ...there, ...found }],
				ifCardExists,
				ordering(ordered),
			);
			expect(own.error).toMatch(why);
			expect(own.error).toMatch(/issued before for something else.*left alone/);
			expect(own.sent).toHaveLength(2);
		}
		const other = await issue(
			[{ fail: 409 }],
			[{ ...theirs, ...found }],
			'return',
			ordering(ordered),
		);
		expect(other.error).toMatch(why);
	},
);

test.each<[string, IDataObject, IDataObject]>([
	['that shows no type', { type: 'gift_card' }, {}],
	['of any type where none was asked for', {}, { type: 'gift_card' }],
	['of the same type', { type: 'gift_card' }, { type: 'gift_card' }],
	['of the same customer', { customer_id: 'c' }, { customer_id: 'c' }],
])('a card %s is the one that was ordered', async (_what, ordered, found) => {
	const { result } = await issue(
		[{ fail: 'lost' }],
		[{ ...there, ...found }],
		'stop',
		ordering(ordered),
	);
	expect(result?.outcome).toBe('recovered');
});

test.each<[IDataObject, string | undefined]>([
	[{ amount: 100, currency: 'NOK' }, undefined],
	[{ amount: '100', currency: 'NOK' }, undefined],
	[{ amount: 40, amount_funds: 100, currency: 'NOK' }, undefined],
	[{ amount: null, amount_funds: 100, currency: 'NOK' }, undefined],
	[{ amount: 100 }, 'currency (found undefined, expected NOK)'],
	[{ amount: 40, currency: 'EUR' }, 'amount (found 0.40 EUR, expected 1.00 NOK)'],
	[{ amount: 40 }, 'amount (found 0.40 , expected 1.00 NOK)'],
	[{ currency: 'NOK' }, 'amount (found unknown, expected 1.00 NOK)'],
	[{ amount: null, currency: 'NOK' }, 'amount (found unknown, expected 1.00 NOK)'],
])('%p differs from 1 krone in %p', (found, difference) =>
	expect(differenceInMoney({ amount: 100, currency: 'NOK' }, found)).toBe(difference),
);

test('nothing is worth nothing: a card without an amount is not the one of 0', () =>
	expect(
		differenceInMoney({ amount: 0, currency: 'NOK' }, { amount: null, currency: 'NOK' }),
	).toMatch(/^amount \(found unknown/));

test('a card that is not there is no error, anything else is', async () => {
	expect(await findCard(issuing([], [there]).dintero, 'a')).toEqual(there);
	expect(await findCard(issuing([], [absent]).dintero, 'a')).toBeUndefined();
	for (const fail of [403, 'lost', 'bug'] as const)
		await expect(findCard(issuing([], [{ fail }]).dintero, 'a')).rejects.toThrow(
			/\(403\)|^no answer|^a mistake of our own/,
		);
});

test('an ID is one part of the path, whatever is in it', () => {
	expect(cardPath('a')).toBe('wallets/cards/a');
	expect(cardPath('../b c')).toBe('wallets/cards/..%2Fb%20c');
	expect(cardPath('..')).toBe('wallets/cards/');
});

describe('what a row is held against', () => {
	test.each<[string, IDataObject, IDataObject, RegExp]>([
		[
			'the name',
			{ name: 'Per' },
			{ name: 'Kari' },
			/differs in name \(found 'Kari', expected 'Per'\)/,
		],
		['no name', {}, { name: 'Kari' }, /differs in name \(found 'Kari', expected none\)/],
		['the metadata', { metadata: { order: 1 } }, { metadata: { order: 2 } }, /metadata 'order'/],
		['other metadata', {}, { metadata: { order: 2 } }, /metadata 'order'/],
	])('its own card that differs in %s is left alone', async (_what, ordered, found, why) => {
		const own = await issue(
			[{ fail: 'lost' }],
			[{ ...there, ...found }],
			'stop',
			ordering(ordered),
		);
		expect(own.error).toMatch(why);
		expect(own.sent).toHaveLength(2);
	});

	test.each<[string, IDataObject, IDataObject]>([
		['shows no name', { name: 'Per' }, {}],
		['shows no metadata', { metadata: { order: 1 } }, {}],
		[
			'has keys of ours and of Dintero',
			{ metadata: { order: 1 } },
			{ metadata: { order: 1, n8n_origin: mark, dintero_x: 1 } },
		],
	])('its own card that %s is the one', async (_what, ordered, found) =>
		expect(
			(await issue([{ fail: 'lost' }], [{ ...there, ...found }], 'stop', ordering(ordered))).result
				?.outcome,
		).toBe('recovered'),
	);

	test('somebody else’s card is held against its money, customer and type only', async () =>
		expect(
			(
				await issue(
					[{ fail: 409 }],
					[{ ...theirs, name: 'Kari' }],
					'return',
					ordering({ name: 'Per' }),
				)
			).result?.outcome,
		).toBe('existing'));

	const continued = (found?: IDataObject) =>
		fakeOrigin({ identity: { kind: 'continued', execution: '900' }, found });
	const orderOf = (card_id: string, origin: Origin, more: IDataObject = {}): CardOrder => ({
		...order,
		card: { ...order.card, card_id, ...more },
		origin,
	});

	test('a run that continues another execution is refused when a row is not what its card was made for', () => {
		const found = { card_id: 'x', amount: 100, currency: 'NOK', name: 'Kari' };
		const orders = [
			orderOf('x', continued(found), { name: 'Kari' }),
			undefined,
			orderOf('x', continued(found), { name: 'Per' }),
		];
		expect(() => checkRows(orders)).toThrow(
			/^Resume Execution ID: item 3 differs from item \d of execution 900 in name/,
		);
		expect(() => checkRows(orders.slice(0, 2))).not.toThrow();
		// A card with an ID of its own is found by that, in whatever row it is; one that was not found is made.
		expect(() =>
			checkRows([orderOf('own', continued(found)), orderOf('x', continued())]),
		).not.toThrow();
	});
});

describe('an error says which card it is about, and what is true about trying again', () => {
	const failing = async (changed: Partial<CardOrder>, posts: Scripted[], gets?: Scripted[]) => {
		const { dintero } = issuing(posts, gets);
		const error = (await issueCard(dintero, { ...order, ...changed }, 'stop').catch(
			(one: unknown) => one,
		)) as Error & {
			description: string;
			context: { dintero: IDataObject };
		};
		return { text: `${error.message} | ${error.description}`, ids: error.context.dintero };
	};
	const derived = { card: { ...order.card, card_id: 'x' } };

	test.each<[string, Scripted[]]>([
		['refused', [{ fail: 422 }]],
		['never sent', [{ fail: 'notSent' }]],
		['in doubt', [{ fail: 'lost' }, { fail: 'notSent' }]],
	])('%s', async (_what, posts) =>
		expect((await failing({}, posts)).ids).toMatchObject({ cardId: 'a' }),
	);

	test('an ID of the execution is another one in another execution', async () => {
		const { dintero } = fakeDintero({
			'POST wallets/cards': [{ fail: 'lost' }],
			'GET cards/x': [{ fail: 503 }],
		});
		const error = (await issueCard(dintero, { ...order, ...derived }, 'stop').catch(
			(one: unknown) => one,
		)) as { description: string };
		expect(error.description).toMatch(
			/another execution would issue another card.*'Resume Execution ID' 1 .*do not use n8n's Retry/,
		);
		expect(error.description).not.toMatch(/safe|same Card ID/);
	});

	test('a card that was issued and got no codes is named, and nothing says that nothing was sent', async () => {
		const { dintero } = fakeDintero({
			'POST wallets/cards': [{ fail: 'lost' }],
			'GET cards/a': [there],
			'POST a/tokens': [{ fail: 'notSent' }],
		});
		const error = (await issueCard(dintero, order, 'stop').catch(
			(one: unknown) => one,
		)) as Error & { description: string };
		expect(error.message).toMatch(/^The gift card 'a' was issued, but nobody has its codes/);
		expect(error.description).toBe("Do not issue it again: give it codes with 'Reissue Codes'.");
	});

	test('a card the continued execution has just made is left alone: it is still running', async () => {
		const { dintero, sent } = issuing(
			[{ fail: 409 }],
			[{ ...there, created_at: new Date(Date.now() + 5000).toISOString() }],
		);
		const origin = fakeOrigin({ identity: { kind: 'continued', execution: '900' } });
		await expect(issueCard(dintero, { ...order, origin }, 'stop')).rejects.toThrow(
			/^Execution 900 has just issued the gift card 'a', so it is still running/,
		);
		expect(sent).toHaveLength(2);
	});
});

describe('a member that only carries the mark', () => {
	test.each(['originated_by', 'metadata'] as const)(
		'and that Dintero refuses (%s) is left out',
		async (member) => {
			const { dintero, sent } = issuing([
				{ fail: 400, message: `${member} is not allowed` } as never,
				made,
			]);
			expect((await issueCard(dintero, order, 'stop')).outcome).toBe('created');
			const bodies = sent.filter(({ path }) => path === 'wallets/cards').map(({ body }) => body);
			expect(bodies.map((body) => member in body!)).toEqual([true, false]);
			expect(bodies[1]).toMatchObject({ card_id: 'a', amount: 100 });
		},
	);
});
