/** A sandbox, an address that takes its deliveries, and a round on it. */
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { startSandbox, type Account, type SandboxOptions } from '../../sandbox/sandbox.mts';
import type { LiveAccount } from './account.mts';
import { playRound } from './live.mts';

const page = path.resolve(
	path.dirname(fileURLToPath(import.meta.url)),
	'../../docs/dintero-unknowns.md',
);

/** Numbers of the questions that docs/dintero-unknowns.md says are asked live, and of all others. */
export function questionsInTheDocs(): { asked: string[]; others: string[] } {
	const entries = readFileSync(page, 'utf8')
		.split(/^### (?=U\d)/m)
		.slice(1);
	const number = (entry: string) => /^U\d+/.exec(entry)![0];
	return {
		asked: entries.filter((entry) => /Asked live/.test(entry)).map(number),
		others: entries.filter((entry) => !/Asked live/.test(entry)).map(number),
	};
}

interface RoundOptions extends SandboxOptions {
	client?: Partial<Account>;
	/** Of the address that receives deliveries; 0 for no address at all. */
	webhookStatus?: number;
	/** Interrupts the round after so many requests. */
	interruptAfter?: number;
	change?: Partial<LiveAccount>;
}

export async function playOnSandbox(options: RoundOptions = {}) {
	const { client, webhookStatus = 200, interruptAfter, change, ...rest } = options;
	const sandbox = await startSandbox(rest);
	const sink = createServer((request, response) => {
		request.resume();
		response.writeHead(webhookStatus || 200).end();
	}).listen(0);
	const { port } = sink.address() as AddressInfo;
	const interrupt = new AbortController();
	const said: string[] = [];
	try {
		const account = client ? sandbox.addClient(client) : sandbox.account;
		const { report, round, clean } = await playRound(
			{
				...account,
				baseUrl: sandbox.apiUrl,
				webhookUrl: webhookStatus === 0 ? undefined : `http://127.0.0.1:${port}/hook`,
				...change,
			},
			(line) => {
				said.push(line);
				if (interruptAfter !== undefined && sandbox.requests.length >= interruptAfter)
					interrupt.abort();
			},
			interrupt.signal,
		);
		const secrets = [
			account.clientSecret,
			...sandbox.books.cards().flatMap(({ pin, tokens }) => [pin, ...tokens]),
			...sandbox.books
				.subscriptions({ deleted: true })
				.map(({ config }) => (config.secret as { value?: string } | undefined)?.value),
		].filter((value): value is string => typeof value === 'string' && value.length >= 8);
		return {
			report,
			round,
			clean,
			secrets,
			said: said.join('\n'),
			answer: (question: string) => (round.answers.get(question) ?? []).join('; '),
			balance: sandbox.books.totals().balance,
			subscriptions: sandbox.books.subscriptions().length,
			requests: sandbox.requests.length,
		};
	} finally {
		await sandbox.stop();
		sink.close();
	}
}
