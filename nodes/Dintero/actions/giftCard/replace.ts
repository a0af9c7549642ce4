import { InvalidInput, show } from '../../domain/invalidInput';
import { newCardId, singleUse } from '../../fields/card';
import { choice } from '../../fields/choice';
import {
	checkFormats,
	pinBarcode,
	pinFormat,
	tokenBarcode,
	tokenFormat,
} from '../../fields/codeFormat';
import { additionalFields, options } from '../../fields/collection';
import { cardOrToken, type CardReference } from '../../fields/locator';
import { writeOptions } from '../../fields/runOptions';
import { tokenLifetime, tokenLifetimeDays } from '../../fields/tokenLifetime';
import { replacementId } from '../../exactlyOnce/links';
import { openCard } from '../../exactlyOnce/openCard';
import { replaceCard as replaceLostCard, type Replacement } from '../../exactlyOnce/replaceCard';
import { operation } from '../operation';
import { money } from '../output';
import { refuseDuplicates } from '../refuseDuplicates';
import { barcodeFiles, issuedCard } from './cardOutput';

interface Plan {
	card: CardReference;
	/** The user's own ID of the new card. */
	newCardId?: string;
	replacement: Omit<Replacement, 'cardId' | 'newCardId'>;
}

const fields = {
	card: cardOrToken,
	newCardId,
	pinFormat,
	tokenFormat,
	additionalFields: additionalFields({ singleUse, tokenLifetimeDays }),
	options: options({
		...writeOptions,
		ifAlreadyReplaced: choice({
			name: 'ifAlreadyReplaced',
			displayName: 'If Already Replaced',
			options: [
				{
					name: 'Stop This Item',
					value: 'stop',
					description: 'Somebody may have the codes of the new card',
				},
				{
					name: 'Return the New Card Without Codes',
					value: 'return',
					description: 'Both cards are left alone',
				},
				{
					name: 'Reissue Codes of the New Card',
					value: 'reissue',
					description: 'It gets a new PIN and a new card token; its old PIN stops working',
				},
			],
			default: 'stop',
			description:
				'What to do with a card that another run replaced before. An unfinished replacement is always completed, whichever run began it.',
		}),
		pinBarcode,
		tokenBarcode,
	}),
};

export const replace = operation<typeof fields, Plan>({
	resource: 'giftCard',
	value: 'replace',
	name: 'Replace',
	action: 'Replace lost gift card',
	description:
		'Move the whole balance of a lost card to a new card with new codes. The old card is empty afterwards.',
	effect: 'write',
	scopes: ['admin:wallets', 'write:wallets'],
	fields,

	prepare(values, { origin, spendingLimit }) {
		const { card, additionalFields: details, pinFormat: pin, tokenFormat: token } = values;
		checkFormats(pin, token, 'so nobody could use the new card');
		if (values.newCardId !== undefined && values.newCardId === card.cardId)
			throw new InvalidInput(
				'New Card ID',
				`${show(values.newCardId)} is the ID of the old card.`,
				'Give the new card another ID, or leave it empty for an automatic one.',
			);
		return {
			card,
			newCardId: values.newCardId,
			replacement: {
				codes: { pin, token, singleUse: details.singleUse },
				tokenLifetime: (expiresAt) => tokenLifetime(details.tokenLifetimeDays, expiresAt),
				ifReplaced: values.options.ifAlreadyReplaced,
				origin,
				spendingLimit,
			},
		};
	},

	review(plans, refuse) {
		refuseDuplicates(
			plans,
			refuse,
			({ card }) => JSON.stringify(card),
			({ card }, earlier) =>
				new InvalidInput(
					'Card',
					`${card.cardId === undefined ? '' : `${show(card.cardId)} `}is also the card of item ${earlier}.`,
					'A card is replaced once; remove one of the two.',
				),
		);
		const withId = plans.map((plan) => (plan?.newCardId === undefined ? undefined : plan));
		refuseDuplicates(
			withId,
			refuse,
			({ newCardId: id }) => String(id),
			({ newCardId: id }, earlier) =>
				new InvalidInput(
					'New Card ID',
					`${show(id)} is also the new ID of item ${earlier}.`,
					'Give every new card its own ID, or leave it empty for an automatic one.',
				),
		);
	},

	async run({ card, newCardId: ownId, replacement }, dintero) {
		const cardId = card.cardId ?? String((await openCard(dintero, card.token)).card_id);
		const replaced = await replaceLostCard(dintero, {
			...replacement,
			cardId,
			newCardId: ownId ?? replacementId(cardId),
		});
		const { outcome, moved, currency, leftOnOld, oldPinEnded } = replaced;
		const { cardId: newId, ...issued } = issuedCard(replaced.card, dintero.timeZone);
		return {
			json: {
				oldCardId: cardId,
				newCardId: newId,
				...issued,
				// The amount moved, because `amount` of a card that was read may have changed.
				...money('amount', moved, currency),
				...money('leftOnOldCard', leftOnOld, currency),
				oldPinEnded,
				outcome,
				alreadyDone: outcome === 'existing' || outcome === 'reissued',
				recovered: outcome === 'recovered',
			},
			files: barcodeFiles(replaced.card),
		};
	},
});
