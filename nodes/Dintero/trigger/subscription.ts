import { createHash } from 'crypto';
import type { IDataObject } from 'n8n-workflow';

import { attempt } from '../transport/attempt';
import { segment, type DinteroClient } from '../transport/client';
import { failureOf } from '../transport/failure';
import { operationError } from '../transport/operationError';
import { DEFAULT_PAGE_SIZE, readList } from '../transport/pages';
import { REACHABLE } from './address';
import type { TriggerLog } from './log';

const PATH = 'hooks/subscriptions';

/**
 * `thorough`, because an answer without a list must not count as no subscriptions. `most` is more than any account
 * has; it stops a list that never ends.
 */
const WHOLE_LIST = { thorough: true, smallestPage: DEFAULT_PAGE_SIZE, most: 10_000 };

/** What our subscription must look like. */
export interface Wanted {
	/** n8n's webhook URL. */
	url: string;
	events: string[];
	secret: string;
	/** The subscription we created with this secret, if its ID is known. */
	id?: string;
	/** One we created with another secret, if it may still exist. */
	formerId?: string;
	/** n8n's earlier webhook URLs, if a subscription of ours may still deliver there. */
	formerUrls?: string[];
}

/** The parts of Dintero's subscription that matter here (hooks API, "Hook"). */
export interface Subscription {
	id: string;
	/** Without our fingerprint. */
	url: string;
	/** Fingerprint of the secret it was created with, if we created it. */
	mark?: string;
	events: string[];
	active: boolean;
	createdAt: string;
	/** `fields` or `exclude_fields` is set, so deliveries are incomplete. */
	masked: boolean;
	secretType?: string;
	/** Only some answers contain it; whether a read does is not documented. */
	secret?: string;
}

export interface Survey {
	/** The subscription that matches what is wanted. */
	right?: Subscription;
	/** Others that are certainly ours: they deliver to one of our URLs, or have an ID we stored. */
	others: Subscription[];
}

/**
 * The URL given to Dintero carries a fingerprint of the secret, which n8n ignores and Dintero shows on every read. So
 * each check can tell whether a subscription signs with the secret we hold, even when its ID could not be stored (the
 * cron's changes are not) or several n8n processes share the secret.
 */
function markedUrl({ url, secret }: Wanted): string {
	return `${url}?signed=${fingerprint(secret)}`;
}

const MARKED = /^(.*)\?signed=([0-9a-f]{16})$/;

/** 64 bits of a hash of 256 random bits: distinguishes secrets and reveals nothing. */
function fingerprint(secret: string): string {
	return createHash('sha256').update(secret).digest('hex').slice(0, 16);
}

/** Why a subscription does not match what is wanted, as a phrase for the log; `undefined` when it does. */
export function drift(subscription: Subscription, wanted: Wanted): string | undefined {
	const { id, url, mark, events, active, masked, secretType, secret } = subscription;
	if (url !== wanted.url) return 'it delivers to another URL';
	const ours = mark === undefined ? id === wanted.id : mark === fingerprint(wanted.secret);
	if (!ours) return 'it was not made with the secret this node holds';
	if (!sameSet(events, wanted.events)) return 'it has other events';
	if (!active) return 'it is paused';
	if (masked) return 'it leaves out fields';
	if (secretType !== undefined && secretType !== 'HMAC-SHA1')
		return 'it uses another signature type';
	// A masked secret may be shown as asterisks; only a value in our format can be compared.
	if (secret !== undefined && /^[0-9a-f]{64}$/i.test(secret) && secret !== wanted.secret)
		return 'it has another secret';
	return undefined;
}

/**
 * Finds our subscriptions at Dintero. If several are correct, the oldest one is chosen, so that every process chooses
 * the same. Dintero's times may be whole seconds; within one second the ID decides, so the chosen one was not always
 * created first.
 */
