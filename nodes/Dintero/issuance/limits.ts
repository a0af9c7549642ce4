import { InvalidInput } from '../domain/invalidInput';
import { decimalsOf, formatAmount, parseAmount } from '../domain/money';

/**
 * Holds one amount against the credential's *Spending Limit*, before anything is sent.
 * @param minor the amount in minor units
 * @param limit in the main unit; 0, empty or missing for none
 * @throws InvalidInput when the amount is higher, or the limit cannot be read (then nothing is spent)
 */
export function checkSpendingLimit(
	minor: number,
	currency: string,
	limit: unknown,
	field = 'Amount',
): void {
	if (isNone(limit)) return;
	const most = parseAmount(limit, decimalsOf(currency), 'main', 'Spending Limit');
	if (minor > most)
		throw new InvalidInput(
			field,
			`${formatAmount(minor, currency)} is more than the credential's spending limit of ${formatAmount(most, currency)}.`,
			'Lower the amount, or ask the owner of the credential to raise its limit.',
		);
}

/**
 * Holds the totals of a run, currency by currency, against *Maximum Total*.
 * @param amounts of all items that would be done
 * @throws InvalidInput when a total is higher
 */
export function checkMaximumTotal(
	amounts: ReadonlyArray<{ minor: number; currency: string }>,
	limit: unknown,
): void {
	if (isNone(limit)) return;
	for (const [currency, total] of totals(amounts)) {
		const most = parseAmount(limit, decimalsOf(currency), 'main', 'Maximum Total');
		if (total > most)
			throw new InvalidInput(
				'Maximum Total',
				`The ${amounts.length} items of this run come to ${formatAmount(total, currency)}, more than ${formatAmount(most, currency)}.`,
				'Check the amounts, or raise it.',
			);
	}
}

/** Minor units per currency. */
export function totals(
	amounts: ReadonlyArray<{ minor: number; currency: string }>,
): Map<string, number> {
	const sums = new Map<string, number>();
	for (const { minor, currency } of amounts) sums.set(currency, (sums.get(currency) ?? 0) + minor);
	return sums;
}

function isNone(limit: unknown): boolean {
	return limit === undefined || limit === null || limit === '' || limit === 0 || limit === '0';
}
