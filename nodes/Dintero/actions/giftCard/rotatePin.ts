import type { CodeFormat } from '../../domain/codeFormat';
import { requiredPinFormat, pinBarcode } from '../../fields/codeFormat';
import { options } from '../../fields/collection';
import { card } from '../../fields/locator';
import { writeOptions } from '../../fields/runOptions';
import { rotatePin as requestPin } from '../../exactlyOnce/codes';
import { operation } from '../operation';
import { refuseSameCard } from '../refuseDuplicates';
import { barcodeFiles, issuedCard } from './cardOutput';

const fields = {
	cardId: card,
	pinFormat: requiredPinFormat,
	options: options({ ...writeOptions, pinBarcode }),
};

export const rotatePin = operation<typeof fields, { cardId: string; format: CodeFormat }>({
	resource: 'giftCard',
	value: 'rotatePin',
	name: 'Rotate PIN',
	action: 'Rotate PIN of gift card',
	description: 'Give a card a new PIN, or its first one; the old PIN stops working',
	effect: 'write',
	scopes: ['admin:wallets', 'write:wallets'],
	fields,

	prepare: ({ cardId, pinFormat }) => ({ cardId, format: pinFormat }),

	review: refuseSameCard,

	async run({ cardId, format }, dintero) {
		const pin = await requestPin(dintero, cardId, format);
		const whole = { card_id: cardId, pin };
		return { json: issuedCard(whole, dintero.timeZone), files: barcodeFiles(whole) };
	},
});