export async function survey(dintero: DinteroClient, wanted: Wanted): Promise<Survey> {
	const urls = urlsOf(wanted);
	const { records } = await readList(dintero, PATH, 'subscriptions', WHOLE_LIST);
	const ours = records
		.filter((entry) => !entry.deleted_at)
		.map(readSubscription)
		.filter(({ id }) => id !== '')
		.filter(({ id, url }) => urls.includes(url) || id === wanted.id || id === wanted.formerId)
		.sort((a, b) => compare(timeOf(a), timeOf(b)) || compare(a.id, b.id));
	const right = ours.find((subscription) => drift(subscription, wanted) === undefined);
	return { right, others: ours.filter((subscription) => subscription !== right) };
}

/**
 * Subscriptions created with this secret and deleted since the given time, if Dintero lists them. Their logs hold the
 * deliveries that failed before they were dropped, even if their IDs were never stored.
 * @param since ISO 8601
 */
export async function deletedSince(
	dintero: DinteroClient,
	wanted: Wanted,
	since: string,
): Promise<Subscription[]> {
	const urls = urlsOf(wanted);
	const query = { include_deleted: true };
	const { answer } = await attempt(
		readList(dintero, PATH, 'subscriptions', { ...WHOLE_LIST, query }),
	);
	return (answer?.records ?? [])
		.filter(({ deleted_at }) => Date.parse(text(deleted_at) ?? '') > Date.parse(since))
		.map(readSubscription)
		.filter(({ url, mark }) => urls.includes(url) && mark === fingerprint(wanted.secret));
}

function urlsOf({ url, formerUrls = [] }: Wanted): string[] {
	return [url, ...formerUrls];
}

/**
 * Creates the wanted subscription, then removes our other ones.
 *
 * The new one is created before the old ones are removed, so that no event is missed; an event that both deliver is
 * recognized by its content. If the new one can't be created, the old ones stay, except those at the same URL. Once
 * it is created, nothing here throws: a failed removal is logged, and the next check tries again.
 * @param survey the subscriptions found before
 * @param shared other n8n processes hold the same secret and may be subscribing at the same moment
 * @returns the subscription that now delivers; whether it was created here (another n8n process that started at the
 *   same moment may have been faster); those that lost such a race and were removed; and whether all `others` are
 *   gone
 * @throws NodeApiError when Dintero created none
 */
export async function replace(
	dintero: DinteroClient,
	wanted: Wanted,
	{ others }: Survey,
	shared: boolean,
	log: TriggerLog,
): Promise<{ subscription: Subscription; made: boolean; lost: Subscription[]; gone: boolean }> {
	for (const other of others) {
		log.warn(`replacing subscription ${other.id}: ${drift(other, wanted)}`);
	}
	const created = await subscribe(dintero, wanted, others, log);
	const { subscription, lost } = shared
		? await resolveRace(dintero, wanted, created, log)
		: { subscription: created, lost: [] };
	const gone = await removeAll(dintero, others, log);
	return { subscription, made: subscription === created, lost, gone };
}

/** @returns false when Dintero no longer had it */
export async function remove(dintero: DinteroClient, id: string): Promise<boolean> {
	const path = segment(id);
	if (path === undefined) return false;
	const { problem } = await attempt(dintero.delete(`${PATH}/${path}`));
	if (problem === undefined) return true;
	if (failureOf(problem)?.status === 404) return false;
	throw problem;
}

/**
 * Removes subscriptions without throwing; the next check retries what failed.
 * @returns whether all are gone
 */
export async function removeAll(
	dintero: DinteroClient,
	subscriptions: Subscription[],
	log: TriggerLog,
): Promise<boolean> {
	let gone = true;
	for (const { id } of subscriptions) {
		const { problem } = await attempt(remove(dintero, id));
		if (problem === undefined) log.info(`removed subscription ${id}`);
		else log.warn(`could not remove subscription ${id}: ${messageOf(problem)}`);
		gone &&= problem === undefined;
	}
	return gone;
}

