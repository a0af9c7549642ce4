/**
 * One round through Dintero Checkout with the action node: orders paid with a gift card and a bank card, then captured,
 * refunded, voided and canceled, each asked for twice.
 */
import type { IDataObject } from 'n8n-workflow';

import { checkoutSwitches } from '../../sandbox/checkout/switches.mts';
import type { Switches } from '../../sandbox/switches.mts';
import { byId } from '../actions/checkout.mts';
import { openHarness } from '../support/harness.mts';
import { fastTime } from '../support/time.mts';

/** Minor units. */
interface Sums {
	captured: number;
	refunded: number;
	voided: number;
}

/** One request to the node, and what the sandbox's books say that it moved. */
export interface Step {
	name: string;
	outcome?: unknown;
	/** What the user reads when the node refuses. */
	refusal?: string;
	item?: IDataObject;
	/** Minor units, on the card and with the other method together. */
	moved: Sums;
}

/** The value of each card, in minor units. */
const CARD = 20_000;

/** What a Checkout switch without a list of values is turned to. */
const OTHER_VALUES: Array<Partial<Switches>> = [
	{ checkoutRequestsPerSecond: 2 },
	{ sessionLines: 1 },
	{ sessionLifetime: 600 },
	// Vipps excludes gift cards: Dintero refuses the link, unless it ignores what the profile enables.
	{ profilePaymentTypes: ['dintero_psp.creditcard', 'vipps'], profileConflicts: 'ignore' },
	{ checkoutOperationMs: 5 },
	{ acceptedMs: 5, acceptedOperations: ['capture', 'refund', 'void'] },
	...['capture', 'refund', 'void'].flatMap((kind) => [
		...(['success', 'failure'] as const).map((acceptedOutcome) => ({
			acceptedOperations: [kind],
			acceptedOutcome,
			acceptedMs: null,
		})),
		...(['error', 'event'] as const).map((failedOperation) => ({
			failingOperations: [kind],
			failedOperation,
		})),
	]),
	// The access token expires between two requests.
	...([401, 403] as const).map((expiredCheckoutToken) => ({
		expiredCheckoutToken,
		tokenRequests: 6,
	})),
];

/** Each Checkout switch turned each way, with all others as they are. */
export const checkoutTurns: Array<Partial<Switches>> = [
	{},
	...Object.entries(checkoutSwitches).flatMap(([name, { options, initial }]) =>
		((options ?? []) as readonly unknown[])
			.filter((value) => value !== initial)
			.map((value) => ({ [name]: value }) as Partial<Switches>),
	),
	...OTHER_VALUES,
];

/** What the node gave at each step, and what the books of the wallet and of Checkout say at the end. */
export async function checkoutRound(turn: Partial<Switches>) {
	const realTime = fastTime();
	const harness = await openHarness({ switches: turn });
	const { sandbox } = harness;
	const steps: Step[] = [];
	const sums = (): Sums => {
		const total: Sums = { captured: 0, refunded: 0, voided: 0 };
		for (const { card, other } of sandbox.checkout.audit())
			for (const name of ['captured', 'refunded', 'voided'] as const)
				total[name] += card[name] + other[name];
		return total;
	};
	const node = async (name: string, resource: string, operation: string, parameters: object) => {
		const before = sums();
		const run = await harness.run({ resource, operation, ...parameters } as never);
		// What was answered with 202 ends before the books are read.
		sandbox.checkout.finishOperations();
		const after = sums();
		const error = run.nodeError('Dintero') as { message: string } | undefined;
		const items = run.json('Dintero');
		steps.push({
			name,
			outcome: items[0]?.outcome,
			refusal: error?.message,
			item: items[0],
			moved: {
				captured: after.captured - before.captured,
				refunded: after.refunded - before.refunded,
				voided: after.voided - before.voided,
			},
		});
		return items;
	};
	const settle = async (name: string, operation: string, id: string, more: object = {}) => {
		const parameters = { ...byId(id), ...more };
		await node(name, 'checkoutTransaction', operation, parameters);
		await node(`${name} again`, 'checkoutTransaction', operation, parameters);
	};
	const link = async (merchantReference: string) => {
		const [session] = await node(`link ${merchantReference}`, 'paymentSession', 'create', {
			amount: '500',
			merchantReference,
			returnUrl: 'https://shop.example/thanks',
		});
		return String(session?.sessionId);
	};
	/** Pays with a card of 200.00, and the rest with a bank card. */
	const paid = async (cardId: string) => {
		const session = await link(`order-${cardId}`);
		const [card] = await node(`card ${cardId}`, 'giftCard', 'create', {
			cardId,
			amount: '200',
			currency: 'NOK',
			pinFormat: 'digits4',
			tokenFormat: 'digits16',
		});
		const giftCard = { token: String(card.cardToken), pin: String(card.pin) };
		return { session, id: sandbox.checkout.pay(session, { giftCard }).id };
	};
	try {
		const first = await paid('a');
		await node('read session', 'paymentSession', 'get', { sessionId: first.session });
		await node('read order', 'checkoutTransaction', 'get', byId(first.id));
		await settle('capture a part', 'capture', first.id, { amount: '300', refId: 'parcel-1' });
		await settle('capture the rest', 'capture', first.id, { amount: '200', refId: 'parcel-2' });
		await settle('refund a part', 'refund', first.id, { amount: '150', refId: 'return-1' });

		const second = await paid('b');
		await settle('void', 'void', second.id);
		const third = await paid('c');
		await settle('capture one parcel', 'capture', third.id, { amount: '100', refId: 'parcel' });
		await settle('void the rest', 'void', third.id);
		const sessionId = await link('order-d');
		await node('cancel', 'paymentSession', 'cancel', { sessionId });
		await node('cancel again', 'paymentSession', 'cancel', { sessionId });
		const listed = await node('list', 'checkoutTransaction', 'getAll', { returnAll: true });

		const payments = sandbox.checkout.audit();
		const ids = [first.id, second.id, third.id];
		return {
			steps,
			listed: listed.map(({ checkoutTransactionId }) => checkoutTransactionId).sort(),
			paid: [...ids].sort(),
			canceled: sandbox.checkout.sessions().filter(({ cancelledAt }) => cancelledAt).length,
			balances: ['a', 'b', 'c'].map((id) => sandbox.books.card(id)?.balance),
			/** The balances, from what Checkout says it took and gave back. */
			expectedBalances: ids
				.map((id) => payments.find((payment) => payment.id === id)!.card)
				.map(({ captured, refunded }) => CARD - captured + refunded),
			violations: sandbox.violations,
		};
	} finally {
		realTime();
		await harness.close();
	}
}
