/** Finds a card and shows it as read operations do: its status and its balances. */
import { notFound } from './errors.mts';
import type { CardRow } from './store.mts';
import { compact, parsed, shown, timestamp, type SandboxContext } from './context.mts';

export function findCard(
	context: SandboxContext,
	account: string,
	cardId: string,
): CardRow | undefined {
	return context.store.get<CardRow>(
		'SELECT * FROM card WHERE account = ? AND card_id = ? AND deleted_at IS NULL',
		account,
		cardId,
	);
}

export function needCard(context: SandboxContext, account: string, cardId: string): CardRow {
	const card = findCard(context, account, cardId);
	if (!card) throw notFound('Card');
	return card;
}

export const isExpired = (context: SandboxContext, card: CardRow) =>
	card.expires_at !== null && context.clock.now() >= card.expires_at;

function statusOf(context: SandboxContext, card: CardRow): string {
	const { statusAfterUse, statusWhenEmpty, statusWhenExpired } = context.switches;
	if (card.deleted_at !== null) return 'deleted';
	if (card.status !== 'active') return card.status;
	if (statusWhenExpired !== null && isExpired(context, card)) return statusWhenExpired;
	if (card.drawn === 0) return 'unused';
	return card.funds - card.drawn === 0 ? statusWhenEmpty : statusAfterUse;
}

/** The members that every view of a card has. */
export function viewCommon(context: SandboxContext, card: CardRow) {
	return {
		id: card.id,
		card_id: card.card_id,
		customer_id: card.customer_id,
		name: card.name,
		type: card.type,
		status: statusOf(context, card),
		originated_by: card.originated_by,
		metadata: parsed<object>(card.metadata),
		active_from: card.active_from === null ? null : timestamp(context, card.active_from),
		expires_at: card.expires_at === null ? null : timestamp(context, card.expires_at),
		created_at: timestamp(context, card.created_at),
		created_by: card.created_by,
		pin: card.pin_format === null ? null : { format: parsed<object>(card.pin_format) },
	};
}

export function viewBalances(context: SandboxContext, card: CardRow) {
	const balance = card.funds - card.drawn;
	return {
		amount_balance: shown(context, balance),
		amount_available: shown(context, balance - card.pending),
		amount_funds: shown(context, card.funds),
		amount_drawdown: shown(context, card.drawn),
		amount_pending: shown(context, card.pending),
		amount_reserved: shown(context, 0),
	};
}

/** The card as read operations show it: no PIN, no card token values. */
export function viewCard(context: SandboxContext, card: CardRow, withBalances = true) {
	return compact({
		...viewCommon(context, card),
		amount: shown(context, card.amount),
		currency: card.currency,
		...(withBalances ? viewBalances(context, card) : {}),
	});
}
