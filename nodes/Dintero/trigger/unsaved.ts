import type { ITriggerFunctions, IWebhookFunctions } from 'n8n-workflow';

import { heldState, ownerOf, writeState, type State } from './state';

/**
 * State that this process has changed and n8n has not stored, by trigger. n8n does not store what a cron changes, but
 * it does store what a webhook call changes when that call starts no execution. So the trigger asks Dintero for a
 * ping, and the call writes the state. If the ping reaches another process, the state is lost at the next restart,
 * like everything in memory.
 */
const unsaved = new Map<string, State>();

/** Remembers the whole state until a webhook call can store it. */
export function markUnsaved(context: ITriggerFunctions, state: State): void {
	unsaved.set(ownerOf(context), plainCopy(state));
}

/** Forgets the pending state, because n8n is about to store the current one. */
export function markSaved(context: ITriggerFunctions): void {
	unsaved.delete(ownerOf(context));
}

/** Whether a state is still waiting to be stored. */
export function hasUnsaved(context: ITriggerFunctions): boolean {
	return unsaved.has(ownerOf(context));
}

/** Writes the pending state into the static data that n8n stores after this call. */
export function writeUnsaved(context: IWebhookFunctions): void {
	if (context.getMode() === 'manual') return;
	const state = unsaved.get(ownerOf(context));
	// The workflow was published again meanwhile, with another secret: this state is obsolete.
	if (state === undefined || heldState(context)?.secret !== state.secret) return;
	unsaved.delete(ownerOf(context));
	writeState(context, state);
}

/** Clears everything, as a restart would; for tests. */
export function forgetUnsaved(): void {
	unsaved.clear();
}

/** A copy as plain data, because the live object is n8n's proxy. */
function plainCopy(state: State): State {
	return JSON.parse(JSON.stringify(state)) as State;
}
