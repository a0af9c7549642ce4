import type { IDataObject } from 'n8n-workflow';

import { attempt } from '../transport/attempt';
import { segment, type DinteroClient } from '../transport/client';
import { failureOf } from '../transport/failure';
import { DEFAULT_PAGE_SIZE, readList, type ListEnd } from '../transport/pages';
import { isPing, parseBody, readEvent, type DinteroEvent } from './events';
import { LATEST_LINE } from './handled';
import type { DeliveryLog } from './state';

/**
 * How far behind the newest line each check starts reading, in milliseconds. A delivery is logged when it ends, with
 * the time it began; Dintero waits up to 120 s for an answer and tries up to 5 times.
 */
const OVERLAP = 60 * 60_000;

/** When the log lists the newest lines first, one check reads at most this many. */
const MAX_LINES = 20_000;

/**
 * A log that was not cut begins with the ping Dintero sends to a new subscription, within this time after `since`, in
 * milliseconds.
 */
const FIRST_PING_WITHIN = 10_000;

/** One line of a delivery log. */
export interface Line {
	id: string;
	/** The same for all tries of one delivery, unless Dintero gives each try its own ID. */
	deliveryId: string;
	createdAt: string;
	/** `createdAt` in milliseconds; NaN when it can't be parsed. */
	at: number;
	outcome: 'delivered' | 'failed' | 'open';
}

/** The tries of one delivery, oldest first. */
export type Tries = [Line, ...Line[]];

export interface ReadLog {
	/** Oldest first. */
	lines: Line[];
	end: ListEnd;
}

/** @throws NodeApiError when the log can't be read */
export async function readLog(
	dintero: DinteroClient,
	log: DeliveryLog,
	/** Whether to read a day back, for lines that appeared late. */
	deep: boolean,
): Promise<ReadLog> {
	const reach = Math.max(startOf(log), newestOf(log) - (deep ? LATEST_LINE : OVERLAP));
	let first: number | undefined;
	let count = 0;
	const { records, end } = await readList(
		dintero,
		`hooks/subscriptions/${segment(log.subscriptionId)}/deliveries`,
		'deliveries',
		{
			thorough: true,
			// This runs every ten minutes, so a log of a few lines must not cost a second request.
			smallestPage: DEFAULT_PAGE_SIZE,
			enough: (page) => {
				first ??= timeOf(page[0]);
				count += page.length;
				// An old line means that the rest is older only when the newest lines come first.
				const last = timeOf(page[page.length - 1]);
				return first > last && (last < reach || count >= MAX_LINES);
			},
		},
	);
	return { lines: oldestFirst(records.map(readLine)), end };
}

/**
 * Finds lines that are missing because Dintero no longer keeps them.
 * @returns the time of the first line after the gap, `'empty'` when the log lost all its lines, or `undefined` when
 *   no gap can be detected
 */
export async function gapBefore(
	dintero: DinteroClient,
	log: DeliveryLog,
	{ lines, end }: ReadLog,
): Promise<string | undefined> {
	const [first] = lines;
	const { newest } = log;
	// The log is too long to read whole. If its oldest line was delivered, n8n was reachable then.
	if (lines.length >= MAX_LINES && end === 'enough')
		return first.outcome === 'delivered' ? undefined : first.createdAt;
	if (end === 'enough') return undefined;
	if (first === undefined) return newest === undefined ? undefined : 'empty';
	if (newest !== undefined) {
		const reached = lines.some(({ id, at }) => id === newest.id || at <= Date.parse(newest.at));
		return reached ? undefined : first.createdAt;
	}
	// First read of this log. A log that was cut has a round number of lines and does not begin with the first ping.
	const round = lines.length >= 10 && (end === 'unpaged' || lines.length % 10 === 0);
	if (!round || first.at <= startOf(log) + FIRST_PING_WITHIN) return undefined;
	const { answer } = await attempt(readDetail(dintero, log, first));
	return answer?.ping === true ? undefined : first.createdAt;
}

/** Deliveries without a successful try that may not be handled yet, in the order of their first try. */
export function failedIn({ lines }: ReadLog, log: DeliveryLog): Tries[] {
	const from = considerFrom(log);
	const deliveries = new Map<string, Tries>();
	for (const line of lines) {
		const tries = deliveries.get(line.deliveryId);
		if (tries) tries.push(line);
		else deliveries.set(line.deliveryId, [line]);
	}
	return [...deliveries.values()]
		.filter((tries) => tries.every(({ outcome }) => outcome !== 'delivered'))
		.filter((tries) => !(lastOf(tries).at < from));
}

/** Lines before this time are ignored, in milliseconds. */
export function considerFrom(log: DeliveryLog): number {
	return Math.max(startOf(log), newestOf(log) - LATEST_LINE);
}

