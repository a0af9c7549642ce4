import { createHash } from 'crypto';
import type { IDataObject } from 'n8n-workflow';

import { attempt } from '../transport/attempt';
import { segment, type Dintero } from '../transport/client';
import { failureOf } from '../transport/failure';
import { operationError } from '../transport/operationError';
import { list } from '../transport/pages';
import type { TriggerLog } from './log';

const PATH = 'hooks/subscriptions';

/** More than any account has; ends a list that never ends. */
const LIST_LIMIT = 10_000;

/** What a subscription of ours must be. */
export interface Wanted {
	/** n8n's webhook URL. */
	url: string;
	events: string[];
	secret: string;
	/** The subscription we made with this secret, if its ID is known. */
	id?: string;
	/** One we made with another secret, if it may still be there. */
	formerId?: string;
	/** Where n8n was reached before it moved, if one of ours may still deliver there. */
	formerUrls?: string[];
}

/** The parts of Dintero's subscription that matter to us (hooks API, "Hook"). */
export interface Subscription {
	id: string;
	/** Without our mark. */
	url: string;
	/** Fingerprint of the secret it was made with, if we made it. */
	mark?: string;
	events: string[];
	active: boolean;
	createdAt: string;
	/** `fields` or `exclude_fields` is set, so deliveries are not whole. */
	masked: boolean;
	secretType?: string;
	/** Shown by some answers only; whether Dintero shows it on a read is not documented. */
	secret?: string;
}

export interface Survey {
	/** The one that is as wanted. */
	right?: Subscription;
	/** Others that are provably ours: they deliver to a URL of our own, or have the ID we stored. */
	others: Subscription[];
}

/**
 * The URL given to Dintero carries a fingerprint of the secret: n8n ignores it, Dintero shows it on every read. So
 * each look can tell whether a subscription signs with the secret we hold, also when its ID could not be stored (the
 * cron's changes are not) and when several n8n processes share the secret.
 */
function markedUrl({ url, secret }: Wanted): string {
	return `${url}?signed=${fingerprint(secret)}`;
}

const MARKED = /^(.*)\?signed=([0-9a-f]{16})$/;

/** 64 bits of a hash of 256 random bits: tells secrets apart and gives nothing away. */
function fingerprint(secret: string): string {
	return createHash('sha256').update(secret).digest('hex').slice(0, 16);
}

/** Why a subscription is not as wanted, in words for the log; `undefined` when it is. */
export function drift(subscription: Subscription, wanted: Wanted): string | undefined {
	const { id, url, mark, events, active, masked, secretType, secret } = subscription;
	if (url !== wanted.url) return 'it delivers to another URL';
	const ours = mark === undefined ? id === wanted.id : mark === fingerprint(wanted.secret);
	if (!ours) return 'it was not made with the secret this node holds';
	if (!sameSet(events, wanted.events)) return 'it has other events';
	if (!active) return 'it is paused';
	if (masked) return 'it leaves out fields';
	if (secretType !== undefined && secretType !== 'HMAC-SHA1') return 'it signs in another way';
	// A hidden secret may be shown as stars; only one that looks like ours says anything.
	if (secret !== undefined && /^[0-9a-f]{64}$/i.test(secret) && secret !== wanted.secret)
		return 'it has another secret';
	return undefined;
}

/**
 * Looks at Dintero for what is ours. Of several right ones the oldest stays: every process chooses the same. Dintero's
 * times may be whole seconds; within one the ID decides, so the one chosen is not always the one that was made first.
 */
export async function survey(dintero: Dintero, wanted: Wanted): Promise<Survey> {
	const urls = urlsOf(wanted);
	const ours = (await list(dintero, PATH, 'subscriptions', LIST_LIMIT))
		.filter((entry) => !entry.deleted_at)
		.map(readSubscription)
		.filter(({ id }) => id !== '')
		.filter(({ id, url }) => urls.includes(url) || id === wanted.id || id === wanted.formerId)
		.sort((a, b) => compare(a.createdAt, b.createdAt) || compare(a.id, b.id));
	const right = ours.find((subscription) => drift(subscription, wanted) === undefined);
	return { right, others: ours.filter((subscription) => subscription !== right) };
}

/**
 * Subscriptions made with this secret that are gone since the given moment, as far as Dintero tells. Their logs hold
 * what failed before they were dropped, also when their IDs were never stored.
 */
export async function deletedSince(
	dintero: Dintero,
	wanted: Wanted,
	since: string,
): Promise<Subscription[]> {
	const urls = urlsOf(wanted);
	const query = { include_deleted: true };
	const { answer = [] } = await attempt(list(dintero, PATH, 'subscriptions', LIST_LIMIT, query));
	return answer
		.filter(({ deleted_at }) => (text(deleted_at) ?? '') > since)
		.map(readSubscription)
		.filter(({ url, mark }) => urls.includes(url) && mark === fingerprint(wanted.secret));
}

