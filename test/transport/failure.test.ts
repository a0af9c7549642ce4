import { NodeApiError, type INode, type JsonObject } from 'n8n-workflow';

import {
	apiError,
	errorInSuccess,
	failureOf,
	readFailure,
	redact,
	reword,
	unreadableAnswer,
	type Failure,
} from '../../nodes/Dintero/transport/failure';

const node = {
	id: '1',
	name: 'Dintero',
	type: 'dintero',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
} as INode;

/** The members of an axios error that matter here. */
const axios = (extra: object) =>
	Object.assign(
		new Error('axios'),
		{ isAxiosError: true, config: { url: 'https://api.dintero.com/v1/accounts/T1/x' } },
		extra,
	);
const answered = (status: number, data: unknown = {}, headers: object = {}) =>
	axios({ response: { status, data, headers } });

describe('what a failed request means', () => {
	test.each<[string, Error, string]>([
		['429', answered(429), 'notSent'],
		['a refused connection', axios({ code: 'ECONNREFUSED' }), 'notSent'],
		['an unknown host', axios({ code: 'ENOTFOUND' }), 'notSent'],
		['a time-out', axios({ code: 'ECONNABORTED' }), 'unknown'],
		['a reset connection', axios({ code: 'ECONNRESET' }), 'unknown'],
		['an answer that broke off', answered(200), 'unknown'],
		['500', answered(500), 'unknown'],
		['503', answered(503), 'unknown'],
		['408', answered(408), 'unknown'],
		['400', answered(400), 'refused'],
		['409', answered(409), 'refused'],
		['302', answered(302), 'refused'],
		['300', answered(300), 'refused'],
		['299', answered(299), 'unknown'],
		['499', answered(499), 'refused'],
		['an error nobody knows', new Error('?'), 'unknown'],
	])('%s', (_, error, outcome) => {
		expect(readFailure(error, []).outcome).toBe(outcome);
		expect(readFailure(new NodeApiError(node, error as unknown as JsonObject), []).outcome).toBe(
			outcome,
		);
	});

	test.each([
		'ECONNREFUSED',
		'ENOTFOUND',
		'EAI_AGAIN',
		'EHOSTUNREACH',
		'ENETUNREACH',
		'EHOSTDOWN',
		'CERT_HAS_EXPIRED',
		'DEPTH_ZERO_SELF_SIGNED_CERT',
		'SELF_SIGNED_CERT_IN_CHAIN',
		'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
		'ERR_TLS_CERT_ALTNAME_INVALID',
	])('with %s nothing was sent, and the code is named', (code) =>
		expect(readFailure(axios({ code }), [])).toMatchObject({
			outcome: 'notSent',
			message: `Dintero could not be reached (${code})`,
		}),
	);

	test.each<[string, Error | object, string]>([
		['ECONNABORTED', axios({ code: 'ECONNABORTED' }), 'Dintero did not answer in time'],
		['ETIMEDOUT', axios({ code: 'ETIMEDOUT' }), 'Dintero did not answer in time'],
		['a time-out without a code', new Error('Timeout of 1 ms'), 'Dintero did not answer in time'],
		[
			'ECONNRESET',
			axios({ code: 'ECONNRESET' }),
			'The connection to Dintero was lost (ECONNRESET)',
		],
		['an odd code', axios({ code: 'the E_CODE' }), 'The connection to Dintero was lost'],
		['another odd code', axios({ code: 'EPIPE!' }), 'The connection to Dintero was lost'],
		['no code', new Error('?'), 'The connection to Dintero was lost'],
		['no error at all', {}, 'The connection to Dintero was lost'],
		['a success that broke off', answered(200), "Dintero's answer was cut off"],
		['a redirect', answered(300), 'no readable message'],
	])('%s is told in plain words', (_, error, message) =>
		expect(readFailure(error, []).message).toBe(message),
	);

	test.each([undefined, null, 'text', 5])('the thrown value %p is a failure too', (thrown) =>
		expect(readFailure(thrown, [])).toEqual({
			outcome: 'unknown',
			message: 'The connection to Dintero was lost',
			signIn: false,
		}),
	);

	test('it is read from whichever error knows it: the one outside or the one within', () => {
		const within = (cause: object, more: object = {}) =>
			readFailure(Object.assign(new Error('outer'), more, { cause }), []);
		expect(within({ response: { status: 404 } }).status).toBe(404);
		expect(within({ isAxiosError: true, code: 'ECONNREFUSED' }).outcome).toBe('notSent');
		expect(within(new Error('socket'), { code: 'ECONNREFUSED' }).outcome).toBe('notSent');
		expect(
			within(new Error('socket'), { isAxiosError: true, response: { status: 404 } }).status,
		).toBe(404);
		expect(within({}, { httpCode: '429' })).toMatchObject({ outcome: 'notSent', status: 429 });
		expect(within({}, { httpCode: 'ECONNREFUSED' }).outcome).toBe('notSent');
		expect(within({ isAxiosError: true }, { code: 'ECONNREFUSED' }).outcome).toBe('notSent');
		expect(within({ isAxiosError: true, message: 'timeout' }).message).toMatch(/in time/);
		expect(within({ isAxiosError: true }, { message: 'timeout' }).message).toMatch(/in time/);
	});

	test.each([['x503'], ['503x'], ['5e2'], ['0x1f'], ['-5'], [50.3], [true], [['503']]])(
		'%p is no status',
		(status) => expect(readFailure({ response: { status } }, []).status).toBeUndefined(),
	);
	test.each([['503'], [503]])('%p is a status', (status) =>
		expect(readFailure({ response: { status } }, []).status).toBe(503),
	);

	test('an error that was read already keeps its facts', () => {
		const failure = readFailure(answered(409), []);
		expect(readFailure(apiError(node, failure), [])).toBe(failure);
		for (const other of [undefined, null, 'text', new Error('?')])
			expect(failureOf(other)).toBeUndefined();
	});

	test('Retry-After is read in seconds and as a date', () => {
		const now = Date.parse('2026-01-01T00:00:00Z');
		const after = (value: string) =>
			readFailure(answered(429, {}, { 'retry-after': value }), [], now).retryAfter;
		expect(after('7')).toBe(7000);
		expect(after('Thu, 01 Jan 2026 00:00:30 GMT')).toBe(30_000);
		expect(after('Wed, 31 Dec 2025 00:00:30 GMT')).toBe(0);
		expect(after('soon')).toBeUndefined();
		expect(after('-5')).toBe(0);
		expect(after(7 as never)).toBe(7000);
		expect(after(['7'] as never)).toBeUndefined();
		expect(readFailure(answered(429), [], now).retryAfter).toBeUndefined();
	});

	test("Dintero's code, message and nested errors are kept", () =>
		expect(
			readFailure(
				answered(400, {
					error: {
						code: 'NOT FOUND',
						message: 'Customer not found',
						errors: [{ path: '/amount', message: 'must be >= 0' }, { odd: 1 }],
					},
				}),
				[],
			),
		).toMatchObject({
			status: 400,
			code: 'NOT FOUND',
			message: 'Customer not found',
			details: '/amount: must be >= 0; {"odd":1}',
		}));

	test.each<[unknown, object]>([
		[
			{ code: 'A', message: 'flat' },
			{ code: 'A', message: 'flat' },
		],
		[{ error: { code: ' A ', message: ' spaced ' } }, { code: 'A', message: 'spaced' }],
		[
			{ error: { code: ' ', message: '' } },
			{ code: undefined, message: 'no readable message', details: undefined },
		],
		[{ error: { code: 5, message: {} } }, { code: undefined, message: 'no readable message' }],
		[{ error: { message: 'm'.repeat(501) } }, { message: 'm'.repeat(500) }],
		[{ error: { message: 'm', errors: 'none' } }, { details: undefined }],
		[{ error: { message: 'm', errors: [] } }, { details: undefined }],
		[
			{ error: { message: 'm', errors: ['first', undefined, 'second'] } },
			{ details: 'first; second' },
		],
		[{ error: { message: 'm', errors: [...'abcdefg'] } }, { details: 'a; b; c; d; e' }],
		[
			{
				error: {
					message: 'm',
					errors: [
						{ message: 'is odd' },
						{ path: '', field: 'pin', message: 'is odd' },
						{ path: 5, instancePath: '/pin', message: 'is odd' },
						{ field: 'pin' },
						null,
					],
				},
			},
			{ details: 'is odd; pin: is odd; /pin: is odd; {"field":"pin"}; null' },
		],
	])('the body %j is understood', (body, facts) =>
		expect(readFailure(answered(400, body), [])).toMatchObject(facts),
	);

	test('an answer that is a web page gives a plain sentence, not the page', () =>
		expect(readFailure(answered(502, '<html>Bad gateway</html>'), []).message).toBe(
			'no readable message',
		));

	test('secrets that come back in an answer are blotted out', () => {
		const { message, details } = readFailure(
			answered(400, {
				error: { message: 'token 4242424242424242 is odd', errors: [{ message: 'pin 9876 too' }] },
			}),
			['4242424242424242', '9876'],
		);
		expect(`${message} ${details}`).toBe('token *** is odd pin *** too');
	});

	test('a code is blotted out wherever it stands, a short word nowhere', () => {
		expect(redact('a pin 1234, once more 1234, of 123', ['1234', '123'])).toBe(
			'a pin ***, once more ***, of 123',
		);
		expect(readFailure(answered(400, { error: { code: 'PIN 9876' } }), ['9876']).code).toBe(
			'PIN ***',
		);
	});

	test('a failed sign-in is told from a failed request', () => {
		const url = 'https://api.dintero.com/v1/accounts/T1/auth/token';
		expect(readFailure(axios({ config: { url }, response: { status: 401 } }), []).signIn).toBe(
			true,
		);
		expect(readFailure(answered(401), []).signIn).toBe(false);
	});
});

