import {
	sleep,
	type IDataObject,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { deliveryMemory } from './deliveryMemory';
import { identitiesOf, isPing, parseBody, readEvent, toItem } from './events';
import { wants } from './filter';
import { logOf, RefusalLog } from './log';
import { whyNotSigned } from './signature';
import { rawState } from './state';
import { writeUnsaved } from './unsaved';

const refusals = new RefusalLog();

/**
 * How long a duplicate delivery waits for the first one to end, in milliseconds: less than the 60 s that Dintero
 * waits for an answer.
 */
const DUPLICATE_WAIT = 20_000;

/** How long n8n may take to store an execution after the sender has disconnected, in milliseconds. */
const MAX_START_TIME = 60 * 60_000;

/** How often to check whether it has, in milliseconds. */
const POLL_INTERVAL = 250;

/**
 * Answers one delivery. Sends no request of its own, so Dintero gets its answer at once, whatever the workflow does.
 *
 * A ping is answered and starts nothing; its signature is not checked, because a forged ping can only learn that we
 * are here. Everything else must be signed.
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const headers = context.getHeaderData() as IDataObject;
	if (isPing(headers)) return answer(context, 'pong');

	const rawBody = await bytesOf(context.getRequestObject() as RawRequest);
	const { secret } = rawState(context);
	const problem = whyNotSigned(rawBody, headers['event-signature'], secret);
	if (problem !== undefined || rawBody === undefined)
		return refuse(context, problem, Boolean(secret));

	const body = parseBody(rawBody);
	if (isPing(headers, body)) return answer(context, 'pong');

	const event = readEvent(headers, body);
	if (!wants(context, event)) return answer(context, 'not asked for');
	if (context.getMode() === 'manual') return { workflowData: [[toItem(event, false)]] };

	const claim = await deliveryMemory.claim(ownerName(context), identitiesOf(event), DUPLICATE_WAIT);
	if (claim === 'taken') return answer(context, 'received before');
	const response = context.getResponseObject();
	if (claim === 'pending') {
		// The first copy may still fail, so don't report success; and don't start the workflow a second time.
		response.status(503).json({ message: 'Being started already' });
		return { noWebhookResponse: true };
	}
	if (response.closed || response.destroyed) {
		// The sender disconnected while this waited. Its retry, or the delivery log, brings the event again.
		claim(false);
		return { noWebhookResponse: true };
	}
	response.once('close', () => void reportOutcome(response, claim));
	return { workflowData: [[toItem(event, false)]] };
}

/**
 * Reports the delivery as accepted only when n8n says so; if n8n can't start the workflow, the retry must be let
 * through. n8n continues after the sender disconnects (at its limit of executions it stores one and answers when its
 * turn comes), so this waits for the answer that n8n would have sent.
 */
async function reportOutcome(
	response: { writableEnded: boolean; statusCode: number },
	settle: (taken: boolean) => void,
): Promise<void> {
	for (let waited = 0; !response.writableEnded && waited < MAX_START_TIME; waited += POLL_INTERVAL)
		await sleep(POLL_INTERVAL);
	settle(response.writableEnded && response.statusCode < 300);
}

interface RawRequest {
	rawBody?: Buffer;
	contentType?: string;
	readRawBody?: () => Promise<void>;
}

/** n8n has already read bodies it can parse, such as JSON, and leaves other types to the node. */
async function bytesOf(request: RawRequest): Promise<Buffer | undefined> {
	if (request.rawBody === undefined && !request.contentType?.startsWith('multipart/')) {
		try {
			await request.readRawBody?.();
		} catch {
			// The body was truncated, too large or badly compressed. If this threw, anybody's request could make n8n store
			// a failed execution.
		}
	}
	return request.rawBody;
}

/** The trigger's key in `deliveryMemory`. */
export function ownerName(context: Pick<IWebhookFunctions, 'getWorkflow' | 'getNode'>): string {
	return `${context.getWorkflow().id}:${context.getNode().id}`;
}

/** n8n stores the static data after a call that starts no execution. */
function answer(context: IWebhookFunctions, message: string): IWebhookResponseData {
	writeUnsaved(context);
	return { webhookResponse: { message } };
}

/**
 * Answers 401 for a wrong signature. Without a secret no signature can be checked, which is our fault, not the
 * sender's, so that answers 503: Dintero documents a retry after a 500 and leaves open what it does after a 401.
 */
function refuse(
	context: IWebhookFunctions,
	reason: string | undefined,
	secretHeld: boolean,
): IWebhookResponseData {
	const { name } = context.getNode();
	refusals.note(`${context.getWorkflow().id}:${name}`, (more) => {
		const repeated = more > 0 ? ` (and ${more} more since the last such line)` : '';
		logOf(context).warn(`refused a delivery: ${reason}${repeated}`);
	});
	context
		.getResponseObject()
		.status(secretHeld ? 401 : 503)
		.json({ message: secretHeld ? 'Signature refused' : 'No secret is stored' });
	return { noWebhookResponse: true };
}
