/**
 * An API that quotes everything it is told in its errors: what was sent, headers and all. No API should, some do, and
 * whatever it quotes ends in n8n's executions and logs.
 */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface EchoServer {
	apiUrl: string;
	/** Every access token it gave out. */
	tokens: string[];
	close(): void;
}

/**
 * @param status of every answer but the sign-in's
 * @param signIn whether signing in succeeds
 */
export async function startEcho(status: number, signIn = true): Promise<EchoServer> {
	const tokens: string[] = [];
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const isSignIn = request.url?.endsWith('/auth/token') === true;
			if (isSignIn && signIn) {
				const token = `planted-access-token-${tokens.length + 1}-0123456789`;
				tokens.push(token);
				response.writeHead(200, { 'content-type': 'application/json' });
				response.end(
					JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3600 }),
				);
				return;
			}
			response.writeHead(isSignIn ? 401 : status, { 'content-type': 'application/json' });
			response.end(JSON.stringify(quote(request.headers, Buffer.concat(chunks).toString())));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		apiUrl: `http://127.0.0.1:${port}/v1`,
		tokens,
		close: () => {
			server.close();
			server.closeAllConnections();
		},
	};
}

function quote(headers: IncomingHttpHeaders, body: string) {
	const { authorization } = headers;
	return {
		error: {
			code: `BAD ${authorization}`,
			message: `I do not like ${body} with ${authorization}`,
			errors: [{ path: '/', message: `${authorization} ${body}` }, { authorization, body }, body],
		},
	};
}
