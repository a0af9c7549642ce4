/**
 * An API that quotes the whole request in its errors, headers included. No API should, some do, and
 * whatever it quotes ends in n8n's executions and logs.
 */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface QuotingApi {
	apiUrl: string;
	/** Every access token it gave out. */
	tokens: string[];
	close(): void;
}

export interface Manners {
	/** Of every answer but the sign-in's. */
	status: number;
	/** Whether signing in succeeds; it does when missing. */
	signIn?: boolean;
	/** A token that has expired: the first request with it gets 401, any other `status`, once there is a new token. */
	expired?: string;
}

export async function startQuotingApi({
	status,
	signIn = true,
	expired,
}: Manners): Promise<QuotingApi> {
	const tokens: string[] = [];
	const late: Array<() => void> = [];
	let refused = false;
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		const send = (code: number, answer: object) => {
			response.writeHead(code, { 'content-type': 'application/json' });
			response.end(JSON.stringify(answer));
		};
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const isSignIn = request.url?.endsWith('/auth/token') === true;
			if (isSignIn && signIn) {
				const token = `canary-access-token-${tokens.length + 1}-0123456789`;
				tokens.push(token);
				send(200, { access_token: token, token_type: 'Bearer', expires_in: 3600 });
				for (const answer of late.splice(0)) answer();
				return;
			}
			const quoted = quote(request.headers, Buffer.concat(chunks).toString());
			const old = request.headers.authorization === `Bearer ${expired}`;
			if (isSignIn || (old && !refused)) {
				refused = !isSignIn;
				send(401, quoted);
			} else if (old && tokens.length === 0) late.push(() => send(status, quoted));
			else send(status, quoted);
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
