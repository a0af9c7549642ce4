import type { IHookFunctions, ITriggerFunctions } from 'n8n-workflow';

import { attempt } from '../transport/attempt';
import { openDintero, type DinteroClient } from '../transport/client';
import { refuseUnreachable } from './address';
import { checkParameters, chosenEvents } from './filter';
import { LATEST_LINE } from './handled';
import { logOf, type TriggerLog } from './log';
import { newSecret } from './signature';
import {
	clearState,
	heldState,
	ownerOf,
	rawState,
	writeState,
	type DeliveryLog,
	type State,
} from './state';
import {
	deletedSince,
	drift,
	messageOf,
	remove,
	removeAll,
	replace,
	survey,
	type Subscription,
	type Survey,
	type Wanted,
} from './subscription';

/**
 * How long the log of a replaced subscription is still read: deliveries in progress at its end, or while
 * Dintero was down, are logged late.
 */
const ENDED_LOG_KEPT = LATEST_LINE;

/** How far back to read the log of a subscription when the stored state was lost, in milliseconds. */
const LOST_STATE_REACH = 24 * 60 * 60_000;

/**
 * How far back to read the log of a subscription that was created with the stored secret but whose ID was not stored,
 * in milliseconds: n8n may have been down for days.
 */
const UNSTORED_REACH = 14 * 24 * 60 * 60_000;

/**
 * Activations (keyed by their static data) whose `create` failed before it changed anything at Dintero. n8n calls
 * `delete` after each failed `create`; another request to Dintero, which is probably down, would only keep the user
 * waiting.
 */
const untouched = new WeakSet<object>();

/**
 * Activations (keyed by their static data) that are being registered, with the start time. n8n calls `trigger`
 * alongside `checkExists` and `create`, so a check by `keepAlive` may begin before they end. Then both would
 * subscribe, and if the stored state is obsolete, each with its own secret.
 */
const registering = new WeakMap<object, number>();

/** A registration that takes longer than this no longer blocks the checks, in milliseconds. */
const MAX_REGISTRATION_TIME = 5 * 60_000;

/** Whether n8n is registering this trigger right now. */
export function isRegistering(context: ITriggerFunctions): boolean {
	const since = registering.get(rawState(context));
	return since !== undefined && Date.now() - since < MAX_REGISTRATION_TIME;
}

/**
 * n8n's `checkExists`: whether the subscription is correct and `create` is not needed. When in doubt about a live
 * registration, returns true.
 */
export async function isRegistered(context: IHookFunctions): Promise<boolean> {
	registering.set(rawState(context), Date.now());
	const registered = await isInPlace(context);
	// Otherwise n8n calls `create` next.
	if (registered) registering.delete(rawState(context));
	return registered;
}

async function isInPlace(context: IHookFunctions): Promise<boolean> {
	const held = liveState(context);
	if (!held) return false;
	const { answer, problem } = await attempt(looksRight(context, held));
	if (problem === undefined) return answer === true;
	// An exception would make n8n remove this workflow's route for good; the cron checks again.
	keepGoing(context, 'could not check the subscription', problem);
	return true;
}

async function looksRight(context: IHookFunctions, held: State): Promise<boolean> {
	const dintero = await openDintero(context);
	if (needsNewSecret(held, dintero)) return false;
	const { right, others } = await survey(dintero, wantedOf(context, held));
	if (right === undefined || others.length > 0) return false;
	if (held.formerUrls) delete held.formerUrls;
	logOf(context).info(`subscription ${right.id} is in place and delivers to ${held.url}`);
	return true;
}

/** n8n's `create`: leaves exactly one subscription of ours at Dintero and stores its secret, or throws. */
export async function register(context: IHookFunctions): Promise<boolean> {
	const held = liveState(context);
	registering.set(rawState(context), Date.now());
	const { problem } = await attempt(subscribeOnce(context, held));
	registering.delete(rawState(context));
	if (problem === undefined) return true;
	if (!held) throw problem;
	keepGoing(context, 'could not renew the subscription', problem);
	return true;
}

