import type { IDataObject } from 'n8n-workflow';

import { InvalidInput } from '../../domain/invalidInput';
import { parseReference } from '../../domain/text';
import {
	activateCard,
	type ActivateOutcome,
	type Activation,
	type IfActive,
} from '../../issuance/activateCard';
import { checkMaximumTotal, checkSpendingLimit } from '../../issuance/limits';
import { openCard } from '../../issuance/openCard';
import { markRequest } from '../../issuance/origin';
import { readCard } from '../cardReader';
import {
	additionalFields,
	amountField,
	amountUnitOption,
	cardByFields,
	currencyField,
	maximumTotalOption,
	metadataFields,
	originatedByField,
	simplifyOption,
} from '../fields';
import { operation } from '../operation';
import { text, withoutMissing } from '../output';
import {
	readAmount,
	readChoice,
	readCollection,
	readFlag,
	readMetadata,
	readOptions,
} from '../readers';
import { refuseSame } from '../repeated';
import { PACE_OPTIONS, WRITE_OPTIONS, optionsCollection } from '../runOptions';
import {
	activeFromField,
	codeLifetimeField,
	customerIdField,
	expiresAtField,
	nameField,
	readDates,
	readTokenLifetime,
	singleUseField,
} from './cardFields';
import { simpleCard } from './cardOutput';

interface Plan {
	card: { cardId: string } | { token: string };
	activation: Omit<Activation, 'cardId'>;
	ifActive: IfActive;
	simplify: boolean;
}

export const activate = operation<Plan>({
	resource: 'giftCard',
	value: 'activate',
	name: 'Activate',
	action: 'Activate gift card',
	description: 'Load an inactive card from a batch with its balance, so that it can pay',
	effect: 'write',
	fields: [
		...cardByFields,
		amountField,
		currencyField,
		additionalFields([
			activeFromField,
			codeLifetimeField,
			customerIdField,
			expiresAtField,
			...metadataFields,
			nameField,
			originatedByField,
			singleUseField,
		]),
		optionsCollection([
			...PACE_OPTIONS,
			...WRITE_OPTIONS,
			amountUnitOption,
			{
				displayName: 'If Already Active',
				name: 'ifAlreadyActive',
				type: 'options',
				options: [
					{
						name: 'Stop With an Error',
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
					'What to do with a card that was activated before, by another run. A card this very execution activated in an earlier attempt is always returned.',
			},
			maximumTotalOption,
			simplifyOption,
		]),
	],

	prepare(item) {
		const card = readCard(item);
		const { amount, currency } = readAmount(item);
		checkSpendingLimit(amount, currency, item.spendingLimit);
		const additional = readCollection(item, 'additionalFields');
		const options = readOptions(item);
		const { activeFrom, expiresAt } = readDates(item, additional);
		const { mark } = item.origin;
		const request = withoutMissing({
			amount,
			currency,
			name: parseReference(additional.name, 'Name'),
			customer_id: parseReference(additional.customerId, 'Customer ID'),
			originated_by: parseReference(additional.originatedBy, 'Originated By'),
			active_from: activeFrom,
			expires_at: expiresAt,
			metadata: readMetadata(additional),
			// Sent always: a batch cannot name them, and Dintero's defaults are one use and an unknown time.
			card_token: {
				expires_in: readTokenLifetime(additional.codeLifetimeDays, expiresAt),
				expires_after_transaction: readFlag(additional.singleUse, false),
			},
		}) as Activation['request'];
		return {
			card,
			activation: { request: markRequest(request, mark), mark },
			ifActive: readIfActive(options.ifAlreadyActive),
			simplify: readFlag(options.simplify, true),
		};
	},

	review(plans, refuse, first) {
		refuseSame(
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
		checkMaximumTotal(
			plans.flatMap((plan) => {
				if (!plan) return [];
				const { amount: minor, currency } = plan.activation.request;
				return [{ minor, currency }];
			}),
			readOptions(first).maximumTotal,
		);
	},

	async run({ card, activation, ifActive, simplify }, dintero) {
		const cardId =
			'cardId' in card ? card.cardId : String((await openCard(dintero, card.token)).card_id);
		const activated = await activateCard(dintero, { ...activation, cardId }, ifActive);
		return { json: outputOf(activated.card, activated.outcome, activation.request, simplify) };
	},
});

function outputOf(
	card: IDataObject,
	outcome: ActivateOutcome,
	request: IDataObject,
	simplify: boolean,
): IDataObject {
	return {
		...(simplify
			? {
					...simpleCard(card),
					...withoutMissing({
						activeFrom: text(card.active_from ?? request.active_from),
						expiresAt: text(card.expires_at ?? request.expires_at),
					}),
				}
			: card),
		outcome,
		alreadyDone: outcome === 'alreadyActive',
		recovered: outcome === 'recovered',
	};
}

const readIfActive = (value: unknown): IfActive =>
	readChoice(value === '' ? undefined : value, 'If Already Active', ['stop', 'return']);
