import type { IHookFunctions, ITriggerFunctions, IWebhookFunctions } from 'n8n-workflow';

/** Where to read what Dintero could not deliver: one delivery log. */
export interface DeliveryLog {
	subscriptionId: string;
	/** Deliveries from this moment on are looked at; Dintero's clock, ISO 8601. */
	since: string;
	/** When the subscription was replaced or found missing; not set for the present one. */
	endedAt?: string;
}

/**
 * What the trigger keeps in n8n's static data of its node.
 *
 * n8n stores it after an activation and with every `emit`; what `webhook()` changes is lost when an execution
 * starts, and what the cron changes is lost without an `emit`. Any execution of the workflow that uses static data
 * may write an older copy over it. So nothing here but the secret must be right for the trigger to be right: the
 * subscription is looked up at Dintero each time, and deliveries refused for a lost secret are found in the log.
 */
export interface State {
	/** Instance, workflow and node this was made for; tells a copied workflow from the original. */
	owner: string;
	accountId: string;
	subscriptionId: string;
	url: string;
	secret: string;
	/** The present subscription's log first, then those of subscriptions it replaced. */
	logs: DeliveryLog[];
	/** Deliveries emitted from a log, newest last; at most `HANDLED_LIMIT`. */
	handled: string[];
	/** Where n8n was reached before it moved, until no subscription of ours delivers there any more. */
	formerUrls?: string[];
	/** A subscription we can't remove, in another account, signs with this secret: take a new one when it can be stored. */
	renewSecret?: true;
}

/** Remembers about an hour of failed deliveries of a busy shop; see `LOG_OVERLAP`. */
export const HANDLED_LIMIT = 500;

type Context = IHookFunctions | ITriggerFunctions | IWebhookFunctions;

/** n8n's live object; what is written into it is seen by every function of the same activation. */
export function rawState(context: Context): Partial<State> {
	return context.getWorkflowStaticData('node') as Partial<State>;
}

/** The stored state if it is whole and was made by this very node, else `undefined`. */
export function heldState(context: Context): State | undefined {
	const state = rawState(context);
	const whole =
		isText(state.secret) &&
		isText(state.subscriptionId) &&
		isText(state.url) &&
		isText(state.accountId);
	return whole && state.owner === ownerOf(context) ? (state as State) : undefined;
}

export function ownerOf(context: Context): string {
	return [context.getInstanceId(), context.getWorkflow().id ?? '', context.getNode().id].join(':');
}

export function writeState(context: Context, state: State): void {
	const raw = rawState(context);
	Object.assign(raw, state);
	if (!state.renewSecret) delete raw.renewSecret;
	if (!state.formerUrls) delete raw.formerUrls;
}

export function clearState(context: Context): void {
	const state = rawState(context) as Record<string, unknown>;
	for (const key of Object.keys(state)) delete state[key];
}

function isText(value: unknown): value is string {
	return typeof value === 'string' && value !== '';
}
