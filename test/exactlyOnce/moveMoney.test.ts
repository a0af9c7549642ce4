import type { IDataObject } from 'n8n-workflow';

import { Mark } from '../../nodes/Dintero/exactlyOnce/mark';
import { moveMoney, type Movement } from '../../nodes/Dintero/exactlyOnce/moveMoney';
import { fakeDintero, type Scripted } from './fakeDintero.mts';
import { fakeOrigin } from './fakeOrigin.mts';

const text = 'n8n execution 1, item 1 [x]';
const mark = new Mark(text);
const request = { ref_id: 'r', card_id: 'a', amount: 100, currency: 'NOK', type: 'drawdown' };
const charge: Movement = {
	what: 'charge',
	path: 'wallets/transactions',
	request: { ...request, originated_by: text },
	cardId: 'a',
	mark,
};
const done = { id: 't', ref_id: 'r', amount: 100, currency: 'NOK', type: 'drawdown' };
const ours = { ...done, originated_by: text };
const theirs = { ...done, originated_by: 'somebody' };

const moving = (posts: Scripted[], lists: Scripted[] = [[]]) =>
	fakeDintero({
		'POST wallets/transactions': posts,
		'GET /transactions': lists,
		'GET cards/a': [{ card_id: 'a', amount_pending: 0 }],
		'POST wallets/info': [{ card_id: 'a' }],
	});

test.each<[string, IDataObject, string]>([
	['our mark', ours, 'done'],
	['no mark at all', done, 'done'],
	["somebody else's mark", theirs, 'alreadyDone'],
])('a success that shows %s', async (_what, answer, outcome) => {
	const { dintero, sent } = moving([answer]);
	expect(await moveMoney(dintero, charge)).toMatchObject({ outcome, cardId: 'a' });
	// Of another's it must be found out that it is no reservation.
	expect(sent).toHaveLength(outcome === 'done' ? 1 : 3);
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

	test('is no proof either where no amount was asked for', async () => {
		const movement: Movement = {
			...charge,
			what: 'void',
			parentId: 'p',
			request: { ref_id: 'r' },
		};
		const hold = { ...done, id: 'p', ref_id: 'order', type: 'pending_capture' };
		const voided = { ...done, id: 'v', type: 'voided', parent_id: 'p' };
		expect(await moveMoney(moving([{}], [[hold, voided]]).dintero, movement)).toMatchObject({
			outcome: 'recovered',
			transaction: voided,
		});
		await expect(moveMoney(moving([{}], [[hold]]).dintero, movement)).rejects.toThrow(
			'did not say whether the void',
		);
	});
});

test.each([[undefined], [null]])(
	'a transaction found with the amount %p is not taken for ours',
	async (amount) => {
		const found = { ref_id: 'r', currency: 'NOK', amount } as IDataObject;
		const { dintero } = moving([{ fail: 409 }], [[found]]);
		await expect(moveMoney(dintero, charge)).rejects.toMatchObject({
			description: expect.stringContaining('amount (found unknown, expected 1.00 NOK)'),
		});
	},
);

