import type { IDataObject } from 'n8n-workflow';

import { inZone } from '../../domain/dates';
import { InvalidInput, show } from '../../domain/invalidInput';
import { giftCardConflicts } from '../../domain/sessionConflicts';
import { amount, amountUnit } from '../../fields/amount';
import { customerId } from '../../fields/card';
import {
	checkLines,
	configuration,
	customerEmail,
	customerPhone,
	merchantReference,
	orderLines,
	returnUrl,
	type OrderLine,
} from '../../fields/checkout';
import { additionalFields, options } from '../../fields/collection';
import { expiresAt } from '../../fields/date';
import { described, type ValuesOf } from '../../fields/field';
import { flag, simplify } from '../../fields/flag';
import { optionalCard } from '../../fields/locator';
import { metadata } from '../../fields/metadata';
import { writeOptions } from '../../fields/runOptions';
import { name, optionalReference } from '../../fields/text';
import { openSession, type SessionOrder, type SessionRequest } from '../../exactlyOnce/openSession';
import { operation } from '../operation';
import { money, text, withoutMissing } from '../output';
import { refuseDuplicates } from '../refuseDuplicates';

interface Plan {
	order: SessionOrder;
	simplify: boolean;
}

const fields = {
	amount,
	merchantReference,
	returnUrl,
	giftCards: flag({
		name: 'giftCards',
		displayName: 'Accept Gift Cards',
		default: true,
		description:
			'Whether the customer can pay with a gift card (number and PIN) first and the rest by another method. The customer then also gives an address (an Express session).',
	}),
	additionalFields: additionalFields({
		autoCapture: flag({
			name: 'autoCapture',
			displayName: 'Capture Automatically',
			default: false,
			description:
				"Whether Dintero takes the money as soon as the customer has paid. Otherwise use 'Checkout Transaction: Capture'.",
		}),
		cardId: optionalCard({
			hint: 'The customer still gives its PIN',
			description: "The customer's own gift card, offered on the payment page",
		}),
		configuration,
		customerEmail,
		customerId,
		customerPhone,
		expiresAt: described(expiresAt, {
			description:
				"The link cannot be paid after this time. A day means its last second, in the workflow's time zone. When not set, the link expires in seven days.",
		}),
		itemDescription: name({
			name: 'itemDescription',
			displayName: 'Item Description',
			placeholder: 'e.g. Gift card',
			description: 'What the customer pays for, shown on the payment page',
		}),
		itemId: optionalReference({
			name: 'itemId',
			displayName: 'Item ID',
			placeholder: 'e.g. GIFTCARD-500',
			description: 'Your article number for what is sold',
		}),
		lines: orderLines(
			"All lines of the order, instead of one: Dintero's 'items', amounts in øre or cents. They must add up to Amount.",
		),
		metadata,
		profileId: optionalReference({
			name: 'profileId',
			displayName: 'Payment Profile',
			placeholder: 'e.g. default',
			description:
				"The payment profile in the Dintero Backoffice; 'default' when not set. It must not enable payment types that exclude gift cards, such as Vipps.",
		}),
		sendSms: flag({
			name: 'sendSms',
			displayName: 'Send Link by SMS',
			default: false,
			description:
				"Whether Dintero sends the link to 'Customer Phone'. A test account sends no SMS.",
		}),
	}),
	options: options({ ...writeOptions, amountUnit, simplify }),
};

