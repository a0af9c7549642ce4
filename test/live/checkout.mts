/** The steps of the live check that ask Dintero Checkout. Nobody pays, and every session they create is canceled. */
import { checkoutRoots } from './account.mts';
import { outcome, shape, type Json, type Reply, type Round } from './round.mts';
import { card, inDays, listed, listIn, ok, record, type Step } from './step.mts';

const line = (id: number) => ({
	id: 'live-check',
	line_id: String(id),
	description: 'n8n live check',
	quantity: 1,
	amount: 1,
	vat: 0,
});

const giftCards = {
	type: 'payment_type',
	wallets: { type: 'payment_product_type', enabled: true },
};

/** Creates a session that takes gift cards, and remembers it as something to cancel. */
async function open(round: Round, more: Json = {}, lines = 1): Promise<Reply> {
	const reply = await round.checkout('POST', 'sessions-profile', {
		body: {
			profile_id: round.account.profileId ?? 'default',
			url: { return_url: 'https://example.com/' },
			order: {
				amount: lines,
				currency: 'NOK',
				merchant_reference: round.name,
				items: Array.from({ length: lines }, (_, index) => line(index + 1)),
			},
			express: { shipping_options: [], shipping_mode: 'shipping_not_required' },
			configuration: { dintero: giftCards },
			expires_at: inDays(1),
			...more,
		},
	});
	const { id } = record(reply.body);
	if (typeof id === 'string') round.sessions.add(id);
	return reply;
}

const session = (id: unknown) => `sessions/${encodeURIComponent(String(id))}`;

/** Cancels a session, so that nobody can pay it. */
export async function cancelSession(round: Round, id: string): Promise<Reply> {
	const reply = await round.checkout('POST', `${session(id)}/cancel`);
	round.sessions.delete(id);
	if (!ok(reply)) round.leftBehind.push(`payment session ${id} (${outcome(reply)})`);
	return reply;
}

/** Cancels the session that a question was asked with, if there is one. */
async function close(round: Round, { body }: Reply): Promise<void> {
	const { id } = record(body);
	if (typeof id === 'string') await cancelSession(round, id);
}

/** In which order a list came, by the times of its records. */
function orderOf(transactions: Json[]): string {
	const times = transactions.map(({ created_at: at }) => Date.parse(String(at)));
	const sorted = (compare: (a: number, b: number) => number) =>
		times.every((time, index) => index === 0 || compare(times[index - 1], time) <= 0);
	if (new Set(times).size < 2) return 'too few transactions to see an order';
	if (sorted((a, b) => b - a)) return 'newest first';
	return sorted((a, b) => a - b) ? 'oldest first' : 'by neither time';
}

const cardsOf = (holder: Json) => listIn(holder, 'gift_cards');

