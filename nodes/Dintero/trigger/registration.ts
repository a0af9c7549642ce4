import type { IHookFunctions, ITriggerFunctions } from 'n8n-workflow';

import { attempt } from '../transport/attempt';
import { openDintero, type Dintero } from '../transport/client';
import { DINTERO_API, accountOf } from '../transport/signIn';
import { operationError } from '../transport/operationError';
import { chosenEvents } from './filter';
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

/** A log that ended is read this long: what is under way at the end, or while Dintero is down, comes into it later. */
const LOG_KEPT = 6 * 60 * 60_000;

/** How far back the log of a subscription is read that the stored state does not tell of, in milliseconds. */
const UNKNOWN_LOG_REACH = 24 * 60 * 60_000;

/**
 * Activations (by their state) whose `create` failed before it changed anything at Dintero. n8n calls `delete` after
 * each failed `create`; asking Dintero again, which is probably down, would only keep the user waiting.
 */
const untouched = new WeakSet<object>();

/** n8n's "does it exist": whether nothing needs to be done. Never says no on a doubt about a live registration. */
export async function isRegistered(context: IHookFunctions): Promise<boolean> {
	const held = liveState(context);
	if (!held) return false;
	const { answer, problem } = await attempt(looksRight(context, held));
	if (problem === undefined) return answer === true;
	// An exception would make n8n remove the route of this workflow for good; the cron looks again.
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

/** n8n's "create": exactly one subscription of ours at Dintero, and its secret held, or an exception. */
export async function register(context: IHookFunctions): Promise<boolean> {
	const held = liveState(context);
	const { problem } = await attempt(subscribeOnce(context, held));
	if (problem === undefined) return true;
	if (!held) throw problem;
	keepGoing(context, 'could not renew the subscription', problem);
	return true;
}

async function subscribeOnce(context: IHookFunctions, held: State | undefined): Promise<void> {
	untouched.add(rawState(context));
	await refuseLoopback(context);
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
 * The state of a registration that is in use. What is stored when the user publishes a workflow that was not active
 * is left from a removal that failed; it is cleaned up, but neither its secret nor its missed events are wanted.
 */
function liveState(context: IHookFunctions): State | undefined {
	return context.getActivationMode() === 'activate' ? undefined : storedState(context);
}

/**
 * n8n may have got another address since. The cron, which can't ask n8n for it, needs the present one; the former one
 * leads to a subscription that the cron made, whose ID was not stored.
 */
function storedState(context: IHookFunctions): State | undefined {
	const held = heldState(context);
	const url = urlOf(context);
	if (held && held.url !== url) {
		held.formerUrls = [...(held.formerUrls ?? []), held.url];
		held.url = url;
	}
	return held;
}

/**
 * n8n's "delete": no subscription of ours is left.
 * @throws NodeApiError when Dintero could not be asked, so that n8n tries again and tells the user
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
				`could not remove subscription ${ours.subscriptionId} (${messageOf(problem)}); if n8n's further tries fail too, remove it with the Dintero node (Webhook Subscription: Delete)`,
			);
		}
		throw problem;
	}
	clearState(context);
	return true;
}

async function removeOurs(
	context: IHookFunctions,
	dintero: Dintero,
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
 * Leaves one subscription as wanted at Dintero.
 * @param held the state that goes with `wanted`; undefined when the secret is new
 * @param found what was there a moment ago
 * @returns the state to store, or `undefined` when nothing of ours is to be stored
 */
export async function ensure(
	context: IHookFunctions | ITriggerFunctions,
	dintero: Dintero,
	wanted: Wanted,
	held: State | undefined,
	found: Survey,
	stopped: () => boolean = () => false,
): Promise<State | undefined> {
	const log = logOf(context);
	const reach = new Date(Date.now() - UNKNOWN_LOG_REACH).toISOString();
	// A subscription that failed while n8n was down may be gone by now; and after a start without stored state,
	// those at our URL are all we know.
	const restarted = ['init', 'leadershipChange'].includes(context.getActivationMode());
	let unknown = held === undefined && restarted ? found.others : [];
	let subscription = found.right;
	let made = false;
	let gone: boolean;
	if (stopped()) return undefined;
	if (subscription) {
		// Made by another process at the same moment, it may have been alone for a while.
		unknown = found.others.filter((other) => drift(other, wanted) === undefined);
		gone = await removeAll(dintero, found.others, log);
	} else {
		if (held && found.others.length === 0)
			log.warn(`subscription ${held.subscriptionId} is gone at Dintero; subscribing again`);
		const result = await replace(dintero, wanted, found, held !== undefined, log);
		({ subscription, made, gone } = result);
		unknown = [...unknown, ...result.lost];
	}
	// Last, so that it also finds what another process made and took away while this one was busy.
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

/** The present subscription's log first, then those of subscriptions that came before it and may have failed. */
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
		.filter(({ endedAt }) => Date.parse(now) - Date.parse(endedAt) < LOG_KEPT);
	const found = unknown
		.filter(({ id }) => !known.some(({ subscriptionId }) => subscriptionId === id))
		.map(({ id, createdAt }) => ({
			subscriptionId: id,
			since: createdAt > reach ? createdAt : reach,
			endedAt: now,
		}));
	return [
		own ?? { subscriptionId: present.id, since: present.createdAt || now },
		...found,
		...ended,
	];
}

/** A secret that another account's subscription still signs with must not stay in use. */
function needsNewSecret(held: State, dintero: Dintero): boolean {
	return held.accountId !== dintero.accountId || held.renewSecret === true;
}

/** What goes with a stored state. */
export function wantedOf(context: IHookFunctions | ITriggerFunctions, held: State): Wanted {
	const { url, secret, subscriptionId, formerUrls } = held;
	return { url, events: chosenEvents(context), secret, id: subscriptionId, formerUrls };
}

export function warnOfOtherAccount(log: TriggerLog, { accountId, subscriptionId }: State): void {
	log.warn(
		`the credential now belongs to another account; subscription ${subscriptionId} in account ${accountId} can't be removed with it. Remove it there, or wait until Dintero gives it up`,
	);
}

function keepGoing(context: IHookFunctions, what: string, problem: unknown): void {
	logOf(context).warn(
		`${what}, and goes on as before; looking again within 10 minutes (${messageOf(problem)})`,
	);
}

function urlOf(context: IHookFunctions): string {
	return context.getNodeWebhookUrl('default') as string;
}

/** Dintero can't deliver to this machine's own name; its API would refuse it with less help. */
async function refuseLoopback(context: IHookFunctions): Promise<void> {
	const url = urlOf(context);
	const { hostname } = new URL(url);
	if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0)$/.test(hostname)) return;
	const { baseUrl } = accountOf(await context.getCredentials('dinteroApi'));
	if (new URL(baseUrl).hostname !== new URL(DINTERO_API).hostname) return;
	throw operationError(
		context.getNode(),
		`Dintero can't reach ${url}`,
		'n8n must be reachable from the internet by HTTPS. Start n8n with WEBHOOK_URL (or N8N_WEBHOOK_URL) set to its public address, or with a tunnel while you try things out.',
	);
}

function isPresent<T>(value: T | undefined): value is T {
	return value !== undefined;
}
