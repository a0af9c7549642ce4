import type { IDataObject, INode } from 'n8n-workflow';

import type { DinteroClient } from '../../nodes/Dintero/transport/client';
import { apiError } from '../../nodes/Dintero/transport/failure';
import { isWhole, readList } from '../../nodes/Dintero/transport/pages';

/** A server that answers each request from a function; remembers what it was asked. */
function serve(answer: (query: IDataObject, call: number) => unknown) {
	const asked: IDataObject[] = [];
	const dintero = {
		node: { name: 'Dintero', parameters: {} },
		get: async (_path: string, query: IDataObject) => answer(query, asked.push(query)),
	};
	return { asked, dintero: dintero as unknown as DinteroClient };
}

/** The records alone of a list that is read as people ask for it. */
const all = async (dintero: DinteroClient, key: string, most?: number) =>
	(await readList(dintero, 'x', key, { most })).records;

const cards = (from: number, count: number) =>
	Array.from({ length: count }, (_, i) => ({ id: `id-${from + i}`, card_id: `card-${from + i}` }));

test('follows the cursor in the body to the end', async () => {
	const { asked, dintero } = serve((_, call) => ({
		cards: cards(call * 100, 100),
		...(call < 3 ? { starting_after: `c${call}` } : {}),
	}));
	expect(await all(dintero, 'cards')).toHaveLength(300);
	expect(asked.map(({ starting_after }) => starting_after)).toEqual([undefined, 'c1', 'c2']);
});

test('takes the other name the documentation has for the cursor', async () => {
	const { dintero } = serve((_, call) => ({
		cards: cards(call * 10, 10),
		...(call < 2 ? { paging_token: 'p' } : {}),
	}));
	expect(await all(dintero, 'cards')).toHaveLength(20);
});

test('asks for no more than the limit', async () => {
	const { asked, dintero } = serve(({ limit }, call) => ({
		cards: cards(call * 1000, Number(limit)),
		starting_after: `c${call}`,
	}));
	expect(await all(dintero, 'cards', 130)).toHaveLength(130);
	expect(asked.map(({ limit }) => limit)).toEqual([100, 30]);
});

test('cuts what a server gives beyond the limit', async () => {
	const { dintero } = serve(() => ({ cards: cards(0, 100) }));
	expect(await all(dintero, 'cards', 5)).toHaveLength(5);
});

test('a bare array is followed by the ID of its last record', async () => {
	const { asked, dintero } = serve((_, call) => cards(call * 1000, call < 3 ? 100 : 7));
	expect(await all(dintero, 'unused')).toHaveLength(207);
	expect(asked[1].starting_after).toBe('id-1099');
});

test('what is no record is left out', async () => {
	const { dintero } = serve((_, call) => (call === 1 ? [null, { id: 'a' }, 'b'] : []));
	expect(await all(dintero, 'cards')).toEqual([{ id: 'a' }]);
});

test('a server that ignores the cursor does not keep us reading', async () => {
	const { asked, dintero } = serve(() => cards(0, 100));
	expect(await all(dintero, 'unused')).toHaveLength(100);
	expect(asked.length).toBe(2);
});

test('a cursor that comes again ends the list', async () => {
	const { asked, dintero } = serve((_, call) => ({
		cards: cards(call * 10, 10),
		starting_after: call % 2 ? 'a' : 'b',
	}));
	await all(dintero, 'cards');
	expect(asked.length).toBe(3);
});

test.each([[{}], [{ cards: null }], [[]]])(
	'an answer without records (%p) is an empty list',
	async (answer) => {
		const { dintero } = serve(() => answer);
		expect(await all(dintero, 'cards')).toEqual([]);
	},
);

test('a list under another name is no empty list', async () => {
	const { dintero } = serve(() => ({ gift_cards: cards(0, 3) }));
	await expect(all(dintero, 'cards')).rejects.toThrow('Dintero answered without a list');
});

/** A list of so many records, behind one kind of paging. */
interface Paging {
	limit: 'taken' | 'ignored' | 'refused';
	cursor: 'taken' | 'ignored' | 'refused';
	/** Records on a page when no limit is taken; none for the whole list. */
	page?: number;
	shape: 'array' | 'starting_after' | 'paging_token' | 'no cursor';
	order: 'newest first' | 'oldest first';
}
function paged(count: number, { limit: limits, cursor, page, shape, order }: Paging) {
	const all = cards(0, count);
	if (order === 'newest first') all.reverse();
	return serve(({ limit, starting_after }) => {
		if (limit !== undefined && limits === 'refused') throw refusal();
		if (starting_after !== undefined && cursor === 'refused') throw refusal();
		const size = limits === 'taken' && limit !== undefined ? Number(limit) : (page ?? all.length);
		const from =
			starting_after === undefined || cursor === 'ignored'
				? 0
				: all.findIndex(({ id }) => id === starting_after) + 1;
		const part = all.slice(from, from + size);
		const more = from + size < all.length && cursor === 'taken';
		if (shape === 'array') return part;
		return {
			records: part,
			...(more && shape !== 'no cursor' ? { [shape]: part[part.length - 1].id } : {}),
		};
	});
}
const node = { id: 'n', name: 'n', type: 't', typeVersion: 1, position: [0, 0], parameters: {} };
const refusal = (status = 400) =>
	apiError(node as never, { outcome: 'refused', status, message: 'no', signIn: false });

