import type {
	IExecuteFunctions,
	IHookFunctions,
	ITriggerFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';

/** The trigger's log. */
export interface TriggerLog {
	info(message: string): void;
	warn(message: string): void;
}

/**
 * Prefixes each line with the node and the workflow: n8n's log does not name them, and many triggers have the same
 * name.
 */
export function logOf(
	context: IExecuteFunctions | IHookFunctions | ITriggerFunctions | IWebhookFunctions,
): TriggerLog {
	const { id, name } = context.getWorkflow();
	const line = (message: string) =>
		`Dintero Trigger "${context.getNode().name}" in workflow "${name ?? id}": ${message}`;
	return {
		info: (message) => context.logger.info(line(message)),
		warn: (message) => context.logger.warn(line(message)),
	};
}

/** At most one line per node in this time, in milliseconds: a flood of forged deliveries must not fill the disk. */
const INTERVAL = 10_000;

/** Rate-limits the log of refused deliveries and counts those it leaves out. */
export class RefusalLog {
	private readonly nodes = new Map<string, { loggedAt: number; more: number }>();

	/** @param write called when a line is due, with the number of refusals left out since the last line */
	note(node: string, write: (more: number) => void, now = Date.now()): void {
		const entry = this.nodes.get(node);
		if (entry && now - entry.loggedAt < INTERVAL) {
			entry.more++;
			return;
		}
		this.nodes.set(node, { loggedAt: now, more: 0 });
		write(entry?.more ?? 0);
	}
}
