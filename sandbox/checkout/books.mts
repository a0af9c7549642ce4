/** Compares Checkout's books with the wallet's: each amount a payment took from a card must have left that card. */
import type { TransactionRow } from '../store.mts';
import type { SandboxContext } from '../context.mts';
import { readAll, type Part, type Payment } from './rows.mts';

/** Minor units. */
export interface AuditedPayment {
	id: string;
	reference: string;
	status: string;
	card: Part;
	other: Part;
	/** The sum of this payment's wallet transactions. */
	wallet: Part;
}

/** @throws Error when a payment disagrees with the wallet or with its own events */
export function auditCheckout(context: SandboxContext, account: string): AuditedPayment[] {
	const payments = readAll(context.store, 'payment', account);
	const made = context.store.all<TransactionRow>(
		"SELECT * FROM movement WHERE account = ? AND created_by = 'dintero-checkout'",
		account,
	);
	const unclaimed = new Map(made.map((row) => [row.id, row]));
	const audited = payments.map((payment) => {
		const wallet = walletPart(payment, unclaimed);
		const { card, other } = payment;
		for (const member of ['authorized', 'captured', 'refunded', 'voided'] as const) {
			must(
				payment,
				wallet[member] === card[member],
				`card ${member}: wallet ${wallet[member]}, Checkout ${card[member]}`,
			);
		}
		for (const [name, part] of Object.entries({ card, other })) {
			must(
				payment,
				part.captured + part.voided <= part.authorized,
				`${name}: more taken than reserved`,
			);
			must(payment, part.refunded <= part.captured, `${name}: more refunded than captured`);
		}
		const eventSum = (name: string) => sumOfEvents(payment, name);
		must(payment, eventSum('CAPTURE') === card.captured + other.captured, 'captures in the events');
		must(payment, eventSum('REFUND') === card.refunded + other.refunded, 'refunds in the events');
		return {
			id: payment.id,
			reference: String(payment.order.merchant_reference),
			status: payment.status,
			card,
			other,
			wallet,
		};
	});
	if (unclaimed.size > 0) throw new Error(`${unclaimed.size} wallet transactions of no payment`);
	return audited;
}

const sumOfEvents = ({ events }: Payment, name: string) =>
	events
		.filter(({ event, success }) => event === name && success)
		.reduce((sum, { amount = 0 }) => sum + amount, 0);

function must({ id }: Payment, holds: boolean, what: string): void {
	if (!holds) throw new Error(`The books of payment ${id} do not agree: ${what}`);
}

/** The sum of the wallet transactions that Checkout created for this payment. */
function walletPart(payment: Payment, unclaimed: Map<string, TransactionRow>): Part {
	const sums = { authorized: 0, captured: 0, refunded: 0, voided: 0 };
	for (const id of payment.usedCard?.moves ?? []) {
		const row = unclaimed.get(id);
		if (!row) throw new Error(`Wallet transaction ${id} belongs to two payments, or is gone`);
		unclaimed.delete(id);
		if (row.kind === 'pending') sums.authorized += row.amount;
		if (row.kind === 'capture') sums.captured += row.amount;
		if (row.kind === 'void') sums.voided += row.amount;
		if (row.kind === 'fund') sums.refunded += row.amount;
	}
	return sums;
}
