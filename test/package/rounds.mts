/**
 * One round through the action node and one through the trigger, to be run with every switch of the sandbox turned
 * every way: what the documentation leaves open must not change what the node promises.
 */
import type { IDataObject } from 'n8n-workflow';

import { seededRandom } from '../../sandbox/random.mts';
import { switchTable, type Switches } from '../../sandbox/switches.mts';
import { openHarness } from '../support/harness.mts';
import { fastTime } from '../support/time.mts';
import { TriggerHarness } from '../trigger/triggerHarness.mts';
import { readText } from './fixtures.mts';

/** What a switch without a list of values is turned to. */
const OTHER_VALUES: Partial<Switches> = {
	tokenLifetime: 14_400,
	tokenRequests: 6,
	cardTokenLifetime: 3600,
	statusAfterUse: 'partially_used',
	statusWhenEmpty: 'spent',
	statusWhenExpired: 'expired',
	batchLimit: 2,
	batchCurrency: 'EUR',
	subscriptionLimit: 1,
	silentTransactions: ['create', 'fund', 'activate'],
	deliveryTimeoutMs: 120_000,
	retryDelaysMs: [],
	removalAfterFailures: null,
	deliveriesListed: 1,
	unreachableStatus: 599,
	duplicateDeliveryPercent: 100,
	lateDeliveryPercent: 100,
	lateDeliveryMs: 50,
};

/** The values of each switch besides its default. */
const alternatives = Object.fromEntries(
	(Object.keys(switchTable) as Array<keyof Switches>).map((name) => {
		const { options, initial } = switchTable[name] as {
			options?: readonly unknown[];
			initial: unknown;
		};
		return [name, options?.filter((value) => value !== initial) ?? [OTHER_VALUES[name]]];
	}),
) as Record<keyof Switches, unknown[]>;

/** n8n runs on this machine here; whether such addresses are refused has a test of its own. */
const ALONE: Array<keyof Switches> = ['refuseLoopbackUrls', 'refusePlainHttpUrls'];

/**
 * Combinations in which every value of every switch occurs: the first has all first alternatives, the second all second
 * ones, and so on; then so many by chance.
 */
export function combinations(byChance: number): Array<Partial<Switches>> {
	const names = (Object.keys(alternatives) as Array<keyof Switches>).filter(
		(name) => !ALONE.includes(name),
	);
	const most = Math.max(...names.map((name) => alternatives[name].length));
	const pick = (choose: (name: keyof Switches) => unknown): Partial<Switches> => {
		const turn = Object.fromEntries(
			names.map((name) => [name, choose(name)]).filter(([, value]) => value !== undefined),
		) as Partial<Switches>;
		// A 403 to a token fetched a moment ago is a missing right, see U3.
		if (turn.expiredToken === 403) delete turn.tokenRequests;
		// The round activates a card twice within a second: without a mark nothing tells the two apart then, see U30.
		const unmarked = [turn.originatedBy, turn.metadata].every((way) => way !== undefined);
		if (turn.activateTwice === 'return-existing' && (unmarked || turn.activationKeepsOrigin))
			delete turn.activateTwice;
		return turn;
	};
	// Each switch has its own draws, so that a new one does not change what the others are turned to.
	const draws = new Map(names.map((name) => [name, seededRandom(seedOf(name))]));
	return [
		...Array.from({ length: most }, (_, index) => pick((name) => alternatives[name][index])),
		...Array.from({ length: byChance }, () =>
			pick((name) => {
				const values = [undefined, ...alternatives[name]];
				return values[Math.floor(draws.get(name)!() * values.length)];
			}),
		),
	];
}

const seedOf = (name: string): number =>
	[...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.codePointAt(0)!, 7);

