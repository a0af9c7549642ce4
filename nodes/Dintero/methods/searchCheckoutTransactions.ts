import type { IDataObject, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { formatAmount } from '../domain/money';
import { checkoutOf } from '../transport/checkout';
import { openDintero } from '../transport/client';

/** Dintero's largest page. */
const SHOWN = 100;

/** Payments for a searchable list; Dintero itself searches by order number, ID, e-mail, phone number and name. */
export async function searchCheckoutTransactions(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const search = filter?.trim() ?? '';
	const dintero = await openDintero(this, { scopes: ['admin:checkout', 'read:checkout'] });
	const answer = await checkoutOf(dintero).get('transactions', {
		limit: SHOWN,
		...(search === '' ? {} : { search }),
	});
	const payments = Array.isArray(answer) ? (answer as IDataObject[]) : [];
	return { results: payments.sort(newestFirst).map(entry) };
}

const newestFirst = (a: IDataObject, b: IDataObject): number =>
	String(b.created_at ?? '').localeCompare(String(a.created_at ?? ''));

function entry({ id, merchant_reference, amount, currency, status }: IDataObject) {
	const minor = Number(amount);
	const about = [
		Number.isSafeInteger(minor) ? formatAmount(minor, String(currency ?? '')) : undefined,
		status,
	].filter(Boolean);
	return {
		name: `${String(merchant_reference ?? id)} (${about.join(', ')})`,
		value: String(id),
	};
}