function urlsOf({ url, formerUrls = [] }: Wanted): string[] {
	return [url, ...formerUrls];
}

/**
 * Makes a subscription as wanted, then removes the others that are ours.
 *
 * The new one is made before the old ones go, so that no event falls between; an event that comes by both is
 * recognised by its content. After the subscription is made nothing here fails any more: what could not be cleaned
 * up is logged and found at the next look.
 * @param survey what was found before
 * @param shared other n8n processes hold the same secret and may subscribe at this very moment
 * @returns the subscription that now delivers, whether it was made here (another n8n process that started at the same
 *   moment may have been faster), those that lost such a race and were removed, and whether all `others` are gone
 * @throws NodeApiError when Dintero made none
 */
export async function replace(
	dintero: Dintero,
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
		? await settleRace(dintero, wanted, created, log)
		: { subscription: created, lost: [] };
	const gone = await removeAll(dintero, others, log);
	return { subscription, made: subscription === created, lost, gone };
}

/** @returns false when Dintero did not know it any more */
export async function remove(dintero: Dintero, id: string): Promise<boolean> {
	const path = segment(id);
	if (path === undefined) return false;
	const { problem } = await attempt(dintero.delete(`${PATH}/${path}`));
	if (problem === undefined) return true;
	if (failureOf(problem)?.status === 404) return false;
	throw problem;
}

/**
 * For what must not stop the caller; the next look finds what was left.
 * @returns whether all are gone
 */
export async function removeAll(
	dintero: Dintero,
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

export function messageOf(problem: unknown): string {
	return problem instanceof Error ? problem.message : String(problem);
}

async function subscribe(
	dintero: Dintero,
	wanted: Wanted,
	others: Subscription[],
	log: TriggerLog,
): Promise<Subscription> {
	const { answer, problem } = await attempt(post(dintero, wanted, markedUrl(wanted)));
	if (answer) return answer;
	const { outcome, status } = failureOf(problem) ?? {};
	if (outcome === 'refused' && others.length > 0) {
		// Dintero may allow one subscription per URL and events; then the old one must go first.
		for (const { id } of others) await remove(dintero, id);
		return await subscribe(dintero, wanted, [], log);
	}
	if (status === 400 || status === 409 || status === 422) {
		// Another n8n process may have been faster.
		const { answer: now } = await attempt(survey(dintero, wanted));
		if (now?.right) return now.right;
	}
	// Should Dintero not take our mark, the subscription is known by its ID alone.
	if (status === 400 || status === 422) return await post(dintero, wanted, wanted.url);
	if (outcome === 'refused' || outcome === 'notSent') throw problem;
	// It may have been made although the answer was lost. Without its mark it would not be known as ours.
	const now = await survey(dintero, wanted);
	if (now.right) return now.right;
	const known = new Set(others.map(({ id }) => id));
	for (const { id } of now.others.filter((other) => !known.has(other.id))) {
		log.warn(`removing subscription ${id}, whose creation was not confirmed`);
		await remove(dintero, id);
	}
	return await post(dintero, wanted, markedUrl(wanted));
}

async function post(
	dintero: Dintero,
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
		'write',
	);
	const subscription = readSubscription(answer as IDataObject);
	if (subscription.id !== '') return subscription;
	throw operationError(
		dintero.node,
		'Dintero made a subscription but did not say which',
		"Remove the subscription with this workflow's URL with the Dintero node (Webhook Subscription: Delete) and publish again.",
	);
}

/**
 * n8n processes that start together may each subscribe, with the same secret. Each looks again after its own POST and
 * removes all right subscriptions but the first in the order of `survey`, also one that another process counts on: it
 * may have looked before the first was made. So only the first is left, whatever the order of the requests. Nobody
 * removes it; and any other is seen by its own maker, if that looked later, or else by the maker of the first.
 */
async function settleRace(
	dintero: Dintero,
	wanted: Wanted,
	created: Subscription,
	log: TriggerLog,
): Promise<{ subscription: Subscription; lost: Subscription[] }> {
	const mine = { ...wanted, id: created.id };
	const { answer, problem } = await attempt(survey(dintero, mine));
	if (problem !== undefined) {
		log.warn(`could not look again after subscribing: ${messageOf(problem)}`);
		return { subscription: created, lost: [] };
	}
	const { right: winner, others } = answer!;
	if (winner === undefined) return { subscription: created, lost: [] };
	const twins = others.filter((other) => drift(other, mine) === undefined);
	for (const { id } of twins)
		log.info(`another n8n process subscribed at the same moment; ${winner.id} stays, ${id} goes`);
	await removeAll(dintero, twins, log);
	if (winner.id === created.id) return { subscription: created, lost: twins };
	return { subscription: winner, lost: [created, ...twins.filter(({ id }) => id !== created.id)] };
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

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
