import type { IDataObject, NodeOperationError } from 'n8n-workflow';

import { attempt, reasonOf } from '../transport/attempt';
import type { DinteroClient } from '../transport/client';
import { failureOf, gaveUp } from '../transport/failure';
import { operationError } from '../transport/operationError';
import { readList } from '../transport/pages';
import { inTurn } from './inTurn';

/** A webhook subscription to create, already validated. */
export type SubscriptionRequest = IDataObject & {
	config: IDataObject & { url: string };
	events: string[];
};

export interface Subscribed {
	subscription: IDataObject;
	/** Whether it was found after a lost answer. */
	recovered: boolean;
}

const PATH = 'hooks/subscriptions';

/** The most times a request is sent. */
const TRIES = 3;
/** The pauses after each read that follows a lost answer, in milliseconds: the request may arrive late. */
const LOOKS = [1000, 2000, 4000];
/** The same when a gateway gave up waiting: Dintero may still be working on it, for about a minute. */
const LONG_LOOKS = [...LOOKS, 8000, 15_000, 30_000];

/**
 * Subscribes once: a second subscription would deliver every event twice, and the receiver would reject deliveries signed
 * with another secret.
 *
 * Dintero has no idempotency key for this and may hide the secret. So the node lists the subscriptions first, and refuses
 * if one for the same URL and events exists, because nothing shows who made it or with which secret. After a lost answer,
 * only a new subscription that matches the request in everything it shows counts as ours. If the node retried and the
 * first request arrives late after all, the extra subscription is deleted.
 * @throws NodeApiError, NodeOperationError
 */
export async function subscribe(
	dintero: DinteroClient,
	request: SubscriptionRequest,
): Promise<Subscribed> {
	return await inTurn(
		`${dintero.accountId} subscription ${request.config.url}`,
		async () => await new Subscribing(dintero, request).run(),
	);
}

/**
 * Deletes a subscription. Dintero answers with it; after any other success, the node reads it to be sure.
 * @throws NodeApiError, NodeOperationError when it still exists
 */
export async function unsubscribe(dintero: DinteroClient, id: string): Promise<void> {
	const path = `${PATH}/${id}`;
	for (let tries = 1; ; tries++) {
		const { answer, problem } = await attempt(dintero.delete(path) as Promise<IDataObject>);
		// A 404 means that an earlier try, whose answer was lost, deleted it.
		if (failureOf(problem)?.status === 404 || answer?.id === id) return;
		if (problem !== undefined) throw problem;
		const look = await attempt(dintero.getRecord(path, id));
		if (failureOf(look.problem)?.status === 404 || look.answer?.deleted_at) return;
		if (look.problem !== undefined || tries >= TRIES)
			throw operationError(
				dintero.node,
				`Dintero does not show whether the webhook subscription '${id}' was deleted`,
				"Look at it with 'Get'. Deleting it again is safe.",
			);
		await dintero.pause(LOOKS[0]);
	}
}

class Subscribing {
	private posts = 0;

	constructor(
		private readonly dintero: DinteroClient,
		private readonly request: SubscriptionRequest,
	) {}

	async run(): Promise<Subscribed> {
		const { answer: there, problem: unlisted } = await attempt(this.list());
		// A client that may write subscriptions need not have the right to list them.
		if (unlisted !== undefined && failureOf(unlisted)?.status !== 403) throw unlisted;
		const same = there?.find((one) => this.isForTheSame(one));
		if (same) throw this.exists(same);
		let inDoubt = false;
		for (;;) {
			this.posts++;
			const { answer, problem } = await attempt(
				this.dintero.post(PATH, this.request, 'unsafe') as Promise<IDataObject>,
			);
			if (answer && this.isLike(answer)) {
				if (inDoubt) await this.deleteOthers(answer);
				return { subscription: answer, recovered: false };
			}
			const failure = failureOf(problem);
			const unknown = problem === undefined || failure?.outcome === 'unknown';
			if (!unknown && !inDoubt) throw problem;
			inDoubt = true;
			const found = await this.look(gaveUp(failure) ? LONG_LOOKS : LOOKS);
			if (found) {
				await this.deleteOthers(found);
				return { subscription: found, recovered: true };
			}
			if (!unknown || this.posts >= TRIES) throw this.outcomeUnknown(problem);
		}
	}

