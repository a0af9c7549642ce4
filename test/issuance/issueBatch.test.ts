import type { IDataObject } from 'n8n-workflow';

import { issueBatch, type BatchOrder } from '../../nodes/Dintero/issuance/issueBatch';
import { fakeDintero, type Scripted, type Sent } from './fakeDintero.mts';

const order: BatchOrder = {
	type: 'gift_card',
	codes: {
		pin: { length: 4, numbers: true, symbols: false, characters: false },
		tokenLifetime: 60,
		singleUse: false,
	},
	ifCardExists: 'stop',
	startedAt: 0,
};
const card = (cardId: string, own = false) => ({ cardId, own, reference: (step: string) => step });
const made = (card_id: string): IDataObject => ({ card_id, pin: { pin: { value: '1234' } } });
const there = (more: IDataObject = {}): IDataObject => ({
	card_id: 'a',
	type: 'gift_card',
	status: 'inactive',
	created_at: new Date().toISOString(),
	...more,
});
const limit = () => ({ largest: Number.POSITIVE_INFINITY });
const rotated = { pin: { pin: { value: '9876' } } };

async function outcomes(
	script: Record<string, Scripted[]>,
	cards = [card('a'), card('b')],
	changed: Partial<BatchOrder> = {},
) {
	const { dintero, sent } = fakeDintero({ 'POST /rotate-pin': [rotated], ...script });
	const results = await issueBatch(
		dintero,
		{ ...order, startedAt: Date.now(), ...changed },
		cards,
		limit(),
	);
	const seen = [...results].map(([cardId, result]) => [
		cardId,
		result instanceof Error ? result.message : result.outcome,
	]);
	return { results: Object.fromEntries(seen) as Record<string, string>, sent };
}

test('cards are told apart by their IDs, whatever the order of the answer', async () => {
	const { results } = await outcomes({ 'POST /batch': [{ cards: [made('b'), made('a')] }] });
	expect(results).toEqual({ a: 'created', b: 'created' });
});

test('an answer that lacks a card: it is looked up and asked for again', async () => {
	const { results, sent } = await outcomes({
		'POST /batch': [{ cards: [made('a')] }, { cards: [made('b')] }],
		'GET cards/b': [{ fail: 404 }],
	});
	expect(results).toEqual({ a: 'created', b: 'created' });
	expect(sent.filter(({ path }) => path.endsWith('/batch'))[1].body?.cards).toEqual([
		{ card_id: 'b', type: 'gift_card' },
	]);
});

test('an answer without any card, again and again, is an error and no endless loop', async () => {
	const { results } = await outcomes({
		'POST /batch': [{}],
		'GET cards/a': [{ fail: 404 }],
		'GET cards/b': [{ fail: 404 }],
	});
	expect(results.a).toBe("Dintero took the batch but did not make the gift card 'a'");
});

test.each<[string, IDataObject, boolean, string | RegExp]>([
	['just now', {}, false, 'recovered'],
	['a minute before, after a lost answer', { created_at: ago(60) }, false, 'recovered'],
	['an hour before', { created_at: ago(3600) }, false, /exists already/],
	['nobody knows when', { created_at: undefined }, false, /exists already/],
	['nobody knows when, but by its ID it is ours', { created_at: undefined }, true, 'recovered'],
	['just now, and sold since', { status: 'unused' }, false, /exists already/],
	['by us, and sold since', { status: 'unused' }, true, /exists already/],
	['as another type', { type: 'credit_note' }, false, /exists already/],
])('a card that was made %s', async (_what, found, own, outcome) => {
	const { results } = await outcomes(
		{ 'POST /batch': [{ fail: 'lost' }], 'GET cards/a': [there(found)] },
		[card('a', own)],
	);
	expect(results.a).toEqual(typeof outcome === 'string' ? outcome : expect.stringMatching(outcome));
});

test('after a refusal, a card of a minute ago is not taken for our own', async () => {
	const { results, sent } = await outcomes(
		{ 'POST /batch': [{ fail: 409 }], 'GET cards/a': [there({ created_at: ago(60) })] },
		[card('a')],
	);
	expect(results.a).toMatch(/exists already/);
	expect(sent.some(({ path }) => path.endsWith('/rotate-pin'))).toBe(false);
});

