/** What a real n8n wrote to its log files, searched for what must never be in them. */
import { readFile } from 'node:fs/promises';

import type { Sandbox } from '../../sandbox/sandbox.mts';

/** Shorter ones are found in any text by chance. */
const LONG_ENOUGH = 8;

/** The lines of these files that hold a client's secret, a subscription's secret, a PIN or a card token. */
export async function secretsWritten(sandbox: Sandbox, files: string[]): Promise<string[]> {
	const secrets = [
		sandbox.account.clientSecret,
		...sandbox.books.cards().flatMap(({ pin, tokens }) => [pin, ...tokens]),
		...sandbox.books
			.subscriptions({ deleted: true })
			.map(({ config }) => (config as { secret?: { value?: string } }).secret?.value),
	].filter((secret): secret is string => (secret?.length ?? 0) >= LONG_ENOUGH);
	const texts = await Promise.all(files.map(async (file) => await readFile(file, 'utf8')));
	if (secrets.length < 3 || texts.join('').length < 100)
		throw new Error('There are no secrets or no logs to search: the check would prove nothing');
	return texts
		.join('\n')
		.split('\n')
		.filter((line) => secrets.some((secret) => line.includes(secret)));
}
