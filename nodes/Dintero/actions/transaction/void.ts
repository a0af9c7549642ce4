import { moveMoney } from '../../issuance/moveMoney';
import { metadataFields, refIdField, simplifyOption } from '../fields';
import { operation } from '../operation';
import { readCollection, readFlag, readMetadata, readOptions } from '../readers';
import { PACE_OPTIONS, WRITE_OPTIONS, optionsCollection } from '../runOptions';
import {
	markedMetadata,
	movedOutput,
	readRefId,
	readReservation,
	refuseRepeated,
	reservationFields,
	type MovementPlan,
} from './movement';

export const voidReservation = operation<MovementPlan>({
	resource: 'transaction',
	value: 'void',
	name: 'Void',
	action: 'Void reserved amount',
	description: 'Release what a reservation has locked, so that the card can spend it again',
	effect: 'write',
	fields: [
		...reservationFields,
		refIdField,
		{
			displayName: 'Additional Fields',
			name: 'additionalFields',
			type: 'collection',
			placeholder: 'Add Field',
			default: {},
			options: metadataFields,
		},
		optionsCollection([...PACE_OPTIONS, ...WRITE_OPTIONS, simplifyOption]),
	],

	prepare(item) {
		const { parentId, cardId } = readReservation(item);
		const { mark } = item.origin;
		return {
			movement: {
				what: 'void',
				path: `wallets/transactions/${parentId}/void`,
				request: {
					ref_id: readRefId(item, 'void'),
					metadata: markedMetadata(readMetadata(readCollection(item, 'additionalFields')), mark),
				},
				parentId,
				cardId,
				mark,
			},
			simplify: readFlag(readOptions(item).simplify, true),
		};
	},

	review: refuseRepeated,

	run: async ({ movement, simplify }, dintero) =>
		movedOutput(await moveMoney(dintero, movement), simplify),
});
