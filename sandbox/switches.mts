/**
 * Everything Dintero's public material leaves open, or says twice in different ways, is a switch here.
 * Each line: section of the API reference · what the switch decides · default first, then the others.
 * Suites run both ways; the node must hold whichever way it turns out.
 */

interface Switch<T> {
	readonly section: string;
	readonly note: string;
	readonly initial: T;
	/** The allowed values; absent where any value of the default's type will do. */
	readonly options?: readonly T[];
	/** Also allowed, besides the default's type. */
	readonly nullable?: boolean;
}

const oneOf = <const T extends readonly [unknown, unknown, ...unknown[]]>(
	section: string,
	note: string,
	...options: T
): Switch<T[number]> => ({ section, note, initial: options[0], options });
const flag = (section: string, note: string, initial: boolean): Switch<boolean> => ({
	section,
	note,
	initial,
	options: [true, false],
});
const value = <T,>(section: string, note: string, initial: T): Switch<T> => ({
	section,
	note,
	initial,
});
const valueOrNull = <T,>(section: string, note: string, initial: T | null): Switch<T | null> => ({
	section,
	note,
	initial,
	nullable: true,
});

// prettier-ignore
export const switchTable = {
	// ---- access ----
	wrongSecret: oneOf('2.1', 'Token request with an unknown client or a wrong secret', 401, 400, 403),
	wrongAccount: oneOf('2.1', 'Token request for an account the client does not belong to', 403, 401, 400),
	wrongAudience: oneOf('2.1', 'Token request whose audience names another account than its path', 403, 401, 400),
	expiredToken: oneOf('2.1', 'Call with an access token that has expired', 401, 403),
	missingScope: oneOf('2.2', 'Call without the scope it needs', 403, 401),
	tokenLifetime: value('2.1', 'Seconds an access token lives; documented as 86400 and as 14400', 86400),
	tokenRequests: valueOrNull<number>('2.1', 'Calls an access token is good for; null is no limit', null),
	errorCodes: flag('1.2', 'Errors carry the optional error.code', true),

	// ---- answers in general ----
	timestampsWithMilliseconds: flag('1', 'Timestamps show milliseconds', false),
	numbersAsStrings: flag('1', 'Amounts in answers are strings (not documented; clients should survive it)', false),
	listOrder: oneOf('1.4', 'Order of every list', 'newest-first', 'oldest-first'),
	listCursor: oneOf('1.4', 'Cursor field of a card page: absent on the last page, never there, or repeating for ever', 'present', 'absent', 'repeating'),

	// ---- cards ----
	duplicateCard: oneOf('4.1', 'Creating a card whose card_id is taken', 403, 400, 409, 422, 'return-existing'),
	createRecordsFund: flag('4.1', 'Creating a card records a first fund transaction (and so fires the event)', true),
	createRequiresTokenExpiresIn: flag('3.4', 'card_token without expires_in is refused on create', false),
	cardTokenLifetime: valueOrNull<number>('3.4', 'Seconds a card token lives when expires_in is left out; null is for ever', null),
	expiryInPast: oneOf('3.1', 'Creating a card that has expired already', 'accept', 400),
	formatFlagsFallback: oneOf('3.2', 'Character classes left out while another is given', 'defaults', 'off'),
	statusAfterUse: value('7', 'Card status once money was drawn', 'used'),
	statusWhenEmpty: value('7', 'Card status once nothing is left', 'empty'),
	statusWhenExpired: valueOrNull<string>('7', 'Card status after expires_at; null keeps the last one', null),
	deleteCard: oneOf('4.4', 'DELETE of a card: not served, or deletes it', 404, 'delete'),

	// ---- batch and activation ----
	batchStatus: oneOf('4.5', 'Status of batch-made cards', 'inactive', 'created'),
	batchStatusCode: oneOf('4.5', 'HTTP status of a batch', 200, 201),
	batchLimit: value('4.5', 'Most cards in one batch; more is a 400', 1000),
	batchPartialFailure: oneOf('4.5', 'One bad card in a batch: nothing is made, the earlier ones are, or all the others are', 'all-or-nothing', 'keep-earlier', 'skip-failed'),
	batchCurrency: value('4.5', 'Currency shown on a card before activation', 'NOK'),
	activateTwice: oneOf('4.6', 'Activating a card that is not inactive', 400, 403, 409),

	// ---- card tokens and PIN ----
	duplicateTokenRefId: oneOf('4.7', 'Creating a card token with a ref_id this card has used', 'new-token', 'return-first', 'return-without-code', 400, 409),
	wrongPin: oneOf('4.9', 'Look-up with a wrong PIN', 403, 400, 401, 404, 'ignore'),
	missingPin: oneOf('4.9', 'Look-up without a PIN of a card that has one', 'allow', 400, 403),
	expiredCardToken: oneOf('4.9', 'Look-up or payment with an expired card token', 404, 400, 403),

	// ---- transactions ----
	duplicateRefId: oneOf('4.10', 'Transaction with a ref_id this card has used', 'return-first', 400, 409),
	insufficientFunds: oneOf('4.10', 'Drawing more than is available', 400, 402, 403, 409, 422),
	cardNotUsable: oneOf('4.10', 'Transaction on an inactive, expired or not yet active card', 400, 403, 409, 422),
	currencyMismatch: oneOf('4.10', 'Transaction in another currency than the card', 400, 403, 422),
	usedCardToken: oneOf('3.4', 'Second transaction with a one-transaction card token', 400, 403, 404),
	notPending: oneOf('4.11', 'Capture or void of a transaction that holds nothing', 400, 403, 404, 409),
	transactionTypes: oneOf('3.6', 'Type names a reservation pending_capture and its capture drawdown, or the reverse', 'state', 'action'),

	// ---- subscriptions ----
	refuseLoopbackUrls: flag('5.1', 'Subscriptions to localhost are refused', false),
	refusePlainHttpUrls: flag('5.1', 'Subscriptions to http: addresses are refused', false),
	duplicateSubscription: oneOf('5.3', 'Second subscription with the same URL and events', 'allow', 400, 409),
	subscriptionLimit: valueOrNull<number>('5.3', 'Most subscriptions of an account; null is no limit', null),
	secretVisibleOnRead: flag('5.2', 'Answers show the value of config.secret', false),
	readsDeletedSubscriptions: flag('5.3', 'A deleted subscription can still be read by its id', true),
	deletedSubscriptionDeliveriesReadable: flag('5.3', 'Deliveries of a deleted subscription can still be listed', true),
	includeDeletedWorks: flag('5.3', 'include_deleted=true lists deleted subscriptions', true),

	// ---- events and deliveries ----
	eventResourceKey: oneOf('6.4', 'Member of the event body that holds the transaction', 'transaction', 'wallet_transaction', 'card', 'data', 'top-level'),
	eventIncludesCardId: flag('6.4', 'The transaction in an event carries card_id', true),
	eventIncludesBalance: flag('6.4', 'The transaction in an event carries the balances of the card', false),
	eventBody: oneOf('6.2', 'JSON of the body; only the raw bytes verify when it is not compact', 'compact', 'pretty'),
	silentTransactions: value<string[]>('6.4', 'Transactions that fire no event: create, activate, fund, drawdown, pending, capture, void', []),
	pingOnCreate: flag('6.3', 'A new subscription is pinged', true),
	pingSigned: flag('6.2', 'Pings are signed', true),
	pingCarriesSecret: flag('6.3', 'The subscription in a ping shows its secret value', true),
	pingFailureRefusesSubscription: flag('5.3', 'A subscription whose first ping fails is not made', false),
	signatureCase: oneOf('6.2', 'Case of the hexadecimal signature', 'lower', 'upper'),
	success: oneOf('6.5', 'Subscriber answers that count as delivered', '2xx', '200'),
	badRequestEndsRetries: flag('6.5', 'A 400 from the subscriber ends the retries', true),
	deliveryTimeoutMs: value('6.5', 'Wait for the subscriber; documented as 60 s and as 120 s', 60_000),
	retryDelaysMs: value<number[]>('6.5', 'Pauses before the second, third, ... try; spacing unknown, short here', [200, 500, 1000, 2000]),
	deliveryIdPerSubscription: flag('6.2', 'Each subscription gets its own event-delivery id for the same event', true),
	retryKeepsDeliveryId: flag('6.2', 'Retries repeat the event-delivery id', true),
	removalAfterFailures: valueOrNull<number>('6.5', 'Failed deliveries in a row after which a subscription is removed; null is never', 10),
	deliveryLog: oneOf('5.3', 'The delivery list has a line per try, or one per event', 'per-try', 'per-event'),
	deliveriesListed: value('5.3', 'Most deliveries the list shows', 1000),
	unreachableStatus: value('5.3', 'Status in the delivery log when no answer came', 0),
	duplicateDeliveryPercent: value('6.5', 'Share of events delivered twice', 0),
	lateDeliveryPercent: value('6.5', 'Share of events held back, and so overtaken by later ones', 0),
	lateDeliveryMs: value('6.5', 'Longest time an event is held back', 500),
} satisfies Record<string, Switch<unknown>>;

export type SwitchName = keyof typeof switchTable;
export type Switches = {
	-readonly [K in SwitchName]: (typeof switchTable)[K] extends Switch<infer T> ? T : never;
};

export function defaultSwitches(): Switches {
	const entries = Object.entries(switchTable as Record<string, Switch<unknown>>);
	return Object.fromEntries(entries.map(([name, { initial }]) => [name, initial])) as Switches;
}

/** Sets switches in place. Throws on an unknown name or value, so that a typo never passes for a test. */
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
