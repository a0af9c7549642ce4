/** Starts a sandbox in this process and returns an object to control and inspect it. */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Accounts, readyMadeAccount, type Account } from './accounts.mts';
import { registerAdmin } from './admin.mts';
import { Books } from './books.mts';
import { checkPin, openToken } from './card-codes.mts';
import { CheckoutHandle } from './checkout/handle.mts';
import { CheckoutState } from './checkout/state.mts';
import { Clock } from './clock.mts';
import { Deliveries } from './deliveries.mts';
import { Faults, type FaultRule } from './faults.mts';
import { RequestLog, type RequestEntry } from './log.mts';
import { seededRandom } from './random.mts';
import { buildServer, type Surroundings } from './server.mts';
import { Store } from './store.mts';
import { defaultSwitches, setSwitches, type Switches } from './switches.mts';
import { createTransaction } from './transactions.mts';
import type { SandboxContext } from './context.mts';

export type { Account } from './accounts.mts';
export type { BookCard, BookDelivery, BookTransaction } from './books.mts';
export type { FaultKind, FaultRule, Injected } from './faults.mts';
export type { RequestEntry, Violation } from './log.mts';
export type { Switches } from './switches.mts';

export interface SandboxOptions {
	/** 0 (the default) picks a free port. */
	port?: number;
	host?: string;
	/** The latency of every API request, in milliseconds. */
	delayMs?: number;
	switches?: Partial<Switches>;
	faults?: readonly FaultRule[];
	/** Seeds all randomness: faults by percentage, late and duplicate deliveries. */
	seed?: number;
	/** Keeps the books in this SQLite file across restarts; in memory if omitted. */
	file?: string;
	/** The API clients; the first one is `sandbox.account`. */
	accounts?: Account[];
	/** Prints a line per request. */
	logRequests?: boolean;
	/** Also validates our own answers against the contract; on unless a benchmark turns it off. */
	checkAnswers?: boolean;
}

export interface Payment {
	token: string;
	pin?: string;
	/** Minor units. */
	amount: number;
	/** The card's own currency if omitted. */
	currency?: string;
	refId?: string;
	accountId?: string;
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
	const sandbox = new Sandbox(options);
	await sandbox.start();
	return sandbox;
}

export class Sandbox {
	readonly account: Account;
	readonly faults: Faults;
	readonly books: Books;
	/** The payer's side of Dintero Checkout, and its books. */
	readonly checkout: CheckoutHandle;
	readonly log = new RequestLog();
	readonly switches: Switches = defaultSwitches();
	readonly options: SandboxOptions;
	#context: SandboxContext;
	#surroundings: Surroundings;
	#server: Awaited<ReturnType<typeof buildServer>> | undefined;
	#port: number;
	#upAgain: NodeJS.Timeout | undefined;
	#stopping: Promise<void> | undefined;

