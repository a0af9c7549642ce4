/** The codes of a card: its PIN, its card tokens, and the look-up by them (sections 3.3, 3.4, 4.7-4.9). */
import { randomUUID } from 'node:crypto';
import { needCard, viewCard } from './card-view.mts';
import { barcode128, defaultToken, generate, mask, type Format } from './codes.mts';
import { ApiError, notFound } from './errors.mts';
import type { CardRow, TokenRow } from './store.mts';
import { compact, json, parsed, timestamp } from './world.mts';
import type { Call, Operation, World } from './world.mts';

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

/** Makes a PIN; `answer` draws the barcode and is the only time the PIN is shown. */
export function makePin(world: World, { format = {} }: PinRequest) {
	const value = generate(format, world.switches.formatFlagsFallback);
	return { value, format, answer: async () => ({ format, pin: await generated(value, format) }) };
}

/** Makes a card token whose value no other card token of the account has, and stores it. */
export function makeToken(world: World, call: Call, card: CardRow, request: TokenRequest) {
	const { store, switches, clock } = world;
	const now = clock.now();
	const lifetime = request.expires_in ?? switches.cardTokenLifetime;
	const row = {
		id: randomUUID(),
		account: call.accountId,
		card: card.seq,
		value: freeValue(world, call.accountId, request.format),
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

function freeValue(world: World, account: string, format: Format | undefined): string {
	for (let attempt = 0; attempt < 50; attempt++) {
		const value = format ? generate(format, world.switches.formatFlagsFallback) : defaultToken();
		const taken = world.store.get(
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

/** A card token as reads list it (section 3.5). */
export function viewToken(world: World, row: TokenRow, withFormat: boolean) {
	const format = parsed<Format>(row.format);
	return compact({
		expires_at: row.expires_at === null ? null : timestamp(world, row.expires_at),
		masked_code: mask(row.value, format ? format.prefix : 'DINCARD:'),
		format: withFormat ? (format ?? { prefix: 'DINCARD:' }) : null,
	});
}

export const createToken: Operation = async (world, call) => {
	const request = call.body as TokenRequest & { ref_id: string };
	const card = needCard(world, call.accountId, call.params.card_id);
	const rule = world.switches.duplicateTokenRefId;
	const earlier =
		rule === 'new-token'
			? undefined
			: world.store.get<TokenRow>(
					'SELECT * FROM token WHERE card = ? AND ref_id = ?',
					card.seq,
					request.ref_id,
				);
	if (earlier && typeof rule === 'number') {
		throw new ApiError(rule, 'BAD REQUEST', 'The ref_id has been used for this card');
	}
	const row = earlier ?? makeToken(world, call, card, request).row;
	const { token, ...rest } = await viewNewToken(row);
	return compact({
		id: row.id,
		ref_id: row.ref_id,
		created_at: timestamp(world, row.created_at),
		created_by: row.created_by,
		metadata: parsed<object>(row.metadata),
		...rest,
		token: earlier && rule === 'return-without-code' ? null : token,
	});
};

export const rotatePin: Operation = async (world, call) => {
	const card = needCard(world, call.accountId, call.params.card_id);
	const pin = makePin(world, (call.body as { pin: PinRequest }).pin);
	world.store.run(
		'UPDATE card SET pin = ?, pin_format = ? WHERE seq = ?',
		pin.value,
		json(pin.format),
		card.seq,
	);
	return { pin: await pin.answer() };
};

/** The card token and its card, or the error for an unknown or expired one. */
export function openToken(world: World, account: string, value: string) {
	const token = world.store.get<TokenRow>(
		'SELECT * FROM token WHERE account = ? AND value = ?',
		account,
		value,
	);
	const card =
		token &&
		world.store.get<CardRow>('SELECT * FROM card WHERE seq = ? AND deleted_at IS NULL', token.card);
	if (!card) throw notFound('Card');
	if (token.expires_at !== null && world.clock.now() >= token.expires_at) {
		throw new ApiError(world.switches.expiredCardToken, 'NOT FOUND', 'The card token has expired');
	}
	return { token, card };
}

export function checkPin(world: World, card: CardRow, pin: string | undefined): void {
	const { wrongPin, missingPin } = world.switches;
	if (pin === undefined) {
		if (card.pin !== null && missingPin !== 'allow') {
			throw new ApiError(missingPin, 'PIN REQUIRED', 'The card needs its PIN');
		}
	} else if (pin !== card.pin && wrongPin !== 'ignore') {
		throw new ApiError(wrongPin, 'WRONG PIN', 'The PIN is not right');
	}
}

export const cardInfo: Operation = (world, call) => {
	const { token, pin } = call.body as { token: string; pin?: string };
	const { card } = openToken(world, call.accountId, token);
	checkPin(world, card, pin);
	return viewCard(world, card);
};