/** Moves the log's `newest` line forward after a check, but not past a line in `open`. */
export function advance(log: DeliveryLog, { lines }: ReadLog, open: readonly Line[]): DeliveryLog {
	const oldestOpen = open.reduce((oldest, { at }) => (at < oldest ? at : oldest), Infinity);
	const done = lines.filter(({ at }) => at <= oldestOpen);
	const newest = done[done.length - 1];
	if (newest === undefined || newest.at < newestOf(log)) return log;
	return { ...log, newest: { id: newest.id, at: new Date(newest.at).toISOString() } };
}

export const lastOf = (tries: Tries): Line => tries[tries.length - 1];

/** One delivery as Dintero stored it. */
export interface Detail {
	ping: boolean;
	/** Whether it was delivered, if the detail says so. */
	delivered?: boolean;
	/** Missing when Dintero did not keep the body, or answered with another delivery. */
	event?: DinteroEvent;
}

/** @throws NodeApiError */
export async function readDetail(
	dintero: DinteroClient,
	{ subscriptionId }: DeliveryLog,
	line: Line,
): Promise<Detail> {
	const path = `hooks/subscriptions/${segment(subscriptionId)}/deliveries/${segment(line.id)}`;
	const detail = (await dintero.get(path)) as IDataObject;
	if (isOther(detail.id, line.id) && isOther(detail.event_delivery, line.deliveryId))
		return { ping: false };
	const { delivery_success: success } = (detail.details ?? {}) as IDataObject;
	const delivered = typeof success === 'boolean' ? { delivered: success } : {};
	const request = (detail.request ?? {}) as IDataObject;
	const headers = (request.headers ?? {}) as IDataObject;
	const body = typeof request.body === 'string' ? parseBody(request.body) : request.body;
	if (body === undefined || body === null) return { ping: isPing(headers), ...delivered };
	if (isPing(headers, body)) return { ping: true, ...delivered };
	const event = readEvent(headers, body);
	return {
		ping: false,
		...delivered,
		event: { ...event, deliveryId: event.deliveryId ?? line.deliveryId },
	};
}

/** Whether an answer names another record than the one that was asked for. */
function isOther(given: unknown, wanted: string): boolean {
	return given !== undefined && String(given) !== wanted;
}

/**
 * Reads the newest readable line of a delivery.
 * @returns undefined when Dintero answers 404 for all of them, or without a body
 */
export async function readTries(
	dintero: DinteroClient,
	log: DeliveryLog,
	tries: Tries,
): Promise<Detail | undefined> {
	for (const line of [...tries].reverse()) {
		const { answer, problem } = await attempt(readDetail(dintero, log, line));
		if (answer && (answer.ping || answer.delivered || answer.event)) return answer;
		if (problem !== undefined && failureOf(problem)?.status !== 404) throw problem;
	}
	return undefined;
}

function readLine(record: IDataObject): Line {
	const createdAt = String(record.created_at ?? '');
	return {
		id: String(record.id ?? ''),
		deliveryId: String(record.event_delivery ?? record.id ?? ''),
		createdAt,
		at: Date.parse(createdAt),
		outcome: outcomeOf(record.status),
	};
}

/**
 * `status` is the subscriber's HTTP status (Dintero's sample: 200). Also understands common words; anything else
 * counts as open.
 */
function outcomeOf(status: unknown): Line['outcome'] {
	const number = typeof status === 'string' && /^\d+$/.test(status) ? Number(status) : status;
	if (typeof number === 'number') return number >= 200 && number < 300 ? 'delivered' : 'failed';
	if (/^(ok|success|successful|succeeded|delivered)$/i.test(String(status))) return 'delivered';
	return /fail|error|timeout/i.test(String(status)) ? 'failed' : 'open';
}

/**
 * Dintero does not document the list's order, and its times may be whole seconds. Lines with equal times keep the
 * list's order.
 */
function oldestFirst(lines: Line[]): Line[] {
	const newestFirst = !((lines[0]?.at ?? 0) < (lines[lines.length - 1]?.at ?? 0));
	const inOrder = newestFirst ? [...lines].reverse() : [...lines];
	return inOrder.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/**
 * Rounded down to the second: Dintero's times may have no milliseconds, and lines of the first second belong to the
 * log.
 */
function startOf({ since }: DeliveryLog): number {
	const at = Date.parse(since);
	return Number.isNaN(at) ? -Infinity : Math.floor(at / 1000) * 1000;
}

function newestOf({ newest }: DeliveryLog): number {
	const at = Date.parse(newest?.at ?? '');
	return Number.isNaN(at) ? -Infinity : at;
}

function timeOf(record: IDataObject): number {
	return Date.parse(String(record.created_at ?? ''));
}
