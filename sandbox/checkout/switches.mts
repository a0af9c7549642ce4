/** What Dintero Checkout's documentation leaves open, each with a switch. */
import { flag, oneOf, value, valueOrNull } from '../switch.mts';

// prettier-ignore
export const checkoutSwitches = {
	// ---- access ----
	checkoutPaths: oneOf('Where Checkout is served: /v1/…, /v1/accounts/{aid}/payments/…, or both', 'both', 'classic', 'account'),
	expiredCheckoutToken: oneOf('Checkout call with an access token that has expired', 401, 403),
	checkoutRequestsPerSecond: valueOrNull<number>('Checkout calls a second before 429; null is no limit', null),
	idempotencyKey: oneOf('A repeated Idempotency-Key header on capture, refund and void', 'ignore', 'honor'),

	// ---- sessions ----
	sessionLines: valueOrNull<number>('Maximum order lines of a session; more is a 400, null is no limit', null),
	sessionLifetime: value('Seconds until a session without expires_at closes', 14_400),
	profilePaymentTypes: value<string[]>('Payment types the profile enables besides those of the request', ['dintero_psp.creditcard']),
	profileGiftCards: flag('The profile enables gift cards by itself', false),
	profileConflicts: oneOf('Gift cards in the request, a payment type that excludes them in the profile', 'refuse', 'ignore'),
	unlistedPaymentTypes: oneOf('Gift cards together with a payment type on neither of the two lists', 'allow', 'refuse'),
	preloadedUnusableCard: oneOf('A session that offers a card which cannot pay', 'accept', 400),
	cancelRefused: oneOf('Canceling a session that is paid or canceled', 400, 403, 409, 'unchanged'),
	testAccountSms: oneOf('Status of a test account\'s SMS link, which is never sent', 'sent', 'skipped', 'failed'),

	// ---- transactions ----
	mixedPaymentType: oneOf('payment_product_type when a gift card pays a part', 'other', 'dintero.wallets'),
	checkoutListOrder: oneOf('Order of the transaction list', 'newest-first', 'oldest-first', 'by-id'),
	giftCardAmounts: oneOf('gift_cards[].amount: the part of this payment, or the card\'s whole balance (on the transaction, or everywhere)', 'part', 'whole-on-transaction', 'whole-everywhere'),
	eventCardTransaction: oneOf('events[].gift_cards[].transaction_id is the wallet transaction, or another id', 'wallet', 'other'),
	checkoutWalletMark: oneOf('How Checkout marks its own wallet transactions', 'none', 'originated_by', 'metadata'),
	checkoutRefundParent: oneOf('parent_id of a refund by Checkout to a card: missing, the capture, or the reservation', 'none', 'capture', 'reservation'),
	oneTimeTokenInCheckout: oneOf('A one-transaction card token: authorize and capture count as one, or the capture is a second', 'one', 'each'),

	// ---- capture, refund, void ----
	checkoutOperationMs: value('Milliseconds a capture, refund or void takes', 0),
	concurrentOperations: oneOf('A second operation on a transaction while one is in progress: both run, 409, or the 503 of capture', 'run', 409, 503),
	failingOperations: value<string[]>('Operations the payment processor refuses: capture, refund, void', []),
	failedOperation: oneOf('A refused operation: 4xx with nothing booked, or 200 with an event of success false', 'error', 'event'),
	acceptedOperations: value<string[]>('Operations answered with 202 and finished later: capture, refund, void', []),
	acceptedOutcome: oneOf('How an operation that was answered with 202 ends', 'success', 'failure'),
	acceptedMs: valueOrNull<number>('Milliseconds until it ends; null waits for the sandbox\'s control API', 100),
	notAllowed: oneOf('Refund or capture of more than is left, or void of nothing', 400, 403, 409, 'event'),
	unevenLines: oneOf('Lines of a capture or refund that do not add up to its amount', 'ignore', 400),
	voidAfterCapture: oneOf('Void of the rest after a part was captured: released, refused, or the card part stays reserved', 'release', 400, 'keep-card'),
	refundToDeadCard: oneOf('Refund to a card that is expired or deleted: refused, by the other method, or booked on the card', 400, 'other-method', 'book'),

	// ---- events ----
	checkoutEventBody: oneOf('The transaction in a checkout_transaction event', 'promised', 'with-status', 'whole'),
};