/** What the node gave, and what the sandbox's books say about it. */
export async function actionRound(turn: Partial<Switches>) {
	const realTime = fastTime();
	const harness = await openHarness({ switches: turn });
	const { sandbox } = harness;
	const node = async (resource: string, operation: string, parameters: object = {}) => {
		const run = await harness.run({ resource, operation, ...parameters } as never);
		const error = run.nodeError('Dintero') as { message: string } | undefined;
		return { items: run.json('Dintero'), error: error?.message };
	};
	const byId = (value: string) => ({ cardId: { __rl: true, mode: 'id', value } });
	const first = ({ items: [item] }: { items: IDataObject[] }): IDataObject => item ?? {};
	try {
		const order = { amount: '500', cardId: 'a', pinFormat: 'digits4', tokenFormat: 'digits16' };
		const created = first(await node('giftCard', 'create', order));
		const again = await node('giftCard', 'create', order);
		const opens = ({ cardToken, pin }: IDataObject) =>
			sandbox.books.opens(String(cardToken), pin === undefined ? undefined : String(pin));
		const openedBefore = opens(created);
		const reissued = first(
			await node('giftCard', 'create', { ...order, options: { ifCardExists: 'reissue' } }),
		);

		const codes = { cardToken: String(reissued.cardToken) };
		const checked = await node('giftCard', 'checkBalance', { ...codes, pin: reissued.pin });
		const wrongPin = reissued.pin === '0000' ? '1111' : '0000';
		const guessed = await node('giftCard', 'checkBalance', { ...codes, pin: wrongPin });

		const charge = { ...byId('a'), currency: 'NOK' };
		await node('transaction', 'charge', { ...charge, amount: '100', refId: 'sale-1' });
		const repeated = await node('transaction', 'charge', {
			...charge,
			amount: '100',
			refId: 'sale-1',
		});
		const tooMuch = await node('transaction', 'charge', {
			...charge,
			amount: '9000',
			refId: 'sale-2',
		});
		const held = first(
			await node('transaction', 'charge', {
				...charge,
				amount: '50',
				refId: 'hold',
				pending: true,
			}),
		);
		const reservation = { transactionId: String(held.transactionId ?? held.id), ...byId('a') };
		const captured = await node('transaction', 'capture', {
			...reservation,
			amount: '20',
			refId: 'capture',
		});
		const voided = await node('transaction', 'void', { ...reservation, refId: 'void' });
		const voidedAgain = await node('transaction', 'void', { ...reservation, refId: 'void' });
		const toppedUp = await node('transaction', 'topUp', { ...charge, amount: '25', refId: 'back' });

		const batch = await node('giftCard', 'createBatch', {
			batchSource: 'count',
			count: 5,
			idPattern: 'p-{number:2}',
		});
		const activate = { ...byId('p-01'), amount: '100', currency: 'NOK' };
		const activated = await node('giftCard', 'activate', activate);
		// Another run comes later; time stamps of whole seconds cannot hold two apart that come at once.
		sandbox.advance(5000);
		const activatedAgain = await node('giftCard', 'activate', activate);
		const read = first(await node('giftCard', 'get', byId('a')));
		const listed = await node('giftCard', 'getAll', { returnAll: true });
		const moves = await node('transaction', 'getAll', { ...byId('a'), returnAll: true });

		return {
			created,
			openedBefore,
			again: again.error,
			reissuedOpens: opens(reissued),
			checkedBalance: first(checked).balance ?? checked.error,
			guessed: guessed.error,
			repeated: repeated.error ?? first(repeated).outcome,
			tooMuch: tooMuch.error,
			failures: [captured, voided, voidedAgain, toppedUp, batch, activated]
				.map(({ error }) => error)
				.filter((error) => error !== undefined),
			activatedAgain: activatedAgain.error,
			batchCodesOpen: batch.items.map((item) => opens(item)),
			readBalance: read.balance,
			listed: listed.items.length,
			moves: moves.items.length,
			books: {
				cards: sandbox.books.cards().map(({ cardId }) => cardId),
				balance: sandbox.books.card('a')?.balance,
				available: sandbox.books.card('a')?.available,
				activated: sandbox.books.card('p-01')?.balance,
			},
			violations: sandbox.violations,
		};
	} finally {
		realTime();
		await harness.close();
	}
}

