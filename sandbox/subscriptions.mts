/** Webhook subscriptions and their delivery log. */
import { randomUUID } from 'node:crypto';
import type { SubscriptionRequest } from './deliveries.mts';
import { ApiError, notFound } from './errors.mts';
import { readPage } from './pages.mts';
import type { SubscriptionRow, TryRow } from './store.mts';
import { Answer, compact, timestamp } from './context.mts';
import type { Call, Operation, SandboxContext } from './context.mts';

const loopback = /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0)$/;
const neverPublic = /(?:^|\.)(?:example\.(?:com|net|org)|example|invalid|dintero\.com)$/;

/** Dintero accepts only public addresses. */
function checkUrl(context: SandboxContext, url: string): void {
	const { protocol, hostname } = new URL(url);
	const { refuseLoopbackUrls, refusePlainHttpUrls } = context.switches;
	const refused =
		!['http:', 'https:'].includes(protocol) ||
		neverPublic.test(hostname) ||
		// Allowed unless a switch refuses them: the n8n that this sandbox serves runs on the same machine.
		(refuseLoopbackUrls && loopback.test(hostname)) ||
		(refusePlainHttpUrls && protocol === 'http:');
	if (refused) throw new ApiError(400, 'BAD REQUEST', 'config.url must be a public URL');
}

/** @param withSecret whether to show the secret's value or only its type */
export function viewSubscription(
	context: SandboxContext,
	row: SubscriptionRow,
	withSecret: boolean,
) {
	const { config, events, fields, exclude_fields } = JSON.parse(row.request) as SubscriptionRequest;
	const secret = config.secret && (withSecret ? config.secret : { type: config.secret.type });
	return compact({
		id: row.id,
		active: row.active === 1,
		config: compact({
			url: config.url,
			content_type: config.content_type ?? 'application/json',
			insecure_ssl: config.insecure_ssl ?? 0,
			secret,
		}),
		events,
		fields,
		exclude_fields,
		created_at: timestamp(context, row.created_at),
		created_by: row.created_by,
		updated_at: timestamp(context, row.updated_at),
		deleted_at: row.deleted_at === null ? null : timestamp(context, row.deleted_at),
		deleted_by: row.deleted_by,
	});
}

const view = (context: SandboxContext, row: SubscriptionRow) =>
	viewSubscription(context, row, context.switches.secretVisibleOnRead);

const sendPing = (context: SandboxContext, row: SubscriptionRow, later = false) =>
	context.deliveries.ping(
		row,
		viewSubscription(context, row, context.switches.pingCarriesSecret),
		later,
	);

export const createSubscription: Operation = async (context, call) => {
	const request = call.body as SubscriptionRequest;
	const { store, switches, clock } = context;
	checkUrl(context, request.config.url);
	const others = store.all<SubscriptionRow>(
		'SELECT * FROM subscription WHERE account = ? AND deleted_at IS NULL',
		call.accountId,
	);
	if (switches.subscriptionLimit !== null && others.length >= switches.subscriptionLimit) {
		throw new ApiError(400, 'BAD REQUEST', 'The account has too many subscriptions');
	}
	if (switches.duplicateSubscription !== 'allow') {
		const events = [...request.events].sort().join();
		const same = others.some((other) => {
			const theirs = JSON.parse(other.request) as SubscriptionRequest;
			return other.url === request.config.url && [...theirs.events].sort().join() === events;
		});
		if (same) {
			throw new ApiError(switches.duplicateSubscription, 'BAD REQUEST', 'Subscription exists');
		}
	}
	const now = clock.now();
	const row = {
		id: randomUUID(),
		account: call.accountId,
		active: Number(request.active ?? true),
		url: request.config.url,
		request: JSON.stringify(request),
		failures: 0,
		created_at: now,
		created_by: call.client.clientId,
		updated_at: now,
		deleted_at: null,
		deleted_by: null,
	};
	const stored: SubscriptionRow = { seq: store.insert('subscription', row), ...row };
	context.deliveries.forget(call.accountId);
	if (switches.pingFailureRefusesSubscription) {
		if (!(await sendPing(context, stored))) {
			context.deliveries.remove(row.id, 'dintero');
			throw new ApiError(400, 'BAD REQUEST', 'The ping to config.url failed');
		}
	} else if (switches.pingOnCreate) {
		void sendPing(context, stored, true);
	}
	return view(context, stored);
};

export const listSubscriptions: Operation = (context, call) => {
	const { include_deleted, total } = call.query;
	const withDeleted = include_deleted === true && context.switches.includeDeletedWorks;
	const where = withDeleted ? 'account = ?' : 'account = ? AND deleted_at IS NULL';
	const { rows } = readPage<SubscriptionRow>(context, call, 'subscription', where, call.accountId);
	const count = context.store.get<{ n: number }>(
		`SELECT count(*) AS n FROM subscription WHERE ${where}`,
		call.accountId,
	);
	return new Answer(
		200,
		rows.map((row) => view(context, row)),
		total ? { 'total-count': String(count?.n) } : {},
	);
};

