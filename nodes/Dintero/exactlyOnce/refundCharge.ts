import type { IDataObject } from 'n8n-workflow';

import { formatAmount } from '../domain/money';
import type { DinteroClient } from '../transport/client';
import { operationError } from '../transport/operationError';
import { withIds } from './errorIds';
import { inTurn } from './inTurn';
import { checkSpendingLimit } from './limits';
import { isRefundOf, refundReference, replacementId, replacementIn } from './links';
import { REFUND_OF_KEY } from './mark';
import { moveMoney, type Moved } from './moveMoney';
import type { Origin } from './origin';
import { readCard } from './readCard';
import {
	childrenOf,
	isAmount,
	isText,
	kindOf,
	lockedOn,
	reserved,
	transactionsOf,
} from './transactions';

/** A full or partial refund of a charge, already validated. */
export interface ChargeRefund {
	cardId: string;
	/** The charge, the capture of a reservation, or the reservation that was captured. */
	chargeId: string;
	/** In minor units; all that is left when missing. */
	amount?: number;
	/** The currency of `amount`, if given. */
	currency?: string;
	/** The user's or a derived one. */
	reference: string;
	/** What else is written on the refund: `metadata`, `originated_by`. */
	details: IDataObject;
	origin: Origin;
	/** The credential's *Spending Limit*, unread. */
	spendingLimit: unknown;
}

export interface Refunded extends Moved {
	/** What can still be refunded, in minor units. */
	left: number;
	/** The currency of all amounts. */
	currency: string;
}

/** What a charge drew, and how much of it can still be refunded, in minor units. */
interface Account {
	drawn: number;
	left: number;
}

/**
 * Refunds a charge exactly once, and never more than what earlier refunds left of it.
 *
 * Dintero has no refund for gift cards: money goes back as a `fund` transaction, which names no charge. So each refund is
 * linked to its charge by its reference and its metadata, see `links.ts`. The node first reads all transactions of the
 * card; if the list may be incomplete, it must at least contain all money that ever came onto the card. If one of them
 * has this refund's reference, the node returns it and sends nothing. The request itself is made once, see `moveMoney`.
 *
 * Refunds of one card wait for each other within one n8n process. Two processes can still overlap between reading and
 * requesting: with the same *Reference* they move the money once, with different ones each may refund it.
 * @throws NodeApiError when Dintero refuses, NodeOperationError when the transaction is no charge, too little is left,
 * the reference was used for something else, or the outcome is unknown, InvalidInput when the
 * spending limit is lower
 */
export async function refundCharge(
	dintero: DinteroClient,
	refund: ChargeRefund,
): Promise<Refunded> {
	const { cardId, chargeId, reference } = refund;
	const work = inTurn(
		`${dintero.accountId} card ${cardId}`,
		async () => await refundInTurn(dintero, refund),
	);
	return await withIds({ cardId, refId: refundReference(reference, chargeId) }, work);
}

async function refundInTurn(dintero: DinteroClient, refund: ChargeRefund): Promise<Refunded> {
	const { cardId, chargeId, details, origin } = refund;
	// Read the card first, so that a reservation captured or released meanwhile does not look like a charge.
	const card = await readCard(dintero, cardId);
	const { records: transactions, complete } = await transactionsOf(dintero, cardId);
	if (!complete && !hasAllFunds(transactions, card)) throw incompleteList(dintero, cardId);
	const charge = transactions.find(({ id }) => id === chargeId);
	if (!charge)
		throw operationError(
			dintero.node,
			`The gift card '${cardId}' has no transaction '${chargeId}'`,
			"No money was moved now. Check 'Transaction ID' and 'Card': the charge is on another card, or in another account.",
		);
	const currency = String(charge.currency ?? '');
	let reference = refundReference(refund.reference, chargeId);
	if (origin.identity.kind === 'continued' && origin.isDerivedId(reference))
		reference = String(origin.earlier(transactions, reference)?.ref_id ?? reference);
	const before = transactions.find(({ ref_id }) => ref_id === reference);
	const { left } = before
		? accountOf(charge, transactions, 'charge')
		: checkedAccount(dintero, refund, card, charge, transactions);
	const amount = refund.amount ?? (before ? Number(before.amount) : left);
	if (!before) checkSpendingLimit(amount, currency, refund.spendingLimit);
	const moved = await moveMoney(dintero, {
		what: 'refund',
		path: 'wallets/transactions',
		request: origin.mark.on(
			{ ...details, ref_id: reference, card_id: cardId, amount, currency, type: 'fund' },
			undefined,
			{ [REFUND_OF_KEY]: chargeId },
		),
		cardId,
		mark: origin.mark,
		origin,
		known: transactions,
	});
	return { ...moved, currency, left: Math.max(0, before ? left : left - amount) };
}

/**
 * What is left of a charge that may be refunded now.
 * @throws NodeOperationError when it may not
 */
