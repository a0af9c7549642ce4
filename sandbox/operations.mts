/** The function that implements each operation of the contract. The server handles the token request itself. */
import { cardInfo, createToken, rotatePin } from './card-codes.mts';
import {
	activateCard,
	batchCards,
	createCard,
	deleteCard,
	listCards,
	listCustomerCards,
	readCard,
	readCustomerCard,
} from './cards.mts';
import { cancelSession, createSession, readSession } from './checkout/sessions.mts';
import { capturePayment, refundPayment, voidPayment } from './checkout/operations.mts';
import { listPayments, readPayment } from './checkout/payments.mts';
import { changeSettings, readSettings } from './settings.mts';
import {
	createSubscription,
	deleteSubscription,
	listDeliveries,
	listSubscriptions,
	pingSubscription,
	readDelivery,
	readSubscription,
} from './subscriptions.mts';
import {
	captureTransaction,
	createTransaction,
	listTransactions,
	voidTransaction,
} from './transactions.mts';
import type { Operation } from './context.mts';

export const operations: Record<string, Operation> = {
	aid_cards_post: createCard,
	aid_cards_get: listCards,
	aid_cards_batch_post: batchCards,
	aid_cards_cardid_get: readCard,
	simulator_cards_delete: deleteCard,
	aid_cards_cardid_activate_post: activateCard,
	aid_cards_cardid_token_post: createToken,
	aid_cards_cardid_rotate_pin_post: rotatePin,
	aid_cards_cardid_transactions_tid_get: listTransactions,
	aid_cards_token_post: cardInfo,
	aid_cards_transactions_post: createTransaction,
	aid_cards_cardid_transactions_capture_post: captureTransaction,
	aid_cards_cardid_transactions_void_post: voidTransaction,
	aid_customers_cid_cards_get: listCustomerCards,
	aid_customers_cid_card_cid_get: readCustomerCard,
	aid_wallets_settings_get: readSettings,
	aid_wallets_settings_patch: changeSettings,
	aid_source_hooks_get: listSubscriptions,
	aid_source_hooks_post: createSubscription,
	aid_source_hooks_hid_get: readSubscription,
	aid_source_hooks_hid_delete: deleteSubscription,
	aid_source_hooks_hid_ping_post: pingSubscription,
	aid_source_hooks_hid_deliveries_get: listDeliveries,
	aid_source_hooks_hid_deliveries_did_get: readDelivery,
	checkout_session_profile_post: createSession,
	checkout_session_get: readSession,
	checkout_session_cancel_post: cancelSession,
	transactions_get: listPayments,
	transactions_id_get: readPayment,
	transactions_id_capture_post: capturePayment,
	transactions_id_refund_post: refundPayment,
	transactions_id_void_post: voidPayment,
};
