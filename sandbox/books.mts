/** The truth, for assertions: what the API never shows is visible here. */
import { openToken } from './card-codes.mts';
import { findCard } from './card-view.mts';
import type { CardRow, SubscriptionRow, TokenRow, TransactionRow, TryRow } from './store.mts';
import { viewSubscription } from './subscriptions.mts';
import { parsed, type World } from './world.mts';

export interface BookCard {
	/** Dintero's own uuid. */
	id: string;
	cardId: string;
	accountId: string;
	customerId: string | null;
	/** `active`, or `inactive`/`created` before activation. */
	status: string;
	currency: string;
	/** What the card was made with, in minor units. */
	amount: number;
	balance: number;
	available: number;
	originatedBy: string | null;
	metadata: Record<string, unknown> | undefined;
	pin: string | null;
	/** Card token values, oldest first. */
	tokens: string[];
	createdAt: number;
	deleted: boolean;
}
export interface BookTransaction {
	id: string;
	cardId: string;
	refId: string;
	kind: TransactionRow['kind'];
	amount: number;
	currency: string;
	createdAt: number;
}
export interface BookDelivery {
	subscriptionId: string;
	/** The event-delivery id. */
	id: string;
	event: string;
	body: Record<string, unknown>;
	tries: Array<{ status: number | null; at: number; durationMs: number; response: string }>;
	delivered: boolean;
	/** No further try follows. */
	final: boolean;
}

export class Books {
	#world: World;

	constructor(world: World) {
		this.#world = world;
	}

	/** All cards, oldest first. `last` limits to the newest so many. */
	cards({ last }: { last?: number } = {}): BookCard[] {
		const { store } = this.#world;
		const rows = store
			.all<CardRow>('SELECT * FROM card ORDER BY seq DESC LIMIT ?', last ?? -1)
			.reverse();
		const from = rows[0]?.seq ?? 0;
		const tokens = new Map<number, string[]>();
		const wanted = 'SELECT card, value FROM token WHERE card >= ? ORDER BY seq';
		for (const { card, value } of store.all<TokenRow>(wanted, from)) {
			tokens.set(card, [...(tokens.get(card) ?? []), value]);
		}
		return rows.map((row) => bookCard(row, tokens.get(row.seq) ?? []));
	}

	card(cardId: string, accountId = this.#account): BookCard | undefined {
		const row = findCard(this.#world, accountId, cardId);
		if (!row) return undefined;
		const tokens = this.#world.store
			.all<TokenRow>('SELECT * FROM token WHERE card = ? ORDER BY seq', row.seq)
			.map(({ value }) => value);
		return bookCard(row, tokens);
	}

	/** Sums over all cards, or those in one currency, in minor units. */
	totals(currency?: string) {
		const sums = this.#world.store.get<Record<string, number>>(
			`SELECT count(*) AS cards, coalesce(sum(amount), 0) AS amount,
			coalesce(sum(funds - drawn), 0) AS balance, coalesce(sum(funds), 0) AS funds,
			coalesce(sum(drawn), 0) AS drawn, coalesce(sum(pending), 0) AS pending
			FROM card WHERE deleted_at IS NULL AND (?1 IS NULL OR currency = ?1)`,
			currency ?? null,
		) as Record<'cards' | 'amount' | 'balance' | 'funds' | 'drawn' | 'pending', number>;
		return { ...sums };
	}

	/** Oldest first; of one card, or of all. */
	transactions(cardId?: string, accountId = this.#account): BookTransaction[] {
		const where =
			cardId === undefined
				? 'movement.account = ?'
				: 'movement.card IN ' +
					'(SELECT seq FROM card WHERE account = ? AND card_id = ? AND deleted_at IS NULL)';
		const rows = this.#world.store.all<TransactionRow & { card_id: string }>(
			`SELECT movement.*, card.card_id FROM movement JOIN card ON card.seq = movement.card
			WHERE ${where} ORDER BY movement.seq`,
			...(cardId === undefined ? [accountId] : [accountId, cardId]),
		);
		return rows.map((row) => ({
			id: row.id,
			cardId: row.card_id,
			refId: row.ref_id,
			kind: row.kind,
			amount: row.amount,
			currency: row.currency,
			createdAt: row.created_at,
		}));
	}

	/** Oldest first, with their secrets. */
	subscriptions({ deleted = false }: { deleted?: boolean } = {}) {
		return this.#world.store
			.all<SubscriptionRow>('SELECT * FROM subscription ORDER BY seq')
			.filter((row) => deleted || row.deleted_at === null)
			.map((row) => ({
				...viewSubscription(this.#world, row, true),
				accountId: row.account,
				failures: row.failures,
			}));
	}

	/** One entry per event and subscription, oldest first. `last` limits to so many of the newest tries. */
	deliveries(
		filter: { subscriptionId?: string; event?: string; last?: number } = {},
	): BookDelivery[] {
		const rows = this.#world.store
			.all<TryRow>(
				`SELECT * FROM try WHERE (?1 IS NULL OR subscription = ?1) AND (?2 IS NULL OR event = ?2)
				ORDER BY seq DESC LIMIT ?3`,
				filter.subscriptionId ?? null,
				filter.event ?? null,
				filter.last ?? -1,
			)
			.reverse();
		const byId = new Map<string, BookDelivery>();
		for (const row of rows) {
			const key = `${row.subscription} ${row.event_delivery}`;
			const entry = byId.get(key) ?? {
				subscriptionId: row.subscription,
				id: row.event_delivery,
				event: row.event,
				body: JSON.parse(row.request_body) as Record<string, unknown>,
				tries: [],
				delivered: false,
				final: false,
			};
			entry.tries.push({
				status: row.status,
				at: row.started_at,
				durationMs: row.duration,
				response: row.response_body,
			});
			entry.delivered ||= row.success === 1;
			entry.final ||= row.final === 1;
			byId.set(key, entry);
		}
		return [...byId.values()];
	}

	/** The card_id that a card token and a PIN open, by the very rules of `wallets/info`. */
	opens(tokenValue: string, pin?: string, accountId = this.#account): string | undefined {
		try {
			const { card } = openToken(this.#world, accountId, tokenValue);
			return pin === undefined || pin === card.pin ? card.card_id : undefined;
		} catch {
			return undefined;
		}
	}

	get #account(): string {
		return this.#world.accounts.clients[0].accountId;
	}
}

const bookCard = (row: CardRow, tokens: string[]): BookCard => ({
	id: row.id,
	cardId: row.card_id,
	accountId: row.account,
	customerId: row.customer_id,
	status: row.status,
	currency: row.currency,
	amount: row.amount,
	balance: row.funds - row.drawn,
	available: row.funds - row.drawn - row.pending,
	originatedBy: row.originated_by,
	metadata: parsed<Record<string, unknown>>(row.metadata),
	pin: row.pin,
	tokens,
	createdAt: row.created_at,
	deleted: row.deleted_at !== null,
});
