import { NodeApiError, NodeOperationError, type IDataObject, type INode } from 'n8n-workflow';

import type { CodeFormat } from '../domain/codeFormat';
import type { DinteroClient } from '../transport/client';
import { attempt, reasonOf } from '../transport/attempt';
import { failureOf, gaveUp } from '../transport/failure';
import { operationError } from '../transport/operationError';
import { backoff } from '../transport/retry';
import { cardPath } from './cardPath';
import { addIds } from './errorIds';

/** The codes to request for a card. */
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

/** Codes as Dintero returns them, only in the answer that makes them (`pin.pin.value`, `card_token.token.value`). */
export interface Codes {
	pin?: IDataObject;
	card_token?: IDataObject;
}

const TOKEN_TRIES = 5;
const PIN_TRIES = 5;

/** The timeout of a PIN rotation, as a multiple of the usual timeout; see `rotatePin`. */
const PIN_TIMEOUT_FACTOR = 4;

/**
 * How long Dintero may still carry out a rotation that got no answer, in milliseconds: longer when a gateway or this node
 * gave up waiting, because then Dintero may still be working on it.
 */
const LATE_ROTATION = { broken: 10_000, givenUp: 60_000 } as const;

/** The code in `pin` or `card_token`, as text so that it keeps leading zeros; `undefined` if there is none. */
export function codeValue(holder: unknown, kind: 'pin' | 'token'): string | undefined {
	const value = ((holder as IDataObject | undefined)?.[kind] as IDataObject | undefined)?.value;
	return value === undefined || value === null || value === '' ? undefined : String(value);
}

/** Whether an answer is about this card; one that names no card counts. */
const isOf = ({ card_id: shown }: IDataObject, cardId: string): boolean =>
	(shown ?? cardId) === cardId;

/** Whether an answer contains every requested code. */
export function hasCodes(answer: IDataObject, order: CodeOrder): boolean {
	return (
		(order.pin === undefined || codeValue(answer.pin, 'pin') !== undefined) &&
		(order.token === undefined || codeValue(answer.card_token, 'token') !== undefined)
	);
}

/** The `card_token` member of a request. Always sends both limits: Dintero's defaults are one use and an undocumented time. */
export function tokenRequest(order: CodeOrder): IDataObject | undefined {
	if (order.token === undefined) return undefined;
	return {
		...(order.token === 'default' ? {} : { format: { ...order.token } }),
		expires_in: order.tokenLifetime,
		expires_after_transaction: order.singleUse,
	};
}

/**
 * Gives an existing card a new PIN and a new token, if requested. The old PIN stops working.
 * @param reference makes the token's `ref_id`; called again whenever an earlier try may have used the last one
 * @throws NodeApiError, NodeOperationError; the message says which codes the card already got
 */
export async function reissueCodes(
	dintero: DinteroClient,
	cardId: string,
	order: CodeOrder,
	reference: (step: string) => string,
): Promise<Codes> {
	// The token first: it is only added, while a new PIN invalidates the old one even if the next step fails.
	const token = order.token && (await createToken(dintero, cardId, order, reference));
	if (!order.pin) return token ? { card_token: token } : {};
	const { answer: pin, problem } = await attempt(
		rotatePin(dintero, cardId, order.pin, codeValue(token, 'token')),
	);
	if (pin === undefined) throw token ? onlyToken(dintero.node, cardId, problem) : problem;
	return { pin, ...(token ? { card_token: token } : {}) };
}

/**
 * Replaces the PIN. The rotation that Dintero carries out last wins, and nothing shows which one that was. So a rotation
 * that timed out and is carried out late would invalidate a PIN that was already returned. Against that, a rotation has
 * a longer timeout, is repeated only when a late one should be over, and a repeated one's PIN is tested before it is
 * returned.
 * @param token of the card, to test the PIN with; without it, only the pause protects the PIN
 * @throws NodeApiError, NodeOperationError when it is unclear whether the PIN was replaced
 */
