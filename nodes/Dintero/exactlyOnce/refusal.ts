import type { IDataObject } from 'n8n-workflow';

import { formatAmount } from '../domain/money';
import { attempt } from '../transport/attempt';
import type { DinteroClient } from '../transport/client';
import { failureOf, reword } from '../transport/failure';
import { isActive } from './cardState';
import { findCard } from './issueCard';
import { NO_CARD_WITH_TOKEN } from './openCard';
import { noSuchCard } from './readCard';
import { isAmount, isText, kindOf, lockedOn, reserved, transactionsOf } from './transactions';

/** A request that Dintero refused and did not carry out. */
export interface Refused {
	what: 'charge' | 'top-up' | 'refund' | 'capture' | 'void' | 'activation';
	cardId?: string;
	token?: string;
	/** The card, if it was looked up after the refusal. */
	card?: IDataObject;
	/** The reservation of a capture or void. */
	parentId?: string;
	/** In minor units. */
	amount?: number;
	currency?: string;
}

/** What happened, and what to do. */
type Explanation = [message: string, wayOut: string];

/**
 * Explains why Dintero refused. Dintero does not document its statuses and codes, so the node finds the reason from the
 * card and its transactions as they are now, and appends Dintero's message. If they do not explain the refusal, or cannot
 * be read, the error stays as it is.
 * @param problem made by `apiError`
 * @returns the same error
 */
export async function explainRefusal(
	dintero: DinteroClient,
	problem: unknown,
	refused: Refused,
): Promise<unknown> {
	const failure = failureOf(problem);
	if (failure?.outcome !== 'refused' || failure.signIn || failure.status === 401) return problem;
	const { answer: words } = await attempt(explanationOf(dintero, refused));
	if (words) return reword(problem, ...words);
	const advice = adviceFor(refused);
	const error = problem as Error & { description?: string | null };
	if (advice) error.description = [error.description, advice].filter(Boolean).join(' ');
	return problem;
}

async function explanationOf(
	dintero: DinteroClient,
	refused: Refused,
): Promise<Explanation | undefined> {
	const { cardId, parentId } = refused;
	if (cardId === undefined && (parentId !== undefined || refused.token === undefined))
		return undefined;
	const card = refused.card ?? (await lookUp(dintero, refused));
	if (card === undefined) return cardId === undefined ? NO_CARD_WITH_TOKEN : noSuchCard(cardId);
	const id = cardId ?? String(card.card_id ?? '');
	if (parentId !== undefined) {
		const words = await aboutReservation(dintero, id, card, { ...refused, parentId });
		if (words) return words;
	}
	return aboutCard(dintero, id, card, refused);
}

/** @returns `undefined` when there is no such card @throws NodeApiError when the look-up fails */
async function lookUp(
	dintero: DinteroClient,
	{ cardId, token }: Refused,
): Promise<IDataObject | undefined> {
	if (cardId !== undefined) return await findCard(dintero, cardId);
	const { answer, problem } = await attempt(dintero.cardInfo(token ?? ''));
	if (problem !== undefined && failureOf(problem)?.status !== 404) throw problem;
	return answer;
}

function aboutCard(
	dintero: DinteroClient,
	cardId: string,
	card: IDataObject,
	{ what, amount, currency }: Refused,
): Explanation | undefined {
	const { clock } = dintero;
	const name = `The gift card '${cardId}'`;
	if (clock.hasPassed(card.expires_at))
		return [
			`${name} expired on ${String(card.expires_at)}`,
			'No money was moved. An expired card can no longer be used; issue a new one if the customer should keep the money.',
		];
	if (what === 'activation') return undefined;
	if (!isActive(card))
		return [
			`${name} is not active`,
			"No money was moved. It was made without a balance: use 'Activate' when it is sold.",
		];
	if (what === 'top-up' || what === 'refund' || what === 'charge') {
		if (isText(card.currency) && currency !== undefined && card.currency !== currency)
			return [
				`${name} is in ${card.currency}, not in ${currency}`,
				`No money was moved. Set 'Currency' to ${card.currency} and check the amount.`,
			];
	}
	if (what !== 'charge') return undefined;
	if (clock.isToCome(card.active_from))
		return [
			`${name} cannot be used before ${String(card.active_from)}`,
			'No money was moved. Try again after that time.',
		];
	const available = card.amount_available ?? card.amount_balance;
	if (amount === undefined || !isAmount(available) || Number(available) >= amount) return undefined;
	const unit = String(card.currency ?? currency ?? '');
	const locked = lockedOn(card) ?? 0;
	return [
		`${name} has ${formatAmount(Number(available), unit)} left, less than ${formatAmount(amount, unit)}`,
		`No money was moved. Charge at most what is left and let the customer pay the rest in another way.${
			locked > 0 ? ` Reservations lock another ${formatAmount(locked, unit)}.` : ''
		}`,
	];
}

async function aboutReservation(
	dintero: DinteroClient,
	cardId: string,
	card: IDataObject,
	{ what, parentId, amount }: Refused & { parentId: string },
): Promise<Explanation | undefined> {
	const { records, complete } = await transactionsOf(dintero, cardId);
	const parent = records.find(({ id }) => id === parentId);
	if (!parent)
		return complete
			? [
					`The gift card '${cardId}' has no transaction '${parentId}'`,
					"No money was moved. Check 'Transaction ID' and 'Card': the reservation is on another card, or in another account.",
				]
			: undefined;
	const unit = String(parent.currency ?? card.currency ?? '');
	const money = (minor: number) => formatAmount(minor, unit).trim();
	const kind = kindOf(parent, records, lockedOn(card));
	const refund = "To give money back, use 'Refund'.";
	switch (kind) {
		case 'reservation':
			break;
		case 'released':
			return [
				'The reservation was already released',
				'No money was moved: it no longer locks any money.',
			];
		case 'charge':
			return [
				`This is a finished charge of ${money(Number(parent.amount))}, not a reservation`,
				`No money was moved. ${what === 'void' ? refund : 'Its money was already taken.'}`,
			];
		case 'unknown':
			return undefined;
		default:
			return [
				`This transaction is a ${kind}, not a reservation`,
				"No money was moved. Use the transaction that 'Charge' with 'Reserve Only' returned.",
			];
	}
	const { captured, released, held } = reserved(parent, records);
	if (held > 0)
		return amount !== undefined && amount > held
			? [
					`The reservation locks ${money(held)}, less than ${money(amount)}`,
					'No money was moved. Capture at most what is locked.',
				]
			: undefined;
	if (captured === 0)
		return [
			'The reservation was already released',
			'No money was moved: it no longer locks any money.',
		];
	const parts = released > 0 ? `, and ${money(released)} was released` : '';
	return [
		`The reservation was already captured: ${money(captured)} was taken${parts}`,
		`No money was moved: it no longer locks any money.${what === 'void' ? ` ${refund}` : ''}`,
	];
}

/** A possible reason, when nothing can be looked up. */
function adviceFor({ what, cardId, token, parentId }: Refused): string | undefined {
	if (parentId !== undefined && cardId === undefined)
		return `It may have been captured or released before, or its 'Reference' is that of the reservation. Fill in 'Card', and the node can find out.${
			what === 'void' ? " To give the money of a finished charge back, use 'Refund'." : ''
		}`;
	if (token !== undefined)
		return 'If the card token was made for a single use, it is used up; find the card by its ID instead.';
	return undefined;
}
