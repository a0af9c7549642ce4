import type { IDataObject } from 'n8n-workflow';

import { issueBatch, type BatchOrder } from '../../nodes/Dintero/exactlyOnce/issueBatch';
import { DinteroClock } from '../../nodes/Dintero/transport/clock';
import { fakeDintero, type Scripted, type Sent } from './fakeDintero.mts';

const order: BatchOrder = {
	type: 'gift_card',
	codes: {
		pin: { length: 4, numbers: true, symbols: false, characters: false },
		tokenLifetime: 60,
		singleUse: false,
	},
	ifCardExists: 'stop',
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
	const results = await issueBatch(dintero, { ...order, ...changed }, cards, limit());
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
		'POST /batch': [{ cards: [] }],
		'GET cards/a': [{ fail: 404 }],
		'GET cards/b': [{ fail: 404 }],
	});
	expect(results.a).toBe("Dintero accepted the batch but did not make the gift card 'a'");
});

test.each<[string, IDataObject, boolean, string | RegExp]>([
	['just now', {}, false, 'recovered'],
	['a minute before', { created_at: ago(60) }, false, /already exists/],
	[
		'in a minute, by another clock than its Date header',
		{ created_at: ago(-60) },
		false,
		/already exists/,
	],
	['an hour before', { created_at: ago(3600) }, false, /already exists/],
	['nobody knows when', { created_at: undefined }, false, /already exists/],
	['nobody knows when, but by its ID it is ours', { created_at: undefined }, true, 'recovered'],
	['just now, and sold since', { status: 'unused' }, false, /already exists/],
	['by us, and sold since', { status: 'unused' }, true, /already exists/],
	['as another type', { type: 'credit_note' }, false, /already exists/],
])('a card that was made %s', async (_what, found, own, outcome) => {
	const { results } = await outcomes(
		{ 'POST /batch': [{ fail: 'lost' }], 'GET cards/a': [there(found)] },
		[card('a', own)],
	);
	expect(results.a).toEqual(typeof outcome === 'string' ? outcome : expect.stringMatching(outcome));
});

test('an answer that shows cards of another type, or nothing, in place of a card is not believed', async () => {
	const answer = { cards: [{ ...made('a'), type: 'credit_note' }, null, made('b')] };
	const { results } = await outcomes({
		'POST /batch': [answer as IDataObject],
		'GET cards/a': [there({ type: 'credit_note' })],
	});
	expect(results).toEqual({ a: expect.stringMatching(/already exists/), b: 'created' });
});

test.each([0, 60])(
	'after a plain refusal, a card of %i s ago is not taken for our own',
	async (age) => {
		const { results, sent } = await outcomes(
			{ 'POST /batch': [{ fail: 409 }], 'GET cards/a': [there({ created_at: ago(age) })] },
			[card('a')],
		);
		expect(results.a).toMatch(/already exists/);
		expect(sent.some(({ path }) => path.endsWith('/rotate-pin'))).toBe(false);
	},
);

