import { amount, amountUnit } from '../../fields/amount';
import { originatedBy, refId } from '../../fields/card';
import { pin } from '../../fields/code';
import { additionalFields, options } from '../../fields/collection';
import { flag, simplify } from '../../fields/flag';
import { cardOrToken, withCardToken } from '../../fields/locator';
import { metadata } from '../../fields/metadata';
import { writeOptions } from '../../fields/runOptions';
import { moveMoney } from '../../exactlyOnce/moveMoney';
import { openCard } from '../../exactlyOnce/openCard';
import { operation } from '../operation';
import { text, withoutMissing } from '../output';
import {
	addBalance,
	movedOutput,
	referenceOf,
	refuseRepeatedReferences,
	type MovementPlan,
} from './movement';

interface Plan extends MovementPlan {
	pin?: string;
}

const fields = {
	card: cardOrToken,
	pin: withCardToken(
		pin(
			{
				description:
					'When filled in, Dintero checks it first, and the card is charged only if it is right. Dintero does not ask for a PIN when charging.',
			},
			'refuse',
		),
	),
	amount,
	refId,
	pending: flag({
		name: 'pending',
		displayName: 'Reserve Only',
		default: false,
		description:
			"Whether to lock the amount instead of drawing it. 'Capture' takes it later, 'Void' releases it.",
	}),
	additionalFields: additionalFields({ metadata, originatedBy }),
	options: options({ ...writeOptions, addBalance, amountUnit, simplify }),
};

export const charge = operation<typeof fields, Plan>({
	resource: 'transaction',
	value: 'charge',
	name: 'Charge',
	action: 'Charge gift card',
	description: 'Draw money from a card, at once or as a reservation to capture later',
	effect: 'write',
	scopes: ['admin:wallets', 'write:wallets', 'write:wallets:/transactions'],
	fields,

	prepare(values, { origin }) {
		const { card, additionalFields: details } = values;
		const request = withoutMissing({
			ref_id: referenceOf(values.refId, origin, 'charge', card.cardId ?? card.token),
			card_id: card.cardId,
			token: card.token,
			amount: values.amount.minor,
			currency: values.amount.currency,
			type: 'drawdown',
			pending: values.pending,
			originated_by: details.originatedBy,
			metadata: details.metadata,
		}) as MovementPlan['movement']['request'];
		return {
			movement: {
				what: 'charge',
				path: 'wallets/transactions',
				request: origin.mark.on(request),
				...card,
				mark: origin.mark,
				origin,
			},
			pin: values.pin,
			addBalance: values.options.addBalance,
			simplify: values.options.simplify,
		};
	},

	review: refuseRepeatedReferences,

	async run({ movement, pin: code, ...plan }, dintero) {
		const { token } = movement;
		const pinChecked = token !== undefined && code !== undefined;
		const card = pinChecked ? await openCard(dintero, token, code) : undefined;
		const moved = await moveMoney(dintero, {
			...movement,
			cardId: movement.cardId ?? text(card?.card_id),
		});
		const output = await movedOutput(dintero, movement, moved, plan);
		return { json: { ...output.json, pinChecked } };
	},
});
