import { createHash } from 'crypto';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { decimalsOf, formatAmount, mainUnitText } from '../domain/money';
import { whatHappenedTo, type WhatHappened } from '../domain/transactionKind';
import { CHECKOUT_TRANSACTION, PING, WALLET_TRANSACTION } from '../domain/eventNames';

/** One delivery, parsed as far as its shape is known. */
export interface DinteroEvent {
	/** Missing when neither the body nor the headers name it. */
	name?: string;
	deliveryId?: string;
	accountId?: string;
	/** The whole body, whatever its shape. */
	body: unknown;
}

/** How many levels deep to search a body of unknown shape for a transaction. */
const SEARCH_DEPTH = 3;

/** How many records to look at on each level. */
const SEARCH_WIDTH = 1000;

/** Keys under which documented events and the API put a transaction; searched first. */
const USUAL_KEYS = ['transaction', WALLET_TRANSACTION, 'resource', 'data', 'card'];

/**
 * @param body the delivery's bytes or text
 * @returns the parsed JSON, or the text itself when it is not JSON
 */
export function parseBody(body: Uint8Array | string): unknown {
	const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
	try {
		return JSON.parse(text.replace(/^\ufeff/, ''));
	} catch {
		return text;
	}
}

/**
 * Reads a delivery. The body takes precedence over the headers, because the signature covers only the body: anybody
 * could replay a recorded delivery with other headers.
 */
export function readEvent(headers: IDataObject, body: unknown): DinteroEvent {
	const envelope = isRecord(body) ? body : {};
	return {
		name: text(envelope.event) ?? text(headers.event),
		deliveryId: text(envelope.event_delivery) ?? text(headers['event-delivery']),
		accountId: text(envelope.account_id),
		body,
	};
}

/**
 * A ping carries the subscription itself, with its secret, and no envelope. It is recognized by the `event` header
 * or, because that header is not signed, by the shape of its body.
 */
export function isPing(headers: IDataObject, body?: unknown): boolean {
	if (text(headers.event)?.toLowerCase() === PING) return true;
	if (!isRecord(body)) return false;
	if (text(body.event)?.toLowerCase() === PING) return true;
	return body.event === undefined && isRecord(body.config) && Array.isArray(body.events);
}

/** What happened to the gift card, or `undefined` when the event doesn't tell; no filter drops such an event. */
export function whatHappened(body: unknown): WhatHappened | undefined {
	return whatHappenedTo(findTransaction(body) ?? {});
}

/** Events about a transaction, of a gift card or a Checkout order; all carry an ID and a time. */
const TRANSACTION_EVENTS = new Set([WALLET_TRANSACTION, CHECKOUT_TRANSACTION, 'transaction']);

/**
 * The identities of a delivery, for deduplication: for a transaction a hash of its content, then the delivery ID. The
 * content identifies an event that arrives with two delivery IDs, because two subscriptions overlapped or a retry got
 * a new ID; the transaction's own ID and time make it unique. Other events may repeat with the same content, so only
 * the delivery ID counts for them.
 */
export function identitiesOf({ name, deliveryId, body }: DinteroEvent): string[] {
	const identities: string[] = [];
	if (
		name !== undefined &&
		TRANSACTION_EVENTS.has(name) &&
		isRecord(body) &&
		hasOwnId(body) &&
		(name !== CHECKOUT_TRANSACTION || tellsChange(body))
	) {
		const content = canonical({ ...body, event_delivery: undefined });
		identities.push(createHash('sha1').update(content).digest('hex'));
	}
	if (deliveryId !== undefined) identities.push(deliveryId);
	return identities;
}

function hasOwnId(body: IDataObject): boolean {
	const member = body.transaction;
	return (
		text(findTransaction(body)?.id) !== undefined ||
		(isRecord(member) && text(member.id) !== undefined)
	);
}

/**
 * Whether two changes of one order differ in content. Dintero promises only the order's IDs and times; with times in
 * whole seconds, a payment and its automatic capture look the same.
 */
