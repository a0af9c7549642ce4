import type { INodeExecutionData, ITriggerFunctions } from 'n8n-workflow';

import { attempt } from '../transport/attempt';
import type { DinteroClient } from '../transport/client';
import { failureOf } from '../transport/failure';
import {
	advance,
	considerFrom,
	failedIn,
	gapBefore,
	lastOf,
	readDetail,
	readLog,
	readTries,
	type Line,
	type ReadLog,
	type Tries,
} from './deliveryLog';
import { deliveryMemory } from './deliveryMemory';
import { identitiesOf, toItem, type DinteroEvent } from './events';
import { wants } from './filter';
import { Handled, LATEST_LINE } from './handled';
import { logOf } from './log';
import { ownerName } from './receive';
import type { DeliveryLog, State } from './state';
import { messageOf } from './subscription';

/** How long a listed delivery may answer 404, or without its body, before it is skipped with a warning, in milliseconds. */
const MAX_MISSING_TIME = 60 * 60_000;

/** After this many unreadable deliveries in a row, the check stops asking Dintero. */
const MAX_CONSECUTIVE_PROBLEMS = 3;

/** How many delivered lines one check reads to find an event that was delivered under another ID. */
const MAX_SIBLINGS = 100;

/** How to find events that the delivery log no longer has. */
const WAY_OUT =
	"the workflow in examples/reconcile of this package's repository finds them in the cards' transactions";

/** The result of starting a workflow: whether n8n accepted the event, or a promise of that when it takes longer. */
export type Start = { taken: boolean } | { later: Promise<boolean> };

export interface Replayer {
	/** Starts the workflow with one item. Resolves when n8n has confirmed it, or after a time limit. */
	emit(item: INodeExecutionData, deduplicationKey: string | undefined): Promise<Start | void>;
	/** Logs each distinct warning only once while this n8n process runs. */
	warnOnce(message: string): void;
	stopped(): boolean;
	/**
	 * Called when n8n reports, after the time limit, that it could not store a start: check again before the cron does.
	 */
	refusedLate?(): void;
}

/** What a replayer remembers between checks. */
interface Memory {
	/** IDs of deliveries that n8n has not confirmed yet. */
	inProgress: Set<string>;
	/** When a listed delivery first turned out to be unreadable. */
	unreadableSince: Map<string, number>;
	/** Content hashes of delivered lines, by line ID. */
	contents: Map<string, string | undefined>;
	/**
	 * How often n8n failed to start an event. A failed execution may still hold the deduplication key, so each retry
	 * needs a new key; with the same one n8n would reject an event that never ran as a duplicate.
	 */
	refused: Map<string, number>;
}
const memories = new WeakMap<Replayer, Memory>();

/**
 * Starts the workflow with every failed delivery that has not been handled yet, oldest first. An event is handled
 * once n8n has stored its execution. Changes `state`, which n8n stores with each `emit`; that also restores our
 * secret if an execution wrote an older copy over it.
 * @param deep whether to look for lines that appeared up to a day late
 * @throws NodeApiError when Dintero stopped answering, Error when n8n can't start the workflow; the next check
 *   continues
 */
export async function replayMissed(
	context: ITriggerFunctions,
	dintero: DinteroClient,
	state: State,
	replayer: Replayer,
	deep = true,
): Promise<void> {
	const memory = memories.get(replayer) ?? {
		inProgress: new Set(),
		unreadableSince: new Map(),
		contents: new Map(),
		refused: new Map(),
	};
	memories.set(replayer, memory);
	let problem: unknown;
	for (const log of [...state.logs]) {
		const read = await readOrWarn(dintero, log, deep, replayer);
		if (read === undefined) continue;
		await warnOfGap(dintero, log, read, replayer);
		const pass = new Pass(context, dintero, state, replayer, memory, log, read);
		const { open, problem: found } = await pass.run();
		problem ??= found;
		if (replayer.stopped()) return;
		state.logs = state.logs.map((one) =>
			one.subscriptionId === log.subscriptionId ? advance(one, read, open) : one,
		);
	}
	// A line's time may move forward with each retry, so keep more entries than the checks read.
	const oldest = Math.min(...state.logs.map(considerFrom));
	if (Number.isFinite(oldest)) {
		const handled = new Handled(state.handled);
		handled.prune(oldest - LATEST_LINE);
		if (handled.stored().length < state.handled.length) state.handled = handled.stored();
	}
	if (problem !== undefined) throw problem;
}

