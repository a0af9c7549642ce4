/** The HTTP server: routes from the contract, access, validation, faults, and answers in Dintero's format. */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { setTimeout as timer } from 'node:timers/promises';
import { loadContract, type ContractOperation } from './contract.mts';
import { ApiError, notFound } from './errors.mts';
import { retryAfter, type FaultRule, type Faults } from './faults.mts';
import type { RequestEntry, RequestLog } from './log.mts';
import { operations } from './operations.mts';
import { Answer, type SandboxContext } from './context.mts';

export interface Surroundings {
	context: SandboxContext;
	faults: Faults;
	log: RequestLog;
	settings: {
		/** The latency of every request, in milliseconds. */
		delayMs: number;
		/** Whether every request gets a 503. */
		unavailable: boolean;
		/** Whether our own answers are validated against the contract too. */
		checkAnswers: boolean;
		/** Called with each request once it is answered. */
		onRequest?: (entry: RequestEntry) => void;
	};
}

const tokenOperation = 'aid_auths_oauth_token_post';
const officialBase = 'https://api.dintero.com/v1';
const bodyLimit = 64 * 1024 * 1024;

export async function buildServer(surroundings: Surroundings): Promise<FastifyInstance> {
	const contract = await loadContract();
	const app = Fastify({
		bodyLimit,
		forceCloseConnections: true,
		exposeHeadRoutes: false,
		routerOptions: { maxParamLength: 4096 },
	});
	// Bodies stay text: invalid JSON must be recorded as a violation, not handled by the framework.
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => done(null, text));

	// The sandbox's clock can be advanced, so the Date header must match the times in its answers.
	const { clock, switches } = surroundings.context;
	app.addHook('onSend', async (_request, reply) => {
		reply.raw.sendDate = false;
		if (switches.dateHeader === 'present')
			reply.header('date', new Date(clock.now()).toUTCString());
	});
	for (const operation of contract) {
		for (const base of basesOf(operation)) {
			app.route({
				method: operation.method,
				url: base + operation.path.replaceAll(/\{(\w+)\}/g, ':$1'),
				handler: (request, reply) =>
					answer(surroundings, operation.operationId, request, reply, (entry) =>
						perform(surroundings, operation, request, entry),
					),
			});
		}
	}
	app.setNotFoundHandler((request, reply) => {
		if (!request.url.startsWith('/v1/')) return reply.code(404).send('Not found');
		return answer(surroundings, 'unknown', request, reply, (entry) => {
			surroundings.log.violate(entry, 'request', [
				{ message: 'the contract has no such operation' },
			]);
			throw notFound('Route');
		});
	});
	app.setErrorHandler((error, _request, reply) => {
		const { statusCode = 500, message } = error as { statusCode?: number; message?: string };
		void reply.code(statusCode).send({ error: { message: message ?? 'Unexpected failure' } });
	});
	return app;
}

/** Checkout is served at its classic base URL and at the one that contains the account. */
const basesOf = ({ checkout }: ContractOperation): string[] =>
	checkout ? ['/v1', '/v1/accounts/:aid/payments'] : ['/v1'];

/** Sleeps without keeping a stopped sandbox's process alive. */
const sleep = (milliseconds: number) => timer(milliseconds, undefined, { ref: false });

