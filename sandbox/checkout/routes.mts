/** The control API for Checkout, used by the payment page and the sandbox's page, under `/_sandbox/checkout/`. */
import type { AdminCall } from '../admin.mts';
import { held, kept } from './operations.mts';
import type { CheckoutHandle, GiftCardCodes, PayWith } from './handle.mts';
import type { OperationKind, Payment } from './rows.mts';

export function checkoutRoutes(
	checkout: CheckoutHandle,
): Record<string, (call: AdminCall) => unknown> {
	return {
		'GET /checkout/pages/:id': ({ params }) => checkout.visit(params.id),
		'POST /checkout/pages/:id/unlock': ({ params, body }) => ({
			cardPart: checkout.unlock(params.id, body as GiftCardCodes),
		}),
		'POST /checkout/pages/:id/pay': ({ params, body }) => {
			const { id, status } = checkout.pay(params.id, body as PayWith);
			return { id, status };
		},
		'POST /checkout/pages/:id/leave': ({ params }) => checkout.abandon(params.id),
		'GET /checkout/payments': () => checkout.payments().reverse().slice(0, 50).map(view),
		'POST /checkout/payments/:id/decide': ({ params, body }) =>
			view(checkout.decide(params.id, body.authorized === true)),
		'POST /checkout/payments/:id/:kind': async ({ params, body }) => {
			await checkout.operate(params.kind as OperationKind, params.id, amountOf(body.amount));
			return view(checkout.payment(params.id) as Payment);
		},
		'GET /checkout/sessions': () => checkout.sessions().reverse().slice(0, 50),
		'POST /checkout/finish': () => checkout.finishOperations(),
		'GET /checkout/audit': () => checkout.audit(),
	};
}

const amountOf = (amount: unknown) => (amount === undefined ? undefined : Number(amount));

const view = ({ id, status, amount, currency, order, card, other, createdAt }: Payment) => ({
	id,
	status,
	amount,
	currency,
	reference: order.merchant_reference,
	card,
	other,
	/** What can still be captured and refunded. */
	held: held(card) + held(other),
	kept: kept(card) + kept(other),
	createdAt,
});
