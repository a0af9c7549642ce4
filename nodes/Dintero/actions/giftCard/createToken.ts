import type { IDataObject } from 'n8n-workflow';

import { InvalidInput, show } from '../../domain/invalidInput';
import { parseId, parseReference } from '../../domain/text';
import { codeValue, createToken as requestToken, type CodeOrder } from '../../issuance/codes';
import { cardPath } from '../../issuance/issueCard';
import { additionalFields, cardField, metadataFields, refIdField } from '../fields';
import { operation, type Item } from '../operation';
import { text, withoutMissing } from '../output';
import { readChoice, readCollection, readFlag, readMetadata } from '../readers';
import { PACE_OPTIONS, WRITE_OPTIONS, optionsCollection } from '../runOptions';
import { barcodeFiles } from './cardOutput';
import { readTokenFormat, tokenBarcodeOption, tokenFormatFields, withoutNone } from './codeFields';

const SECONDS = { minutes: 60, hours: 3600, days: 24 * 3600 } as const;

interface Plan {
	cardId: string;
	codes: CodeOrder;
	reference: (step: string) => string;
	extra: IDataObject;
}

export const createToken = operation<Plan>({
	resource: 'giftCard',
	value: 'createToken',
	name: 'Create Token',
	action: 'Create card token of gift card',
	description: 'Give a card another card token to pay with; those it has keep working',
	effect: 'write',
	fields: [
		cardField,
		...withoutNone(tokenFormatFields, 'tokenFormat'),
		{
			displayName: 'Lifetime',
			name: 'lifetime',
			type: 'number',
			typeOptions: { minValue: 1 },
			required: true,
			default: 365,
			description: 'How long the card token works',
		},
		{
			displayName: 'Lifetime Unit',
			name: 'lifetimeUnit',
			type: 'options',
			options: [
				{ name: 'Days', value: 'days' },
				{ name: 'Hours', value: 'hours' },
				{ name: 'Minutes', value: 'minutes' },
			],
			default: 'days',
		},
		additionalFields([
			...metadataFields,
			{
				...refIdField,
				hint: undefined,
				description:
					'Your own reference for the card token. Dintero keeps it with the token. When not set, the node makes one.',
			},
			{
				displayName: 'Single Use',
				name: 'singleUse',
				type: 'boolean',
				default: false,
				description:
					'Whether the card token works for one transaction only, whatever the balance left',
			},
		]),
		optionsCollection([...PACE_OPTIONS, ...WRITE_OPTIONS, tokenBarcodeOption]),
	],

	prepare(item) {
		const additional = readCollection(item, 'additionalFields');
		const token = readTokenFormat(item);
		if (!token)
			throw new InvalidInput(
				'Card Token Format',
				'asks for no card token.',
				'Choose how the new card token shall look.',
			);
		const { origin } = item;
		const own = parseReference(additional.refId, 'Reference');
		return {
			cardId: parseId(item.get('cardId', ''), 'Card'),
			codes: {
				token,
				tokenLifetime: readLifetime(item),
				singleUse: readFlag(additional.singleUse, false),
			},
			// The person's own reference goes with the first try; a token whose answer was lost needs another one.
			reference: (step) =>
				own === undefined ? origin.reference(step) : step === 'token' ? own : `${own} (${step})`,
			extra: withoutMissing({ metadata: readMetadata(additional) }),
		};
	},

	async run({ cardId, codes, reference, extra }, dintero) {
		const token = await requestToken(dintero, cardPath(cardId), codes, reference, extra);
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

/** *Lifetime* in seconds, at least one. @throws InvalidInput */
function readLifetime(item: Item): number {
	const units = ['days', 'hours', 'minutes'] as const;
	const unit = readChoice(item.get('lifetimeUnit', 'days'), 'Lifetime Unit', units);
	const value = item.get('lifetime', 365);
	const seconds = value === '' ? Number.NaN : Math.floor(Number(value) * SECONDS[unit]);
	if (Number.isSafeInteger(seconds) && seconds >= 1) return seconds;
	throw new InvalidInput(
		'Lifetime',
		`${show(value)} is not a number above 0.`,
		'Write a number such as 365.',
	);
}