/** One check of one log. */
class Pass {
	private readonly handled: Handled;
	private siblingsLeft = MAX_SIBLINGS;

	constructor(
		private readonly context: ITriggerFunctions,
		private readonly dintero: DinteroClient,
		private readonly state: State,
		private readonly replayer: Replayer,
		private readonly memory: Memory,
		private readonly log: DeliveryLog,
		private readonly read: ReadLog,
	) {
		this.handled = new Handled(state.handled);
	}

	/** @returns the lines that are not handled yet, and why the first unreadable one could not be read */
	async run(): Promise<{ open: Line[]; problem?: unknown }> {
		const open: Line[] = [];
		let problem: unknown;
		let consecutive = 0;
		for (const tries of failedIn(this.read, this.log)) {
			if (this.replayer.stopped()) break;
			const { deliveryId } = tries[0];
			if (this.handled.has(deliveryId)) continue;
			if (this.memory.inProgress.has(deliveryId)) {
				open.push(tries[0]);
				continue;
			}
			const { answer, problem: found } = await attempt(this.one(tries));
			if (found === undefined) consecutive = 0;
			if (answer === 'done') continue;
			open.push(tries[0]);
			if (found === undefined) continue;
			const status = failureOf(found)?.status;
			const hopeless = failureOf(found) === undefined || status === 401 || status === 403;
			if (hopeless || ++consecutive >= MAX_CONSECUTIVE_PROBLEMS) throw found;
			problem ??= found;
		}
		return { open, problem };
	}

	private async one(tries: Tries): Promise<'done' | 'open'> {
		const { deliveryId, outcome } = lastOf(tries);
		const { answer: detail, problem } = await attempt(readTries(this.dintero, this.log, tries));
		if (detail === undefined) return this.unreadable(tries, problem);
		this.memory.unreadableSince.delete(deliveryId);
		const { delivered, ping, event } = detail;
		if (delivered === undefined && outcome === 'open') return 'open';
		if (delivered === true || ping || event === undefined) return this.done(tries, [deliveryId]);

		const identities = [...new Set([...identitiesOf(event), deliveryId])];
		if (identities.some((identity) => this.handled.has(identity)))
			return this.done(tries, identities);
		if (!wants(this.context, event)) return this.done(tries, identities);
		if (await this.wasDeliveredAs(event, tries)) return this.done(tries, identities);
		const claim = await deliveryMemory.claim(ownerName(this.context), identities, 0);
		if (claim === 'taken') return this.done(tries, identities);
		if (claim === 'pending') return 'open';
		if (this.replayer.stopped()) {
			claim(false);
			return 'open';
		}
		return await this.start(event, tries, identities, claim);
	}

	private async start(
		event: DinteroEvent,
		tries: Tries,
		identities: string[],
		claim: (taken: boolean) => void,
	): Promise<'done' | 'open'> {
		const { deliveryId } = tries[0];
		logOf(this.context).info(`replaying delivery ${event.deliveryId ?? ''}, which failed`);
		// The first identity is the content's hash where there is one: n8n must recognize the event when it comes from
		// another subscription's log too.
		const [identity] = identities;
		const { id } = this.context.getWorkflow();
		const again = this.memory.refused.get(identity) ?? 0;
		const key = [id, this.context.getNode().id, identity, ...(again > 0 ? [again] : [])].join(':');
		const start = (await this.replayer.emit(toItem(event, true), key.slice(-255))) ?? {
			taken: true,
		};
		const refuse = (): void => {
			this.memory.refused.set(identity, again + 1);
			claim(false);
		};
		if ('later' in start) {
			// Settle the claim now: Dintero's own retry must not wait until the workflow ends.
			claim(true);
			this.memory.inProgress.add(deliveryId);
			void start.later.then((taken) => {
				this.memory.inProgress.delete(deliveryId);
				if (taken) return void this.done(tries, identities);
				refuse();
				this.replayer.refusedLate?.();
			});
			return 'open';
		}
		if (start.taken) {
			claim(true);
			return this.done(tries, identities);
		}
		refuse();
		throw new Error(`n8n could not start the workflow with delivery ${deliveryId}`);
	}

