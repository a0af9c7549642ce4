/** Every writing operation, as a job that can be done again and again and counted in the sandbox's books. */
import type { IDataObject } from 'n8n-workflow';

import type { Sandbox } from '../../sandbox/sandbox.mts';
import type { clientFor } from '../sandbox/client.mts';
import { session } from '../sandbox/checkout/client.mts';

export interface Bench {
	sandbox: Sandbox;
	api: ReturnType<typeof clientFor>;
}

/** One job, made ready for one case. */
export interface Ready {
	/** @param own whether it gets an ID or reference of its own, where it takes one */
	parameters(own: boolean): object;
	items?: IDataObject[];
	/** How much of it is done, by the books; 1 is what was asked for, no more and no less. */
	done(): number;
	/** What is wrong with what was returned. */
	problems?(outputs: IDataObject[]): string[];
}

export interface Job {
	name: string;
	/** Whether it takes an ID or a reference of its own. */
	takesId: boolean;
	/** Whether doing it again in a new execution, with nothing of its own, is another one. */
	repeats?: boolean;
	/** Whether what it works on tells it from any other, so that it is done once with no ID and no execution at all. */
	needsNoId?: boolean;
	/** How many requests it makes when all goes well; 3 when missing. */
	requests?: number;
	/** Whether an execution can continue it. */
	continues: boolean;
	ready(bench: Bench, id: string): Promise<Ready>;
}

const KARI = (value: string) => ({ __rl: true, mode: 'id', value });
const FORMAT = { length: 16, numbers: true, symbols: false, characters: false };

async function card({ api }: Bench, id: string) {
	const { status, data } = await api.post('/wallets/cards', {
		card_id: id,
		amount: 50000,
		currency: 'NOK',
		pin: { format: { ...FORMAT, length: 6 } },
		card_token: { format: FORMAT, expires_after_transaction: false },
	});
	if (status !== 200) throw new Error(`No card: ${JSON.stringify(data)}`);
	return { token: String(data.card_token.token.value), pin: String(data.pin.pin.value) };
}

const moves = ({ sandbox }: Bench, id: string, kind: string, amount: number): number => {
	const found = sandbox.books.transactions(id).filter((one) => one.kind === kind);
	return found.some((one) => one.amount !== amount) ? Number.NaN : found.length;
};

const opens = ({ sandbox }: Bench, token: unknown, pin: unknown, id: unknown): string[] =>
	sandbox.books.opens(String(token), String(pin)) === id
		? []
		: [`the codes that were returned do not open ${String(id)}`];

/** Cards made since, whatever their IDs. */
function counted({ sandbox }: Bench, units: number): () => number {
	const before = sandbox.books.totals().cards;
	return () => (sandbox.books.totals().cards - before) / units;
}

const money = (
	name: string,
	operation: string,
	kind: string,
	more: object,
	how: 'card' | 'token' | 'hold' = 'card',
): Job => ({
	name,
	takesId: true,
	repeats: true,
	continues: true,
	async ready(bench, id) {
		const { token, pin } = await card(bench, id);
		const hold =
			how === 'hold'
				? await bench.api.post('/wallets/transactions', {
						card_id: id,
						ref_id: id,
						amount: 10000,
						currency: 'NOK',
						pending: true,
					})
				: undefined;
		const start = kind === 'fund' ? 1 : 0;
		const of = {
			card: { cardId: KARI(id) },
			token: { cardBy: 'cardToken', cardToken: token, pin },
			hold: { cardId: KARI(id), transactionId: hold?.data.id as string },
		}[how];
		return {
			parameters: (own) => ({
				resource: 'transaction',
				operation,
				...(how === 'hold' ? {} : { amount: '100', currency: 'NOK' }),
				...of,
				...more,
				// The order number, for the reservation and its capture alike.
				...(own ? { refId: how === 'hold' ? id : `ref-${id}` } : {}),
			}),
			done: () =>
				(kind === 'fund'
					? bench.sandbox.books.transactions(id).filter((one) => one.kind === kind).length
					: moves(bench, id, kind, 10000)) - start,
			problems: (outputs) =>
				outputs
					.filter(({ amountMinor }) => amountMinor !== 10000)
					.map(() => 'another amount was returned'),
		};
	},
});

