import type { IHookFunctions, ITriggerFunctions, IWebhookFunctions } from 'n8n-workflow';

/** One subscription's delivery log, where failed deliveries are found. Times are Dintero's, ISO 8601. */
export interface DeliveryLog {
	subscriptionId: string;
	/** Deliveries before this time are not replayed. */
	since: string;
	/** The newest line when the log was last read to its end and all failed deliveries were handled. */
	newest?: { id: string; at: string };
	/** When the subscription was replaced or found missing, by n8n's clock; missing for the present one. */
	endedAt?: string;
}

/**
 * What the trigger keeps in its node's static data.
 *
 * n8n stores static data after an activation, with every `emit`, and after a webhook call that starts no execution
 * (see `unsaved.ts`). Changes by `webhook()` are lost when an execution starts, and changes by the cron are lost
 * without an `emit`. Any execution of the workflow that uses static data may write an older copy over it. So the
 * trigger must work with an outdated state: the subscription is looked up at Dintero each time, and deliveries
 * refused for a lost secret are found in the log.
 */
export interface State {
	/** The instance, workflow and node this was created for; distinguishes a copied workflow from the original. */
	owner: string;
	accountId: string;
	subscriptionId: string;
	url: string;
	secret: string;
	/** The present subscription's log first, then the logs of those it replaced. */
	logs: DeliveryLog[];
	/** Failed deliveries that n8n has accepted, in the stored form of `Handled`. */
	handled: string[];
	/** n8n's earlier webhook URLs, until no subscription of ours delivers there. */
	formerUrls?: string[];
	/**
	 * A subscription in another account still signs with this secret and can't be removed: create a new secret as soon
	 * as it can be stored.
	 */
	renewSecret?: true;
}

type Context = IHookFunctions | ITriggerFunctions | IWebhookFunctions;

/** n8n's live object: every function of the same activation sees changes to it. */
export function rawState(context: Context): Partial<State> {
	return context.getWorkflowStaticData('node') as Partial<State>;
}

/** The stored state if it is complete and was created by this node, otherwise `undefined`. */
export function heldState(context: Context): State | undefined {
	const state = rawState(context);
	const complete =
		isNonEmptyText(state.secret) &&
		isNonEmptyText(state.subscriptionId) &&
		isNonEmptyText(state.url) &&
		isNonEmptyText(state.accountId) &&
		Array.isArray(state.logs) &&
		Array.isArray(state.handled);
	return complete && state.owner === ownerOf(context) ? (state as State) : undefined;
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

/** Merges the progress that a replay made in the meantime: the newest line of each log and the handled deliveries. */
export function mergeProgress(state: State, live: Pick<State, 'logs' | 'handled'>): State {
	return {
		...state,
		handled: live.handled,
		logs: state.logs.map((log) => {
			const { newest } =
				live.logs.find(({ subscriptionId }) => subscriptionId === log.subscriptionId) ?? {};
			return newest === undefined ? log : { ...log, newest };
		}),
	};
}

function isNonEmptyText(value: unknown): value is string {
	return typeof value === 'string' && value !== '';
}