/** An error as one line, with advice where there is some. */
export function messageOf(problem: unknown): string {
	if (!(problem instanceof Error)) return String(problem);
	const { description } = problem as { description?: unknown };
	return description === REACHABLE ? `${problem.message}. ${REACHABLE}` : problem.message;
}

async function subscribe(
	dintero: DinteroClient,
	wanted: Wanted,
	others: Subscription[],
	log: TriggerLog,
): Promise<Subscription> {
	const { answer, problem } = await attempt(post(dintero, wanted, markedUrl(wanted)));
	if (answer) return answer;
	const { outcome, status } = failureOf(problem) ?? {};
	const rejected = status === 400 || status === 409 || status === 422;
	const inTheWay = others.filter(({ url }) => url === wanted.url);
	if (rejected && inTheWay.length > 0) {
		if (refusedAnyway.has(keyOf(wanted))) throw withUrlAdvice(dintero, wanted, problem);
		return await subscribeInPlaceOf(dintero, wanted, inTheWay, log);
	}
	if (rejected) {
		// Another n8n process may have been faster.
		const { answer: now } = await attempt(survey(dintero, wanted));
		if (now?.right) return now.right;
	}
	// Dintero may reject the fingerprint in the URL; then the subscription is recognized by its ID alone.
	if (status === 400 || status === 422) {
		const unmarked = await attempt(post(dintero, wanted, wanted.url));
		if (unmarked.answer) return unmarked.answer;
		throw withUrlAdvice(dintero, wanted, unmarked.problem);
	}
	if (outcome === 'refused' || outcome === 'notSent') throw problem;
	// The subscription may have been created although the answer was lost. Without its fingerprint it would not be
	// recognized as ours.
	const now = await survey(dintero, wanted);
	if (now.right) return now.right;
	const known = new Set(others.map(({ id }) => id));
	for (const { id } of now.others.filter((other) => !known.has(other.id))) {
		log.warn(`removing subscription ${id}, whose creation was not confirmed`);
		await remove(dintero, id);
	}
	return await post(dintero, wanted, markedUrl(wanted));
}

/**
 * URLs and events that Dintero refused even after the old subscription was removed: don't remove it for them again.
 */
const refusedAnyway = new Set<string>();

function keyOf({ url, events }: Wanted): string {
	return JSON.stringify([url, [...events].sort()]);
}

/**
 * Dintero may allow only one subscription per URL; then the old one at the same URL must be removed first. If the new
 * one is refused for another reason, the old one is created again, provided it worked for us.
 */
async function subscribeInPlaceOf(
	dintero: DinteroClient,
	wanted: Wanted,
	inTheWay: Subscription[],
	log: TriggerLog,
): Promise<Subscription> {
	for (const { id } of inTheWay) await remove(dintero, id);
	const { answer, problem } = await attempt(subscribe(dintero, wanted, [], log));
	if (answer) {
		refusedAnyway.delete(keyOf(wanted));
		return answer;
	}
	if (failureOf(problem)?.outcome === 'refused') refusedAnyway.add(keyOf(wanted));
	const worked = inTheWay.find(
		(one) => drift({ ...one, events: wanted.events }, wanted) === undefined,
	);
	if (worked !== undefined) {
		const former = { ...wanted, events: worked.events };
		const { problem: lost } = await attempt(
			post(dintero, former, worked.mark === undefined ? former.url : markedUrl(former)),
		);
		log.warn(
			lost === undefined
				? `Dintero refused the new subscription; the previous one, with the events ${worked.events.join(', ')}, was restored`
				: `Dintero refused the new subscription, and the previous one could not be restored (${messageOf(lost)})`,
		);
	}
	throw problem;
}

