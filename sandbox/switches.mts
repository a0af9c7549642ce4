/**
 * Everything that Dintero's public documentation leaves open, or contradicts itself about, is a switch here. Each
 * line: what the switch decides · the default, then the other values. docs/dintero-unknowns.md names the questions.
 * Suites run with each value; the node must work with all of them.
 */

import { checkoutSwitches } from './checkout/switches.mts';
import { flag, oneOf, value, valueOrNull, type Switch } from './switch.mts';

// prettier-ignore
export const switchTable = {
	// ---- access ----
	wrongSecret: oneOf('Token request with an unknown client or a wrong secret', 401, 400, 403),
	wrongAccount: oneOf('Token request for an account the client does not belong to', 403, 401, 400),
	wrongAudience: oneOf('Token request whose audience names another account than its path', 403, 401, 400),
	expiredToken: oneOf('Call with an access token that has expired', 401, 403),
	missingScope: oneOf('Call without the scope it needs', 403, 401),
	tokenLifetime: value('Seconds an access token lives; documented as 86400 and as 14400', 86400),
	tokenRequests: valueOrNull<number>('Calls an access token allows; null is no limit', null),
	errorCodes: flag('Errors have the optional error.code', true),
	nestedErrors: oneOf('Entries of error.errors: path as text and message, path as a list, or a description alone', 'text-path', 'list-path', 'description'),

	// ---- answers in general ----
	timestampsWithMilliseconds: flag('Timestamps show milliseconds', false),
	dateHeader: oneOf('Date header of answers: from the clock that dates cards, or missing', 'present', 'missing'),
	originatedBy: oneOf('originated_by in a request: stored, silently dropped, or refused', 'stored', 'dropped', 400),
	metadata: oneOf('metadata in a request: stored, silently dropped, or refused', 'stored', 'dropped', 400),
	numbersAsStrings: flag('Amounts in answers are strings (not documented; clients should survive it)', false),
	listOrder: oneOf('Order of every list', 'newest-first', 'oldest-first'),
	listCursor: oneOf('Cursor field of a card page: absent on the last page, always absent, or repeating forever', 'present', 'absent', 'repeating'),

	// ---- cards ----
	duplicateCard: oneOf('Creating a card whose card_id exists', 403, 400, 409, 422, 'return-existing'),
	createRecordsFund: flag('Creating a card records a first fund transaction (and so sends the event)', true),
	createRequiresTokenExpiresIn: flag('card_token without expires_in is refused on create', false),
	cardTokenLifetime: valueOrNull<number>('Seconds a card token lives when expires_in is left out; null is forever', null),
	expiryInPast: oneOf('Creating a card that has already expired', 'accept', 400),
	formatFlagsFallback: oneOf('Character classes left out while another is given', 'defaults', 'off'),
	statusAfterUse: value('Card status once money was drawn', 'used'),
	statusWhenEmpty: value('Card status when nothing is left', 'empty'),
	statusWhenExpired: valueOrNull<string>('Card status after expires_at; null keeps the last one', null),
	cardListBalances: flag('Cards in the list show their balances, as a single card does', true),
	deleteCard: oneOf('DELETE of a card: not served, or deletes it', 404, 'delete'),

	// ---- wallet settings (2026-11-30) ----
	walletSettings: oneOf('The wallet settings: available, or not yet', 'served', 404),
	walletSettingsPatch: oneOf('Answer to a change of the wallet settings: the settings, or nothing', 200, 204),
	defaultExpiryShown: flag('The answers of create and activate show an expiry that comes from the settings', true),

	// ---- batch and activation ----
	batchStatus: oneOf('Status of cards created in a batch', 'inactive', 'created'),
	batchStatusCode: oneOf('HTTP status of a batch', 200, 201),
	batchLimit: value('Maximum cards in one batch; more is a 400', 1000),
	batchPartialFailure: oneOf('One invalid card in a batch: no card is created, the earlier ones are, or all the others are', 'all-or-nothing', 'keep-earlier', 'skip-failed'),
	batchCurrency: value('Currency shown on a card before activation', 'NOK'),
	activateTwice: oneOf('Activating a card that is not inactive', 400, 403, 409, 'return-existing'),
	activationKeepsOrigin: flag('Activation keeps originated_by and metadata the card had, whatever the request says', false),

	// ---- card tokens and PIN ----
	duplicateTokenRefId: oneOf('Creating a card token with a ref_id this card has used', 'new-token', 'return-first', 'return-without-code', 400, 409),
	wrongPin: oneOf('Look-up with a wrong PIN', 403, 400, 401, 404, 'ignore'),
	missingPin: oneOf('Look-up without a PIN of a card that has one', 'allow', 400, 403),
	expiredCardToken: oneOf('Look-up or payment with an expired card token', 404, 400, 403),

	// ---- transactions ----
	duplicateRefId: oneOf('Transaction with a ref_id this card has used', 'return-first', 400, 409),
	insufficientFunds: oneOf('Drawing more than is available', 400, 402, 403, 409, 422),
	cardNotUsable: oneOf('Transaction on an inactive, expired or not yet active card', 400, 403, 409, 422),
	currencyMismatch: oneOf('Transaction in another currency than the card', 400, 403, 422),
	usedCardToken: oneOf('Second transaction with a one-transaction card token', 400, 403, 404),
	notPending: oneOf('Capture or void of a transaction that holds nothing', 400, 403, 404, 409),
	transactionPaging: oneOf('limit and starting_after of a card\'s transactions: both ignored, as in other lists, limit ignored (pages of ten), or 400 to either', 'ignored', 'taken', 'limit-ignored', 'refused'),
	transactionTypes: oneOf('Type names a reservation pending_capture and its capture drawdown, or the reverse', 'state', 'action'),

	// ---- subscriptions ----
	refuseLoopbackUrls: flag('Subscriptions to localhost are refused', false),
	refusePlainHttpUrls: flag('Subscriptions to http: addresses are refused', false),
	duplicateSubscription: oneOf('Second subscription with the same URL and events', 'allow', 400, 409),
	subscriptionLimit: valueOrNull<number>('Maximum subscriptions of an account; null is no limit', null),
	secretVisibleOnRead: flag('Answers show the value of config.secret', false),
	readsDeletedSubscriptions: flag('A deleted subscription can still be read by its id', true),
	deletedSubscriptionDeliveriesReadable: flag('Deliveries of a deleted subscription can still be listed', true),
	includeDeletedWorks: flag('include_deleted=true lists deleted subscriptions', true),

	// ---- events and deliveries ----
	eventResourceKey: oneOf('Member of the event body that holds the transaction', 'transaction', 'wallet_transaction', 'card', 'data', 'top-level'),
	eventIncludesCardId: flag('The transaction in an event has card_id', true),
	eventIncludesBalance: flag('The transaction in an event has the card\'s balances', false),
	eventBody: oneOf('JSON of the body; only the raw bytes verify when it is not compact', 'compact', 'pretty'),
	silentTransactions: value<string[]>('Transactions that send no event: create, activate, fund, drawdown, pending, capture, void', []),
	pingOnCreate: flag('A new subscription is pinged', true),
	pingSigned: flag('Pings are signed', true),
	pingCarriesSecret: flag('The subscription in a ping shows its secret value', true),
	pingFailureRefusesSubscription: flag('A subscription whose first ping fails is not created', false),
	signatureCase: oneOf('Case of the hexadecimal signature', 'lower', 'upper'),
	success: oneOf('Subscriber answers that count as delivered', '2xx', '200'),
	badRequestEndsRetries: flag('A 400 from the subscriber ends the retries', true),
	deliveryTimeoutMs: value('Wait for the subscriber; documented as 60 s and as 120 s', 60_000),
	retryDelaysMs: value<number[]>('Pauses before the second, third, ... try; spacing unknown, short here', [200, 500, 1000, 2000]),
	deliveryIdPerSubscription: flag('Each subscription gets its own event-delivery id for the same event', true),
	retryKeepsDeliveryId: flag('Retries repeat the event-delivery id', true),
	removalAfterFailures: valueOrNull<number>('Failed deliveries in a row after which a subscription is removed; null is never', 10),
	deliveryLog: oneOf('The delivery list has a line per try, one per event with the time of its last try, or one per event that appears after its last try with the time of its first', 'per-try', 'per-event', 'per-event-late'),
	deliveriesListed: value('How many deliveries the list contains', 1000),
	deliveryPaging: oneOf('limit and starting_after of the delivery list: as in other lists, limit ignored, both ignored, or 400 to either', 'taken', 'limit-ignored', 'ignored', 'refused'),
	deliveryPageSize: value('Lines of the delivery list without a limit', 10),
	unreachableStatus: value('Status in the delivery log when no answer came', 0),
	duplicateDeliveryPercent: value('Percentage of events delivered twice', 0),
	lateDeliveryPercent: value('Percentage of events delayed, so that later ones overtake them', 0),
	lateDeliveryMs: value('Maximum delay of an event, in milliseconds', 500),

	// ---- Checkout ----
	...checkoutSwitches,
} satisfies Record<string, Switch<unknown>>;

