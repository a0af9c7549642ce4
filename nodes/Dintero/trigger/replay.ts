import type { IDataObject, INodeExecutionData, ITriggerFunctions } from 'n8n-workflow';

import { attempt } from '../transport/attempt';
import { segment, type Dintero } from '../transport/client';
import { failureOf } from '../transport/failure';
import { deliveryMemory } from './deliveryMemory';
import { identitiesOf, isPing, parseBody, readEvent, toItem, type DinteroEvent } from './events';
import { wants } from './filter';
import { logOf } from './log';
import { rememberedAs } from './receive';
import { HANDLED_LIMIT, type DeliveryLog, type State } from './state';
import { messageOf } from './subscription';

/**
 * How long before the newest entry the next look begins, in milliseconds. A delivery enters the log when it has
 * ended, under the time it began; Dintero waits up to 120 s for an answer and tries up to 5 times.
 */
const LOG_OVERLAP = 60 * 60_000;

interface Entry {
	id: string;
	/** The same for all tries of one delivery. */
	deliveryId: string;
	createdAt: string;
	outcome: 'delivered' | 'failed' | 'open';
}

export interface Replayer {
	/** Starts the workflow with one item; resolves when it has ended or has taken its time. */
	emit(item: INodeExecutionData, deduplicationKey: string | undefined): Promise<void>;
	/** Writes a warning, but each one only once while this n8n runs. */
	warnOnce(message: string): void;
	stopped(): boolean;
}

/**
 * Starts the workflow with every delivery that failed and was not seen yet, oldest first. Changes `state`, which n8n
 * stores with each `emit`; that also puts our secret back if an execution wrote an older copy over it.
 * @throws NodeApiError when Dintero stopped answering; the next look goes on from there
 */
export async function replayMissed(
	context: ITriggerFunctions,
	dintero: Dintero,
	state: State,
	replayer: Replayer,
): Promise<void> {
	for (const log of [...state.logs]) {
		const entries = await readLog(dintero, log, replayer);
		if (entries === undefined) continue;
		const open: Entry[] = [];
		for (const entry of failedSince(entries, log.since)) {
			if (replayer.stopped()) return;
			if (state.handled.includes(entry.deliveryId)) continue;
			const missed = await readMissed(dintero, log, entry);
			if (missed === 'open') {
				open.push(entry);
				continue;
			}
			const settle = missed && wants(context, missed) && (await claim(context, missed));
			// From here to `emit` nothing waits: what is marked as handled has been handed to n8n.
			if (replayer.stopped()) {
				if (settle) settle(false);
				return;
			}
			state.handled = [...state.handled, entry.deliveryId].slice(-HANDLED_LIMIT);
			if (!missed || !settle) continue;
			settle(true);
			await replay(context, missed, replayer);
		}
		advance(state, log, entries, open);
	}
}

/** @returns undefined when the delivery came by itself meanwhile */
async function claim(
	context: ITriggerFunctions,
	event: DinteroEvent,
): Promise<((taken: boolean) => void) | undefined> {
	return await deliveryMemory.claim(rememberedAs(context, event));
}

async function replay(
	context: ITriggerFunctions,
	event: DinteroEvent,
	replayer: Replayer,
): Promise<void> {
	logOf(context).info(`replaying delivery ${event.deliveryId ?? ''} that did not get through`);
	// The content's hash first: n8n must recognise the event also when it comes from another subscription's log.
	const [identity] = identitiesOf(event);
	const key = [context.getWorkflow().id, context.getNode().id, identity].join(':').slice(-255);
	await replayer.emit(toItem(event, true), identity === undefined ? undefined : key);
}

/** @returns undefined when the log can't be read; what then may be missing is said once */
async function readLog(
	dintero: Dintero,
	{ subscriptionId, since, endedAt }: DeliveryLog,
	replayer: Replayer,
): Promise<Entry[] | undefined> {
	const path = `hooks/subscriptions/${segment(subscriptionId)}/deliveries`;
	const { answer, problem } = await attempt(dintero.get(path));
	if (problem === undefined) return readEntries(answer);
	const status = failureOf(problem)?.status;
	if (status !== 401 && status !== 403 && status !== 404) throw problem;
	const which = endedAt === undefined ? '' : 'former ';
	replayer.warnOnce(
		`the delivery log of ${which}subscription ${subscriptionId} can't be read, so events that failed since ${since} may be missing; compare with the cards' transactions (${messageOf(problem)})`,
	);
	return undefined;
}

