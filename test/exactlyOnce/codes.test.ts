import type { IDataObject } from 'n8n-workflow';

import {
	codeValue,
	createToken,
	hasCodes,
	reissueCodes,
	rotatePin,
	tokenRequest,
	type CodeOrder,
} from '../../nodes/Dintero/exactlyOnce/codes';
import { fakeDintero, type Scripted } from './fakeDintero.mts';

const digits = { length: 4, numbers: true, characters: false, symbols: false };
const both: CodeOrder = { pin: digits, token: 'default', tokenLifetime: 60, singleUse: true };
const none: CodeOrder = { tokenLifetime: 60, singleUse: true };
const rotated = { pin: { pin: { value: '0123' } } };
const token = { token: { value: 'T' } };
const cardId = 'a';
const path = 'wallets/cards/a';
const reference = (step: string) => `ref ${step}`;

const coding = (tokens: Scripted[] = [token], pins: Scripted[] = [rotated]) =>
	fakeDintero({ 'POST a/tokens': tokens, 'POST a/rotate-pin': pins });
const said = async (work: Promise<unknown>) =>
	await work.then(
		() => 'no error',
		({ message }: Error) => message,
	);

describe('a code in an answer', () => {
	test.each<[unknown, string | undefined]>([
		[{ pin: { value: '0123' } }, '0123'],
		[{ pin: { value: 123 } }, '123'],
		[{ pin: { value: 0 } }, '0'],
		[{ pin: { value: '' } }, undefined],
		[{ pin: { value: null } }, undefined],
		[{ pin: {} }, undefined],
		[{ token: { value: '1' } }, undefined],
		[{}, undefined],
		[undefined, undefined],
		[null, undefined],
	])('%j holds the PIN %p', (holder, value) => expect(codeValue(holder, 'pin')).toBe(value));

	test.each<[IDataObject, CodeOrder, boolean]>([
		[{ ...rotated, card_token: token }, both, true],
		[{ card_token: token }, both, false],
		[rotated, both, false],
		[{ card_token: { pin: { value: '1' } }, ...rotated }, both, false],
		[rotated, { ...both, token: undefined }, true],
		[{ card_token: token }, { ...both, pin: undefined }, true],
		[{}, none, true],
	])('%j holds all that is ordered by %j: %p', (answer, order, complete) =>
		expect(hasCodes(answer, order)).toBe(complete),
	);
});

describe('the request for a token', () => {
	const expiry = { expires_in: 60, expires_after_transaction: true };

	test('always says how long and how often the token can be used', () => {
		expect(tokenRequest(both)).toEqual(expiry);
		expect(tokenRequest({ ...both, singleUse: false })).toEqual({
			...expiry,
			expires_after_transaction: false,
		});
	});
	test('names the format where one is ordered', () =>
		expect(tokenRequest({ ...both, token: digits })).toEqual({ ...expiry, format: digits }));
	test('is none where no token is ordered', () => expect(tokenRequest(none)).toBeUndefined());
});

describe('an answer that shows the codes of another record', () => {
	const other = { ...rotated, ...token, card_id: 'b' };

	test.each([other, { ...token, ref_id: 'another' }])('(%j) makes no token', async (answer) => {
		const { dintero, sent } = coding([answer, { ...token, token: { value: 'U' } }]);
		expect(await createToken(dintero, cardId, both, reference)).toEqual({ token: { value: 'U' } });
		expect(sent).toHaveLength(2);
	});

	test('makes no PIN', async () => {
		const { dintero } = coding([], [other, { ...rotated, card_id: 'a' }]);
		expect(await rotatePin(dintero, cardId, digits)).toEqual(rotated.pin);
	});
});

describe('new codes', () => {
	test('the token comes first: it takes nothing away, while a new PIN ends the old one', async () => {
		const { dintero, sent } = coding();
		expect(await reissueCodes(dintero, cardId, both, reference)).toEqual({
			pin: rotated.pin,
			card_token: token,
		});
		expect(sent.map((one) => one.path)).toEqual([`${path}/tokens`, `${path}/rotate-pin`]);
	});

	test('without a token the PIN is not ended', async () => {
		const { dintero, sent } = coding([{ fail: 403 }]);
		expect(await said(reissueCodes(dintero, cardId, both, reference))).toMatch(/403/);
		expect(sent).toHaveLength(1);
	});

	test('only what is ordered is made', async () => {
		const pin = coding();
		expect(
			await reissueCodes(pin.dintero, cardId, { ...both, token: undefined }, reference),
		).toEqual(rotated);
		expect(pin.sent).toHaveLength(1);
		const only = coding();
		expect(
			await reissueCodes(only.dintero, cardId, { ...both, pin: undefined }, reference),
		).toEqual({
			card_token: token,
		});
		expect(only.sent).toHaveLength(1);
		const nothing = coding();
		expect(await reissueCodes(nothing.dintero, cardId, none, reference)).toEqual({});
		expect(nothing.sent).toEqual([]);
	});
});

