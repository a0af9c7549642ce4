/**
 * The parts of n8n-workflow that exactlyOnce and transport use, and nothing else: mutation testing loads them for every
 * mutant, and the whole package takes five times as long.
 */
export { NodeApiError } from 'n8n-workflow/dist/cjs/errors/node-api.error.js';
export { NodeOperationError } from 'n8n-workflow/dist/cjs/errors/node-operation.error.js';

/** As n8n's. */
export const sleep = async (milliseconds: number) =>
	await new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
