/** Cards: create, batch, activate, read, list, delete; and the cards of a customer. */
import { randomUUID } from 'node:crypto';
import {
	makePin,
	makeToken,
	viewToken,
	type PinRequest,
	type TokenRequest,
} from './card-codes.mts';
import { findCard, needCard, viewCard, viewCommon } from './card-view.mts';
import { ApiError, notFound } from './errors.mts';
import { readPage } from './pages.mts';
import { defaultExpiry } from './settings.mts';
import type { CardRow, TokenRow } from './store.mts';
import { announce, record } from './transactions.mts';
import { Answer, compact, json } from './context.mts';
import type { Call, Operation, SandboxContext } from './context.mts';

interface CardRequest {
	card_id: string;
	amount: number;
	currency: string;
	customer_id?: string;
	name?: string;
	type?: string;
	originated_by?: string;
	metadata?: object;
	active_from?: string;
	expires_at?: string;
	pin?: PinRequest;
	card_token?: TokenRequest;
}

const milliseconds = (text: string | undefined) => (text === undefined ? null : Date.parse(text));

function viewDetails(context: SandboxContext, card: CardRow, withTokenFormat = true) {
	const tokens = context.store
		.all<TokenRow>('SELECT * FROM token WHERE card = ? ORDER BY seq', card.seq)
		.map((token) => viewToken(context, token, withTokenFormat));
	return { ...viewCard(context, card), tokens };
}

/** Throws for a card_id that already exists. The caller handles the switch value `return-existing`. */
function refuseTaken(context: SandboxContext): never {
	const { duplicateCard } = context.switches;
	const status = duplicateCard === 'return-existing' ? 400 : duplicateCard;
	throw new ApiError(status, 'CARD EXISTS', 'A card with this card_id exists');
}

export const createCard: Operation = async (context, call) => {
	const request = call.body as CardRequest;
	const { store, switches, clock } = context;
	const now = clock.now();
	const openEnded = request.card_token && request.card_token.expires_in === undefined;
	if (openEnded && switches.createRequiresTokenExpiresIn) {
		throw new ApiError(400, 'BAD REQUEST', 'card_token.expires_in is required');
	}
	const expiresAt = milliseconds(request.expires_at);
	if (switches.expiryInPast === 400 && expiresAt !== null && expiresAt <= now) {
		throw new ApiError(400, 'BAD REQUEST', 'expires_at is in the past');
	}
	const taken = findCard(context, call.accountId, request.card_id);
	if (taken) {
		if (switches.duplicateCard === 'return-existing') return viewCard(context, taken);
		refuseTaken(context);
	}
	const made = store.atomically(() => {
		const pin = request.pin && makePin(context, request.pin);
		const row = newRow(context, call, {
			...request,
			status: 'active',
			active_from: milliseconds(request.active_from),
			expires_at: expiresAt ?? defaultExpiry(context, call.accountId),
			pin: pin?.value ?? null,
			pin_format: pin ? json(pin.format) : null,
		});
		const token = request.card_token && makeToken(context, call, row, request.card_token);
		const first = switches.createRecordsFund
			? record(context, row, call, {
					kind: 'fund',
					ref_id: row.id,
					amount: request.amount,
					originated_by: request.originated_by,
				})
			: undefined;
		if (!first) addFunds(context, row, request.amount);
		return { row, pin, token, first };
	});
	if (made.first) announce(context, made.row, made.first, 'create');
	return compact({
		...withoutDefaultExpiry(context, request, viewCard(context, made.row)),
		pin: await made.pin?.answer(),
		card_token: await made.token?.answer(),
	});
};

/** A switch decides whether the answer shows an expiry that was not requested; a later read always shows it. */
function withoutDefaultExpiry<T extends object>(
	{ switches }: SandboxContext,
	{ expires_at: asked }: { expires_at?: string },
	view: T,
): T {
	if (asked !== undefined || switches.defaultExpiryShown) return view;
	return compact({ ...view, expires_at: null });
}

