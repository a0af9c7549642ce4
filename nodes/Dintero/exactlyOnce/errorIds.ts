import { NodeApiError, NodeOperationError, type IDataObject } from 'n8n-workflow';

import { attempt } from '../transport/attempt';

/** The card or movement an error is about. An error item contains it, so that a workflow can continue with it. */
export interface Ids {
	cardId?: string;
	refId?: string;
}

/** Adds to an error which card or movement it is about. */
export function addIds<E extends NodeApiError | NodeOperationError>(error: E, ids: Ids): E {
	error.context.dintero = { ...(error.context.dintero as IDataObject | undefined), ...ids };
	return error;
}

/** Waits for `work` and adds the IDs to its error, if it fails. */
export async function withIds<T>(ids: Ids, work: Promise<T>): Promise<T> {
	const { answer, problem } = await attempt(work);
	if (problem === undefined) return answer as T;
	if (problem instanceof NodeApiError || problem instanceof NodeOperationError)
		addIds(problem, ids);
	throw problem;
}

/** The IDs in an error. */
export function idsOf(error: unknown): string[] {
	if (!(error instanceof NodeApiError || error instanceof NodeOperationError)) return [];
	const { cardId, refId } = (error.context.dintero ?? {}) as Ids;
	return [cardId, refId].filter((id) => id !== undefined);
}
