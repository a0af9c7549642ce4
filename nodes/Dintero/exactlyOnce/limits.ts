import { InvalidInput } from '../domain/invalidInput';
import { decimalsOf, formatAmount, parseAmount } from '../domain/money';
import { isNothing } from '../domain/nothing';

/**
 * Checks an amount against the credential's *Spending Limit*.
 * @param minor the amount in minor units
 * @param limit in the main unit; 0 for no limit
 * @param field the label of the field that the error names
 * @throws InvalidInput when the amount is higher, or the limit is not an amount, so that a mistyped limit cannot let
 * everything through
 */
export function checkSpendingLimit(
	minor: number,
	currency: string,
	limit: unknown,
	field = 'Amount',
): void {
	if (limit === 0 || limit === '0' || limit === undefined) return;
	if (isNothing(limit))
		throw new InvalidInput(
			'Spending Limit',
			'of the credential is empty.',
			'Set it in the credential, or to 0 for no limit.',
		);
	const most = parseAmount(limit, decimalsOf(currency), 'main', 'Spending Limit');
	if (minor > most)
		throw new InvalidInput(
			field,
			`${formatAmount(minor, currency)} is more than the credential's spending limit of ${formatAmount(most, currency)}.`,
			'Lower the amount, or ask the owner of the credential to raise the limit.',
		);
}

/**
 * Checks the total of a run in each currency against *Maximum Total*, which is the same for all items.
 * @param plans of the valid items, with the limit in minor units
 * @throws InvalidInput when a total is higher
 */
export function checkMaximumTotal<Plan extends { maximumTotal?: number }>(
	plans: ReadonlyArray<Plan | undefined>,
	amountOf: (plan: Plan) => { minor: number; currency: string },
): void {
	const present = plans.filter((plan) => plan !== undefined);
	const most = present.find(({ maximumTotal }) => maximumTotal !== undefined)?.maximumTotal;
	if (most === undefined) return;
	const amounts = present.map(amountOf);
	for (const [currency, total] of totals(amounts))
		if (total > most)
			throw new InvalidInput(
				'Maximum Total',
				`The ${amounts.length === 1 ? 'one item' : `${amounts.length} items`} of this run come${amounts.length === 1 ? 's' : ''} to ${formatAmount(total, currency)}, more than ${formatAmount(most, currency)}.`,
				'Check the amounts, or raise the limit.',
			);
}

/** The sum per currency, in minor units. */
export function totals(
	amounts: ReadonlyArray<{ minor: number; currency: string }>,
): Map<string, number> {
	const sums = new Map<string, number>();
	for (const { minor, currency } of amounts) sums.set(currency, (sums.get(currency) ?? 0) + minor);
	return sums;
}
