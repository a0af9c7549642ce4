import { moveMoney } from '../../issuance/moveMoney';
import { openCard } from '../../issuance/openCard';
import { markRequest } from '../../issuance/origin';
import { parseReference } from '../../domain/text';
import { readCard } from '../cardReader';
import {
	additionalFields,
	amountField,
	amountUnitOption,
	cardByFields,
	currencyField,
	metadataFields,
	originatedByField,
	pinField,
	refIdField,
	simplifyOption,
} from '../fields';
import { operation } from '../operation';
import { withoutMissing } from '../output';
import {
	readAmount,
	readCode,
	readCollection,
	readFlag,
	readMetadata,
	readOptions,
} from '../readers';
import { PACE_OPTIONS, WRITE_OPTIONS, optionsCollection } from '../runOptions';
import { movedOutput, readRefId, refuseRepeated, type MovementPlan } from './movement';

interface Plan extends MovementPlan {
	pin?: string;
}

export const charge = operation<Plan>({
	resource: 'transaction',
	value: 'charge',
	name: 'Charge',
	action: 'Charge gift card',
	description: 'Draw money from a card, at once or as a reservation to capture later',
	effect: 'write',
	fields: [
		...cardByFields,
		{
			...pinField,
			displayOptions: { show: { cardBy: ['cardToken'] } },
			description:
				'When filled in, Dintero checks it first, and the card is charged only when it is right. Dintero itself does not ask for it when charging.',
		},
		amountField,
		currencyField,
		refIdField,
		{
			displayName: 'Reserve Only',
			name: 'pending',
			type: 'boolean',
			default: false,
			description:
				"Whether to lock the amount instead of drawing it. 'Capture' takes it later, 'Void' releases it.",
		},
		additionalFields([...metadataFields, originatedByField]),
		optionsCollection([...PACE_OPTIONS, ...WRITE_OPTIONS, amountUnitOption, simplifyOption]),
	],

	prepare(item) {
		const card = readCard(item);
		const { amount, currency } = readAmount(item);
		const additional = readCollection(item, 'additionalFields');
		const { origin } = item;
		const request = withoutMissing({
			ref_id: readRefId(item, 'charge'),
			...('token' in card ? { token: card.token } : { card_id: card.cardId }),
			amount,
			currency,
			type: 'drawdown',
			pending: readFlag(item.get('pending', false), false),
			originated_by: parseReference(additional.originatedBy, 'Originated By'),
			metadata: readMetadata(additional),
		}) as MovementPlan['movement']['request'];
		return {
			movement: {
				what: 'charge',
				path: 'wallets/transactions',
				request: markRequest(request, origin.mark),
				...card,
				mark: origin.mark,
			},
			pin: 'token' in card ? readCode(item, 'pin', 'PIN') : undefined,
			simplify: readFlag(readOptions(item).simplify, true),
		};
	},

	review: refuseRepeated,

	async run({ movement, pin, simplify }, dintero) {
		const { token } = movement;
		if (token === undefined || pin === undefined)
			return movedOutput(await moveMoney(dintero, movement), simplify);
		const card = await openCard(dintero, token, pin);
		const cardId = typeof card.card_id === 'string' ? card.card_id : undefined;
		return movedOutput(await moveMoney(dintero, { ...movement, cardId }), simplify);
	},
});