/** Handles one request from arrival to answer, including an injected fault. */
async function answer(
	{ context, faults, log, settings }: Surroundings,
	operationId: string,
	request: FastifyRequest,
	reply: FastifyReply,
	work: (entry: RequestEntry) => Promise<Answer> | Answer,
): Promise<FastifyReply> {
	const path = request.raw.url ?? '';
	const entry = log.begin(request.method, path, operationId);
	let status = 0;
	try {
		if (settings.delayMs > 0) await sleep(settings.delayMs);
		if (settings.unavailable) {
			const body = { error: { code: 'SERVICE UNAVAILABLE', message: 'Service unavailable' } };
			return send(reply, new Answer((status = 503), body));
		}
		const body = request.body as string | undefined;
		const fault = faults.active
			? faults.pick({ operationId, method: request.method, path, body })
			: undefined;
		if (fault) {
			entry.fault = fault.name ?? fault.kind;
			if (fault.kind === 'cut-before') return cut(reply);
			const early = instead(fault);
			if (early) {
				status = early.status;
				return send(reply, early);
			}
			if (fault.kind === 'late') {
				void sleep(fault.delayMs ?? 1000).then(
					async () => await settle(context, () => work(entry)),
				);
				const error = { code: fault.code ?? 'GATEWAY TIMEOUT', message: 'Injected failure' };
				return send(reply, new Answer((status = fault.status ?? 504), { error }));
			}
			if (fault.kind === 'slow-before') await sleep(fault.delayMs ?? 1000);
		}
		const result = await settle(context, () => work(entry));
		status = result.status;
		if (!fault) return send(reply, result);
		if (fault.kind === 'cut-after' || fault.kind === 'cut-in-answer') status = 0;
		return await answerWithFault(fault, result, reply);
	} finally {
		log.end(entry, status);
		settings.onRequest?.(entry);
	}
}

/** Turns a thrown ApiError into its answer; any other error is a bug of the sandbox. */
async function settle(
	context: SandboxContext,
	work: () => Promise<Answer> | Answer,
): Promise<Answer> {
	try {
		return await work();
	} catch (error) {
		const known =
			error instanceof ApiError
				? error
				: new ApiError(500, 'SANDBOX', `The sandbox failed: ${(error as Error).stack}`);
		return new Answer(
			known.status,
			known.body(context.switches.errorCodes, context.switches.nestedErrors),
			known.headers,
		);
	}
}

/** Validates the request against the contract, checks access, then performs the operation. */
async function perform(
	{ context, log, settings }: Surroundings,
	operation: ContractOperation,
	request: FastifyRequest,
	entry: RequestEntry,
): Promise<Answer> {
	const { operationId, checkout } = operation;
	const { aid, ...ids } = request.params as Record<string, string>;
	const params = checkout ? ids : (request.params as Record<string, string>);
	if (checkout) openCheckout(context, aid);
	const query = { ...(request.query as Record<string, unknown>) };
	const { body, problem } = readBody(request, operationId);
	const errors = problem
		? [{ message: problem }]
		: operation.validateRequest({ params, query, body });
	if (errors.length > 0) log.violate(entry, 'request', errors);

	const { authorization } = request.headers;
	const isTokenRequest = operationId === tokenOperation;
	const client = isTokenRequest
		? undefined
		: context.accounts.authorize(
				authorization,
				aid,
				operation.scopes,
				checkout ? context.switches.expiredCheckoutToken : undefined,
			);
	if (errors.length > 0) {
		throw new ApiError(400, 'BAD REQUEST', 'The request breaks the contract', { errors });
	}
	const result = client
		? await operations[operationId](context, {
				accountId: client.accountId,
				client,
				params,
				query,
				body: withoutDropped(context, operation.path, body),
				headers: request.headers,
				origin: `${request.protocol}://${request.headers.host}`,
			})
		: context.accounts.issue(authorization, params.oid, (body as { audience: string }).audience);
	const made = result instanceof Answer ? result : new Answer(200, result);
	if (settings.checkAnswers && !context.switches.numbersAsStrings) {
		const wrong = operation.validateAnswer(made.status, made.body);
		if (wrong.length > 0) log.violate(entry, 'answer', wrong);
	}
	return made;
}

/** @throws ApiError when Checkout is not served at this base URL, or is called too often */
function openCheckout(context: SandboxContext, aid: string | undefined): void {
	const { checkoutPaths } = context.switches;
	const base = aid === undefined ? 'classic' : 'account';
	if (checkoutPaths !== 'both' && checkoutPaths !== base) throw notFound('Route');
	context.checkout.countCall(context.switches);
}

