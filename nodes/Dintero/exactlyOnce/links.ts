import type { IDataObject } from 'n8n-workflow';

import { fingerprint } from './identity';
import { REFUND_OF_KEY, REPLACED_BY_KEY } from './mark';
import { isText } from './transactions';

/**
 * Links between transactions and cards. Dintero's request has no member for them (`parent_id` is for captures and voids)
 * and Dintero may drop metadata. So the link is a hash in the reference, which Dintero keeps, and also in the metadata
 * for people to read.
 */

/** Dintero does not document a maximum length; this is ours. */
const LONGEST_REFERENCE = 255;
/** Dintero's limit, in characters. */
const LONGEST_CARD_ID = 255;
const LINK_LENGTH = 12;

const linkTo = (id: string): string => fingerprint([id], LINK_LENGTH);

/** The reference of a refund: the user's or derived one, linked to the charge. */
export function refundReference(reference: string, chargeId: string): string {
	const end = ` refund ${linkTo(chargeId)}`;
	const room = LONGEST_REFERENCE - end.length;
	if (reference.length <= room) return reference + end;
	// Keeps two long references that start alike different.
	const rest = `~${linkTo(reference)}`;
	return reference.slice(0, room - rest.length) + rest + end;
}

/** Whether a transaction is marked as a refund of a charge. */
export function isRefundOf(transaction: IDataObject, chargeId: string): boolean {
	const { type, ref_id: reference, parent_id: parent, metadata } = transaction;
	if (type !== 'fund') return false;
	// Dintero's own refunds, for example of a Checkout payment, may use `parent_id`.
	if (parent === chargeId) return true;
	const named = (metadata as IDataObject | null | undefined)?.[REFUND_OF_KEY];
	if (isText(named)) return named === chargeId;
	return isText(reference) && reference.endsWith(` refund ${linkTo(chargeId)}`);
}

const REPLACEMENT = 'n8n replacement ';

/** The reference of the draw that empties a card for its replacement. It depends only on the new card's ID, so it is used once. */
export const replacementReference = (newCardId: string): string => REPLACEMENT + linkTo(newCardId);

/**
 * The draw that emptied a card for its replacement, if there is one.
 * @param guess the new card's ID unless the user chose another
 * @returns the draw, and the new card's ID if it is known
 */
export function replacementIn(
	transactions: readonly IDataObject[],
	guess: string,
): { draw: IDataObject; newCardId?: string } | undefined {
	const draw = transactions.find(
		({ ref_id: reference, type }) =>
			type === 'drawdown' && isText(reference) && reference.startsWith(REPLACEMENT),
	);
	if (!draw) return undefined;
	const named = (draw.metadata as IDataObject | null | undefined)?.[REPLACED_BY_KEY];
	if (isText(named)) return { draw, newCardId: named };
	return draw.ref_id === replacementReference(guess) ? { draw, newCardId: guess } : { draw };
}

const NEXT = /^(.*-replacement)(?:-(\d{1,4}))?$/s;

/**
 * The default ID of a replacement: `order-1-replacement`, and for that card `order-1-replacement-2`. It depends only on
 * the old ID, so that every later try finds the same new card.
 */
export function replacementId(cardId: string): string {
	const found = NEXT.exec(cardId);
	const next = found ? `${found[1]}-${Number(found[2] ?? 1) + 1}` : `${cardId}-replacement`;
	return Array.from(next).length <= LONGEST_CARD_ID ? next : `${linkTo(cardId)}-replacement`;
}
