import { moveMoney } from '../../issuance/moveMoney';
import { additionalFields, metadataFields, refIdField, simplifyOption } from '../fields';
import { operation } from '../operation';
import { PACE_OPTIONS, WRITE_OPTIONS, optionsCollection } from '../runOptions';
import {
	movedOutput,
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
		additionalFields(metadataFields),
		optionsCollection([...PACE_OPTIONS, ...WRITE_OPTIONS, simplifyOption]),
	],

	prepare: (item) => readReservation(item, 'void'),

	review: refuseRepeated,

	run: async ({ movement, simplify }, dintero) =>
		movedOutput(await moveMoney(dintero, movement), simplify),
});