export type SwitchName = keyof typeof switchTable;
export type Switches = {
	-readonly [K in SwitchName]: (typeof switchTable)[K] extends Switch<infer T> ? T : never;
};

export function defaultSwitches(): Switches {
	const entries = Object.entries(switchTable as Record<string, Switch<unknown>>);
	return Object.fromEntries(entries.map(([name, { initial }]) => [name, initial])) as Switches;
}

/** Sets switches in place. Throws for an unknown name or value, so that a typo can't make a test pass. */
export function setSwitches(switches: Switches, changes: Partial<Switches>): void {
	for (const [name, wanted] of Object.entries(changes)) {
		const definition = (switchTable as Record<string, Switch<unknown>>)[name];
		if (!definition) throw new Error(`There is no switch named ${name}`);
		if (!accepts(definition, wanted)) {
			const allowed = definition.options?.map((option) => JSON.stringify(option)).join(', ');
			throw new Error(
				`Switch ${name} can't be ${JSON.stringify(wanted)}` + (allowed ? `, only ${allowed}` : ''),
			);
		}
	}
	Object.assign(switches, changes);
}

function accepts(definition: Switch<unknown>, wanted: unknown): boolean {
	if (definition.options) return definition.options.includes(wanted);
	if (wanted === null) return definition.nullable === true;
	if (definition.nullable) return ['number', 'string'].includes(typeof wanted);
	if (Array.isArray(definition.initial)) return Array.isArray(wanted);
	return typeof wanted === typeof definition.initial;
}
