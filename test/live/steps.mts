/**
 * The steps of the live check, in order. All amounts are in øre: a whole round moves less than 20 kroner of test money.
 */
import { createHmac, randomBytes } from 'node:crypto';

import { CHECKOUT_STEPS } from './checkout.mts';
import { outcome, shape, type Json, type Reply, type Round } from './round.mts';
import { card, inDays, listed, ok, record, type Step } from './step.mts';

const digits = (length: number) => ({
	length,
	symbols: false,
	characters: false,
	numbers: true,
});

/** Which characters a code is made of, without the code. */
const characters = (code: string) =>
	[
		/\d/.test(code) && 'digits',
		/[a-z]/i.test(code) && 'letters',
		/[^a-z0-9]/i.test(code) && 'symbols',
	]
		.filter(Boolean)
		.join(', ');

/** Makes a card, and remembers its codes as secrets and the card as something to empty. */
async function make(round: Round, suffix: string, request: Json): Promise<Reply> {
	const id = `${round.name}-${suffix}`;
	round.cards.add(id);
	const reply = await round.post('wallets/cards', {
		card_id: id,
		amount: 100,
		currency: 'NOK',
		name: 'n8n live check',
		originated_by: 'n8n-nodes-dintero live check',
		expires_at: inDays(2),
		...request,
	});
	round.secret(codeOf(reply, 'pin'));
	round.secret(codeOf(reply, 'card_token'));
	return reply;
}

function codeOf({ body }: Reply, member: 'pin' | 'card_token'): string {
	const holder = record(record(body)[member]);
	return String(record(holder[member === 'pin' ? 'pin' : 'token']).value ?? '');
}

