import { amountUnit, partOfAmount } from '../../fields/amount';
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
	amount: partOfAmount,
	refId,
	additionalFields: additionalFields({ metadata }),
	options: options({ ...writeOptions, amountUnit, simplify }),
};

export const capture = operation<typeof fields, MovementPlan>({
	resource: 'transaction',
	value: 'capture',
	name: 'Capture',
	action: 'Capture reserved amount',
	description: 'Take all or part of what a reservation has locked; the rest stays locked',
	effect: 'write',
	scopes: ['admin:wallets', 'write:wallets', 'write:wallets:/transactions'],
	fields,

	prepare: (values, item) => planForReservation('capture', values, item, values.amount),

	review: refuseRepeatedReferences,

	run: async ({ movement, ...plan }, dintero) =>
		await movedOutput(dintero, movement, await moveMoney(dintero, movement), plan),
});
