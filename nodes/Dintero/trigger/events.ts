import { createHash } from 'crypto';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { formatAmount } from '../domain/money';
import { PING, WALLET_TRANSACTION } from './eventNames';

/** What a wallet transaction did to its card. */
export type WhatHappened = 'funded' | 'used' | 'reserved' | 'released';

/** One delivery, read as far as its shape is known. */
export interface DinteroEvent {
	/** Missing when neither the body nor the headers name it. */
	name?: string;
	deliveryId?: string;
	accountId?: string;
	/** All of it, whatever its shape. */
	body: unknown;
}

/** How deep a transaction is looked for in a body of unknown shape. */
const SEARCH_DEPTH = 3;

/** How many members are looked at on each level; a transaction is not hidden among thousands. */
const SEARCH_WIDTH = 1000;

/** Where documented events and the API keep a transaction, looked at before anything else. */
const USUAL_KEYS = ['transaction', WALLET_TRANSACTION, 'resource', 'data', 'card'];

/**
 * @param body the bytes or the text of the delivery
 * @returns the parsed JSON, or the text itself when it is none
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
 * Reads a delivery. What the body says goes before what the headers say: the signature vouches for the body only,
 * so a header of a delivery recorded by somebody else proves nothing.
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
 * A ping carries the subscription itself, with its secret, and no envelope. It is known by the header and, as the
 * header is not signed, also by that shape.
 */
export function isPing(headers: IDataObject, body?: unknown): boolean {
	if (text(headers.event)?.toLowerCase() === PING) return true;
	if (!isRecord(body)) return false;
	if (text(body.event)?.toLowerCase() === PING) return true;
	return body.event === undefined && isRecord(body.config) && Array.isArray(body.events);
}

/**
 * What happened, as far as the transaction says so (`type`: fund, drawdown, pending_capture, voided; captures and
 * voids name their `parent_id`). `undefined` for anything else, which no filter holds back.
 */
export function whatHappened(body: unknown): WhatHappened | undefined {
	const transaction = findTransaction(body);
	const child = text(transaction?.parent_id) !== undefined;
	switch (transaction?.type) {
		case 'fund':
			return 'funded';
		case 'voided':
			return 'released';
		case 'drawdown':
			return transaction.pending === true && !child ? 'reserved' : 'used';
		case 'pending_capture':
			return child ? 'used' : 'reserved';
		default:
			return undefined;
	}
}

/**
 * What one delivery is recognised by, so that it starts the workflow once: its delivery ID, and for a gift card
 * transaction also its content. By its content an event is recognised that comes with two IDs because two
 * subscriptions overlapped or a retry got a new one; a transaction's own ID and time make it unmistakable.
 */
export function identitiesOf({ name, deliveryId, body }: DinteroEvent): string[] {
	const identities: string[] = [];
	if (name === WALLET_TRANSACTION && isRecord(body) && text(findTransaction(body)?.id)) {
		const content = JSON.stringify({ ...body, event_delivery: undefined });
		identities.push(createHash('sha1').update(content).digest('hex'));
	}
	if (deliveryId !== undefined) identities.push(deliveryId);
	return identities;
}

/** The item a workflow starts with. */
export function toItem(event: DinteroEvent, replayed: boolean): INodeExecutionData {
	const json: IDataObject = { event: event.name ?? null };
	if (event.deliveryId !== undefined) json.eventDelivery = event.deliveryId;
	if (event.accountId !== undefined) json.accountId = event.accountId;
	if (event.name === WALLET_TRANSACTION) Object.assign(json, describeTransaction(event.body));
	json.replayed = replayed;
	json.body = event.body as IDataObject;
	return { json };
}

function describeTransaction(body: unknown): IDataObject {
	const transaction = findTransaction(body);
	const cardId = findCardId(body, transaction);
	const amount = minorUnits(transaction?.amount);
	const currency = text(transaction?.currency);
	return {
		whatHappened: whatHappened(body) ?? null,
		...(cardId === undefined ? {} : { cardId }),
		...(amount === undefined ? {} : { amount }),
		...(currency === undefined ? {} : { currency }),
		...(amount === undefined || currency === undefined
			? {}
			: { amountFormatted: formatAmount(amount, currency) }),
		...(transaction === undefined ? {} : { transaction }),
	};
}

/** The transaction wherever it sits: the body's shape for `wallet_transaction` is not documented. */
function findTransaction(body: unknown): IDataObject | undefined {
	return search(body, (record) => record.amount !== undefined && text(record.type) !== undefined);
}

function findCardId(body: unknown, transaction: IDataObject | undefined): string | undefined {
	return (
		text(transaction?.card_id) ??
		text(search(body, (record) => text(record.card_id) !== undefined)?.card_id)
	);
}

/** Breadth first, the usual members before the others. */
function search(body: unknown, fits: (record: IDataObject) => boolean): IDataObject | undefined {
	let level = [body].filter(isRecord);
	for (let depth = 0; depth <= SEARCH_DEPTH && level.length > 0; depth++) {
		const found = level.find(fits);
		if (found) return found;
		level = level
			.flatMap((record) => [...USUAL_KEYS.map((key) => record[key]), ...Object.values(record)])
			.filter(isRecord)
			.slice(0, SEARCH_WIDTH);
	}
	return undefined;
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