function newRow(
	context: SandboxContext,
	call: Call,
	from: Pick<CardRequest, 'card_id' | 'amount' | 'currency' | 'customer_id' | 'name' | 'type'> &
		Pick<CardRequest, 'originated_by' | 'metadata'> &
		Pick<CardRow, 'status' | 'active_from' | 'expires_at' | 'pin' | 'pin_format'>,
): CardRow {
	const row = {
		id: randomUUID(),
		account: call.accountId,
		card_id: from.card_id,
		customer_id: from.customer_id ?? null,
		name: from.name ?? null,
		type: from.type ?? 'gift_card',
		status: from.status,
		currency: from.currency,
		amount: from.amount,
		originated_by: from.originated_by ?? null,
		metadata: json(from.metadata),
		active_from: from.active_from,
		expires_at: from.expires_at,
		pin: from.pin,
		pin_format: from.pin_format,
		created_at: context.clock.now(),
		created_by: call.client.clientId,
		deleted_at: null,
		funds: 0,
		drawn: 0,
		pending: 0,
	};
	return { seq: context.store.insert('card', row), ...row };
}

function addFunds(context: SandboxContext, card: CardRow, amount: number): void {
	card.funds += amount;
	context.store.run('UPDATE card SET funds = ? WHERE seq = ?', card.funds, card.seq);
}

interface BatchRequest {
	cards: Array<{ card_id: string; type: string }>;
	options?: { pin?: PinRequest; card_token?: TokenRequest };
}

export const batchCards: Operation = async (context, call) => {
	const { cards, options = {} } = call.body as BatchRequest;
	const { switches, store } = context;
	if (cards.length > switches.batchLimit) {
		throw new ApiError(400, 'BAD REQUEST', `A batch takes at most ${switches.batchLimit} cards`);
	}
	const makeOne = ({ card_id, type }: BatchRequest['cards'][number]) => {
		const taken = findCard(context, call.accountId, card_id);
		if (taken && switches.duplicateCard === 'return-existing') return { row: taken };
		if (taken) refuseTaken(context);
		const pin = options.pin && makePin(context, options.pin);
		const row = newRow(context, call, {
			card_id,
			type,
			amount: 0,
			currency: switches.batchCurrency,
			status: switches.batchStatus,
			active_from: null,
			expires_at: null,
			pin: pin?.value ?? null,
			pin_format: pin ? json(pin.format) : null,
		});
		const token = options.card_token && makeToken(context, call, row, options.card_token);
		return { row, pin, token };
	};
	type Made = ReturnType<typeof makeOne>;
	const makeEach = (onBad: 'throw' | 'skip'): Made[] =>
		cards.flatMap((card) => {
			try {
				return [makeOne(card)];
			} catch (error) {
				if (onBad === 'skip' && error instanceof ApiError) return [];
				throw error;
			}
		});
	const made =
		switches.batchPartialFailure === 'keep-earlier'
			? makeEach('throw')
			: store.atomically(() =>
					makeEach(switches.batchPartialFailure === 'skip-failed' ? 'skip' : 'throw'),
				);
	const answers = [];
	for (const { row, pin, token } of made) {
		answers.push(
			compact({
				...viewCard(context, row),
				pin: await pin?.answer(),
				card_token: await token?.answer(),
			}),
		);
	}
	return new Answer(switches.batchStatusCode, { cards: answers });
};

interface ActivateRequest extends Omit<CardRequest, 'card_id' | 'pin' | 'type'> {
	card_token?: Pick<TokenRequest, 'expires_in' | 'expires_after_transaction'>;
}

