import { InvalidInput } from '../../domain/invalidInput';
import { parseId } from '../../domain/text';
import { reissueCodes as requestCodes, type CodeOrder } from '../../issuance/codes';
import { cardPath } from '../../issuance/issueCard';
import { additionalFields, cardField } from '../fields';
import { operation } from '../operation';
import { readCollection, readFlag } from '../readers';
import { PACE_OPTIONS, WRITE_OPTIONS, optionsCollection } from '../runOptions';
import { barcodeFiles, issuedCard } from './cardOutput';
import { codeLifetimeField, readTokenLifetime, singleUseField } from './cardFields';
import {
	barcodeOptions,
	pinFormatFields,
	readPinFormat,
	readTokenFormat,
	tokenFormatFields,
} from './codeFields';

interface Plan {
	cardId: string;
	codes: CodeOrder;
	reference: (step: string) => string;
}

export const reissueCodes = operation<Plan>({
	resource: 'giftCard',
	value: 'reissueCodes',
	name: 'Reissue Codes',
	action: 'Reissue codes of gift card',
	description:
		'Give a card a new PIN and a new card token, for example when a customer lost them. The old PIN stops working; the old card token works until it expires.',
	effect: 'write',
	fields: [
		cardField,
		...pinFormatFields,
		...tokenFormatFields,
		additionalFields([codeLifetimeField, singleUseField]),
		optionsCollection([...PACE_OPTIONS, ...WRITE_OPTIONS, ...barcodeOptions]),
	],

	prepare(item) {
		const additional = readCollection(item, 'additionalFields');
		const codes: CodeOrder = {
			pin: readPinFormat(item),
			token: readTokenFormat(item),
			tokenLifetime: readTokenLifetime(additional.codeLifetimeDays, undefined),
			singleUse: readFlag(additional.singleUse, false),
		};
		if (!codes.pin && !codes.token)
			throw new InvalidInput(
				'PIN Format',
				'and Card Token Format both ask for nothing.',
				'Choose a format for at least one of them.',
			);
		const { origin } = item;
		return {
			cardId: parseId(item.get('cardId', ''), 'Card'),
			codes,
			reference: (step) => origin.reference(`reissue ${step}`),
		};
	},

	async run({ cardId, codes, reference }, dintero) {
		const fresh = await requestCodes(dintero, cardPath(cardId), codes, reference);
		const card = { card_id: cardId, ...fresh };
		return { json: issuedCard(card), files: barcodeFiles(card) };
	},
});
