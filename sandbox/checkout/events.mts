/** Checkout's webhook events, delivered in the same way as the wallet's. */
import { compact, type SandboxContext } from '../context.mts';
import { iso } from './ids.mts';
import { viewPayment } from './payments.mts';
import type { Payment, Session } from './rows.mts';

function eventBody(context: SandboxContext, payment: Payment): object {
	const { checkoutEventBody } = context.switches;
	if (checkoutEventBody === 'whole') return viewPayment(context, payment);
	return compact({
		id: payment.id,
		session_id: payment.sessionId,
		merchant_reference: payment.order.merchant_reference,
		merchant_reference_2: payment.order.merchant_reference_2,
		created_at: iso(payment.createdAt),
		updated_at: iso(payment.updatedAt),
		status: checkoutEventBody === 'with-status' ? payment.status : undefined,
	});
}

/** `checkout_transaction`: a payment was created or changed. */
export function announcePayment(context: SandboxContext, payment: Payment): void {
	if (!context.deliveries.anyoneListens(payment.account, 'checkout_transaction')) return;
	const transaction = eventBody(context, payment);
	context.deliveries.fire(payment.account, 'checkout_transaction', { transaction });
}

/** `checkout_authorization`: the payer paid, was refused, or left. */
export function announceAuthorization(
	context: SandboxContext,
	session: Session,
	{ payment, error }: { payment?: Payment; error?: 'cancelled' | 'authorization' | 'failed' },
): void {
	if (!context.deliveries.anyoneListens(session.account, 'checkout_authorization')) return;
	context.deliveries.fire(
		session.account,
		'checkout_authorization',
		compact({
			authorization: compact({
				merchant_reference: session.request.order.merchant_reference,
				session_id: session.id,
				transaction_id: payment?.id,
				error,
			}),
			transaction: payment && eventBody(context, payment),
		}),
	);
}
