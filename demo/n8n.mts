/**
 * Starts and stops real n8n processes: one server on SQLite, or the parts of queue mode (a main, workers, webhook
 * processes) on PostgreSQL and Redis. Each process gets its own user folder and free ports, sends nothing outside
 * this machine by itself, logs to a file, and ends when this program ends.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { n8nFolder } from '../scripts/project.mts';

const n8nBin = path.join(n8nFolder, 'node_modules', 'n8n', 'bin', 'n8n');

export interface N8nOptions {
	/** `start` is the complete server (or the main of queue mode). */
	command?: 'start' | 'worker' | 'webhook';
	/** n8n keeps its settings, its SQLite database and the installed package in `<userFolder>/.n8n`. */
	userFolder: string;
	logFile: string;
	/** Used if it is free; otherwise any free port. */
	preferredPort?: number;
	/** The URL that triggers give to Dintero; the process's own URL if omitted. */
	webhookUrl?: string;
	/** The only folder that workflows may read files from and write them to. */
	filesFolder?: string;
	/** The log of DNS look-ups and connections that leave this machine. */
	outboundLog?: string;
	/** Additional environment variables, for example `queueMode(…)`. */
	env?: Record<string, string>;
	/** Arguments after the command, for example `--concurrency=5`. */
	args?: string[];
}

export interface N8nProcess {
	/** Without a trailing slash. */
	readonly url: string;
	readonly pid: number;
	readonly running: boolean;
	readonly logFile: string;
	/** Resolves with the reason when the process ends without being stopped. */
	readonly ended: Promise<string>;
	/** Stops the process and waits until it has ended; kills it after half a minute. */
	stop(): Promise<void>;
	/** `kill -9`, like a crash. */
	kill(): Promise<void>;
}

/** Environment variables that turn off n8n's outgoing requests: telemetry, news, templates, licenses, banners. */
const quiet = {
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
	N8N_DYNAMIC_BANNERS_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	N8N_HIRING_BANNER_ENABLED: 'false',
	N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
	N8N_AI_ENABLED: 'false',
	N8N_VERIFIED_PACKAGES_ENABLED: 'false',
	N8N_UNVERIFIED_PACKAGES_ENABLED: 'false',
	N8N_REINSTALL_MISSING_PACKAGES: 'false',
	N8N_DISABLED_MODULES: 'mcp-registry',
	N8N_PYTHON_ENABLED: 'false',
	NO_COLOR: '1',
	GENERIC_TIMEZONE: 'Europe/Oslo',
	NODE_ENV: 'production',
};

const alive = new Set<ChildProcess>();
process.on('exit', () => {
	for (const child of alive) signalGroup(child, 'SIGKILL');
});

/** Starts one n8n process and resolves when it is ready. */
export async function startN8n(options: N8nOptions): Promise<N8nProcess> {
	const { command = 'start', userFolder, logFile } = options;
	const host = '127.0.0.1';
	const port = await freePort(options.preferredPort);
	const healthPort = command === 'worker' ? await freePort() : port;
	const url = `http://${host}:${port}`;
	await mkdir(path.join(userFolder, '.n8n'), { recursive: true });
	await mkdir(path.dirname(logFile), { recursive: true });
	if (options.filesFolder) await mkdir(options.filesFolder, { recursive: true });

	const env: NodeJS.ProcessEnv = {
		...withoutN8nSettings(process.env),
		...quiet,
		N8N_USER_FOLDER: userFolder,
		N8N_HOST: host,
		N8N_LISTEN_ADDRESS: host,
		N8N_PORT: String(port),
		N8N_PROTOCOL: 'http',
		N8N_WEBHOOK_URL: `${options.webhookUrl ?? url}/`,
		N8N_SECURE_COOKIE: 'false',
		N8N_RUNNERS_BROKER_LISTEN_ADDRESS: host,
		N8N_RUNNERS_BROKER_PORT: String(await freePort()),
		N8N_GRACEFUL_SHUTDOWN_TIMEOUT: '10',
		...(command === 'worker' ? { QUEUE_HEALTH_CHECK_PORT: String(healthPort) } : {}),
		...(options.filesFolder ? { N8N_RESTRICT_FILE_ACCESS_TO: options.filesFolder } : {}),
		...(options.outboundLog ? { DEMO_OUTBOUND_LOG: options.outboundLog } : {}),
		...options.env,
	};
	const guard = pathToFileURL(path.join(import.meta.dirname, 'guard.mts')).href;
	const args = ['--disable-warning=ExperimentalWarning', '--import', guard, n8nBin, command];
	const log = openSync(logFile, 'w');
	// In its own process group, so that Ctrl+C in the terminal reaches only this program, which then stops n8n.
	const child = spawn(process.execPath, [...args, ...(options.args ?? [])], {
		cwd: userFolder,
		env,
		detached: true,
		stdio: ['ignore', log, log],
	});
	closeSync(log);
	alive.add(child);
	const ended = new Promise<string>((resolve) => {
		const end = (reason: string) => {
			alive.delete(child);
			resolve(reason);
		};
		child.on('error', (error) => end(error.message));
		child.on('exit', (code, signal) => end(signal ? `signal ${signal}` : `status ${code}`));
	});

	const finish = async (signal: NodeJS.Signals, patience: number) => {
		if (!alive.has(child)) return;
		child.kill(signal);
		const done = await Promise.race([ended, sleep(patience, undefined, { ref: false })]);
		signalGroup(child, 'SIGKILL'); // also its task runner, should that have stayed
		if (done === undefined) await ended;
	};
	const n8n: N8nProcess = {
		url,
		pid: child.pid ?? 0,
		get running() {
			return alive.has(child);
		},
		logFile,
		ended,
		stop: async () => await finish('SIGTERM', 30_000),
		kill: async () => await finish('SIGKILL', 30_000),
	};
	try {
		await untilReady(`http://${host}:${healthPort}/healthz/readiness`, n8n);
	} catch (error) {
		await n8n.kill();
		throw error;
	}
	return n8n;
}

