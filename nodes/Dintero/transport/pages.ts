import type { IDataObject, INode } from 'n8n-workflow';

import { attempt } from './attempt';
import { apiError, failureOf, unreadableAnswer } from './failure';

/** Dintero's largest page (`limit` 1 to 100). */
const PAGE_SIZE = 100;
/** Dintero's page size when no `limit` is given or it is ignored. */
export const DEFAULT_PAGE_SIZE = 10;

/** A client that can read a page: `DinteroClient` or `Checkout`. */
export interface ListSource {
	/** For errors. */
	readonly node: INode;
	get(path: string, query: IDataObject): Promise<unknown>;
}

export interface ListOptions {
	/** Sent with every request. */
	query?: IDataObject;
	/** The maximum number of records to return; all when missing. */
	most?: number;
	/** Filters the records that are returned and count for `most`; the others are discarded. */
	keep?: (record: IDataObject) => boolean;
	/** Receives the new records of each page, kept or not, and returns true to stop after it. */
	enough?: (page: readonly IDataObject[]) => boolean;
	/**
	 * For lists that decide about money or events, and for lists with undocumented paging: reads until a page brings
	 * nothing new, whatever its size, and treats an answer without a list as an error instead of an empty list.
	 */
	thorough?: boolean;
	/** With `thorough`: a page with fewer records than this is the last one. 1 when missing. */
	smallestPage?: number;
}

/** How a list ended. */
export type ListEnd =
	/** Dintero has no further records. */
	| 'complete'
	/** `most` was reached, or `enough` returned true. */
	| 'enough'
	/** Dintero ignores or refuses the cursor: there may be more records that can't be reached. */
	| 'unpaged';

export interface Listing {
	/** In Dintero's order. */
	records: IDataObject[];
	end: ListEnd;
	/** The size of the last page that brought something new. */
	lastPage: number;
}

/**
 * Reads a list page by page.
 *
 * Dintero answers some lists as `{ cards: [...], starting_after: cursor }` and others as a bare array, where the
 * cursor is the last record's `id` (its documentation leaves this open). For some lists it is not documented whether
 * `limit` and `starting_after` are accepted, ignored or refused (400, 422); a refused one is left out. A repeated
 * cursor or record ends the list, so a server that ignores the cursor can't cause an endless loop.
 * @param key the member that holds the records when the answer is an object, for example `cards`
 * @throws NodeApiError
 */
export async function readList(
	source: ListSource,
	path: string,
	key: string,
	{
		query = {},
		most = Infinity,
		keep,
		enough,
		thorough = false,
		smallestPage = 1,
	}: ListOptions = {},
): Promise<Listing> {
	const records: IDataObject[] = [];
	/** IDs of all records so far. */
	const seen = new Set<unknown>();
	const cursors = new Set<string>();
	let lastPage = 0;
	let sendLimit = true;
	/** Whether a page was larger than the default, which shows that the list accepts a `limit`. */
	let acceptsLimit = false;
	let cursor: { value: string; named: boolean } | undefined;
	const ended = (end: ListEnd): Listing => ({ records, end, lastPage });
	/** For a list without a usable cursor: a page shorter than the default size is the last one. */
	const unpaged = (): Listing => ended(lastPage < DEFAULT_PAGE_SIZE ? 'complete' : 'unpaged');
	for (;;) {
		const size = keep ? PAGE_SIZE : Math.min(PAGE_SIZE, most - records.length);
		const { answer, problem } = await attempt(
			source.get(path, {
				...query,
				...(sendLimit ? { limit: size } : {}),
				...(cursor === undefined ? {} : { starting_after: cursor.value }),
			}),
		);
		if (problem !== undefined) {
			if (!refusesQuery(problem)) throw problem;
			if (sendLimit) sendLimit = false;
			else if (cursor === undefined || cursor.named) throw problem;
			else return unpaged();
			continue;
		}
		const page = recordsOf(answer, key);
		if (page === undefined && (thorough || hasAnotherList(answer)))
			throw apiError(source.node, {
				...unreadableAnswer(200),
				message: 'Dintero answered without a list',
			});
		const fresh: IDataObject[] = [];
		for (const record of page ?? []) {
			const identity = record.id ?? record.card_id;
			if (identity !== undefined && seen.has(identity)) continue;
			if (identity !== undefined) seen.add(identity);
			fresh.push(record);
			if (keep && !keep(record)) continue;
			records.push(record);
			if (records.length >= most) return ended('enough');
		}
		const length = page?.length ?? 0;
		if (length === 0) return ended('complete');
		// The page is not empty but brings nothing new, so the cursor was ignored.
		if (fresh.length === 0) return unpaged();
		lastPage = length;
		if (enough?.(fresh)) return ended('enough');
		const named = namedCursor(answer);
		// A list that gave a cursor before and gives none now has ended.
		if (named === undefined && cursor?.named) return ended('complete');
		acceptsLimit ||= length > DEFAULT_PAGE_SIZE;
		const full = thorough ? smallestPage : acceptsLimit ? size : Math.min(size, DEFAULT_PAGE_SIZE);
		if (named === undefined && length < full) return ended('complete');
		const next = named ?? text(page?.[length - 1].id);
		if (next === undefined || cursors.has(next)) return unpaged();
		cursor = { value: next, named: named !== undefined };
		cursors.add(next);
	}
}

/**
 * Whether a list that was read with `thorough` is certainly complete. A list without a usable cursor may be longer
 * when its last page has exactly one of Dintero's page sizes.
 */
export function isWhole({ end, lastPage }: Listing): boolean {
	if (end !== 'unpaged') return end === 'complete';
	return lastPage % PAGE_SIZE !== 0 && lastPage !== DEFAULT_PAGE_SIZE;
}

/** Whether Dintero refused the query parameters rather than the list itself. */
function refusesQuery(problem: unknown): boolean {
	const status = failureOf(problem)?.status;
	return status === 400 || status === 422;
}

/** `undefined` when the answer holds no list. */
function recordsOf(answer: unknown, key: string): IDataObject[] | undefined {
	const list = Array.isArray(answer) ? answer : (answer as IDataObject)[key];
	if (!Array.isArray(list)) return undefined;
	return list.filter((one) => typeof one === 'object' && one !== null) as IDataObject[];
}

/** Whether an answer holds a list under a name that is not known, so that it can't count as an empty list. */
const hasAnotherList = (answer: unknown): boolean =>
	Object.values(answer as IDataObject).some(Array.isArray);

/** The cursor of the next page if the answer gives one; bare arrays give none. */
function namedCursor(answer: unknown): string | undefined {
	const { starting_after, paging_token } = answer as IDataObject;
	return text(starting_after) ?? text(paging_token);
}

const text = (value: unknown): string | undefined =>
	typeof value === 'string' && value !== '' ? value : undefined;