describe('a new PIN', () => {
	test('is asked for as a write, with its format, and waited for longer than anything else', async () => {
		const { dintero, sent, pauses } = coding();
		expect(await rotatePin(dintero, cardId, digits)).toEqual(rotated.pin);
		expect(sent).toEqual([
			{
				method: 'POST',
				path: `${path}/rotate-pin`,
				body: { pin: { format: digits } },
				repeat: 'unsafe',
				patience: 4,
			},
		]);
		expect(pauses).toEqual([]);
	});

	test.each<[string, Scripted]>([
		['whose answer is lost', { fail: 'lost' }],
		['whose answer holds no PIN', { pin: {} }],
	])('%s is made again, but only after a pause', async (_what, first) => {
		const { dintero, sent, pauses } = coding([], [first, rotated]);
		expect(await rotatePin(dintero, cardId, digits)).toEqual(rotated.pin);
		expect(sent).toHaveLength(2);
		expect(pauses).toEqual([10_000]);
	});

	test.each<[Scripted, RegExp]>([
		[
			{ fail: 'lost' },
			/did not say whether the PIN of the gift card 'a' was replaced \(no answer\)/,
		],
		[{}, /did not say whether the PIN.*no readable answer/],
	])('%j for ever ends after 5 tries', async (answer, message) => {
		const { dintero, sent, pauses } = coding([], [answer]);
		expect(await said(rotatePin(dintero, cardId, digits))).toMatch(message);
		expect(sent).toHaveLength(5);
		expect(pauses).toHaveLength(4);
	});

	test.each<[Scripted]>([[{ fail: 400 }], [{ fail: 'notSent' }], [{ fail: 'bug' }]])(
		'%j is not repeated',
		async (answer) => {
			const { dintero, sent } = coding([], [answer]);
			expect(await said(rotatePin(dintero, cardId, digits))).toMatch(/400|no answer|our own/);
			expect(sent).toHaveLength(1);
		},
	);
});

