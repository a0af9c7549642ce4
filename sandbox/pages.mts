/** Cursor paging: lists are read in `seq` order, and the cursor is the last row seen. */
import { ApiError } from './errors.mts';
import type { Call, SandboxContext } from './context.mts';
import type { SQLInputValue } from 'node:sqlite';

interface Paged {
	seq: number;
}

const cursorOf = (row: Paged) => Buffer.from(`after:${row.seq}`).toString('base64url');

function seqOf(cursor: string): number | undefined {
	const match = /^after:(\d+)$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
	return match ? Number(match[1]) : undefined;
}

/**
 * Reads one page. `starting_after` may be our cursor or, for lists without a cursor field, the server-generated `id`
 * of the last item.
 */
export function readPage<T extends Paged>(
	context: SandboxContext,
	call: Call,
	table: 'card' | 'movement' | 'subscription',
	where: string,
	...values: SQLInputValue[]
): { rows: T[]; cursor: string | undefined } {
	const limit = (call.query.limit as number | undefined) ?? 10;
	const given = call.query.starting_after as string | undefined;
	const newestFirst = context.switches.listOrder === 'newest-first';
	let from = newestFirst ? Number.MAX_SAFE_INTEGER : 0;
	if (given !== undefined) {
		const seq =
			seqOf(given) ??
			context.store.get<Paged>(
				`SELECT seq FROM ${table} WHERE id = ? AND ${where}`,
				given,
				...values,
			)?.seq;
		if (seq === undefined) throw new ApiError(400, 'BAD REQUEST', 'Unknown starting_after');
		from = seq;
	}
	const rows = context.store.all<T>(
		`SELECT * FROM ${table} WHERE ${where} AND seq ${newestFirst ? '<' : '>'} ?
		ORDER BY seq ${newestFirst ? 'DESC' : 'ASC'} LIMIT ?`,
		...values,
		from,
		limit + 1,
	);
	const more = rows.length > limit;
	if (more) rows.pop();
	const last = rows.at(-1);
	const style = context.switches.listCursor;
	let cursor = last && (more || style === 'repeating') ? cursorOf(last) : undefined;
	if (style === 'repeating') cursor ??= given;
	if (style === 'absent') cursor = undefined;
	return { rows, cursor };
}