async function subscribeOnce(context: IHookFunctions, held: State | undefined): Promise<void> {
	untouched.add(rawState(context));
	checkParameters(context);
	await refuseUnreachable(context, urlOf(context));
	const dintero = await openDintero(context);
	const stored = storedState(context);
	if (stored && stored.accountId !== dintero.accountId) warnOfOtherAccount(logOf(context), stored);
	const keep = held && !needsNewSecret(held, dintero) ? held : undefined;
	const wanted = keep
		? wantedOf(context, keep)
		: {
				url: urlOf(context),
				events: chosenEvents(context),
				secret: newSecret(),
				formerId: stored?.subscriptionId,
				formerUrls: stored?.formerUrls,
			};
	const found = await survey(dintero, wanted);
	untouched.delete(rawState(context));
	const state = await ensure(context, dintero, wanted, keep, found);
	if (state) writeState(context, state);
}

/**
 * The stored state, if it belongs to a live registration. When the user publishes an inactive workflow, any stored
 * state is left over from a failed removal: it is cleaned up, but its secret and its missed events are not used.
 */
function liveState(context: IHookFunctions): State | undefined {
	return context.getActivationMode() === 'activate' ? undefined : storedState(context);
}

/**
 * The stored state, updated to n8n's present webhook URL. The cron needs that URL and can't ask n8n for it. The
 * former URLs are kept: they lead to subscriptions that the cron created and whose IDs were not stored.
 */
function storedState(context: IHookFunctions): State | undefined {
	const held = heldState(context);
	const url = urlOf(context);
	if (held && held.url !== url) {
		const former = [...(held.formerUrls ?? []), held.url];
		held.formerUrls = [...new Set(former)].filter((one) => one !== url);
		held.url = url;
	}
	return held;
}

/**
 * n8n's `delete`: removes all subscriptions of ours.
 * @throws NodeApiError when a request to Dintero failed, so that n8n retries and tells the user
 */
export async function unregister(context: IHookFunctions): Promise<boolean> {
	const log = logOf(context);
	const held = storedState(context);
	if (!held && untouched.has(rawState(context))) return true;
	const dintero = await openDintero(context);
	const otherAccount = held !== undefined && held.accountId !== dintero.accountId;
	if (held && otherAccount) warnOfOtherAccount(log, held);
	const ours = otherAccount ? undefined : held;
	const { problem } = await attempt(removeOurs(context, dintero, ours));
	if (problem !== undefined) {
		if (ours) {
			log.warn(
				`could not remove subscription ${ours.subscriptionId} (${messageOf(problem)}); if n8n's retries fail too, remove it with the Dintero node (Webhook Subscription: Delete)`,
			);
		}
		throw problem;
	}
	clearState(context);
	return true;
}

async function removeOurs(
	context: IHookFunctions,
	dintero: DinteroClient,
	held: State | undefined,
): Promise<void> {
	const { others, right } = await survey(dintero, {
		url: urlOf(context),
		events: [],
		secret: '',
		id: held?.subscriptionId,
		formerUrls: held?.formerUrls,
	});
	for (const { id: found } of [...others, right].filter(isPresent)) {
		if (await remove(dintero, found)) logOf(context).info(`removed subscription ${found}`);
	}
}

/**
 * Leaves exactly one subscription at Dintero, as described by `wanted`.
 * @param held the state that goes with `wanted`; undefined when the secret is new
 * @param found the result of a survey just before
 * @param stopped asked before each change; once true, nothing more is changed
 * @returns the state to store, or `undefined` when there is nothing to store
 */
