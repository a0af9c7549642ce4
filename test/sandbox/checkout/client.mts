/** A sandbox with plain HTTP to Checkout beside that to the wallet, and orders ready to be paid. */
import { axios, card, open, getToken, type Reply } from '../client.mts';
import type { SandboxOptions } from '../../../sandbox/sandbox.mts';

export type Box = Awaited<ReturnType<typeof openCheckout>>;

/** What makes a session one that takes gift cards. */
export const express = { shipping_options: [], shipping_mode: 'shipping_not_required' };
export const giftCardsOn = {
	dintero: {
		type: 'payment_type',
		wallets: { type: 'payment_product_type', enabled: true },
	},
};

export const order = (amount: number, more: object = {}) => ({
	amount,
	currency: 'NOK',
	merchant_reference: 'order-1',
	items: [{ id: 'chair', line_id: '1', description: 'Chair', quantity: 1, amount, vat: 25 }],
	...more,
});

/** A session request that takes gift cards. */
export const session = (amount: number, more: object = {}) => ({
	profile_id: 'default',
	url: { return_url: 'https://shop.example/thanks' },
	order: order(amount),
	express,
	configuration: giftCardsOn,
	...more,
});

/** What somebody buys a gift card with: no gift cards taken. */
export const plainSession = (amount: number, more: object = {}) => ({
	profile_id: 'default',
	url: { return_url: 'https://shop.example/thanks' },
	order: order(amount),
	...more,
});

export async function openCheckout(options: SandboxOptions = {}) {
	const box = await open(options);
	const { data } = await getToken(box.sandbox.apiUrl, box.sandbox.account);
	const http = axios.create({
		baseURL: box.sandbox.apiUrl,
		headers: { Authorization: `Bearer ${data.access_token as string}` },
		validateStatus: () => true,
		maxRedirects: 0,
	});
	const checkout = {
		get: (url: string) => http.get(url) as Promise<Reply>,
		post: (url: string, body?: unknown, headers: Record<string, string> = {}) =>
			http.post(url, body, { headers }) as Promise<Reply>,
	};
	const codes = async (cardId: string, amount = 20_000, more: object = {}) => {
		const made = await box.post('/wallets/cards', card(cardId, { amount, ...more }));
		if (made.status !== 200) throw new Error(JSON.stringify(made.data));
		return {
			token: made.data.card_token.token.value as string,
			pin: made.data.pin.pin.value as string,
		};
	};
	return {
		...box,
		checkout,
		/** A gift card ready for use: its number and PIN. */
		codes,
		/** An order paid with a card of 200.00 first, the rest with a bank card. @returns the transaction's id */
		async paid(amount = 50_000, cardId: string | null = 'gc-1', more: object = {}) {
			const made = await checkout.post('/sessions-profile', session(amount, more));
			if (made.status !== 200) throw new Error(JSON.stringify(made.data));
			const giftCard = cardId === null ? undefined : await codes(cardId);
			return box.sandbox.checkout.pay(made.data.id as string, { giftCard }).id;
		},
		read: async (id: string) => (await checkout.get(`/transactions/${id}`)).data,
		operate: (kind: 'capture' | 'refund' | 'void', id: string, body?: object) =>
			checkout.post(`/transactions/${id}/${kind}`, body),
	};
}
