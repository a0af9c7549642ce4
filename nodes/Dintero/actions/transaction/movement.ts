import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { InvalidInput, show } from '../../domain/invalidInput';
import { parseId } from '../../domain/text';
import type { Moved, Movement } from '../../issuance/moveMoney';
import { MARK_KEY } from '../../issuance/origin';
import { cardField } from '../fields';
import type { Item, Output } from '../operation';
import { money, text, withoutMissing } from '../output';
import {
	readCollection,
	readFlag,
	readMetadata,
	readOptions,
	readOwnReference,
	readUuid,
} from '../readers';
import { refuseSame } from '../repeated';

/** What the operations that move money share: the card, the reference, and how a transaction becomes an item. */

export interface MovementPlan {
	movement: Movement;
	simplify: boolean;
}

/** @param step names the operation, so that a derived reference of another one is another one */
export function readRefId(item: Item, step: string): string {
	return readOwnReference(item, 'refId', 'Reference') ?? item.origin.reference(step);
}

/** Refuses items that would share a reference: Dintero would do only one of them. */
export function refuseRepeated(
	plans: ReadonlyArray<MovementPlan | undefined>,
	refuse: (index: number, problem: Error) => void,
): void {
	refuseSame(
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

/** The amounts of a run, for *Maximum Total*. */
export function amountsOf(
	plans: ReadonlyArray<MovementPlan | undefined>,
): Array<{ minor: number; currency: string }> {
	return plans.flatMap((plan) => {
		const { amount, currency } = (plan?.movement.request ?? {}) as IDataObject;
		return typeof amount === 'number' && typeof currency === 'string'
			? [{ minor: amount, currency }]
			: [];
	});
}

/** A transaction as read, in ten fields. */
export function simpleTransaction(transaction: IDataObject, cardId?: string): IDataObject {
	const currency = text(transaction.currency);
	return withoutMissing({
		transactionId: text(transaction.id),
		type: text(transaction.type),
		...money('amount', transaction.amount, currency),
		currency,
		refId: text(transaction.ref_id),
		cardId,
		parentId: text(transaction.parent_id),
		createdAt: text(transaction.created_at),
	});
}

/** What became of a movement. `alreadyDone` and `recovered` are what a workflow asks after a repeated run. */
export function movedOutput({ transaction, cardId, outcome }: Moved, simplify: boolean): Output {
	return {
		json: {
			...(simplify ? simpleTransaction(transaction, cardId) : transaction),
			outcome,
			alreadyDone: outcome === 'alreadyDone',
			recovered: outcome === 'recovered',
		},
	};
}

/** The fields of *Capture* and *Void*, which work on a reservation. */
export const reservationFields: INodeProperties[] = [
	{
		displayName: 'Transaction ID',
		name: 'transactionId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. 9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11',
		description: "The reservation, as 'Charge' with 'Reserve Only' returned it",
	},
	{
		...cardField,
		required: false,
		hint: "Optional. Lets the node look up what became of the request if Dintero's answer is lost.",
		description: 'The card the reservation is on',
	},
];

/**
 * The plan of *Capture* and *Void*.
 * @param readPart reads the amount to take; all that is locked when missing or undefined
 * @throws InvalidInput
 */
export function readReservation(
	item: Item,
	what: 'capture' | 'void',
	readPart?: (item: Item) => number | undefined,
): MovementPlan {
	const { mark } = item.origin;
	const parentId = readUuid(
		item,
		'transactionId',
		'Transaction ID',
		"'Charge' and 'Get Many' return it",
	);
	const card = item.get('cardId', '');
	const cardId =
		card === '' || card === undefined || card === null ? undefined : parseId(card, 'Card');
	const amount = readPart?.(item);
	return {
		movement: {
			what,
			path: `wallets/transactions/${parentId}/${what}`,
			request: {
				ref_id: readRefId(item, what),
				...(amount === undefined ? {} : { amount }),
				// Captures and voids have no `originated_by`, so the mark goes into the metadata.
				metadata: {
					...readMetadata(readCollection(item, 'additionalFields')),
					[MARK_KEY]: mark,
				},
			},
			parentId,
			cardId,
			mark,
		},
		simplify: readFlag(readOptions(item).simplify, true),
	};
}
