/**
 * The sandbox's control API over HTTP, under `/_sandbox/`, and the web page at `/`. Not part of Dintero's API; for a
 * sandbox that runs in its own process. README.md lists the routes.
 */
import { readFile } from 'node:fs/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { checkoutRoutes } from './checkout/routes.mts';
import { ApiError } from './errors.mts';
import type { Payment, Sandbox } from './sandbox.mts';
import type { FaultRule } from './faults.mts';
import type { Account } from './accounts.mts';
import { switchTable, type Switches } from './switches.mts';

const pageFiles = {
	'/': ['index.html', 'text/html'],
	'/page.css': ['page.css', 'text/css'],
	'/page.js': ['page.js', 'text/javascript'],
	'/dom.js': ['dom.js', 'text/javascript'],
	'/orders.js': ['orders.js', 'text/javascript'],
	'/pay/:id': ['pay.html', 'text/html'],
	'/pay.js': ['pay.js', 'text/javascript'],
} as const;

const policy = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'";

export interface AdminCall {
	params: Record<string, string>;
	query: Record<string, string | undefined>;
	body: Record<string, unknown>;
}

export function registerAdmin(app: FastifyInstance, sandbox: Sandbox): void {
	for (const [url, [file, type]] of Object.entries(pageFiles)) {
		app.get(url, async (_request, reply) =>
			reply
				.type(`${type}; charset=utf-8`)
				.header('content-security-policy', policy)
				.send(await readFile(new URL(`./page/${file}`, import.meta.url), 'utf8')),
		);
	}
	for (const [route, work] of Object.entries(routes(sandbox))) {
		const [method, path] = route.split(' ');
		app.route({
			method,
			url: `/_sandbox${path}`,
			handler: (request, reply) => serve(request, reply, work),
		});
	}
}

async function serve(
	request: FastifyRequest,
	reply: FastifyReply,
	work: (call: AdminCall) => unknown,
): Promise<FastifyReply> {
	reply.type('application/json; charset=utf-8').header('cache-control', 'no-store');
	try {
		const { origin, host } = request.headers;
		// Refuse requests from other sites open in the same browser.
		if (origin && new URL(origin).host !== host) throw new ApiError(403, 'FORBIDDEN', 'Not yours');
		const text = (request.body as string | undefined) || '{}';
		const result = await work({
			params: request.params as AdminCall['params'],
			query: request.query as AdminCall['query'],
			body: JSON.parse(text) as Record<string, unknown>,
		});
		return reply.send(JSON.stringify(result ?? { ok: true }));
	} catch (error) {
		const status = error instanceof ApiError ? error.status : 400;
		const { message } = error as Error;
		return reply.code(status).send(JSON.stringify({ error: { message } }));
	}
}

function routes(sandbox: Sandbox): Record<string, (call: AdminCall) => unknown> {
	const { books, faults, log } = sandbox;
	const last = (query: AdminCall['query'], otherwise?: number) =>
		query.last === undefined ? otherwise : Number(query.last);
	return {
		'GET /state': () => state(sandbox),
		'GET /overview': ({ query }) => ({
			...state(sandbox),
			cards: books.cards({ last: last(query, 50) }).reverse(),
			deliveries: books.deliveries({ last: last(query, 100) }).reverse(),
			subscriptions: books.subscriptions({ deleted: true }).reverse().slice(0, 20),
		}),

		'GET /switches': () =>
			Object.entries(switchTable).map(([name, { note, options, initial }]) => ({
				name,
				note,
				options,
				initial,
				value: sandbox.switches[name as keyof Switches],
			})),
		'PUT /switches': ({ body }) => {
			sandbox.set(body as Partial<Switches>);
			return sandbox.switches;
		},
		'PUT /delay': ({ body }) => sandbox.setDelay(Number(body.delayMs)),
		'POST /advance': ({ body }) => sandbox.advance(Number(body.ms)),
		'POST /expire-tokens': () => sandbox.expireTokens(),
		'POST /clients': ({ body }) => sandbox.addClient(body as Partial<Account>),

		'GET /faults': () => ({ report: faults.report(), injected: faults.injected }),
		'POST /faults': ({ body }) => {
			faults.add(...([body].flat() as unknown as FaultRule[]));
			return faults.report();
		},
		'DELETE /faults': () => faults.clear(),

		'GET /requests': ({ query }) => log.requests.slice(-(last(query, 1000) ?? 1000)),
		'GET /violations': () => log.violations,
		'DELETE /log': () => log.reset(),

		'GET /books/cards': ({ query }) => books.cards({ last: last(query) }),
		'GET /books/cards/:id': ({ params }) => books.card(params.id) ?? null,
		'GET /books/totals': ({ query }) => books.totals(query.currency),
		'GET /books/transactions': ({ query }) => books.transactions(query.card_id),
		'GET /books/subscriptions': ({ query }) =>
			books.subscriptions({ deleted: query.deleted === 'true' }),
		'GET /books/deliveries': ({ query }) =>
			books.deliveries({
				subscriptionId: query.subscription,
				event: query.event,
				last: last(query),
			}),
		'POST /books/opens': ({ body }) => ({
			cardId: books.opens(String(body.token), body.pin as string | undefined) ?? null,
		}),

		...checkoutRoutes(sandbox.checkout),

		'POST /pay': ({ body }) => sandbox.pay(body as unknown as Payment),
		'POST /events': ({ body }) =>
			sandbox.fireEvent(String(body.event), body.members as object | undefined),
		'POST /subscriptions/:id/remove': ({ params, body }) =>
			sandbox.removeSubscription(params.id, body.reason as string | undefined),
		'POST /subscriptions/:id/pause': ({ params }) => sandbox.pauseSubscription(params.id),
		'POST /subscriptions/:id/resume': ({ params }) => sandbox.pauseSubscription(params.id, false),
		'POST /deliveries/settled': () => sandbox.deliveriesSettled(),

		// Answer first: after that this route may be down like the rest.
		'POST /down': ({ body }) => {
			const how = body.how === '503' ? '503' : 'refuse';
			const forMs = body.forMs === undefined ? undefined : Number(body.forMs);
			if (how === 'refuse' && forMs === undefined) {
				throw new Error(
					'Set forMs (how long, in milliseconds): without it nothing could end the outage',
				);
			}
			setTimeout(() => void sandbox.down(how, forMs), 20);
		},
		'POST /up': () => sandbox.up(),
	};
}

function state(sandbox: Sandbox) {
	const { books, log, faults } = sandbox;
	const currencies = ['NOK', 'SEK', 'DKK', 'EUR', 'USD'];
	return {
		url: sandbox.url,
		apiUrl: sandbox.apiUrl,
		account: sandbox.account,
		delayMs: sandbox.delayMs,
		unavailable: sandbox.unavailable,
		totals: Object.fromEntries(
			currencies
				.map((currency) => [currency, books.totals(currency)] as const)
				.filter(([, { cards }]) => cards > 0),
		),
		requests: log.count(),
		counts: log.counts,
		inFlight: log.inFlight,
		maxInFlight: log.maxInFlight,
		violations: log.violations.length,
		faultsInjected: faults.injected.length,
		deliveriesUnderWay: sandbox.deliveriesUnderWay,
	};
}