const three = ['taken', 'ignored', 'refused'] as const;
const pagings = three.flatMap((limit) =>
	three.flatMap((cursor) =>
		[undefined, 10].flatMap((page) =>
			(['array', 'starting_after', 'paging_token', 'no cursor'] as const).flatMap((shape) =>
				(['newest first', 'oldest first'] as const).map((order) => ({
					limit,
					cursor,
					page,
					shape,
					order,
				})),
			),
		),
	),
);

describe('a list that decides about money', () => {
	const readThoroughly = async (dintero: DinteroClient) =>
		await readList(dintero, 'x', 'records', { thorough: true });

	test.each(pagings)('is read to its end, or said to be cut (%j)', async (paging) => {
		for (const count of [0, 1, 9, 10, 11, 20, 25, 99, 100, 101, 200, 230]) {
			const { asked, dintero } = paged(count, paging);
			const listing = await readThoroughly(dintero);
			const { records } = listing;
			const complete = isWhole(listing);
			expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
			if (complete) expect([count, records.length]).toEqual([count, count]);
			// Everything that can be read is read.
			if (paging.cursor === 'taken') expect([count, records.length]).toEqual([count, count]);
			if (paging.cursor === 'taken' && count > 0) expect([count, complete]).toEqual([count, true]);
			expect(asked.length).toBeLessThanOrEqual(count / 10 + 4);
		}
	});

	test('pages of any size are followed, also when they are short', async () => {
		const all = cards(0, 12);
		const { dintero } = serve(({ starting_after }) => {
			const from = all.findIndex(({ id }) => id === starting_after) + 1;
			return all.slice(from, from + 5);
		});
		expect(await readThoroughly(dintero)).toEqual({ records: all, end: 'complete', lastPage: 2 });
	});

	test('a record that slips onto the next page meanwhile is there once', async () => {
		const { dintero } = serve((_, call) =>
			call === 1 ? cards(0, 100) : call === 2 ? cards(99, 5) : [],
		);
		expect((await readThoroughly(dintero)).records).toEqual(cards(0, 104));
	});

	test('ends where the one that is looked for is found', async () => {
		const { asked, dintero } = serve(() => cards(0, 100));
		const enough = (page: readonly IDataObject[]) => page.some(({ id }) => id === 'id-7');
		const listing = await readList(dintero, 'x', 'records', { thorough: true, enough });
		expect(listing).toMatchObject({ end: 'enough', records: cards(0, 100) });
		expect(isWhole(listing)).toBe(false);
		expect(asked).toHaveLength(1);
	});

	test.each([[{}], [{ records: null }], [{ error: { message: 'no' } }]])(
		'an answer without a list (%j) is no empty list',
		async (answer) => {
			const { dintero } = serve(() => answer);
			await expect(readThoroughly(dintero)).rejects.toThrow();
		},
	);

	test.each([401, 403, 404])('%i is about the list, not about its paging', async (status) => {
		const { asked, dintero } = serve(() => {
			throw refusal(status);
		});
		await expect(readThoroughly(dintero)).rejects.toThrow();
		expect(asked).toHaveLength(1);
	});
});