/** A charge of 100 kroner that is given back. @param amount as it is filled in; empty for all that is left */
const refund = (name: string, amount: string): Job => ({
	name,
	takesId: true,
	requests: 4,
	// Of a charge that was given back nothing is left.
	repeats: false,
	continues: true,
	async ready(bench, id) {
		await card(bench, id);
		const { data } = await bench.api.post('/wallets/transactions', {
			card_id: id,
			ref_id: `order-${id}`,
			amount: 10000,
			currency: 'NOK',
		});
		return {
			parameters: (own) => ({
				resource: 'transaction',
				operation: 'refund',
				cardId: KARI(id),
				transactionId: data.id as string,
				amount,
				...(own ? { refId: `order-${id}` } : {}),
			}),
			done: () => {
				const back = (bench.sandbox.books.card(id)?.available ?? Number.NaN) - 40000;
				return back / 10000;
			},
			problems: (outputs) =>
				outputs
					.filter(({ amountMinor, leftToRefundMinor: left }) => amountMinor !== 10000 || left !== 0)
					.map(() => 'another amount was returned'),
		};
	},
});

const codes = (
	operation: string,
	withPin: boolean,
	withToken: boolean,
	more: object = {},
): Job => ({
	name: `giftCard/${operation}`,
	takesId: false,
	continues: false,
	async ready(bench, id) {
		const known = await card(bench, id);
		const before = bench.sandbox.books.card(id);
		return {
			parameters: () => ({ resource: 'giftCard', operation, cardId: KARI(id), ...more }),
			done: () => {
				const now = bench.sandbox.books.card(id);
				const changed =
					(withPin && now?.pin !== before?.pin) ||
					(withToken && now?.tokens.length !== before?.tokens.length);
				return Number(changed);
			},
			problems: (outputs) =>
				outputs.flatMap(({ cardToken, pin }) =>
					opens(bench, withToken ? cardToken : known.token, withPin ? pin : known.pin, id),
				),
		};
	},
});

/** One sandbox's secrets must not be looked for in the runs of the next. */
let secrets = 0;

/** A lost card of 500 kroner, whose balance moves to a new one. */
const replace: Job = {
	name: 'giftCard/replace',
	takesId: true,
	needsNoId: true,
	requests: 7,
	repeats: false,
	continues: true,
	async ready(bench, id) {
		const { sandbox } = bench;
		const known = await card(bench, id);
		const made = counted(bench, 1);
		const before = sandbox.books.totals().balance;
		return {
			parameters: (own) => ({
				resource: 'giftCard',
				operation: 'replace',
				cardId: KARI(id),
				...(own ? { newCardId: `${id}-own` } : {}),
			}),
			done: () => {
				const cards = made();
				// Between the steps the money is on no card; it is never on both.
				const now = sandbox.books.totals().balance;
				const left = sandbox.books.card(id)?.balance;
				if (cards === 0 && (now === before || now === before - 50000)) return 0;
				return left === 0 && now === before ? cards : Number.NaN;
			},
			problems: (outputs) =>
				outputs.flatMap(({ cardToken, pin, newCardId, amountMinor, oldPinEnded }) => [
					...opens(bench, cardToken, pin, newCardId),
					...(amountMinor === 50000 ? [] : ['another amount was returned']),
					...(oldPinEnded && sandbox.books.opens(known.token, known.pin) === id
						? ['the old PIN opens the old card']
						: []),
				]),
		};
	},
};

/** An order of 500 kroner, 200 of it paid with a gift card, of which 100 are captured or refunded, or all of it voided. */
const settle = (kind: 'capture' | 'refund' | 'void'): Job => ({
	name: `checkoutTransaction/${kind}`,
	takesId: kind !== 'void',
	// All of it is voided at once.
	repeats: kind !== 'void',
	continues: true,
	async ready(bench, id) {
		const { sandbox, api } = bench;
		const { data } = await api.post('/wallets/cards', {
			card_id: id,
			amount: 20000,
			currency: 'NOK',
			pin: { format: { ...FORMAT, length: 6 } },
			card_token: { format: FORMAT, expires_after_transaction: false },
		});
		const giftCard = { token: data.card_token.token.value, pin: data.pin.pin.value };
		const opened = await api.post('/payments/sessions-profile', session(50000));
		const order = sandbox.checkout.pay(opened.data.id as string, { giftCard }).id;
		if (kind === 'refund')
			await api.post(`/payments/transactions/${order}/capture`, { amount: 50000 });
		const wanted = kind === 'void' ? 50000 : 10000;
		const moved = ({ captured, refunded, voided }: Record<string, number>) =>
			({ capture: captured, refund: refunded, void: voided })[kind];
		return {
			parameters: (own) => ({
				resource: 'checkoutTransaction',
				operation: kind,
				checkoutTransactionId: KARI(order),
				...(kind === 'void' ? {} : { amount: '100' }),
				...(own && kind !== 'void' ? { refId: `ref-${id}` } : {}),
			}),
			done: () => {
				const { card: gift, other } = sandbox.checkout.audit().find((one) => one.id === order)!;
				return (moved({ ...gift }) + moved({ ...other })) / wanted;
			},
			problems: (outputs) =>
				outputs
					.filter(({ amountMinor }) => amountMinor !== wanted)
					.map(() => 'another amount was returned'),
		};
	},
});

