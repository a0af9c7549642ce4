import { cardToken, pin, secret } from '../../nodes/Dintero/fields/code';
import { expectRefusal } from '../support/refusal.mts';
import { rawParameters, read, readUntouched } from './raw.mts';

const CODE = '4024813767133836';
const key = secret({ name: 'apiKey', displayName: 'API Key' });

test('codes are masked on the screen, unless that is turned off', () => {
	const shown = secret({ name: 'header', displayName: 'Header' }, { masked: false });
	expect(
		[cardToken, pin({}, 'refuse'), key, shown].map(
			({ properties }) => properties[0].typeOptions?.password,
		),
	).toEqual([true, true, true, undefined]);
});

test('a card token is read as it is typed, and must be filled in', () => {
	expect(read(cardToken, { cardToken: '4024 8137 6713 3836' })).toBe(CODE);
	expect(cardToken.properties[0].required).toBe(true);
	expectRefusal(() => readUntouched(cardToken), 'Card Token', /^is empty/, /card token/);
	expectRefusal(() => read(cardToken, { cardToken: 'null' }), 'Card Token', /missing/, /as text/);
});

test('a PIN may be left out, but is no missing value where money moves', () => {
	for (const whenNothing of ['refuse', 'hint'] as const) {
		expect(read(pin({}, whenNothing), { pin: ' 12 34 ' })).toBe('1234');
		expect(readUntouched(pin({}, whenNothing))).toBeUndefined();
		expect(read(pin({}, whenNothing), {})).toBeUndefined();
		expect(() => read(pin({}, whenNothing), { pin: 12 })).toThrow(/^PIN: /);
	}
	const nothing = { pin: { expression: '' } };
	expectRefusal(() => read(pin({}, 'refuse'), nothing), 'PIN', /gave nothing/, /this item/);
	expect(read(pin({}, 'hint'), nothing)).toBeUndefined();
});

test.each([
	['Card Token', cardToken, { cardToken: 123456 }],
	['PIN', pin({}, 'refuse'), { pin: 123456 }],
])('a %s that arrives as a number comes with advice', (label, field, parameters) => {
	const raw = rawParameters(parameters);
	expect(field.read(raw)).toBe('123456');
	expect(raw.advice).toEqual([expect.stringMatching(new RegExp(`^${label} .*number`))]);
});

test('a secret is taken as it is, without outer spaces', () => {
	expect(read(key, { apiKey: ' Bearer  a\u00adb \n' })).toBe('Bearer  a\u00adb');
	expect(key.properties[0].required).toBe(true);
	expectRefusal(() => readUntouched(key), 'API Key', /^is empty/, /API Key/);
});

test.each([7, true, { a: 'topsecret' }, 'topsecret🎁'.slice(0, 10)])(
	'%j is no secret, and not shown',
	(value) =>
		expect(
			expectRefusal(() => read(key, { apiKey: value }), 'API Key', /not text/, /as text/),
		).not.toContain('topsecret'),
);

test.each(['null', 'undefined', 'Bearer undefined', '#N/A', '[object Object]'])(
	'%s is no secret, because a value was missing',
	(value) =>
		void expectRefusal(() => read(key, { apiKey: value }), 'API Key', /missing value/, /fill in/),
);
