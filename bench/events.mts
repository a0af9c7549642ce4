/** Measures events: our trigger and n8n's own Webhook node in the same n8n. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SavedWorkflow } from '../demo/n8n-client.mts';
import type { BenchHarness } from './harness.mts';
import { LoadDriver, type Load } from './load.mts';
import { percentile } from './statistics.mts';
import { ourTrigger, webhookNode } from './workflows.mts';

/** The results of one trigger in one round of deliveries. */
export interface Round {
	/** Deliveries answered per second. */
	answered: number;
	/** Executions finished per second, from the first request to the end of the last execution. */
	executed: number;
	/** Response time in milliseconds. */
	p50: number;
	p99: number;
	/** n8n's processor time per event in milliseconds; NaN where the system does not report it. */
	cpu: number;
}

/** `open` accepts every request, `guarded` requires a header, ours requires a signature. */
export const TRIGGERS = ['ours', 'open', 'guarded'] as const;
export type TriggerName = (typeof TRIGGERS)[number];
export type Rounds = Record<TriggerName, Round[]>;
export type Pace = Pick<Load, 'count' | 'connections' | 'perSecond'>;

export interface EventsEnvironment {
	/** Sends the same deliveries to all triggers in turn, every other round in reverse order. */
	rounds(pace: Pace, rounds: number): Promise<Rounds>;
	close(): Promise<void>;
}

/** n8n's answer when it has started an execution. */
const STARTED = '200 {"message":"Workflow was started"}';

const HEADER = 'x-shop-key';

/** Publishes a workflow with each trigger; ours subscribes at the sandbox, which knows its secret. */
export async function openEvents(
	harness: BenchHarness,
	say: (line: string) => void,
): Promise<EventsEnvironment> {
	const key = 'known-to-the-benchmark-only';
	const header = await harness.saveCredential('Benchmark header', 'httpHeaderAuth', {
		name: HEADER,
		value: key,
	});
	const workflows = {
		ours: await harness.publish(ourTrigger(harness.surroundings)),
		open: await harness.publish(webhookNode('bench-open')),
		guarded: await harness.publish(webhookNode('bench-guarded', header)),
	};
	const { subscriptions } = await harness.sandboxCounts();
	const own = subscriptions.filter(({ url }) => url.includes('/webhook/bench-dintero/webhook'));
	if (own.length !== 1) throw new Error(`${own.length} subscriptions instead of one`);
	const [{ url, secret }] = own;
	const urls = {
		ours: url,
		open: `${harness.n8nUrl}/webhook/bench-open`,
		guarded: `${harness.n8nUrl}/webhook/bench-guarded`,
	};
	const driver = new LoadDriver();
	const headers = { [HEADER]: key };
	let loads = 0;

	async function measure(name: TriggerName, pace: Pace, prefix: string): Promise<Round> {
		const { count } = pace;
		const workflow = workflows[name];
		const { last } = harness.executions(workflow);
		const cpu = await harness.processorTime();
		const load = {
			...pace,
			url: urls[name],
			secret,
			accountId: harness.accountId,
			headers,
			prefix,
		};
		const loaded = await driver.send(load);
		const answered = performance.now();
		if (loaded.answers[STARTED] !== count)
			throw new Error(`${name}: ${JSON.stringify(loaded.answers)}, not ${count} × ${STARTED}`);
		await allSucceeded(harness, workflow, last, count);
		const whole = loaded.time + performance.now() - answered;
		return {
			answered: (count * 1000) / loaded.time,
			executed: (count * 1000) / whole,
			p50: percentile(loaded.answerTimes, 50),
			p99: percentile(loaded.answerTimes, 99),
			cpu: ((await harness.processorTime()) - cpu) / count,
		};
	}

	return {
		async rounds(pace, rounds) {
			const results: Rounds = { ours: [], open: [], guarded: [] };
			for (let round = 0; round < rounds; round++) {
				const prefix = (++loads).toString(16).padStart(4, '0');
				for (const name of round % 2 === 0 ? TRIGGERS : TRIGGERS.toReversed()) {
					const one = await measure(name, pace, prefix);
					results[name].push(one);
					say(
						`    events, round ${round + 1}, ${name}: ${one.answered.toFixed(1)} answered and ${one.executed.toFixed(1)} executed a second, p50 ${one.p50.toFixed(1)} ms, p99 ${one.p99.toFixed(1)} ms, processor ${one.cpu.toFixed(2)} ms`,
					);
				}
			}
			return results;
		},
		async close() {
			driver.stop();
			for (const workflow of Object.values(workflows)) await harness.unpublish(workflow);
		},
	};
}

/** Waits until exactly this many executions after a given one have finished, all successfully. */
async function allSucceeded(
	harness: BenchHarness,
	workflow: SavedWorkflow,
	after: number,
	count: number,
): Promise<void> {
	const end = performance.now() + 60_000;
	for (;;) {
		const { statuses } = harness.executions(workflow, after);
		const { success = 0, new: waiting = 0, running = 0, ...others } = statuses;
		if (Object.keys(others).length > 0 || success + waiting + running > count)
			throw new Error(`${JSON.stringify(statuses)} instead of ${count} executions`);
		if (success === count) return;
		if (performance.now() > end)
			throw new Error(`Only ${JSON.stringify(statuses)} of ${count} executions after a minute`);
		await sleep(10);
	}
}