export async function rotatePin(
	dintero: DinteroClient,
	cardId: string,
	format: CodeFormat,
	token?: string,
): Promise<IDataObject> {
	const request = { pin: { format: { ...format } } };
	/** Whether an earlier rotation may have been carried out, or may still be. */
	let inDoubt = false;
	for (let tries = 1; ; tries++) {
		const { answer, problem } = await attempt(
			dintero.post(
				`${cardPath(cardId)}/rotate-pin`,
				request,
				'unsafe',
				PIN_TIMEOUT_FACTOR,
			) as Promise<IDataObject>,
		);
		const pin = answer && isOf(answer, cardId) ? codeValue(answer.pin, 'pin') : undefined;
		if (pin !== undefined) {
			if (!inDoubt || token === undefined || (await pinWorks(dintero, token, pin)))
				return answer?.pin as IDataObject;
			if (tries >= PIN_TRIES)
				throw pinInDoubt(dintero.node, cardId, new Error('another rotation came later'));
			continue;
		}
		const failure = failureOf(problem);
		if (problem !== undefined && failure?.outcome !== 'unknown')
			throw inDoubt ? pinInDoubt(dintero.node, cardId, problem) : withCardId(problem, cardId);
		inDoubt = true;
		if (tries >= PIN_TRIES) throw pinInDoubt(dintero.node, cardId, problem);
		await dintero.pause(gaveUp(failure) ? LATE_ROTATION.givenUp : LATE_ROTATION.broken);
	}
}

/**
 * Whether a PIN is right. Dintero does not document its answer to a wrong PIN, so a PIN counts as wrong only if the card
 * can be read without it; if that is unclear, the PIN counts as right.
 */
async function pinWorks(dintero: DinteroClient, token: string, pin: string): Promise<boolean> {
	const withPin = await attempt(dintero.cardInfo(token, pin));
	if (failureOf(withPin.problem)?.outcome !== 'refused') return true;
	const without = await attempt(dintero.cardInfo(token));
	return without.problem !== undefined;
}

/**
 * Makes a token. If the answer is lost, nobody knows that token, so the node makes another one with another `ref_id`. It
 * does the same when Dintero refuses a repeated `ref_id` or answers it without the token.
 * @throws NodeApiError, NodeOperationError
 */
export async function createToken(
	dintero: DinteroClient,
	cardId: string,
	order: CodeOrder,
	reference: (step: string) => string,
	extra: IDataObject = {},
): Promise<IDataObject> {
	const request = { ...extra, ...tokenRequest(order) };
	let inDoubt = false;
	for (let tries = 1; ; tries++) {
		const step = tries === 1 ? 'token' : `token ${tries} ${Date.now()}`;
		const refId = reference(step);
		const { answer, problem } = await attempt(
			dintero.post(
				`${cardPath(cardId)}/tokens`,
				{ ref_id: refId, ...request },
				'unsafe',
			) as Promise<IDataObject>,
		);
		const shown = answer && isOf(answer, cardId) && (answer.ref_id ?? refId) === refId;
		if (shown && codeValue(answer, 'token') !== undefined) return answer;
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
			throw inDoubt || problem === undefined
				? tokenInDoubt(dintero.node, cardId, problem)
				: withCardId(problem, cardId);
		inDoubt ||= failure?.outcome !== 'refused';
		if (failure?.outcome === 'unknown') await dintero.pause(backoff(tries, Math.random()));
	}
}

/** Adds the card's ID to an error from Dintero. */
function withCardId(problem: unknown, cardId: string): unknown {
	return problem instanceof NodeApiError ? addIds(problem, { cardId }) : problem;
}

function pinInDoubt(node: INode, cardId: string, problem: unknown): NodeOperationError {
	return addIds(
		operationError(
			node,
			`Dintero did not say whether the PIN of the gift card '${cardId}' was replaced (${reasonOf(problem)})`,
			"Its old PIN may no longer work. Run 'Rotate PIN' for this card before you give anyone a PIN for it.",
		),
		{ cardId },
	);
}

function tokenInDoubt(node: INode, cardId: string, problem: unknown): NodeOperationError {
	return addIds(
		operationError(
			node,
			`Dintero did not say whether the gift card '${cardId}' got a new card token (${reasonOf(problem)})`,
			'If it did, nobody has that card token, so it does no harm. Run this again to get a card token.',
		),
		{ cardId },
	);
}

function onlyToken(node: INode, cardId: string, problem: unknown): NodeOperationError {
	const inDoubt = problem instanceof NodeOperationError;
	return addIds(
		operationError(
			node,
			`The gift card '${cardId}' got a new card token, but ${inDoubt ? 'its PIN may have changed' : 'no new PIN'}: ${reasonOf(problem)}`,
			`${inDoubt ? 'The old PIN may no longer work.' : 'The old PIN still works.'} Nobody has the new card token. Run 'Reissue Codes' for this card.`,
		),
		{ cardId },
	);
}
