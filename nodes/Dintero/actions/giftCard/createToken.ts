import type { IDataObject } from 'n8n-workflow';

import { singleUse } from '../../fields/card';
import { requiredTokenFormat, tokenBarcode } from '../../fields/codeFormat';
import { additionalFields, options } from '../../fields/collection';
import { described } from '../../fields/field';
import { card } from '../../fields/locator';
import { metadata } from '../../fields/metadata';
import { writeOptions } from '../../fields/runOptions';
import { ownReference } from '../../fields/text';
import { tokenLifetime, tokenLifetimeDays } from '../../fields/tokenLifetime';
import { codeValue, createToken as requestToken, type CodeOrder } from '../../exactlyOnce/codes';
import { operation } from '../operation';
import { text, withoutMissing } from '../output';
import { barcodeFiles } from './cardOutput';

interface Plan {
	cardId: string;
	codes: CodeOrder;
	reference: (step: string) => string;
	extra: IDataObject;
}

const fields = {
	cardId: card,
	tokenFormat: requiredTokenFormat,
	additionalFields: additionalFields({
		metadata,
		refId: ownReference({
			name: 'refId',
			displayName: 'Reference',
			placeholder: 'e.g. order-10045',
			description:
				'Your own reference for the card token. Dintero keeps it with the token. When not set, the node makes one.',
		}),
		singleUse,
		tokenLifetimeDays: described(tokenLifetimeDays, {
			description:
				'How long the card token works. When not set, ten years. Parts of a day are possible: 0.5 means twelve hours.',
		}),
	}),
	options: options({ ...writeOptions, tokenBarcode }),
};

export const createToken = operation<typeof fields, Plan>({
	resource: 'giftCard',
	value: 'createToken',
	name: 'Create Token',
	action: 'Create card token of gift card',
	description: 'Give a card another card token to pay with; its other card tokens keep working',
	effect: 'write',
	scopes: ['admin:wallets', 'write:wallets'],
	fields,

	prepare(values, { origin }) {
		const { refId, ...details } = values.additionalFields;
		return {
			cardId: values.cardId,
			codes: {
				token: values.tokenFormat,
				tokenLifetime: tokenLifetime(details.tokenLifetimeDays),
				singleUse: details.singleUse,
			},
			// The first try uses the user's own reference. A token whose answer was lost needs another one.
			reference: (step) =>
				refId === undefined
					? origin.tokenReference(step)
					: step === 'token'
						? refId
						: `${refId} (${step})`,
			extra: withoutMissing({ metadata: details.metadata }),
		};
	},

	async run({ cardId, codes, reference, extra }, dintero) {
		const token = await requestToken(dintero, cardId, codes, reference, extra);
		return {
			json: withoutMissing({
				cardId,
				cardToken: codeValue(token, 'token'),
				refId: text(token.ref_id),
				expiresInSeconds: Number(token.expires_in ?? codes.tokenLifetime),
				singleUse: codes.singleUse,
				createdAt: text(token.created_at),
				metadata: token.metadata,
			}),
			files: barcodeFiles({ card_id: cardId, card_token: token }),
		};
	},
});
