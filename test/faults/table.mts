/**
 * Every writing operation × every request of it × every fault × every kind of identity, held against the sandbox's
 * books. Generated: nothing here names a request or says what must come of a single case.
 */
import type { IDataObject } from 'n8n-workflow';

import { seededRandom } from '../../sandbox/random.mts';
import type { FaultRule } from '../../sandbox/sandbox.mts';
import { clientFor, getToken } from '../sandbox/client.mts';
import { openHarness, type Harness } from '../support/harness.mts';
import { fastTime, wait } from '../support/time.mts';
import { JOBS, type Bench, type Job, type Ready } from './jobs.mts';

/** What may happen to a request. */
export const FAULTS: Record<string, Omit<FaultRule, 'when'>> = {
	'cut before': { kind: 'cut-before' },
	'cut after': { kind: 'cut-after' },
	'cut in the answer': { kind: 'cut-in-answer' },
	'400': { kind: 'error-before', status: 400 },
	'403': { kind: 'error-before', status: 403 },
	'500 before': { kind: 'error-before', status: 500 },
	'500 after': { kind: 'error-after', status: 500 },
	'504, done late': { kind: 'late', status: 504, delayMs: 150 },
	'429': { kind: 'rate-limit', retryAfter: 0 },
	'empty 200, nothing done': { kind: 'answer-before', answer: {} },
	'empty 200, done': { kind: 'answer-after', answer: {} },
	'204, done': { kind: 'answer-after', status: 204 },
	'an error in a 200': { kind: 'answer-before', answer: { error: { message: 'Something' } } },
	'another record in a 200': {
		kind: 'answer-before',
		answer: {
			id: '9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11',
			card_id: 'another',
			ref_id: 'another',
			amount: 100,
			currency: 'NOK',
			status: 'unused',
		},
	},
	'no JSON': { kind: 'not-json' },
};

/** Whose the request is. */
export const IDENTITIES = [
	/** The user gave an ID; then the same is asked for once more. */
	'given',
	/** No ID of its own, and n8n's Retry On Fail. */
	'derived',
	/** No ID of its own; then another execution continues this one. */
	'continued',
	/** The call belongs to no execution. */
	'none',
] as const;
export type Identity = (typeof IDENTITIES)[number];

export interface Case {
	job: string;
	identity: Identity;
	/** Which request of the run suffers which fault; the first request is 1. */
	faults: Array<[request: number, fault: string]>;
	/** Also signs in, which is a request too. */
	signsIn?: boolean;
}

/** Pauses are so many times shorter. */
const FASTER = 200;
/** How long a late request may still be under way, in real milliseconds. */
const LATE = 250;

/** Says something was not done. */
const DENIES = /nothing was (?:sent|moved|issued|done)|no further request was sent/i;

export class Table {
	private harness!: Harness;
	private bench!: Bench;
	private realTime: () => void = () => {};
	private serial = 0;
	private credential?: { id: string; name: string };

	async open(): Promise<void> {
		this.harness = await openHarness();
		const { sandbox } = this.harness;
		const { data } = await getToken(sandbox.apiUrl, sandbox.account);
		const api = clientFor(sandbox.apiUrl, sandbox.account, data.access_token as string);
		this.bench = { sandbox, api };
		this.realTime = fastTime(FASTER, 60_000);
	}

	async close(): Promise<void> {
		this.realTime();
		await this.harness.close();
	}

	/** How many requests a run without a fault has. */
	async requestsOf(job: Job, identity: Identity, faults: Case['faults'] = []): Promise<number> {
		const { sandbox } = this.harness;
		sandbox.resetLog();
		await this.play({ job: job.name, identity, faults }, job);
		return this.firstRun;
	}
	/** Requests of the first run of the last case. */
	private firstRun = 0;
	/** How the first runs of all cases ended. */
	readonly ended = { done: 0, failed: 0, refused: 0 };

