import type { IDataObject } from 'n8n-workflow';

import { moveMoney, transactionsOf, type Movement } from '../../nodes/Dintero/issuance/moveMoney';
import { fakeDintero, type Scripted } from './fakeDintero.mts';

const mark = 'n8n execution 1, item 1 [x]';
const request = { ref_id: 'r', card_id: 'a', amount: 100, currency: 'NOK', type: 'drawdown' };
const charge: Movement = {
	what: 'charge',
	path: 'wallets/transactions',
	request: { ...request, originated_by: mark },
	cardId: 'a',
	mark,
};
const done = { id: 't', ref_id: 'r', amount: 100, currency: 'NOK', type: 'drawdown' };
const ours = { ...done, originated_by: mark };
const theirs = { ...done, originated_by: 'somebody' };

const moving = (posts: Scripted[], lists: Scripted[] = [[]]) =>
	fakeDintero({
		'POST wallets/transactions': posts,
		'GET /transactions': lists,
		'POST wallets/info': [{ card_id: 'a' }],
	});

test.each<[string, IDataObject, string]>([
	['our mark', ours, 'done'],
	['no mark at all', done, 'done'],
	["somebody else's mark", theirs, 'alreadyDone'],
])('a success that shows %s', async (_what, answer, outcome) => {
	const { dintero, sent } = moving([answer]);
	expect(await moveMoney(dintero, charge)).toMatchObject({ outcome, cardId: 'a' });
	expect(sent).toHaveLength(1);
});

describe('a success that does not show what was moved', () => {
	// `{}` is also what an answer without a body (204) is read as.
	const empty = [{}, { id: 't' }, { amount: null }] as unknown as IDataObject[];

	test.each(empty.map((answer) => [answer]))(
		'(%j) is no proof, so the transaction is looked up',
		async (answer) => {
			const { dintero, sent } = moving([answer], [[ours]]);
			expect(await moveMoney(dintero, charge)).toMatchObject({
				outcome: 'recovered',
				transaction: ours,
			});
			expect(sent.filter(({ method }) => method === 'POST')).toHaveLength(1);
		},
	);

	test('again and again leaves its fate open, and never asks for another reference', async () => {
		const { dintero } = moving([{}]);
		await expect(moveMoney(dintero, charge)).rejects.toThrow(
			"did not say whether the charge with the Reference 'r' was made (no readable answer)",
		);
	});

	test('is enough where no amount was asked for', async () => {
		const movement: Movement = {
			...charge,
			what: 'void',
			parentId: 'p',
			request: { ref_id: 'r' },
		};
		expect(await moveMoney(moving([{}]).dintero, movement)).toMatchObject({ outcome: 'done' });
	});
});

test.each([[undefined], [null]])(
	'a transaction found with the amount %p is not taken for ours',
	async (amount) => {
		const found = { ref_id: 'r', currency: 'NOK', amount } as IDataObject;
		const { dintero } = moving([{ fail: 409 }], [[found]]);
		await expect(moveMoney(dintero, charge)).rejects.toMatchObject({
			description: expect.stringContaining('amount (unknown there, 1.00 NOK wanted)'),
		});
	},
);

test.each<[string, IDataObject, string]>([
	['our mark', ours, 'recovered'],
	['no mark at all', done, 'alreadyDone'],
	["somebody else's mark", theirs, 'alreadyDone'],
])('a refusal, and a transaction with %s', async (_what, found, outcome) => {
	const { dintero } = moving([{ fail: 400 }], [[{ ...done, ref_id: 'other' }, found]]);
	expect(await moveMoney(dintero, charge)).toMatchObject({ outcome });
});

test('a lost answer, then a refusal with nothing to be seen: it may come late, so it is looked for again', async () => {
	const { dintero, sent } = moving([{ fail: 'lost' }, { fail: 409 }], [[], [], [ours]]);
	expect(await moveMoney(dintero, charge)).toMatchObject({ outcome: 'recovered' });
	expect(sent.filter(({ method }) => method === 'POST').map(({ body }) => body?.ref_id)).toEqual([
		'r',
		'r',
		'r',
	]);
});

