import type { IDataObject } from 'n8n-workflow';

import type { Dintero } from '../../nodes/Dintero/transport/client';
import { list } from '../../nodes/Dintero/transport/pages';

/** A server that answers each request from a function; remembers what it was asked. */
function serve(answer: (query: IDataObject, call: number) => unknown) {
	const asked: IDataObject[] = [];
	const dintero = {
		get: async (_path: string, query: IDataObject) => answer(query, asked.push(query)),
	};
	return { asked, dintero: dintero as unknown as Dintero };
}

const cards = (from: number, count: number) =>
	Array.from({ length: count }, (_, i) => ({ id: `id-${from + i}`, card_id: `card-${from + i}` }));

test('follows the cursor in the body to the end', async () => {
	const { asked, dintero } = serve((_, call) => ({
		cards: cards(call * 100, 100),
		...(call < 3 ? { starting_after: `c${call}` } : {}),
	}));
	expect(await list(dintero, 'x', 'cards', Infinity)).toHaveLength(300);
	expect(asked.map(({ starting_after }) => starting_after)).toEqual([undefined, 'c1', 'c2']);
});

test('takes the other name the documentation has for the cursor', async () => {
	const { dintero } = serve((_, call) => ({
		cards: cards(call * 10, 10),
		...(call < 2 ? { paging_token: 'p' } : {}),
	}));
	expect(await list(dintero, 'x', 'cards', Infinity)).toHaveLength(20);
});

test('asks for no more than the limit', async () => {
	const { asked, dintero } = serve(({ limit }, call) => ({
		cards: cards(call * 1000, Number(limit)),
		starting_after: `c${call}`,
	}));
	expect(await list(dintero, 'x', 'cards', 130)).toHaveLength(130);
	expect(asked.map(({ limit }) => limit)).toEqual([100, 30]);
});

test('cuts what a server gives beyond the limit', async () => {
	const { dintero } = serve(() => ({ cards: cards(0, 100) }));
	expect(await list(dintero, 'x', 'cards', 5)).toHaveLength(5);
});

test('a bare array is followed by the ID of its last record', async () => {
	const { asked, dintero } = serve((_, call) => cards(call * 1000, call < 3 ? 100 : 7));
	expect(await list(dintero, 'x', 'unused', Infinity)).toHaveLength(207);
	expect(asked[1].starting_after).toBe('id-1099');
});

test('a server that ignores the cursor does not keep us reading', async () => {
	const { asked, dintero } = serve(() => cards(0, 100));
	expect(await list(dintero, 'x', 'unused', Infinity)).toHaveLength(100);
	expect(asked.length).toBe(2);
});

test('a cursor that comes again ends the list', async () => {
	const { asked, dintero } = serve((_, call) => ({
		cards: cards(call * 10, 10),
		starting_after: call % 2 ? 'a' : 'b',
	}));
	await list(dintero, 'x', 'cards', Infinity);
	expect(asked.length).toBe(3);
});

test.each([[{}], [{ cards: null }], [[]]])(
	'an answer without records (%p) is an empty list',
	async (answer) => {
		const { dintero } = serve(() => answer);
		expect(await list(dintero, 'x', 'cards', Infinity)).toEqual([]);
	},
);
