/**
 * The load driver of the event benchmark, in its own process: sends signed deliveries as Dintero would and records
 * each response time.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';

export interface Load {
	/** The target URL. */
	url: string;
	/** The secret that signs the deliveries. */
	secret: string;
	accountId: string;
	/** Additional headers of every delivery. */
	headers: Record<string, string>;
	/** The prefix of delivery and transaction IDs: the same prefix generates exactly the same requests. */
	prefix: string;
	count: number;
	/** Number of open connections; each sends its next delivery when it has the answer to the last. */
	connections: number;
	/**
	 * Deliveries per second, evenly spaced, whether or not earlier ones are answered; if omitted, as fast as possible.
	 */
	perSecond?: number;
}

export interface Loaded {
	/** Time from the first request to the last answer, in milliseconds. */
	time: number;
	/** Response times in milliseconds; at a fixed rate measured from when the delivery was due. */
	answerTimes: number[];
	/** Number of each answer, by status and text. */
	answers: Record<string, number>;
}

export interface Delivery {
	headers: Record<string, string>;
	body: Buffer;
}

/** A wallet transaction as the sandbox sends it when a card is used. */
export function deliveryOf(
	{ secret, accountId, prefix, headers }: Pick<Load, 'secret' | 'accountId' | 'prefix' | 'headers'>,
	number: number,
): Delivery {
	const id = `${prefix}-4a1e-9d3c-${String(number).padStart(12, '0')}`;
	const body = Buffer.from(
		JSON.stringify({
			account_id: accountId,
			event: 'wallet_transaction',
			event_delivery: `d5f0${id}`,
			transaction: {
				id: `7c3b${id}`,
				ref_id: `receipt-${number}`,
				amount: 12_500 + (number % 900),
				currency: 'NOK',
				type: 'drawdown',
				originated_by: 'checkout',
				metadata: { shop: 'Oslo', till: '3' },
				created_at: '2026-01-01T12:00:00.000Z',
				created_by: '6d1b6f0e-8e6f-4c39-8f4e-1d0f7f0f2c11',
				card_id: `card-${number}`,
				amount_balance: 37_500,
				amount_available: 37_500,
			},
		}),
	);
	return {
		headers: {
			event: 'wallet_transaction',
			'event-delivery': `d5f0${id}`,
			'event-signature': createHmac('sha1', secret).update(body).digest('hex'),
			'content-type': 'application/json',
			...headers,
		},
		body,
	};
}

/** All deliveries are generated and signed before the clock starts. */
async function send(load: Load): Promise<Loaded> {
	const { count, connections, perSecond } = load;
	const { origin, pathname, search } = new URL(load.url);
	const deliveries = Array.from({ length: count }, (_, i) => deliveryOf(load, i));
	const pool = new Pool(origin, { connections, pipelining: 1 });
	const answerTimes: number[] = [];
	const answers: Record<string, number> = {};
	const deliver = async ({ headers, body }: Delivery, due: number): Promise<void> => {
		const answer = await pool.request({ method: 'POST', path: pathname + search, headers, body });
		const text = await answer.body.text();
		answerTimes.push(performance.now() - due);
		const key = `${answer.statusCode} ${text}`;
		answers[key] = (answers[key] ?? 0) + 1;
	};
	const begun = performance.now();
	if (perSecond === undefined) {
		let next = 0;
		const keepSending = async (): Promise<void> => {
			while (next < count) await deliver(deliveries[next++], performance.now());
		};
		await Promise.all(Array.from({ length: connections }, keepSending));
	} else {
		const underWay = deliveries.map(async (delivery, i) => {
			const due = begun + (i * 1000) / perSecond;
			await sleep(due - performance.now());
			await deliver(delivery, due);
		});
		await Promise.all(underWay);
	}
	const time = performance.now() - begun;
	await pool.close();
	return { time, answerTimes, answers };
}

if (process.argv[2] === 'send') {
	process.on('message', (load: Load) => {
		void send(load).then((loaded) => process.send?.(loaded));
	});
	process.on('disconnect', () => process.exit());
}

/** Kept for all rounds, so that the driver's code is already compiled. */
export class LoadDriver {
	private readonly child: ChildProcess = fork(fileURLToPath(import.meta.url), ['send']);

	async send(load: Load): Promise<Loaded> {
		return await new Promise((resolve, reject) => {
			const fail = (): void => reject(new Error('The load driver ended'));
			this.child.once('exit', fail);
			this.child.once('message', (loaded) => {
				this.child.off('exit', fail);
				resolve(loaded as Loaded);
			});
			this.child.send(load);
		});
	}

	stop(): void {
		if (this.child.connected) this.child.disconnect();
	}
}