	/**
	 * Waits for the subscription made by a request whose answer was lost.
	 * @throws NodeOperationError when the last read fails: then it must not be requested again
	 */
	private async look(pauses: readonly number[]): Promise<IDataObject | undefined> {
		for (const wait of [...pauses, 0]) {
			const { answer, problem } = await attempt(this.ours());
			if (answer?.length) return answer[0];
			if (wait === 0 && answer === undefined) throw this.outcomeUnknown(problem);
			await this.dintero.pause(wait);
		}
		return undefined;
	}

	/** Subscriptions like the requested one. There was none before, so our requests made them. @throws NodeApiError */
	private async ours(): Promise<IDataObject[]> {
		return (await this.list()).filter((one) => this.isLike(one));
	}

	/** Deletes extra subscriptions from requests that arrived late; each would deliver every event once more. */
	private async deleteOthers({ id: kept }: IDataObject): Promise<void> {
		if (this.posts === 1) return;
		await this.dintero.pause(LOOKS[1]);
		const { answer = [] } = await attempt(this.ours());
		const others = answer.filter(({ id }) => id !== kept).slice(0, this.posts - 1);
		for (const { id } of others) {
			const { problem } = await attempt(this.dintero.delete(`${PATH}/${String(id)}`));
			if (problem === undefined || failureOf(problem)?.status === 404) continue;
			throw operationError(
				this.dintero.node,
				'Two webhook subscriptions were made, because a request arrived late',
				`Keep '${String(kept)}' and delete '${String(id)}' with 'Delete', otherwise every event comes twice.`,
			);
		}
	}

	private async list(): Promise<IDataObject[]> {
		return (await readList(this.dintero, PATH, 'subscriptions', { thorough: true })).records;
	}

	/** Whether a subscription has the requested URL and events. */
	private isForTheSame({ config, events, id, deleted_at }: IDataObject): boolean {
		const { request } = this;
		const sorted = (values: unknown): string =>
			JSON.stringify([...((values ?? []) as unknown[])].sort());
		return (
			typeof id === 'string' &&
			!deleted_at &&
			(config as IDataObject | undefined)?.url === request.config.url &&
			sorted(events) === sorted(request.events)
		);
	}

	/** Whether a subscription matches the request in everything it shows. */
	private isLike(subscription: IDataObject): boolean {
		const { request } = this;
		const { config, active, fields, exclude_fields } = subscription;
		const { secret } = (config ?? {}) as IDataObject;
		const wanted = request.config.secret as IDataObject | undefined;
		const shown = secret as IDataObject | undefined;
		const same = (there: unknown, here: unknown): boolean =>
			there === undefined || there === null || JSON.stringify(there) === JSON.stringify(here);
		return (
			this.isForTheSame(subscription) &&
			same(active, request.active ?? true) &&
			same(fields, request.fields) &&
			same(exclude_fields, request.exclude_fields) &&
			same(shown?.type, wanted?.type) &&
			[shown?.value, shown?.aws_secret_access_key].every(
				(value) => isHidden(value) || value === (wanted?.value ?? wanted?.aws_secret_access_key),
			)
		);
	}

	private exists({ id }: IDataObject): NodeOperationError {
		return operationError(
			this.dintero.node,
			`A webhook subscription for this URL and these events already exists: '${String(id)}'`,
			"A second one would deliver every event twice. If its secret is not yours, delete it with 'Delete' and run again.",
		);
	}

	private outcomeUnknown(problem: unknown): NodeOperationError {
		return operationError(
			this.dintero.node,
			`Dintero did not say whether the webhook subscription was made (${reasonOf(problem)})`,
			`Look for its URL with 'Get Many' of the webhook subscriptions before you run again: a second one would deliver every event twice.`,
		);
	}
}

/** Whether a secret is missing or masked. */
const isHidden = (value: unknown): boolean =>
	value === undefined || value === null || value === '' || /^\*+$/.test(String(value));
