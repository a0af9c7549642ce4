/** Sends events and pings to subscribers: signature, retries, log, removal of failing subscriptions. */
import { createHmac, randomUUID } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { Clock } from './clock.mts';
import { omitFields, pickFields } from './field-mask.mts';
import type { Store, SubscriptionRow, TryRow } from './store.mts';
import type { Switches } from './switches.mts';

export interface SubscriptionRequest {
	config: {
		url: string;
		content_type?: string;
		secret?: { type: string; value?: string; [member: string]: string | undefined };
		insecure_ssl?: number;
	};
	events: string[];
	active?: boolean;
	fields?: string;
	exclude_fields?: string[];
}
interface Subscriber {
	row: SubscriptionRow;
	request: SubscriptionRequest;
}
interface Delivery {
	subscriber: Subscriber;
	event: string;
	id: string;
	/** Builds the body for a delivery ID. */
	body: (id: string) => object;
}

const userAgent = 'Dintero-Hook/5a4d5c2';
const longestResponse = 65_536;

export class Deliveries {
	#store: Store;
	#switches: Switches;
	#clock: Clock;
	#random: () => number;
	#subscribers = new Map<string, Subscriber[]>();
	#agents = {
		'http:': new http.Agent({ keepAlive: true, maxSockets: 50 }),
		'https:': new https.Agent({ keepAlive: true, maxSockets: 50 }),
	};
	#underWay = 0;
	#waiting: Array<() => void> = [];
	#timers = new Map<NodeJS.Timeout, () => void>();
	#stopped = false;

	constructor(store: Store, switches: Switches, clock: Clock, random: () => number) {
		this.#store = store;
		this.#switches = switches;
		this.#clock = clock;
		this.#random = random;
	}

	/** Call this after any change to an account's subscriptions. */
	forget(account: string): void {
		this.#subscribers.delete(account);
	}

	anyoneListens(account: string, event: string): boolean {
		return this.#listening(account, event).length > 0;
	}

	/**
	 * Sends an event to all its subscribers, in the background.
	 * @param members the body's members besides account_id, event and event_delivery
	 */
	fire(account: string, event: string, members: object): void {
		const shared = randomUUID();
		for (const subscriber of this.#listening(account, event)) {
			const delivery = {
				subscriber,
				event,
				id: this.#switches.deliveryIdPerSubscription ? randomUUID() : shared,
				body: (id: string) => ({
					account_id: account,
					event,
					event_delivery: id,
					...masked(members, subscriber.request),
				}),
			};
			const { duplicateDeliveryPercent, lateDeliveryPercent, lateDeliveryMs } = this.#switches;
			const copies = this.#random() * 100 < duplicateDeliveryPercent ? 2 : 1;
			for (let copy = 0; copy < copies; copy++) {
				const late = this.#random() * 100 < lateDeliveryPercent;
				this.#background(async () => {
					if (late) await this.#wait(this.#random() * lateDeliveryMs);
					await this.#deliver(delivery);
				});
			}
		}
	}

	/**
	 * Sends a ping: the subscription itself, once, without the envelope. Resolves to whether it was accepted.
	 * @param later sends it after the current request is answered, because a subscriber may know its subscription only
	 *   then
	 */
	async ping(row: SubscriptionRow, body: object, later = false): Promise<boolean> {
		const request = JSON.parse(row.request) as SubscriptionRequest;
		const delivery = { subscriber: { row, request }, event: 'ping', id: randomUUID() };
		let taken = false;
		await this.#background(async () => {
			if (later) await this.#wait(5);
			const result = await this.#try({ ...delivery, body: () => body }, delivery.id, 1);
			taken = result.success;
			this.#log(result, true);
		});
		return taken;
	}

	/** Resolves when no delivery is in progress and no retry is waiting. */
	async settled(): Promise<void> {
		if (this.#underWay === 0) return;
		await new Promise<void>((resolve) => this.#waiting.push(resolve));
	}

	get underWay(): number {
		return this.#underWay;
	}

	stop(): void {
		this.#stopped = true;
		for (const [timer, wake] of this.#timers) {
			clearTimeout(timer);
			wake();
		}
		this.#timers.clear();
		for (const agent of Object.values(this.#agents)) agent.destroy();
	}

	/** Marks a subscription as deleted; its deliveries stay in the log. */
	remove(id: string, by: string): SubscriptionRow | undefined {
		const row = this.#store.get<SubscriptionRow>('SELECT * FROM subscription WHERE id = ?', id);
		if (!row || row.deleted_at !== null) return undefined;
		const deleted = { ...row, deleted_at: this.#clock.now(), deleted_by: by };
		this.#store.run(
			'UPDATE subscription SET deleted_at = ?, deleted_by = ? WHERE id = ?',
			deleted.deleted_at,
			by,
			id,
		);
		this.forget(row.account);
		return deleted;
	}

	#listening(account: string, event: string): Subscriber[] {
		let all = this.#subscribers.get(account);
		if (!all) {
			all = this.#store
				.all<SubscriptionRow>(
					'SELECT * FROM subscription WHERE account = ? AND active = 1 AND deleted_at IS NULL',
					account,
				)
				.map((row) => ({ row, request: JSON.parse(row.request) as SubscriptionRequest }));
			this.#subscribers.set(account, all);
		}
		return all.filter(({ request }) => request.events.includes(event));
	}

	async #background(work: () => Promise<void>): Promise<void> {
		this.#underWay += 1;
		try {
			await work();
		} catch (error) {
			if (!this.#stopped) throw error;
		} finally {
			this.#underWay -= 1;
			if (this.#underWay === 0) this.#waiting.splice(0).forEach((resolve) => resolve());
		}
	}

	async #deliver(delivery: Delivery): Promise<void> {
		const switches = this.#switches;
		const { row } = delivery.subscriber;
		for (let attempt = 1; !this.#stopped; attempt++) {
			if (!this.#isLive(row.id)) return;
			const id = attempt === 1 || switches.retryKeepsDeliveryId ? delivery.id : randomUUID();
			const result = await this.#try(delivery, id, attempt);
			if (this.#stopped) return;
			const refused = result.status === 400 && switches.badRequestEndsRetries;
			const last = attempt > switches.retryDelaysMs.length;
			this.#log(result, result.success || refused || last);
			if (result.success) return this.#count(row, 'delivered');
			if (refused) return;
			if (last) return this.#count(row, 'failed');
			await this.#wait(switches.retryDelaysMs[attempt - 1]);
		}
	}

	#isLive(id: string): boolean {
		return (
			this.#store.get(
				'SELECT 1 FROM subscription WHERE id = ? AND active = 1 AND deleted_at IS NULL',
				id,
			) !== undefined
		);
	}

	#count(row: SubscriptionRow, outcome: 'delivered' | 'failed'): void {
		if (outcome === 'delivered') {
			this.#store.run('UPDATE subscription SET failures = 0 WHERE id = ? AND failures > 0', row.id);
			return;
		}
		this.#store.run('UPDATE subscription SET failures = failures + 1 WHERE id = ?', row.id);
		const { removalAfterFailures } = this.#switches;
		const now = this.#store.get<SubscriptionRow>('SELECT * FROM subscription WHERE id = ?', row.id);
		if (removalAfterFailures !== null && now && now.failures >= removalAfterFailures) {
			this.remove(row.id, 'dintero');
		}
	}

	#log(result: Omit<TryRow, 'seq' | 'final' | 'success'> & { success: boolean }, final: boolean) {
		this.#store.insert('try', {
			...result,
			success: Number(result.success),
			final: Number(final),
		});
	}

	#headers({ subscriber, event }: Delivery, id: string, bytes: Buffer): Record<string, string> {
		const { secret } = subscriber.request.config;
		const headers: Record<string, string> = {
			event,
			'event-delivery': id,
			'content-type': 'application/json',
			'content-length': String(bytes.length),
			'user-agent': userAgent,
		};
		const signed = event !== 'ping' || this.#switches.pingSigned;
		if (secret?.type === 'HMAC-SHA1' && signed) {
			const hex = createHmac('sha1', secret.value ?? '')
				.update(bytes)
				.digest('hex');
			headers['event-signature'] =
				this.#switches.signatureCase === 'upper' ? hex.toUpperCase() : hex;
		}
		if (secret?.type === 'Authorization') headers.authorization = secret.value ?? '';
		// AWS4-HMAC-SHA256 is accepted on creation, but such deliveries go out unsigned.
		return headers;
	}

	async #try(delivery: Delivery, id: string, attempt: number) {
		const { row, request } = delivery.subscriber;
		const indent = this.#switches.eventBody === 'pretty' ? 2 : undefined;
		const bytes = Buffer.from(JSON.stringify(delivery.body(id), null, indent));
		const headers = this.#headers(delivery, id, bytes);
		const started = performance.now();
		const base = {
			id: randomUUID(),
			subscription: row.id,
			event_delivery: id,
			event: delivery.event,
			attempt,
			url: row.url,
			request_headers: JSON.stringify(headers),
			request_body: bytes.toString(),
			started_at: this.#clock.now(),
		};
		const answer = await this.#post(
			row.url,
			headers,
			bytes,
			request.config.insecure_ssl === 1,
		).catch((error: Error) => ({ status: null, headers: {}, body: error.message }));
		const { status } = answer;
		// Redirects are not followed and count as failures.
		const success =
			status !== null &&
			(this.#switches.success === '200' ? status === 200 : status >= 200 && status < 300);
		return {
			...base,
			status,
			response_headers: JSON.stringify(answer.headers),
			response_body: answer.body,
			duration: Math.round(performance.now() - started),
			success,
		};
	}

	#post(url: string, headers: Record<string, string>, bytes: Buffer, anyCertificate: boolean) {
		const target = new URL(url);
		const secure = target.protocol === 'https:';
		const { request } = secure ? https : http;
		return new Promise<{ status: number; headers: object; body: string }>((resolve, reject) => {
			const outgoing = request(target, {
				method: 'POST',
				headers,
				agent: this.#agents[secure ? 'https:' : 'http:'],
				...(anyCertificate ? { rejectUnauthorized: false } : {}),
			});
			// The timeout starts when a connection is used, not while waiting for one.
			let timer: NodeJS.Timeout | undefined;
			const { deliveryTimeoutMs } = this.#switches;
			const giveUp = () => outgoing.destroy(new Error(`No answer in ${deliveryTimeoutMs} ms`));
			outgoing.on('socket', () => (timer = setTimeout(giveUp, deliveryTimeoutMs)));
			outgoing.on('close', () => clearTimeout(timer));
			outgoing.on('error', reject);
			outgoing.on('response', (response) => {
				const chunks: Buffer[] = [];
				let size = 0;
				response.on('data', (chunk: Buffer) => {
					if (size < longestResponse) chunks.push(chunk);
					size += chunk.length;
				});
				response.on('error', reject);
				response.on('end', () => {
					const body = Buffer.concat(chunks).toString('utf8', 0, longestResponse);
					resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
				});
			});
			outgoing.end(bytes);
		});
	}

	#wait(delay: number): Promise<void> {
		return new Promise((resolve) => {
			if (this.#stopped) return resolve();
			const timer = setTimeout(() => {
				this.#timers.delete(timer);
				resolve();
			}, delay);
			this.#timers.set(timer, resolve);
		});
	}
}

function masked(members: object, { fields, exclude_fields }: SubscriptionRequest): object {
	const picked = fields ? pickFields(members, fields) : members;
	return exclude_fields ? omitFields(picked, exclude_fields) : picked;
}
