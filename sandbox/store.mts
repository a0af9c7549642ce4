/** The sandbox's database (SQLite): cards, card tokens, transactions, subscriptions and deliveries. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { checkoutSchema } from './checkout/rows.mts';

/** A stored card. Amounts in minor units, times in milliseconds, objects as JSON text. */
export interface CardRow {
	seq: number;
	id: string;
	account: string;
	card_id: string;
	customer_id: string | null;
	name: string | null;
	type: string;
	/** `inactive` (or `created`) until activated, then `active`. The status shown also depends on use. */
	status: string;
	currency: string;
	amount: number;
	originated_by: string | null;
	metadata: string | null;
	active_from: number | null;
	expires_at: number | null;
	pin: string | null;
	pin_format: string | null;
	created_at: number;
	created_by: string;
	deleted_at: number | null;
	funds: number;
	drawn: number;
	/** The amount locked by reservations. */
	pending: number;
}
export interface TokenRow {
	seq: number;
	id: string;
	account: string;
	/** The card's seq. */
	card: number;
	value: string;
	ref_id: string | null;
	format: string | null;
	expires_in: number | null;
	expires_at: number | null;
	expires_after_transaction: number;
	used: number;
	metadata: string | null;
	created_at: number;
	created_by: string;
}
export interface TransactionRow {
	seq: number;
	id: string;
	account: string;
	card: number;
	ref_id: string;
	/** What it did; a switch decides the type in answers. */
	kind: 'fund' | 'drawdown' | 'pending' | 'capture' | 'void';
	amount: number;
	currency: string;
	/** For a reservation, the amount still locked. */
	held: number;
	parent_id: string | null;
	originated_by: string | null;
	metadata: string | null;
	created_at: number;
	created_by: string;
}
/** An account's wallet settings. */
export interface SettingsRow {
	account: string;
	/** In days; null if never set. */
	expires_in_days: number | null;
	created_at: number;
	created_by: string;
	updated_at: number;
	updated_by: string;
}
export interface SubscriptionRow {
	seq: number;
	id: string;
	account: string;
	active: number;
	url: string;
	/** The request's config, events, fields and exclude_fields as JSON. */
	request: string;
	/** Consecutive failed deliveries. */
	failures: number;
	created_at: number;
	created_by: string;
	updated_at: number;
	deleted_at: number | null;
	deleted_by: string | null;
}
/** One try to deliver one event to one subscription. */
export interface TryRow {
	seq: number;
	id: string;
	subscription: string;
	event_delivery: string;
	event: string;
	attempt: number;
	/** 1: there are no further tries. */
	final: number;
	url: string;
	request_headers: string;
	request_body: string;
	status: number | null;
	response_headers: string;
	response_body: string;
	started_at: number;
	duration: number;
	success: number;
}

