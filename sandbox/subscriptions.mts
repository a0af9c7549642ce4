/** Webhook subscriptions and their delivery log (section 5). */
import { randomUUID } from 'node:crypto';
import type { SubscriptionRequest } from './deliveries.mts';
import { ApiError, notFound } from './errors.mts';
import { readPage } from './pages.mts';
import type { SubscriptionRow, TryRow } from './store.mts';
import { Answer, compact, timestamp } from './world.mts';
import type { Call, Operation, World } from './world.mts';

const loopback = /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0)$/;
const neverPublic = /(?:^|\.)(?:example\.(?:com|net|org)|example|invalid|dintero\.com)$/;

/** Dintero takes public addresses only. */
function checkUrl(world: World, url: string): void {
	const { protocol, hostname } = new URL(url);
	const { refuseLoopbackUrls, refusePlainHttpUrls } = world.switches;
	const refused =
		!['http:', 'https:'].includes(protocol) ||
		neverPublic.test(hostname) ||
		// Allowed unless asked for: the n8n this sandbox serves runs on this very machine.
		(refuseLoopbackUrls && loopback.test(hostname)) ||
		(refusePlainHttpUrls && protocol === 'http:');
	if (refused) throw new ApiError(400, 'BAD REQUEST', 'config.url must be a public URL');
}

/** @param withSecret whether the secret's value is shown, or only its type */
export function viewSubscription(world: World, row: SubscriptionRow, withSecret: boolean) {
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
		created_at: timestamp(world, row.created_at),
		created_by: row.created_by,
		updated_at: timestamp(world, row.updated_at),
		deleted_at: row.deleted_at === null ? null : timestamp(world, row.deleted_at),
		deleted_by: row.deleted_by,
	});
}

const view = (world: World, row: SubscriptionRow) =>
	viewSubscription(world, row, world.switches.secretVisibleOnRead);

const sendPing = (world: World, row: SubscriptionRow, later = false) =>
	world.deliveries.ping(row, viewSubscription(world, row, world.switches.pingCarriesSecret), later);

export const createSubscription: Operation = async (world, call) => {
	const request = call.body as SubscriptionRequest;
	const { store, switches, clock } = world;
	checkUrl(world, request.config.url);
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
	world.deliveries.forget(call.accountId);
	if (switches.pingFailureRefusesSubscription) {
		if (!(await sendPing(world, stored))) {
			world.deliveries.remove(row.id, 'dintero');
			throw new ApiError(400, 'BAD REQUEST', 'The ping to config.url failed');
		}
	} else if (switches.pingOnCreate) {
		void sendPing(world, stored, true);
	}
	return view(world, stored);
};

export const listSubscriptions: Operation = (world, call) => {
	const { include_deleted, total } = call.query;
	const withDeleted = include_deleted === true && world.switches.includeDeletedWorks;
	const where = withDeleted ? 'account = ?' : 'account = ? AND deleted_at IS NULL';
	const { rows } = readPage<SubscriptionRow>(world, call, 'subscription', where, call.accountId);
	const count = world.store.get<{ n: number }>(
		`SELECT count(*) AS n FROM subscription WHERE ${where}`,
		call.accountId,
	);
	return new Answer(
		200,
		rows.map((row) => view(world, row)),
		total ? { 'total-count': String(count?.n) } : {},
	);
};

function needSubscription(world: World, call: Call, deletedToo = false): SubscriptionRow {
	const row = world.store.get<SubscriptionRow>(
		'SELECT * FROM subscription WHERE id = ? AND account = ?',
		call.params.hid,
		call.accountId,
	);
	if (!row || (row.deleted_at !== null && !deletedToo)) throw notFound('Subscription');
	return row;
}

export const readSubscription: Operation = (world, call) =>
	view(world, needSubscription(world, call, world.switches.readsDeletedSubscriptions));

export const deleteSubscription: Operation = (world, call) => {
	const row = needSubscription(world, call);
	return view(world, world.deliveries.remove(row.id, call.client.clientId) ?? row);
};

export const pingSubscription: Operation = (world, call) => {
	const row = needSubscription(world, call);
	void sendPing(world, row, true);
	return new Answer(204);
};

const viewDelivery = (world: World, row: TryRow) => ({
	id: row.id,
	event_delivery: row.event_delivery,
	created_at: timestamp(world, row.started_at),
	status: row.status ?? world.switches.unreachableStatus,
});

const readsLogOfDeleted = (world: World) => world.switches.deletedSubscriptionDeliveriesReadable;

export const listDeliveries: Operation = (world, call) => {
	const { id } = needSubscription(world, call, readsLogOfDeleted(world));
	const lines =
		world.switches.deliveryLog === 'per-try'
			? 'subscription = ?'
			: `seq IN (SELECT max(seq) FROM try WHERE subscription = ? GROUP BY event_delivery)`;
	const order = world.switches.listOrder === 'newest-first' ? 'DESC' : 'ASC';
	return world.store
		.all<TryRow>(
			`SELECT * FROM (SELECT * FROM try WHERE ${lines} ORDER BY seq DESC LIMIT ?) ORDER BY seq ${order}`,
			id,
			world.switches.deliveriesListed,
		)
		.map((row) => viewDelivery(world, row));
};

export const readDelivery: Operation = (world, call) => {
	const { id } = needSubscription(world, call, readsLogOfDeleted(world));
	const row = world.store.get<TryRow>(
		'SELECT * FROM try WHERE id = ? AND subscription = ?',
		call.params.delivery_id,
		id,
	);
	if (!row) throw notFound('Delivery');
	const headers = JSON.parse(row.request_headers) as Record<string, string>;
	return {
		...viewDelivery(world, row),
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
			delivery_at: timestamp(world, row.started_at),
			delivery_duration: row.duration,
			delivery_success: row.success === 1,
		},
	};
};
