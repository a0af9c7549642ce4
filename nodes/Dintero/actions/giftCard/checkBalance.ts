import { openCard } from '../../issuance/openCard';
import { cardTokenField, pinField, simplifyField } from '../fields';
import { operation } from '../operation';
import { readCode, readFlag, readNeededCode } from '../readers';
import { PACE_OPTIONS, optionsCollection } from '../runOptions';
import { simpleCard } from './cardOutput';

export const checkBalance = operation<{ token: string; pin?: string; simplify: boolean }>({
	resource: 'giftCard',
	value: 'checkBalance',
	name: 'Check Balance',
	action: 'Check gift card balance',
	description: 'Look up what is left on a card by the code its holder has, and check the PIN',
	effect: 'read',
	fields: [
		cardTokenField,
		{
			...pinField,
			hint: 'Leave it empty to look up by the card token alone',
			description: 'When filled in, Dintero checks it',
		},
		simplifyField,
		optionsCollection(PACE_OPTIONS),
	],

	prepare: (item) => ({
		token: readNeededCode(item, 'cardToken', 'Card Token'),
		pin: readCode(item, 'pin', 'PIN'),
		simplify: readFlag(item.get('simplify', true), true),
	}),

	async run({ token, pin, simplify }, dintero) {
		const card = await openCard(dintero, token, pin);
		return { json: simplify ? simpleCard(card) : card };
	},
});