export const STEPS: Step[] = [
	{
		does: 'Signs in, and tries to with a wrong secret, another account and another audience.',
		asks: ['U1', 'U2', 'U5'],
		async run(round) {
			const reply = await round.signIn();
			const { access_token: token, expires_in: lifetime } = record(reply.body);
			if (typeof token !== 'string') throw new Error(`Signing in failed: ${outcome(reply)}`);
			round.use(token);
			round.answer('U1', `expires_in ${String(lifetime)}`);
			const wrong = await round.signIn({ clientSecret: 'wrong-on-purpose' });
			round.answer('U2', `wrong secret: ${outcome(wrong)}`);
			round.answer('U5', `error of a wrong secret: ${shape(wrong.body)}`);
			const other = round.account.accountId === 'T99999999' ? 'T99999998' : 'T99999999';
			round.answer('U2', `another account: ${outcome(await round.signIn({ accountId: other }))}`);
			const audience = `https://api.dintero.com/v1/accounts/${other}`;
			round.answer('U2', `another audience: ${outcome(await round.signIn({ audience }))}`);
		},
	},
	{
		does: 'Tries a made-up access token, and what the client may read.',
		asks: ['U3', 'U4'],
		async run(round, found) {
			const madeUp = { authorization: 'Bearer made-up-for-the-live-check' };
			const refused = await round.send('GET', 'wallets/cards?limit=1', madeUp);
			round.answer('U3', `a made-up token: ${outcome(refused)}`);
			const wallets = await round.get('wallets/cards?limit=1');
			const webhooks = await round.get('hooks/subscriptions?limit=1');
			found.wallets = ok(wallets);
			found.webhooks = ok(webhooks);
			if (!found.wallets) round.answer('U4', `without wallet rights: ${outcome(wallets)}`);
			if (!found.webhooks) round.answer('U4', `without webhook rights: ${outcome(webhooks)}`);
			if (found.wallets && found.webhooks)
				round.answer('U4', 'not seen: this client has wallet and webhook rights');
		},
	},
	{
		does: 'Looks up a card token nobody has, with and without a member no request should have.',
		asks: ['U5', 'U11'],
		needs: 'wallets',
		async run(round) {
			const nobody = { token: 'live-check-no-card-has-this' };
			const plain = await round.post('wallets/info', nobody);
			const extra = await round.post('wallets/info', { ...nobody, unheard_of: true });
			round.answer(
				'U11',
				extra.status === plain.status
					? `not refused: ${extra.status} with and without`
					: `refused: ${outcome(extra)}`,
			);
			round.answer('U5', `error of an unknown card token: ${shape(plain.body)}`);
		},
	},
	{
		does: 'Subscribes the address in DINTERO_WEBHOOK_URL to gift card events, twice; without it, asks nothing.',
		asks: ['U43', 'U44'],
		needs: 'webhooks',
		async run(round, found) {
			const { webhookUrl: url } = round.account;
			if (url === undefined) return;
			const secret = round.secret(randomBytes(32).toString('hex'));
			const request = {
				config: {
					url,
					content_type: 'application/json',
					secret: { type: 'HMAC-SHA1', value: secret },
				},
				events: ['wallet_transaction'],
			};
			const made = await round.post('hooks/subscriptions', request);
			const { id } = record(made.body);
			if (typeof id !== 'string') {
				round.answer('U43', `not subscribed: ${outcome(made)}`);
				return;
			}
			round.subscriptions.add(id);
			found.subscription = { id, secret };
			const read = await round.get(`hooks/subscriptions/${id}`);
			const shown = record(record(record(read.body).config).secret);
			round.answer(
				'U44',
				shown.value === secret
					? 'reading shows the secret'
					: `reading shows of the secret only: ${Object.keys(shown).join(', ') || 'nothing'}`,
			);
			const twice = await round.post('hooks/subscriptions', request);
			const second = record(twice.body).id;
			round.answer('U43', `a second one with the same address: ${outcome(twice)}`);
			if (typeof second !== 'string') return;
			if (second === id) round.answer('U43', 'which is the first one');
			else {
				round.subscriptions.add(second);
				await removeSubscription(round, second);
			}
		},
	},
	{
		does: 'Makes a gift card of 1 krone that expires in two days, and asks for the same card again.',
		asks: ['U7', 'U8', 'U12', 'U13', 'U21', 'U22', 'U25'],
		needs: 'wallets',
		async run(round, found) {
			const codes = {
				pin: { format: digits(8) },
				card_token: { format: digits(16), expires_in: 86_400, expires_after_transaction: false },
			};
			const request = { ...codes, metadata: { dintero_transaction_id: 'live-check' } };
			const reply = await make(round, 'card', request);
			const body = record(reply.body);
			const id = `${round.name}-card`;
			if (!ok(reply)) {
				round.answer('U12', `no card could be made: ${outcome(reply)}`);
				round.cards.delete(id);
				return;
			}
			found.card = { id, token: codeOf(reply, 'card_token'), pin: codeOf(reply, 'pin') };
			round.answer('U7', /\.\d+/.test(String(body.created_at)) ? 'milliseconds' : 'whole seconds');
			round.answer('U8', `amount is a ${typeof body.amount}`);
			round.answer('U21', `a new card: ${String(body.status)}`);
			round.answer('U22', `a card without a type: ${String(body.type)}`);
			const kept = record(body.metadata).dintero_transaction_id === 'live-check';
			round.answer('U25', `dintero_transaction_id was ${kept ? 'kept' : 'not kept'}`);
			const transactions = listed(await round.get(`${card(id)}/transactions`), 'transactions');
			const types = transactions.map(({ type }) => String(type)).join(', ');
			round.answer('U13', transactions.length > 0 ? `yes: ${types}` : 'no transaction');
			round.answer('U12', `the same card again: ${outcome(await make(round, 'card', request))}`);
			const other = await make(round, 'card', { ...request, amount: 200 });
			round.answer('U12', `another amount: ${outcome(other)}`);
			const after = record((await round.get(card(id))).body);
			round.answer('U12', `its balance afterwards: ${String(after.amount_balance)} (100 is right)`);
		},
	},
	{
		does: 'Makes further codes for that card: a repeated ref_id, a very short one, character classes left out.',
		asks: ['U17', 'U18', 'U31'],
		needs: 'wallets',
		async run(round, { card: made }) {
			if (!made) return;
			const tokens = `${card(made.id)}/tokens`;
			const request = { ref_id: `${round.name}-token`, expires_in: 3600, format: digits(16) };
			const first = await round.post(tokens, request);
			const value = ({ body }: Reply) => round.secret(record(record(body).token).value);
			const [one, again] = [value(first), await round.post(tokens, request)];
			const two = value(again);
			const what = two === '' ? 'no code' : two === one ? 'the first code' : 'another code';
			round.answer('U31', ok(again) ? `${again.status} with ${what}` : outcome(again));
			const short = await round.post(tokens, {
				ref_id: `${round.name}-short`,
				expires_in: 3600,
				format: digits(4),
			});
			value(short);
			round.answer('U18', `a card token of 4 digits: ${outcome(short)}`);
			const path = `${card(made.id)}/rotate-pin`;
			const three = await round.post(path, { pin: { format: digits(3) } });
			round.answer('U18', `a PIN of 3 digits: ${outcome(three)}`);
			const loose = await round.post(path, { pin: { format: { length: 32, numbers: true } } });
			const pin = codeOf(loose, 'pin');
			round.secret(pin);
			round.answer(
				'U17',
				ok(loose) ? `only numbers asked for, got ${characters(pin)}` : outcome(loose),
			);
			const last = await round.post(path, { pin: { format: digits(8) } });
			if (ok(last)) made.pin = round.secret(codeOf(last, 'pin'));
		},
	},
	{
		does: 'Looks that card up with one wrong PIN, without a PIN, and by a token that has expired.',
		asks: ['U32', 'U33'],
		needs: 'wallets',
		async run(round, { card: made }) {
			if (!made) return;
			const { token, pin } = made;
			const wrong = pin === '00000000' ? '11111111' : '00000000';
			const look = async (body: Json) => outcome(await round.post('wallets/info', body));
			round.answer('U32', `right PIN: ${await look({ token, pin })}`);
			round.answer('U32', `wrong PIN: ${await look({ token, pin: wrong })}`);
			round.answer('U32', `no PIN: ${await look({ token })}`);
			const brief = await round.post(`${card(made.id)}/tokens`, {
				ref_id: `${round.name}-brief`,
				expires_in: 1,
				format: digits(16),
			});
			const expired = round.secret(record(record(brief.body).token).value);
			if (expired === '') return;
			await round.wait(2500, 1100);
			round.answer('U33', await look({ token: expired }));
		},
	},
	{
		does: 'Moves a few øre on that card: repeats a reference, asks for too much, another currency, reserves, captures, voids.',
		asks: ['U14', 'U16', 'U21', 'U34', 'U35', 'U37', 'U40', 'U41'],
		needs: 'wallets',
		async run(round, { card: made }) {
			if (!made) return;
			const { id } = made;
			const move = async (ref: string, request: Json) =>
				await round.post('wallets/transactions', {
					ref_id: `${round.name}-${ref}`,
					currency: 'NOK',
					card_id: id,
					...request,
				});
			const first = await move('draw', { amount: 10 });
			const again = await move('draw', { amount: 10 });
			const repeated = (reply: Reply) => {
				const same = record(reply.body).id === record(first.body).id;
				if (!ok(reply)) return outcome(reply);
				return `${reply.status} with ${same ? 'the first transaction' : 'a second transaction'}`;
			};
			round.answer('U34', repeated(again));
			round.answer('U34', `another amount: ${repeated(await move('draw', { amount: 20 }))}`);
			round.answer('U35', outcome(await move('much', { amount: 10_000_000 })));
			round.answer('U37', outcome(await move('sek', { amount: 10, currency: 'SEK' })));

			const held = await move('hold', { amount: 20, pending: true });
			const { id: holdId, type } = record(held.body);
			if (typeof holdId === 'string') {
				round.answer('U41', `a reservation: ${String(type)}`);
				const path = `wallets/transactions/${holdId}`;
				const capture = await round.post(`${path}/capture`, {
					ref_id: `${round.name}-capture`,
					amount: 5,
				});
				round.answer(
					'U41',
					`its capture: ${ok(capture) ? String(record(capture.body).type) : outcome(capture)}`,
				);
				const empty = await round.post(`${path}/void`, { ref_id: `${round.name}-void` });
				round.answer(
					'U41',
					`its void: ${ok(empty) ? String(record(empty.body).type) : outcome(empty)}`,
				);
				const twice = await round.post(`${path}/void`, { ref_id: `${round.name}-void2` });
				round.answer('U40', `a second void: ${outcome(twice)}`);
			} else round.answer('U41', `no reservation: ${outcome(held)}`);

			const once = await round.post(`${card(id)}/tokens`, {
				ref_id: `${round.name}-once`,
				expires_in: 3600,
				format: digits(16),
			});
			const token = round.secret(record(record(once.body).token).value);
			if (token !== '') {
				const pay = async (ref: string) =>
					outcome(await move(ref, { amount: 1, card_id: undefined, token }));
				round.answer('U16', `first payment: ${await pay('once1')}, second: ${await pay('once2')}`);
			}
			const after = record((await round.get(card(id))).body);
			const { amount, amount_funds: funds } = after;
			round.answer(
				'U14',
				`made with 100, then used: amount ${String(amount)}, amount_funds ${String(funds)}`,
			);
			round.answer('U21', `a card that was used: ${String(after.status)}`);
		},
	},
	{
		does: 'Makes two odd cards of 10 øre: one that has expired, one that is not active until tomorrow and names no token lifetime.',
		asks: ['U15', 'U20', 'U36'],
		needs: 'wallets',
		async run(round) {
			const draw = async (suffix: string) =>
				outcome(
					await round.post('wallets/transactions', {
						ref_id: `${round.name}-${suffix}-draw`,
						card_id: `${round.name}-${suffix}`,
						amount: 10,
						currency: 'NOK',
					}),
				);
			const past = await make(round, 'past', { amount: 10, expires_at: inDays(-1) });
			round.answer('U20', outcome(past));
			if (ok(past)) round.answer('U36', `an expired card: ${await draw('past')}`);
			else round.cards.delete(`${round.name}-past`);
			const request = { amount: 10, active_from: inDays(1) };
			let later = await make(round, 'later', { ...request, card_token: { format: digits(16) } });
			round.answer('U15', `without expires_in: ${outcome(later)}`);
			if (!ok(later)) later = await make(round, 'later', request);
			if (!ok(later)) {
				round.cards.delete(`${round.name}-later`);
				return;
			}
			const tokens = record((await round.get(card(`${round.name}-later`))).body).tokens;
			const [token] = Array.isArray(tokens) ? (tokens as Json[]) : [];
			if (token)
				round.answer('U15', `such a token expires at ${String(token.expires_at ?? 'no time')}`);
			round.answer('U36', `a card that is not active yet: ${await draw('later')}`);
		},
	},
	{
		does: 'Orders a batch of two, one of which already exists, and activates the new one for 1 krone, twice.',
		asks: ['U26', 'U28', 'U29', 'U30', 'U36'],
		needs: 'wallets',
		async run(round, { card: made }) {
			if (!made) return;
			const id = `${round.name}-batch`;
			round.cards.add(id);
			const order = async (ids: string[]) => {
				const reply = await round.post('wallets/cards/batch', {
					cards: ids.map((card_id) => ({ card_id, type: 'gift_card' })),
					options: { pin: { format: digits(8) }, card_token: { format: digits(16) } },
				});
				for (const entry of listed(reply, 'cards')) {
					round.secret(codeOf({ ...reply, body: entry }, 'pin'));
					round.secret(codeOf({ ...reply, body: entry }, 'card_token'));
				}
				return reply;
			};
			const mixed = await order([id, made.id]);
			let look = await round.get(card(id));
			round.answer(
				'U28',
				`${outcome(mixed)}; the possible card was ${ok(look) ? 'made' : 'not made'}`,
			);
			if (!ok(look)) {
				const alone = await order([id]);
				round.answer('U26', `a batch: ${outcome(alone)}`);
				look = await round.get(card(id));
			}
			if (!ok(look)) {
				round.cards.delete(id);
				return;
			}
			const { status, currency, amount } = record(look.body);
			round.answer('U26', `a card of it: ${String(status)}`);
			round.answer('U29', `currency ${String(currency)}, amount ${String(amount)}`);
			const draw = await round.post('wallets/transactions', {
				ref_id: `${round.name}-inactive`,
				card_id: id,
				amount: 10,
				currency: 'NOK',
			});
			round.answer('U36', `an inactive card: ${outcome(draw)}`);
			const activation = { amount: 100, currency: 'NOK', expires_at: inDays(2) };
			const activated = await round.post(`${card(id)}/activate`, activation);
			round.answer('U30', `first: ${outcome(activated)}`);
			round.answer(
				'U30',
				`second: ${outcome(await round.post(`${card(id)}/activate`, activation))}`,
			);
		},
	},
	{
		does: 'Lists cards, two pages of two.',
		asks: ['U9', 'U10', 'U24'],
		needs: 'wallets',
		async run(round) {
			const first = await round.get('wallets/cards?limit=2');
			const [one, two] = listed(first, 'cards');
			const members = Object.keys(record(first.body)).filter((key) => key !== 'cards');
			round.answer('U10', `first page: ${members.join(', ') || 'no cursor'}`);
			if (one) round.answer('U24', `a card in the list: ${shape(one)}`);
			const { starting_after, paging_token } = record(first.body);
			const cursor = starting_after ?? paging_token;
			if (typeof cursor === 'string') {
				const next = await round.get(
					`wallets/cards?limit=2&starting_after=${encodeURIComponent(cursor)}`,
				);
				const again = listed(next, 'cards').some(({ id }) => id === one?.id || id === two?.id);
				round.answer('U10', `the cursor leads ${again ? 'to the same cards' : 'on'}`);
			}
			const made = [one, two].map((entry) => String(entry?.card_id).slice(round.name.length + 1));
			if (two) round.answer('U9', `the first two of this round's cards: ${made.join(', ')}`);
		},
	},
	{
		does: "Reads the first card's transactions three ways, and the wallet settings.",
		asks: ['U59', 'U60', 'U61'],
		needs: 'wallets',
		async run(round, { card: made }) {
			const settings = await round.get('wallets/settings');
			const { default_card_expires_in_days: days } = record(settings.body);
			round.answer('U60', `${outcome(settings)}; ${shape(settings.body)}`);
			if (!made) return;
			const path = `${card(made.id)}/transactions`;
			const whole = listed(await round.get(path), 'transactions');
			const two = await round.get(`${path}?limit=2`);
			round.answer(
				'U59',
				`${whole.length} without a limit; limit=2: ${ok(two) ? listed(two, 'transactions').length : outcome(two)}`,
			);
			const first = String(whole[0]?.id);
			const after = await round.get(`${path}?starting_after=${encodeURIComponent(first)}`);
			const rest = listed(after, 'transactions');
			round.answer(
				'U59',
				`starting_after: ${ok(after) ? `${rest.length}, ${rest.some(({ id }) => id === first) ? 'not looked at' : 'taken'}` : outcome(after)}`,
			);
			if (Number(days ?? 0) === 0) {
				round.answer('U61', 'no default expiry is set');
				return;
			}
			const request = { amount: 0, expires_at: undefined };
			const answer = await make(round, 'default', request);
			const read = await round.get(card(`${round.name}-default`));
			const shown = (reply: Reply) => String(record(reply.body).expires_at ?? 'not shown');
			round.answer('U61', `${days} days; create: ${shown(answer)}; read later: ${shown(read)}`);
		},
	},
	...CHECKOUT_STEPS,
	{
		does: 'Reads what was sent to the webhook address from the delivery log, then removes the subscription and reads again.',
		asks: ['U45', 'U47', 'U48', 'U49', 'U50', 'U52', 'U54'],
		needs: 'webhooks',
		async run(round, { subscription }) {
			if (!subscription) return;
			const { id, secret } = subscription;
			const path = `hooks/subscriptions/${id}`;
			await round.wait(5000, 300);
			// Perhaps ten lines when nothing is asked for; whether a limit is taken is not documented (U58).
			const limited = await round.get(`${path}/deliveries?limit=100`);
			const log = listed(
				limited.status === 200 ? limited : await round.get(`${path}/deliveries`),
				'deliveries',
			);
			round.answer('U54', `a line: ${shape(log[0])}; ${log.length} lines`);
			const tries = new Map<unknown, Json[]>();
			for (const line of log)
				tries.set(line.event_delivery, [...(tries.get(line.event_delivery) ?? []), line]);
			const [most] = [...tries.values()].sort((one, two) => two.length - one.length);
			round.answer(
				'U52',
				(most?.length ?? 0) > 1
					? `${most.length} tries under one ID, at ${most.map(({ created_at: at }) => String(at)).join(', ')}`
					: 'no event was tried twice',
			);
			const happened = new Set<string>();
			let bodies = 0;
			let pings = 0;
			for (const { id: line } of log.slice(0, 20)) {
				const detail = record((await round.get(`${path}/deliveries/${String(line)}`)).body);
				const { headers, body } = record(detail.request);
				const { event, 'event-signature': signature } = record(headers);
				const given = typeof body === 'string' ? body : JSON.stringify(body);
				if (event === 'ping') {
					if (pings++ > 0) continue;
					const shown = given.includes(secret) ? 'carries' : 'does not carry';
					round.answer('U50', `sent, ${signature ? 'signed' : 'not signed'}, ${shown} the secret`);
					continue;
				}
				const parsed = record(typeof body === 'string' ? JSON.parse(body) : body);
				const inner = Object.values(parsed).find((value) => record(value).type !== undefined);
				happened.add(String(record(inner ?? parsed).type));
				if (bodies++ > 0) continue;
				round.answer('U47', shape(parsed));
				const expected = createHmac('sha1', secret).update(given).digest('hex');
				const right = String(signature).toLowerCase() === expected;
				const letters = String(signature) === String(signature).toLowerCase() ? 'lower' : 'upper';
				round.answer(
					'U49',
					signature
						? `${letters} case; ${right ? 'over compact JSON' : 'not over compact JSON as the log shows it'}`
						: 'no signature',
				);
			}
			if (pings === 0) round.answer('U50', 'no ping in the log');
			round.answer('U48', `events came for: ${[...happened].sort().join(', ') || 'nothing'}`);
			await removeSubscription(round, id);
			const read = await round.get(path);
			const deliveries = await round.get(`${path}/deliveries`);
			const all = await round.get('hooks/subscriptions?include_deleted=true&limit=100');
			const there = listed(all, 'subscriptions').some((entry) => entry.id === id);
			round.answer('U45', `reading it: ${outcome(read)}; its deliveries: ${outcome(deliveries)}`);
			round.answer('U45', `include_deleted ${there ? 'lists' : 'does not list'} it`);
		},
	},
	{
		does: 'Empties every card it made, and tries to delete one of them.',
		asks: ['U21', 'U23'],
		needs: 'wallets',
		async run(round, { card: made }) {
			for (const id of round.cards) await emptyCard(round, id);
			if (!made) return;
			const { status } = record((await round.get(card(made.id))).body);
			round.answer('U21', `an empty card: ${String(status)}`);
			const deleted = await round.delete(card(made.id));
			round.answer('U23', outcome(deleted));
			if (ok(deleted)) round.cards.delete(made.id);
		},
	},
];

/** Draws what is left on a card, so that nothing of value stays behind. */
export async function emptyCard(round: Round, id: string): Promise<void> {
	const look = await round.get(card(id));
	if (!ok(look)) return;
	const left = Number(record(look.body).amount_available ?? record(look.body).amount_balance);
	if (!(left > 0)) return;
	const drawn = await round.post('wallets/transactions', {
		ref_id: `${round.name}-empty-${id.slice(-20)}`,
		card_id: id,
		amount: left,
		currency: record(look.body).currency,
	});
	// A card that can't be used yet, or no more, keeps what it has; it expires within two days.
	if (!ok(drawn))
		round.expiring.push(`card ${id} with ${left} øre until it expires (${outcome(drawn)})`);
}

export async function removeSubscription(round: Round, id: string): Promise<void> {
	const reply = await round.delete(`hooks/subscriptions/${id}`);
	if (ok(reply) || reply.status === 404) round.subscriptions.delete(id);
	else round.leftBehind.push(`subscription ${id} (${outcome(reply)})`);
}
