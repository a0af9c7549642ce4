/** An operation of Dintero Checkout in n8n's engine, with orders ready to be worked on. */
import type { IDataObject } from 'n8n-workflow';

import { axios, type Reply } from '../sandbox/client.mts';
import { session } from '../sandbox/checkout/client.mts';
import { operationHarness } from './operationHarness.mts';

/** @param parameters of the node besides resource and operation */
export function checkoutHarness(resource: string, operation: string, parameters: object = {}) {
	const harness = operationHarness(resource, operation, parameters);
	const api = (path: string, body: unknown) => harness.api.post(`/payments/${path}`, body);
	return Object.assign(Object.create(harness) as typeof harness, {
		/** A session as a shop makes it. @returns its id */
		async session(amount = 50_000, more: object = {}): Promise<string> {
			const { data } = (await api('sessions-profile', session(amount, more))) as Reply;
			harness.sandbox.resetLog();
			return data.id as string;
		},
		/** An order of 500.00 paid with a card of 200.00 and a bank card. @returns the transaction's id */
		async paid({
			amount = 50_000,
			card = 'gc-1' as string | null,
			cardAmount = 20_000,
			more = {},
			captured = 0,
		} = {}): Promise<string> {
			const { data } = (await api('sessions-profile', session(amount, more))) as Reply;
			const known = card !== null && harness.sandbox.books.card(card);
			const seeded =
				card === null
					? undefined
					: known
						? { token: known.tokens[0], pin: known.pin ?? '' }
						: await harness.seed(card, { amount: cardAmount });
			const { id } = harness.sandbox.checkout.pay(data.id as string, { giftCard: seeded });
			if (captured > 0) await api(`transactions/${id}/capture`, { amount: captured });
			harness.sandbox.resetLog();
			return id;
		},
		/** What the books say, which must agree with the wallet's. */
		audit: (id: string) => {
			const [found] = harness.sandbox.checkout.audit().filter((one) => one.id === id);
			return found;
		},
		balanceOf: (cardId: string) => harness.sandbox.books.card(cardId)?.balance,
	});
}

/** A Checkout transaction by its ID, as a person pastes it. */
export const byId = (value: string): IDataObject => ({
	checkoutTransactionId: { __rl: true, mode: 'id', value },
});

export { axios };