/**
 * The environment variables shared by all processes of one n8n in queue mode.
 * @param database name of an existing, empty PostgreSQL database
 * @param prefix separates this n8n's keys from others in the same Redis
 */
export function queueMode(settings: {
	postgres: { host: string; port: number; user: string; password: string; database: string };
	redis: { host: string; port: number; prefix: string };
	encryptionKey: string;
}): Record<string, string> {
	const { postgres, redis, encryptionKey } = settings;
	return {
		EXECUTIONS_MODE: 'queue',
		OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true', // n8n 3 always does, and ignores this
		DB_TYPE: 'postgresdb',
		DB_POSTGRESDB_HOST: postgres.host,
		DB_POSTGRESDB_PORT: String(postgres.port),
		DB_POSTGRESDB_USER: postgres.user,
		DB_POSTGRESDB_PASSWORD: postgres.password,
		DB_POSTGRESDB_DATABASE: postgres.database,
		QUEUE_BULL_REDIS_HOST: redis.host,
		QUEUE_BULL_REDIS_PORT: String(redis.port),
		QUEUE_BULL_PREFIX: redis.prefix,
		N8N_REDIS_KEY_PREFIX: redis.prefix,
		QUEUE_HEALTH_CHECK_ACTIVE: 'true',
		N8N_ENCRYPTION_KEY: encryptionKey,
	};
}

/** A free TCP port on this machine: the preferred one if it is free. */
export async function freePort(preferred = 0): Promise<number> {
	const server = net.createServer();
	try {
		return await new Promise<number>((resolve, reject) => {
			server.on('error', reject);
			server.listen(preferred, '127.0.0.1', () =>
				resolve((server.address() as net.AddressInfo).port),
			);
		});
	} catch (error) {
		if (preferred === 0) throw error;
		return await freePort();
	} finally {
		server.close();
	}
}

async function untilReady(url: string, n8n: N8nProcess): Promise<void> {
	const patience = AbortSignal.timeout(180_000);
	while (true) {
		const answer = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
		if (answer?.ok) return;
		const reason = await Promise.race([n8n.ended, sleep(200)]);
		if (reason || patience.aborted)
			throw new Error(
				`n8n did not start (${reason ?? 'not ready after 3 minutes'}). The end of ${n8n.logFile}:\n` +
					(await readFile(n8n.logFile, 'utf8')).split('\n').slice(-25).join('\n'),
			);
	}
}

/** Removes the user's own n8n settings, and npm's variables, from the environment. */
function withoutN8nSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
	const foreign = /^(N8N|DB|QUEUE|EXECUTIONS|CREDENTIALS|GENERIC|WEBHOOK|OFFLOAD|npm)_/i;
	return Object.fromEntries(Object.entries(env).filter(([key]) => !foreign.test(key)));
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
	try {
		if (child.pid) process.kill(-child.pid, signal);
	} catch {
		// The whole process group has already ended.
	}
}