function checkedAccount(
	dintero: DinteroClient,
	{ cardId, amount, currency }: ChargeRefund,
	card: IDataObject,
	charge: IDataObject,
	transactions: readonly IDataObject[],
): Account {
	const unit = String(charge.currency ?? '');
	const money = (minor: number): string => formatAmount(minor, unit).trim();
	const refuse = (message: string, wayOut: string) =>
		operationError(dintero.node, message, `No money was moved now. ${wayOut}`);

	const replaced = replacementIn(transactions, replacementId(cardId));
	if (replaced)
		throw refuse(
			`The gift card '${cardId}' was replaced by ${replaced.newCardId === undefined ? 'another one' : `'${replaced.newCardId}'`}, so a refund would put the money on the lost card`,
			"Give the money back on the new card, with 'Top Up'.",
		);
	if (isOfCheckout(charge))
		throw refuse(
			'This charge belongs to a payment in Dintero Checkout',
			"Use 'Checkout Transaction: Refund' for that payment; the gift card then gets its part back.",
		);

	const kind = kindOf(charge, transactions, lockedOn(card));
	const account = accountOf(charge, transactions, kind);
	switch (kind) {
		case 'charge':
		case 'capture':
			break;
		case 'reservation':
		case 'released':
			if (account.drawn > 0) break;
			throw kind === 'reservation' && reserved(charge, transactions).held > 0
				? refuse(
						`This is a reservation of ${money(Number(charge.amount))} that was not captured, so nothing was drawn`,
						"Use 'Void' to release it.",
					)
				: refuse(
						'This reservation was released, so nothing was drawn',
						'There is nothing to refund.',
					);
		case 'unknown':
			throw refuse(
				'The node cannot tell whether this transaction is a charge or a reservation that was not captured',
				'Capture or void the reservations of the card first, then refund again.',
			);
		default:
			throw refuse(
				`This transaction is a ${kind}, not a charge`,
				"Use the transaction that 'Charge' or 'Capture' returned.",
			);
	}

	if (currency !== undefined && unit !== '' && currency !== unit)
		throw refuse(
			`The charge is in ${unit}, not in ${currency}`,
			`Set 'Currency' to ${unit} and check the amount.`,
		);
	const { drawn, left } = account;
	if (!Number.isSafeInteger(left))
		throw refuse(
			'Dintero does not say how much this charge drew, or how much of it was given back',
			"Look at the card's transactions with 'Get Many'.",
		);
	if (left <= 0)
		throw refuse(
			`Nothing is left to refund: the charge drew ${money(drawn)}, and all of it has been given back`,
			"Look at the card's transactions with 'Get Many'.",
		);
	if (amount !== undefined && amount > left)
		throw refuse(
			left < drawn
				? `Only ${money(left)} of the ${money(drawn)} drawn is left to refund, less than ${money(amount)}`
				: `The charge drew ${money(drawn)}, less than ${money(amount)}`,
			"Refund at most what is left, or leave 'Amount' empty to refund all of it.",
		);
	return account;
}

/**
 * Whether an incomplete list contains all money that came onto the card, and so every refund. Dintero shows the sum
 * (`amount_funds`), but does not document whether the card's first amount is a transaction too.
 */
function hasAllFunds(transactions: readonly IDataObject[], card: IDataObject): boolean {
	if (!isAmount(card.amount_funds)) return false;
	const amounts = transactions.flatMap(({ type, amount }) =>
		type === 'fund' ? [Number(amount)] : [],
	);
	const missing = amounts.reduce((rest, amount) => rest - amount, Number(card.amount_funds));
	const first = Number(card.amount);
	return missing === 0 || (missing === first && !amounts.includes(first));
}

const incompleteList = ({ node }: DinteroClient, cardId: string) =>
	operationError(
		node,
		`Dintero does not show all transactions of the gift card '${cardId}'`,
		'An earlier refund may be missing from its list, so the node cannot tell what is left to refund. Refund it in the Dintero Backoffice.',
	);

/** What a charge drew and what is left of it. A refund of a reservation counts for its captures, and the reverse. */
function accountOf(
	charge: IDataObject,
	transactions: readonly IDataObject[],
	kind: string,
): Account {
	const id = String(charge.id);
	const givenBack = (ids: readonly string[]): number =>
		transactions
			.filter((one) => ids.some((chargeId) => isRefundOf(one, chargeId)))
			.reduce((sum, { amount }) => sum + Number(amount), 0);
	const reservation = reservationOf(charge, transactions, kind);
	if (!reservation) {
		const drawn = Number(charge.amount);
		return { drawn, left: drawn - givenBack([id]) };
	}
	const { captured } = reserved(reservation, transactions);
	const family = [reservation, ...childrenOf(reservation.id, transactions)];
	const leftOfAll = captured - givenBack(family.map((one) => String(one.id)));
	if (reservation === charge) return { drawn: captured, left: leftOfAll };
	const drawn = Number(charge.amount);
	return { drawn, left: Math.min(drawn - givenBack([id]), leftOfAll) };
}

/** The reservation a transaction is, or is the capture of; `undefined` for a plain charge. */
function reservationOf(
	charge: IDataObject,
	transactions: readonly IDataObject[],
	kind: string,
): IDataObject | undefined {
	if (isText(charge.parent_id)) return transactions.find(({ id }) => id === charge.parent_id);
	const children = childrenOf(charge.id, transactions);
	return kind === 'reservation' || kind === 'released' || children.length > 0 ? charge : undefined;
}

/** Dintero does not document how to recognize Checkout's transactions; this metadata key is from its guide. */
function isOfCheckout({ metadata, originated_by: by }: IDataObject): boolean {
	const { dintero_transaction_id: payment } = (metadata ?? {}) as IDataObject;
	return isText(payment) || (isText(by) && /^dintero[ ._-]?checkout\b/i.test(by));
}