describe('a new token', () => {
	const make = async (answers: Scripted[], order = both, extra?: IDataObject) => {
		const { dintero, sent, pauses } = coding(answers);
		const work = createToken(dintero, cardId, order, reference, extra);
		const error = await said(work);
		const references = sent.map(({ body }) => String(body?.ref_id));
		return { sent, pauses, references, error, answer: error === 'no error' && (await work) };
	};

	test('is asked for as a write, with a reference, its format, and what belongs to it', async () => {
		const { sent, answer } = await make([token], { ...both, token: digits }, { note: 'n' });
		expect(answer).toEqual(token);
		expect(sent).toEqual([
			{
				method: 'POST',
				path: `${path}/tokens`,
				body: {
					ref_id: 'ref token',
					note: 'n',
					format: digits,
					expires_in: 60,
					expires_after_transaction: true,
				},
				repeat: 'unsafe',
			},
		]);
	});

	test('whose answer is lost is known to nobody: another one is made, with another reference, after a pause', async () => {
		const { references, answer, pauses } = await make([{ fail: 'lost' }, token]);
		expect(answer).toEqual(token);
		expect(references).toEqual(['ref token', expect.stringMatching(/^ref token 2 \d{13}$/)]);
		expect(pauses).toEqual([expect.any(Number)]);
		expect(pauses[0]).toBeGreaterThanOrEqual(150);
	});

	test('whose answer holds no value is made with another reference, at once', async () => {
		const { references, answer, pauses } = await make([{}, token]);
		expect(answer).toEqual(token);
		expect(new Set(references).size).toBe(2);
		expect(pauses).toEqual([]);
	});

	test('whose reference Dintero takes for a mistake is made with another one, once', async () => {
		const { references, answer, pauses } = await make([{ fail: 409 }, token]);
		expect(answer).toEqual(token);
		expect(new Set(references).size).toBe(2);
		expect(pauses).toEqual([]);
		expect(await make([{ fail: 409 }, { fail: 422 }, token])).toMatchObject({
			error: expect.stringContaining('422'),
			references: { length: 2 },
		});
	});

	test.each<[Scripted]>([
		[{ fail: 403 }],
		[{ fail: 404 }],
		[{ fail: 'notSent' }],
		[{ fail: 'bug' }],
	])('%j is not repeated', async (answer) => {
		const { sent, error } = await make([answer, token]);
		expect(error).toMatch(/\(40[34]\)|^no answer|^a mistake of our own/);
		expect(sent).toHaveLength(1);
	});

	test.each<[Scripted, RegExp]>([
		[{ fail: 'lost' }, /did not say whether the gift card 'a' got a new card token \(no answer\)/],
		[{}, /did not say whether the gift card 'a' got a new card token \(no readable/],
	])('%j for ever ends after 5 tries', async (answer, message) => {
		const { sent, error } = await make([answer]);
		expect(error).toMatch(message);
		expect(sent).toHaveLength(5);
	});
});

describe('a PIN that may have been overtaken', () => {
	const opened = { card_id: 'a' };
	const rotating = async (script: Record<string, Scripted[]>) => {
		const { dintero, sent, pauses } = fakeDintero(script);
		const end = await rotatePin(dintero, cardId, digits, 'T').catch(
			({ message }: Error) => message,
		);
		return { end, pauses, asked: sent.map((one) => one.path) };
	};

	test.each([[408], [502], [503], [504]])(
		'behind a gateway that gave up (%i) is waited for longer, and tried before it is returned',
		async (fail) => {
			const { end, pauses, asked } = await rotating({
				'POST a/rotate-pin': [{ fail: fail as never }, rotated],
				'POST wallets/info': [opened],
			});
			expect(end).toEqual(rotated.pin);
			expect(pauses).toEqual([60_000]);
			expect(asked.at(-1)).toBe('wallets/info');
		},
	);

	test('and does not open the card is replaced once more', async () => {
		const other = { pin: { pin: { value: '7777' } } };
		const { end, asked } = await rotating({
			'POST a/rotate-pin': [{ fail: 'lost' }, rotated, other],
			'POST wallets/info': [{ fail: 403 }, opened, opened],
		});
		expect(end).toEqual(other.pin);
		expect(asked.filter((path) => path.endsWith('rotate-pin'))).toHaveLength(3);
	});

	test.each<[string, Scripted[]]>([
		['the right is missing', [{ fail: 403 }]],
		['Dintero does not answer', [{ fail: 'lost' }]],
	])('and cannot be tried, because %s, counts as right', async (_what, infos) => {
		const { end } = await rotating({
			'POST a/rotate-pin': [{ fail: 'lost' }, rotated],
			'POST wallets/info': infos,
		});
		expect(end).toEqual(rotated.pin);
	});

	test('is not tried when nothing was in doubt', async () => {
		const { asked } = await rotating({ 'POST a/rotate-pin': [rotated] });
		expect(asked).toHaveLength(1);
	});

	test.each<[string, Scripted]>([
		['notSent', { fail: 'notSent' }],
		['refused', { fail: 400 }],
	])('is in doubt when the next rotation is %s', async (_what, next) => {
		const { end } = await rotating({ 'POST a/rotate-pin': [{ fail: 'lost' }, next] });
		expect(end).toMatch(/did not say whether the PIN of the gift card 'a' was replaced/);
	});
});

describe('new codes of which only a part came', () => {
	const reissuing = async (pins: Scripted[]) => {
		const { dintero } = coding([token], pins);
		return (await reissueCodes(dintero, cardId, both, reference).catch(
			(error: unknown) => error,
		)) as Error & {
			description: string;
			context: { dintero: IDataObject };
		};
	};
	test.each<[string, Scripted[], RegExp, RegExp]>([
		[
			'refused',
			[{ fail: 403 }],
			/got a new card token, but no new PIN/,
			/^The old PIN still works\./,
		],
		[
			'not sent',
			[{ fail: 'notSent' }],
			/got a new card token, but no new PIN/,
			/^The old PIN still works\./,
		],
		[
			'in doubt',
			[{ fail: 'lost' }, { fail: 'notSent' }],
			/but its PIN may have changed/,
			/^The old PIN may no longer work\./,
		],
	])('PIN %s', async (_what, pins, message, description) => {
		const error = await reissuing(pins);
		expect(error.message).toMatch(message);
		expect(error.description).toMatch(description);
		expect(error.description).toMatch(/Run 'Reissue Codes' for this card\.$/);
		expect(error.description).not.toMatch(/Nothing was sent/);
		expect(error.context.dintero).toMatchObject({ cardId: 'a' });
	});
});