/** Adds the advice of the check before publishing when Dintero refused the URL. */
function withUrlAdvice(dintero: DinteroClient, { url }: Wanted, problem: unknown): unknown {
	const { message = '', details = '' } = failureOf(problem) ?? {};
	if (
		!/\b(url|uri|address|host|hostname|domain|https?|public|localhost)\b/i.test(
			`${message} ${details}`,
		)
	)
		return problem;
	return operationError(
		dintero.node,
		`Dintero refused to deliver to ${url}: ${message}`,
		REACHABLE,
	);
}

async function post(
	dintero: DinteroClient,
	{ events, secret }: Wanted,
	url: string,
): Promise<Subscription> {
	const answer = await dintero.post(
		PATH,
		{
			config: {
				url,
				content_type: 'application/json',
				secret: { type: 'HMAC-SHA1', value: secret },
			},
			events,
		},
		'unsafe',
	);
	const subscription = readSubscription(answer as IDataObject);
	if (subscription.id !== '') return subscription;
	throw operationError(
		dintero.node,
		'Dintero created a subscription but did not return its ID',
		"With the Dintero node (Webhook Subscription: Delete), remove the subscription that has this workflow's URL. Then publish again.",
	);
}

/**
 * n8n processes that start together may each subscribe with the same secret. Each one looks again after its own POST
 * and removes all correct subscriptions except the first in the order of `survey`, even one that another process
 * relies on, which may have looked before the first existed. So only the first is left, whatever the order of the
 * requests. Nobody removes the first; any other is seen by its own creator, if that looked later, or by the creator
 * of the first.
 */
async function resolveRace(
	dintero: DinteroClient,
	wanted: Wanted,
	created: Subscription,
	log: TriggerLog,
): Promise<{ subscription: Subscription; lost: Subscription[] }> {
	const mine = { ...wanted, id: created.id };
	const { answer, problem } = await attempt(survey(dintero, mine));
	if (problem !== undefined) {
		log.warn(`could not check for duplicates after subscribing: ${messageOf(problem)}`);
		return { subscription: created, lost: [] };
	}
	const { right: winner, others } = answer!;
	if (winner === undefined) return { subscription: created, lost: [] };
	const duplicates = others.filter((other) => drift(other, mine) === undefined);
	for (const { id } of duplicates)
		log.info(
			`another n8n process subscribed at the same moment; keeping ${winner.id}, removing ${id}`,
		);
	await removeAll(dintero, duplicates, log);
	if (winner.id === created.id) return { subscription: created, lost: duplicates };
	return {
		subscription: winner,
		lost: [created, ...duplicates.filter(({ id }) => id !== created.id)],
	};
}

function readSubscription(entry: IDataObject): Subscription {
	const config = (entry.config ?? {}) as IDataObject;
	const secret = (config.secret ?? undefined) as IDataObject | string | undefined;
	const hidden = typeof secret === 'object';
	const [, url, mark] = MARKED.exec(text(config.url) ?? '') ?? [undefined, text(config.url) ?? ''];
	return {
		id: text(entry.id) ?? '',
		url,
		mark,
		events: Array.isArray(entry.events) ? entry.events.map(String) : [],
		active: entry.active !== false,
		createdAt: text(entry.created_at) ?? '',
		masked:
			Boolean(entry.fields) ||
			(Array.isArray(entry.exclude_fields) && entry.exclude_fields.length > 0),
		secretType: hidden ? text(secret.type) : undefined,
		secret: hidden ? text(secret.value) : undefined,
	};
}

function sameSet(a: string[], b: string[]): boolean {
	const set = new Set(a);
	return set.size === new Set(b).size && b.every((entry) => set.has(entry));
}

function text(value: unknown): string | undefined {
	return typeof value === 'string' ? value : undefined;
}

/** Without a time it counts as the oldest, so that every process still makes the same choice. */
function timeOf({ createdAt }: Subscription): number {
	return Date.parse(createdAt) || 0;
}

function compare<T extends string | number>(a: T, b: T): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