function needSubscription(
	context: SandboxContext,
	call: Call,
	deletedToo = false,
): SubscriptionRow {
	const row = context.store.get<SubscriptionRow>(
		'SELECT * FROM subscription WHERE id = ? AND account = ?',
		call.params.hid,
		call.accountId,
	);
	if (!row || (row.deleted_at !== null && !deletedToo)) throw notFound('Subscription');
	return row;
}

export const readSubscription: Operation = (context, call) =>
	view(context, needSubscription(context, call, context.switches.readsDeletedSubscriptions));

export const deleteSubscription: Operation = (context, call) => {
	const row = needSubscription(context, call);
	return view(context, context.deliveries.remove(row.id, call.client.clientId) ?? row);
};

export const pingSubscription: Operation = (context, call) => {
	const row = needSubscription(context, call);
	void sendPing(context, row, true);
	return new Answer(204);
};

const viewDelivery = (context: SandboxContext, row: TryRow) => ({
	id: row.id,
	event_delivery: row.event_delivery,
	created_at: timestamp(context, row.started_at),
	status: row.status ?? context.switches.unreachableStatus,
});

const readsLogOfDeleted = (context: SandboxContext) =>
	context.switches.deletedSubscriptionDeliveriesReadable;

const lastTries = 'SELECT max(seq) FROM try WHERE subscription = ? GROUP BY event_delivery';
const linesOf = {
	'per-try': 'SELECT * FROM try WHERE subscription = ?',
	'per-event': `SELECT * FROM try WHERE seq IN (${lastTries})`,
	'per-event-late': `SELECT last.seq, last.id, last.event_delivery, last.status,
		(SELECT min(started_at) FROM try AS first
			WHERE first.subscription = last.subscription AND first.event_delivery = last.event_delivery) AS started_at
		FROM try AS last WHERE last.seq IN (${lastTries} HAVING max(final) = 1)`,
};

/**
 * Paged like Dintero's other lists (ten lines without a limit; the cursor is the last line's `id`), unless a switch
 * says otherwise: this list's paging is not documented.
 */
export const listDeliveries: Operation = (context, call) => {
	const { id } = needSubscription(context, call, readsLogOfDeleted(context));
	const { deliveryPaging, deliveryPageSize, deliveryLog, deliveriesListed } = context.switches;
	const { limit, starting_after: after } = call.query as {
		limit?: number;
		starting_after?: string;
	};
	if (deliveryPaging === 'refused' && (limit !== undefined || after !== undefined))
		throw new ApiError(400, 'BAD REQUEST', 'Unknown query parameter');
	const newest = context.store.all<TryRow>(
		`SELECT * FROM (${linesOf[deliveryLog]}) ORDER BY started_at DESC, seq DESC LIMIT ?`,
		id,
		deliveriesListed,
	);
	const all = context.switches.listOrder === 'newest-first' ? newest : newest.reverse();
	const pages = deliveryPaging === 'taken' || deliveryPaging === 'limit-ignored';
	if (!pages) return all.map((row) => viewDelivery(context, row));
	const last = after === undefined ? -1 : all.findIndex((row) => row.id === after);
	if (after !== undefined && last < 0)
		throw new ApiError(400, 'BAD REQUEST', 'Unknown starting_after');
	const size = deliveryPaging === 'taken' ? (limit ?? deliveryPageSize) : deliveryPageSize;
	return all.slice(last + 1, last + 1 + size).map((row) => viewDelivery(context, row));
};

export const readDelivery: Operation = (context, call) => {
	const { id } = needSubscription(context, call, readsLogOfDeleted(context));
	const row = context.store.get<TryRow>(
		'SELECT * FROM try WHERE id = ? AND subscription = ?',
		call.params.delivery_id,
		id,
	);
	if (!row) throw notFound('Delivery');
	const headers = JSON.parse(row.request_headers) as Record<string, string>;
	return {
		...viewDelivery(context, row),
		url: row.url,
		request: {
			headers: compact({
				event: headers.event,
				'event-delivery': headers['event-delivery'],
				'event-signature': headers['event-signature'],
			}),
			body: JSON.parse(row.request_body) as object,
		},
		response: { headers: JSON.parse(row.response_headers) as object, body: row.response_body },
		details: {
			delivery_at: timestamp(context, row.started_at),
			delivery_duration: row.duration,
			delivery_success: row.success === 1,
		},
	};
};
