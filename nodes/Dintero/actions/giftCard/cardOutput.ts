import type { IDataObject } from 'n8n-workflow';

import { codeValue } from '../../issuance/codes';
import type { Output, OutputFile } from '../operation';
import { money, text, withoutMissing } from '../output';

/** How a card of Dintero's becomes an item: flat, most used fields first, amounts in kroner beside øre. */

/**
 * A card as read, in ten fields: the balance is what can be spent now.
 * Amounts may come as numbers or as text; both are read. Missing ones are left out.
 */
export function simpleCard(card: IDataObject): IDataObject {
	const currency = text(card.currency);
	return withoutMissing({
		cardId: text(card.card_id),
		status: text(card.status),
		...money('balance', card.amount_available ?? card.amount_balance, currency),
		currency,
		amount: money('amount', card.amount, currency).amount,
		name: text(card.name),
		customerId: text(card.customer_id),
		expiresAt: text(card.expires_at),
	});
}

/** A card that was issued: codes and amount first. Codes are text: they keep their leading zeros. */
export function issuedCard(card: IDataObject): IDataObject {
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
		activeFrom: text(card.active_from),
		expiresAt: text(card.expires_at),
		metadata: card.metadata,
	});
}

/** Dintero's Code 128 images as files, named after the card so that an e-mail node can attach them. */
export function barcodeFiles(card: IDataObject): Output['files'] {
	const name = text(card.card_id)?.replace(/[^\p{L}\p{N}._-]+/gu, '_') ?? 'card';
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
