import { card, closeAll, open, type Reply } from './client.mts';

let box: Awaited<ReturnType<typeof open>>;
const cardIds = Array.from({ length: 25 }, (_, index) => `gc-${index}`);
beforeEach(async () => {
	box = await open({ switches: { listOrder: 'oldest-first' } });
	for (const id of cardIds) await box.post('/wallets/cards', card(id, { customer_id: 'k' }));
});
afterEach(closeAll);

async function walk(path: string, next: (reply: Reply) => string | undefined) {
	const pages: Reply[] = [];
	let cursor: string | undefined;
	do {
		const after = cursor === undefined ? '' : `&starting_after=${encodeURIComponent(cursor)}`;
		const reply = await box.get(`${path}${after}`);
		pages.push(reply);
		cursor = next(reply);
	} while (cursor !== undefined && pages.length < 10);
	return pages;
}

test.each(['oldest-first', 'newest-first'] as const)(
	'pages lead to the end (%s)',
	async (order) => {
		box.sandbox.set({ listOrder: order });
		const pages = await walk('/wallets/cards?limit=10', ({ data }) => data.starting_after);
		expect(pages.map(({ data }) => data.cards.length)).toEqual([10, 10, 5]);
		const ids = pages.flatMap(({ data }) =>
			data.cards.map((one: { card_id: string }) => one.card_id),
		);
		expect(ids).toEqual(order === 'oldest-first' ? cardIds : [...cardIds].reverse());
	},
);

test('a repeating cursor never ends, an absent one never starts', async () => {
	box.sandbox.set({ listCursor: 'repeating' });
	const pages = await walk('/wallets/cards?limit=25', ({ data }) => data.starting_after);
	expect(pages).toHaveLength(10);
	expect(pages[2].data.starting_after).toBe(pages[1].data.starting_after);
	box.sandbox.set({ listCursor: 'absent' });
	expect((await box.get('/wallets/cards')).data.starting_after).toBeUndefined();
});

test("a bare array goes on after the last item's id", async () => {
	const pages = await walk('/wallets/customers/k/cards?limit=20', ({ data }) => data.at(-1)?.id);
	expect(pages.map(({ data }) => data.length)).toEqual([20, 5, 0]);
});

test.each(['limit=0', 'limit=101', 'limit=ten', 'page=2', 'starting_after=nonsense'])(
	'%s is refused',
	async (query) => {
		expect((await box.get(`/wallets/cards?${query}`)).status).toBe(400);
	},
);
