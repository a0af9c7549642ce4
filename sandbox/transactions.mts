/** Moves money: drawdown, reservation, fund, capture, void; one event each. */
import { randomUUID } from 'node:crypto';
import { openToken } from './card-codes.mts';
import { isExpired, needCard, viewBalances } from './card-view.mts';
import { ApiError, notFound } from './errors.mts';
import { readPage } from './pages.mts';
import type { CardRow, TransactionRow } from './store.mts';
import { compact, json, parsed, shown, timestamp } from './context.mts';
import type { Call, Operation, SandboxContext } from './context.mts';

/** What triggers an event; the names that the switch `silentTransactions` uses. */
export type Action = 'create' | 'activate' | TransactionRow['kind'];

interface Movement {
	kind: TransactionRow['kind'];
	ref_id: string;
	amount: number;
	parent?: TransactionRow;
	/** Shown as the parent, without changing what the parent holds. */
	parentId?: string;
	originated_by?: string;
	metadata?: object;
}

/** Stores the transaction and updates the card's sums, both in the given row and in the store. */
export function record(
	context: SandboxContext,
	card: CardRow,
	by: Pick<Call, 'client'>,
	movement: Movement,
): TransactionRow {
	const { kind, amount, parent } = movement;
	if (kind === 'fund') card.funds += amount;
	if (kind === 'drawdown' || kind === 'capture') card.drawn += amount;
	if (kind === 'pending') card.pending += amount;
	if (kind === 'capture' || kind === 'void') card.pending -= amount;
	context.store.run(
		'UPDATE card SET funds = ?, drawn = ?, pending = ? WHERE seq = ?',
		card.funds,
		card.drawn,
		card.pending,
		card.seq,
	);
	if (parent) {
		context.store.run('UPDATE movement SET held = held - ? WHERE seq = ?', amount, parent.seq);
	}
	const row = {
		id: randomUUID(),
		account: card.account,
		card: card.seq,
		ref_id: movement.ref_id,
		kind,
		amount,
		currency: card.currency,
		held: kind === 'pending' ? amount : 0,
		parent_id: parent?.id ?? movement.parentId ?? null,
		originated_by: movement.originated_by ?? null,
		metadata: json(movement.metadata),
		created_at: context.clock.now(),
		created_by: by.client.clientId,
	};
	return { seq: context.store.insert('movement', row), ...row };
}

/** Sends a transaction's event. The body's shape is a guess, and a switch changes it. */
export function announce(
	context: SandboxContext,
	card: CardRow,
	row: TransactionRow,
	action: Action,
): void {
	const { switches, deliveries } = context;
	if (switches.silentTransactions.includes(action)) return;
	if (!deliveries.anyoneListens(card.account, 'wallet_transaction')) return;
	const transaction = {
		...viewTransaction(context, row),
		...(switches.eventIncludesCardId ? { card_id: card.card_id } : {}),
		...(switches.eventIncludesBalance ? viewBalances(context, card) : {}),
	};
	const key = switches.eventResourceKey;
	deliveries.fire(
		card.account,
		'wallet_transaction',
		key === 'top-level' ? transaction : { [key]: transaction },
	);
}

const typeNames = {
	state: { pending: 'pending_capture', capture: 'drawdown' },
	action: { pending: 'drawdown', capture: 'pending_capture' },
};

function viewTransaction(context: SandboxContext, row: TransactionRow) {
	const names = typeNames[context.switches.transactionTypes];
	const type = { ...names, void: 'voided', fund: 'fund', drawdown: 'drawdown' }[row.kind];
	return compact({
		id: row.id,
		ref_id: row.ref_id,
		amount: shown(context, row.amount),
		currency: row.currency,
		type,
		parent_id: row.parent_id,
		originated_by: row.originated_by,
		metadata: parsed<object>(row.metadata),
		created_at: timestamp(context, row.created_at),
		created_by: row.created_by,
	});
}

/** The card's earlier transaction with this ref_id, if the switch says to return it. */
function earlierWith(
	context: SandboxContext,
	card: CardRow,
	refId: string,
): TransactionRow | undefined {
	const { duplicateRefId } = context.switches;
	const earlier = context.store.get<TransactionRow>(
		'SELECT * FROM movement WHERE card = ? AND ref_id = ?',
		card.seq,
		refId,
	);
	if (earlier && duplicateRefId !== 'return-first') {
		throw new ApiError(duplicateRefId, 'REF EXISTS', 'The ref_id has been used for this card');
	}
	return earlier;
}

export interface TransactionRequest {
	ref_id: string;
	token?: string;
	card_id?: string;
	amount: number;
	currency: string;
	type?: 'drawdown' | 'fund';
	pending?: boolean;
	originated_by?: string;
	metadata?: object;
}