export const JOBS: Job[] = [
	{
		name: 'giftCard/create',
		takesId: true,
		repeats: true,
		continues: true,
		ready: async (bench, id) => ({
			parameters: (own) => ({
				resource: 'giftCard',
				operation: 'create',
				amount: '500',
				currency: 'NOK',
				...(own ? { cardId: id } : {}),
			}),
			done: counted(bench, 1),
			problems: (outputs) =>
				outputs.flatMap(({ cardToken, pin, cardId }) => opens(bench, cardToken, pin, cardId)),
		}),
	},
	{
		name: 'giftCard/createBatch',
		takesId: true,
		repeats: true,
		continues: true,
		ready: async (bench, id) => ({
			parameters: (own) => ({
				resource: 'giftCard',
				operation: 'createBatch',
				batchSource: 'items',
				...(own ? { cardId: '={{ $json.id }}' } : {}),
			}),
			items: [1, 2, 3].map((number) => ({ id: `${id}-${number}` })),
			done: counted(bench, 3),
			problems: (outputs) =>
				outputs.flatMap(({ cardToken, pin, cardId }) => opens(bench, cardToken, pin, cardId)),
		}),
	},
	{
		name: 'giftCard/activate',
		takesId: false,
		repeats: false,
		continues: true,
		async ready(bench, id) {
			await bench.api.post('/wallets/cards/batch', { cards: [{ card_id: id, type: 'gift_card' }] });
			return {
				parameters: () => ({
					resource: 'giftCard',
					operation: 'activate',
					cardId: KARI(id),
					amount: '100',
					currency: 'NOK',
				}),
				done: () => moves(bench, id, 'fund', 10000),
			};
		},
	},
	codes('rotatePin', true, false),
	codes('createToken', false, true),
	codes('reissueCodes', true, true),
	replace,
	money('transaction/charge', 'charge', 'drawdown', {}),
	money('transaction/charge by token and PIN', 'charge', 'drawdown', {}, 'token'),
	money('transaction/reserve', 'charge', 'pending', { pending: true }),
	money('transaction/topUp', 'topUp', 'fund', {}),
	refund('transaction/refund', '100'),
	refund('transaction/refund of all that is left', ''),
	money('transaction/capture', 'capture', 'capture', {}, 'hold'),
	money('transaction/void', 'void', 'void', {}, 'hold'),
	settle('capture'),
	settle('refund'),
	settle('void'),
	{
		name: 'webhookSubscription/create',
		takesId: false,
		continues: false,
		async ready({ sandbox }, id) {
			const url = `http://127.0.0.1:9/${id}`;
			const live = () =>
				sandbox.books
					.subscriptions()
					.filter(({ config }) => (config as { url: string }).url === url) as unknown as Array<{
					id: string;
				}>;
			return {
				parameters: () => ({
					resource: 'webhookSubscription',
					operation: 'create',
					url,
					events: ['wallet_transaction'],
					secretType: 'hmacSha1',
					secretValue: `made-up secret ${++secrets} of ${id}`,
				}),
				done: () => live().length,
				problems: (outputs) =>
					outputs
						.filter(({ subscriptionId }) => live().every(({ id: one }) => one !== subscriptionId))
						.map(() => 'the subscription that was returned is not there'),
			};
		},
	},
	{
		name: 'webhookSubscription/delete',
		takesId: false,
		continues: false,
		async ready({ sandbox, api }, id) {
			const url = `http://127.0.0.1:9/${id}`;
			const { data } = await api.post('/hooks/subscriptions', {
				config: { url },
				events: ['wallet_transaction'],
			});
			return {
				parameters: () => ({
					resource: 'webhookSubscription',
					operation: 'delete',
					subscriptionId: KARI(String(data.id)),
				}),
				done: () =>
					Number(!sandbox.books.subscriptions().some((one) => one.id === String(data.id))),
			};
		},
	},
	{
		name: 'walletSettings/update',
		takesId: false,
		continues: false,
		async ready({ sandbox }, id) {
			const days = 1 + (Number(id.replace(/\D/g, '')) % 30_000);
			return {
				parameters: () => ({
					resource: 'walletSettings',
					operation: 'update',
					defaultExpiryDays: days,
				}),
				done: () => Number(sandbox.books.defaultExpiryDays() === days),
			};
		},
	},
];
