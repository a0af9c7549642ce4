/** Finding a card, and showing it as reads do: its status and its balances (section 3.1). */
import { notFound } from './errors.mts';
import type { CardRow } from './store.mts';
import { compact, parsed, shown, timestamp, type World } from './world.mts';

export function findCard(world: World, account: string, cardId: string): CardRow | undefined {
	return world.store.get<CardRow>(
		'SELECT * FROM card WHERE account = ? AND card_id = ? AND deleted_at IS NULL',
		account,
		cardId,
	);
}

export function needCard(world: World, account: string, cardId: string): CardRow {
	const card = findCard(world, account, cardId);
	if (!card) throw notFound('Card');
	return card;
}

export const isExpired = (world: World, card: CardRow) =>
	card.expires_at !== null && world.clock.now() >= card.expires_at;

function statusOf(world: World, card: CardRow): string {
	const { statusAfterUse, statusWhenEmpty, statusWhenExpired } = world.switches;
	if (card.deleted_at !== null) return 'deleted';
	if (card.status !== 'active') return card.status;
	if (statusWhenExpired !== null && isExpired(world, card)) return statusWhenExpired;
	if (card.drawn === 0) return 'unused';
	return card.funds - card.drawn === 0 ? statusWhenEmpty : statusAfterUse;
}

/** What every view of a card shows. */
export function viewCommon(world: World, card: CardRow) {
	return {
		id: card.id,
		card_id: card.card_id,
		customer_id: card.customer_id,
		name: card.name,
		type: card.type,
		status: statusOf(world, card),
		originated_by: card.originated_by,
		metadata: parsed<object>(card.metadata),
		active_from: card.active_from === null ? null : timestamp(world, card.active_from),
		expires_at: card.expires_at === null ? null : timestamp(world, card.expires_at),
		created_at: timestamp(world, card.created_at),
		created_by: card.created_by,
		pin: card.pin_format === null ? null : { format: parsed<object>(card.pin_format) },
	};
}

export function viewBalances(world: World, card: CardRow) {
	const balance = card.funds - card.drawn;
	return {
		amount_balance: shown(world, balance),
		amount_available: shown(world, balance - card.pending),
		amount_funds: shown(world, card.funds),
		amount_drawdown: shown(world, card.drawn),
		amount_pending: shown(world, card.pending),
		amount_reserved: shown(world, 0),
	};
}

/** The card as reads show it: no PIN, no card token values. */
export function viewCard(world: World, card: CardRow) {
	return compact({
		...viewCommon(world, card),
		amount: shown(world, card.amount),
		currency: card.currency,
		...viewBalances(world, card),
	});
}
