/** Runs the sandbox in its own process, so that it can use another processor than n8n. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startSandbox, type Account } from '../sandbox/sandbox.mts';

interface Order {
	id: number;
	name: 'counts' | 'reset' | 'expire';
}
export interface Counts {
	/** Number of calls by operation ID. */
	calls: Record<string, number>;
	maxInFlight: number;
	cards: number;
	violations: number;
	/** The subscriptions' URLs and secrets. */
	subscriptions: Array<{ url: string; secret: string }>;
}

if (process.argv[2] === 'serve') {
	const [port, delayMs] = process.argv.slice(3).map(Number);
	const sandbox = await startSandbox({ port, delayMs, checkAnswers: false });
	process.on('message', ({ id, name }: Order) => {
		const counts: Counts = {
			calls: sandbox.log.counts,
			maxInFlight: sandbox.maxInFlight,
			cards: sandbox.books.totals().cards,
			violations: sandbox.violations.length,
			subscriptions: sandbox.books.subscriptions().map(({ config }) => ({
				url: config.url,
				secret: config.secret?.value ?? '',
			})),
		};
		if (name === 'reset') sandbox.resetLog();
		if (name === 'expire') sandbox.expireTokens();
		process.send?.({ id, counts });
	});
	process.on('disconnect', () => process.exit());
	process.send?.({ apiUrl: sandbox.apiUrl, account: sandbox.account });
}

/** Starts a sandbox process, on the given port if it is not 0. */
export async function startSandboxProcess(port: number, delayMs: number): Promise<SandboxProcess> {
	const child = fork(fileURLToPath(import.meta.url), ['serve', String(port), String(delayMs)]);
	const { apiUrl, account } = await new Promise<{ apiUrl: string; account: Account }>(
		(resolve, reject) => {
			child.once('message', (hello) => resolve(hello as { apiUrl: string; account: Account }));
			child.once('exit', () => reject(new Error('The sandbox did not start')));
		},
	);
	return new SandboxProcess(child, apiUrl, account);
}

export class SandboxProcess {
	readonly apiUrl: string;
	readonly account: Account;
	private readonly child: ChildProcess;
	private next = 1;

	constructor(child: ChildProcess, apiUrl: string, account: Account) {
		this.child = child;
		this.apiUrl = apiUrl;
		this.account = account;
	}

	get port(): number {
		return Number(new URL(this.apiUrl).port);
	}

	/** The counts since the last reset. */
	counts = async (): Promise<Counts> => await this.ask('counts');
	reset = async (): Promise<Counts> => await this.ask('reset');
	/** Expires every access token issued so far. */
	expireTokens = async (): Promise<Counts> => await this.ask('expire');

	/** A valid authorization header. */
	async authorization(): Promise<string> {
		const { accountId, clientId, clientSecret } = this.account;
		const response = await fetch(`${this.apiUrl}/accounts/${accountId}/auth/token`, {
			method: 'POST',
			headers: {
				authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}`,
				'content-type': 'application/json',
			},
			body: JSON.stringify({
				grant_type: 'client_credentials',
				audience: `https://api.dintero.com/v1/accounts/${accountId}`,
			}),
		});
		const { access_token } = (await response.json()) as { access_token: string };
		return `Bearer ${access_token}`;
	}

	async stop(): Promise<void> {
		if (this.child.exitCode !== null) return;
		const ended = new Promise((resolve) => this.child.once('exit', resolve));
		this.child.disconnect();
		await ended;
	}

	private async ask(name: Order['name']): Promise<Counts> {
		const id = this.next++;
		return await new Promise((resolve) => {
			const listen = (answer: { id: number; counts: Counts }): void => {
				if (answer.id !== id) return;
				this.child.off('message', listen as never);
				resolve(answer.counts);
			};
			this.child.on('message', listen as never);
			this.child.send({ id, name } satisfies Order);
		});
	}
}