export const activateCard: Operation = (context, call) => {
	const request = call.body as ActivateRequest;
	const { store, clock, switches } = context;
	const card = needCard(context, call.accountId, call.params.card_id);
	if (card.status === 'active') {
		if (switches.activateTwice === 'return-existing') return viewDetails(context, card);
		throw new ApiError(switches.activateTwice, 'BAD REQUEST', 'The card is not inactive');
	}
	const changed: CardRow = {
		...card,
		status: 'active',
		amount: request.amount,
		currency: request.currency,
		customer_id: request.customer_id ?? card.customer_id,
		name: request.name ?? card.name,
		...(switches.activationKeepsOrigin
			? {}
			: {
					originated_by: request.originated_by ?? card.originated_by,
					metadata: json(request.metadata) ?? card.metadata,
				}),
		active_from: milliseconds(request.active_from) ?? clock.now(),
		expires_at: milliseconds(request.expires_at) ?? defaultExpiry(context, call.accountId),
	};
	const fund = store.atomically(() => {
		store.run(
			`UPDATE card SET status = ?, amount = ?, currency = ?, customer_id = ?, name = ?,
			originated_by = ?, metadata = ?, active_from = ?, expires_at = ? WHERE seq = ?`,
			changed.status,
			changed.amount,
			changed.currency,
			changed.customer_id,
			changed.name,
			changed.originated_by,
			changed.metadata,
			changed.active_from,
			changed.expires_at,
			changed.seq,
		);
		const { expires_in, expires_after_transaction } = request.card_token ?? {};
		if (expires_in !== undefined) {
			store.run(
				'UPDATE token SET expires_in = ?, expires_at = ? WHERE card = ?',
				expires_in,
				clock.now() + expires_in * 1000,
				card.seq,
			);
		}
		if (expires_after_transaction !== undefined) {
			store.run(
				'UPDATE token SET expires_after_transaction = ? WHERE card = ?',
				Number(expires_after_transaction),
				card.seq,
			);
		}
		return record(context, changed, call, {
			kind: 'fund',
			ref_id: randomUUID(),
			amount: request.amount,
			originated_by: request.originated_by,
		});
	});
	announce(context, changed, fund, 'activate');
	return withoutDefaultExpiry(context, request, viewDetails(context, changed));
};

export const readCard: Operation = (context, call) =>
	viewDetails(
		context,
		needCard(context, call.accountId, call.params.card_id),
		call.query.includes !== undefined,
	);

export const listCards: Operation = (context, call) => {
	const atLeast = call.query.amount_available;
	const where = [
		'account = ?',
		...(call.query.include_deleted ? [] : ['deleted_at IS NULL']),
		// The filter's meaning is not documented; this reads it as "at least this much".
		...(atLeast === undefined ? [] : ['funds - drawn - pending >= ?']),
	];
	const values = [call.accountId, ...(atLeast === undefined ? [] : [Number(atLeast) || 0])];
	const { rows, cursor } = readPage<CardRow>(context, call, 'card', where.join(' AND '), ...values);
	const withBalances = context.switches.cardListBalances;
	return compact({
		cards: rows.map((card) => viewCard(context, card, withBalances)),
		starting_after: cursor,
	});
};

export const deleteCard: Operation = (context, call) => {
	if (context.switches.deleteCard !== 'delete') {
		throw new ApiError(404, 'NOT FOUND', 'Route not found');
	}
	const card = needCard(context, call.accountId, call.params.card_id);
	const deleted = { ...card, deleted_at: context.clock.now() };
	context.store.run('UPDATE card SET deleted_at = ? WHERE seq = ?', deleted.deleted_at, card.seq);
	return viewCard(context, deleted);
};

/** Only active cards, a bare array, no balances. */
export const listCustomerCards: Operation = (context, call) => {
	const where = `account = ? AND customer_id = ? AND deleted_at IS NULL AND status = 'active'
		AND (expires_at IS NULL OR expires_at > ?)`;
	const { accountId, params } = call;
	const now = context.clock.now();
	return readPage<CardRow>(
		context,
		call,
		'card',
		where,
		accountId,
		params.customer_id,
		now,
	).rows.map((card) => compact(viewCommon(context, card)));
};

export const readCustomerCard: Operation = (context, call) => {
	const card = needCard(context, call.accountId, call.params.card_id);
	if (card.customer_id !== call.params.customer_id) throw notFound('Card');
	return viewDetails(context, card);
};
