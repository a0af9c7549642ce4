/** Checkout's stored data: sessions and payments, one row each, with their state as JSON. */
import type { Store } from '../store.mts';

/** Minor units. */
export interface Part {
	authorized: number;
	captured: number;
	refunded: number;
	voided: number;
}

export interface UsedCard {
	/** The wallet card's seq. */
	card: number;
	/** The seq of the card token used; missing for a card that the shop offered. */
	token?: number;
	cardId: string;
	masked?: string;
	/** What the card pays of this order, in minor units. */
	amount: number;
	/** The card's balance when it was used. */
	whole: number;
	/** The wallet transaction that reserves the amount. */
	reservation?: string;
	/** This payment's wallet transactions, by ID. */
	moves: string[];
}

export type OperationKind = 'capture' | 'refund' | 'void';

export interface PaymentEvent {
	id: string;
	event: string;
	transaction_status: string;
	success: boolean;
	amount?: number;
	gift_cards?: object[];
	event_reference?: string;
	request_id: string;
	correlation_request_id?: string;
	items?: object[];
	error?: { code: string; message: string };
	metadata?: object;
	created_at: string;
	created_by: string;
}

/** A Checkout transaction. */
export interface Payment {
	id: string;
	account: string;
	sessionId: string;
	status: string;
	amount: number;
	currency: string;
	/** The other method, for example `dintero_psp.creditcard`; missing when the card pays all. */
	method?: string;
	order: Record<string, unknown>;
	customer?: Record<string, unknown>;
	metadata?: object;
	channel?: string;
	usedCard?: UsedCard;
	card: Part;
	other: Part;
	events: PaymentEvent[];
	createdAt: number;
	updatedAt: number;
}

export interface SessionEvent {
	id: string;
	name: string;
	created_at: string;
	request_id: string;
	details?: object;
}

export interface Session {
	id: string;
	account: string;
	/** The request as it was sent. */
	request: SessionRequest;
	createdAt: number;
	updatedAt: number;
	expiresAt: number;
	cancelledAt?: number;
	cancelledBy?: string;
	transactionId?: string;
	/** The card that the payer unlocked. */
	usedCard?: UsedCard;
	events: SessionEvent[];
	/** The links that were sent, as `sms +47…`. */
	published: string[];
}

export interface SessionRequest {
	profile_id: string;
	url: { return_url: string; callback_url?: string };
	order: Record<string, unknown> & {
		amount: number;
		currency: string;
		merchant_reference: string;
		event_reference?: string;
		items?: Array<Record<string, unknown>>;
	};
	customer?: Record<string, unknown> & {
		phone_number?: string;
		gift_cards?: { 'dintero.wallets'?: Array<{ card_id: string }> };
	};
	express?: object;
	configuration?: Record<string, unknown> & {
		auto_capture?: boolean;
		channel?: string;
		publish?: Array<{ channel: string; type: string }>;
	};
	expires_at?: string;
	metadata?: object;
}

export const checkoutSchema = `
CREATE TABLE IF NOT EXISTS session (
	seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, state TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS payment (
	seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, state TEXT NOT NULL
);
`;

interface Kept {
	session: Session;
	payment: Payment;
}

export function read<T extends keyof Kept>(
	store: Store,
	table: T,
	account: string,
	id: string,
): Kept[T] | undefined {
	const row = store.get<{ state: string }>(
		`SELECT state FROM ${table} WHERE id = ? AND account = ?`,
		id,
		account,
	);
	return row && (JSON.parse(row.state) as Kept[T]);
}

/** Oldest first. */
export const readAll = <T extends keyof Kept>(store: Store, table: T, account: string): Kept[T][] =>
	store
		.all<{ state: string }>(`SELECT state FROM ${table} WHERE account = ? ORDER BY seq`, account)
		.map(({ state }) => JSON.parse(state) as Kept[T]);

/** Inserts a row, or replaces the one with the same ID. */
export function save<T extends keyof Kept>(store: Store, table: T, kept: Kept[T]): void {
	store.run(
		`INSERT INTO ${table} (id, account, state) VALUES (?1, ?2, ?3)
		ON CONFLICT (id) DO UPDATE SET state = ?3`,
		kept.id,
		kept.account,
		JSON.stringify(kept),
	);
}
