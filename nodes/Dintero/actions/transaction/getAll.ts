import type { IDataObject } from 'n8n-workflow';

import { isWithin } from '../../domain/dates';
import { WHAT_HAPPENED, whatHappenedTo, type WhatHappened } from '../../domain/transactionKind';
import { anyChoices } from '../../fields/choice';
import { filters, options } from '../../fields/collection';
import { checkTimes, dateFilter } from '../../fields/filters';
import { simplify } from '../../fields/flag';
import { returnLimit } from '../../fields/limit';
import { card } from '../../fields/locator';
import { paceOptions } from '../../fields/runOptions';
import { findCard } from '../../exactlyOnce/issueCard';
import {
	kindsIn,
	lockedOn,
	transactionsOf,
	type TransactionKind,
} from '../../exactlyOnce/transactions';
import { attempt } from '../../transport/attempt';
import type { DinteroClient } from '../../transport/client';
import { adviseOnEnd, CountingFilter } from '../listAdvice';
import { operation, type Item } from '../operation';
import { simpleTransaction } from './movement';

interface Plan {
	cardId: string;
	limit: number;
	createdAfter?: string;
	createdBefore?: string;
	/** Empty for all. */
	whatHappened: WhatHappened[];
	simplify: boolean;
	warn: Item['warn'];
}

const fields = {
	cardId: card,
	limit: returnLimit,
	filters: filters({
		createdAfter: dateFilter('createdAfter', 'Created After', 'start'),
		createdBefore: dateFilter('createdBefore', 'Created Before', 'end'),
		whatHappened: anyChoices({
			name: 'whatHappened',
			displayName: 'What Happened',
			options: WHAT_HAPPENED,
			default: [],
			description: 'Only transactions that did one of these; none means all',
		}),
	}),
	simplify,
	options: options(paceOptions),
};

export const getAll = operation<typeof fields, Plan>({
	resource: 'transaction',
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many transactions of gift card',
	description:
		'List what was drawn from a card, reserved on it and added to it, newest first; the node itself applies the filters',
	effect: 'read',
	scopes: ['admin:wallets', 'read:wallets'],
	fields,

	prepare({ cardId, limit, filters: by, simplify: simple }, { warn }) {
		checkTimes('Created', by.createdAfter, by.createdBefore);
		return { cardId, limit, ...by, simplify: simple, warn };
	},

	async run(plan, dintero) {
		const { cardId, limit, createdAfter, createdBefore, whatHappened, warn } = plan;
		// Dintero documents no order, limit or cursor for this list, so the node reads all of it, sorts it and applies the limit.
		const { records, end, complete } = await transactionsOf(dintero, cardId);
		const inTime = records.filter(({ created_at: at }) =>
			isWithin(at, createdAfter, createdBefore),
		);
		const happened = await whatHappenedIn(dintero, cardId, records, inTime, whatHappened);
		const filter = new CountingFilter((one) => {
			if (!isWithin(one.created_at, createdAfter, createdBefore)) return false;
			if (whatHappened.length === 0) return true;
			const what = happened(one);
			return what === undefined ? undefined : whatHappened.includes(what);
		});
		const found = records.filter(filter.keep).sort(newestFirst);
		filter.advise(warn, `transactions of the card '${cardId}'`, 'what they did');
		if (!complete) adviseOnEnd(warn, { end }, `transactions of the card '${cardId}'`);
		return found.slice(0, limit).map((one) => ({
			json: plan.simplify ? simpleTransaction(one, cardId, happened(one)) : one,
		}));
	},
});

const KINDS: Partial<Record<TransactionKind, WhatHappened>> = {
	charge: 'used',
	capture: 'used',
	reservation: 'reserved',
	released: 'released',
	void: 'released',
	'top-up': 'funded',
};

/**
 * Works out what transactions did. If one may be a charge or a reservation (see `kindsIn`), the money locked on the card
 * decides. The card is read only if the filter depends on it.
 * @param records all transactions of the card
 * @param inTime those that pass the time filter
 * @throws NodeApiError
 */
async function whatHappenedIn(
	dintero: DinteroClient,
	cardId: string,
	records: readonly IDataObject[],
	inTime: readonly IDataObject[],
	wanted: readonly WhatHappened[],
): Promise<(transaction: IDataObject) => WhatHappened | undefined> {
	const kindOf = kindsIn(records);
	const isUnclear = (one: IDataObject): boolean =>
		kindOf(one) === 'unknown' && whatHappenedTo(one) === 'used';
	const matters = wanted.includes('used') !== wanted.includes('reserved');
	if (!matters || !inTime.some(isUnclear))
		return (one) => KINDS[kindOf(one)] ?? whatHappenedTo(one);
	const { answer } = await attempt(findCard(dintero, cardId));
	const kindByLock = kindsIn(records, answer && lockedOn(answer));
	return (one) => KINDS[kindByLock(one)] ?? (isUnclear(one) ? undefined : whatHappenedTo(one));
}

const newestFirst = (a: IDataObject, b: IDataObject): number =>
	String(b.created_at ?? '').localeCompare(String(a.created_at ?? ''));
