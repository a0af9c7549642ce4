import type { IDataObject } from 'n8n-workflow';

import { inZone } from '../../domain/dates';
import { InvalidInput } from '../../domain/invalidInput';
import { amount, amountUnit, maximumTotal } from '../../fields/amount';
import { choice } from '../../fields/choice';
import { additionalFields, options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { cardOrToken, type CardReference } from '../../fields/locator';
import { writeOptions } from '../../fields/runOptions';
import { tokenLifetime } from '../../fields/tokenLifetime';
import {
	activateCard,
	type ActivateOutcome,
	type Activation,
	type IfActive,
} from '../../exactlyOnce/activateCard';
import { checkMaximumTotal, checkSpendingLimit } from '../../exactlyOnce/limits';
import { openCard } from '../../exactlyOnce/openCard';
import { operation } from '../operation';
import { withoutMissing } from '../output';
import { refuseDuplicates } from '../refuseDuplicates';
import { simpleCard } from './cardOutput';
import { cardDetails, detailsOf } from './cardRequest';

interface Plan {
	card: CardReference;
	activation: Omit<Activation, 'cardId'>;
	ifActive: IfActive;
	maximumTotal?: number;
	simplify: boolean;
}

const fields = {
	card: cardOrToken,
	amount,
	additionalFields: additionalFields(cardDetails),
	options: options({
		...writeOptions,
		amountUnit,
		ifAlreadyActive: choice({
			name: 'ifAlreadyActive',
			displayName: 'If Already Active',
			options: [
				{
					name: 'Stop This Item',
					value: 'stop',
					description: 'It may have been sold before',
				},
				{
					name: 'Return It',
					value: 'return',
					description: 'If it was activated with this amount',
				},
			],
			default: 'stop',
			description:
				'What to do with a card that another run activated before. A card that this execution activated in an earlier attempt is always returned.',
		}),
		maximumTotal,
		simplify,
	}),
};

export const activate = operation<typeof fields, Plan>({
	resource: 'giftCard',
	value: 'activate',
	name: 'Activate',
	action: 'Activate gift card',
	description: 'Give an inactive card from a batch its balance, so that it can be used',
	effect: 'write',
	scopes: ['admin:wallets', 'write:wallets'],
	fields,

	prepare(values, item) {
		const { minor, currency } = values.amount;
		checkSpendingLimit(minor, currency, item.spendingLimit);
		const { additionalFields: details } = values;
		const { mark } = item.origin;
		const request = withoutMissing({
			amount: minor,
			currency,
			...detailsOf(details),
			// Always sent: a batch cannot set them, and Dintero's defaults are one use and an undocumented time.
			card_token: {
				expires_in: tokenLifetime(details.tokenLifetimeDays, details.expiresAt),
				expires_after_transaction: details.singleUse,
			},
		}) as Activation['request'];
		return {
			card: values.card,
			activation: { request: mark.on(request), mark },
			ifActive: values.options.ifAlreadyActive,
			maximumTotal: values.options.maximumTotal,
			simplify: values.options.simplify,
		};
	},

	review(plans, refuse) {
		refuseDuplicates(
			plans,
			refuse,
			({ card }) => JSON.stringify(card),
			(_plan, earlier) =>
				new InvalidInput(
					'Card',
					`is also the card of item ${earlier}.`,
					'A card is activated once; remove one of the two.',
				),
		);
		checkMaximumTotal(plans, ({ activation: { request } }) => ({
			minor: request.amount,
			currency: request.currency,
		}));
	},

	async run({ card, activation, ifActive, simplify: simple }, dintero) {
		const cardId = card.cardId ?? String((await openCard(dintero, card.token)).card_id);
		const activated = await activateCard(dintero, { ...activation, cardId }, ifActive);
		const whole = {
			...withoutMissing({
				active_from: activation.request.active_from,
				expires_at: activation.request.expires_at,
			}),
			...activated.card,
		};
		return {
			json: {
				...(simple ? activatedCard(whole, dintero.timeZone) : activated.card),
				...outcomeOf(activated.outcome),
			},
		};
	},
});

const activatedCard = (card: IDataObject, timeZone: string): IDataObject => ({
	...simpleCard(card, timeZone),
	...withoutMissing({ activeFrom: inZone(card.active_from, timeZone) }),
});

const outcomeOf = (outcome: ActivateOutcome): IDataObject => ({
	outcome,
	alreadyDone: outcome === 'alreadyActive',
	recovered: outcome === 'recovered',
});
