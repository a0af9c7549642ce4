import { hash } from 'crypto';

import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

/**
 * Where a card comes from, from the point of view of n8n: one item of one run of one node in one execution.
 *
 * All of it stays the same when n8n retries the node in the same execution (Retry On Fail), so the same item finds
 * the card it made before. Two items, or two runs of a loop, never share it, so two intended identical cards are two.
 */
export interface Origin {
	/** A card ID for an item without one of its own, for example `n8n-1234-7-k3v9x2m4qzra`. */
	readonly cardId: string;
	/** Written on the card at Dintero; tells this item's own earlier attempt from anybody else's card. */
	readonly mark: string;
	/** When this run of the node first began in this execution, in milliseconds since 1970; n8n's retries keep it. */
	readonly firstTriedAt: number;
	/** A reference for one step of this item (a transaction, a token), at most 64 characters. */
	reference(step: string): string;
}

/** The metadata key that holds the mark when a person fills *Originated By* with words of their own. */
export const MARK_KEY = 'n8n_origin';

/** Crockford's base 32: no letter that is read as a digit, safe in every file name, URL and barcode. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

function fingerprint(...parts: Array<string | number>): string {
	const bytes = hash('sha256', JSON.stringify(parts), 'buffer');
	let print = '';
	for (const byte of bytes.subarray(0, 16)) print += ALPHABET[byte % 32];
	return print;
}

/**
 * The origins of a run's items.
 * @param resumeExecutionId the execution to continue instead of this one, see *Resume Execution ID*
 */
export function originsOf(
	context: IExecuteFunctions,
	resumeExecutionId?: string,
): (itemIndex: number) => Origin {
	const executionId = resumeExecutionId || context.getExecutionId();
	const runIndex = Number(context.getWorkflowDataProxy(0).$runIndex ?? 0);
	const place = [
		context.getInstanceId(),
		context.getWorkflow().id ?? '',
		executionId,
		context.getNode().id,
		runIndex,
	];
	return (itemIndex) => {
		const number = itemIndex + 1;
		const print = fingerprint(...place, itemIndex);
		return {
			cardId: `n8n-${executionId}-${number}-${print.slice(0, 12)}`,
			mark: `n8n execution ${executionId}, item ${number} [${print}]`,
			get firstTriedAt() {
				return firstTry(context, runIndex);
			},
			reference: (step) =>
				`n8n-${executionId}-${number}-${fingerprint(print, step).slice(0, 12)}`.slice(0, 64),
		};
	};
}

/** n8n keeps a node's context with the execution, also when Retry On Fail runs the node again. */
function firstTry(context: IExecuteFunctions, runIndex: number): number {
	const memory = context.getContext('node');
	const known = memory.firstTry as { runIndex: number; at: number } | undefined;
	if (known?.runIndex === runIndex) return known.at;
	const at = Date.now();
	memory.firstTry = { runIndex, at };
	return at;
}

/** Puts the mark on a request: as `originated_by`, or in the metadata where a person uses that field themselves. */
export function markRequest<T extends IDataObject>(request: T, mark: string): T {
	if (request.originated_by === undefined) return { ...request, originated_by: mark };
	return {
		...request,
		metadata: { ...(request.metadata as IDataObject | undefined), [MARK_KEY]: mark },
	};
}

/** Whether a record read from Dintero carries this mark. */
export function hasMark(record: IDataObject, mark: string): boolean {
	return (
		record.originated_by === mark ||
		(record.metadata as IDataObject | undefined)?.[MARK_KEY] === mark
	);
}

/**
 * Whether the answer to a marked request describes what somebody else made or did before: a server may answer a
 * repeated ID or reference so. A record that shows no mark at all tells nothing.
 */
export function isAnothers(record: IDataObject, request: IDataObject, mark: string): boolean {
	if (hasMark(record, mark)) return false;
	return request.originated_by === mark
		? record.originated_by !== undefined
		: record.metadata !== undefined;
}
