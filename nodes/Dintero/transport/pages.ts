import type { IDataObject } from 'n8n-workflow';

import type { Dintero } from './client';

/** Dintero's largest page (wallets and hooks API: `limit` 1 to 100). */
const PAGE_SIZE = 100;

/**
 * The records of a list, page by page, to its end or to `limit` records.
 *
 * Dintero answers some lists as `{ cards: [...], starting_after: cursor }` and others as a bare array, where the
 * cursor is the last record's `id` (its documentation leaves this open). A cursor or a record that comes a second
 * time ends the list, so a server that ignores the cursor cannot keep us reading for ever.
 * @param key the member that holds the records when the answer is an object, for example `cards`
 */
export async function list(
	dintero: Dintero,
	path: string,
	key: string,
	limit: number,
	query: IDataObject = {},
): Promise<IDataObject[]> {
	const records: IDataObject[] = [];
	const seen = new Set<unknown>();
	const cursors = new Set<string>();
	let cursor: string | undefined;
	while (records.length < limit) {
		const size = Math.min(PAGE_SIZE, limit - records.length);
		const answer = await dintero.get(path, {
			...query,
			limit: size,
			...(cursor === undefined ? {} : { starting_after: cursor }),
		});
		const page = recordsOf(answer, key);
		let fresh = 0;
		for (const entry of page) {
			const identity = entry.id ?? entry.card_id;
			if (identity !== undefined && seen.has(identity)) continue;
			if (identity !== undefined) seen.add(identity);
			fresh++;
			if (records.length < limit) records.push(entry);
		}
		const next = nextCursor(answer, page, size);
		if (next === undefined || fresh === 0 || cursors.has(next)) break;
		cursors.add(next);
		cursor = next;
	}
	return records;
}

function recordsOf(answer: unknown, key: string): IDataObject[] {
	const value = Array.isArray(answer) ? answer : (answer as IDataObject)[key];
	return Array.isArray(value) ? (value as IDataObject[]) : [];
}

function nextCursor(answer: unknown, page: IDataObject[], size: number): string | undefined {
	if (!Array.isArray(answer)) {
		const { starting_after, paging_token } = answer as IDataObject;
		const cursor = starting_after ?? paging_token;
		return typeof cursor === 'string' && cursor !== '' ? cursor : undefined;
	}
	const last = page[page.length - 1]?.id;
	return page.length >= size && typeof last === 'string' ? last : undefined;
}
