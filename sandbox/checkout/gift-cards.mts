/** A payment's gift card: what Checkout books in the wallet, and how events describe it. */
import { randomUUID } from 'node:crypto';
import { findCard, isExpired } from '../card-view.mts';
import { mask } from '../codes.mts';
import type { Format } from '../codes.mts';
import { ApiError } from '../errors.mts';
import type { CardRow, TokenRow, TransactionRow } from '../store.mts';
import { announce, record } from '../transactions.mts';
import { compact, parsed, type SandboxContext } from '../context.mts';
import type { Payment, UsedCard } from './rows.mts';

/** The client under which a payment's wallet transactions are booked. */
const client = {
	accountId: '',
	clientId: 'dintero-checkout',
	clientSecret: '',
	scopes: [] as string[],
};

/** A card's masked number; missing when it has no card token. */
export function maskedTokenOf(
	context: SandboxContext,
	account: string,
	cardId: string,
): string | undefined {
	const card = findCard(context, account, cardId);
	const token =
		card &&
		context.store.get<TokenRow>(
			'SELECT * FROM token WHERE card = ? ORDER BY seq DESC LIMIT 1',
			card.seq,
		);
	return token && masked(token);
}

export const masked = (token: TokenRow): string =>
	mask(token.value, parsed<Format>(token.format)?.prefix ?? 'DINCARD:');

function cardOf(context: SandboxContext, used: UsedCard): CardRow {
	const card = context.store.get<CardRow>('SELECT * FROM card WHERE seq = ?', used.card);
	if (!card) throw new ApiError(400, 'CARD NOT FOUND', 'The gift card is gone');
	return card;
}

function book(
	context: SandboxContext,
	payment: Payment,
	kind: TransactionRow['kind'],
	amount: number,
): TransactionRow {
	const used = payment.usedCard as UsedCard;
	const card = cardOf(context, used);
	const parent =
		kind === 'capture' || kind === 'void'
			? context.store.get<TransactionRow>('SELECT * FROM movement WHERE id = ?', used.reservation!)
			: undefined;
	const { checkoutWalletMark } = context.switches;
	const row = record(
		context,
		card,
		{ client },
		{
			kind,
			ref_id: randomUUID(),
			amount,
			parent,
			parentId: kind === 'fund' ? givenBackFrom(context, used) : undefined,
			...(checkoutWalletMark === 'originated_by' ? { originated_by: 'dintero-checkout' } : {}),
			...(checkoutWalletMark === 'metadata'
				? { metadata: { dintero_transaction_id: payment.id } }
				: {}),
		},
	);
	used.moves.push(row.id);
	announce(context, card, row, kind);
	return row;
}

/** The parent ID of a refund. */
function givenBackFrom(context: SandboxContext, used: UsedCard): string | undefined {
	switch (context.switches.checkoutRefundParent) {
		case 'reservation':
			return used.reservation;
		case 'capture':
			return used.moves.find(
				(id) =>
					context.store.get<TransactionRow>('SELECT * FROM movement WHERE id = ?', id)?.kind ===
					'capture',
			);
		default:
			return undefined;
	}
}

/** Reserves the card's part of a payment. */
export function reserve(context: SandboxContext, payment: Payment): TransactionRow {
	const used = payment.usedCard as UsedCard;
	const row = book(context, payment, 'pending', used.amount);
	used.reservation = row.id;
	if (used.token !== undefined) useToken(context, used.token);
	return row;
}

/** @throws ApiError when the token allows one transaction, each booking counts, and it has been used */
export function capture(context: SandboxContext, payment: Payment, amount: number): TransactionRow {
	const { token } = payment.usedCard as UsedCard;
	if (token !== undefined && context.switches.oneTimeTokenInCheckout === 'each')
		useToken(context, token);
	return book(context, payment, 'capture', amount);
}

export const release = (
	context: SandboxContext,
	payment: Payment,
	amount: number,
): TransactionRow => book(context, payment, 'void', amount);

export const giveBack = (
	context: SandboxContext,
	payment: Payment,
	amount: number,
): TransactionRow => book(context, payment, 'fund', amount);

/** Whether the card can't receive money: it is deleted or expired. */
export function isDead(context: SandboxContext, used: UsedCard): boolean {
	const card = cardOf(context, used);
	return card.deleted_at !== null || isExpired(context, card);
}

function useToken(context: SandboxContext, seq: number): void {
	const token = context.store.get<TokenRow>('SELECT * FROM token WHERE seq = ?', seq);
	if (token?.expires_after_transaction && token.used > 0) {
		throw new ApiError(400, 'TOKEN USED', 'The card token has been used');
	}
	context.store.run('UPDATE token SET used = used + 1 WHERE seq = ?', seq);
}

/** The card as a transaction shows it. */
export function viewUsedCard(context: SandboxContext, { usedCard }: Payment): object[] | undefined {
	if (!usedCard) return undefined;
	const whole = context.switches.giftCardAmounts !== 'part';
	return [viewCard(usedCard, whole ? usedCard.whole : usedCard.amount)];
}

/** The card as an event shows it: its part of this event, and the wallet transaction. */
export function viewEventCard(
	context: SandboxContext,
	{ usedCard }: Payment,
	amount: number,
	row: TransactionRow | undefined,
): object[] | undefined {
	if (!usedCard || !row) return undefined;
	const { giftCardAmounts, eventCardTransaction } = context.switches;
	return [
		{
			...viewCard(usedCard, giftCardAmounts === 'whole-everywhere' ? usedCard.whole : amount),
			transaction_id: eventCardTransaction === 'wallet' ? row.id : randomUUID(),
		},
	];
}

const viewCard = ({ cardId, masked: number }: UsedCard, amount: number) =>
	compact({ type: 'dintero.wallets', card_id: cardId, amount, masked_card_token: number });
