import type { IDataObject } from 'n8n-workflow';

import { InvalidInput, show } from '../../domain/invalidInput';
import { CURRENCY_DECIMALS, parseAmount, parseCurrency } from '../../domain/money';
import { parseId, parseMetadata, parseReference } from '../../domain/text';
import type { CodeOrder } from '../../issuance/codes';
import { issueCard, type CardOrder, type IfCardExists } from '../../issuance/issueCard';
import { checkMaximumTotal, checkSpendingLimit, totals } from '../../issuance/limits';
import {
	additionalFields,
	amountField,
	amountUnitOption,
	currencyField,
	maximumTotalOption,
	metadataFields,
	originatedByField,
	simplifyOption,
} from '../fields';
import { operation, type Item } from '../operation';
import { money, withoutMissing } from '../output';
import { readFlag } from '../readers';
import { refuseSame } from '../repeated';
import { PACE_OPTIONS, WRITE_OPTIONS, optionsCollection } from '../runOptions';
import {
	activeFromField,
	cardTypeField,
	codeLifetimeField,
	customerIdField,
	expiresAtField,
	ifCardExistsOption,
	nameField,
	readCardType,
	readDates,
	readIfCardExists,
	readTokenLifetime,
	singleUseField,
} from './cardFields';
import { barcodeFiles, issuedCard } from './cardOutput';
import {
	barcodeOptions,
	pinFormatFields,
	readPinFormat,
	readTokenFormat,
	tokenFormatFields,
} from './codeFields';

interface Plan {
	order: CardOrder;
	ifCardExists: IfCardExists;
	simplify: boolean;
}

export const create = operation<Plan>({
	resource: 'giftCard',
	value: 'create',
	name: 'Create',
	action: 'Create gift card',
	description: 'Issue a gift card or credit note with a balance, and get its PIN and card token',
	effect: 'write',
	fields: [
		amountField,
		currencyField,
		{
			displayName: 'Card ID',
			name: 'cardId',
			type: 'string',
			default: '',
			hint: 'Use your order or row number, and no card is issued twice. Leave it empty for an automatic ID.',
			placeholder: 'e.g. order-10045',
			description:
				'Your own ID for the card, such as the order or row number. The same ID is never issued twice, even when you run the workflow again. When empty, the node makes one for each item of this execution.',
		},
		...pinFormatFields,
		...tokenFormatFields,
		additionalFields([
			activeFromField,
			cardTypeField,
			codeLifetimeField,
			customerIdField,
			expiresAtField,
			...metadataFields,
			nameField,
			originatedByField,
			singleUseField,
		]),
		optionsCollection([
			...PACE_OPTIONS,
			...WRITE_OPTIONS,
			amountUnitOption,
			...barcodeOptions,
			ifCardExistsOption(
				'What to do when a card with this Card ID was issued before, by another run. A card this very execution made in an earlier attempt is always completed and returned.',
				'It gets a new PIN and a new card token; the old PIN stops working',
			),
			maximumTotalOption,
			{
				displayName: 'Preview',
				name: 'preview',
				type: 'boolean',
				default: false,
				description:
					'Whether to only show which cards would be issued and what they come to. Nothing is sent.',
			},
			simplifyOption,
		]),
	],

	prepare(item) {
		const additional = item.get('additionalFields', {}) as IDataObject;
		const options = item.get('options', {}) as IDataObject;
		const currency = parseCurrency(item.get('currency', 'NOK'));
		const amount = parseAmount(
			item.get('amount', ''),
			CURRENCY_DECIMALS[currency],
			options.amountUnit === 'minor' ? 'minor' : 'main',
		);
		if (amount === 0)
			throw new InvalidInput(
				'Amount',
				'is 0.',
				"Write an amount above zero. To order cards without a balance, use 'Create Batch'.",
			);
		checkSpendingLimit(amount, currency, item.spendingLimit);
		const { origin } = item;
		const { activeFrom, expiresAt } = readDates(item, additional);
		const metadata = parseMetadata(
			(additional.metadata as IDataObject | undefined)?.entries,
			additional.metadataJson,
		);
		const codes: CodeOrder = {
			pin: readPinFormat(item),
			token: readTokenFormat(item),
			tokenLifetime: readTokenLifetime(additional.codeLifetimeDays, expiresAt),
			singleUse: readFlag(additional.singleUse, false),
		};
		const card = withoutMissing({
			card_id: readCardId(item) ?? origin.cardId,
			amount,
			currency,
			type: readCardType(additional.type ?? undefined),
			name: parseReference(additional.name, 'Name'),
			customer_id: parseReference(additional.customerId, 'Customer ID'),
			originated_by: parseReference(additional.originatedBy, 'Originated By'),
			active_from: activeFrom,
			expires_at: expiresAt,
			metadata: metadata as IDataObject | undefined,
		}) as CardOrder['card'];
		return {
			order: { card, codes, origin },
			ifCardExists: readIfCardExists(options.ifCardExists),
			simplify: readFlag(options.simplify, true),
		};
	},

	review(plans, refuse, first) {
		refuseSame(
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
		const { maximumTotal } = first.get('options', {}) as IDataObject;
		checkMaximumTotal(
			plans.flatMap((plan) => (plan ? [amountOf(plan)] : [])),
			maximumTotal,
		);
	},

	preview(plans) {
		const amounts = plans.flatMap((plan) => (plan ? [amountOf(plan)] : []));
		const sums = totals(amounts);
		return plans.map((plan) => plan && { json: previewOf(plan, amounts.length, sums) });
	},

	async run({ order, ifCardExists, simplify }, dintero) {
		const { card, outcome } = await issueCard(dintero, order, ifCardExists);
		const files = barcodeFiles(card);
		if (!simplify) return { json: { ...card, outcome }, files };
		return {
			json: {
				...issuedCard({ ...order.card, ...card }),
				outcome,
				recovered: outcome === 'recovered',
			},
			files,
		};
	},
});

/**
 * The card ID a person gave. An expression that gives nothing is a mistake in the data (an empty cell), not a wish
 * for a derived ID: with that, running again would issue the card again.
 */
function readCardId(item: Item): string | undefined {
	const value = item.get('cardId', '');
	if (item.isExpression('cardId') || (value !== '' && value !== undefined))
		return parseId(value, 'Card ID');
	return undefined;
}

const amountOf = ({ order: { card } }: Plan) => ({ minor: card.amount, currency: card.currency });

/** What an item would become. Every one carries the run's totals, so that a later node can ask before money moves. */
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
