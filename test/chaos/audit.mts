/** Holds what a workflow returned against the sandbox's books. */
import type { Sandbox } from '../../sandbox/sandbox.mts';
import { REQUESTS_PER_TOKEN } from './faults.mts';

export interface WantedCard {
	cardId: string;
	/** Minor units. */
	amount: number;
	currency: string;
}

/** The members of a returned card that the audit checks. */
export interface ReturnedCard {
	cardId: string;
	cardToken: string;
	pin: string;
	amountMinor: number;
}

export interface Audit {
	wanted: number;
	returned: number;
	cards: number;
	/** Minor units, wanted and in the books. */
	sumWanted: number;
	sumInBooks: number;
	/** Pairs of token and PIN tried, in the books and through `wallets/info`. */
	opened: number;
	tokenRequests: TokenRequests;
	faults: Record<string, number>;
	requests: Record<string, number>;
	/** Everything that is not as it must be; empty when all agree. */
	problems: string[];
}

export interface TokenRequests {
	/** Sign-ins that no fault hit. */
	made: number;
	/** Sign-ins that a fault hit, and which therefore had to be repeated. */
	spoilt: number;
	/** As many as the requests need when each token is used to its end. */
	needed: number;
}

const TOKEN = 'aid_auths_oauth_token_post';

/**
 * @param returned the results of every run, also those of a run that was cut short and those of a second one
 * @param runs of the node: each may have signed in once more than needed, since another had not used its token up, or
 * since a duplicate answered with 403 may be an expired token
 */
export async function audit(
	sandbox: Sandbox,
	wanted: readonly WantedCard[],
	returned: readonly ReturnedCard[],
	runs = 1,
): Promise<Audit> {
	const problems: string[] = [];
	const books = sandbox.books.cards();
	const byId = new Map<string, typeof books>();
	for (const card of books) byId.set(card.cardId, [...(byId.get(card.cardId) ?? []), card]);
	const wantedIds = new Set(wanted.map(({ cardId }) => cardId));
	const owned = new Set(returned.map(({ cardId }) => cardId));

	for (const { cardId, amount, currency } of wanted) {
		const cards = byId.get(cardId) ?? [];
		if (cards.length !== 1) problems.push(`${cardId}: ${cards.length} cards in the books`);
		for (const card of cards)
			if (card.amount !== amount || card.currency !== currency || card.balance !== amount)
				problems.push(
					`${cardId}: ${card.balance} of ${card.amount} ${card.currency} instead of ${amount} ${currency}`,
				);
		if (!owned.has(cardId)) problems.push(`${cardId}: no codes were returned`);
	}
	for (const { cardId } of books) {
		if (!wantedIds.has(cardId)) problems.push(`${cardId}: a card that nobody ordered`);
		if (!owned.has(cardId)) problems.push(`${cardId}: a card without an owner`);
	}

	const tokenRequests = tokensOf(sandbox);
	if (tokenRequests.made > tokenRequests.needed + runs - 1)
		problems.push(`${tokenRequests.made} sign-ins where ${tokenRequests.needed} do`);
	const requests = sandbox.log.counts;
	const faults = countBy(sandbox.faults.injected.map(({ name }) => name));

	sandbox.faults.clear();
	sandbox.set({ tokenRequests: null });
	for (const { cardId, cardToken, pin } of returned) {
		if (!/^\d{4,}$/.test(pin)) problems.push(`${cardId}: no PIN`);
		if (sandbox.books.opens(cardToken, pin) !== cardId)
			problems.push(`${cardId}: the returned codes do not open it in the books`);
	}
	problems.push(...(await openOverHttp(sandbox, returned)));
	for (const violation of sandbox.violations)
		problems.push(`contract broken: ${JSON.stringify(violation)}`);

	const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0);
	const sumWanted = sum(wanted.map(({ amount }) => amount));
	const sumInBooks = sandbox.books.totals().amount;
	if (sumWanted !== sumInBooks)
		problems.push(`the books hold ${sumInBooks} instead of ${sumWanted}`);
	return {
		wanted: wanted.length,
		returned: returned.length,
		cards: books.length,
		sumWanted,
		sumInBooks,
		opened: returned.length,
		tokenRequests,
		faults,
		requests,
		problems,
	};
}

/** What a till does with every pair of codes, a few at a time. */
async function openOverHttp(sandbox: Sandbox, cards: readonly ReturnedCard[]): Promise<string[]> {
	const { accountId, clientId, clientSecret } = sandbox.account;
	const account = `${sandbox.apiUrl}/accounts/${accountId}`;
	const post = async (path: string, authorization: string, body: object) => {
		const response = await fetch(`${account}/${path}`, {
			method: 'POST',
			headers: { authorization, 'content-type': 'application/json' },
			body: JSON.stringify(body),
		});
		return { status: response.status, body: (await response.json()) as Record<string, string> };
	};
	const { body } = await post('auth/token', `Basic ${btoa(`${clientId}:${clientSecret}`)}`, {
		grant_type: 'client_credentials',
		audience: `https://api.dintero.com/v1/accounts/${accountId}`,
	});
	const bearer = `Bearer ${body.access_token}`;
	const problems: string[] = [];
	const waiting = cards.values();
	const till = async () => {
		for (const { cardId, cardToken, pin } of waiting) {
			const info = await post('wallets/info', bearer, { token: cardToken, pin });
			if (info.status !== 200 || info.body.card_id !== cardId)
				problems.push(`${cardId}: wallets/info answers its codes with ${info.status}`);
		}
	};
	await Promise.all(Array.from({ length: 10 }, till));
	return problems;
}

/** How many sign-ins there were, and how many the requests needed. The log holds the newest 20,000 requests. */
function tokensOf(sandbox: Sandbox): TokenRequests {
	const spoilt = sandbox.faults.injected.filter(({ operationId }) => operationId === TOKEN).length;
	const neverLookedAt = new Set(['cut-before', 'error-before', 'rate-limit']);
	const served = sandbox.requests.filter(
		({ operationId, status, fault }) =>
			operationId !== TOKEN && status !== 401 && !neverLookedAt.has(fault ?? ''),
	).length;
	return {
		made: sandbox.count(TOKEN) - spoilt,
		spoilt,
		needed: Math.max(1, Math.ceil(served / REQUESTS_PER_TOKEN)),
	};
}

function countBy(names: readonly string[]): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
	return counts;
}
