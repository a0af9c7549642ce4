/** The codes of a card: its PIN, its card tokens, and the look-up by them. */
import { randomUUID } from 'node:crypto';
import { needCard, viewCard } from './card-view.mts';
import { barcode128, defaultToken, generate, mask, type Format } from './codes.mts';
import { ApiError, notFound } from './errors.mts';
import type { CardRow, TokenRow } from './store.mts';
import { compact, json, parsed, timestamp } from './context.mts';
import type { Call, Operation, SandboxContext } from './context.mts';

export interface PinRequest {
	format?: Format;
}
export interface TokenRequest {
	format?: Format;
	expires_in?: number;
	expires_after_transaction?: boolean;
	ref_id?: string;
	metadata?: object;
}

async function generated(value: string, format: Format) {
	return format.barcode ? { value, barcode_128: await barcode128(value) } : { value };
}

/** Generates a PIN; `answer` renders the barcode and is the only time the PIN is shown. */
export function makePin(context: SandboxContext, { format = {} }: PinRequest) {
	const value = generate(format, context.switches.formatFlagsFallback);
	return { value, format, answer: async () => ({ format, pin: await generated(value, format) }) };
}

/** Generates a card token that is unique in the account, and stores it. */
export function makeToken(
	context: SandboxContext,
	call: Call,
	card: CardRow,
	request: TokenRequest,
) {
	const { store, switches, clock } = context;
	const now = clock.now();
	const lifetime = request.expires_in ?? switches.cardTokenLifetime;
	const row = {
		id: randomUUID(),
		account: call.accountId,
		card: card.seq,
		value: freeValue(context, call.accountId, request.format),
		ref_id: request.ref_id ?? null,
		format: json(request.format),
		expires_in: request.expires_in ?? null,
		expires_at: lifetime === null ? null : now + lifetime * 1000,
		expires_after_transaction: Number(request.expires_after_transaction ?? true),
		used: 0,
		metadata: json(request.metadata),
		created_at: now,
		created_by: call.client.clientId,
	};
	const stored: TokenRow = { seq: store.insert('token', row), ...row };
	return { row: stored, answer: () => viewNewToken(stored) };
}

function freeValue(context: SandboxContext, account: string, format: Format | undefined): string {
	for (let attempt = 0; attempt < 50; attempt++) {
		const value = format ? generate(format, context.switches.formatFlagsFallback) : defaultToken();
		const taken = context.store.get(
			'SELECT 1 FROM token WHERE account = ? AND value = ?',
			account,
			value,
		);
		if (!taken) return value;
	}
	throw new ApiError(400, 'BAD REQUEST', 'The format leaves no free card token');
}

async function viewNewToken(row: TokenRow) {
	const format = parsed<Format>(row.format);
	return compact({
		format: format ?? { prefix: 'DINCARD:' },
		expires_in: row.expires_in,
		expires_after_transaction: row.expires_after_transaction === 1,
		token: await generated(row.value, format ?? {}),
	});
}

/** A card token as read operations show it. */
export function viewToken(context: SandboxContext, row: TokenRow, withFormat: boolean) {
	const format = parsed<Format>(row.format);
	return compact({
		expires_at: row.expires_at === null ? null : timestamp(context, row.expires_at),
		masked_code: mask(row.value, format ? format.prefix : 'DINCARD:'),
		format: withFormat ? (format ?? { prefix: 'DINCARD:' }) : null,
	});
}

export const createToken: Operation = async (context, call) => {
	const request = call.body as TokenRequest & { ref_id: string };
	const card = needCard(context, call.accountId, call.params.card_id);
	const rule = context.switches.duplicateTokenRefId;
	const earlier =
		rule === 'new-token'
			? undefined
			: context.store.get<TokenRow>(
					'SELECT * FROM token WHERE card = ? AND ref_id = ?',
					card.seq,
					request.ref_id,
				);
	if (earlier && typeof rule === 'number') {
		throw new ApiError(rule, 'BAD REQUEST', 'The ref_id has been used for this card');
	}
	const row = earlier ?? makeToken(context, call, card, request).row;
	const { token, ...rest } = await viewNewToken(row);
	return compact({
		id: row.id,
		ref_id: row.ref_id,
		created_at: timestamp(context, row.created_at),
		created_by: row.created_by,
		metadata: parsed<object>(row.metadata),
		...rest,
		token: earlier && rule === 'return-without-code' ? null : token,
	});
};

export const rotatePin: Operation = async (context, call) => {
	const card = needCard(context, call.accountId, call.params.card_id);
	const pin = makePin(context, (call.body as { pin: PinRequest }).pin);
	context.store.run(
		'UPDATE card SET pin = ?, pin_format = ? WHERE seq = ?',
		pin.value,
		json(pin.format),
		card.seq,
	);
	return { pin: await pin.answer() };
};

/** Finds a card token and its card, or throws for an unknown or expired token. */
export function openToken(context: SandboxContext, account: string, value: string) {
	const token = context.store.get<TokenRow>(
		'SELECT * FROM token WHERE account = ? AND value = ?',
		account,
		value,
	);
	const card =
		token &&
		context.store.get<CardRow>(
			'SELECT * FROM card WHERE seq = ? AND deleted_at IS NULL',
			token.card,
		);
	if (!card) throw notFound('Card');
	if (token.expires_at !== null && context.clock.now() >= token.expires_at) {
		throw new ApiError(
			context.switches.expiredCardToken,
			'NOT FOUND',
			'The card token has expired',
		);
	}
	return { token, card };
}

export function checkPin(context: SandboxContext, card: CardRow, pin: string | undefined): void {
	const { wrongPin, missingPin } = context.switches;
	if (pin === undefined) {
		if (card.pin !== null && missingPin !== 'allow') {
			throw new ApiError(missingPin, 'PIN REQUIRED', 'The card needs its PIN');
		}
	} else if (pin !== card.pin && wrongPin !== 'ignore') {
		throw new ApiError(wrongPin, 'WRONG PIN', 'The PIN is not right');
	}
}

export const cardInfo: Operation = (context, call) => {
	const { token, pin } = call.body as { token: string; pin?: string };
	const { card } = openToken(context, call.accountId, token);
	checkPin(context, card, pin);
	return viewCard(context, card);
};
