import { options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { paceOptions } from '../../fields/runOptions';
import { checkoutOf } from '../../transport/checkout';
import { operation } from '../operation';
import { readSession, sessionId, simpleSession } from './session';

const fields = { sessionId, simplify, options: options(paceOptions) };

export const get = operation<typeof fields, { sessionId: string; simplify: boolean }>({
	resource: 'paymentSession',
	value: 'get',
	name: 'Get',
	action: 'Get payment session',
	description: 'See whether a payment link has been paid, has expired or was canceled',
	effect: 'read',
	scopes: ['admin:checkout', 'read:checkout'],
	fields,

	prepare: (values) => ({ sessionId: values.sessionId, simplify: values.simplify }),

	async run({ sessionId: id, simplify: simple }, dintero) {
		const session = await readSession(checkoutOf(dintero), id);
		return { json: simple ? simpleSession(session, dintero.timeZone) : session };
	},
});