function readEntries(answer: unknown): Entry[] {
	const list = Array.isArray(answer) ? answer : (answer as IDataObject).deliveries;
	return (Array.isArray(list) ? (list as IDataObject[]) : []).map((entry) => ({
		id: String(entry.id ?? ''),
		deliveryId: String(entry.event_delivery ?? entry.id ?? ''),
		createdAt: String(entry.created_at ?? ''),
		outcome: outcomeOf(entry.status),
	}));
}

/** `status` is the subscriber's HTTP status (Dintero's sample: 200). Words are understood as well, others left open. */
function outcomeOf(status: unknown): Entry['outcome'] {
	const number = typeof status === 'string' && /^\d+$/.test(status) ? Number(status) : status;
	if (typeof number === 'number') return number >= 200 && number < 300 ? 'delivered' : 'failed';
	if (/^(ok|success|successful|succeeded|delivered)$/i.test(String(status))) return 'delivered';
	return /fail|error|timeout/i.test(String(status)) ? 'failed' : 'open';
}

/** One entry per delivery that never got through, its last try; in the order in which they were first tried. */
function failedSince(entries: Entry[], since: string): Entry[] {
	const tries = new Map<string, Entry[]>();
	for (const entry of oldestFirst(entries)) {
		tries.set(entry.deliveryId, [...(tries.get(entry.deliveryId) ?? []), entry]);
	}
	return [...tries.values()]
		.filter((group) => group.every(({ outcome }) => outcome !== 'delivered'))
		.map((group) => group[group.length - 1])
		.filter(({ createdAt }) => createdAt === '' || createdAt >= since);
}

/** The order of Dintero's list is not documented, and its times may be whole seconds: within one the list decides. */
function oldestFirst(entries: Entry[]): Entry[] {
	const newestFirst =
		(entries[0]?.createdAt ?? '') >= (entries[entries.length - 1]?.createdAt ?? '');
	const inOrder = newestFirst ? [...entries].reverse() : [...entries];
	return inOrder.sort((a, b) =>
		a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0,
	);
}

/** @returns undefined when there is nothing to replay, `open` when the delivery is still under way */
async function readMissed(
	dintero: Dintero,
	log: DeliveryLog,
	entry: Entry,
): Promise<DinteroEvent | undefined | 'open'> {
	const path = `hooks/subscriptions/${segment(log.subscriptionId)}/deliveries/${segment(entry.id)}`;
	const { answer, problem } = await attempt(dintero.get(path));
	if (problem !== undefined) {
		if (failureOf(problem)?.status === 404) return undefined;
		throw problem;
	}
	const detail = answer as IDataObject;
	const { delivery_success: success } = (detail.details ?? {}) as IDataObject;
	if (success === true) return undefined;
	if (success === undefined && entry.outcome === 'open') return 'open';
	const request = (detail.request ?? {}) as IDataObject;
	const headers = (request.headers ?? {}) as IDataObject;
	const body = typeof request.body === 'string' ? parseBody(request.body) : request.body;
	if (body === undefined || body === null || isPing(headers, body)) return undefined;
	const event = readEvent(headers, body);
	return { ...event, deliveryId: event.deliveryId ?? entry.deliveryId };
}

/** The next look begins an overlap before the newest entry, and never after one that is still under way. */
function advance(state: State, log: DeliveryLog, entries: Entry[], open: Entry[]): void {
	const times = entries.map(({ createdAt }) => Date.parse(createdAt)).filter(Number.isFinite);
	if (times.length === 0) return;
	const newest = Math.max(...times) - LOG_OVERLAP;
	const oldestOpen = Math.min(...open.map(({ createdAt }) => Date.parse(createdAt)), Infinity);
	const since = new Date(Math.min(newest, oldestOpen)).toISOString();
	if (since <= log.since) return;
	state.logs = state.logs.map((one) => (one === log ? { ...log, since } : one));
}
