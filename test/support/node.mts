/** What jest's tests use of Node itself; the lint rules for published nodes would refuse it in a `.ts` file. */
export { createRequire } from 'node:module';
export { existsSync, readFileSync } from 'node:fs';
export { request as httpRequest } from 'node:http';
export { setTimeout as sleep } from 'node:timers/promises';
export { default as path } from 'node:path';

export const { env } = process;

/** Writes a line that jest does not decorate. */
export const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** @returns ends the listening */
export function onUnhandledRejection(listener: (reason: unknown) => void): () => void {
	process.on('unhandledRejection', listener);
	return () => void process.off('unhandledRejection', listener);
}