test('after a refusal, a card this execution made in an earlier try is recovered, however long ago', async () => {
	const { results } = await outcomes(
		{ 'POST /batch': [{ fail: 409 }], 'GET cards/a': [there({ created_at: ago(60) })] },
		[card('a')],
		{ startedAt: Date.now() - 61_000 },
	);
	expect(results.a).toBe('recovered');
});

test('a lost answer, then a refusal with nothing to be seen: the batch may come late', async () => {
	const { results } = await outcomes(
		{
			'POST /batch': [{ fail: 'lost' }, { fail: 400 }, { fail: 400 }],
			'GET cards/a': [{ fail: 404 }, { fail: 404 }, there()],
		},
		[card('a')],
	);
	expect(results.a).toBe('recovered');
});

test('a lost answer, then no way to reach Dintero', async () => {
	const { results } = await outcomes(
		{ 'POST /batch': [{ fail: 'lost' }, { fail: 'notSent' }], 'GET cards/a': [{ fail: 404 }] },
		[card('a')],
	);
	expect(results.a).toMatch(/did not say whether the gift card 'a' was made/);
});

test('never connected: nothing is looked up, nothing is divided', async () => {
	const { results, sent } = await outcomes({ 'POST /batch': [{ fail: 'notSent' }] });
	expect(results).toEqual({ a: 'no answer', b: 'no answer' });
	expect(sent).toHaveLength(1);
});

test('one failure of a recovered card’s codes does not hide the others', async () => {
	const { results } = await outcomes({
		'POST /batch': [{ fail: 'lost' }],
		'GET cards/a': [there()],
		'GET cards/b': [there({ card_id: 'b' })],
		'POST /rotate-pin': [{ fail: 403 }, rotated],
	});
	expect(Object.values(results).sort()).toEqual([expect.stringContaining('403'), 'recovered']);
});

function ago(seconds: number): string {
	return new Date(Date.now() - seconds * 1000).toISOString();
}

/** The IDs of the cards of each batch that was asked for. */
const batchesIn = (sent: Sent[]) =>
	sent
		.filter(({ path }) => path.endsWith('/batch'))
		.map(({ body }) => (body?.cards as IDataObject[]).map(({ card_id }) => card_id).join(''));
/** Cards a, b, c…, and what a look-up finds of them: nothing. */
const cardsOf = (ids: string) => [...ids].map((id) => card(id));
const absent = (ids: string): Record<string, Scripted[]> =>
	Object.fromEntries([...ids].map((id) => [`GET cards/${id}`, [{ fail: 404 }]]));
const allOf = (ids: string) => ({ cards: [...ids].map(made) });

/** How a batch ended: by card its outcome, or its error as message and way out. */
async function ending(
	script: Record<string, Scripted[]>,
	cards = [card('a')],
	changed: Partial<BatchOrder> = {},
	largest = Number.POSITIVE_INFINITY,
) {
	const fake = fakeDintero({ 'POST /rotate-pin': [rotated], ...script });
	const shared = { largest };
	const results = await issueBatch(
		fake.dintero,
		{ ...order, startedAt: Date.now(), ...changed },
		cards,
		shared,
	);
	const ends = [...results].map(([cardId, result]) => [
		cardId,
		result instanceof Error
			? `${result.message} | ${(result as { description?: string }).description}`
			: result.outcome,
	]);
	return {
		...fake,
		results,
		ends: Object.fromEntries(ends) as Record<string, string>,
		batches: batchesIn(fake.sent),
		largest: shared.largest,
	};
}

