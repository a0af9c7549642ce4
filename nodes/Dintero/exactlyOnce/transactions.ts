import type { IDataObject } from 'n8n-workflow';

import type { DinteroClient } from '../transport/client';
import { hasError } from '../transport/failure';
import { isWhole, readList, type ListEnd } from '../transport/pages';
import { cardPath } from './issueCard';

/** What a transaction did, worked out from the card's transactions and its locked money. */
export type TransactionKind =
	'charge' | 'reservation' | 'released' | 'top-up' | 'capture' | 'void' | 'unknown';

/**
 * The transactions of a card, to the end of the list. Dintero documents a bare array without
 * paging, but does not promise that there is none.
 * @param until stops reading after the page that contains a transaction it accepts
 * @returns `complete` is false when there may be more
 * @throws NodeApiError
 */
export async function transactionsOf(
	dintero: DinteroClient,
	cardId: string,
	until?: (transaction: IDataObject) => boolean,
): Promise<{ records: IDataObject[]; end: ListEnd; complete: boolean }> {
	const listing = await readList(dintero, `${cardPath(cardId)}/transactions`, 'transactions', {
		thorough: true,
		enough: until && ((page) => page.some(until)),
	});
	const { records, end } = listing;
	return { records, end, complete: isWhole(listing) };
}

/** The captures and voids of a reservation. Refunds (`fund`) may have it as the parent too, and are left out. */
export function childrenOf(id: unknown, transactions: readonly IDataObject[]): IDataObject[] {
	return transactions.filter(
		({ parent_id, type }) => isText(parent_id) && parent_id === id && type !== 'fund',
	);
}

/** How much of a reservation was captured, released, and is still held, in minor units. */
export function reserved(
	{ id, amount }: IDataObject,
	transactions: readonly IDataObject[],
): { captured: number; released: number; held: number } {
	let [captured, released] = [0, 0];
	for (const child of childrenOf(id, transactions)) {
		if (child.type === 'voided') released += Number(child.amount);
		else captured += Number(child.amount);
	}
	return { captured, released, held: Number(amount) - captured - released };
}

/** The money locked by reservations on a card, in minor units; `undefined` when the card does not show it. */
export function lockedOn({
	amount_pending: pending,
	amount_balance: balance,
	amount_available: available,
}: IDataObject): number | undefined {
	if (isAmount(pending)) return Number(pending);
	return isAmount(balance) && isAmount(available) ? Number(balance) - Number(available) : undefined;
}

/**
 * Works out what transactions did. Dintero does not document whether a reservation has the type `pending_capture` and
 * its capture `drawdown`, or the reverse, nor whether a type changes later. A reservation with the type of a charge is
 * recognized by its captures and by the money locked on the card.
 * @param transactions all of the card
 * @param locked the money locked by reservations on the card, in minor units, if known
 * @returns a function for single transactions; the list is evaluated only once
 */
export function kindsIn(
	transactions: readonly IDataObject[],
	locked?: number,
): (transaction: IDataObject) => TransactionKind {
	/** What captures and voids took from each reservation. Refunds (`fund`) may have a parent too, and are left out. */
	const taken = new Map<unknown, number>();
	for (const { parent_id: parent, type, amount } of transactions)
		if (isText(parent) && type !== 'fund')
			taken.set(parent, (taken.get(parent) ?? 0) + Number(amount));
	const isCertain = ({ id, type }: IDataObject): boolean =>
		type === 'pending_capture' || taken.has(id);
	// What is locked beyond the certain reservations. It belongs to reservations with the type of a charge, and without
	// captures the whole amount of such a reservation is locked.
	let unexplained = locked;
	/** The amounts of those that may be reservations or charges, by ID. */
	const uncertain = new Map<unknown, number>();
	let ofUncertain = 0;
	for (const one of transactions) {
		const { id, parent_id, type, amount } = one;
		if (isText(parent_id) || !['pending_capture', 'drawdown'].includes(String(type))) continue;
		if (!isCertain(one)) {
			uncertain.set(id, Number(amount));
			ofUncertain += Number(amount);
		} else if (unexplained !== undefined) unexplained -= Number(amount) - (taken.get(id) ?? 0);
	}
	/** Results of `kindBySums`, by amount and whether the transaction is in the card's list. */
	const kinds = new Map<string, TransactionKind>();
	return (transaction) => {
		const { id, type, parent_id } = transaction;
		const amount = Number(transaction.amount);
		if (type === 'fund') return 'top-up';
		if (isText(parent_id)) return type === 'voided' ? 'void' : 'capture';
		switch (type) {
			case 'voided':
				return 'released';
			case 'pending_capture':
				return 'reservation';
			case 'drawdown':
				break;
			default:
				return 'unknown';
		}
		if (isCertain(transaction)) return 'reservation';
		if (unexplained === undefined) return 'unknown';
		if (unexplained < amount) return 'charge';
		if (ofUncertain - (uncertain.get(id) ?? 0) < unexplained) return 'reservation';
		const key = `${uncertain.has(id)} ${amount}`;
		const known = kinds.get(key);
		if (known !== undefined || kinds.size >= MOST_AMOUNTS) return known ?? 'unknown';
		const others = [...uncertain].filter(([other]) => other !== id).map(([, other]) => other);
		const kind = kindBySums(amount, others, unexplained);
		kinds.set(key, kind);
		return kind;
	};
}

/** The most different amounts per card for which sums are calculated; each takes thousands of steps. */
const MOST_AMOUNTS = 20;
/** With more sums than this, the kind counts as unknown. */
const MOST_SUMS = 20_000;

/** Each transaction locks its whole amount or nothing, so this checks which sums of amounts equal the locked money. */
function kindBySums(
	amount: number,
	others: readonly number[],
	unexplained: number,
): 'charge' | 'reservation' | 'unknown' {
	const sums = sumsOf(others, unexplained);
	if (!sums) return 'unknown';
	const mayBeCharge = sums.has(unexplained);
	if (mayBeCharge === sums.has(unexplained - amount)) return 'unknown';
	return mayBeCharge ? 'charge' : 'reservation';
}

/** Every sum of some of the amounts, up to a limit; `undefined` if there are too many. */
function sumsOf(amounts: readonly number[], limit: number): ReadonlySet<number> | undefined {
	const sums = new Set([0]);
	for (const amount of amounts) {
		for (const sum of [...sums]) if (sum + amount <= limit) sums.add(sum + amount);
		if (sums.size > MOST_SUMS) return undefined;
	}
	return sums;
}

/** What one transaction did, see `kindsIn`. */
export const kindOf = (
	transaction: IDataObject,
	transactions: readonly IDataObject[],
	locked?: number,
): TransactionKind => kindsIn(transactions, locked)(transaction);

/** Whether an answer is a transaction, and not an error or an empty object. */
export function isTransaction(answer: unknown): answer is IDataObject {
	const { id, amount } = (answer ?? {}) as IDataObject;
	return isText(id) && isAmount(amount) && !hasError(answer as IDataObject);
}

export const isText = (value: unknown): value is string =>
	typeof value === 'string' && value !== '';

/** Amounts may come as text. */
export const isAmount = (value: unknown): boolean =>
	(typeof value === 'number' || isText(value)) && Number.isSafeInteger(Number(value));
