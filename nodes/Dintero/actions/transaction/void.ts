import { refId } from '../../fields/card';
import { additionalFields, options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { metadata } from '../../fields/metadata';
import { writeOptions } from '../../fields/runOptions';
import { moveMoney } from '../../exactlyOnce/moveMoney';
import { operation } from '../operation';
import {
	movedOutput,
	planForReservation,
	refuseRepeatedReferences,
	reservation,
	type MovementPlan,
} from './movement';

const fields = {
	...reservation,
	refId,
	additionalFields: additionalFields({ metadata }),
	options: options({ ...writeOptions, simplify }),
};

export const voidReservation = operation<typeof fields, MovementPlan>({
	resource: 'transaction',
	value: 'void',
	name: 'Void',
	action: 'Void reserved amount',
	description: 'Release what a reservation has locked, so that the card can spend it again',
	effect: 'write',
	scopes: ['admin:wallets', 'write:wallets', 'write:wallets:/transactions'],
	fields,

	prepare: (values, item) => planForReservation('void', values, item),

	review: refuseRepeatedReferences,

	run: async ({ movement, ...plan }, dintero) =>
		await movedOutput(dintero, movement, await moveMoney(dintero, movement), plan),
});
