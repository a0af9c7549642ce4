/**
 * Loaded into every n8n process of the demo and the tests (`node --import`). It logs every DNS look-up and connection
 * that leaves this machine to the file in DEMO_OUTBOUND_LOG, and it ends n8n when the program that started it has
 * ended, so that no process is left running.
 */
import dns from 'node:dns';
import { appendFileSync } from 'node:fs';
import net from 'node:net';

const log = process.env.DEMO_OUTBOUND_LOG;
const local = /^(::$|127\.|0\.0\.0\.0$|localhost$|::1$|::ffff:127\.)/;

function note(kind: string, host: unknown): void {
	if (!log || typeof host !== 'string' || host === '' || local.test(host)) return;
	const from = (new Error().stack ?? '')
		.split('\n')
		.slice(3)
		.filter((line) => line.includes('node_modules'))
		.slice(0, 3)
		.map((line) => line.trim().replace(/.*node_modules\//, ''))
		.join(' < ');
	appendFileSync(log, `${new Date().toISOString()} ${kind} ${host} ${from}\n`);
}

/** Wraps a function so that it first logs the host in its arguments. */
function watch(
	owner: object,
	name: string,
	kind: string,
	host: (args: unknown[]) => unknown,
): void {
	const functions = owner as Record<string, (...args: unknown[]) => unknown>;
	const original = functions[name];
	const watched = function (this: unknown, ...args: unknown[]): unknown {
		note(kind, host(args));
		return original.apply(this, args);
	};
	// Keeps properties of the original, such as util.promisify's own variant of dns.lookup.
	functions[name] = Object.defineProperties(watched, Object.getOwnPropertyDescriptors(original));
}

watch(dns, 'lookup', 'lookup', ([host]) => host);
watch(dns.promises, 'lookup', 'lookup', ([host]) => host);
watch(net.Socket.prototype, 'connect', 'connect', ([first]) => {
	const options = (Array.isArray(first) ? first[0] : first) as { host?: string; path?: string };
	return typeof options === 'object' && !options.path ? options.host : undefined;
});

const parent = process.ppid;
setInterval(() => {
	if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
}, 1000).unref();