export async function ensure(
	context: IHookFunctions | ITriggerFunctions,
	dintero: DinteroClient,
	wanted: Wanted,
	held: State | undefined,
	found: Survey,
	stopped: () => boolean = () => false,
): Promise<State | undefined> {
	const log = logOf(context);
	const reachBack = held === undefined ? LOST_STATE_REACH : UNSTORED_REACH;
	const reach = new Date(Date.now() - reachBack).toISOString();
	// Subscriptions whose logs must be read too. Dintero may have dropped a failing subscription while n8n was down;
	// and after a start without stored state, those at our URL are all we know.
	const restarted = ['init', 'leadershipChange'].includes(context.getActivationMode());
	let unknown = held === undefined && restarted ? found.others : [];
	let subscription = found.right;
	let made = false;
	let gone: boolean;
	if (stopped()) return undefined;
	if (subscription) {
		// Another process created it at the same moment, and it may have been the only one for a while.
		unknown = found.others.filter((other) => drift(other, wanted) === undefined);
		gone = await removeAll(dintero, found.others, log);
	} else {
		if (held && found.others.length === 0)
			log.warn(
				`subscription ${held.subscriptionId} no longer exists at Dintero; subscribing again`,
			);
		await refuseUnreachable(context, wanted.url);
		const result = await replace(dintero, wanted, found, held !== undefined, log);
		({ subscription, made, gone } = result);
		unknown = [...unknown, ...result.lost];
	}
	// Comes last, so that it also finds what another process created and removed in the meantime.
	if (held && subscription.id !== held.subscriptionId) {
		const deleted = await deletedSince(dintero, wanted, reach);
		unknown = [...unknown, ...deleted.filter(({ id }) => !unknown.some((one) => one.id === id))];
	}
	if (stopped()) {
		if (made) await removeAll(dintero, [subscription], log);
		return undefined;
	}
	if (!found.right) log.info(`subscription ${subscription.id} delivers to ${wanted.url}`);
	return {
		owner: ownerOf(context),
		accountId: dintero.accountId,
		subscriptionId: subscription.id,
		url: wanted.url,
		secret: wanted.secret,
		logs: logsAfter(held, subscription, unknown, reach),
		handled: held?.handled ?? [],
		...(gone || !wanted.formerUrls ? {} : { formerUrls: wanted.formerUrls }),
		...(held?.renewSecret ? { renewSecret: true as const } : {}),
	};
}

/** The present subscription's log first, then the logs of earlier subscriptions that may hold failed deliveries. */
function logsAfter(
	held: State | undefined,
	present: Subscription,
	unknown: Subscription[],
	reach: string,
): DeliveryLog[] {
	const now = new Date().toISOString();
	const known = held?.logs ?? [];
	const own = known.find(({ subscriptionId }) => subscriptionId === present.id);
	const ended = known
		.filter((log) => log !== own)
		.map((log) => ({ ...log, endedAt: log.endedAt ?? now }))
		.filter(({ endedAt }) => Date.parse(now) - Date.parse(endedAt) < ENDED_LOG_KEPT);
	const found = unknown
		.filter(({ id }) => !known.some(({ subscriptionId }) => subscriptionId === id))
		.map(({ id, createdAt }) => ({
			subscriptionId: id,
			since: Date.parse(createdAt) > Date.parse(reach) ? createdAt : reach,
			endedAt: now,
		}));
	return [
		own ?? { subscriptionId: present.id, since: present.createdAt || now },
		...found,
		...ended,
	];
}

/** A secret must not stay in use while another account's subscription still signs with it. */
function needsNewSecret(held: State, dintero: DinteroClient): boolean {
	return held.accountId !== dintero.accountId || held.renewSecret === true;
}

/** The subscription that a stored state describes. */
export function wantedOf(context: IHookFunctions | ITriggerFunctions, held: State): Wanted {
	const { url, secret, subscriptionId, formerUrls } = held;
	return { url, events: chosenEvents(context), secret, id: subscriptionId, formerUrls };
}

export function warnOfOtherAccount(log: TriggerLog, { accountId, subscriptionId }: State): void {
	log.warn(
		`the credential now belongs to another account; subscription ${subscriptionId} in account ${accountId} can't be removed with it. Remove it there, or wait until Dintero drops it`,
	);
}

function keepGoing(context: IHookFunctions, what: string, problem: unknown): void {
	logOf(context).warn(
		`${what}, so it keeps the existing one; checking again within 10 minutes (${messageOf(problem)})`,
	);
}

function urlOf(context: IHookFunctions): string {
	return context.getNodeWebhookUrl('default') as string;
}

function isPresent<T>(value: T | undefined): value is T {
	return value !== undefined;
}
