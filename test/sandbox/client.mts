/** A sandbox with a plain axios client that returns every status. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createHmac } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import axios, { type AxiosInstance, type Method } from 'axios';

import { startSandbox, type Account, type SandboxOptions } from '../../sandbox/sandbox.mts';

export { axios, createHmac, sleep };

const opened: Array<() => Promise<unknown>> = [];

/** Ends every sandbox and subscriber of the test, also of one that failed half-way. */
export async function closeAll(): Promise<void> {
	await Promise.all(opened.splice(0).map((close) => close()));
}

export interface Reply {
	status: number;
	// Tests look wherever they like.
	// eslint-disable-next-line @typescript-eslint/no-explicit-any
	data: any;
	headers: Record<string, string>;
}

export async function getToken(apiUrl: string, account: Account, path = account.accountId) {
	const { accountId, clientId: username, clientSecret: password } = account;
	return axios.post(
		`${apiUrl}/accounts/${path}/auth/token`,
		{
			grant_type: 'client_credentials',
			audience: `https://api.dintero.com/v1/accounts/${accountId}`,
		},
		{ auth: { username, password }, validateStatus: () => true },
	) as Promise<Reply>;
}

export async function open(options: SandboxOptions = {}) {
	const sandbox = await startSandbox(options);
	opened.push(() => sandbox.stop());
	const { data } = await getToken(sandbox.apiUrl, sandbox.account);
	const http = clientFor(sandbox.apiUrl, sandbox.account, data.access_token as string);
	return { sandbox, ...http };
}

export function clientFor(apiUrl: string, account: Account, token: string) {
	const http: AxiosInstance = axios.create({
		baseURL: `${apiUrl}/accounts/${account.accountId}`,
		headers: { Authorization: `Bearer ${token}` },
		validateStatus: () => true,
		maxRedirects: 0,
	});
	const call = (method: Method, url: string, data?: unknown) =>
		http.request({ method, url, data }) as Promise<Reply>;
	const get = (url: string) => call('get', url);
	const post = (url: string, data?: unknown) => call('post', url, data);
	const patch = (url: string, data: unknown) => call('patch', url, data);
	return { call, get, post, patch, del: (url: string) => call('delete', url) };
}

/** The path of a file that does not exist yet, in a folder of its own. */
export function temporaryFile() {
	const folder = mkdtempSync(path.join(tmpdir(), 'sandbox-'));
	return {
		file: path.join(folder, 'books.sqlite'),
		remove: () => rmSync(folder, { recursive: true }),
	};
}

/** Starts `sandbox/main.mts` with --json, interrupts it once it has printed, and tells how it ended. */
export async function runMain(args: string[]) {
	const main = fileURLToPath(new URL('../../sandbox/main.mts', import.meta.url));
	const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
	let printed = '';
	child.stdout.on('data', (chunk: Buffer) => {
		printed += chunk.toString();
		if (printed.includes('\n')) child.kill('SIGINT');
	});
	const exitCode = await new Promise((resolve) => child.on('close', resolve));
	return { printed: JSON.parse(printed) as object, exitCode };
}

export const digits = (length: number) => ({
	length,
	numbers: true,
	characters: false,
	symbols: false,
});

/** A create request with a 4-digit PIN and a reusable 16-digit card token. */
export const card = (card_id: string, more: object = {}) => ({
	card_id,
	amount: 50000,
	currency: 'NOK',
	pin: { format: digits(4) },
	card_token: { format: digits(16), expires_after_transaction: false },
	...more,
});

export interface Received {
	headers: IncomingMessage['headers'];
	raw: string;
	// eslint-disable-next-line @typescript-eslint/no-explicit-any
	body: any;
}

/** A subscriber; `answer` decides what each request gets. */
export async function listen(
	answer: (nth: number, response: ServerResponse, received: Received) => void = (_nth, response) =>
		void response.end('ok'),
	wantedPort = 0,
) {
	const received: Received[] = [];
	const server: Server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const raw = Buffer.concat(chunks).toString();
			const entry = { headers: request.headers, raw, body: JSON.parse(raw) as unknown };
			received.push(entry);
			answer(received.length, response, entry);
		});
	});
	await new Promise<void>((resolve) => server.listen(wantedPort, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	const close = async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	};
	opened.push(close);
	return {
		url: `http://127.0.0.1:${port}/hook`,
		received,
		events: () => received.filter(({ headers }) => headers.event !== 'ping'),
		close,
	};
}
