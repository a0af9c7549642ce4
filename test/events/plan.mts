/** What happens to n8n in a run, and after how many events; the same for the same seed. */
import type { Mode } from './parts.mts';

export interface Incident {
	/** For people. */
	what: string;
	/** How many events have been before it. */
	after: number;
	/** `removal`: Dintero drops the subscription while n8n runs. */
	how: 'stop' | 'kill' | 'removal';
	processes: string[];
	/** Events before it is started again. */
	whileDown: number;
	/** Dintero also drops the subscription. */
	removal: boolean;
	/** Dintero's API does not answer while it starts. */
	apiDown: boolean;
}

type Draft = [
	how: Incident['how'],
	processes: string[],
	whileDown: number,
	extra?: 'removal' | 'API down',
];

const both = ['webhook-1', 'webhook-2'];

// n8n is stopped five times and killed twice, the subscription removed twice.
const PLANS: Record<Mode, Draft[]> = {
	single: [
		['stop', ['n8n'], 10],
		['kill', ['n8n'], 20],
		['removal', [], 0],
		['stop', ['n8n'], 5, 'API down'],
		['stop', ['n8n'], 30],
		['kill', ['n8n'], 15, 'removal'],
		['stop', ['n8n'], 3],
		['stop', ['n8n'], 12],
	],
	queue: [
		['stop', ['main'], 10],
		['kill', ['webhook-1'], 20],
		['removal', [], 0],
		['stop', ['worker'], 20],
		['stop', both, 20],
		['kill', ['main'], 15, 'removal'],
		['stop', ['webhook-2'], 10],
		['stop', ['main'], 10, 'API down'],
	],
};

const QUICK: Record<Mode, Draft[]> = {
	single: [
		['stop', ['n8n'], 10, 'API down'],
		['kill', ['n8n'], 10, 'removal'],
	],
	queue: [
		['kill', both, 5],
		['stop', ['main'], 5, 'removal'],
	],
};

export function planOf(
	mode: Mode,
	quick: boolean,
	events: number,
	random: () => number,
): Incident[] {
	const drafts = (quick ? QUICK : PLANS)[mode];
	return drafts.map(([how, processes, whileDown, extra], index) => ({
		what: [
			how === 'removal' ? 'subscription removed' : `${how} ${processes.join(' and ')}`,
			...(extra ? [extra === 'removal' ? 'subscription removed meanwhile' : extra] : []),
		].join(', '),
		after: Math.floor(((index + 0.5 + random() * 0.4) / (drafts.length + 0.5)) * events),
		how,
		processes,
		whileDown,
		removal: extra === 'removal',
		apiDown: extra === 'API down',
	}));
}
