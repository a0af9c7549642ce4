/**
 * Several n8n processes that start at once, each request and each answer of theirs in any order: at the end one right
 * subscription is left, every process holds its secret, and no event is lost.
 *
 * With its publication service, the default since 2.x, n8n asks on the leader only, and a lock keeps two leaders from
 * overlapping for long. Without it (and in 1.x) every main calls `checkExists` and `create` when it starts, at once.
 */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type {
	IDataObject,
	IHookFunctions,
	INodeExecutionData,
	ITriggerFunctions,
} from 'n8n-workflow';
import { deliveryMemory } from '../../nodes/Dintero/trigger/deliveryMemory';
import { maintain } from '../../nodes/Dintero/trigger/keepAlive';
import { replayMissed } from '../../nodes/Dintero/trigger/replay';
import { isRegistered, register } from '../../nodes/Dintero/trigger/registration';
import type { State } from '../../nodes/Dintero/trigger/state';
import { openDintero } from '../../nodes/Dintero/transport/client';

const URL = 'https://n8n.shop.no/webhook/hook/webhook';
const SECRET = 'a'.repeat(64);
const MARK = createHash('sha256').update(SECRET).digest('hex').slice(0, 16);
const EVENTS = ['wallet_transaction'];

interface Entry extends IDataObject {
	id: string;
	created_at: string;
	deleted_at?: string;
	config: { url: string; secret?: { type: string; value?: string } };
	events: string[];
	active: boolean;
}

interface Circumstances {
	/** What the processes find. */
	found: 'gone' | 'there' | 'paused' | 'twice';
	mains: number;
	/** In the order in which subscriptions are made. */
	ids: string[];
	/** How many subscriptions Dintero makes within one of its seconds. */
	perSecond: number;
	/** The POST whose answer gets lost, counted from 0. */
	lost?: number;
	tellsDeleted: boolean;
	/** The answer to a second subscription with the same URL and events, if Dintero takes only one. */
	second?: 400 | 409;
	/** Dintero takes no query in a URL, so none of our marks. */
	noMark?: boolean;
}

/** The part of Dintero that a trigger uses. Its times are whole seconds. */
class DinteroClient {
	readonly entries: Entry[] = [];
	readonly log = new Map<string, Array<{ id: string; body: IDataObject }>>();
	/** Events that at least one subscription was there for, with the IDs of those. */
	readonly fired = new Map<string, string[]>();
	/** Which processes know that they made a subscription, or took it away. */
	readonly hands = new Map<string, string[]>();
	posts = 0;
	private made = 0;

	constructor(private readonly circumstances: Circumstances) {}

	get live(): Entry[] {
		return this.entries.filter(({ deleted_at }) => deleted_at === undefined);
	}

	private get now(): string {
		const second = Math.floor(this.made / this.circumstances.perSecond);
		return new Date(Date.now() - 60_000 + second * 1000).toISOString().replace(/\.\d+Z/, 'Z');
	}

	add(id: string, fields: Partial<Entry> = {}): Entry {
		const url = `${URL}?signed=${MARK}`;
		const secret = { type: 'HMAC-SHA1', value: SECRET };
		const entry: Entry = {
			id,
			created_at: this.now,
			config: { url, secret },
			events: EVENTS,
			active: true,
			...fields,
		};
		this.entries.push(entry);
		this.log.set(id, []);
		return entry;
	}

	private touched(id: string, who: string): void {
		this.hands.set(id, [...(this.hands.get(id) ?? []), who]);
	}

	remove(id: string): boolean {
		const entry = this.live.find((one) => one.id === id);
		if (entry) entry.deleted_at = new Date().toISOString();
		return entry !== undefined;
	}

	/** n8n is not up yet: no delivery gets through, so each event is only in the logs. */
	fire(name: string): void {
		const reached = this.live.filter(({ active }) => active);
		for (const { id } of reached) {
			const body = {
				event: EVENTS[0],
				event_delivery: `${name}-${id}`,
				transaction: { id: name, type: 'drawdown', amount: 100, currency: 'NOK' },
			};
			this.log.get(id)!.push({ id: `${name}-${id}`, body });
		}
		if (reached.length > 0)
			this.fired.set(
				name,
				reached.map(({ id }) => id),
			);
	}

