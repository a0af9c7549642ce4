import { InvalidInput } from '../../domain/invalidInput';
import { moveMoney } from '../../issuance/moveMoney';
import {
	additionalFields,
	amountField,
	amountUnitOption,
	metadataFields,
	refIdField,
	simplifyOption,
} from '../fields';
import { operation, type Item } from '../operation';
import { readAmountIn } from '../readers';
import { PACE_OPTIONS, WRITE_OPTIONS, optionsCollection } from '../runOptions';
import {
	movedOutput,
	readReservation,
	refuseRepeated,
	reservationFields,
	type MovementPlan,
} from './movement';

export const capture = operation<MovementPlan>({
	resource: 'transaction',
	value: 'capture',
	name: 'Capture',
	action: 'Capture reserved amount',
	description: 'Take all or part of what a reservation has locked; the rest stays locked',
	effect: 'write',
	fields: [
		...reservationFields,
		{
			...amountField,
			required: false,
			hint: 'Leave it empty to take all that is locked',
			description:
				"How much to take, in the currency's main unit: 500 means 500.00 kroner. 'Amount Unit' in the options switches to øre or cents.",
		},
		refIdField,
		additionalFields(metadataFields),
		optionsCollection([...PACE_OPTIONS, ...WRITE_OPTIONS, amountUnitOption, simplifyOption]),
	],

	prepare: (item) => readReservation(item, 'capture', readPart),

	review: refuseRepeated,

	run: async ({ movement, simplify }, dintero) =>
		movedOutput(await moveMoney(dintero, movement), simplify),
});

/** The amount to take, or `undefined` for all. An empty cell is not a wish to take all. @throws InvalidInput */
function readPart(item: Item): number | undefined {
	const value = item.get('amount', '');
	if (value !== '' && value !== undefined && value !== null)
		// The request names no currency. All wallet currencies have two decimals.
		return readAmountIn(item, 'NOK');
	if (item.isExpression('amount'))
		throw new InvalidInput(
			'Amount',
			'is empty: the expression gave nothing.',
			'Fill in the value for this item, or empty the field to take all that is locked.',
		);
	return undefined;
}
