/** Finds a session, records its events, and shows it as read operations do. */
import { randomUUID } from 'node:crypto';
import { notFound } from '../errors.mts';
import { compact, type SandboxContext } from '../context.mts';
import { maskedTokenOf } from './gift-cards.mts';
import { iso } from './ids.mts';
import { read, type Session } from './rows.mts';

export function sessionEvent(
	context: SandboxContext,
	session: Session,
	name: string,
	details?: object,
): void {
	const now = context.clock.now();
	session.updatedAt = now;
	session.events.push({
		id: randomUUID(),
		name,
		created_at: iso(now),
		request_id: randomUUID(),
		details,
	});
}

export function needSession(context: SandboxContext, account: string, id: string): Session {
	const session = read(context.store, 'session', account, id);
	if (!session) throw notFound('Session');
	return session;
}

export function viewSession(context: SandboxContext, session: Session): object {
	const { request, usedCard } = session;
	const offered = request.customer?.gift_cards?.['dintero.wallets']?.map(({ card_id }) =>
		compact({ card_id, masked_card_token: maskedTokenOf(context, session.account, card_id) }),
	);
	return compact({
		...request,
		customer:
			request.customer &&
			compact({
				...request.customer,
				gift_cards: offered && { 'dintero.wallets': offered },
			}),
		order: compact({
			...request.order,
			gift_cards: usedCard && [
				compact({
					type: 'dintero.wallets',
					card_id: usedCard.cardId,
					amount: usedCard.amount,
					masked_card_token: usedCard.masked,
				}),
			],
		}),
		id: session.id,
		created_at: iso(session.createdAt),
		updated_at: iso(session.updatedAt),
		expires_at: iso(session.expiresAt),
		cancelled_at: session.cancelledAt === undefined ? undefined : iso(session.cancelledAt),
		cancelled_by: session.cancelledBy,
		transaction_id: session.transactionId,
		events: session.events.map(compact),
	});
}
