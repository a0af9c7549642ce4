import { singleUse } from '../../fields/card';
import {
	checkFormats,
	pinBarcode,
	pinFormat,
	tokenBarcode,
	tokenFormat,
} from '../../fields/codeFormat';
import { additionalFields, options } from '../../fields/collection';
import { card } from '../../fields/locator';
import { writeOptions } from '../../fields/runOptions';
import { tokenLifetime, tokenLifetimeDays } from '../../fields/tokenLifetime';
import { reissueCodes as requestCodes, type CodeOrder } from '../../exactlyOnce/codes';
import { operation } from '../operation';
import { refuseSameCard } from '../refuseDuplicates';
import { barcodeFiles, issuedCard } from './cardOutput';

interface Plan {
	cardId: string;
	codes: CodeOrder;
	reference: (step: string) => string;
}

const fields = {
	cardId: card,
	pinFormat,
	tokenFormat,
	additionalFields: additionalFields({ singleUse, tokenLifetimeDays }),
	options: options({ ...writeOptions, pinBarcode, tokenBarcode }),
};

export const reissueCodes = operation<typeof fields, Plan>({
	resource: 'giftCard',
	value: 'reissueCodes',
	name: 'Reissue Codes',
	action: 'Reissue codes of gift card',
	description:
		"Give a card a new PIN and a new card token. The old PIN stops working, but the old card token keeps working until it expires. For a lost card, use 'Replace'.",
	effect: 'write',
	scopes: ['admin:wallets', 'write:wallets'],
	fields,

	prepare(values, { origin }) {
		const { additionalFields: details } = values;
		const codes: CodeOrder = {
			pin: values.pinFormat,
			token: values.tokenFormat,
			tokenLifetime: tokenLifetime(details.tokenLifetimeDays),
			singleUse: details.singleUse,
		};
		checkFormats(codes.pin, codes.token, 'so there is nothing to reissue');
		return {
			cardId: values.cardId,
			codes,
			reference: (step) => origin.tokenReference(`reissue ${step}`),
		};
	},

	review: refuseSameCard,

	async run({ cardId, codes, reference }, dintero) {
		const fresh = await requestCodes(dintero, cardId, codes, reference);
		const whole = { card_id: cardId, ...fresh };
		return { json: issuedCard(whole, dintero.timeZone), files: barcodeFiles(whole) };
	},
});