const schema = `
CREATE TABLE IF NOT EXISTS card (
	seq INTEGER PRIMARY KEY, id TEXT NOT NULL, account TEXT NOT NULL, card_id TEXT NOT NULL,
	customer_id TEXT, name TEXT, type TEXT NOT NULL, status TEXT NOT NULL, currency TEXT NOT NULL,
	amount INTEGER NOT NULL, originated_by TEXT, metadata TEXT, active_from INTEGER, expires_at INTEGER,
	pin TEXT, pin_format TEXT, created_at INTEGER NOT NULL, created_by TEXT NOT NULL, deleted_at INTEGER,
	funds INTEGER NOT NULL DEFAULT 0, drawn INTEGER NOT NULL DEFAULT 0, pending INTEGER NOT NULL DEFAULT 0
);
-- card_id first: lists of an account are read in seq order, without it.
CREATE UNIQUE INDEX IF NOT EXISTS card_by_card_id ON card (card_id, account) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS card_by_customer ON card (account, customer_id) WHERE customer_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS token (
	seq INTEGER PRIMARY KEY, id TEXT NOT NULL, account TEXT NOT NULL, card INTEGER NOT NULL,
	value TEXT NOT NULL, ref_id TEXT, format TEXT, expires_in INTEGER, expires_at INTEGER,
	expires_after_transaction INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0, metadata TEXT,
	created_at INTEGER NOT NULL, created_by TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS token_by_value ON token (account, value);
CREATE INDEX IF NOT EXISTS token_by_card ON token (card);
CREATE TABLE IF NOT EXISTS movement (
	seq INTEGER PRIMARY KEY, id TEXT NOT NULL, account TEXT NOT NULL, card INTEGER NOT NULL,
	ref_id TEXT NOT NULL, kind TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL,
	held INTEGER NOT NULL, parent_id TEXT, originated_by TEXT, metadata TEXT,
	created_at INTEGER NOT NULL, created_by TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS movement_by_ref ON movement (card, ref_id);
CREATE UNIQUE INDEX IF NOT EXISTS movement_by_id ON movement (id);
CREATE TABLE IF NOT EXISTS settings (
	account TEXT PRIMARY KEY, expires_in_days INTEGER, created_at INTEGER NOT NULL, created_by TEXT NOT NULL,
	updated_at INTEGER NOT NULL, updated_by TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS subscription (
	seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, active INTEGER NOT NULL,
	url TEXT NOT NULL, request TEXT NOT NULL, failures INTEGER NOT NULL DEFAULT 0,
	created_at INTEGER NOT NULL, created_by TEXT NOT NULL, updated_at INTEGER NOT NULL,
	deleted_at INTEGER, deleted_by TEXT
);
CREATE TABLE IF NOT EXISTS try (
	seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, subscription TEXT NOT NULL,
	event_delivery TEXT NOT NULL, event TEXT NOT NULL, attempt INTEGER NOT NULL, final INTEGER NOT NULL,
	url TEXT NOT NULL, request_headers TEXT NOT NULL, request_body TEXT NOT NULL, status INTEGER,
	response_headers TEXT NOT NULL, response_body TEXT NOT NULL,
	started_at INTEGER NOT NULL, duration REAL NOT NULL, success INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS try_by_subscription ON try (subscription);
`;

/** Deliberately thin: statements are prepared once, rows are returned as stored. */
export class Store {
	#database: DatabaseSync;
	#statements = new Map<string, StatementSync>();
	#depth = 0;

	/** @param file `:memory:` stores nothing; a path survives a restart */
	constructor(file = ':memory:') {
		this.#database = new DatabaseSync(file);
		// A power failure may lose the last moments; a killed process loses nothing.
		this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;');
		this.#database.exec(schema + checkoutSchema);
	}

	get<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
		return this.#prepare(sql).get(...values) as T | undefined;
	}

	all<T>(sql: string, ...values: SQLInputValue[]): T[] {
		return this.#prepare(sql).all(...values) as T[];
	}

	run(sql: string, ...values: SQLInputValue[]): { lastInsertRowid: number | bigint } {
		return this.#prepare(sql).run(...values);
	}

	insert(table: string, row: object): number {
		const names = Object.keys(row);
		const sql = `INSERT INTO ${table} (${names}) VALUES (${names.map(() => '?')})`;
		return Number(this.run(sql, ...(Object.values(row) as SQLInputValue[])).lastInsertRowid);
	}

	/** Runs `work` in a transaction, which is rolled back if it throws. */
	atomically<T>(work: () => T): T {
		if (this.#depth > 0) return work();
		this.#database.exec('BEGIN');
		this.#depth = 1;
		try {
			const result = work();
			this.#database.exec('COMMIT');
			return result;
		} catch (error) {
			this.#database.exec('ROLLBACK');
			throw error;
		} finally {
			this.#depth = 0;
		}
	}

	close(): void {
		this.#statements.clear();
		this.#database.close();
	}

	#prepare(sql: string): StatementSync {
		let statement = this.#statements.get(sql);
		if (!statement) {
			statement = this.#database.prepare(sql);
			this.#statements.set(sql, statement);
		}
		return statement;
	}
}
