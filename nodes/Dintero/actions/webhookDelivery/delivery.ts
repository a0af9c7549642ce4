import type { IDataObject } from 'n8n-workflow';

import { text, withoutMissing } from '../output';

/** Turns webhook deliveries into items, without secrets. */

/** Whether the receiver accepted it. Dintero's documentation says 200 in one place and any 2xx in another. */
export function wasAccepted({ status, details }: IDataObject): boolean {
	const success = (details as IDataObject | undefined)?.delivery_success;
	if (typeof success === 'boolean') return success;
	return Number(status) >= 200 && Number(status) < 300;
}

/** A delivery as the list returns it. */
export function simpleListed(delivery: IDataObject): IDataObject {
	return withoutMissing({
		deliveryId: text(delivery.id),
		eventDelivery: text(delivery.event_delivery),
		success: wasAccepted(delivery),
		status: delivery.status,
		createdAt: text(delivery.created_at),
	});
}

/** One delivery in ten fields. */
export function simpleDelivery(delivery: IDataObject): IDataObject {
	const { request, response, details } = redactedDelivery(delivery);
	const headers = ((request as IDataObject | undefined)?.headers ?? {}) as IDataObject;
	return withoutMissing({
		...simpleListed(delivery),
		event: text(headers.event),
		url: text(delivery.url),
		// Dintero does not state the unit; its sample value suggests milliseconds.
		duration: (details as IDataObject | undefined)?.delivery_duration,
		body: (request as IDataObject | undefined)?.body,
		responseBody: text((response as IDataObject | undefined)?.body),
	});
}

/**
 * Redacts a delivery. The body of a ping is the subscription, which may contain its secret, and a delivery may have an
 * Authorization header.
 */
export function redactedDelivery(delivery: IDataObject): IDataObject {
	const request = delivery.request as IDataObject | undefined;
	const answer = delivery.response as IDataObject | undefined;
	const response = answer ? { response: { ...answer, body: redactedBody(answer.body) } } : {};
	if (!request) return { ...delivery, ...response };
	const { body } = request;
	const headers = Object.fromEntries(
		Object.entries((request.headers ?? {}) as IDataObject).map(([name, value]) => [
			name,
			/^authorization$/i.test(name) ? '***' : value,
		]),
	);
	return { ...delivery, ...response, request: { ...request, headers, body: redactedBody(body) } };
}

/**
 * Redacts a body at any depth. Dintero's log may contain it as an object, as text or as bytes, and a receiver may send
 * back what it got. Text without a secret stays unchanged.
 */
function redactedBody(body: unknown): IDataObject[string] {
	if (typeof body === 'string') {
		if (!/secret/i.test(body)) return body;
		const parsed = parsedOrText(body);
		if (typeof parsed === 'string')
			return parsed === body ? '***' : JSON.stringify(redactedBody(parsed));
		const safe = redactedBody(parsed);
		return JSON.stringify(safe) === JSON.stringify(parsed) ? body : JSON.stringify(safe);
	}
	if (Array.isArray(body)) {
		const entries: unknown[] = body;
		return entries.map(redactedBody) as IDataObject[];
	}
	if (typeof body !== 'object' || body === null) return body as IDataObject[string];
	const { type, data } = body as IDataObject;
	if (type === 'Buffer' && Array.isArray(data))
		return redactedBody(Buffer.from(data as number[]).toString('utf8'));
	return Object.fromEntries(
		Object.entries(body).map(([name, value]: [string, unknown]) => [
			name,
			/secret/i.test(name) ? onlyType(value) : redactedBody(value),
		]),
	);
}

/** A redacted secret: its type only. */
function onlyType(secret: unknown): IDataObject[string] {
	const { type } = (typeof secret === 'object' ? (secret ?? {}) : {}) as IDataObject;
	return typeof type === 'string' ? { type } : '***';
}

/** @returns the text itself when it is no JSON */
function parsedOrText(text: string): unknown {
	try {
		return JSON.parse(text.replace(/^\ufeff/, ''));
	} catch {
		return text;
	}
}