describe('the error a person sees', () => {
	test('keeps status, code, message and item, and gives a way out', () => {
		const error = apiError(
			node,
			readFailure(answered(403, { error: { code: 'SCOPE', message: 'Missing scope' } }), []),
			4,
		);
		expect(error).toBeInstanceOf(NodeApiError);
		expect(error).toMatchObject({
			message: 'Dintero answered: Missing scope (403 SCOPE)',
			description: expect.stringContaining("'write:wallets'"),
			httpCode: '403',
			context: {
				itemIndex: 4,
				dintero: { status: 403, code: 'SCOPE', message: 'Missing scope', outcome: 'refused' },
			},
		});
		expect(failureOf(error)).toMatchObject({ outcome: 'refused', code: 'SCOPE' });
	});

	test.each(['EPERM', 'superpermission', 'preexisting', 'ENOENT'])(
		'is not replaced by n8n because it contains %s',
		(word) =>
			expect(
				apiError(node, readFailure(answered(400, { error: { message: word } }), [])).message,
			).toBe(`Dintero answered: ${word} (400)`),
	);

	test('carries nothing of the request', () => {
		const error = axios({
			config: {
				url: 'https://x',
				headers: { Authorization: 'Bearer canary-secret' },
				data: '{"pin":"canary-secret"}',
			},
			response: {
				status: 400,
				data: { error: { message: 'no' } },
				config: { data: 'canary-secret' },
			},
		});
		const shown = apiError(
			node,
			readFailure(new NodeApiError(node, error as unknown as JsonObject), []),
		);
		expect(
			JSON.stringify({ ...shown, ...shown.toJSON?.(), stack: shown.stack, cause: shown.cause }),
		).not.toContain('canary-secret');
	});

	test.each<[string, Partial<Failure>, string]>([
		['200', { status: 200, outcome: 'unknown' }, 'm'],
		['299', { status: 299, outcome: 'unknown' }, 'm'],
		['300', { status: 300 }, 'Dintero answered: m (300)'],
		['no answer', {}, 'm'],
		['a code', { status: 400, code: 'C' }, 'Dintero answered: m (400 C)'],
		['a sign-in', { status: 401, signIn: true }, 'Dintero refused the sign-in: m (401)'],
		['a broken sign-in', { status: 503, signIn: true }, 'The sign-in at Dintero failed: m (503)'],
	])('has a headline that fits %s', (_, facts, headline) => {
		const failure: Failure = { outcome: 'refused', message: 'm', signIn: false, ...facts };
		expect(apiError(node, failure).message).toBe(headline);
	});

	const credential = /Account ID, Client ID and Client Secret.*test \(T\) or production \(P\)/;
	test.each<[string, Partial<Failure>, RegExp]>([
		['sign-in 400', { signIn: true, status: 400 }, credential],
		['sign-in 401', { signIn: true, status: 401 }, credential],
		['sign-in 403', { signIn: true, status: 403 }, credential],
		['sign-in 404', { signIn: true, status: 404 }, credential],
		['sign-in 429', { signIn: true, status: 429 }, /^Dintero receives too many requests/],
		['sign-in 500', { signIn: true, status: 500, outcome: 'unknown' }, /^Try again later/],
		['400', { status: 400 }, /^Check the fields that the message names\.$/],
		['401', { status: 401 }, /^Check the credential: .*access token\.$/],
		['403', { status: 403 }, /right this operation needs.*'write:wallets' or 'admin:hooks'/],
		['404', { status: 404 }, /^Check the ID: this Dintero account has nothing with that ID\.$/],
		['429', { status: 429, outcome: 'notSent' }, /'Requests per Second' or lower 'Concurrency'/],
		[
			'never sent',
			{ outcome: 'notSent' },
			/^The request was not sent\. Check the network and the API Base URL/,
		],
		[
			'503',
			{ status: 503, outcome: 'unknown' },
			/^Try again later\. If it happens again, contact Dintero\.$/,
		],
	])('gives a way out that fits %s', (_, facts, wayOut) => {
		const failure: Failure = { outcome: 'refused', message: 'm', signIn: false, ...facts };
		expect(apiError(node, failure).description).toMatch(wayOut);
	});

	test('tells what Dintero said in detail before the way out, and nothing that is not there', () => {
		const failure: Failure = { outcome: 'unknown', message: 'm', details: 'd.', signIn: false };
		const error = apiError(node, failure);
		expect(error.description).toMatch(/^d\. Try again/);
		expect(error.httpCode).toBeNull();
		expect(error.context.dintero).toStrictEqual({ message: 'm', outcome: 'unknown' });
	});

	test('says that an unreadable answer may have been carried out', () =>
		expect(failureOf(apiError(node, unreadableAnswer(200)))).toEqual({
			outcome: 'unknown',
			status: 200,
			message: 'Dintero answered with something that is not JSON',
			signIn: false,
		}));
});

