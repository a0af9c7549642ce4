import type { IHookFunctions, ITriggerFunctions, IWebhookFunctions } from 'n8n-workflow';

import { WALLET_TRANSACTION } from './eventNames';
import { whatHappened, type DinteroEvent } from './events';
import { logOf } from './log';

type Context = IHookFunctions | ITriggerFunctions | IWebhookFunctions;

/** The events to subscribe to, each once. */
export function chosenEvents(context: Context): string[] {
	const events = context.getNodeParameter('events', [WALLET_TRANSACTION]) as string[] | string;
	const names = Array.isArray(events) ? events : String(events).split(',');
	return [...new Set(names.map((name) => String(name).trim()).filter((name) => name !== ''))];
}

/**
 * Whether an event starts the workflow. An event that was not asked for does not (an old subscription may still
 * send it); one whose name or kind can't be told does, because losing it would be worse.
 */
export function wants(context: Context, event: DinteroEvent): boolean {
	if (event.name !== undefined && !chosenEvents(context).includes(event.name)) {
		logOf(context).info(`event '${event.name.slice(0, 60)}' was not asked for`);
		return false;
	}
	if (event.name !== WALLET_TRANSACTION) return true;
	const wanted = context.getNodeParameter('whatHappened', 'any') as string;
	const happened = whatHappened(event.body);
	return wanted === 'any' || happened === undefined || happened === wanted;
}