describe('one request makes all cards', () => {
	test('sent as a write, with what they are and what their codes shall look like', async () => {
		const { sent, ends } = await ending({ 'POST /batch': [allOf('ab')] }, cardsOf('ab'));
		expect(ends).toEqual({ a: 'created', b: 'created' });
		expect(sent).toEqual([
			{
				method: 'POST',
				path: 'wallets/cards/batch',
				body: {
					cards: [
						{ card_id: 'a', type: 'gift_card' },
						{ card_id: 'b', type: 'gift_card' },
					],
					options: { pin: { format: order.codes.pin } },
				},
				effect: 'write',
			},
		]);
	});

	const { pin } = order.codes;
	const token = { card_token: { token: { value: 'T' } } };
	test.each<[Partial<BatchOrder['codes']>, IDataObject | undefined]>([
		[{ token: 'default' }, { pin: { format: pin }, card_token: {} }],
		[{ pin: undefined, token: pin }, { card_token: { format: pin } }],
		[{ pin: undefined }, undefined],
	])('codes of %j are asked for as %j', async (codes, options) => {
		const answer = { cards: [{ ...made('a'), ...token }] };
		const { sent, ends } = await ending({ 'POST /batch': [answer] }, undefined, {
			codes: { tokenLifetime: 60, singleUse: false, pin, ...codes },
		});
		expect(ends).toEqual({ a: 'created' });
		expect(sent[0].body?.options).toEqual(options);
		expect('options' in sent[0].body!).toBe(options !== undefined);
	});

	test('the card comes with its codes', async () => {
		const { results } = await ending({ 'POST /batch': [allOf('a')] });
		expect(results.get('a')).toEqual({ card: made('a'), outcome: 'created' });
	});

	test('no cards are no request', async () => {
		expect((await ending({}, [])).sent).toEqual([]);
	});
});

describe('an answer that lacks something', () => {
	test('a card without its PIN is looked up and gets a new one', async () => {
		const { results, batches } = await ending({
			'POST /batch': [{ cards: [{ card_id: 'a' }] }],
			'GET cards/a': [there()],
		});
		expect(results.get('a')).toEqual({
			card: { ...there({ created_at: expect.any(String) as never }), ...rotated },
			outcome: 'recovered',
		});
		expect(batches).toEqual(['a']);
	});

	test('cards that are not there are asked for again at once, as long as some are made each time', async () => {
		const { ends, batches, pauses } = await ending(
			{ 'POST /batch': [allOf('a'), allOf('b'), {}], ...absent('bcd') },
			cardsOf('abcd'),
		);
		expect(batches).toEqual(['abcd', 'bcd', 'cd']);
		expect(pauses).toEqual([]);
		expect(ends).toEqual({
			a: 'created',
			b: 'created',
			c: "Dintero took the batch but did not make the gift card 'c' | Run again with the same Card ID.",
			d: "Dintero took the batch but did not make the gift card 'd' | Run again with the same Card ID.",
		});
	});

	test('but not for ever', async () => {
		const { ends, batches } = await ending(
			{ 'POST /batch': [...'abcdefgh'].map(allOf), ...absent('bcdefgh') },
			cardsOf('abcdefgh'),
		);
		expect(batches).toHaveLength(6);
		expect(ends.f).toBe('created');
		expect(ends.g).toMatch(/did not say whether the gift card 'g' was made \(no readable answer\)/);
	});

	test('an answer whose cards are no list shows none', async () =>
		expect((await ending({ 'POST /batch': [{ cards: 'none' }], ...absent('a') })).ends.a).toMatch(
			/took the batch but did not make/,
		));
});

describe.each([['notSent' as const], [401], ['bug' as const]])(
	'a batch that never arrived (%p)',
	(fail) => {
		test('is reported as it is for every card, and nothing more is sent', async () => {
			const { ends, sent } = await ending({ 'POST /batch': [{ fail }] }, cardsOf('abcd'), {}, 2);
			expect(Object.keys(ends)).toEqual(['a', 'b', 'c', 'd']);
			for (const end of Object.values(ends))
				expect(end).toMatch(/^(no answer|.*refused by the script \(401\)|a mistake of our own)/);
			expect(sent).toHaveLength(1);
		});
		test('after one whose answer was lost leaves the fate of its cards open, and only of these', async () => {
			const { ends } = await ending(
				{ 'POST /batch': [{ fail: 'lost' }, { fail }], ...absent('ab') },
				cardsOf('abcd'),
				{},
				2,
			);
			for (const id of 'ab') {
				expect(ends[id]).toMatch(`did not say whether the gift card '${id}' was made (`);
				expect(ends[id]).toMatch(/'Get' before anything else\. .*same Card ID is safe/);
			}
			for (const id of 'cd') expect(ends[id]).not.toMatch('did not say');
		});
	},
);

