/**
 * Watches every test that uses the engine for secrets in the wrong place, so that no test has to ask.
 *
 * Client secrets, access tokens and webhook secrets must never be in anything n8n stores or shows. PINs and card
 * tokens may be in the output of a node, and nowhere else: not in an error, a hint, or a line of the log.
 */
import { inspect } from 'node:util';

import { Sandbox } from '../../sandbox/sandbox.mts';
import type { Run } from './engine.mts';
import { logLines } from './logs.mts';

/** Shorter ones are found in any text by chance. Tests about them plant longer ones. */
const LONG_ENOUGH = 8;

/** Where codes must not be, and credentials neither. */
const told = new Set<string>();
/** Checks at once for the credentials known so far, which keeps what it stores small. */
const problems = new Set<string>();
const credentials = new Set<string>();
const codes = new Set<string>();

/** Only under jest: benchmarks use the engine too. */
const watching = typeof afterAll === 'function';

/**
 * Called by the engine with each execution.
 * @param stored the credentials n8n stores now, decrypted
 */
export function watchRun(run: Run, stored: Array<Record<string, unknown>>): void {
	if (!watching) return;
	for (const { clientSecret, accessToken } of stored) learn(credentials, clientSecret, accessToken);
	const text = run.text;
	for (const secret of credentials)
		if (text.includes(secret))
			problems.add(`a credential's secret in execution ${run.executionId}`);
	for (const tasks of Object.values(run.raw.data.resultData.runData)) {
		for (const { error, data, hints } of tasks) {
			if (error) told.add(withoutNode(error));
			for (const { message } of hints ?? []) told.add(message);
			for (const item of data?.main.flat() ?? [])
				if (item?.error || item?.json.error !== undefined) told.add(JSON.stringify(item.json));
		}
	}
	if (run.error) told.add(withoutNode(run.error));
}

/** An error keeps a copy of its node, with the parameters as the user typed them; everything else counts. */
function withoutNode(error: object): string {
	const { message, stack, ...rest } = error as Error & { node?: unknown };
	delete rest.node;
	return inspect({ message, stack, ...rest }, { depth: 8 });
}

/** n8n's own debug lines show whole nodes; ours and those people see are the others. */
const loud = new Set(['info', 'warn', 'error']);

function learn(into: Set<string>, ...values: unknown[]): void {
	for (const value of values)
		if (typeof value === 'string' && value.length >= LONG_ENOUGH) into.add(value);
}

/** What a sandbox knows when it ends. */
function learnFrom(sandbox: Sandbox): void {
	for (const { pin, tokens } of sandbox.books.cards()) learn(codes, pin, ...tokens);
	for (const { config } of sandbox.books.subscriptions({ deleted: true }))
		learn(credentials, config.secret?.value);
}

function find(secrets: Set<string>, text: string): string | undefined {
	for (const length of new Set([...secrets].map((secret) => secret.length)))
		for (let at = 0; at + length <= text.length; at++)
			if (secrets.has(text.slice(at, at + length)))
				return text.slice(Math.max(0, at - 80), at + length + 80);
	return undefined;
}

/** @throws Error that shows where a secret was told */
export function checkTold(): void {
	for (const { level, message, metadata } of logLines)
		if (loud.has(level)) told.add(`${level} ${message} ${inspect(metadata, { depth: 8 })}`);
	const place = find(new Set([...codes, ...credentials]), [...told].join('\n'));
	if (place !== undefined) problems.add(`a secret in an error, a hint or the log: …${place}…`);
	if (problems.size > 0) throw new Error(`Secrets were told:\n${[...problems].join('\n')}`);
}

if (watching) {
	const { stop } = Sandbox.prototype;
	Sandbox.prototype.stop = async function () {
		learnFrom(this);
		await stop.call(this);
	};
	afterAll(checkTold);
}
