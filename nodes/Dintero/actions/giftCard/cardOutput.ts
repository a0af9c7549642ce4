import type { IDataObject } from 'n8n-workflow';

import { inZone } from '../../domain/dates';
import { codeValue } from '../../exactlyOnce/codes';
import { withoutMark } from '../../exactlyOnce/mark';
import type { Output, OutputFile } from '../operation';
import { money, text, withoutMissing } from '../output';

/** Turns a card into an item: flat, the most used fields first, amounts in kroner and in øre. */

/**
 * A card as Dintero returns it. Amounts may be numbers or text. Missing values are left out.
 * @param timeZone of the workflow, in which times are shown
 */
export function simpleCard(card: IDataObject, timeZone: string): IDataObject {
	const currency = text(card.currency);
	return withoutMissing({
		cardId: text(card.card_id),
		status: text(card.status),
		...balances(card),
		...money('amount', card.amount, currency),
		currency,
		name: text(card.name),
		customerId: text(card.customer_id),
		expiresAt: inZone(card.expires_at, timeZone),
	});
}

/**
 * `balance` is the money on the card, including what reservations lock; `available` is what can be spent now. Both mean
 * the same in every output of both nodes.
 */
export function balances(card: IDataObject): IDataObject {
	const currency = text(card.currency);
	const { amount_balance: balance, amount_available: available } = card;
	return {
		...money('available', available ?? balance, currency),
		...money('balance', balance, currency),
	};
}

/** An issued card: codes and amount first. Codes are text, so that they keep leading zeros. */
export function issuedCard(card: IDataObject, timeZone: string): IDataObject {
	const currency = text(card.currency);
	return withoutMissing({
		cardId: text(card.card_id),
		cardToken: codeValue(card.card_token, 'token'),
		pin: codeValue(card.pin, 'pin'),
		...money('amount', card.amount, currency),
		currency,
		status: text(card.status),
		name: text(card.name),
		customerId: text(card.customer_id),
		type: text(card.type),
		activeFrom: inZone(card.active_from, timeZone),
		expiresAt: inZone(card.expires_at, timeZone),
		metadata: withoutMark(card.metadata),
	});
}

/** Dintero's Code 128 images as files, named after the card so that an e-mail node can attach them. */
export function barcodeFiles(card: IDataObject): Output['files'] {
	const name = fileName(text(card.card_id) ?? 'card');
	const files: Record<string, OutputFile> = {};
	for (const [property, holder, kind] of [
		['cardTokenBarcode', card.card_token, 'token'],
		['pinBarcode', card.pin, 'pin'],
	] as const) {
		const image = ((holder as IDataObject | undefined)?.[kind] as IDataObject | undefined)
			?.barcode_128;
		const match = typeof image === 'string' ? /^data:image\/png;base64,(.+)$/s.exec(image) : null;
		if (match)
			files[property] = {
				fileName: `${name}-${kind}.png`,
				mimeType: 'image/png',
				data: Buffer.from(match[1], 'base64'),
			};
	}
	return Object.keys(files).length > 0 ? files : undefined;
}

/** In characters. File systems allow 255 bytes, and a character may take four; the kind and the extension follow. */
const LONGEST_FILE_NAME = 50;

function fileName(cardId: string): string {
	const safe = cardId.replace(/[^\p{L}\p{N}._-]+/gu, '_').replace(/^\.+/, '_');
	return Array.from(safe).slice(0, LONGEST_FILE_NAME).join('');
}