describe('a lost answer', () => {
	test('of cards that are not there: they are asked for again after a pause', async () => {
		const { ends, batches, pauses } = await ending(
			{ 'POST /batch': [{ fail: 'lost' }, allOf('ab')], ...absent('ab') },
			cardsOf('ab'),
		);
		expect(ends).toEqual({ a: 'created', b: 'created' });
		expect(batches).toEqual(['ab', 'ab']);
		expect(pauses).toEqual([expect.any(Number)]);
		expect(pauses[0]).toBeGreaterThanOrEqual(150);
		expect(pauses[0]).toBeLessThanOrEqual(300);
	});

	test('again and again ends after a few tries, with their fate open', async () => {
		const { ends, batches, pauses } = await ending({
			'POST /batch': [{ fail: 'lost' }],
			...absent('a'),
		});
		expect(ends.a).toMatch(/did not say whether the gift card 'a' was made \(no answer\)/);
		expect(batches).toHaveLength(6);
		expect(pauses).toHaveLength(5);
	});

	test('of a card that cannot be looked up leaves its fate open', async () => {
		const { ends, batches } = await ending({
			'POST /batch': [{ fail: 'lost' }],
			'GET cards/a': [{ fail: 403 }],
		});
		expect(ends.a).toMatch(/did not say whether the gift card 'a' was made \(.*403/);
		expect(batches).toHaveLength(1);
	});
});

describe('a refusal', () => {
	test.each([[400], [413], [422]])(
		'with %i of many is tried with halves, down to the one that is refused',
		async (fail) => {
			const { ends, batches } = await ending(
				{
					'POST /batch': [{ fail }, allOf('ab'), { fail }, { fail }],
					...absent('abc'),
				},
				cardsOf('abc'),
			);
			expect(batches).toEqual(['abc', 'ab', 'c']);
			expect(ends).toEqual({ a: 'created', b: 'created', c: expect.stringContaining(`(${fail})`) });
		},
	);

	test('teaches how many cards Dintero takes, for this batch and the next', async () => {
		const { ends, batches, largest } = await ending(
			{
				'POST /batch': [
					{ fail: 413 },
					{ fail: 413 },
					allOf('ab'),
					allOf('c'),
					allOf('de'),
					allOf('f'),
				],
				...absent('abcdef'),
			},
			cardsOf('abcdef'),
		);
		expect(batches).toEqual(['abcdef', 'abc', 'ab', 'c', 'de', 'f']);
		expect(new Set(Object.values(ends))).toEqual(new Set(['created']));
		expect(largest).toBe(2);
	});

	test('of a single card teaches nothing about how many Dintero takes', async () => {
		const { largest } = await ending(
			{ 'POST /batch': [{ fail: 422 }, { fail: 422 }, allOf('b')], ...absent('ab') },
			cardsOf('ab'),
		);
		expect(largest).toBe(Number.POSITIVE_INFINITY);
	});

	test('that has nothing to do with their number ends the whole batch', async () => {
		const { ends, batches } = await ending(
			{ 'POST /batch': [{ fail: 403 }], ...absent('abcd') },
			cardsOf('abcd'),
			{},
			2,
		);
		expect(batches).toEqual(['ab']);
		for (const end of Object.values(ends)) expect(end).toMatch(/\(403\)/);
		expect(Object.keys(ends)).toHaveLength(4);
	});

	test('of a second single card is about the request, not about the card', async () => {
		const { ends, batches } = await ending(
			{ 'POST /batch': [{ fail: 422 }], ...absent('abcd') },
			cardsOf('abcd'),
			{},
			1,
		);
		expect(batches).toEqual(['a', 'b']);
		expect(Object.values(ends)).toHaveLength(4);
		for (const end of Object.values(ends)) expect(end).toMatch(/\(422\)/);
	});

	test('of a card that is there: the rest is asked for again, without dividing', async () => {
		const { ends, batches } = await ending(
			{
				'POST /batch': [{ fail: 409 }, allOf('b')],
				'GET cards/a': [there({ created_at: ago(3600) })],
				...absent('b'),
			},
			cardsOf('ab'),
		);
		expect(batches).toEqual(['ab', 'b']);
		expect(ends).toEqual({ a: expect.stringContaining('exists already'), b: 'created' });
	});

	test('of a card that cannot be looked up is Dintero’s word', async () =>
		expect(
			(await ending({ 'POST /batch': [{ fail: 409 }], 'GET cards/a': [{ fail: 403 }] })).ends.a,
		).toMatch(/refused by the script \(409\)/));
});

test('a batch larger than Dintero takes, as far as that is known, is divided before it is sent', async () => {
	const { batches, ends } = await ending(
		{ 'POST /batch': [allOf('ab'), allOf('c'), allOf('de')] },
		cardsOf('abcde'),
		{},
		2,
	);
	expect(batches).toEqual(['ab', 'c', 'de']);
	expect(Object.keys(ends).join('')).toBe('abcde');
	expect((await ending({ 'POST /batch': [allOf('ab')] }, cardsOf('ab'), {}, 2)).batches).toEqual([
		'ab',
	]);
});

test('many cards are looked up ten at once, and asked for again in their order', async () => {
	const ids = 'abcdefghijklmnopqrstuvwxy';
	const { atOnce, batches } = await ending(
		{ 'POST /batch': [{ fail: 'lost' }, allOf(ids)], ...absent(ids) },
		cardsOf(ids),
	);
	expect(atOnce.most).toBe(10);
	expect(batches).toEqual([ids, ids]);
});

describe('a card that is there', () => {
	const old = there({ created_at: ago(3600) });
	const meeting = async (
		found: IDataObject,
		ifCardExists: BatchOrder['ifCardExists'],
		own = false,
	) =>
		await ending(
			{
				'POST /batch': [{ fail: 'lost' }],
				'GET cards/a': [found],
				'POST a/tokens': [{ token: { value: 'T' } }],
			},
			[card('a', own)],
			{ ifCardExists },
		);

	test('and was made by somebody else stops it, untouched, and says how to go on', async () => {
		const { ends, sent } = await meeting(old, 'stop');
		expect(ends.a).toMatch(
			/^A gift card with the Card ID 'a' exists already \| It was not made by this run/,
		);
		expect(ends.a).toMatch(/'If Card Exists' in the options/);
		expect(sent).toHaveLength(2);
	});

	test('is returned without codes', async () => {
		const { results, sent } = await meeting(old, 'return');
		expect(results.get('a')).toEqual({ card: old, outcome: 'existing' });
		expect(sent).toHaveLength(2);
	});

	test('gets new codes', async () => {
		const { results } = await meeting(old, 'reissue');
		expect(results.get('a')).toEqual({ card: { ...old, ...rotated }, outcome: 'reissued' });
	});

	test.each([
		['return' as const, true],
		['reissue' as const, false],
		['stop' as const, true],
	])('and is active keeps its codes (%s, own: %p)', async (ifCardExists, own) => {
		const { ends, sent } = await meeting({ ...old, status: 'unused' }, ifCardExists, own);
		expect(ends.a).toMatch(/exists already \| It is active already, .*may have been sold/);
		expect(sent).toHaveLength(2);
	});

	test('and is active is returned where that is wanted', async () =>
		expect((await meeting({ ...old, status: 'unused' }, 'return')).ends.a).toBe('existing'));

	test.each(['return', 'reissue', 'stop'] as const)(
		'of another type is left alone (%s)',
		async (ifCardExists) => {
			const { ends, sent } = await meeting({ ...old, type: 'credit_note' }, ifCardExists, true);
			expect(ends.a).toMatch(/exists already \| It differs in type, so it was left alone/);
			expect(sent).toHaveLength(2);
		},
	);

	test('and shows no type is of the right one', async () =>
		expect((await meeting(there({ type: undefined }), 'stop')).ends.a).toBe('recovered'));
});

describe('a card without a mark is ours by the time it was made', () => {
	const startedAt = Date.parse('2026-01-01T12:00:00Z');
	const before = (milliseconds: number) => new Date(startedAt - milliseconds).toISOString();
	const met = async (posts: Scripted[], milliseconds: number) =>
		(
			await ending(
				{
					'POST /batch': posts,
					'GET cards/a': [{ fail: 404 }, there({ created_at: before(milliseconds) })].slice(
						2 - posts.length,
					),
				},
				[card('a')],
				{ startedAt },
			)
		).ends.a;

	test('two seconds of difference between clocks are forgiven after a refusal', async () => {
		expect(await met([{ fail: 409 }], 2000)).toBe('recovered');
		expect(await met([{ fail: 409 }], 2001)).toMatch(/exists already/);
	});

	test('two minutes after a lost answer, also when a refusal follows', async () => {
		for (const posts of [[{ fail: 'lost' }], [{ fail: 'lost' }, { fail: 409 }]] as Scripted[][]) {
			expect(await met(posts, 120_000)).toBe('recovered');
			expect(await met(posts, 120_001)).toMatch(/exists already/);
		}
	});
});
