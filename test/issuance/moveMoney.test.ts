import type { IDataObject } from 'n8n-workflow';

import { moveMoney, type Movement } from '../../nodes/Dintero/issuance/moveMoney';
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
