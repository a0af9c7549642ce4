import {
	actionRound,
	combinations,
	entriesInTheDocs,
	refusalOf,
	refusedClient,
	switchTable,
	triggerRound,
	withoutRights,
} from './rounds.mts';
import { readText } from './fixtures.mts';

jest.setTimeout(60_000);

describe('docs/dintero-unknowns.md', () => {
	const entries = entriesInTheDocs();

	test('numbers its questions one after another, each with room for an answer', () => {
		expect(entries.map(({ number }) => Number(number))).toEqual(
			entries.map((_, index) => index + 1),
		);
		for (const { text } of entries) expect(text).toMatch(/\n\*\*Answer:\*\* \S/);
	});

	test('asks each of them live, or says why not', () => {
		for (const { text } of entries) expect(text).toMatch(/Asked live[ ,.]|Not asked(?: live)?: \S/);
	});

	test('names every switch of the sandbox once, and no other', () => {
		const named = entries.flatMap(({ switches }) => switches);
		expect([...named].sort()).toEqual(Object.keys(switchTable).sort());
	});

	test('names tests that are there', () => {
		const named = entries.flatMap(({ tests }) => tests);
		expect(named.length).toBeGreaterThan(30);
		for (const file of named) expect(readText(file)).toMatch(/\btest(?:\.each)?\b/);
	});
});

/** Every value of every switch occurs in one of these. */
const turns = combinations(10).map((turn, index) => [index + 1, turn] as const);

describe('whichever way it turns out', () => {
	test.each(turns)('the action node keeps its promises (combination %d)', async (_, turn) => {
		const round = await actionRound(turn);
		const hidden =
			turn.activationKeepsOrigin === true ||
			[turn.metadata, turn.originatedBy].every((kept) => kept === 'dropped' || kept === 400);
		// No refusal, no mark and no time of day: nothing tells whose activation it was.
		const untold =
			turn.activateTwice === 'return-existing' && hidden && turn.dateHeader === 'missing';
		expect({ turn, ...round }).toMatchObject({
			created: { cardId: 'a', amountMinor: 50_000, outcome: 'created' },
			openedBefore: 'a',
			again: "A gift card with the Card ID 'a' already exists",
			reissuedOpens: 'a',
			checkedBalance: '500.00',
			guessed: turn.wrongPin === 'ignore' ? undefined : expect.stringMatching(/PIN/),
			repeated: expect.stringMatching(/^(?:done|alreadyDone)$/) as string,
			tooMuch: expect.stringMatching(/Insufficient funds|left, less than/) as string,
			failures: [],
			activatedAgain: untold ? undefined : "The gift card 'p-01' is already active",
			batchCodesOpen: ['p-01', 'p-02', 'p-03', 'p-04', 'p-05'],
			readBalance: '405.00',
			listed: 6,
			books: { balance: 40_500, available: 40_500, activated: 10_000 },
			violations: [],
		});
		expect(round.books.cards.sort()).toEqual(['a', 'p-01', 'p-02', 'p-03', 'p-04', 'p-05']);
	});

	test.each(turns)('the trigger keeps its promises (combination %d)', async (_, turn) => {
		const silent = turn.silentTransactions ?? [];
		const fires = (kind: string) => Number(!silent.includes(kind));
		const funded = turn.createRecordsFund === false ? 0 : fires('create') && fires('fund');
		expect({ turn, ...(await triggerRound(turn)) }).toMatchObject({
			events: funded + 1,
			used: 1,
			names: ['wallet_transaction'],
			live: 1,
			afterRestart: 1,
			left: 0,
			told: false,
		});
	});

	test.each([403, 401] as const)(
		'a missing right makes no card and says why (%d)',
		async (missingScope) => {
			const { error, cards } = await withoutRights({ missingScope });
			expect(error).toMatch(missingScope === 403 ? /'write:wallets'/ : /Check the credential/);
			expect(cards).toBe(0);
		},
	);

	test.each([
		{ wrongSecret: 401 },
		{ wrongSecret: 400 },
		{ wrongSecret: 403 },
		{ wrongAccount: 403 },
		{ wrongAccount: 401 },
		{ wrongAccount: 400 },
	] as const)('a client Dintero does not let in is told so, at once (%j)', async (turn) => {
		const { error, requests } = await refusedClient(turn);
		expect(error).toMatch(
			/Dintero refused the sign-in: .*Check Account ID, Client ID and Client Secret/,
		);
		expect(requests).toBeLessThanOrEqual(2);
	});

	test.each(['refuseLoopbackUrls', 'refusePlainHttpUrls'] as const)(
		'an address Dintero refuses is refused in its words (%s)',
		async (name) => {
			expect(await refusalOf({ [name]: true })).toMatch(/config\.url must be a public URL/);
		},
	);
});
