/** Controls Checkout in a sandbox: does what a payer does, and shows what the API does not. */
import type { SandboxContext } from '../context.mts';
import { auditCheckout, type AuditedPayment } from './books.mts';
import { backoffice, sessionOf } from './backoffice.mts';
import { abandon, decide, openSession, pay, unlock, viewPage } from './payer.mts';
import type { GiftCardCodes, PayWith } from './payer.mts';
import {
	read,
	readAll,
	save,
	type OperationKind,
	type Payment,
	type Session,
	type SessionRequest,
} from './rows.mts';
import { sessionEvent } from './session-view.mts';

export type { GiftCardCodes, PayWith } from './payer.mts';
export type { AuditedPayment } from './books.mts';

export class CheckoutHandle {
	#context: SandboxContext;

	constructor(context: SandboxContext) {
		this.#context = context;
	}

	/**
	 * Opens the payment page.
	 * @throws ApiError when it is closed
	 */
	visit(sessionId: string): object {
		const session = openSession(this.#context, sessionId);
		sessionEvent(this.#context, session, 'VISITED');
		return viewPage(this.#context, sessionId);
	}

	/**
	 * Unlocks a gift card on the payment page.
	 * @returns how much it will pay, in minor units
	 */
	unlock(sessionId: string, codes: GiftCardCodes): number {
		return unlock(this.#context, openSession(this.#context, sessionId), codes).amount;
	}

	/** Pays, first with the gift card, then the rest with the other method. */
	pay(sessionId: string, wanted: PayWith = {}): Payment {
		return pay(this.#context, sessionId, wanted);
	}

	/** The payer leaves without paying. */
	abandon(sessionId: string): void {
		abandon(this.#context, sessionId);
	}

	/** Ends the manual review of a payment that is on hold. */
	decide(transactionId: string, authorized: boolean, accountId = this.#account): Payment {
		return decide(this.#context, accountId, transactionId, authorized);
	}

	/**
	 * Does what a shop does in Dintero's Backoffice.
	 * @param amount minor units; not for a void
	 */
	async operate(
		kind: OperationKind,
		id: string,
		amount?: number,
		items?: Array<{ line_id: string; amount: number }>,
	): Promise<unknown> {
		return await backoffice(this.#context, this.#account, kind, id, amount, items);
	}

	/**
	 * Creates a session as another system of the shop would.
	 * @returns its ID
	 */
	open(request: SessionRequest): string {
		return sessionOf(this.#context, this.#account, request);
	}

	/** Finishes every capture, refund and void that was answered with 202. */
	finishOperations(): void {
		this.#context.checkout.finish();
	}

	/** The payments of the account, oldest first. */
	payments(accountId = this.#account): Payment[] {
		return readAll(this.#context.store, 'payment', accountId);
	}

	payment(id: string, accountId = this.#account): Payment | undefined {
		return read(this.#context.store, 'payment', accountId, id);
	}

	/** Overwrites a payment, so that a test can verify the audit itself. */
	tamper(payment: Payment): void {
		save(this.#context.store, 'payment', payment);
	}

	sessions(accountId = this.#account): Session[] {
		return readAll(this.#context.store, 'session', accountId);
	}

	/**
	 * Compares the payments with the wallet, to the smallest unit.
	 * @returns each payment with its wallet sums
	 * @throws Error when they disagree
	 */
	audit(accountId = this.#account): AuditedPayment[] {
		return auditCheckout(this.#context, accountId);
	}

	get #account(): string {
		return this.#context.accounts.clients[0].accountId;
	}
}
