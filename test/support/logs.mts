/** What n8n and the nodes would have written to the log, kept in memory. */
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { LoggerProxy } from 'n8n-workflow';

// n8n-core brings its own copies of these; the ones npm puts beside it need not be the same.
const own = createRequire(createRequire(import.meta.url).resolve('n8n-core'));
const { Container } = own('@n8n/di') as {
	Container: { set(token: unknown, value: unknown): void };
};
const { Logger: N8nLogger } = own('@n8n/backend-common') as { Logger: unknown };

export interface LogLine {
	level: 'error' | 'warn' | 'info' | 'debug';
	message: string;
	metadata: unknown;
	at: number;
}

/** Every line since the test file began. */
export const logLines: LogLine[] = [];

/** Lines as one text, metadata and errors written out whole: what a secret must never be found in. */
export const logText = (lines: LogLine[] = logLines): string =>
	lines
		.map(({ level, message, metadata }) =>
			metadata === undefined
				? `${level} ${message}`
				: `${level} ${message} ${inspect(metadata, { depth: 12 })}`,
		)
		.join('\n');

const write =
	(level: LogLine['level']) =>
	(message: string, metadata?: unknown): void => {
		logLines.push({ level, message: String(message), metadata, at: Date.now() });
	};

const capturing = {
	error: write('error'),
	warn: write('warn'),
	info: write('info'),
	debug: write('debug'),
	scoped: () => capturing,
};

/** Called by the engine before n8n-core builds anything that keeps a logger. */
export const captureLogs = (): void => {
	Container.set(N8nLogger, capturing);
	LoggerProxy.init(capturing as unknown as Parameters<typeof LoggerProxy.init>[0]);
};
