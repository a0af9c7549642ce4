import { NodeApiError, type INode, type JsonObject } from 'n8n-workflow';

import {
	apiError,
	failureOf,
	readFailure,
	unreadableAnswer,
} from '../../nodes/Dintero/transport/failure';

const node = {
	id: '1',
	name: 'Dintero',
	type: 'dintero',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
} as INode;

/** What axios throws, as far as it matters. */
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
		['an error nobody knows', new Error('?'), 'unknown'],
	])('%s', (_, error, outcome) => {
		expect(readFailure(error, []).outcome).toBe(outcome);
		expect(readFailure(new NodeApiError(node, error as unknown as JsonObject), []).outcome).toBe(
			outcome,
		);
	});

	test('Retry-After is read in seconds and as a date', () => {
		const now = Date.parse('2026-01-01T00:00:00Z');
		const after = (value: string) =>
			readFailure(answered(429, {}, { 'retry-after': value }), [], now).retryAfter;
		expect(after('7')).toBe(7000);
		expect(after('Thu, 01 Jan 2026 00:00:30 GMT')).toBe(30_000);
		expect(after('Wed, 31 Dec 2025 00:00:30 GMT')).toBe(0);
		expect(after('soon')).toBeUndefined();
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
				headers: { Authorization: 'Bearer planted-secret' },
				data: '{"pin":"planted-secret"}',
			},
			response: {
				status: 400,
				data: { error: { message: 'no' } },
				config: { data: 'planted-secret' },
			},
		});
		const shown = apiError(
			node,
			readFailure(new NodeApiError(node, error as unknown as JsonObject), []),
		);
		expect(
			JSON.stringify({ ...shown, ...shown.toJSON?.(), stack: shown.stack, cause: shown.cause }),
		).not.toContain('planted-secret');
	});

	test('says that an unreadable answer may have been carried out', () =>
		expect(failureOf(apiError(node, unreadableAnswer(200)))?.outcome).toBe('unknown'));
});
