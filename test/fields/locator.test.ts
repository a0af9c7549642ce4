import type { Field } from '../../nodes/Dintero/fields/field';
import {
	card,
	cardOrToken,
	checkoutTransaction,
	customerCard,
	delivery,
	optionalCard,
	subscription,
	withCardToken,
} from '../../nodes/Dintero/fields/locator';
import { pin } from '../../nodes/Dintero/fields/code';
import { expectRefusal } from '../support/refusal.mts';
import { read } from './raw.mts';

const CODE = '4024813767133836';
const UUID = '9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11';
const byId: Array<[name: string, label: string, field: Field<string | undefined>]> = [
	['cardId', 'Card', card],
	['cardId', 'Card', optionalCard({})],
	['cardId', 'Card', customerCard],
	['deliveryId', 'Delivery', delivery],
	['checkoutTransactionId', 'Checkout Transaction', checkoutTransaction],
];
const all = [...byId, ['subscriptionId', 'Subscription', subscription] as const];

describe.each(byId)('%s (%s)', (name, label, field) => {
	test('is read as it was written', () =>
		expect(read(field, { [name]: ' ordre-å\u200b 7 '.normalize('NFD') })).toBe('ordre-å 7'));

	test.each(['..', '#N/A', 'order-undefined', 7.5])(
		'is refused by name: %p',
		(value) => void expectRefusal(() => read(field, { [name]: value }), label, /'/, /\w/),
	);
});

test.each(byId.filter(([, , field]) => field !== delivery))(
	'%s that was chosen from the list is right to the letter',
	(name, _label, field) => {
		const id = 'Å  7\u200b'.normalize('NFD');
		expect(read(field, { [name]: { chosen: id } })).toBe(id);
	},
);

test.each(byId)('%s (%s) is no object, even one chosen from the list', (name, label, field) => {
	expectRefusal(() => read(field, { [name]: { chosen: { id: 'a' } } }), label, /not text/, /text/);
	expect(read(field, { [name]: { chosen: 7 } })).toBe('7');
});

test('a subscription is known by the ID that Dintero made', () => {
	expect(read(subscription, { subscriptionId: ` ${UUID.toUpperCase()}\u200b` })).toBe(UUID);
	expectRefusal(
		() => read(subscription, { subscriptionId: 'order-7' }),
		'Subscription',
		/'order-7'/,
		/looks like .*list/,
	);
});

test.each(all.filter(([, , field]) => field.properties[0].required))(
	'%s (%s) must be filled in',
	(name, label, field) => {
		const empty = { [name]: (field.properties[0].default as { value: unknown }).value };
		expectRefusal(() => read(field, empty), label, /^is empty/, /list.*ID/);
		expectRefusal(
			() => read(field, { [name]: { expression: null } }),
			label,
			/gave nothing/,
			/this item/,
		);
	},
);

test('all but one must be filled in, and begin with the list', () => {
	expect(all.map(([, , field]) => field.properties[0].required)).toEqual([
		true,
		false,
		true,
		true,
		true,
		true,
	]);
	for (const [, , { properties }] of all)
		expect(properties[0].default).toEqual({ mode: 'list', value: '' });
});

test('a card besides something else may be left out', () => {
	expect(read(optionalCard({}), {})).toBeUndefined();
	expect(read(optionalCard({}), { cardId: '' })).toBeUndefined();
	expect(optionalCard({ hint: 'Or a customer' }).properties[0].hint).toBe('Or a customer');
});

describe('a card by its ID or its token', () => {
	test.each<[object, object]>([
		[{ cardId: 'a' }, { cardId: 'a' }],
		[{ cardBy: 'cardId', cardId: 'a', cardToken: 'null' }, { cardId: 'a' }],
		[{ cardBy: 'List or Card ID', cardId: 'a' }, { cardId: 'a' }],
		[{ cardBy: 'cardToken', cardToken: CODE.replace(/(.{4})/g, '$1 ') }, { token: CODE }],
		[{ cardBy: 'card token', cardToken: '1234', cardId: '..' }, { token: '1234' }],
	])('%j is %j', (parameters, card_) => expect(read(cardOrToken, parameters)).toEqual(card_));

	test('is refused by the name of what is asked for', () => {
		expect(() => read(cardOrToken, {})).toThrow(/^Card: /);
		expect(() => read(cardOrToken, { cardBy: 'cardToken' })).toThrow(/^Card Token: /);
		expect(() => read(cardOrToken, { cardBy: 'PIN' })).toThrow(/^Find Card By: 'PIN'/);
	});

	test('shows only the one that is asked for, the ID at first', () => {
		expect(
			cardOrToken.properties.map(({ name, displayOptions }) => [name, displayOptions?.show]),
		).toEqual([
			['cardBy', undefined],
			['cardId', { cardBy: ['cardId'] }],
			['cardToken', { cardBy: ['cardToken'] }],
		]);
		expect(cardOrToken.properties[0].default).toBe('cardId');
		expect(cardOrToken.leaves.map(({ property }) => property)).toEqual(cardOrToken.properties);
	});

	test('has a PIN only with its token', () => {
		const tokenPin = withCardToken(pin({}, 'refuse'));
		expect(read(tokenPin, { cardBy: 'cardToken', pin: '1234' })).toBe('1234');
		expect(read(tokenPin, { cardBy: 'cardId', pin: '1234' })).toBeUndefined();
		expect(read(tokenPin, { pin: '12' })).toBeUndefined();
		expect(tokenPin.properties[0].displayOptions).toEqual({ show: { cardBy: ['cardToken'] } });
	});
});
