import type { IDataObject } from 'n8n-workflow';

import type { CodeFormat } from '../domain/codeFormat';
import type { Dintero } from '../transport/client';
import { attempt } from '../transport/attempt';
import { apiError, failureOf, unreadableAnswer } from '../transport/failure';
import { backoff } from '../transport/retry';

/** What a card's codes shall look like. */
export interface CodeOrder {
	/** Missing: the card gets no PIN. */
	pin?: CodeFormat;
	/** Missing: the card gets no token. `'default'`: Dintero's own format (a UUID with a prefix). */
	token?: CodeFormat | 'default';
	/** Seconds until the token expires. */
	tokenLifetime: number;
	/** Whether the token is used up by its first transaction. */
	singleUse: boolean;
}

/** Codes as Dintero returns them: once, when they are made (`pin.pin.value`, `card_token.token.value`). */
export interface Codes {
	pin?: IDataObject;
	card_token?: IDataObject;
}

const TOKEN_TRIES = 5;
const PIN_TRIES = 5;

/** How many time-outs long the answer to a rotation is waited for, see `rotatePin`. */
const PIN_PATIENCE = 4;
/** Before a rotation is repeated, in milliseconds: what became of the last one shall be over by then. */
const PIN_SETTLES = 2000;

/** The text of a code in `pin` or `card_token`, or `undefined` when the answer holds none. Always text: codes keep their leading zeros. */
export function codeValue(holder: unknown, kind: 'pin' | 'token'): string | undefined {
	const value = ((holder as IDataObject | undefined)?.[kind] as IDataObject | undefined)?.value;
	return value === undefined || value === null || value === '' ? undefined : String(value);
}

/** Whether an answer holds every code that was ordered. */
export function hasCodes(answer: IDataObject, order: CodeOrder): boolean {
	return (
		(order.pin === undefined || codeValue(answer.pin, 'pin') !== undefined) &&
		(order.token === undefined || codeValue(answer.card_token, 'token') !== undefined)
	);
}

/** The `card_token` member of a request. Both expiries are always sent: Dintero's defaults are one use and an unknown time. */
export function tokenRequest(order: CodeOrder): IDataObject | undefined {
	if (order.token === undefined) return undefined;
	return {
		...(order.token === 'default' ? {} : { format: { ...order.token } }),
		expires_in: order.tokenLifetime,
		expires_after_transaction: order.singleUse,
	};
}

/**
 * Gives a card that exists a new PIN and a new token, as far as they are ordered. The old PIN stops working.
 * @param path of the card, `wallets/cards/{card_id}`
 * @param reference makes the token's `ref_id`; asked for another one each time a try may have used the last
 * @throws NodeApiError
 */
export async function reissueCodes(
	dintero: Dintero,
	path: string,
	order: CodeOrder,
	reference: (step: string) => string,
): Promise<Codes> {
	// The token first: it takes nothing away, while a new PIN ends the old one even when the next step fails.
	const token = order.token && (await createToken(dintero, path, order, reference));
	const pin = order.pin && (await rotatePin(dintero, path, order.pin));
	return { ...(pin ? { pin } : {}), ...(token ? { card_token: token } : {}) };
}

/**
 * Replaces the PIN; the PIN of the rotation that Dintero carries out last is the one that counts. A rotation that was
 * given up and is carried out late would end a PIN that has been handed out, and nothing tells which one came last. So
 * its answer is waited for several times as long as any other, and it is repeated only after a pause.
 * @throws NodeApiError
 */
export async function rotatePin(
	dintero: Dintero,
	path: string,
	format: CodeFormat,
): Promise<IDataObject> {
	const request = { pin: { format: { ...format } } };
	for (let tries = 1; ; tries++) {
		const { answer, problem } = await attempt(
			dintero.post(`${path}/rotate-pin`, request, 'write', PIN_PATIENCE) as Promise<IDataObject>,
		);
		if (answer && codeValue(answer.pin, 'pin') !== undefined) return answer.pin as IDataObject;
		if (tries >= PIN_TRIES || (problem !== undefined && failureOf(problem)?.outcome !== 'unknown'))
			throw problem ?? apiError(dintero.node, unreadableAnswer(200));
		await dintero.pause(PIN_SETTLES);
	}
}

/**
 * Makes a token. A token whose answer was lost is known to nobody, so another one is made with another `ref_id`;
 * the same happens when Dintero takes a repeated `ref_id` for a mistake or answers it without the value.
 */
export async function createToken(
	dintero: Dintero,
	path: string,
	order: CodeOrder,
	reference: (step: string) => string,
	extra: IDataObject = {},
): Promise<IDataObject> {
	const request = { ...extra, ...tokenRequest(order) };
	for (let tries = 1; ; tries++) {
		const step = tries === 1 ? 'token' : `token ${tries} ${Date.now()}`;
		const { answer, problem } = await attempt(
			dintero.post(`${path}/tokens`, { ref_id: reference(step), ...request }, 'write'),
		);
		if (answer && codeValue(answer, 'token') !== undefined) return answer as IDataObject;
		const failure = failureOf(problem);
		const mayBeRepeated =
			failure?.outcome === 'refused' &&
			tries === 1 &&
			failure.status !== 403 &&
			failure.status !== 404;
		if (
			tries >= TOKEN_TRIES ||
			(problem !== undefined && failure?.outcome !== 'unknown' && !mayBeRepeated)
		)
			throw problem ?? apiError(dintero.node, unreadableAnswer(200));
		if (failure?.outcome === 'unknown') await dintero.pause(backoff(tries, Math.random()));
	}
}