function tellsChange({ transaction }: IDataObject): boolean {
	const { events, updated_at } = (transaction ?? {}) as IDataObject;
	return Array.isArray(events) || /\.0*[1-9]/.test(text(updated_at) ?? '');
}

const WHOLE_NUMBER = /^(0|-?[1-9]\d{0,14})$/;
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/;

/**
 * JSON with sorted keys, and one form for each number and time: a log stored as JSON in a database may return them in
 * another order or form.
 */
function canonical(value: unknown): string {
	return JSON.stringify(value, (_key, member: unknown) => {
		if (isRecord(member))
			return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
		if (typeof member !== 'string') return member;
		if (WHOLE_NUMBER.test(member)) return Number(member);
		return (TIME.test(member) && Date.parse(member)) || member;
	});
}

/** The item that starts the workflow. */
export function toItem(event: DinteroEvent, replayed: boolean): INodeExecutionData {
	const json: IDataObject = { event: event.name ?? null };
	if (event.deliveryId !== undefined) json.eventDelivery = event.deliveryId;
	if (event.accountId !== undefined) json.accountId = event.accountId;
	if (event.name === WALLET_TRANSACTION) Object.assign(json, describeTransaction(event.body));
	json.replayed = replayed;
	json.body = event.body as IDataObject;
	return { json };
}

/** Uses the names and units of the action node's transactions. */
function describeTransaction(body: unknown): IDataObject {
	const transaction = findTransaction(body);
	const cardId = findCardId(body, transaction);
	const currency = text(transaction?.currency);
	return {
		whatHappened: whatHappened(body) ?? null,
		...present({
			transactionId: text(transaction?.id),
			type: text(transaction?.type),
			...money('amount', transaction?.amount, currency),
			currency,
			refId: text(transaction?.ref_id),
			cardId,
			parentId: text(transaction?.parent_id),
			createdAt: text(transaction?.created_at),
			transaction,
		}),
	};
}

/**
 * An amount in the three forms that all outputs use: 15000 NOK → `amount` "150.00", `amountMinor` 15000,
 * `amountFormatted` "150.00 NOK".
 * @returns an empty object when the value is not an amount, and only `…Minor` when the currency is unknown
 */
export function money(name: string, value: unknown, currency: string | undefined): IDataObject {
	const minor = minorUnits(value);
	if (minor === undefined) return {};
	if (currency === undefined) return { [`${name}Minor`]: minor };
	return {
		[name]: mainUnitText(minor, decimalsOf(currency)),
		[`${name}Minor`]: minor,
		[`${name}Formatted`]: formatAmount(minor, currency),
	};
}

function present(record: Record<string, IDataObject[string] | undefined>): IDataObject {
	return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

/** Finds the transaction anywhere in the body: the shape of `wallet_transaction` is not documented. */
function findTransaction(body: unknown): IDataObject | undefined {
	return search(body, (record) => record.amount !== undefined && text(record.type) !== undefined);
}

function findCardId(body: unknown, transaction: IDataObject | undefined): string | undefined {
	return (
		text(transaction?.card_id) ??
		text(search(body, (record) => text(record.card_id) !== undefined)?.card_id)
	);
}

/** Breadth first, the usual keys before the others. Looks into a list only when it has a single entry. */
function search(body: unknown, matches: (record: IDataObject) => boolean): IDataObject | undefined {
	let level = [body].filter(isRecord);
	for (let depth = 0; depth <= SEARCH_DEPTH && level.length > 0; depth++) {
		const found = level.find(matches);
		if (found) return found;
		level = level
			.flatMap((record) => [...USUAL_KEYS.map((key) => record[key]), ...Object.values(record)])
			.map(onlyMember)
			.filter(isRecord)
			.slice(0, SEARCH_WIDTH);
	}
	return undefined;
}

function onlyMember(value: unknown): unknown {
	return Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value;
}

function minorUnits(value: unknown): number | undefined {
	const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
	return Number.isSafeInteger(number) ? (number as number) : undefined;
}

function isRecord(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
	return typeof value === 'string' && value !== '' ? value : undefined;
}
