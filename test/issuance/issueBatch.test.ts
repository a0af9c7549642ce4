import type { IDataObject } from 'n8n-workflow';

import { issueBatch, type BatchOrder } from '../../nodes/Dintero/issuance/issueBatch';
import { fakeDintero, type Scripted } from './fakeDintero.mts';

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
