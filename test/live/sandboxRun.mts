/** A sandbox, an address that takes its deliveries, and a round on it. */
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import {
	startSandbox,
	type Account,
	type Sandbox,
	type SandboxOptions,
} from '../../sandbox/sandbox.mts';
import type { LiveAccount } from './account.mts';
import { playRound } from './live.mts';
import { Round, type Json } from './round.mts';

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
	/** Interrupts the round after so many requests, or after a line it says. */
	interruptAfter?: number | RegExp;
	change?: Partial<LiveAccount>;
	/** Two orders were paid before, one of them with a gift card. */
	paid?: boolean;
}

/** What a person does by hand: pays one order with a bank card, one with a gift card first, which is empty then. */
async function payTwoOrders(sandbox: Sandbox): Promise<void> {
	const { clientId, accountId, clientSecret } = sandbox.account;
	const round = new Round({ accountId, clientId, clientSecret, baseUrl: sandbox.apiUrl });
	round.use(String(((await round.signIn()).body as Json).access_token));
	const { body } = await round.post('wallets/cards', {
		card_id: 'paid-with',
		amount: 300,
		currency: 'NOK',
		pin: { format: { length: 8 } },
		card_token: { format: { length: 16 }, expires_in: 3600 },
	});
	const { pin } = body as { pin: { pin: { value: string } } };
	const giftCard = { cardId: 'paid-with', pin: pin.pin.value };
	for (const used of [undefined, giftCard]) {
		const id = sandbox.checkout.open({
			profile_id: 'default',
			url: { return_url: 'https://shop.example/' },
			order: { amount: 500, currency: 'NOK', merchant_reference: used ? 'gift' : 'bank' },
			...(used && {
				express: { shipping_options: [] },
				customer: { gift_cards: { 'dintero.wallets': [{ card_id: used.cardId }] } },
			}),
			configuration: {
				auto_capture: true,
				dintero: { wallets: { enabled: used !== undefined } },
			},
		});
		sandbox.advance(1000);
		sandbox.checkout.pay(id, { giftCard: used });
	}
}

export async function runOnSandbox(options: RoundOptions = {}) {
	const { client, webhookStatus = 200, interruptAfter, change, paid, ...rest } = options;
	const sandbox = await startSandbox(rest);
	if (paid) await payTwoOrders(sandbox);
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
				const now =
					typeof interruptAfter === 'number'
						? sandbox.requests.length >= interruptAfter
						: interruptAfter?.test(line);
				if (now) interrupt.abort();
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
			openSessions: sandbox.checkout
				.sessions()
				.filter((one) => !one.cancelledAt && !one.transactionId).length,
			requests: sandbox.requests.length,
		};
	} finally {
		await sandbox.stop();
		sink.close();
	}
}
