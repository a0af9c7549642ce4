import type {
	IExecuteFunctions,
	IHookFunctions,
	ITriggerFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';

/** Where the trigger writes what a person should know. */
export interface TriggerLog {
	info(message: string): void;
	warn(message: string): void;
}

/** n8n's log does not say where a line comes from, and many triggers share one name: each line says whose it is. */
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