export const CHECKOUT_STEPS: Step[] = [
	{
		does: 'Asks Checkout at both of its addresses, with a made-up access token, and for what does not exist.',
		asks: ['U64', 'U65'],
		async run(round, found) {
			const [classic, account] = checkoutRoots(round.account);
			const replies: Record<string, Reply> = {};
			for (const [name, root] of Object.entries({ account, classic })) {
				const reply = (replies[name] = await round.send('GET', 'transactions?limit=1', { root }));
				const elsewhere = await round.send('GET', 'live-check-no-such-path', { root });
				round.answer('U64', `${name}: ${outcome(reply)}; no such path: ${outcome(elsewhere)}`);
				if (!ok(reply)) continue;
				found.checkout = true;
				round.checkoutRoot = root;
			}
			const madeUp = { authorization: 'Bearer made-up-for-the-live-check' };
			const refused = await round.checkout('GET', 'transactions?limit=1', madeUp);
			round.answer('U65', `a made-up token: ${outcome(refused)}`);
			if (!found.checkout) {
				round.answer('U4', `without Checkout rights: ${outcome(replies.classic)}`);
				return;
			}
			const nothing = `${round.account.accountId}.live-check-none`;
			const unknown = await round.checkout('GET', `transactions/${nothing}`);
			round.answer('U64', `an unknown transaction: ${outcome(unknown)}`);
			round.answer('U5', `error of an unknown transaction: ${shape(unknown.body)}`);
			const missing = await round.checkout('GET', session(nothing));
			round.answer('U64', `an unknown session: ${outcome(missing)}`);
		},
	},
	{
		does: 'Creates a payment session of 1 øre that takes gift cards and names no expiry, reads it, and cancels it twice.',
		asks: ['U66', 'U67', 'U69'],
		needs: 'checkout',
		async run(round) {
			const { phone } = round.account;
			const created = await open(round, { expires_at: undefined });
			round.answer('U66', `gift cards with the profile as it is: ${outcome(created)}`);
			if (!ok(created)) return;
			const { id } = record(created.body);
			const { created_at: from, expires_at: until } = record(
				(await round.checkout('GET', session(id))).body,
			);
			const seconds = (Date.parse(String(until)) - Date.parse(String(from))) / 1000;
			round.answer('U67', until === undefined ? 'no expiry is shown' : `lives ${seconds} s`);
			round.answer('U69', `canceling it: ${outcome(await cancelSession(round, String(id)))}`);
			const again = await round.checkout('POST', `${session(id)}/cancel`);
			round.answer('U69', `canceling it again: ${outcome(again)}`);
			if (phone === undefined) return;
			const sms = await open(round, {
				customer: { phone_number: phone },
				configuration: {
					dintero: giftCards,
					publish: [{ channel: 'sms', type: 'checkout-link' }],
				},
			});
			const [sent] = listed(sms, 'publish');
			round.answer('U67', `an SMS: ${sent ? String(sent.status) : outcome(sms)}`);
			await close(round, sms);
		},
	},
	{
		does: 'Creates sessions that Dintero may refuse, and cancels them: another payment type, 101 lines, no Express, a card that cannot pay.',
		asks: ['U66', 'U68'],
		needs: 'checkout',
		async run(round) {
			const vipps = {
				type: 'payment_type',
				vipps: { type: 'payment_product_type', enabled: true },
			};
			const type = await open(round, {
				configuration: { dintero: giftCards, dintero_psp: vipps },
			});
			round.answer('U66', `with dintero_psp.vipps, which is on neither list: ${outcome(type)}`);
			await close(round, type);
			const lines = await open(round, {}, 101);
			round.answer('U66', `101 lines: ${outcome(lines)}`);
			await close(round, lines);
			const plain = await open(round, { express: undefined });
			round.answer('U66', `without Express: ${outcome(plain)}`);
			await close(round, plain);
			const later = `${round.name}-later`;
			if (!round.cards.has(later)) return;
			const offered = await open(round, {
				customer: { gift_cards: { 'dintero.wallets': [{ card_id: later }] } },
			});
			round.answer('U68', `a card that is not active until tomorrow: ${outcome(offered)}`);
			await close(round, offered);
		},
	},
	{
		does: 'Lists transactions, page by page and with filters, and reads a payment with a gift card if the account has one.',
		asks: ['U71', 'U72'],
		needs: 'checkout',
		async run(round) {
			const list = async (query: string) => await round.checkout('GET', `transactions?${query}`);
			const whole = await list('limit=100');
			const transactions = listed(whole, 'transactions');
			round.answer(
				'U72',
				`${Array.isArray(whole.body) ? 'a bare array' : shape(whole.body, 1)} of ${transactions.length}, ${orderOf(transactions)}`,
			);
			const wrong = { status: 'status=LIVE_CHECK', cursor: 'starting_after=live-check-none' };
			for (const [what, query] of Object.entries(wrong))
				round.answer('U72', `an unknown ${what}: ${outcome(await list(query))}`);
			const [one] = transactions;
			if (one) {
				const id = encodeURIComponent(String(one.id));
				const next = await list(`limit=1&starting_after=${id}`);
				const [second] = listed(next, 'transactions');
				const follows = second?.id === transactions[1]?.id ? 'the next one' : 'another one';
				round.answer('U72', `starting_after its first: ${ok(next) ? follows : outcome(next)}`);
				for (const name of ['session_id', 'merchant_reference', 'status', 'amount']) {
					const reply = await list(`${name}=${encodeURIComponent(String(one[name]))}&limit=100`);
					const found = listed(reply, 'transactions');
					const others = found.filter((entry) => entry[name] !== one[name]).length;
					round.answer(
						'U72',
						`${name}: ${ok(reply) ? `${found.length} of which ${others} have another` : outcome(reply)}`,
					);
				}
			}
			const paid = transactions.find((entry) => cardsOf(entry).length > 0);
			if (paid) await describePayment(round, paid);
			else round.answer('U71', 'no payment with a gift card: pay one by hand and ask again');
		},
	},
];

/** What a payment that somebody made with a gift card says of it, against the card's own transactions. */
async function describePayment(round: Round, paid: Json): Promise<void> {
	const [used] = cardsOf(paid);
	const [authorized] = listIn(paid, 'events')
		.filter(({ event }) => event === 'AUTHORIZE')
		.flatMap(cardsOf);
	round.answer('U71', `its type: ${String(paid.payment_product_type)}; its card: ${shape(used)}`);
	round.answer(
		'U71',
		`order ${String(paid.amount)}, gift_cards[].amount ${String(used.amount)}, in AUTHORIZE ${String(authorized?.amount)}`,
	);
	const reply = await round.get(`${card(String(used.card_id))}/transactions`);
	const moves = listed(reply, 'transactions');
	const move = moves.find(({ id }) => id === authorized?.transaction_id);
	round.answer('U71', `the event names the card's own transaction: ${move ? 'yes' : 'no'}`);
	const ours = move ?? moves.find(({ amount }) => Number(amount) === Number(authorized?.amount));
	const { metadata, originated_by: origin } = record(ours);
	round.answer('U71', `that one: originated_by ${String(origin)}, metadata ${shape(metadata)}`);
}
