import {
	sleep,
	type INodeExecutionData,
	type IRun,
	type ITriggerFunctions,
	type ITriggerResponse,
} from 'n8n-workflow';

import { openDintero } from '../transport/client';
import { operationError } from '../transport/operationError';
import { logOf } from './log';
import { ensure, wantedOf, warnOfOtherAccount } from './registration';
import { replayMissed, type Replayer } from './replay';
import { heldState, writeState } from './state';
import { messageOf, survey } from './subscription';

/**
 * Pauses before the first look and its repetitions, in milliseconds: `checkExists` and `create` run beside `trigger`
 * and may not have ended, and after a power cut n8n is often back before the network. Then it is left to the cron.
 */
const FIRST_LOOKS = [5000, 10_000, 20_000, 40_000, 80_000, 160_000];

/** The first whose `registerCron` takes an object (n8n PR 18005). */
const OLDEST_N8N = '1.105.4';

/** An execution started by a replay is waited for this long before the next one starts. */
const LONGEST_EXECUTION = 5000;

/**
 * Keeps the subscription alive while the workflow is active: soon after each start of n8n and every ten minutes it
 * looks whether the subscription is still there, and what Dintero could not deliver.
 *
 * Never throws for a reason outside n8n and asks nobody anything before it returns: n8n would give the trigger up.
 * @throws NodeOperationError in an n8n that is too old
 */
export function keepAlive(context: ITriggerFunctions): ITriggerResponse {
	let closed = false;
	let looking = false;
	const warned = new Set<string>();
	const log = logOf(context);
	const replayer: Replayer = {
		emit: async (item, key) => await emitAndWait(context, item, key),
		warnOnce: (message) => {
			if (!warned.has(message)) log.warn(message);
			warned.add(message);
		},
		stopped: () => closed,
	};
	/** @returns whether all is well */
	const look = async (): Promise<boolean> => {
		if (closed || looking) return false;
		looking = true;
		try {
			return await maintain(context, replayer);
		} catch (error) {
			log.warn(
				`could not look after the subscription; trying again within 10 minutes (${messageOf(error)})`,
			);
			return false;
		} finally {
			looking = false;
		}
	};
	scheduleEveryTenMinutes(context, () => void look());
	const firstLook = async (): Promise<void> => {
		for (const pause of FIRST_LOOKS) {
			await sleep(pause);
			if (closed || (await look())) return;
		}
	};
	void firstLook();
	return {
		closeFunction: async () => {
			closed = true;
		},
	};
}

/**
 * One look: leaves one right subscription, then replays what did not get through.
 * @returns false when there is nothing to look after: publishing failed, has not finished, or was undone
 * @throws NodeApiError when Dintero stopped answering
 */
export async function maintain(context: ITriggerFunctions, replayer: Replayer): Promise<boolean> {
	const held = heldState(context);
	if (!held) return false;
	const dintero = await openDintero(context);
	const otherAccount = held.accountId !== dintero.accountId;
	if (otherAccount) warnOfOtherAccount(logOf(context), held);
	// Always with the stored secret: a new one would not be stored, as n8n does not keep what a cron writes.
	const wanted = wantedOf(context, held);
	if (otherAccount) delete wanted.id;
	const base = otherAccount ? { ...held, logs: [], renewSecret: true as const } : held;
	const found = await survey(dintero, wanted);
	const state = await ensure(context, dintero, wanted, base, found, replayer.stopped);
	if (!state) return false;
	writeState(context, state);
	const live = heldState(context);
	if (!live) return false;
	await replayMissed(context, dintero, live, replayer);
	return true;
}

async function emitAndWait(
	context: ITriggerFunctions,
	item: INodeExecutionData,
	deduplicationKey: string | undefined,
): Promise<void> {
	const done = context.helpers.createDeferredPromise<IRun>();
	context.emit([[item]], undefined, done, deduplicationKey);
	const ended = done.promise.then(
		() => {},
		() => {},
	);
	await Promise.race([ended, sleep(LONGEST_EXECUTION)]);
}

/** At a second of its own, so that many workflows do not ask at the same moment. */
function scheduleEveryTenMinutes(context: ITriggerFunctions, onTick: () => void): void {
	const second = [...`${context.getWorkflow().id}${context.getNode().id}`].reduce(
		(sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 60,
		0,
	);
	try {
		context.helpers.registerCron({ expression: `${second} */10 * * * *` }, onTick);
	} catch {
		throw operationError(
			context.getNode(),
			'This n8n is too old for the Dintero Trigger',
			`It needs n8n ${OLDEST_N8N} or newer.`,
		);
	}
}
