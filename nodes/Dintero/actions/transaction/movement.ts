import type { IDataObject } from 'n8n-workflow';

import { InvalidInput, show } from '../../domain/invalidInput';
import { whatHappenedTo, type WhatHappened } from '../../domain/transactionKind';
import { flag } from '../../fields/flag';
import { optionalCard } from '../../fields/locator';
import { uuid } from '../../fields/text';
import { findCard } from '../../exactlyOnce/issueCard';
import type { Moved, Movement } from '../../exactlyOnce/moveMoney';
import type { Origin } from '../../exactlyOnce/origin';
import { attempt } from '../../transport/attempt';
import type { DinteroClient } from '../../transport/client';
import { balances } from '../giftCard/cardOutput';
import type { Item, Output } from '../operation';
import { money, text, withoutMissing } from '../output';
import { refuseDuplicates } from '../refuseDuplicates';

/** What the operations that move money share. */

export interface MovementPlan {
	movement: Movement;
	/** *Add Balance*: whether to read the card afterwards. */
	addBalance?: boolean;
	simplify: boolean;
}

/**
 * @param own the user's reference
 * @param step the operation's name, so that every operation derives another reference
 * @param target the card, reservation or charge
 */
export const referenceOf = (
	own: string | undefined,
	origin: Origin,
	step: string,
	target: string | undefined,
): string => own ?? origin.reference(step, target);

/** Refuses items with the same reference on the same card, because Dintero would do only one of them. */
export function refuseRepeatedReferences(
	plans: ReadonlyArray<MovementPlan | undefined>,
	refuse: (index: number, error: Error) => void,
): void {
	refuseDuplicates(
		plans,
		refuse,
		({ movement: { cardId, token, parentId, request } }) =>
			JSON.stringify([parentId ?? cardId ?? token, request.ref_id]),
		({ movement }, earlier) =>
			new InvalidInput(
				'Reference',
				`${show(movement.request.ref_id)} is also the reference of item ${earlier}, for the same card.`,
				'Give every movement of money its own reference, for example the order number and the row.',
			),
	);
}

/**
 * A transaction in ten fields.
 * @param whatHappened if more is known than the transaction itself shows
 */
export function simpleTransaction(
	transaction: IDataObject,
	cardId?: string,
	whatHappened: WhatHappened | undefined = whatHappenedTo(transaction),
): IDataObject {
	const currency = text(transaction.currency);
	return withoutMissing({
		transactionId: text(transaction.id),
		whatHappened,
		type: text(transaction.type),
		...money('amount', transaction.amount, currency),
		currency,
		refId: text(transaction.ref_id),
		cardId,
		parentId: text(transaction.parent_id),
		createdAt: text(transaction.created_at),
	});
}

/** The result of a movement. `alreadyDone` and `recovered` are for workflows that run again. */
export async function movedOutput(
	dintero: DinteroClient,
	{ token }: Pick<Movement, 'token'>,
	{ transaction, cardId, outcome }: Moved,
	{ addBalance: wanted, simplify }: Pick<MovementPlan, 'addBalance' | 'simplify'>,
): Promise<Output> {
	// The money has moved, so a failed look-up must not fail the item.
	const card = wanted ? (await attempt(lookUp(dintero, cardId, token))).answer : undefined;
	return {
		json: {
			...(simplify ? simpleTransaction(transaction, cardId) : transaction),
			outcome,
			alreadyDone: outcome === 'alreadyDone',
			recovered: outcome === 'recovered',
			...(card ? balances(card) : {}),
		},
	};
}

async function lookUp(
	dintero: DinteroClient,
	cardId?: string,
	token?: string,
): Promise<IDataObject | undefined> {
	if (cardId !== undefined) return await findCard(dintero, cardId);
	return token === undefined ? undefined : await dintero.cardInfo(token);
}

export const addBalance = flag(
	{
		name: 'addBalance',
		displayName: 'Add Balance',
		default: false,
		description:
			'Whether to look the card up afterwards and return its new balance and what can be spent now. Takes one more request per item.',
	},
	{ cosmetic: true },
);

/** The fields of *Capture* and *Void*, which work on a reservation. */
export const reservation = {
	transactionId: uuid({
		name: 'transactionId',
		displayName: 'Transaction ID',
		placeholder: 'e.g. 9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11',
		description: "The reservation, as 'Charge' with 'Reserve Only' returned it",
		whereFrom: "'Charge' and 'Get Many' return it",
	}),
	cardId: optionalCard({
		hint: "Optional. Lets the node find out what happened if Dintero's answer is lost.",
		description: 'The card the reservation is on',
	}),
};

interface ReservationValues {
	transactionId: string;
	cardId?: string;
	refId?: string;
	additionalFields: { metadata?: IDataObject };
	options: { simplify: boolean };
}

/**
 * The plan of *Capture* and *Void*.
 * @param amount to take, in minor units; all that is locked when missing
 */
export function planForReservation(
	what: 'capture' | 'void',
	values: ReservationValues,
	{ origin }: Item,
	amount?: number,
): MovementPlan {
	const { transactionId, cardId } = values;
	return {
		movement: {
			what,
			path: `wallets/transactions/${transactionId}/${what}`,
			// Captures and voids have no `originated_by`.
			request: origin.mark.on(
				{
					ref_id: referenceOf(values.refId, origin, what, transactionId),
					...(amount === undefined ? {} : { amount }),
					metadata: values.additionalFields.metadata,
				},
				['metadata'],
			),
			parentId: transactionId,
			cardId,
			mark: origin.mark,
			origin,
		},
		simplify: values.options.simplify,
	};
}
