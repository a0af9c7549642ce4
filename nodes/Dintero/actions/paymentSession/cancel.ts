import { choice } from '../../fields/choice';
import { options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { writeOptions } from '../../fields/runOptions';
import { cancelSession, type IfAuthorized } from '../../exactlyOnce/cancelSession';
import { operation } from '../operation';
import { sessionId, simpleSession } from './session';

interface Plan {
	sessionId: string;
	ifAuthorized: IfAuthorized;
	simplify: boolean;
}

const fields = {
	sessionId,
	options: options({
		...writeOptions,
		ifAuthorized: choice({
			name: 'ifAuthorized',
			displayName: 'If the Customer Has Paid',
			options: [
				{
					name: 'Stop This Item',
					value: 'stop',
					description: 'The order stays as it is',
				},
				{
					name: 'Void the Payment',
					value: 'void',
					description:
						'Releases what is reserved on the gift card and with the other payment method. Not possible once money was captured.',
				},
			],
			default: 'stop',
			description: 'What to do when the order is already authorized but not captured',
		}),
		simplify,
	}),
};

export const cancel = operation<typeof fields, Plan>({
	resource: 'paymentSession',
	value: 'cancel',
	name: 'Cancel',
	action: 'Cancel payment session',
	description: 'Close a payment link, so that it can no longer be paid',
	effect: 'write',
	scopes: ['admin:checkout', 'write:checkout'],
	fields,

	prepare: (values) => ({
		sessionId: values.sessionId,
		ifAuthorized: values.options.ifAuthorized,
		simplify: values.options.simplify,
	}),

	async run({ sessionId: id, ifAuthorized, simplify: simple }, dintero) {
		const { session, outcome } = await cancelSession(dintero, id, ifAuthorized);
		return {
			json: {
				...(simple ? simpleSession(session, dintero.timeZone) : session),
				outcome,
				alreadyDone: outcome === 'alreadyDone',
				recovered: outcome === 'recovered',
			},
		};
	},
});
