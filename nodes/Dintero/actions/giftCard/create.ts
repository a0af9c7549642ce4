import type { IDataObject } from 'n8n-workflow';

import { InvalidInput, show } from '../../domain/invalidInput';
import { amount, amountUnit, maximumTotal } from '../../fields/amount';
import { cardType, ifCardExists, ownCardId } from '../../fields/card';
import {
	checkFormats,
	pinBarcode,
	pinFormat,
	tokenBarcode,
	tokenFormat,
} from '../../fields/codeFormat';
import { additionalFields, options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { preview, writeOptions } from '../../fields/runOptions';
import { tokenLifetime } from '../../fields/tokenLifetime';
import {
	checkRows,
	issueCard,
	type CardOrder,
	type IfCardExists,
} from '../../exactlyOnce/issueCard';
import { checkMaximumTotal, checkSpendingLimit, totals } from '../../exactlyOnce/limits';
import { operation } from '../operation';
import { money, withoutMissing } from '../output';
import { refuseDuplicates } from '../refuseDuplicates';
import { barcodeFiles, issuedCard } from './cardOutput';
import { cardDetails, detailsOf } from './cardRequest';

interface Plan {
	order: CardOrder;
	ifCardExists: IfCardExists;
	maximumTotal?: number;
	simplify: boolean;
}

const fields = {
	amount,
	cardId: ownCardId,
	pinFormat,
	tokenFormat,
	additionalFields: additionalFields({ ...cardDetails, type: cardType }),
	options: options({
		...writeOptions,
		amountUnit,
		ifCardExists: ifCardExists(
			'What to do when another run already issued a card with this Card ID. A card that this execution made in an earlier attempt is always completed and returned.',
			'It gets a new PIN and a new card token; the old PIN stops working',
		),
		maximumTotal,
		pinBarcode,
		preview: preview(
			'Whether to only show which cards would be issued and their total. Nothing is sent.',
		),
		simplify,
		tokenBarcode,
	}),
};

export const create = operation<typeof fields, Plan>({
	resource: 'giftCard',
	value: 'create',
	name: 'Create',
	action: 'Create gift card',
	description: 'Issue a gift card or credit note with a balance, and get its PIN and card token',
	effect: 'write',
	scopes: ['admin:wallets', 'write:wallets'],
	fields,

	prepare(values, item) {
		const { minor, currency } = values.amount;
		checkSpendingLimit(minor, currency, item.spendingLimit);
		const { additionalFields: details } = values;
		const card = withoutMissing({
			card_id: values.cardId ?? item.origin.cardId,
			amount: minor,
			currency,
			type: details.type,
			...detailsOf(details),
		}) as CardOrder['card'];
		checkFormats(values.pinFormat, values.tokenFormat, 'so nobody could use the card');
		return {
			order: {
				card,
				codes: {
					pin: values.pinFormat,
					token: values.tokenFormat,
					tokenLifetime: tokenLifetime(details.tokenLifetimeDays, details.expiresAt),
					singleUse: details.singleUse,
				},
				origin: item.origin,
			},
			ifCardExists: values.options.ifCardExists,
			maximumTotal: values.options.maximumTotal,
			simplify: values.options.simplify,
		};
	},

	review(plans, refuse) {
		refuseDuplicates(
			plans,
			refuse,
			({ order }) => order.card.card_id,
			({ order }, earlier) =>
				new InvalidInput(
					'Card ID',
					`${show(order.card.card_id)} is also the ID of item ${earlier}.`,
					'Give every card its own ID, for example the order number and the row.',
				),
		);
		checkRows(plans.map((plan) => plan?.order));
		checkMaximumTotal(plans, amountOf);
	},

	preview(plans) {
		const amounts = plans.flatMap((plan) => (plan ? [amountOf(plan)] : []));
		const sums = totals(amounts);
		return plans.map((plan) => plan && { json: previewOf(plan, amounts.length, sums) });
	},

	async run({ order, ifCardExists: ifExists, simplify: simple }, dintero) {
		const { card, outcome } = await issueCard(dintero, order, ifExists);
		const files = barcodeFiles(card);
		if (!simple) return { json: { ...card, outcome }, files };
		return {
			json: {
				...issuedCard({ ...order.card, ...card }, dintero.timeZone),
				outcome,
				recovered: outcome === 'recovered',
			},
			files,
		};
	},
});

const amountOf = ({ order: { card } }: Plan) => ({ minor: card.amount, currency: card.currency });

/** What an item would become. Every preview has the run's totals, so that a later node can ask for approval. */
function previewOf(
	{ order: { card, codes } }: Plan,
	count: number,
	sums: ReadonlyMap<string, number>,
): IDataObject {
	return withoutMissing({
		preview: true,
		cardId: card.card_id,
		...money('amount', card.amount, card.currency),
		currency: card.currency,
		pinFormat: codes.pin as IDataObject | undefined,
		tokenFormat: codes.token as IDataObject | string | undefined,
		name: card.name,
		customerId: card.customer_id,
		activeFrom: card.active_from,
		expiresAt: card.expires_at,
		totalCards: count,
		...money('total', sums.get(card.currency), card.currency),
	});
}