	answer(
		who: string,
		method: string,
		path: string,
		query: IDataObject,
		body?: IDataObject,
	): unknown {
		const [, , id, , delivery] = path.split('/').slice(1);
		if (method === 'POST') {
			const { second, noMark, ids } = this.circumstances;
			const { url } = (body as Partial<Entry>).config!;
			if (noMark && url.includes('?')) throw refusal(400);
			if (second && this.live.some(({ config }) => config.url === url)) throw refusal(second);
			const entry = this.add(ids[this.made++], body as Partial<Entry>);
			if (this.posts++ === this.circumstances.lost) throw new Error('socket hang up');
			this.touched(entry.id, who);
			return shown(entry);
		}
		if (method === 'DELETE') {
			if (!this.remove(id)) throw refusal(404);
			this.touched(id, who);
			return {};
		}
		if (delivery !== undefined) {
			const entry = this.log.get(id)!.find((one) => one.id === delivery)!;
			return { details: { delivery_success: false }, request: { headers: {}, body: entry.body } };
		}
		if (id !== undefined) {
			return this.log.get(id)!.map((one) => ({
				id: one.id,
				event_delivery: one.body.event_delivery,
				created_at: new Date().toISOString(),
				status: 503,
			}));
		}
		const deleted = query.include_deleted === true && this.circumstances.tellsDeleted;
		return (deleted ? this.entries : this.live).map(shown);
	}
}

/** Dintero does not show secrets. */
const shown = ({ config, ...entry }: Entry) => ({
	...structuredClone(entry),
	config: { ...config, secret: { type: 'HMAC-SHA1' } },
});

const refusal = (status: number) =>
	Object.assign(new Error(`status ${status}`), { isAxiosError: true, response: { status } });

let nextWorkflow = 1;

/** What all processes share: the database and what n8n has started. */
class Installation {
	readonly workflow = `race-${nextWorkflow++}`;
	readonly started: string[] = [];
	private readonly keys = new Set<string>();
	staticData: string;

	constructor(
		readonly dintero: DinteroClient,
		/** Lets a request, or an answer, go on its way when its turn has come. */
		readonly turn: (what: string) => Promise<void>,
		stored: Partial<State>,
	) {
		this.staticData = JSON.stringify({ ...stored, owner: `n8n:${this.workflow}:node` });
	}

	emit(item: INodeExecutionData, key: string | undefined): void {
		if (key !== undefined && this.keys.has(key)) return;
		if (key !== undefined) this.keys.add(key);
		this.started.push((item.json.transaction as { id: string }).id);
	}
}

/** One process, with its own copy of what is stored: n8n reads it at the start and the last one to save wins. */
class Main {
	readonly state: Partial<State>;

	constructor(
		private readonly n8n: Installation,
		readonly name: string,
	) {
		this.state = JSON.parse(n8n.staticData) as State;
	}

	async start(): Promise<void> {
		const context = this.context as unknown as IHookFunctions;
		if (!(await isRegistered(context))) await register(context);
		this.save();
	}

	/** The cron's look at Dintero. */
	async look(): Promise<void> {
		const context = this.context as unknown as ITriggerFunctions;
		if (!(await maintain(context, () => false))) return;
		await replayMissed(context, await openDintero(context), this.state as State, {
			emit: async (item, key) => {
				this.save();
				this.n8n.emit(item, key);
			},
			warnOnce: (message) => {
				throw new Error(message);
			},
			stopped: () => false,
		});
	}

	private save(): void {
		this.n8n.staticData = JSON.stringify(this.state);
	}

	private get context() {
		const { n8n } = this;
		const helpers = {
			httpRequestWithAuthentication: async (
				_type: string,
				{ method, url, qs = {}, body }: { method: string; url: string } & IDataObject,
			) => {
				const path = /accounts\/T\d+\/(.*)$/.exec(url)![1];
				await n8n.turn(`${this.name} ${method} ${path}`);
				const answer = { statusCode: 200 } as { statusCode: number; body?: unknown };
				let problem: unknown;
				try {
					answer.body = n8n.dintero.answer(
						this.name,
						method,
						`/${path}`,
						qs as IDataObject,
						body as IDataObject,
					);
				} catch (error) {
					problem = error;
				}
				await n8n.turn(`answer to ${this.name} ${method}`);
				if (problem !== undefined) throw problem;
				return answer;
			},
		};
		return {
			helpers,
			getWorkflowStaticData: () => this.state,
			getActivationMode: () => 'init',
			getNodeWebhookUrl: () => URL,
			getNodeParameter: (name: string, fallback: unknown) =>
				({ events: EVENTS, triggerOn: 'otherEvents' })[name] ?? fallback,
			getNode: () => ({ id: 'node', name: 'Dintero Trigger' }),
			getWorkflow: () => ({ id: n8n.workflow, name: 'Race' }),
			getInstanceId: () => 'n8n',
			getTimezone: () => 'UTC',
			getCredentials: async () => ({
				accountId: 'T11223344',
				clientId: 'client',
				clientSecret: 'secret',
				baseUrl: 'http://127.0.0.1/v1',
				accessToken: 'token',
			}),
			logger: { info: () => {}, debug: () => {}, warn: () => {} },
		};
	}
}

