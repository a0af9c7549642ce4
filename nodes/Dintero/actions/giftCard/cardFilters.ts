import type { IDataObject } from 'n8n-workflow';

import { isWithin } from '../../domain/dates';
import { CURRENCY_DECIMALS } from '../../domain/money';
import { visibleText } from '../../domain/nothing';
import { cardType } from '../../fields/card';
import { anyChoices } from '../../fields/choice';
import { filters } from '../../fields/collection';
import type { ValuesOf } from '../../fields/field';
import {
	amountFilter,
	checkAmounts,
	checkTimes,
	dateFilter,
	referenceFilter,
} from '../../fields/filters';
import { amountOf, statusOf } from '../../exactlyOnce/cardState';

/**
 * Filters for lists of gift cards. Dintero documents two filters for cards, `include_deleted` and `amount_available`, but
 * only by name: one that means something else than we think would hide cards. So the node sends none and filters every
 * card itself.
 */

const STAGES = [
	{ name: 'Empty', value: 'empty', description: 'Nothing is left of its money' },
	{ name: 'Expired', value: 'expired', description: 'Whatever is left on it' },
	{ name: 'Inactive', value: 'inactive', description: 'From a batch, and not activated yet' },
	{ name: 'Partly Used', value: 'partlyUsed', description: 'Some of its money is left' },
	{ name: 'Unused', value: 'unused', description: 'All of its money is left' },
] as const;

const fields = {
	cardTypes: anyChoices({
		name: 'cardTypes',
		displayName: 'Card Types',
		options: [
			{ name: 'Credit Note', value: 'credit_note' },
			{ name: 'Gift Card', value: 'gift_card' },
		],
		default: [],
		description: 'Only cards of these types; none means all',
	}),
	createdAfter: dateFilter('createdAfter', 'Created After', 'start'),
	createdBefore: dateFilter('createdBefore', 'Created Before', 'end'),
	currencies: anyChoices({
		name: 'currencies',
		displayName: 'Currencies',
		options: (Object.keys(CURRENCY_DECIMALS) as Array<keyof typeof CURRENCY_DECIMALS>).map(
			(code) => ({ name: code, value: code }),
		),
		default: [],
		description: 'Only cards in these currencies; none means all',
	}),
	customerId: referenceFilter({
		name: 'customerId',
		displayName: 'Customer ID',
		placeholder: 'e.g. customer-77',
		description: 'Only cards of the customer with this ID',
	}),
	dinteroStatus: referenceFilter({
		name: 'dinteroStatus',
		displayName: 'Dintero Status',
		placeholder: 'e.g. unused',
		description:
			"Only cards whose status is exactly this text. Dintero does not list the statuses it uses, so 'Statuses' is the safer filter.",
	}),
	expiresAfter: dateFilter('expiresAfter', 'Expires After', 'start'),
	expiresBefore: dateFilter('expiresBefore', 'Expires Before', 'end'),
	maximumBalance: amountFilter({
		name: 'maximumBalance',
		displayName: 'Maximum Balance',
		placeholder: 'e.g. 100',
		description:
			"Only cards with this much on them or less, in kroner or euros: 100 means 100.00 of the card's currency",
	}),
	minimumBalance: amountFilter({
		name: 'minimumBalance',
		displayName: 'Minimum Balance',
		placeholder: 'e.g. 0.01',
		description:
			"Only cards with this much on them or more, in kroner or euros: 100 means 100.00 of the card's currency",
	}),
	nameContains: referenceFilter({
		name: 'nameContains',
		displayName: 'Name Contains',
		placeholder: 'e.g. Summer',
		description: 'Only cards whose name has this text in it, in upper or lower case',
	}),
	statuses: anyChoices({
		name: 'statuses',
		displayName: 'Statuses',
		options: STAGES,
		default: [],
		description:
			'Only cards in one of these; none means all. The node works them out from balance and dates.',
	}),
};

export const cardFilters = filters(fields);

/** Whether a card passes; `undefined` if the card does not show a value that a filter needs. */
export type CardFilter = (
	card: IDataObject,
	hasPassed: (moment: unknown) => boolean,
) => boolean | undefined;

/**
 * Combines the filters.
 * @returns `undefined` when there are none
 * @throws InvalidInput for bounds that no card can meet
 */
export function cardFilterOf(by: ValuesOf<typeof fields>): CardFilter | undefined {
	checkTimes('Created', by.createdAfter, by.createdBefore);
	checkTimes('Expires', by.expiresAfter, by.expiresBefore);
	checkAmounts('Balance', by.minimumBalance, by.maximumBalance);
	const tests: CardFilter[] = [];
	const anyOf = (wanted: readonly string[], member: (card: IDataObject) => unknown): void => {
		if (wanted.length > 0) tests.push((card) => wanted.includes(String(member(card))));
	};
	const same = (wanted: string | undefined, name: string): void => {
		if (wanted !== undefined)
			tests.push((card) => String(card[name] ?? '').normalize('NFC') === wanted);
	};
	// A card that names no type is a gift card.
	anyOf(by.cardTypes, ({ type }) => type ?? cardType.properties[0].default);
	anyOf(by.currencies, ({ currency }) => currency);
	same(by.customerId, 'customer_id');
	same(by.dinteroStatus, 'status');
	for (const [name, from, until] of [
		['created_at', by.createdAfter, by.createdBefore],
		['expires_at', by.expiresAfter, by.expiresBefore],
	] as const)
		if (from !== undefined || until !== undefined)
			tests.push((card) => isWithin(card[name], from, until));
	if (by.nameContains !== undefined) {
		const part = folded(by.nameContains);
		tests.push(({ name }) => folded(name).includes(part));
	}
	const { minimumBalance: least = 0, maximumBalance: most = Infinity } = by;
	if (by.minimumBalance !== undefined || by.maximumBalance !== undefined)
		tests.push((card) => {
			const balance = amountOf(card.amount_balance);
			return balance === undefined ? undefined : balance >= least && balance <= most;
		});
	if (by.statuses.length > 0)
		tests.push((card, hasPassed) => {
			const status = statusOf(card, hasPassed);
			return status === undefined ? undefined : by.statuses.includes(status);
		});
	if (tests.length === 0) return undefined;
	return (card, hasPassed) => {
		let verdict: boolean | undefined = true;
		for (const test of tests) {
			const passed = test(card, hasPassed);
			if (passed === false) return false;
			if (passed === undefined) verdict = undefined;
		}
		return verdict;
	};
}

const folded = (text: unknown): string => visibleText(String(text ?? '')).toLowerCase();
