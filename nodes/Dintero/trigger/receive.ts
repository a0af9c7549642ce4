import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { deliveryMemory } from './deliveryMemory';
import { identitiesOf, isPing, parseBody, readEvent, toItem, type DinteroEvent } from './events';
import { wants } from './filter';
import { logOf } from './log';
import { RefusalLog } from './refusalLog';
import { whyNotSigned } from './signature';
import { rawState } from './state';

const refusals = new RefusalLog();

/**
 * Answers one delivery. It asks nobody anything, so Dintero has its answer at once, whatever the workflow does.
 *
 * A ping is answered and starts nothing, also a forged one: it could only make us say that we are there. Everything
 * else must be signed.
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const headers = context.getHeaderData() as IDataObject;
	if (isPing(headers)) return answer('pong');

	const rawBody = await bytesOf(context.getRequestObject() as RawRequest);
	const { secret } = rawState(context);
	const problem = whyNotSigned(rawBody, headers['event-signature'], secret);
	if (problem !== undefined || rawBody === undefined)
		return refuse(context, problem, Boolean(secret));

	const body = parseBody(rawBody);
	if (isPing(headers, body)) return answer('pong');

	const event = readEvent(headers, body);
	if (!wants(context, event)) return answer('not asked for');
	if (context.getMode() !== 'manual' && !(await claim(context, event)))
		return answer('received before');
	return { workflowData: [[toItem(event, false)]] };
}

interface RawRequest {
	rawBody?: Buffer;
	contentType?: string;
	readRawBody?: () => Promise<void>;
}

/** n8n has read the bytes of what it can parse, such as JSON, and leaves other types to the node. */
async function bytesOf(request: RawRequest): Promise<Buffer | undefined> {
	if (request.rawBody === undefined && !request.contentType?.startsWith('multipart/')) {
		try {
			await request.readRawBody?.();
		} catch {
			// Cut short, too large or badly packed. Thrown on, n8n would store a failed execution for anybody's request.
		}
	}
	return request.rawBody;
}

/** The names under which a delivery to this node is remembered. */
export function rememberedAs(
	context: Pick<IWebhookFunctions, 'getWorkflow' | 'getNode'>,
	event: DinteroEvent,
): string[] {
	const node = `${context.getWorkflow().id}:${context.getNode().id}`;
	return identitiesOf(event).map((identity) => `${node}:${identity}`);
}

async function claim(context: IWebhookFunctions, event: DinteroEvent): Promise<boolean> {
	const settle = await deliveryMemory.claim(rememberedAs(context, event));
	if (settle === undefined) return false;
	// Taken only when n8n says so to Dintero: if it can't start the workflow, the retry must be let in.
	const response = context.getResponseObject();
	response.once('close', () => settle(response.writableFinished && response.statusCode < 300));
	return true;
}

function answer(message: string): IWebhookResponseData {
	return { webhookResponse: { message } };
}

/**
 * 401 for a signature that is not right. Without a secret nothing can be judged, which is our fault and not the
 * sender's: 503, because Dintero's documentation says that a 500 is sent again and leaves open what becomes of a 401.
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