/** Publishes, lets a card be made and used, restarts, unpublishes. */
export async function triggerRound(turn: Partial<Switches>) {
	const harness = await TriggerHarness.open(turn);
	try {
		const id = await harness.activate();
		await harness.api('wallets/cards', {
			card_id: 'a',
			amount: 50_000,
			currency: 'NOK',
			card_token: { format: { length: 16 }, expires_in: 3600, expires_after_transaction: false },
		});
		await harness.api('wallets/transactions', {
			card_id: 'a',
			ref_id: 'one',
			amount: 100,
			currency: 'NOK',
		});
		await harness.quiet();
		const events = harness.n8n.events(id);
		const secret = harness.secret(id);
		const live = harness.subscriptions.length;
		await harness.n8n.restart();
		await harness.quiet();
		const afterRestart = harness.subscriptions.length;
		await harness.n8n.unpublish(id);
		await harness.quiet();
		return {
			events: events.length,
			used: events.filter(({ whatHappened }) => whatHappened === 'used').length,
			names: [...new Set(events.map(({ event }) => event))],
			live,
			afterRestart,
			left: harness.subscriptions.length,
			/** Of the subscription, told in an item or the log. */
			told: JSON.stringify(events).includes(secret) || harness.log.includes(secret),
		};
	} finally {
		await harness.close();
	}
}

/** The entries of docs/dintero-unknowns.md: number, text, switches and tests they name. */
export function entriesInTheDocs() {
	return readText('docs/dintero-unknowns.md')
		.split(/^### (?=U\d)/m)
		.slice(1)
		.map((text) => {
			const sandbox = /Sandbox: ([^]*?)\.(?=\s)/.exec(text)?.[1] ?? '';
			const tests = /Tests: ([^]*?)\.(?=\s)/.exec(text)?.[1] ?? '';
			const names = (part: string) => [...part.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
			return {
				number: /^U(\d+)/.exec(text)![1],
				text,
				switches: names(sandbox).filter((name) => name in switchTable),
				tests: names(tests),
			};
		});
}

/** Why a workflow with the trigger cannot be published, in the words the user sees. */
export async function refusalOf(turn: Partial<Switches>): Promise<string> {
	const harness = await TriggerHarness.open(turn);
	try {
		return await harness.activate().then(
			() => 'published',
			(error: Error) => error.message,
		);
	} finally {
		await harness.close();
	}
}

/** Creates one card with another client; gives the error in full, and what the sandbox saw. */
async function createWith(
	turn: Partial<Switches>,
	clientOf: (harness: Awaited<ReturnType<typeof openHarness>>) => { id: string; name: string },
) {
	const harness = await openHarness({ switches: turn });
	try {
		const settings = { credentials: { dinteroApi: clientOf(harness) } };
		const parameters = { resource: 'giftCard', operation: 'create', amount: '500', cardId: 'a' };
		const run = await harness.run(parameters, [{}], { settings });
		const { message, description } = run.nodeError('Dintero') as unknown as Record<string, string>;
		return {
			error: `${message} ${description}`,
			cards: harness.sandbox.books.cards().length,
			requests: harness.sandbox.requests.length,
		};
	} finally {
		await harness.close();
	}
}

export async function withoutRights(turn: Partial<Switches>) {
	return await createWith(turn, ({ sandbox, signIn }) =>
		signIn({}, sandbox.addClient({ scopes: ['read:hooks'] })),
	);
}

export async function refusedClient(turn: Partial<Switches>) {
	return await createWith(turn, ({ sandbox, signIn }) =>
		'wrongSecret' in turn
			? signIn({ clientSecret: 'mistyped' })
			: signIn({}, { ...sandbox.account, accountId: 'T99999999' }),
	);
}

export { switchTable };