test.each<[object, string]>([
	[{ path: ['order', 'items', 0], message: 'is odd' }, 'order.items.0: is odd'],
	[{ path: [], description: 'is odd' }, 'is odd'],
	[{ path: ['expires_at'], description: 'is odd', code: 'INVALID' }, 'expires_at: is odd'],
	[{ path: 'amount', message: '', description: 'is odd' }, 'amount: is odd'],
	[
		{ code: 'X', message: 'Missing: a', params: ['a'], path: ['body'], description: 'The body' },
		'body: Missing: a',
	],
	[{ path: [{}, null], message: 'is odd' }, 'is odd'],
])('a nested error %j is read as %j', (entry, text) =>
	expect(readFailure(answered(400, { error: { message: 'm', errors: [entry] } }), []).details).toBe(
		text,
	),
);

test.each([401, 403])('%i names exactly the rights that are needed', (status) => {
	const failure: Failure = { outcome: 'refused', message: 'm', signIn: false, status };
	expect(apiError(node, failure, 0, ['a:b', 'c:d', 'e']).description).toMatch(
		/the right (?:this operation needs: )?'a:b', 'c:d' or 'e'\.$/,
	);
});

test('an error in a success leaves open what was done, and tells no secret', () => {
	expect(errorInSuccess(200, { error: { message: 'no 4242', code: 'X' } }, ['4242'])).toEqual({
		outcome: 'unknown',
		status: 200,
		code: 'X',
		message: 'Dintero answered 200 with an error: no ***',
		details: undefined,
		signIn: false,
	});
	for (const body of [
		{},
		[],
		{ id: 'a', error: { message: 'm' } },
		{ error: null },
		{ error: 'x' },
	])
		expect(errorInSuccess(200, body, [])).toBeUndefined();
});

test('an error in a shop’s words keeps its facts and what Dintero said', () => {
	const failure: Failure = { outcome: 'refused', message: 'm', signIn: false, status: 400 };
	const error = apiError(node, failure);
	expect(reword(error, 'too little', 'take less.')).toBe(error);
	expect(error).toMatchObject({
		message: 'too little',
		description: 'take less. Dintero answered: m (400).',
	});
	expect(failureOf(error)).toBe(failure);
	const other = new Error('x');
	expect(reword(other, 'a', 'b')).toBe(other);
	expect(other.message).toBe('x');
});
