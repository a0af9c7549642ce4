import type { IDataObject, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { formatAmount } from '../domain/money';
import { openDintero } from '../transport/client';
import { readList } from '../transport/pages';

/** Dintero has no search for cards, so the first thousand are read and filtered here. */
const MAX_READ = 1000;

/** The cards for a searchable list, with ID, name and balance; matched by ID, name and customer ID. */
export async function searchCards(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const dintero = await openDintero(this, { scopes: ['admin:wallets', 'read:wallets'] });
	const wanted = filter?.trim().toLowerCase() ?? '';
	const { records } = await readList(dintero, 'wallets/cards', 'cards', {
		most: wanted === '' ? 100 : MAX_READ,
	});
	return cardResults(records, wanted);
}

/** Cards as list entries, filtered by ID, name and customer ID. */
export function cardResults(cards: IDataObject[], filter = ''): INodeListSearchResult {
	const wanted = filter.trim().toLowerCase();
	return { results: cards.filter((card) => matches(card, wanted)).map(entry) };
}

function matches(card: IDataObject, wanted: string): boolean {
	return [card.card_id, card.name, card.customer_id].some((text) =>
		String(text ?? '')
			.toLowerCase()
			.includes(wanted),
	);
}

function entry(card: IDataObject): { name: string; value: string } {
	const available = Number(card.amount_available ?? card.amount_balance);
	const balance = Number.isSafeInteger(available)
		? formatAmount(available, String(card.currency ?? ''))
		: undefined;
	const about = [card.name, balance].filter(Boolean).join(', ');
	return {
		name: about === '' ? String(card.card_id) : `${String(card.card_id)} (${about})`,
		value: String(card.card_id),
	};
}
