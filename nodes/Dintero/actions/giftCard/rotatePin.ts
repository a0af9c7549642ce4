import { InvalidInput } from '../../domain/invalidInput';
import { parseId } from '../../domain/text';
import type { CodeFormat } from '../../domain/codeFormat';
import { rotatePin as requestPin } from '../../issuance/codes';
import { cardPath } from '../../issuance/issueCard';
import { cardField } from '../fields';
import { operation } from '../operation';
import { PACE_OPTIONS, WRITE_OPTIONS, optionsCollection } from '../runOptions';
import { barcodeFiles, issuedCard } from './cardOutput';
import { pinBarcodeOption, pinFormatFields, readPinFormat, withoutNone } from './codeFields';

export const rotatePin = operation<{ cardId: string; format: CodeFormat }>({
	resource: 'giftCard',
	value: 'rotatePin',
	name: 'Rotate PIN',
	action: 'Rotate PIN of gift card',
	description: 'Give a card a new PIN, or its first one; the old PIN stops working',
	effect: 'write',
	fields: [
		cardField,
		...withoutNone(pinFormatFields, 'pinFormat'),
		optionsCollection([...PACE_OPTIONS, ...WRITE_OPTIONS, pinBarcodeOption]),
	],

	prepare(item) {
		const format = readPinFormat(item);
		if (!format)
			throw new InvalidInput(
				'PIN Format',
				'asks for no PIN.',
				'Choose how the new PIN shall look.',
			);
		return { cardId: parseId(item.get('cardId', ''), 'Card'), format };
	},

	async run({ cardId, format }, dintero) {
		const pin = await requestPin(dintero, cardPath(cardId), format);
		const card = { card_id: cardId, pin };
		return { json: issuedCard(card), files: barcodeFiles(card) };
	},
});
