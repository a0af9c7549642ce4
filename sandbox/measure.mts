/**
 * Measures how many cards per second the sandbox creates: `node sandbox/measure.mts [cards] [in flight]`. Runs the
 * sandbox in its own process, as benchmarks do, and uses keep-alive connections.
 */
import { fork } from 'node:child_process';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { startSandbox } from './sandbox.mts';

interface Address {
	apiUrl: string;
	accountId: string;
	authorization: string;
}

if (process.argv[2] === 'serve') {
	const sandbox = await startSandbox({ checkAnswers: process.argv[3] === 'strict' });
	const { accountId, clientId, clientSecret } = sandbox.account;
	const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
	process.send?.({ apiUrl: sandbox.apiUrl, accountId, authorization } satisfies Address);
} else {
	const [cards = 20_000, inFlight = 25] = process.argv.slice(2).map(Number);
	for (const mode of ['lean', 'strict']) await measure(mode, cards, inFlight);
}

async function measure(mode: string, cards: number, inFlight: number): Promise<void> {
	const child = fork(fileURLToPath(import.meta.url), ['serve', mode]);
	const { apiUrl, accountId, authorization } = await new Promise<Address>((resolve) =>
		child.once('message', (address) => resolve(address as Address)),
	);
	const agent = new http.Agent({ keepAlive: true, maxSockets: inFlight });
	const post = (path: string, headers: Record<string, string>, body: object) =>
		new Promise<{ access_token: string }>((resolve, reject) => {
			const text = JSON.stringify(body);
			const request = http.request(`${apiUrl}/accounts/${accountId}/${path}`, {
				method: 'POST',
				agent,
				headers: {
					...headers,
					'content-type': 'application/json',
					'content-length': Buffer.byteLength(text),
				},
			});
			request.on('error', reject);
			request.on('response', (response) => {
				let answer = '';
				response.on('data', (chunk: Buffer) => (answer += chunk.toString()));
				response.on('end', () =>
					response.statusCode === 200 ? resolve(JSON.parse(answer)) : reject(new Error(answer)),
				);
			});
			request.end(text);
		});
	const audience = `https://api.dintero.com/v1/accounts/${accountId}`;
	const grant = { grant_type: 'client_credentials', audience };
	const { access_token } = await post('auth/token', { authorization }, grant);
	const bearer = { authorization: `Bearer ${access_token}` };
	const digits = { numbers: true, characters: false, symbols: false };
	let next = 0;
	const started = performance.now();
	const worker = async () => {
		while (next < cards) {
			await post('wallets/cards', bearer, {
				card_id: `card-${next++}`,
				amount: 50000,
				currency: 'NOK',
				pin: { format: { length: 4, ...digits } },
				card_token: { format: { length: 16, ...digits }, expires_after_transaction: false },
			});
		}
	};
	await Promise.all(Array.from({ length: inFlight }, worker));
	const seconds = (performance.now() - started) / 1000;
	console.log(`${mode}: ${cards} cards, ${inFlight} in flight: ${Math.round(cards / seconds)}/s`);
	child.kill();
}