	constructor(options: SandboxOptions) {
		this.options = options;
		setSwitches(this.switches, options.switches ?? {});
		const seed = options.seed ?? 1;
		const clock = new Clock();
		const store = new Store(options.file);
		const accounts = new Accounts(this.switches, clock, options.accounts ?? [readyMadeAccount]);
		const deliveries = new Deliveries(store, this.switches, clock, seededRandom(seed));
		const checkout = new CheckoutState();
		this.#context = { switches: this.switches, clock, store, accounts, deliveries, checkout };
		this.account = accounts.clients[0];
		this.faults = new Faults(seed, options.faults);
		this.books = new Books(this.#context);
		this.checkout = new CheckoutHandle(this.#context);
		this.#port = options.port ?? 0;
		this.#surroundings = {
			context: this.#context,
			faults: this.faults,
			log: this.log,
			settings: {
				delayMs: options.delayMs ?? 0,
				unavailable: false,
				checkAnswers: options.checkAnswers ?? true,
				onRequest: options.logRequests ? printRequest : undefined,
			},
		};
	}

	async start(): Promise<void> {
		this.#server = await buildServer(this.#surroundings);
		registerAdmin(this.#server, this);
		await this.#server.listen({ port: this.#port, host: this.#host });
		this.#port = (this.#server.server.address() as AddressInfo).port;
	}

	/** The URL of the web page. */
	get url(): string {
		return `http://${this.#host}:${this.#port}`;
	}

	/** The credential's API base URL. */
	get apiUrl(): string {
		return `${this.url}/v1`;
	}

	get #host(): string {
		return this.options.host ?? '127.0.0.1';
	}

	// ---- steering ----

	/** Adds an API client, for example `{ scopes: ['admin:hooks'] }`. */
	addClient(wanted: Partial<Account> = {}): Account {
		return this.#context.accounts.add(wanted);
	}

	/** Sets switches; throws for an unknown name or value. */
	set(switches: Partial<Switches>): void {
		setSwitches(this.switches, switches);
	}

	setDelay(milliseconds: number): void {
		this.#surroundings.settings.delayMs = milliseconds;
	}

	get delayMs(): number {
		return this.#surroundings.settings.delayMs;
	}

	/** Advances the sandbox's time. */
	advance(milliseconds: number): void {
		this.#context.clock.advance(milliseconds);
	}

	/** Expires every access token issued so far. */
	expireTokens(): void {
		this.#context.accounts.expireTokens();
	}

	/** Pays as a till does: checks the PIN, then draws the amount by card token; the event is sent. */
	async pay({ token, pin, amount, currency, refId, accountId }: Payment) {
		const account = accountId ?? this.account.accountId;
		const { card } = openToken(this.#context, account, token);
		checkPin(this.#context, card, pin);
		return (await createTransaction(this.#context, {
			accountId: account,
			client: { ...readyMadeAccount, clientId: 'sandbox-till' },
			params: {},
			query: {},
			headers: {},
			origin: this.url,
			body: {
				ref_id: refId ?? randomUUID(),
				token,
				amount,
				currency: currency ?? card.currency,
				originated_by: 'sandbox till',
			},
		})) as { id: string; ref_id: string; amount: number; currency: string; type: string };
	}

	/** Changes a card directly, for example to make it expired. Times in milliseconds since 1970. */
	changeCard(cardId: string, { expiresAt }: { expiresAt: number | null }): void {
		this.#context.store.run('UPDATE card SET expires_at = ? WHERE card_id = ?', expiresAt, cardId);
	}

	/** Deletes a subscription the way Dintero does after repeated failures. */
	removeSubscription(id: string, reason = 'dintero'): void {
		if (!this.#context.deliveries.remove(id, reason)) throw new Error(`No live subscription ${id}`);
	}

	/** Deactivates a subscription, or activates it again. */
	pauseSubscription(id: string, paused = true): void {
		const { store, clock, deliveries } = this.#context;
		const known = this.books.subscriptions().find((subscription) => subscription.id === id);
		if (!known) throw new Error(`No live subscription ${id}`);
		store.run(
			'UPDATE subscription SET active = ?, updated_at = ? WHERE id = ?',
			Number(!paused),
			clock.now(),
			id,
		);
		deliveries.forget(known.accountId);
	}

	/** Sends any event; `members` are the body's members besides the envelope. */
	fireEvent(event: string, members: object = {}, accountId = this.account.accountId): void {
		this.#context.deliveries.fire(accountId, event, members);
	}

	/** Resolves when no delivery is in progress and no retry is waiting. */
	deliveriesSettled(): Promise<void> {
		return this.#context.deliveries.settled();
	}

	/** The number of deliveries in progress or waiting for a retry. */
	get deliveriesUnderWay(): number {
		return this.#context.deliveries.underWay;
	}

	// ---- what happened ----

	get requests(): readonly RequestEntry[] {
		return this.log.requests;
	}

	get violations() {
		return this.log.violations;
	}

	/** The number of calls of one operation, or of all. */
	count(operationId?: string): number {
		return this.log.count(operationId);
	}

	get maxInFlight(): number {
		return this.log.maxInFlight;
	}

	resetLog(): void {
		this.log.reset();
	}

	// ---- outages ----

	/**
	 * Simulates an outage that keeps all data: connections are refused, or every call gets a 503.
	 * @param forMs ends by itself after this time, in milliseconds
	 */
	async down(how: 'refuse' | '503' = 'refuse', forMs?: number): Promise<void> {
		clearTimeout(this.#upAgain);
		if (forMs !== undefined) this.#upAgain = setTimeout(() => void this.up(), forMs);
		if (how === '503') {
			this.#surroundings.settings.unavailable = true;
			return;
		}
		const server = this.#server?.server;
		if (!server?.listening) return;
		const closed = new Promise<void>((resolve) => server.close(() => resolve()));
		server.closeAllConnections();
		await closed;
	}

	get unavailable(): boolean {
		return this.#surroundings.settings.unavailable;
	}

	async up(): Promise<void> {
		clearTimeout(this.#upAgain);
		this.#surroundings.settings.unavailable = false;
		const server = this.#server?.server;
		if (!server || server.listening) return;
		await new Promise<void>((resolve, reject) => {
			server.once('error', reject);
			server.listen(this.#port, this.#host, () => resolve());
		});
	}

	/** Stops everything; may be called twice. */
	stop(): Promise<void> {
		this.#stopping ??= (async () => {
			clearTimeout(this.#upAgain);
			this.#context.checkout.stop();
			this.#context.deliveries.stop();
			await this.#server?.close();
			this.#context.store.close();
		})();
		return this.#stopping;
	}
}

function printRequest({ method, path, status, fault }: RequestEntry): void {
	console.log(`${method} ${path} ${status || 'cut'}${fault ? ` (${fault})` : ''}`);
}