describe('a list whose paging is not documented', () => {
	const lines = (count: number) => cards(0, count).map(({ id }) => ({ id }));
	const refused = (status: number) =>
		apiError({ parameters: {} } as INode, {
			outcome: 'refused',
			status,
			message: 'no',
			signIn: false,
		});
	/** @param size of a page when nothing else is said */
	const server = (
		all: IDataObject[],
		how: 'taken' | 'limit' | 'cursor' | 'none' | 'refused',
		size = 10,
	) =>
		serve(({ limit, starting_after: after }) => {
			if (how === 'refused' && (limit !== undefined || after !== undefined)) throw refused(400);
			if (how === 'limit' && after !== undefined) throw refused(422);
			if (how === 'cursor' && limit !== undefined) throw refused(400);
			if (how === 'none' || how === 'refused') return all.slice(0, size);
			const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
			return all.slice(from, from + Number(how === 'cursor' ? size : (limit ?? size)));
		});

	test.each([
		['taken', 0, 'complete', 0],
		['taken', 7, 'complete', 7],
		['taken', 350, 'complete', 350],
		['cursor', 35, 'complete', 35],
		['cursor', 40, 'complete', 40],
		['limit', 350, 'unpaged', 100],
		['none', 35, 'unpaged', 10],
		['refused', 35, 'unpaged', 10],
		['refused', 7, 'complete', 7],
	] as const)('%s, %i records', async (how, count, end, read) => {
		const { asked, dintero } = server(lines(count), how);
		const result = await readList(dintero, 'x', 'deliveries', { thorough: true });
		expect([result.end, result.records.length]).toEqual([end, read]);
		expect(new Set(result.records.map(({ id }) => id)).size).toBe(read);
		expect(asked.length).toBeLessThan(10);
	});

	test('stops when enough was read, and at the most', async () => {
		const { asked, dintero } = server(lines(500), 'taken');
		let seen = 0;
		const enough = (page: readonly IDataObject[]) => (seen += page.length) >= 150;
		const options = { thorough: true, enough };
		expect(await readList(dintero, 'x', 'deliveries', options)).toMatchObject({ end: 'enough' });
		expect(asked).toHaveLength(2);
		const most = await readList(dintero, 'x', 'deliveries', { thorough: true, most: 30 });
		expect(most).toMatchObject({ end: 'enough' });
		expect(most.records).toEqual(lines(30));
	});

	test('any other failure is raised', async () => {
		const { dintero } = serve(() => {
			throw refused(403);
		});
		await expect(readList(dintero, 'x', 'deliveries', { thorough: true })).rejects.toThrow();
	});
});

describe('a list of which some records are kept', () => {
	const even = ({ id }: IDataObject) => Number(String(id).slice(3)) % 2 === 0;

	test('the limit counts those that are kept, and pages are whole', async () => {
		const { asked, dintero } = paged(1000, {
			limit: 'taken',
			cursor: 'taken',
			shape: 'starting_after',
			order: 'oldest first',
		});
		const listing = await readList(dintero, 'x', 'records', { most: 120, keep: even });
		expect(listing.records).toEqual(cards(0, 1000).filter(even).slice(0, 120));
		expect(listing.end).toBe('enough');
		expect(asked.map(({ limit }) => limit)).toEqual([100, 100, 100]);
	});

	test('a page without any is followed by the next', async () => {
		const { dintero } = paged(350, {
			limit: 'taken',
			cursor: 'taken',
			shape: 'array',
			order: 'oldest first',
		});
		const keep = ({ id }: IDataObject) => id === 'id-349';
		expect(await readList(dintero, 'x', 'records', { keep, most: 5 })).toMatchObject({
			records: cards(349, 1),
			end: 'complete',
		});
	});

	test('how the list ended does not depend on what is kept', async () => {
		const { dintero } = serve(() => cards(0, 10));
		const keep = () => false;
		expect(await readList(dintero, 'x', 'records', { thorough: true, keep })).toEqual({
			records: [],
			end: 'unpaged',
			lastPage: 10,
		});
	});
});

test('a limit that is refused together with a cursor is left out', async () => {
	const { asked, dintero } = serve(({ limit, starting_after: after }) => {
		if (limit !== undefined && after !== undefined) throw refusal(422);
		return after === undefined ? cards(0, 100) : after === 'id-99' ? cards(100, 7) : [];
	});
	const listing = await readList(dintero, 'x', 'records', { thorough: true });
	expect(listing).toMatchObject({ records: cards(0, 107), end: 'complete' });
	expect(asked).toHaveLength(4);
});

test('the work grows with the number of records, not with its square', async () => {
	/** How often a record is looked at: each look needs its ID. */
	const looksAt = async (count: number) => {
		let looks = 0;
		const records = cards(0, count).map((card) =>
			Object.defineProperty({ ...card }, 'id', { get: () => (looks++, card.id), enumerable: true }),
		);
		const { dintero } = serve(({ starting_after: after }) => {
			const from = after === undefined ? 0 : Number(after);
			const next = from + 100;
			return {
				records: records.slice(from, next),
				...(next < count ? { starting_after: String(next) } : {}),
			};
		});
		const keep = () => true;
		expect((await readList(dintero, 'x', 'records', { keep })).records).toHaveLength(count);
		return looks / count;
	};
	expect(await looksAt(1000)).toBeGreaterThan(0);
	expect(await looksAt(10_000)).toBeLessThanOrEqual(await looksAt(1000));
});