export const create = operation<typeof fields, Plan>({
	resource: 'paymentSession',
	value: 'create',
	name: 'Create',
	action: 'Create payment link',
	description: 'Get a link to a payment page in Dintero Checkout that takes gift cards',
	effect: 'write',
	scopes: ['admin:checkout', 'write:checkout'],
	fields,

	prepare(values, { origin }) {
		const { minor, currency } = values.amount;
		const { additionalFields: details } = values;
		checkLines(details.lines, minor);
		if (details.cardId !== undefined && !values.giftCards)
			throw new InvalidInput(
				'Card',
				"is offered, but 'Accept Gift Cards' is off.",
				"Switch on 'Accept Gift Cards', or remove the card.",
			);
		if (details.sendSms && details.customerPhone === undefined)
			throw new InvalidInput(
				'Send Link by SMS',
				'has no number to send it to.',
				"Fill in 'Customer Phone'.",
			);
		if (values.giftCards) refuseConflicts(details.configuration ?? {}, details.lines ?? []);
		return {
			order: {
				request: requestFor(values),
				...(details.expiresAt === undefined ? {} : { expiresAt: details.expiresAt }),
				currency,
				origin,
				...(details.cardId === undefined ? {} : { offeredCardId: details.cardId }),
			},
			simplify: values.options.simplify,
		};
	},

	review(plans, refuse) {
		refuseDuplicates(
			plans,
			refuse,
			({ order }) => order.request.order.merchant_reference,
			({ order }, earlier) =>
				new InvalidInput(
					'Order Number',
					`${show(order.request.order.merchant_reference)} is also the order of item ${earlier}; with two links it could be paid twice.`,
					'Give every payment link its own order number.',
				),
		);
	},

	async run({ order, simplify: simple }, dintero) {
		const answer = await openSession(dintero, order);
		if (!simple) return { json: answer };
		const { request } = order;
		const [sent] = (Array.isArray(answer.publish) ? answer.publish : []) as IDataObject[];
		return {
			json: withoutMissing({
				sessionId: text(answer.id),
				paymentUrl: text(answer.url),
				merchantReference: request.order.merchant_reference,
				...money('amount', request.order.amount, order.currency),
				currency: order.currency,
				acceptsGiftCards: request.express !== undefined,
				expiresAt: inZone(answer.expires_at, dintero.timeZone),
				smsStatus: text(sent?.status),
			}),
		};
	},
});

/** @throws InvalidInput for settings that Dintero refuses together with gift cards */
function refuseConflicts(configured: IDataObject, lines: OrderLine[]): void {
	const [conflict] = giftCardConflicts(configured);
	if (conflict !== undefined)
		throw new InvalidInput(
			'Configuration (JSON)',
			`enables ${conflict}, which Dintero refuses together with gift cards.`,
			"Remove it, or switch off 'Accept Gift Cards'.",
		);
	if (lines.some(({ splits }) => Array.isArray(splits) && splits.length > 0))
		throw new InvalidInput(
			'Order Lines (JSON)',
			'has splits, which Dintero refuses together with gift cards.',
			"Remove them, or switch off 'Accept Gift Cards'.",
		);
	if (lines.some(({ type }) => type === 'gift_card'))
		throw new InvalidInput(
			'Order Lines (JSON)',
			"has the type 'gift_card', which means a gift card used as payment.",
			"A gift card that is sold has the type 'digital' or 'physical'.",
		);
}

/** The request body. Gift cards need an Express session; it has no shipping. */
function requestFor(values: ValuesOf<typeof fields>): SessionRequest {
	const { additionalFields: details, amount: money, merchantReference: reference } = values;
	const { minor, currency } = money;
	const given = details.configuration ?? {};
	const gift = values.giftCards;
	const settings = withoutMissing({
		...given,
		auto_capture: details.autoCapture ? true : given.auto_capture,
		publish: details.sendSms ? [{ channel: 'sms', type: 'checkout-link' }] : given.publish,
		dintero: gift
			? { ...(given.dintero as IDataObject | undefined), ...GIFT_CARDS }
			: given.dintero,
	});
	const customer = withoutMissing({
		customer_id: details.customerId,
		email: details.customerEmail,
		phone_number: details.customerPhone,
		gift_cards: details.cardId && { 'dintero.wallets': [{ card_id: details.cardId }] },
	});
	const line = withoutMissing({
		id: details.itemId,
		line_id: '1',
		description: details.itemDescription ?? `Order ${reference}`,
		quantity: 1,
		amount: minor,
	});
	return {
		profile_id: details.profileId ?? 'default',
		url: { return_url: values.returnUrl },
		order: {
			amount: minor,
			currency,
			merchant_reference: reference,
			items: details.lines ?? [line],
		},
		...(gift ? { express: { shipping_options: [], shipping_mode: 'shipping_not_required' } } : {}),
		...(Object.keys(customer).length > 0 ? { customer } : {}),
		...(Object.keys(settings).length > 0 ? { configuration: settings } : {}),
		...(details.metadata ? { metadata: details.metadata } : {}),
	};
}

const GIFT_CARDS = {
	type: 'payment_type',
	wallets: { type: 'payment_product_type', enabled: true },
};