const circumstances = fc.record({
	found: fc.constantFrom('gone', 'there', 'paused', 'twice'),
	mains: fc.integer({ min: 2, max: 3 }),
	ids: fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e', 'f'], { minLength: 6 }),
	perSecond: fc.integer({ min: 1, max: 4 }),
	lost: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined, freq: 3 }),
	tellsDeleted: fc.boolean(),
}) satisfies fc.Arbitrary<Circumstances>;

const run = async (given: Circumstances, scheduler: fc.Scheduler, leads: number) => {
	deliveryMemory.clear();
	const dintero = new DinteroClient(given);
	const url = given.noMark ? URL : `${URL}?signed=${MARK}`;
	const found = dintero.add('old', { active: given.found !== 'paused' });
	found.config.url = url;
	if (given.found === 'gone') dintero.remove(found.id);
	if (given.found === 'twice') dintero.add('other').config.url = url;
	let free = false;
	const turn = async (what: string) => {
		if (!free) await scheduler.schedule(Promise.resolve(), what);
	};
	const n8n = new Installation(dintero, turn, {
		accountId: 'T11223344',
		subscriptionId: found.id,
		url: URL,
		secret: SECRET,
		logs: [{ subscriptionId: found.id, since: found.created_at }],
		handled: [],
	});
	const mains = Array.from({ length: given.mains }, (_, n) => new Main(n8n, `main ${n}`));
	const shop = async () => {
		for (let n = 0; n < 6; n++) {
			await turn(`event ${n}`);
			dintero.fire(`event-${n}`);
		}
	};
	await scheduler.waitFor(Promise.all([...mains.map((main) => main.start()), shop()]));
	free = true;
	for (const { state } of mains) expect(state.secret).toBe(SECRET);
	const expectOneRight = () => {
		expect(dintero.live).toHaveLength(1);
		const [{ id, active, events, config }] = dintero.live;
		expect([active, events, config.url, config.secret!.value]).toEqual([true, EVENTS, url, SECRET]);
		return id;
	};
	const leader = mains[leads % mains.length];
	return {
		dintero,
		n8n,
		leader: leader.name,
		expectOneRight,
		/** The cron of the process that leads. */
		look: async () => await leader.look(),
		/** A process that knows only what was saved last. */
		restart: async () => {
			deliveryMemory.clear();
			const restarted = new Main(n8n, 'restarted');
			await restarted.start();
			await restarted.look();
		},
	};
};

test('whatever the order of their requests: one right subscription, one secret, no event lost', async () => {
	await fc.assert(
		fc.asyncProperty(circumstances, fc.scheduler(), fc.nat(), async (given, scheduler, leads) => {
			const { dintero, n8n, leader, expectOneRight, look, restart } = await run(
				given,
				scheduler,
				leads,
			);
			const id = expectOneRight();
			await look();
			// Where Dintero tells nothing of what was deleted, one process can't know of a subscription that another made
			// before it and took away again.
			const known = [...dintero.fired].filter(
				([, ids]) =>
					given.tellsDeleted ||
					ids.some((one) => one === id || dintero.hands.get(one)?.includes(leader)),
			);
			const missed = known.filter(([event]) => !n8n.started.includes(event));
			expect(missed).toEqual([]);
			const { posts } = dintero;
			await restart();
			expect(expectOneRight()).toBe(id);
			expect(dintero.posts).toBe(posts);
			expect(n8n.started).toHaveLength(new Set(n8n.started).size);
		}),
		{ numRuns: 500 },
	);
});

test.each([400, 409] as const)('also where Dintero answers %i to a second one', async (second) => {
	await fc.assert(
		fc.asyncProperty(circumstances, fc.scheduler(), fc.nat(), async (given, scheduler, leads) => {
			fc.pre(given.found !== 'twice');
			const { expectOneRight, look, restart } = await run({ ...given, second }, scheduler, leads);
			expectOneRight();
			await look();
			await restart();
			expectOneRight();
		}),
		{ numRuns: 200 },
	);
});

test('and where it takes no mark, once the leader has looked', async () => {
	await fc.assert(
		fc.asyncProperty(circumstances, fc.scheduler(), fc.nat(), async (given, scheduler, leads) => {
			const noMark = { ...given, noMark: true, lost: undefined };
			const { expectOneRight, look, restart } = await run(noMark, scheduler, leads);
			await look();
			expectOneRight();
			await restart();
			expectOneRight();
		}),
		{ numRuns: 500 },
	);
});
