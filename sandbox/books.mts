/** The sandbox's books, for assertions: they include what the API never shows. */
import { openToken } from './card-codes.mts';
import { findCard } from './card-view.mts';
import type {
	CardRow,
	SettingsRow,
	SubscriptionRow,
	TokenRow,
	TransactionRow,
	TryRow,
} from './store.mts';
import { viewSubscription } from './subscriptions.mts';
import { parsed, type SandboxContext } from './context.mts';

export interface BookCard {
	/** Dintero's own UUID. */
	id: string;
	cardId: string;
	accountId: string;
	customerId: string | null;
	/** `active`, or `inactive`/`created` before activation. */
	status: string;
	currency: string;
	/** The amount the card was created with, in minor units. */
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
	/** The event-delivery ID. */
	id: string;
	event: string;
	body: Record<string, unknown>;
	tries: Array<{ status: number | null; at: number; durationMs: number; response: string }>;
	delivered: boolean;
	/** There are no further tries. */
	final: boolean;
}

export class Books {
	#context: SandboxContext;

	constructor(context: SandboxContext) {
		this.#context = context;
	}

	/**
	 * All cards, oldest first.
	 * @param last only this many of the newest
	 */
	cards({ last }: { last?: number } = {}): BookCard[] {
		const { store } = this.#context;
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
		const row = findCard(this.#context, accountId, cardId);
		if (!row) return undefined;
		const tokens = this.#context.store
			.all<TokenRow>('SELECT * FROM token WHERE card = ? ORDER BY seq', row.seq)
			.map(({ value }) => value);
		return bookCard(row, tokens);
	}

	/** Sums over all cards, or those in one currency, in minor units. */
	totals(currency?: string) {
		const sums = this.#context.store.get<Record<string, number>>(
			`SELECT count(*) AS cards, coalesce(sum(amount), 0) AS amount,
			coalesce(sum(funds - drawn), 0) AS balance, coalesce(sum(funds), 0) AS funds,
			coalesce(sum(drawn), 0) AS drawn, coalesce(sum(pending), 0) AS pending
			FROM card WHERE deleted_at IS NULL AND (?1 IS NULL OR currency = ?1)`,
			currency ?? null,
		) as Record<'cards' | 'amount' | 'balance' | 'funds' | 'drawn' | 'pending', number>;
		return { ...sums };
	}

	/** Days after which a card without an explicit expiry expires; null if never set. */
	defaultExpiryDays(accountId = this.#account): number | null {
		const row = this.#context.store.get<SettingsRow>(
			'SELECT * FROM settings WHERE account = ?',
			accountId,
		);
		return row?.expires_in_days ?? null;
	}

	/** Transactions of one card or of all, oldest first. */
	transactions(cardId?: string, accountId = this.#account): BookTransaction[] {
		const where =
			cardId === undefined
				? 'movement.account = ?'
				: 'movement.card IN ' +
					'(SELECT seq FROM card WHERE account = ? AND card_id = ? AND deleted_at IS NULL)';
		const rows = this.#context.store.all<TransactionRow & { card_id: string }>(
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

	/** Subscriptions with their secrets, oldest first. */
	subscriptions({ deleted = false }: { deleted?: boolean } = {}) {
		return this.#context.store
			.all<SubscriptionRow>('SELECT * FROM subscription ORDER BY seq')
			.filter((row) => deleted || row.deleted_at === null)
			.map((row) => ({
				...viewSubscription(this.#context, row, true),
				accountId: row.account,
				failures: row.failures,
			}));
	}

	/**
	 * One entry per event and subscription, oldest first.
	 * @param last only this many of the newest tries
	 */
	deliveries(
		filter: { subscriptionId?: string; event?: string; last?: number } = {},
	): BookDelivery[] {
		const rows = this.#context.store
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

	/** The card_id that a card token and a PIN belong to, by the same rules as `wallets/info`. */
	opens(tokenValue: string, pin?: string, accountId = this.#account): string | undefined {
		try {
			const { card } = openToken(this.#context, accountId, tokenValue);
			return pin === undefined || pin === card.pin ? card.card_id : undefined;
		} catch {
			return undefined;
		}
	}

	get #account(): string {
		return this.#context.accounts.clients[0].accountId;
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
