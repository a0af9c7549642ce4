import {
	sleep,
	type INodeExecutionData,
	type IRun,
	type ITriggerFunctions,
	type ITriggerResponse,
} from 'n8n-workflow';

import { attempt } from '../transport/attempt';
import { openDintero, segment } from '../transport/client';
import { failureOf } from '../transport/failure';
import { operationError } from '../transport/operationError';
import { logOf } from './log';
import { ensure, isRegistering, wantedOf, warnOfOtherAccount } from './registration';
import { replayMissed, type Replayer, type Start } from './replay';
import { heldState, mergeProgress, writeState, type State } from './state';
import { messageOf, survey } from './subscription';
import { hasUnsaved, markSaved, markUnsaved } from './unsaved';

/**
 * Pauses before the first check and its repetitions, in milliseconds. `checkExists` and `create` run alongside
 * `trigger` and may not have finished, and after a power cut n8n is often up before the network. After the last one
 * the cron takes over.
 */
const FIRST_CHECK_DELAYS = [5000, 10_000, 20_000, 40_000, 80_000, 160_000];

/** The first n8n version whose `registerCron` takes an object (n8n PR 18005). */
const OLDEST_N8N = '1.105.4';

/** How long to wait before replaying again what n8n could not store, in milliseconds. */
const REPLAY_RETRY_DELAY = 20_000;

/** How long to wait for n8n to confirm a replayed event before starting the next one, in milliseconds. */
const MAX_CONFIRM_WAIT = 5000;

/** How often the watchdog checks for progress, in milliseconds. */
const WATCH_INTERVAL = 5000;

/** A check or a replay without progress is abandoned after this many intervals: 5 minutes. */
const MAX_IDLE_INTERVALS = 60;

/** Every sixth check, once an hour, the log is read a day back, for lines that appeared late. */
const DEEP_CHECK_EVERY = 6;

/**
 * How far the log's progress may run ahead of what n8n has stored, in milliseconds: after a restart everything since
 * the stored position is read again.
 */
const MAX_UNSAVED = 12 * 60 * 60_000;

/** The state of one check or replay. */
interface Task {
	/** It has finished or was abandoned. */
	over: boolean;
	/** Grows with each sign of progress. */
	progress: number;
}

/**
 * Keeps the subscription alive while the workflow is active: soon after each start of n8n and every ten minutes it
 * checks that the subscription still exists, and replays what Dintero could not deliver. The two run separately, so
 * that a long replay doesn't delay the check.
 *
 * Does not throw for a cause outside n8n and sends nothing before it returns: n8n would deactivate the trigger.
 * @throws NodeOperationError in an n8n that is too old
 */
export function keepAlive(context: ITriggerFunctions): ITriggerResponse {
	let closed = false;
	const log = logOf(context);
	/**
	 * Wraps `work` so that only one call runs at a time.
	 * @returns true when it succeeded; false when it failed or the previous call is still running
	 */
	const single = (
		what: string,
		work: (task: Task) => Promise<boolean>,
	): (() => Promise<boolean>) => {
		let running = false;
		return async () => {
			if (closed || running) return false;
			running = true;
			const task: Task = { over: false, progress: 0 };
			try {
				return await withWatchdog(work(task), task);
			} catch (error) {
				if (!closed)
					log.warn(`could not ${what}; retrying within 10 minutes (${messageOf(error)})`);
				return false;
			} finally {
				task.over = true;
				running = false;
			}
		};
	};
	/** Dintero did not answer the last check, so reading its log would fail too. */
	let unreachable = false;
	const checkSubscription = single('maintain the subscription', async (task) => {
		unreachable = false;
		const { answer, problem } = await attempt(maintain(context, () => closed || task.over));
		const outcome = failureOf(problem ?? {})?.outcome;
		unreachable = outcome === 'notSent' || outcome === 'unknown';
		if (problem !== undefined) throw problem;
		return answer!;
	});
	let scheduled = false;
	/** Replays again what n8n could not store, without waiting for the cron. */
	const again = async (): Promise<void> => {
		if (scheduled) return;
		scheduled = true;
		await sleep(REPLAY_RETRY_DELAY);
		scheduled = false;
		await replay();
	};
	const replayer = new Replays(
		context,
		() => closed,
		() => void again(),
	);
	const replay = single('replay failed deliveries', async (task) => await replayer.check(task));
	const check = async (): Promise<boolean> => {
		const subscriptionOk = await checkSubscription();
		return !unreachable && (await replay()) && subscriptionOk;
	};
	scheduleEveryTenMinutes(context, () => void check());
	const firstChecks = async (): Promise<void> => {
		for (const pause of FIRST_CHECK_DELAYS) {
			await sleep(pause);
			while (!closed && isRegistering(context)) await sleep(1000);
			if (closed || (await check())) return;
		}
	};
	void firstChecks();
	return {
		closeFunction: async () => {
			closed = true;
		},
	};
}

