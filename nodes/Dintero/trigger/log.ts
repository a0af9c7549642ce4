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