	/** Plays a case. @returns what is wrong with how it ended; nothing, if all is well */
	async play(one: Case, job = JOBS.find(({ name }) => name === one.job)!): Promise<string[]> {
		const { sandbox } = this.harness;
		const ready = await job.ready(this.bench, `c${++this.serial}`);
		const own = one.identity === 'given' || (one.identity === 'none' && !job.takesId);
		const needsId = job.takesId && job.needsNoId !== true;
		if (one.signsIn || !this.credential) this.credential = this.harness.signIn();
		sandbox.faults.clear();
		sandbox.resetLog();
		for (const [number, fault] of one.faults) {
			let mine = 0;
			sandbox.faults.add({ ...FAULTS[fault], name: fault, when: () => ++mine === number });
		}
		const first = await this.run(ready, own, {
			...(one.identity === 'none' ? { executionId: '' } : {}),
			retry: one.identity === 'derived',
		});
		this.firstRun = sandbox.requests.length;
		await this.settled(one);
		const problems = this.judge(first, ready);
		this.ended[first.error === undefined ? 'done' : this.firstRun === 0 ? 'refused' : 'failed']++;
		if (one.identity === 'none' && needsId && (first.done > 0 || !first.error))
			problems.push('a call without an execution and without an ID was carried out');
		sandbox.faults.clear();

		if (one.identity === 'given' && job.takesId) {
			await this.run(ready, own, {});
			if (ready.done() > 1) problems.push(`asked for again, it was done ${ready.done()} times`);
			if (ready.done() < 1) problems.push('asked for again, it was not done');
			problems.push(...(ready.problems?.(first.outputs) ?? []));
		}
		if (one.identity === 'continued' && job.continues) {
			const next = await this.run(ready, own, { resume: first.executionId });
			if (next.error && !/the node found no card/.test(next.error))
				problems.push(`continued, it ended with: ${next.error}`);
			if (!next.error && ready.done() !== 1)
				problems.push(`continued, it was done ${ready.done()} times`);
			if (!next.error) problems.push(...(ready.problems?.(next.outputs) ?? []));
		}
		if (job.needsNoId && one.identity !== 'given') {
			await this.run(ready, own, {});
			if (ready.done() !== 1)
				problems.push(`run again by anybody, it was done ${ready.done()} times`);
		}
		for (const { problems: broken } of sandbox.violations as unknown as Array<{
			problems: unknown;
		}>)
			problems.push(`the contract was broken: ${JSON.stringify(broken)}`);
		return problems;
	}

	/** Messages must be true, and returned codes must work. */
	private judge(first: Outcome, ready: Ready): string[] {
		const problems: string[] = [];
		const { error, outputs } = first;
		first.done = ready.done();
		if (!(first.done <= 1)) problems.push(`done ${first.done} times`);
		if (error === undefined && first.done !== 1)
			problems.push(`said to be done, and done ${first.done} times`);
		if (error !== undefined && first.done > 0 && DENIES.test(error))
			problems.push(`done, and told: ${error}`);
		// An item that failed beside others is an error item.
		const good = outputs.filter((output) => !('error' in output));
		problems.push(...(ready.problems?.(good) ?? []));
		return problems;
	}

	private async run(
		ready: Ready,
		own: boolean,
		how: { executionId?: string; retry?: boolean; resume?: string },
	): Promise<Outcome> {
		const parameters = ready.parameters(own) as IDataObject;
		const run = await this.harness.run(
			{
				...parameters,
				...(how.resume ? { options: { resumeExecutionId: how.resume } } : {}),
			} as never,
			ready.items,
			{
				...(how.executionId === undefined ? {} : { executionId: how.executionId }),
				settings: {
					credentials: { dinteroApi: this.credential! },
					...(how.retry ? { retryOnFail: true, maxTries: 2, waitBetweenTries: 1000 } : {}),
				},
			},
		);
		const failed = run.nodeError('Dintero') as (Error & { description?: string }) | undefined;
		const outputs = run.json<IDataObject>('Dintero');
		const item = outputs.find((output) => 'error' in output);
		const told = failed
			? `${failed.message} | ${failed.description ?? ''}`
			: item && `${String(item.error)} | ${JSON.stringify(item.details)}`;
		return { error: told, outputs: failed ? [] : outputs, executionId: run.executionId, done: 0 };
	}

	private async settled({ faults }: Case): Promise<void> {
		if (faults.some(([, fault]) => FAULTS[fault].kind === 'late')) await wait(LATE);
	}
}

interface Outcome {
	error?: string;
	outputs: IDataObject[];
	executionId: string;
	done: number;
}

/**
 * All cases with one fault: every request of every job × every fault × every identity.
 * @param only one of the faults
 */
export async function* singles(
	table: Table,
	jobs: readonly Job[] = JOBS,
	only?: string,
): AsyncGenerator<Case> {
	const faults = Object.keys(FAULTS).filter((name) => only === undefined || name === only);
	for (const job of jobs)
		for (const identity of IDENTITIES) {
			if (identity === 'continued' && !job.continues) continue;
			const requests = await table.requestsOf(job, identity);
			for (let number = 1; number <= requests; number++)
				for (const fault of faults) yield { job: job.name, identity, faults: [[number, fault]] };
		}
}

/** Cases with two faults, the second one somewhere in what the first one leads to. */
export function* pairs(count: number, seed: number, jobs: readonly Job[] = JOBS): Generator<Case> {
	const random = seededRandom(seed);
	const pick = <T,>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
	const names = Object.keys(FAULTS);
	for (let index = 0; index < count; index++) {
		const job = pick(jobs);
		const first = 1 + Math.floor(random() * (job.requests ?? 3));
		yield {
			job: job.name,
			identity: pick(IDENTITIES.filter((one) => one !== 'continued' || job.continues)),
			faults: [
				[first, pick(names)],
				[first + 1 + Math.floor(random() * 3), pick(names)],
			],
			signsIn: random() < 0.1,
		};
	}
}
