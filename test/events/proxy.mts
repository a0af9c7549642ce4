/**
 * What stands before several n8n processes: passes each request to the next of them in turn, as the usual load
 * balancers do. One that cannot be reached is left out; one that dies with a request gives a 502. Dintero gets this
 * address, so it stays the same while processes come and go. It also notes who answered which delivery.
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One answer that Dintero got, or should have got, from n8n. */
export interface Served {
	/** The event-delivery ID. */
	delivery: string;
	/** The process by name and by how often it had been started: another life knows nothing of the former. */
	by: string;
	at: number;
	/** `undefined` when the process died before it had answered. */
	status: number | undefined;
	answer: string;
}

export interface Proxy {
	readonly url: string;
	readonly served: Served[];
	/** Lets a process take part, or no longer. */
	set(name: string, port: number | undefined): void;
	stop(): Promise<void>;
}

export async function startProxy(): Promise<Proxy> {
	const backends = new Map<string, { port: number; life: number }>();
	const lives = new Map<string, number>();
	const served: Served[] = [];
	let turn = 0;
	const agent = new http.Agent({ keepAlive: false });

	const pass = async (request: IncomingMessage, response: ServerResponse) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const body = Buffer.concat(chunks);
		const all = [...backends];
		const first = turn++;
		for (let step = 0; step < all.length; step++) {
			const [name, { port, life }] = all[(first + step) % all.length];
			const result = await ask(port, request, body, agent);
			if (result === 'unreachable') continue;
			served.push({
				delivery: String(request.headers['event-delivery'] ?? ''),
				by: `${name} ${life}`,
				at: Date.now(),
				status: result?.status,
				answer: result?.body.toString() ?? '',
			});
			if (result) response.writeHead(result.status, result.headers).end(result.body);
			else response.writeHead(502).end('The process died');
			return;
		}
		response.writeHead(502).end('Nobody is there');
	};
	const server = http.createServer((request, response) => {
		void pass(request, response).catch(() => response.destroy());
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		served,
		set(name, port) {
			backends.delete(name);
			if (port === undefined) return;
			const life = (lives.get(name) ?? 0) + 1;
			lives.set(name, life);
			backends.set(name, { port, life });
		},
		async stop() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

interface Result {
	status: number;
	headers: Record<string, string>;
	body: Buffer;
}

async function ask(
	port: number,
	{ method, url, headers }: IncomingMessage,
	body: Buffer,
	agent: http.Agent,
): Promise<Result | 'unreachable' | undefined> {
	return await new Promise((resolve) => {
		const outgoing = http.request({ host: '127.0.0.1', port, method, path: url, headers, agent });
		outgoing.on('error', (error: NodeJS.ErrnoException) =>
			resolve(error.code === 'ECONNREFUSED' ? 'unreachable' : undefined),
		);
		outgoing.on('response', (answer) => {
			const chunks: Buffer[] = [];
			answer.on('data', (chunk: Buffer) => chunks.push(chunk));
			answer.on('error', () => resolve(undefined));
			answer.on('end', () => {
				const { 'content-type': type } = answer.headers;
				resolve({
					status: answer.statusCode ?? 502,
					headers: type === undefined ? {} : { 'content-type': type },
					body: Buffer.concat(chunks),
				});
			});
		});
		outgoing.end(body);
	});
}
