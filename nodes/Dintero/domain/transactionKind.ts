import type { Choice } from './choices';

/** What a transaction can do to its gift card, as options for a person to choose from. */
export const WHAT_HAPPENED = [
	{
		name: 'Created or Funded',
		value: 'funded',
		description: 'Money was put on a card: it was issued, activated or topped up',
	},
	{
		name: 'Released',
		value: 'released',
		description: 'A reservation was released without being used',
	},
	{
		name: 'Reserved',
		value: 'reserved',
		description: 'An amount was set aside for a purchase',
	},
	{
		name: 'Used',
		value: 'used',
		description: 'Money was taken from a card, directly or by capturing a reservation',
	},
] as const satisfies ReadonlyArray<Choice & { description: string }>;

/** What a transaction did to its gift card. */
export type WhatHappened = (typeof WHAT_HAPPENED)[number]['value'];

/**
 * Derives what a gift card transaction did from Dintero's `type` (fund, drawdown, pending_capture, voided), `pending`
 * and `parent_id` (captures and voids refer to their reservation). Dintero does not say which type is a reservation
 * and which its capture, so a transaction with a parent counts as the capture, whatever its type.
 * @returns `undefined` for an unknown type
 */
export function whatHappenedTo(transaction: {
	type?: unknown;
	pending?: unknown;
	parent_id?: unknown;
}): WhatHappened | undefined {
	const child = typeof transaction.parent_id === 'string' && transaction.parent_id !== '';
	switch (transaction.type) {
		case 'fund':
			return 'funded';
		case 'voided':
			return 'released';
		case 'drawdown':
			return transaction.pending === true && !child ? 'reserved' : 'used';
		case 'pending_capture':
			return child ? 'used' : 'reserved';
		default:
			return undefined;
	}
}