test('a lost answer, and only some of the cards there: another run made them, so their PINs are kept', async () => {
	const { results, sent } = await outcomes({
		'POST /batch': [{ fail: 'lost' }, { cards: [made('b')] }],
		'GET cards/a': [there()],
		'GET cards/b': [{ fail: 404 }],
	});
	expect(results).toEqual({ a: expect.stringMatching(/already exists/), b: 'created' });
	expect(sent.some(({ path }) => path.endsWith('/rotate-pin'))).toBe(false);
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
	const results = await issueBatch(fake.dintero, { ...order, ...changed }, cards, shared);
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
	test('is sent as a write, with the card type and the code formats', async () => {
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
				repeat: 'unsafe',
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
	test('a card that is shown without its PIN may have been there before: it is left alone', async () => {
		const { ends, batches } = await ending({
			'POST /batch': [{ cards: [{ card_id: 'a' }] }],
			'GET cards/a': [there()],
		});
		expect(ends.a).toMatch(/already exists.*'Reissue Codes'/);
		expect(batches).toEqual(['a']);
	});

	test('a success that shows no cards at all is no answer: the card gets new codes', async () => {
		const { results, batches } = await ending({ 'POST /batch': [{}], 'GET cards/a': [there()] });
		expect(results.get('a')).toEqual({
			card: { ...there({ created_at: expect.any(String) as never }), ...rotated },
			outcome: 'recovered',
		});
		expect(batches).toEqual(['a']);
	});

	test('cards that are not there are asked for again at once, as long as some are made each time', async () => {
		const { ends, batches, pauses } = await ending(
			{ 'POST /batch': [allOf('a'), allOf('b'), { cards: [] }], ...absent('bcd') },
			cardsOf('abcd'),
		);
		expect(batches).toEqual(['abcd', 'bcd', 'cd']);
		expect(pauses).toEqual([]);
		expect(ends).toEqual({
			a: 'created',
			b: 'created',
			c: "Dintero accepted the batch but did not make the gift card 'c' | Run again with the same Card ID.",
			d: "Dintero accepted the batch but did not make the gift card 'd' | Run again with the same Card ID.",
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

	test('an answer whose cards are no list is none', async () =>
		expect((await ending({ 'POST /batch': [{ cards: 'none' }], ...absent('a') })).ends.a).toMatch(
			/did not say whether the gift card 'a' was made/,
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
		test('after one whose answer was lost leaves the outcome of its cards unknown, and only of these', async () => {
			const { ends } = await ending(
				{ 'POST /batch': [{ fail: 'lost' }, { fail }], ...absent('ab') },
				cardsOf('abcd'),
				{},
				2,
			);
			for (const id of 'ab') {
				expect(ends[id]).toMatch(`did not say whether the gift card '${id}' was made (`);
				expect(ends[id]).toMatch(/'Get' first\. .*'Reissue Codes'.*same Card ID/);
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
		expect(ends).toEqual({ a: expect.stringContaining('already exists'), b: 'created' });
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
			/^A gift card with the Card ID 'a' already exists \| It was not made by this run/,
		);
		expect(ends.a).toMatch(/Use another Card ID\. If nobody has its codes.*'Reissue Codes'/);
		expect(sent).toHaveLength(2);
	});

	test('and shows no date may be ours after a lost answer, and the error does not say otherwise', async () => {
		const { ends } = await meeting(there({ created_at: undefined }), 'stop');
		expect(ends.a).toMatch(
			/\| Neither Dintero's answer nor the card shows whether this run made it/,
		);
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
		expect(ends.a).toMatch(/already exists \| It is already active, .*may have been sold/);
		expect(sent).toHaveLength(2);
	});

	test('and is active is returned where that is wanted', async () =>
		expect((await meeting({ ...old, status: 'unused' }, 'return')).ends.a).toBe('existing'));

	test.each(['return', 'reissue', 'stop'] as const)(
		'of another type is left alone (%s)',
		async (ifCardExists) => {
			const { ends, sent } = await meeting({ ...old, type: 'credit_note' }, ifCardExists, true);
			expect(ends.a).toMatch(/already exists \| It differs in type, so it was left alone/);
			expect(sent).toHaveLength(2);
		},
	);

	test('and shows no type is of the right one', async () =>
		expect((await meeting(there({ type: undefined }), 'stop')).ends.a).toBe('recovered'));
});

describe('a card without a mark', () => {
	const met = async (posts: Scripted[], seconds: number) =>
		(
			await ending(
				{
					'POST /batch': posts,
					'GET cards/a': [{ fail: 404 }, there({ created_at: ago(seconds) })].slice(
						2 - posts.length,
					),
				},
				[card('a')],
			)
		).ends.a;

	test('is ours if a request of this run got no answer and it was made since', async () => {
		for (const posts of [[{ fail: 'lost' }], [{ fail: 'lost' }, { fail: 409 }]] as Scripted[][]) {
			expect(await met(posts, 0)).toBe('recovered');
			for (const seconds of [3, 60, -3, -300])
				expect(await met(posts, seconds)).toMatch(/already exists/);
		}
	});

	test("is not judged by this machine's clock", async () => {
		const now = Date.now();
		for (const hours of [-1, 1]) {
			jest.spyOn(Date, 'now').mockReturnValue(now + hours * 3_600_000);
			for (const [seconds, end] of [
				[0, 'recovered'],
				[60, expect.stringMatching(/already exists/)],
			]) {
				const created_at = new Date(now - Number(seconds) * 1000).toISOString();
				const { ends } = await ending(
					{ 'POST /batch': [{ fail: 'lost' }], 'GET cards/a': [there({ created_at })] },
					[card('a')],
				);
				expect(ends.a).toEqual(end);
			}
		}
		jest.restoreAllMocks();
	});

	test('is left alone where Dintero does not say what time it is', async () => {
		const script = { 'POST /batch': [{ fail: 'lost' }] as Scripted[], 'GET cards/a': [there()] };
		const { dintero } = fakeDintero(script);
		Object.assign(dintero, { clock: new DinteroClock() });
		const results = await issueBatch(dintero, order, [card('a')], limit());
		expect((results.get('a') as Error).message).toMatch(/already exists/);
	});

	test('of which another run in this process has the codes is left alone, also after a lost answer', async () => {
		const { dintero } = fakeDintero({
			'POST /batch': [{ cards: [made('a')] }, { fail: 'lost' }],
			'GET cards/a': [there()],
		});
		const first = await issueBatch(dintero, order, [card('a')], limit());
		const second = await issueBatch(dintero, order, [card('a')], limit());
		expect(first.get('a')).toMatchObject({ outcome: 'created' });
		expect((second.get('a') as Error).message).toMatch(/already exists/);
	});

	test('that an earlier try of the same run has noted is recovered after a refusal', async () => {
		const noted: string[] = [];
		const again = { ...card('a', true), made: () => void noted.push('a') };
		const { results } = await outcomes(
			{ 'POST /batch': [{ fail: 409 }], 'GET cards/a': [there({ created_at: ago(60) })] },
			[again],
		);
		expect(results.a).toBe('recovered');
		expect(noted).toEqual(['a']);
	});
});
