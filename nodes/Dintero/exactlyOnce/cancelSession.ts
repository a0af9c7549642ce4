import type { IDataObject } from 'n8n-workflow';

import { describeOrder, readOrder } from '../domain/order';
import { attempt, reasonOf } from '../transport/attempt';
import { checkoutOf, type Checkout } from '../transport/checkout';
import { segment, type DinteroClient } from '../transport/client';
import { failureOf } from '../transport/failure';
import { operationError } from '../transport/operationError';
import { backoff } from '../transport/retry';
import type { MoveOutcome } from './moveMoney';
import { readTransaction } from './settleOrder';

/** What to do when the order is authorized but not captured. */
export type IfAuthorized = 'stop' | 'void';

const TRIES = 4;

/**
 * Cancels a payment session. Canceling twice changes nothing, so it may be repeated; after a lost answer the node reads
 * the session first. Dintero voids an authorized payment together with its session, so that needs `ifAuthorized`.
 * @throws NodeApiError when Dintero refuses, NodeOperationError when the order is paid
 */
export async function cancelSession(
	dintero: DinteroClient,
	id: string,
	ifAuthorized: IfAuthorized,
): Promise<{ session: IDataObject; outcome: MoveOutcome }> {
	const checkout = checkoutOf(dintero);
	const path = `sessions/${segment(id) ?? ''}`;
	const read = async () => await checkout.getRecord(path, id);
	const session = await read();
	if (session.cancelled_at) return { session, outcome: 'alreadyDone' };
	await refusePaid(checkout, session, ifAuthorized);
	let inDoubt = false;
	for (let tries = 1; ; tries++) {
		const { answer, problem } = await attempt(checkout.post(`${path}/cancel`, undefined, 'unsafe'));
		const shown = (answer?.body.id ?? id) === id;
		if (shown && answer?.body.cancelled_at) return { session: answer.body, outcome: 'done' };
		const failure = failureOf(problem);
		if (failure?.outcome === 'notSent' && !inDoubt) throw problem;
		inDoubt ||= failure?.outcome !== 'refused';
		const after = await attempt(read());
		if (after.answer?.cancelled_at)
			return { session: after.answer, outcome: inDoubt ? 'recovered' : 'alreadyDone' };
		if (failure?.outcome === 'refused' && !(tries === 1 && failure.status === 403)) {
			// If it has been paid meanwhile, say that: it explains Dintero's refusal.
			if (after.answer) await refusePaid(checkout, after.answer, 'stop');
			throw problem;
		}
		if (tries >= TRIES || after.problem !== undefined)
			throw operationError(
				dintero.node,
				`Dintero did not say whether the payment session was canceled (${reasonOf(after.problem ?? problem)})`,
				'You can run it again: the node checks first, and canceling twice changes nothing.',
			);
		await dintero.pause(backoff(tries, Math.random()));
	}
}

/** @throws NodeOperationError when the order is paid, unless it is only authorized and may be voided */
async function refusePaid(
	checkout: Checkout,
	{ transaction_id: id }: IDataObject,
	ifAuthorized: IfAuthorized,
): Promise<void> {
	if (typeof id !== 'string' || id === '') return;
	const order = readOrder(await readTransaction(checkout, id));
	if (['INITIATED', 'DECLINED', 'FAILED', 'AUTHORIZATION_VOIDED'].includes(order.status)) return;
	const authorized = order.status === 'AUTHORIZED' && order.captured === 0;
	if (authorized && ifAuthorized === 'void') return;
	throw operationError(
		checkout.dintero.node,
		authorized
			? 'The customer has paid this order; canceling the link would release the money'
			: 'The order of this link is paid, so it cannot be canceled',
		`Dintero shows: ${describeOrder(order)} (${order.status}). The link was not canceled. ${
			authorized
				? "Set 'If the Customer Has Paid' to void the payment, or leave the order as it is."
				: "Use 'Checkout Transaction: Refund' to give money back."
		}`,
	);
}