/** Drops or refuses `originated_by` and `metadata`, as the switches say. */
function withoutDropped({ switches }: SandboxContext, path: string, body: unknown): unknown {
	if (!path.includes('/wallets/') || typeof body !== 'object' || body === null) return body;
	const kept = { ...body } as Record<string, unknown>;
	const members = { originated_by: switches.originatedBy, metadata: switches.metadata };
	for (const [member, what] of Object.entries(members)) {
		if (what === 'stored' || kept[member] === undefined) continue;
		if (what === 400) {
			const errors = [{ path: [member], message: `${member} is not allowed` }];
			throw new ApiError(400, 'BAD REQUEST', 'The request breaks the contract', { errors });
		}
		delete kept[member];
	}
	return kept;
}

/** Dintero accepts only JSON. */
function readBody(request: FastifyRequest, operationId: string) {
	const text = request.body as string | undefined;
	if (!text) return {};
	if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
		return { problem: 'the body is not application/json' };
	}
	try {
		const body = JSON.parse(text) as unknown;
		return { body: operationId === tokenOperation ? withOfficialAudience(request, body) : body };
	} catch {
		return { problem: 'the body is not valid JSON' };
	}
}

/** A credential that points at the sandbox may use the sandbox's URL in its audience. */
function withOfficialAudience(request: FastifyRequest, body: unknown): unknown {
	const { audience } = (body ?? {}) as { audience?: unknown };
	const own = `http://${request.headers.host}/v1`;
	if (typeof audience !== 'string' || !audience.startsWith(`${own}/`)) return body;
	return { ...(body as object), audience: officialBase + audience.slice(own.length) };
}

function send(reply: FastifyReply, { status, body, headers }: Answer): FastifyReply {
	reply.code(status).headers(headers);
	if (body === undefined) return reply.send();
	return reply.type('application/json; charset=utf-8').send(JSON.stringify(body));
}

function cut(reply: FastifyReply): FastifyReply {
	reply.hijack();
	reply.raw.socket?.destroy();
	return reply;
}

/** The answer of a fault that prevents the work. */
function instead(fault: FaultRule): Answer | undefined {
	const error = (code: string, message: string) => ({
		error: { code: fault.code ?? code, message },
	});
	switch (fault.kind) {
		case 'error-before':
			return new Answer(fault.status ?? 500, error('INTERNAL', 'Injected failure'));
		case 'rate-limit':
			return new Answer(429, error('TOO MANY REQUESTS', 'Slow down'), retryAfter(fault));
		case 'answer-before':
			return new Answer(fault.status ?? 200, fault.answer);
		case 'redirect':
			return new Answer(302, undefined, { location: fault.location ?? 'https://www.dintero.com/' });
		default:
			return undefined;
	}
}

/** Answers after the work is done, or breaks the answer. */
async function answerWithFault(
	fault: FaultRule,
	result: Answer,
	reply: FastifyReply,
): Promise<FastifyReply> {
	const text = JSON.stringify(result.body) ?? '';
	const half = text.slice(0, Math.ceil(text.length / 2));
	switch (fault.kind) {
		case 'cut-after':
			return cut(reply);
		case 'cut-in-answer':
			reply.hijack();
			reply.raw.writeHead(result.status, {
				'content-type': 'application/json; charset=utf-8',
				'content-length': Buffer.byteLength(text),
			});
			reply.raw.write(half, () => reply.raw.socket?.destroy());
			return reply;
		case 'error-after': {
			const error = { code: fault.code ?? 'INTERNAL', message: 'Injected failure' };
			return send(reply, new Answer(fault.status ?? 500, { error }));
		}
		case 'answer-after':
			return send(reply, new Answer(fault.status ?? 200, fault.answer));
		case 'truncated':
			return reply.code(result.status).type('application/json; charset=utf-8').send(half);
		case 'not-json':
			return reply
				.code(result.status)
				.type('text/html; charset=utf-8')
				.send('<html><body><h1>Please wait</h1></body></html>');
		case 'slow-after':
			await sleep(fault.delayMs ?? 1000);
			return send(reply, result);
		default:
			return send(reply, result);
	}
}