test.each<[string, IDataObject, string]>([
	['our mark', ours, 'recovered'],
	['no mark at all', done, 'alreadyDone'],
	["somebody else's mark", theirs, 'alreadyDone'],
])('a refusal, and a transaction with %s', async (_what, found, outcome) => {
	const { dintero } = moving([{ fail: 400 }], [[{ ...done, id: 'o', ref_id: 'other' }, found]]);
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
	['an amount', {}, { amount: 90 }, /amount \(found 0\.90 NOK, expected 1\.00 NOK\)/],
	['a currency', {}, { currency: 'EUR' }, /currency \(found EUR, expected NOK\)/],
	['a kind', {}, { type: 'fund' }, /type \(found fund, expected charge\)/],
	[
		'a reservation',
		{},
		{ type: 'pending_capture' },
		/type \(found pending_capture, expected charge/,
	],
	['a capture', {}, { parent_id: 'p' }, /type \(found drawdown, expected charge\)/],
	['a top-up', { what: 'top-up' }, {}, /type \(found drawdown, expected top-up\)/],
	[
		'another parent',
		{ what: 'capture', parentId: 'p' },
		{ parent_id: 'q' },
		/\(found q, expected p\)/,
	],
	[
		'a void',
		{ what: 'capture', parentId: 'p' },
		{ type: 'voided', parent_id: 'p' },
		/found voided/,
	],
	[
		'a type that is not documented',
		{},
		{ type: 'failed' },
		/type \(found failed, expected charge\)/,
	],
	['a reservation by its member', {}, { pending: true }, /expected charge/],
	['a capture for a void', { what: 'void', parentId: 'p' }, { parent_id: 'p' }, /expected void/],
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
	[{ amount: '100' }],
	[{ currency: undefined }],
	[{ parent_id: null }],
])('an answer with %p is understood', async (there) => {
	const answer = JSON.parse(JSON.stringify({ ...ours, ...there })) as IDataObject;
	expect(await moveMoney(moving([answer]).dintero, charge)).toMatchObject({ outcome: 'done' });
});

test('an answer with an error beside the transaction is not believed', async () => {
	const { dintero, sent } = moving([{ ...ours, error: { message: 'declined' } }, ours], [[]]);
	expect(await moveMoney(dintero, charge)).toMatchObject({ outcome: 'done' });
	expect(sent.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST']);
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
		{ method: 'POST', path: 'wallets/transactions', body: charge.request, repeat: 'unsafe' },
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
			expect(end).toMatch(/in the card's transactions with 'Get Many' first\. .*at most once/);
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

	test('again and again ends with an unknown outcome', async () => {
		const { end, pauses } = await ending([{ fail: 'lost' }]);
		expect(end).toMatch(
			/\(no answer\) \| Look for this Reference in the card's transactions with 'Get Many'/,
		);
		expect(pauses).toHaveLength(5);
	});

	test('and transactions that must not be read: the same reference once more, whatever it says is recovered', async () => {
		const { end, asked } = await ending([{ fail: 'lost' }, ours], [{ fail: 403 }]);
		expect(end).toMatchObject({ outcome: 'recovered' });
		expect(asked()).toHaveLength(2);
		expect((await ending([{ fail: 'lost' }, theirs], [{ fail: 403 }])).end).toMatch(
			/it may be a charge or a reservation/,
		);
	});

	test('and then a refusal, with transactions that must not be read, leaves open which of them holds', async () => {
		const { end, asked } = await ending([{ fail: 'lost' }, { fail: 409 }], [{ fail: 403 }]);
		expect(end).toMatch(/did not say whether the charge.*\(.*409/);
		expect(end).toMatch(/could not look up the card's transactions.* first\. .*at most once/);
		expect(asked()).toHaveLength(2);
	});

	test('and transactions that cannot be reached: nothing is repeated', async () => {
		const { end, asked } = await ending([{ fail: 'lost' }], [{ fail: 'lost' }]);
		expect(end).toMatch(
			/did not say whether.*\| Look for this Reference in the card's transactions with 'Get Many'/,
		);
		expect(asked()).toHaveLength(1);
	});
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
			repeat: 'safe',
		});
	});

	test.each<[string, Scripted]>([
		['that Dintero refuses', { fail: 404 }],
		['of a card that shows an empty ID', { card_id: '' }],
		['of a card whose ID is no text', { card_id: 5 }],
	])('a token %s hides the transactions', async (_what, info) => {
		const { end } = await ending([{ fail: 'lost' }, { fail: 409 }], [], byToken, [info]);
		expect(end).toMatch(/could not look up the card's transactions/);
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
	...['pending_capture', 'drawdown'].map((type): [string, Partial<Movement>, IDataObject] => [
		'a reservation',
		{ request: { ...charge.request, pending: true } },
		{ type },
	]),
])('%s (%j) that is answered with %j is the one asked for', async (_what, changed, there) => {
	expect((await ending([{ ...ours, ...there }], [], changed)).end).toMatchObject({
		outcome: 'done',
	});
});

test.each<[Partial<Movement>, IDataObject, string]>([
	[{}, { amount: 90 }, 'amount (found 0.90 NOK, expected 1.00 NOK)'],
	[
		{ request: { ref_id: 'r', amount: 100 } },
		{ amount: 90, currency: 'SEK' },
		'amount (found 0.90 SEK, expected 1.00 SEK)',
	],
	[
		{ request: { ref_id: 'r', amount: 100 } },
		{ amount: 90, currency: undefined },
		'amount (found 0.90 , expected 1.00 )',
	],
	[{}, { amount: 90, currency: undefined }, 'amount (found 0.90 , expected 1.00 NOK)'],
	[
		{ request: { ...charge.request, pending: true } },
		{ type: 'fund' },
		'type (found fund, expected reservation)',
	],
	[
		{ what: 'capture', parentId: 'p' },
		{ parent_id: 'q' },
		'the reservation it belongs to (found q, expected p)',
	],
])(
	'a reference that was used for something else is said to be (%j, %j)',
	async (changed, there, difference) => {
		const what = changed.what ?? 'charge';
		expect((await ending([{ ...theirs, ...there } as IDataObject], [], changed)).end).toBe(
			`The Reference 'r' was used before for something else | It differs in ${difference}. No money was moved now. Use another 'Reference' for this ${what}.`,
		);
	},
);

test('the error says when Dintero recorded our own request differently', async () => {
	const { end } = await ending([{ ...ours, amount: 90 }], [[]]);
	expect(end).toBe(
		"Dintero recorded the charge with the Reference 'r' differently | It differs in amount (found 0.90 NOK, expected 1.00 NOK). Look at the card's transactions first.",
	);
});

describe('a success that does not show what was asked for', () => {
	const hold = { ...done, id: 'p', ref_id: 'order', type: 'pending_capture', amount: 100 };
	const capture: Partial<Movement> = {
		what: 'capture',
		parentId: 'p',
		request: { ref_id: 'r', metadata: { n8n_origin: text } },
	};
	const taken = { ...done, id: 'c', parent_id: 'p' };
	const answers: Array<[string, IDataObject]> = [
		['an error', { error: { message: 'Nothing is reserved' } }],
		['nothing (204)', {}],
		['a card', { id: 'x', card_id: 'a', amount: 100, currency: 'NOK' }],
		["another card's transaction", { ...taken, ref_id: 'z', id: 'y' }],
		['a transaction without an ID', { ...taken, id: undefined } as never],
		['a transaction without an amount', { ...taken, amount: undefined } as never],
		['a transaction of another reservation', { ...taken, parent_id: 'q', ref_id: 'z' }],
		['a transaction of no reservation', { ...taken, parent_id: undefined, ref_id: 'z' } as never],
	];
	test.each(answers)('%s: the books are believed', async (_what, answer) => {
		const own = { ...taken, metadata: { n8n_origin: text } };
		expect((await ending([answer], [[hold, own]], capture)).end).toMatchObject({
			outcome: 'recovered',
			transaction: own,
		});
		expect((await ending([answer], [[hold]], capture)).end).toMatch(/did not say whether/);
		// Without the card nothing can be looked up.
		const { end } = await ending([answer], [], { ...capture, cardId: undefined });
		expect(end).toMatch(/did not say whether/);
	});
	test.each(answers.slice(0, 4))('%s is no charge', async (_what, answer) => {
		expect((await ending([answer], [[ours]])).end).toMatchObject({ outcome: 'recovered' });
		expect((await ending([answer])).end).toMatch(/did not say whether/);
	});

	test('a capture that names no reservation is ours by our mark only', async () => {
		const bare = { ...done, id: 'c' };
		const marked = { ...bare, metadata: { n8n_origin: text } };
		expect((await ending([marked], [[]], capture)).end).toMatchObject({ outcome: 'done' });
		expect((await ending([bare], [[hold]], capture)).end).toMatch(
			/differs in the reservation it belongs to \(found none, expected p\)/,
		);
	});

	test('a capture that shows neither is ours by the reference that this execution made', async () => {
		const bare = { ...done, id: 'c' };
		const made: Partial<Movement> = {
			...capture,
			origin: fakeOrigin({ isDerivedId: (id) => id === 'r' }),
		};
		expect((await ending([bare], [[]], made)).end).toMatchObject({ outcome: 'done' });
		expect((await ending([{ fail: 'lost' }], [[hold, bare]], made)).end).toMatchObject({
			outcome: 'recovered',
		});
		// The rows of a continued execution may have moved: the same reference, another reservation of the card.
		const continued = fakeOrigin({
			identity: { kind: 'continued', execution: '1' } as never,
			isDerivedId: (id) => id === 'r',
		});
		for (const origin of [continued, fakeOrigin()])
			expect((await ending([bare], [[hold]], { ...capture, origin })).end).toMatch(
				/differs in the reservation it belongs to/,
			);
		const other = { ...bare, parent_id: 'q' };
		expect((await ending([other], [[hold, other]], made)).end).toMatch(/found q, expected p/);
	});

	test('a transaction that names another card is not ours', async () =>
		expect((await ending([{ ...ours, card_id: 'b' } as never], [[]])).end).toMatch(
			/differs in the card \(found b, expected a\)/,
		));

	test('a list without the reservation is that of another card, and proves nothing', async () => {
		const { end, asked } = await ending([{ fail: 'lost' }, { fail: 409 }], [[]], capture);
		expect(end).toMatch(/could not look up the card's transactions/);
		expect(asked()).toHaveLength(2);
	});
});

describe('one reference for a reservation and its capture or void', () => {
	const hold = { ...done, id: 'p', type: 'pending_capture' };
	test.each(['capture', 'void'] as const)('%s gets one made from it', async (what) => {
		const type = what === 'void' ? 'voided' : 'drawdown';
		const own = { ...done, id: 'c', parent_id: 'p', type, ref_id: `r ${what}` };
		const moved: Partial<Movement> = {
			what,
			parentId: 'p',
			request: { ref_id: 'r', metadata: { n8n_origin: text } },
		};
		const marked = { ...own, metadata: { n8n_origin: text } };
		const refs = (asked: Array<{ body?: IDataObject }>) => asked.map(({ body }) => body?.ref_id);

		// Dintero returns the first transaction with that reference.
		const first = await ending([hold, marked], [], moved);
		expect(first.end).toMatchObject({ outcome: 'done', transaction: marked });
		expect(refs(first.asked())).toEqual(['r', `r ${what}`]);
		// Dintero refuses it, and the card is known.
		const second = await ending([{ fail: 409 }, marked], [[hold]], moved);
		expect(second.end).toMatchObject({ outcome: 'done', transaction: marked });
		// Dintero refuses it, and nothing tells why: nothing is said to be done.
		const third = await ending([{ fail: 409 }], [], { ...moved, cardId: undefined });
		expect(third.end).toMatch(/409.*'Reference' is that of the reservation\. Fill in 'Card'/s);
		// It was done by an earlier run.
		const theirsThen = { ...own, metadata: { n8n_origin: 'another run' } };
		const again = await ending([hold, theirsThen], [], moved);
		expect(again.end).toMatchObject({ outcome: 'alreadyDone', transaction: theirsThen });
		// The answer is lost at any of the steps.
		const lost = await ending([{ fail: 'lost' }, marked], [[hold]], moved);
		expect(lost.end).toMatchObject({ transaction: marked });
		const late = await ending([hold, { fail: 'lost' }], [[hold, marked]], moved);
		expect(late.end).toMatchObject({ outcome: 'recovered', transaction: marked });
		expect(refs(late.asked())).toEqual(['r', `r ${what}`]);
	});

	test('a reference that is long already is cut, and stays one of ours', async () => {
		const ref_id = 'x'.repeat(255);
		const long = { ...hold, ref_id };
		const { asked } = await ending([long, { fail: 400 }], [[long]], {
			what: 'capture',
			parentId: 'p',
			request: { ref_id },
		});
		expect(asked()[1].body?.ref_id).toBe(`${'x'.repeat(247)} capture`);
	});
});

describe('a charge and a reservation of one reference', () => {
	const reserve: Partial<Movement> = { request: { ...charge.request, pending: true } };
	const moved = async (
		wanted: Partial<Movement>,
		there: IDataObject,
		others: IDataObject[],
		card: IDataObject,
	) => {
		const { dintero } = fakeDintero({
			'POST wallets/transactions': [there],
			'GET a/transactions': [[there, ...others]],
			'GET cards/a': [card],
		});
		return await moveMoney(dintero, { ...charge, ...wanted }).then(
			({ outcome }) => outcome,
			({ description }) => String(description),
		);
	};
	const child = (more: IDataObject) => ({ ...done, id: 'c', ref_id: 'c', parent_id: 't', ...more });
	const other = (more: IDataObject) => ({ ...done, id: 'o', ref_id: 'o', ...more });

	test.each<[string, Partial<Movement>, IDataObject, IDataObject[], IDataObject, RegExp]>([
		['a charge', {}, {}, [], { amount_pending: 0 }, /^alreadyDone/],
		['a charge', {}, {}, [], { amount_balance: 5, amount_available: '5' }, /^alreadyDone/],
		[
			'a reservation',
			{},
			{ type: 'pending_capture' },
			[],
			{ amount_pending: 100 },
			/type \(found pend/,
		],
		['a reservation', {}, {}, [], { amount_pending: 100 }, /type \(found reservation/],
		[
			'perhaps a reservation',
			{},
			{},
			[other({})],
			{ amount_pending: 100 },
			/may be a charge or a reservation/,
		],
		[
			'one of two reservations',
			{},
			{},
			[other({})],
			{ amount_pending: 200 },
			/type \(found reservation/,
		],
		['perhaps a reservation', {}, {}, [], {}, /may be a charge or a reservation/],
		[
			'no reservation, which is another',
			{},
			{},
			[other({ type: 'pending_capture' })],
			{ amount_pending: 100 },
			/^already/,
		],
		['no reservation: less is locked', {}, {}, [], { amount_pending: 99 }, /^alreadyDone/],
		[
			'a captured reservation',
			{},
			{},
			[child({})],
			{ amount_pending: 0 },
			/type \(found reservation/,
		],
		['a reservation', reserve, { type: 'pending_capture' }, [], { amount_pending: 100 }, /^alrea/],
		['a reservation', reserve, {}, [child({ amount: 5 })], { amount_pending: 95 }, /^alreadyDone/],
		['a captured one', reserve, { type: 'pending_capture' }, [child({})], {}, /^alreadyDone/],
		['a released one', reserve, { type: 'voided' }, [], {}, /type \(found voided/],
		['a released one', reserve, {}, [child({ type: 'voided' })], {}, /has been released since/],
		[
			'a charge',
			reserve,
			{},
			[],
			{ amount_pending: 0 },
			/type \(found charge, expected reservation/,
		],
		['a reservation', reserve, {}, [], { amount_pending: 100 }, /^alreadyDone/],
		[
			'perhaps a charge',
			reserve,
			{},
			[other({})],
			{ amount_pending: 100 },
			/may be a charge or a reservation/,
		],
	])('what is there is %s', async (_what, wanted, there, others, card, told) =>
		expect(await moved(wanted, { ...theirs, ...there }, others, card)).toMatch(told),
	);
});

test('a transaction without any mark that is older than the request is another’s', async () => {
	const before = { ...done, created_at: '2020-01-01T00:00:00Z' };
	const now = { ...done, created_at: new Date().toISOString() };
	expect((await ending([before])).end).toMatch(/may be a charge or a reservation/);
	const old = moving([before], [[before]]);
	expect(await moveMoney(old.dintero, charge)).toMatchObject({ outcome: 'alreadyDone' });
	expect((await ending([now])).end).toMatchObject({ outcome: 'done' });
	expect((await ending([{ fail: 'lost' }], [[now]])).end).toMatchObject({ outcome: 'recovered' });
});

test.each<[string, string[], object]>([
	['originated_by', ['metadata', 'ref_id'], {}],
	['metadata.n8n_origin', ['originated_by', 'ref_id'], {}],
])('a refusal of %s, which carries our mark only, is survived', async (member, kept) => {
	const marked = { ref_id: 'r', originated_by: text, metadata: { n8n_origin: text } };
	const { end, asked } = await ending(
		[{ fail: 400, message: `${member} is not allowed` }, ours],
		[],
		{
			request: marked,
		},
	);
	expect(end).toMatchObject({ outcome: 'done' });
	expect(Object.keys(asked()[1].body ?? {}).sort()).toEqual(kept.sort());
});
