/** The HTTP side: routes from the contract, access, validation, faults, and answers in Dintero's shape. */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { setTimeout as timer } from 'node:timers/promises';
import { loadContract, type ContractOperation } from './contract.mts';
import { ApiError, notFound } from './errors.mts';
import { retryAfter, type FaultRule, type Faults } from './faults.mts';
import type { RequestEntry, RequestLog } from './log.mts';
import { operations } from './operations.mts';
import { Answer, type World } from './world.mts';

export interface Surroundings {
	world: World;
	faults: Faults;
	log: RequestLog;
	settings: {
		/** Every request waits this long first. */
		delayMs: number;
		/** Whether everything is answered with 503. */
		unavailable: boolean;
		/** Whether our own answers are held against the contract too. */
		checkAnswers: boolean;
		/** Told of each request once it is answered. */
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
	// Bodies stay text: what is not JSON is a violation to be recorded, not the framework's business.
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => done(null, text));

	for (const operation of contract) {
		app.route({
			method: operation.method,
			url: `/v1${operation.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
			handler: (request, reply) =>
				answer(surroundings, operation.operationId, request, reply, (entry) =>
					perform(surroundings, operation, request, entry),
				),
		});
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

/** Waits without keeping a stopped sandbox alive. */
const sleep = (milliseconds: number) => timer(milliseconds, undefined, { ref: false });

/** One request from arrival to answer, with the fault it may suffer. */
async function answer(
	{ world, faults, log, settings }: Surroundings,
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
			if (fault.kind === 'slow-before') await sleep(fault.delayMs ?? 1000);
		}
		const result = await settle(world, () => work(entry));
		status = result.status;
		if (!fault) return send(reply, result);
		if (fault.kind === 'cut-after' || fault.kind === 'cut-in-answer') status = 0;
		return await spoil(fault, result, reply);
	} finally {
		log.end(entry, status);
		settings.onRequest?.(entry);
	}
}

/** Turns a thrown ApiError into its answer; anything else is a fault of the sandbox itself. */
async function settle(world: World, work: () => Promise<Answer> | Answer): Promise<Answer> {
	try {
		return await work();
	} catch (error) {
		const known =
			error instanceof ApiError
				? error
				: new ApiError(500, 'SANDBOX', `The sandbox failed: ${(error as Error).stack}`);
		return new Answer(known.status, known.body(world.switches.errorCodes), known.headers);
	}
}

/** Checks the request against the contract, then access, then performs the operation. */
async function perform(
	{ world, log, settings }: Surroundings,
	operation: ContractOperation,
	request: FastifyRequest,
	entry: RequestEntry,
): Promise<Answer> {
	const { operationId } = operation;
	const params = request.params as Record<string, string>;
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
		: world.accounts.authorize(authorization, params.aid, operation.scopes);
	if (errors.length > 0) {
		throw new ApiError(400, 'BAD REQUEST', 'The request breaks the contract', { errors });
	}
	const result = client
		? await operations[operationId](world, { accountId: params.aid, client, params, query, body })
		: world.accounts.issue(authorization, params.oid, (body as { audience: string }).audience);
	const made = result instanceof Answer ? result : new Answer(200, result);
	if (settings.checkAnswers && !world.switches.numbersAsStrings) {
		const wrong = operation.validateAnswer(made.status, made.body);
		if (wrong.length > 0) log.violate(entry, 'answer', wrong);
	}
	return made;
}

/** Dintero speaks JSON only (section 1). */
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

/** A credential that points at the sandbox may name the sandbox in its audience too. */
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

/** The answer of a fault that keeps the work from being done. */
function instead(fault: FaultRule): Answer | undefined {
	const error = (code: string, message: string) => ({
		error: { code: fault.code ?? code, message },
	});
	switch (fault.kind) {
		case 'error-before':
			return new Answer(fault.status ?? 500, error('INTERNAL', 'Injected failure'));
		case 'rate-limit':
			return new Answer(429, error('TOO MANY REQUESTS', 'Slow down'), retryAfter(fault));
		case 'redirect':
			return new Answer(302, undefined, { location: fault.location ?? 'https://www.dintero.com/' });
		default:
			return undefined;
	}
}

/** Answers, or fails to, after the work is done. */
async function spoil(fault: FaultRule, result: Answer, reply: FastifyReply): Promise<FastifyReply> {
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
