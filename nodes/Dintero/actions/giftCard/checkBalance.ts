import { cardToken, pin } from '../../fields/code';
import { options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { paceOptions } from '../../fields/runOptions';
import { openCard } from '../../exactlyOnce/openCard';
import { operation } from '../operation';
import { simpleCard } from './cardOutput';

const fields = {
	cardToken,
	pin: pin(
		{
			hint: 'Leave it empty to look up by the card token alone',
			description:
				"When filled in, Dintero checks it. 'pinChecked' in the output says whether it was.",
		},
		'hint',
	),
	simplify,
	options: options(paceOptions),
};

export const checkBalance = operation<
	typeof fields,
	{ token: string; pin?: string; simplify: boolean }
>({
	resource: 'giftCard',
	value: 'checkBalance',
	name: 'Check Balance',
	action: 'Check gift card balance',
	description: 'Look up what is left on a card by the code its holder has, and check the PIN',
	effect: 'read',
	scopes: ['admin:wallets', 'write:wallets', 'write:wallets:/info'],
	fields,

	prepare: (values) => ({
		token: values.cardToken,
		pin: values.pin,
		simplify: values.simplify,
	}),

	async run({ token, pin: code, simplify: simple }, dintero) {
		const card = await openCard(dintero, token, code);
		return {
			json: {
				...(simple ? simpleCard(card, dintero.timeZone) : card),
				pinChecked: code !== undefined,
			},
		};
	},
});
