/** Holds what a workflow saw against the sandbox's books. Pure, so that it can be tried with every kind of wrong. */

/** One execution of the workflow that the trigger started. */
export interface Start {
	executionId: string;
	/** `undefined` when n8n no longer tells what the execution began with. */
	transactionId: string | undefined;
	deliveryId: string | undefined;
	/** The process and its life that fetched it from a log; `undefined` when Dintero delivered it. */
	replayedBy: string | undefined;
	status: string;
	/** Whether it got past n8n's *Remove Duplicates* node. */
	passed?: boolean;
}

/** One answer of an n8n process to a delivery. */
export interface Answer {
	delivery: string;
	/** Process and life, for example `webhook-1 2`. */
	by: string;
	status: number | undefined;
	answer: string;
}

export interface Facts {
	/** IDs of all transactions from the workflow's start to the hourly look. */
	transactions: string[];
	/** The one after it. */
	proof?: string;
	/** Every try of a delivery in Dintero's logs: of which transaction, and under which event-delivery ID. */
	tries: Array<{ transactionId: string; delivery: string }>;
	answers: Answer[];
	starts: Start[];
	/** Transactions that the hourly look found in the cards. */
	found: string[];
	/** IDs of transactions that exist only in forged deliveries. */
	forged: string[];
}

export const CAUSES = {
	died: 'n8n died after it took the event and before Dintero had its answer',
	stopped: 'n8n, about to end, began the execution and answered Dintero with an error',
	restarted: 'a copy came after a restart, which forgets what was taken',
	twoProcesses: 'two copies came to two webhook processes, which each have a memory of their own',
	replayed: 'replayed by the main process while a copy of the delivery got through to another',
} as const;

export interface Findings {
	transactions: number;
	starts: number;
	/** Transactions that started the workflow by their event. */
	seenByEvent: number;
	/** Of these, those that were only seen because they were fetched from a log. */
	seenByReplayOnly: number;
	/** In no delivery log: there was no subscription, or it went while the event was still queued. */
	inNoLog: number;
	/** Of these, those that the hourly look found. */
	foundByLookOnly: number;
	/** Executions that n8n began and did not end: it shows them as crashed, and the hourly look has their events. */
	interrupted: number;
	/** Executions more than one per transaction, by cause. */
	duplicates: Record<string, number>;
	/** Second starts that n8n's *Remove Duplicates* node let through. */
	secondPastRemoveDuplicates: number;
	/** Transactions of which no execution got past it: the one that was let through was cut short. */
	nonePastRemoveDuplicates: number;
	/** Everything that must not be. */
	problems: string[];
}

export function audit(facts: Facts): Findings {
	const { proof } = facts;
	const wanted = [...facts.transactions, ...(proof === undefined ? [] : [proof])];
	const real = new Set(wanted);
	const forged = new Set(facts.forged);
	const logged = new Set(facts.tries.map(({ transactionId }) => transactionId));
	const found = new Set(facts.found);
	const byTransaction = new Map<string | undefined, Start[]>();
	for (const start of facts.starts) {
		const { transactionId } = start;
		byTransaction.set(transactionId, [...(byTransaction.get(transactionId) ?? []), start]);
	}
	const problems: string[] = [];
	const duplicates: Record<string, number> = {};

	for (const [id, starts] of byTransaction) {
		const of = `${starts.length} executions (${starts.map(({ executionId }) => executionId)})`;
		if (id === undefined) problems.push(`${of} do not tell which event they had`);
		else if (forged.has(id)) problems.push(`forged ${id} started the workflow: ${of}`);
		else if (!real.has(id)) problems.push(`${id} is not in the books: ${of}`);
		else if (starts.length > 1) explain(id, starts, facts, duplicates, problems);
	}
	for (const id of found)
		if (!real.has(id)) problems.push(`${id}: found by the look, not in the books`);
	if (found.size < facts.found.length) problems.push('the look found a transaction twice');

	const passes = [...byTransaction]
		.filter(([id]) => id !== undefined && real.has(id))
		.map(([, starts]) => starts.filter(({ passed }) => passed === true).length);
	let byReplayOnly = 0;
	let byLookOnly = 0;
	for (const id of wanted) {
		const starts = byTransaction.get(id) ?? [];
		if (id !== proof && !found.has(id)) problems.push(`${id} was not found by the look`);
		if (starts.length > 0) byReplayOnly += Number(starts.every(({ replayedBy }) => replayedBy));
		// The trigger must find every event in a log, even if the hourly check found it too.
		else if (logged.has(id))
			problems.push(`${id} stands in a delivery log, and the trigger lost it`);
		else if (found.has(id)) byLookOnly++;
	}
	return {
		transactions: real.size,
		starts: facts.starts.length,
		seenByEvent: [...byTransaction.keys()].filter((id) => id !== undefined && real.has(id)).length,
		seenByReplayOnly: byReplayOnly,
		inNoLog: wanted.filter((id) => !logged.has(id)).length,
		foundByLookOnly: byLookOnly,
		interrupted: facts.starts.filter(({ status }) => status !== 'success').length,
		duplicates,
		secondPastRemoveDuplicates: passes.reduce((sum, times) => sum + Math.max(0, times - 1), 0),
		nonePastRemoveDuplicates: passes.filter((times) => times === 0).length,
		problems,
	};
}

/** Why a transaction started the workflow more than once; a start without a reason is a problem. */
function explain(
	id: string,
	starts: Start[],
	{ tries, answers }: Facts,
	duplicates: Record<string, number>,
	problems: string[],
): void {
	const deliveries = new Set(
		tries.filter(({ transactionId }) => transactionId === id).map(({ delivery }) => delivery),
	);
	const given = answers.filter(({ delivery }) => deliveries.has(delivery));
	const accepted = given
		.filter(({ status, answer }) => status === 200 && !/received before/.test(answer))
		.map(({ by }) => by);
	const silent = given.filter(({ status }) => status === undefined).length;
	const replayers = starts.map(({ replayedBy }) => replayedBy).filter((by) => by !== undefined);
	const unanswered = starts.length - replayers.length - accepted.length;
	const takers = [...accepted, ...replayers];
	// Whoever took the event afterwards in the same life was not about to end.
	const failed = given.filter(({ status, by }) => status === 500 && !takers.includes(by)).length;
	const wrong = (why: string) =>
		problems.push(
			`${id} started ${starts.length} executions, ${why}; taken by ${takers.join(', ')}`,
		);

	const lives = [...new Set(takers)];
	if (lives.length < takers.length) return void wrong('two of them in one life of one process');
	const processes = new Set(lives.map((life) => life.replace(/ \d+$/, '')));
	// Of all that took it one is the first, who needs no excuse.
	const excused: Array<[cause: string, most: number]> = [
		[CAUSES.died, Math.min(Math.max(0, unanswered), silent)],
		[CAUSES.stopped, Math.min(Math.max(0, unanswered - silent), failed)],
		[CAUSES.replayed, processes.size > 1 && replayers.length > 0 ? 1 : 0],
		[CAUSES.restarted, lives.length - processes.size],
		[CAUSES.twoProcesses, Math.max(0, processes.size - 1)],
	];
	let left = starts.length - 1;
	for (const [cause, most] of excused) {
		const times = Math.min(left, most);
		if (times > 0) duplicates[cause] = (duplicates[cause] ?? 0) + times;
		left -= times;
	}
	if (left > 0) wrong(`${left} of them without a cause`);
}