/** @throws Error when there was no progress for 5 minutes, whatever it is waiting for */
async function withWatchdog<T>(work: Promise<T>, task: Task): Promise<T> {
	let finished = false;
	const result = work.finally(() => (finished = true));
	const watch = async (): Promise<never> => {
		let { progress } = task;
		for (let idle = 0; idle < MAX_IDLE_INTERVALS && !finished; idle++) {
			await sleep(WATCH_INTERVAL);
			if (task.progress !== progress) idle = 0;
			({ progress } = task);
		}
		if (finished) return await new Promise<never>(() => {});
		throw new Error(`no progress for ${(MAX_IDLE_INTERVALS * WATCH_INTERVAL) / 60_000} minutes`);
	};
	return await Promise.race([result, watch()]);
}

/**
 * Leaves exactly one correct subscription at Dintero.
 * @returns false when there is nothing to maintain: publishing failed, has not finished, or was undone
 * @throws NodeApiError when Dintero stopped answering
 */
export async function maintain(
	context: ITriggerFunctions,
	stopped: () => boolean,
): Promise<boolean> {
	const held = heldState(context);
	if (!held || isRegistering(context)) return false;
	const { subscriptionId } = held;
	const dintero = await openDintero(context);
	const otherAccount = held.accountId !== dintero.accountId;
	if (otherAccount) warnOfOtherAccount(logOf(context), held);
	// Always use the stored secret: a new one would be lost, because n8n does not save what a cron changes.
	const wanted = wantedOf(context, held);
	if (otherAccount) delete wanted.id;
	const base = otherAccount ? { ...held, logs: [], renewSecret: true as const } : held;
	const found = await survey(dintero, wanted);
	const state = await ensure(context, dintero, wanted, base, found, stopped);
	const live = heldState(context);
	if (!state || !live || stopped()) return false;
	writeState(context, mergeProgress(state, live));
	if (state.subscriptionId !== subscriptionId) markUnsaved(context, heldState(context)!);
	return true;
}

/** Runs the replays of one trigger. */
class Replays implements Replayer {
	private task: Task = { over: true, progress: 0 };
	private checks = 0;
	private readonly warned = new Set<string>();
	/** The replay progress that n8n has stored. */
	private saved?: { handled: number; newest: number };
	/** A ping was requested, so that n8n stores the unsaved state. */
	private pingRequested = false;

	constructor(
		private readonly context: ITriggerFunctions,
		private readonly closed: () => boolean,
		readonly refusedLate: () => void,
	) {}

	/** @throws NodeApiError when Dintero stopped answering, Error when n8n can't start the workflow */
	async check(task: Task): Promise<boolean> {
		this.task = task;
		const state = heldState(this.context);
		if (!state || isRegistering(this.context)) return false;
		this.saved ??= progressOf(state);
		const dintero = await openDintero(this.context);
		// Another account's log can't be read; `maintain` logs a warning.
		if (dintero.accountId !== state.accountId) return false;
		const deep = this.checks++ % DEEP_CHECK_EVERY === 0;
		const { problem } = await attempt(replayMissed(this.context, dintero, state, this, deep));
		if (task.over || this.closed()) return false;
		const live = heldState(this.context);
		if (live) {
			const { handled, newest } = progressOf(live);
			if (handled !== this.saved.handled || newest > this.saved.newest + MAX_UNSAVED) {
				this.saved = { handled, newest };
				this.pingRequested = false;
				markUnsaved(this.context, live);
			}
			if (!hasUnsaved(this.context)) this.pingRequested = false;
			else if (!this.pingRequested) {
				this.pingRequested = true;
				const id = segment(live.subscriptionId);
				// n8n stores the state when it answers this ping; see `unsaved.ts`. A failure does no harm.
				await attempt(dintero.post(`hooks/subscriptions/${id}/ping`, undefined, 'safe'));
			}
		}
		if (problem !== undefined) throw problem;
		return true;
	}

	async emit(item: INodeExecutionData, deduplicationKey: string | undefined): Promise<Start> {
		const done = this.context.helpers.createDeferredPromise<IRun>();
		const taken = done.promise.then(() => true, wasStored);
		this.context.emit([[item]], undefined, done, deduplicationKey);
		const state = heldState(this.context);
		if (state) this.saved = progressOf(state);
		markSaved(this.context);
		this.task.progress++;
		const first = await Promise.race([taken, sleep(MAX_CONFIRM_WAIT).then(() => undefined)]);
		return first === undefined ? { later: taken } : { taken: first };
	}

	warnOnce(message: string): void {
		if (!this.warned.has(message)) logOf(this.context).warn(message);
		this.warned.add(message);
	}

	stopped(): boolean {
		this.task.progress++;
		return this.closed() || this.task.over;
	}
}

function progressOf({ handled, logs }: State): { handled: number; newest: number } {
	const [present] = logs;
	const newest = Date.parse(present?.newest?.at ?? present?.since ?? '');
	return { handled: handled.length, newest: Number.isNaN(newest) ? 0 : newest };
}

/** n8n rejects the promise when it could not store an execution, and also when a stored one was canceled. */
function wasStored(error: unknown): boolean {
	return /Cancell?ed|ExecutionNotFound/.test((error as Error | undefined)?.constructor?.name ?? '');
}

/**
 * Each workflow gets its own second of the minute, so that many workflows don't send their requests at the same
 * moment.
 */
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