export const createTransaction: Operation = (context, call) => {
	const request = call.body as TransactionRequest;
	const { switches, store, clock } = context;
	const fund = request.type === 'fund';
	const fullRights = ['admin:wallets', 'write:wallets'].some((scope) =>
		call.client.scopes.includes(scope),
	);
	if (!fullRights && (fund || request.card_id !== undefined)) {
		const text = 'Insufficient scope: fund, and naming a card by card_id, need write:wallets';
		throw new ApiError(switches.missingScope, 'FORBIDDEN', text);
	}
	const opened = request.token && openToken(context, call.accountId, request.token);
	const token = opened ? opened.token : undefined;
	const card = opened ? opened.card : needCard(context, call.accountId, request.card_id as string);

	const earlier = earlierWith(context, card, request.ref_id);
	if (earlier) return viewTransaction(context, earlier);

	const unusable = (message: string) =>
		new ApiError(switches.cardNotUsable, 'CARD NOT USABLE', message);
	if (card.status !== 'active') throw unusable('The card is inactive');
	if (isExpired(context, card)) throw unusable('The card has expired');
	if (!fund && card.active_from !== null && clock.now() < card.active_from) {
		throw unusable('The card is not active yet');
	}
	if (request.currency !== card.currency) {
		throw new ApiError(switches.currencyMismatch, 'CURRENCY MISMATCH', 'Another currency');
	}
	if (token?.expires_after_transaction && token.used > 0) {
		throw new ApiError(switches.usedCardToken, 'TOKEN USED', 'The card token has been used');
	}
	if (!fund && request.amount > card.funds - card.drawn - card.pending) {
		throw new ApiError(switches.insufficientFunds, 'INSUFFICIENT FUNDS', 'Insufficient funds');
	}
	const kind = fund ? 'fund' : request.pending ? 'pending' : 'drawdown';
	const row = store.atomically(() => {
		if (token) store.run('UPDATE token SET used = used + 1 WHERE seq = ?', token.seq);
		return record(context, card, call, { ...request, kind });
	});
	announce(context, card, row, kind);
	return viewTransaction(context, row);
};

/** Capture and void both release a reservation; a capture also takes the money. */
const closeReservation =
	(kind: 'capture' | 'void'): Operation =>
	(context, call) => {
		const request = call.body as { ref_id: string; amount?: number; metadata?: object };
		const parent = context.store.get<TransactionRow>(
			'SELECT * FROM movement WHERE id = ? AND account = ?',
			call.params.transaction_id,
			call.accountId,
		);
		if (!parent) throw notFound('Transaction');
		const card = context.store.get<CardRow>('SELECT * FROM card WHERE seq = ?', parent.card);
		if (!card) throw notFound('Card');
		const earlier = earlierWith(context, card, request.ref_id);
		if (earlier) return viewTransaction(context, earlier);
		if (parent.kind !== 'pending' || parent.held === 0) {
			throw new ApiError(
				context.switches.notPending,
				'NOT PENDING',
				'The transaction is not pending',
			);
		}
		const amount = request.amount ?? parent.held;
		if (amount > parent.held) {
			throw new ApiError(
				context.switches.insufficientFunds,
				'INSUFFICIENT FUNDS',
				'More than is reserved',
			);
		}
		const row = context.store.atomically(() =>
			record(context, card, call, { ...request, kind, amount, parent }),
		);
		announce(context, card, row, kind);
		return viewTransaction(context, row);
	};

export const captureTransaction = closeReservation('capture');
export const voidTransaction = closeReservation('void');

/** All transactions, or paged like Dintero's other lists: this list's paging is not documented. */
export const listTransactions: Operation = (context, call) => {
	const card = needCard(context, call.accountId, call.params.card_id);
	const { transactionPaging: paging, listOrder } = context.switches;
	const { limit, starting_after: after } = call.query;
	if (paging === 'refused' && (limit !== undefined || after !== undefined)) {
		throw new ApiError(400, 'BAD REQUEST', 'Unknown query parameter');
	}
	if (paging === 'taken' || paging === 'limit-ignored') {
		const query = paging === 'taken' ? call.query : { starting_after: after };
		const { rows } = readPage<TransactionRow>(
			context,
			{ ...call, query },
			'movement',
			'card = ?',
			card.seq,
		);
		return rows.map((row) => viewTransaction(context, row));
	}
	const order = listOrder === 'newest-first' ? 'DESC' : 'ASC';
	return context.store
		.all<TransactionRow>(`SELECT * FROM movement WHERE card = ? ORDER BY seq ${order}`, card.seq)
		.map((row) => viewTransaction(context, row));
};
