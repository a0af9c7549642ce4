import type { IDataObject } from 'n8n-workflow';

import { text, withoutMissing } from '../output';
import { withoutSecret } from '../webhookSubscription/subscription';

/** How a delivery of the log becomes an item. */

/** Whether the receiver took it. Dintero counts 200, and by another text any 2xx, as taken. */
export function wasTaken({ status, details }: IDataObject): boolean {
	const success = (details as IDataObject | undefined)?.delivery_success;
	if (typeof success === 'boolean') return success;
	return Number(status) >= 200 && Number(status) < 300;
}

/** A line of the delivery list. */
export function simpleLine(delivery: IDataObject): IDataObject {
	return withoutMissing({
		deliveryId: text(delivery.id),
		eventDelivery: text(delivery.event_delivery),
		success: wasTaken(delivery),
		status: delivery.status,
		createdAt: text(delivery.created_at),
	});
}

/** One delivery in ten fields. */
export function simpleDelivery(delivery: IDataObject): IDataObject {
	const { request, response, details } = safeDelivery(delivery);
	const headers = ((request as IDataObject | undefined)?.headers ?? {}) as IDataObject;
	return withoutMissing({
		...simpleLine(delivery),
		event: text(headers.event),
		url: text(delivery.url),
		// Dintero does not state the unit; its sample value suggests milliseconds.
		duration: (details as IDataObject | undefined)?.delivery_duration,
		body: (request as IDataObject | undefined)?.body,
		responseBody: text((response as IDataObject | undefined)?.body),
	});
}

/**
 * A delivery without secrets: the body of a ping is the subscription itself and may show its secret, and a delivery
 * may carry an Authorization header.
 */
export function safeDelivery(delivery: IDataObject): IDataObject {
	const request = delivery.request as IDataObject | undefined;
	if (!request) return delivery;
	const { body } = request;
	const headers = Object.fromEntries(
		Object.entries((request.headers ?? {}) as IDataObject).map(([name, value]) => [
			name,
			/^authorization$/i.test(name) ? '***' : value,
		]),
	);
	const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
	return {
		...delivery,
		request: { ...request, headers, body: isObject ? withoutSecret(body as IDataObject) : body },
	};
}
