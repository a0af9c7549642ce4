/** Moving money: drawdown, reservation, fund, capture, void; one event each (sections 3.6, 4.10-4.13). */
import { randomUUID } from 'node:crypto';
import { openToken } from './card-codes.mts';
import { isExpired, needCard, viewBalances } from './card-view.mts';
import { ApiError, notFound } from './errors.mts';
import type { CardRow, TransactionRow } from './store.mts';
import { compact, json, parsed, shown, timestamp } from './world.mts';
import type { Call, Operation, World } from './world.mts';

/** What fires the event; the names the switch `silentTransactions` uses. */
export type Action = 'create' | 'activate' | TransactionRow['kind'];

interface Movement {
	kind: TransactionRow['kind'];
	ref_id: string;
	amount: number;
	parent?: TransactionRow;
	originated_by?: string;
	metadata?: object;
}

/** Writes the transaction and changes the card's sums, in the row given and in the store. */
export function record(
	world: World,
	card: CardRow,
	by: Pick<Call, 'client'>,
	movement: Movement,
): TransactionRow {
	const { kind, amount, parent } = movement;
	if (kind === 'fund') card.funds += amount;
	if (kind === 'drawdown' || kind === 'capture') card.drawn += amount;
	if (kind === 'pending') card.pending += amount;
	if (kind === 'capture' || kind === 'void') card.pending -= amount;
	world.store.run(
		'UPDATE card SET funds = ?, drawn = ?, pending = ? WHERE seq = ?',
		card.funds,
		card.drawn,
		card.pending,
		card.seq,
	);
	if (parent) {
		world.store.run('UPDATE movement SET held = held - ? WHERE seq = ?', amount, parent.seq);
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
		parent_id: parent?.id ?? null,
		originated_by: movement.originated_by ?? null,
		metadata: json(movement.metadata),
		created_at: world.clock.now(),
		created_by: by.client.clientId,
	};
	return { seq: world.store.insert('movement', row), ...row };
}

/** Fires the event of a transaction (section 6.4; the body's shape is a guess and switchable). */
export function announce(world: World, card: CardRow, row: TransactionRow, action: Action): void {
	const { switches, deliveries } = world;
	if (switches.silentTransactions.includes(action)) return;
	if (!deliveries.anyoneListens(card.account, 'wallet_transaction')) return;
	const transaction = {
		...viewTransaction(world, row),
		...(switches.eventIncludesCardId ? { card_id: card.card_id } : {}),
		...(switches.eventIncludesBalance ? viewBalances(world, card) : {}),
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

function viewTransaction(world: World, row: TransactionRow) {
	const names = typeNames[world.switches.transactionTypes];
	const type = { ...names, void: 'voided', fund: 'fund', drawdown: 'drawdown' }[row.kind];
	return compact({
		id: row.id,
		ref_id: row.ref_id,
		amount: shown(world, row.amount),
		currency: row.currency,
		type,
		parent_id: row.parent_id,
		originated_by: row.originated_by,
		metadata: parsed<object>(row.metadata),
		created_at: timestamp(world, row.created_at),
		created_by: row.created_by,
	});
}

/** The earlier transaction of this card with that ref_id, if the switch says to return it. */
function earlierWith(world: World, card: CardRow, refId: string): TransactionRow | undefined {
	const { duplicateRefId } = world.switches;
	const earlier = world.store.get<TransactionRow>(
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

export const createTransaction: Operation = (world, call) => {
	const request = call.body as TransactionRequest;
	const { switches, store, clock } = world;
	const fund = request.type === 'fund';
	const fullRights = ['admin:wallets', 'write:wallets'].some((scope) =>
		call.client.scopes.includes(scope),
	);
	if (!fullRights && (fund || request.card_id !== undefined)) {
		const text = 'Insufficient scope: fund, and naming a card by card_id, need write:wallets';
		throw new ApiError(switches.missingScope, 'FORBIDDEN', text);
	}
	const opened = request.token && openToken(world, call.accountId, request.token);
	const token = opened ? opened.token : undefined;
	const card = opened ? opened.card : needCard(world, call.accountId, request.card_id as string);

	const earlier = earlierWith(world, card, request.ref_id);
	if (earlier) return viewTransaction(world, earlier);

	const unusable = (message: string) =>
		new ApiError(switches.cardNotUsable, 'CARD NOT USABLE', message);
	if (card.status !== 'active') throw unusable('The card is inactive');
	if (isExpired(world, card)) throw unusable('The card has expired');
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
		return record(world, card, call, { ...request, kind });
	});
	announce(world, card, row, kind);
	return viewTransaction(world, row);
};

/** Capture and void: both release what a reservation holds, one of them takes it. */
const settle =
	(kind: 'capture' | 'void'): Operation =>
	(world, call) => {
		const request = call.body as { ref_id: string; amount?: number; metadata?: object };
		const parent = world.store.get<TransactionRow>(
			'SELECT * FROM movement WHERE id = ? AND account = ?',
			call.params.transaction_id,
			call.accountId,
		);
		if (!parent) throw notFound('Transaction');
		const card = world.store.get<CardRow>('SELECT * FROM card WHERE seq = ?', parent.card);
		if (!card) throw notFound('Card');
		const earlier = earlierWith(world, card, request.ref_id);
		if (earlier) return viewTransaction(world, earlier);
		if (parent.kind !== 'pending' || parent.held === 0) {
			throw new ApiError(
				world.switches.notPending,
				'NOT PENDING',
				'The transaction is not pending',
			);
		}
		const amount = request.amount ?? parent.held;
		if (amount > parent.held) {
			throw new ApiError(
				world.switches.insufficientFunds,
				'INSUFFICIENT FUNDS',
				'More than is reserved',
			);
		}
		const row = world.store.atomically(() =>
			record(world, card, call, { ...request, kind, amount, parent }),
		);
		announce(world, card, row, kind);
		return viewTransaction(world, row);
	};

export const captureTransaction = settle('capture');
export const voidTransaction = settle('void');

export const listTransactions: Operation = (world, call) => {
	const card = needCard(world, call.accountId, call.params.card_id);
	const order = world.switches.listOrder === 'newest-first' ? 'DESC' : 'ASC';
	return world.store
		.all<TransactionRow>(`SELECT * FROM movement WHERE card = ? ORDER BY seq ${order}`, card.seq)
		.map((row) => viewTransaction(world, row));
};
