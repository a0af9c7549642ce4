/** Capture, refund and void by the shop's staff, with the same rules as the API. */
import { readyMadeAccount } from '../accounts.mts';
import { Answer, type Call, type SandboxContext } from '../context.mts';
import { capturePayment, refundPayment, voidPayment } from './operations.mts';
import type { OperationKind, SessionRequest } from './rows.mts';
import { createSession } from './sessions.mts';

const operations = { capture: capturePayment, refund: refundPayment, void: voidPayment };

/** @param amount minor units; missing for a void */
export async function backoffice(
	context: SandboxContext,
	accountId: string,
	kind: OperationKind,
	id: string,
	amount?: number,
	items?: Array<{ line_id: string; amount: number }>,
): Promise<unknown> {
	const body = { ...(amount === undefined ? {} : { amount }), ...(items ? { items } : {}) };
	const answer = await operations[kind](context, callOf(accountId, body, { id }));
	return answer instanceof Answer ? answer.body : answer;
}

/**
 * Creates a session as another system of the shop would.
 * @returns its ID
 */
export function sessionOf(
	context: SandboxContext,
	accountId: string,
	request: SessionRequest,
): string {
	return (createSession(context, callOf(accountId, request)) as { id: string }).id;
}

const callOf = (accountId: string, body: object, params: Record<string, string> = {}): Call => ({
	accountId,
	client: { ...readyMadeAccount, clientId: 'sandbox-backoffice' },
	params,
	query: {},
	body,
	headers: {},
	origin: '',
});