	private done(tries: Tries, identities: string[]): 'done' {
		const added = this.handled.add(identities, lastOf(tries).at);
		// The workflow was unpublished in the meantime, so keep nothing.
		if (!Array.isArray(this.state.handled)) return 'done';
		for (const identity of identities) this.memory.refused.delete(identity);
		// Append, because another check may have added entries since this one began.
		this.state.handled = [...this.state.handled, ...added];
		return 'done';
	}

	/**
	 * Dintero's list may show a delivery before its detail is readable. A delivery that stays unreadable is skipped
	 * with a warning.
	 */
	private unreadable(tries: Tries, problem: unknown): 'done' | 'open' {
		const { deliveryId, createdAt } = tries[0];
		const since = this.memory.unreadableSince.get(deliveryId) ?? Date.now();
		this.memory.unreadableSince.set(deliveryId, since);
		const missing = problem === undefined;
		if (Date.now() - since < (missing ? MAX_MISSING_TIME : LATEST_LINE)) {
			if (missing) return 'open';
			throw problem;
		}
		this.memory.unreadableSince.delete(deliveryId);
		this.replayer.warnOnce(
			`delivery ${deliveryId} of ${createdAt} failed, and its entry in Dintero's log can't be read (${missing ? '404 or no body' : messageOf(problem)}), so its event may be missing; ${WAY_OUT}`,
		);
		return this.done(tries, [deliveryId]);
	}

	/**
	 * If each try has its own delivery ID, the successful try can only be recognized by its content. Checked only for a
	 * log in which no delivery has a second line.
	 */
	private async wasDeliveredAs(event: DinteroEvent, tries: Tries): Promise<boolean> {
		const [content, second] = identitiesOf(event);
		const ids = this.read.lines.map(({ deliveryId }) => deliveryId);
		if (second === undefined || new Set(ids).size < ids.length) return false;
		const later = this.read.lines.filter(
			({ outcome, at }) => outcome === 'delivered' && at >= tries[0].at - 1000,
		);
		for (const line of later) {
			if (!this.memory.contents.has(line.id)) {
				if (this.siblingsLeft-- <= 0) return false;
				const { answer } = await attempt(readDetail(this.dintero, this.log, line));
				if (this.memory.contents.size > 10 * MAX_SIBLINGS) this.memory.contents.clear();
				this.memory.contents.set(line.id, answer?.event && identitiesOf(answer.event)[0]);
			}
			if (this.memory.contents.get(line.id) === content) return true;
		}
		return false;
	}
}

/** @returns undefined when the log can't be read; then warns once which events may be missing */
async function readOrWarn(
	dintero: DinteroClient,
	log: DeliveryLog,
	deep: boolean,
	replayer: Replayer,
): Promise<ReadLog | undefined> {
	const { answer, problem } = await attempt(readLog(dintero, log, deep));
	if (problem === undefined) return answer;
	const status = failureOf(problem)?.status;
	if (status !== 401 && status !== 403 && status !== 404) throw problem;
	const which = log.endedAt === undefined ? '' : 'former ';
	replayer.warnOnce(
		`the delivery log of ${which}subscription ${log.subscriptionId} can't be read, so events that failed since ${lastSeen(log)} may be missing; compare with the cards' transactions: ${WAY_OUT} (${messageOf(problem)})`,
	);
	return undefined;
}

async function warnOfGap(
	dintero: DinteroClient,
	log: DeliveryLog,
	read: ReadLog,
	replayer: Replayer,
): Promise<void> {
	const begins = await gapBefore(dintero, log, read);
	if (begins === undefined) return;
	const until = begins === 'empty' ? 'is empty' : `begins at ${begins}`;
	replayer.warnOnce(
		`Dintero's delivery log of subscription ${log.subscriptionId} ${until}, but was last read up to ${lastSeen(log)}: events that failed in between may be missing; ${WAY_OUT}`,
	);
}

function lastSeen({ newest, since }: DeliveryLog): string {
	return newest?.at ?? since;
}
