/** Which account the live check works on, and what it refuses. */

export const DINTERO = 'https://api.dintero.com/v1';

export interface LiveAccount {
	accountId: string;
	clientId: string;
	clientSecret: string;
	baseUrl: string;
	/** A public address that answers anything; what Dintero sends there is read from its own delivery log. */
	webhookUrl?: string;
	/** The Checkout profile of the payment sessions; `default` when it is not set. */
	profileId?: string;
	/** Where the SMS with a payment link would go. */
	phone?: string;
}

/** The variables the live check reads; the first three are what it needs. */
export const VARIABLES = {
	DINTERO_ACCOUNT_ID: 'the test account, with its T',
	DINTERO_CLIENT_ID: 'of an API client of that account',
	DINTERO_CLIENT_SECRET: 'of the same client',
	DINTERO_WEBHOOK_URL: 'optional: a public HTTPS address of yours for the questions about events',
	DINTERO_PROFILE_ID: 'optional: a Checkout profile that takes gift cards, instead of "default"',
	DINTERO_PHONE:
		'optional: your own phone number for the question about SMS, for example +4799999999',
	DINTERO_BASE_URL: 'optional: a sandbox on this machine instead of Dintero',
} as const;

/**
 * @returns undefined when nothing is set, so that only the plan can be shown
 * @throws Error for a production account, half of a client, or a foreign host
 */
export function readAccount(env: Record<string, string | undefined>): LiveAccount | undefined {
	const value = (name: keyof typeof VARIABLES) => env[name]?.trim() || undefined;
	const accountId = value('DINTERO_ACCOUNT_ID');
	const clientId = value('DINTERO_CLIENT_ID');
	const clientSecret = value('DINTERO_CLIENT_SECRET');
	// First, so that a production account is named as the reason whatever else is missing.
	if (accountId !== undefined && !/^T\d{8}$/.test(accountId))
		throw new Error(
			/^P/i.test(accountId)
				? `${accountId} is a production account. The live check makes gift cards and works on test accounts only (T and eight digits).`
				: `'${accountId}' is not a test account: T and eight digits.`,
		);
	if (!accountId && !clientId && !clientSecret) return undefined;
	if (!accountId || !clientId || !clientSecret)
		throw new Error(
			'DINTERO_ACCOUNT_ID, DINTERO_CLIENT_ID and DINTERO_CLIENT_SECRET are needed together.',
		);
	const baseUrl = (value('DINTERO_BASE_URL') ?? DINTERO).replace(/\/+$/, '');
	if (baseUrl !== DINTERO && !/^http:\/\/(?:127\.0\.0\.1|localhost)(?::\d+)?\//.test(`${baseUrl}/`))
		throw new Error(`DINTERO_BASE_URL may only name a sandbox on this machine, not ${baseUrl}`);
	return {
		accountId,
		clientId,
		clientSecret,
		baseUrl,
		webhookUrl: value('DINTERO_WEBHOOK_URL'),
		profileId: value('DINTERO_PROFILE_ID'),
		phone: value('DINTERO_PHONE'),
	};
}

/** Where Checkout may be served: as Dintero's SDK has it, and below the account. */
export const checkoutRoots = ({ baseUrl, accountId }: LiveAccount): [string, string] => [
	baseUrl === DINTERO ? 'https://checkout.dintero.com/v1' : baseUrl,
	`${baseUrl}/accounts/${accountId}/payments`,
];