test('answers that are always lost end after a few tries, all with the same reference', async () => {
	const { dintero, sent } = moving([{ fail: 'lost' }]);
	await expect(moveMoney(dintero, charge)).rejects.toThrow(
		"did not say whether the charge with the Reference 'r' was made",
	);
	const posts = sent.filter(({ method }) => method === 'POST');
	expect(posts).toHaveLength(6);
	expect(new Set(posts.map(({ body }) => body?.ref_id))).toEqual(new Set(['r']));
});

test('a lost answer and a list that cannot be reached: nothing is repeated', async () => {
	const { dintero, sent } = moving([{ fail: 'lost' }], [{ fail: 'lost' }]);
	await expect(moveMoney(dintero, charge)).rejects.toThrow('did not say whether');
	expect(sent.filter(({ path }) => path === 'wallets/transactions')).toHaveLength(1);
});

test('a lost answer, then no way to reach Dintero', async () => {
	const { dintero } = moving([{ fail: 'lost' }, { fail: 'notSent' }]);
	await expect(moveMoney(dintero, charge)).rejects.toThrow('did not say whether');
});

test.each<[string, Partial<Movement>, IDataObject, RegExp]>([
	['an amount', {}, { amount: 90 }, /amount \(0\.90 NOK there, 1\.00 NOK wanted\)/],
	['a currency', {}, { currency: 'EUR' }, /currency \(EUR there, NOK wanted\)/],
	['a kind', {}, { type: 'fund' }, /type \(fund there, charge wanted\)/],
	['a reservation', {}, { type: 'pending_capture' }, /type \(pending_capture there, charge/],
	['a capture', {}, { parent_id: 'p' }, /type \(drawdown there, charge wanted\)/],
	['a top-up', { what: 'top-up' }, {}, /type \(drawdown there, top-up wanted\)/],
	[
		'another parent',
		{ what: 'capture', parentId: 'p' },
		{ parent_id: 'q' },
		/\(q there, p wanted\)/,
	],
	[
		'a void',
		{ what: 'capture', parentId: 'p' },
		{ type: 'voided', parent_id: 'p' },
		/voided there/,
	],
	['a capture for a void', { what: 'void', parentId: 'p' }, { parent_id: 'p' }, /void wanted/],
])('%s that differs is never taken for ours', async (_what, changed, there, message) => {
	const movement = { ...charge, ...changed };
	const description = async (posts: Scripted[], lists: Scripted[]) => {
		try {
			await moveMoney(moving(posts, lists).dintero, movement);
		} catch (error) {
			return (error as { description: string }).description;
		}
		return 'moved';
	};
	expect(await description([{ ...ours, ...there }], [[]])).toMatch(message);
	expect(await description([{ fail: 409 }], [[{ ...ours, ...there }]])).toMatch(message);
});

test.each<[IDataObject]>([
	[{ type: undefined }],
	[{ type: 'a_new_word' }],
	[{ amount: '100' }],
	[{ currency: undefined }],
	[{ parent_id: null }],
])('an answer with %p is understood', async (there) => {
	const answer = JSON.parse(JSON.stringify({ ...ours, ...there })) as IDataObject;
	expect(await moveMoney(moving([answer]).dintero, charge)).toMatchObject({ outcome: 'done' });
});

test('by token: a card that shows no ID hides its transactions', async () => {
	const { dintero } = fakeDintero({
		'POST wallets/transactions': [{ fail: 'lost' }, ours],
		'POST wallets/info': [{ amount: 1 }],
	});
	const movement = { ...charge, cardId: undefined, token: '123' };
	expect(await moveMoney(dintero, movement)).toMatchObject({ outcome: 'recovered' });
});

/** How it ended: its outcome, or the error as message and way out. */
async function ending(
	posts: Scripted[],
	lists?: Scripted[],
	changed: Partial<Movement> = {},
	infos?: Scripted[],
) {
	const { dintero, sent, pauses } = fakeDintero({
		'POST wallets/transactions': posts,
		'GET a/transactions': lists ?? [[]],
		'POST wallets/info': infos ?? [{ card_id: 'a' }],
	});
	const asked = () => sent.filter(({ path }) => path === 'wallets/transactions');
	const end = await moveMoney(dintero, { ...charge, ...changed }).then(
		(moved) => moved,
		({ message, description }) => `${message} | ${description}`,
	);
	return { end, sent, asked, pauses };
}
const byToken = { cardId: undefined, token: '123' };

test('one request moves the money, sent as a write', async () => {
	const { end, sent } = await ending([ours]);
	expect(end).toEqual({ transaction: ours, cardId: 'a', outcome: 'done' });
	expect(sent).toEqual([
		{ method: 'POST', path: 'wallets/transactions', body: charge.request, effect: 'write' },
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
			expect(end).toMatch(/did not say whether the charge with the Reference 'r' was made \(.+\)/);
			expect(end).toMatch(
				/'Get Many' of the card's transactions before anything else\. .*at most once/,
			);
			expect(asked()).toHaveLength(2);
		});
	},
);

describe('a refusal is Dintero’s word', () => {
	test.each<[string, Scripted]>([
		['when the card has no such transaction', []],
		['when its transactions are nothing that can be read', {}],
		['when they must not be read', { fail: 403 }],
		['when they cannot be read', { fail: 'lost' }],
	])('%s', async (_what, list) => {
		const { end, asked, pauses } = await ending([{ fail: 422 }], [list]);
		expect(end).toMatch(/refused by the script \(422\)/);
		expect(asked()).toHaveLength(1);
		expect(pauses).toEqual([]);
	});
	test('also of a card nobody can name', async () => {
		const { end, sent } = await ending([{ fail: 422 }], [], { cardId: undefined });
		expect(end).toMatch(/refused by the script \(422\)/);
		expect(sent).toHaveLength(1);
	});
});

describe('a lost answer', () => {
	test('of a transaction that was made is recovered, and not made again', async () => {
		const { end, asked, pauses } = await ending([{ fail: 'lost' }], [[done]]);
		expect(end).toEqual({ transaction: done, cardId: 'a', outcome: 'recovered' });
		expect(asked()).toHaveLength(1);
		expect(pauses).toEqual([]);
	});

	test('of one that was not made: it is asked for again after a pause, in the same words', async () => {
		const { end, asked, pauses } = await ending([{ fail: 'lost' }, ours]);
		expect(end).toMatchObject({ outcome: 'done' });
		expect(asked()[1]).toEqual(asked()[0]);
		expect(pauses).toEqual([expect.any(Number)]);
		expect(pauses[0]).toBeGreaterThanOrEqual(150);
		expect(pauses[0]).toBeLessThanOrEqual(300);
	});

	test('again and again says how often it was tried by its fate', async () => {
		const { end, pauses } = await ending([{ fail: 'lost' }]);
		expect(end).toMatch(/\(no answer\) \| Look for this Reference with 'Get Many'/);
		expect(pauses).toHaveLength(5);
	});

	test('and transactions that must not be read: the same reference once more, whatever it says is recovered', async () => {
		const { end, asked } = await ending([{ fail: 'lost' }, ours], [{ fail: 403 }]);
		expect(end).toMatchObject({ outcome: 'recovered' });
		expect(asked()).toHaveLength(2);
		expect((await ending([{ fail: 'lost' }, theirs], [{ fail: 403 }])).end).toMatchObject({
			outcome: 'alreadyDone',
		});
	});

	test('and then a refusal, with transactions that must not be read, leaves open which of them holds', async () => {
		const { end, asked } = await ending([{ fail: 'lost' }, { fail: 409 }], [{ fail: 403 }]);
		expect(end).toMatch(/did not say whether the charge.*\(.*409/);
		expect(end).toMatch(
			/could not look the card's transactions up.*before anything else; .*at most once/,
		);
		expect(asked()).toHaveLength(2);
	});

	test('and transactions that cannot be reached: nothing is repeated', async () => {
		const { end, asked } = await ending([{ fail: 'lost' }], [{ fail: 'lost' }]);
		expect(end).toMatch(/did not say whether.*\| Look for this Reference with 'Get Many'/);
		expect(asked()).toHaveLength(1);
	});
});

test('transactions that are no list are none', async () => {
	const { dintero } = moving([], [{ transactions: 5 }]);
	expect(await transactionsOf(dintero, 'a')).toEqual([]);
});

test('a mistake while they are read leaves the fate of the money open', async () =>
	expect((await ending([{ fail: 'lost' }], [{ fail: 'bug' }])).end).toMatch(
		/did not say whether .* \(no answer\)/,
	));

test('a card whose ID is known is not looked up by its token', async () => {
	const { end, sent } = await ending([{ fail: 'lost' }], [[ours]], { token: '123' }, [
		{ fail: 404 },
	]);
	expect(end).toMatchObject({ outcome: 'recovered' });
	expect(sent.map(({ path }) => path)).not.toContain('wallets/info');
});

describe('by token', () => {
	test('the card is found by it, and named in the result', async () => {
		const { end, sent } = await ending([{ fail: 'lost' }], [[ours]], byToken);
		expect(end).toEqual({ transaction: ours, cardId: 'a', outcome: 'recovered' });
		expect(sent[1]).toEqual({
			method: 'POST',
			path: 'wallets/info',
			body: { token: '123' },
			effect: 'read',
		});
	});

	test.each<[string, Scripted]>([
		['that Dintero refuses', { fail: 404 }],
		['of a card that shows an empty ID', { card_id: '' }],
		['of a card whose ID is no text', { card_id: 5 }],
	])('a token %s hides the transactions', async (_what, info) => {
		const { end } = await ending([{ fail: 'lost' }, { fail: 409 }], [], byToken, [info]);
		expect(end).toMatch(/could not look the card's transactions up/);
	});

	test('a token that cannot be looked up ends it', async () => {
		const { end, asked } = await ending([{ fail: 'lost' }], [], byToken, [{ fail: 'lost' }]);
		expect(end).toMatch(/did not say whether/);
		expect(asked()).toHaveLength(1);
	});
});

test.each<[string, Partial<Movement>, IDataObject]>([
	['a top-up', { what: 'top-up' }, { type: 'fund' }],
	['a capture', { what: 'capture', parentId: 'p' }, { parent_id: 'p' }],
	['a capture', { what: 'capture', parentId: 'p' }, { parent_id: 'p', type: 'pending_capture' }],
	['a capture', { what: 'capture', parentId: 'p' }, {}],
	['a void', { what: 'void', parentId: 'p' }, { parent_id: 'p', type: 'voided' }],
	[
		'a charge in the card’s own currency',
		{ request: { ref_id: 'r', amount: 100 } },
		{ currency: 'SEK' },
	],
	...['pending_capture', 'drawdown', 'voided'].map(
		(type): [string, Partial<Movement>, IDataObject] => [
			'a reservation',
			{ request: { ...charge.request, pending: true } },
			{ type },
		],
	),
])('%s (%j) that is answered with %j is the one asked for', async (_what, changed, there) => {
	expect((await ending([{ ...ours, ...there }], [], changed)).end).toMatchObject({
		outcome: 'done',
	});
});

test.each<[Partial<Movement>, IDataObject, string]>([
	[{}, { amount: 90 }, 'amount (0.90 NOK there, 1.00 NOK wanted)'],
	[
		{ request: { ref_id: 'r', amount: 100 } },
		{ amount: 90, currency: 'SEK' },
		'amount (0.90 SEK there, 1.00 SEK wanted)',
	],
	[
		{ request: { ref_id: 'r', amount: 100 } },
		{ amount: 90, currency: undefined },
		'amount (0.90  there, 1.00  wanted)',
	],
	[{}, { amount: 90, currency: undefined }, 'amount (0.90  there, 1.00 NOK wanted)'],
	[
		{ request: { ...charge.request, pending: true } },
		{ type: 'fund' },
		'type (fund there, reservation wanted)',
	],
	[
		{ what: 'capture', parentId: 'p' },
		{ parent_id: 'q' },
		'the reservation it belongs to (q there, p wanted)',
	],
])(
	'a reference that was used for something else is said to be (%j, %j)',
	async (changed, there, difference) => {
		const what = changed.what ?? 'charge';
		expect((await ending([{ ...ours, ...there } as IDataObject], [], changed)).end).toBe(
			`The Reference 'r' was used before for something else | It differs in ${difference}. Nothing was moved now. Use another 'Reference' for this ${what}.`,
		);
	},
);
