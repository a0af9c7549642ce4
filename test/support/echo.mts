/** A little HTTP server for the harness's own test: log-in, echo, failures. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Echo {
	url: string;
	/** Keys that were used to log in. */
	logins: string[];
	hits(path: string): number;
	forgetTokens(): void;
	reset(): void;
	stop(): Promise<void>;
}

export const startEcho = async (): Promise<Echo> => {
	let tokens = new Map<string, string>();
	let paths: string[] = [];
	const server = createServer((request, response) => {
		let text = '';
		request.on('data', (chunk: Buffer) => (text += chunk.toString()));
		request.on('end', () => {
			const path = request.url ?? '';
			paths.push(path);
			const body = text ? (JSON.parse(text) as Record<string, string>) : {};
			const send = (status: number, answer: object) => {
				response.writeHead(status, { 'content-type': 'application/json' });
				response.end(JSON.stringify(answer));
			};
			if (path === '/token') {
				if (body.key === 'wrong') return send(401, { message: 'wrong key' });
				echo.logins.push(body.key);
				const token = `token-${tokens.size + 1}`;
				tokens.set(token, body.key);
				return send(200, { token });
			}
			const key = tokens.get((request.headers.authorization ?? '').replace('Bearer ', ''));
			if (key === undefined) return send(401, { message: 'unknown token' });
			if (path === '/500') return send(500, { message: 'broken' });
			if (path === '/slow') return;
			if (path === '/fail-twice' && echo.hits(path) < 3) return send(500, { message: 'not yet' });
			if (path === '/me' && key === 'forbidden') return send(403, {});
			send(200, body);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const echo: Echo = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		logins: [],
		hits: (path) => paths.filter((one) => one === path).length,
		forgetTokens: () => {
			tokens = new Map([['used', '']]);
		},
		reset: () => {
			tokens = new Map();
			paths = [];
			echo.logins = [];
		},
		stop: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
	return echo;
};
