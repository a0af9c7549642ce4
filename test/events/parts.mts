/** A real n8n whose processes are stopped, killed and started again one by one: a single server, or queue mode. */
import path from 'node:path';
import { N8nClient } from '../../demo/n8n-client.mts';
import { startN8n, type N8nOptions, type N8nProcess } from '../../demo/n8n.mts';
import { installPackage, packPackage } from '../../demo/package.mts';
import { owner } from '../../demo/environment.mts';
import { makeServices } from '../queue/services.mts';
import { startProxy, type Proxy } from './proxy.mts';

export type Mode = 'single' | 'queue';

interface Part extends Pick<N8nOptions, 'command' | 'args' | 'env'> {
	/** Dintero's deliveries come here. */
	takesDeliveries: boolean;
}

const QUEUE: Record<string, Part> = {
	main: {
		command: 'start',
		takesDeliveries: false,
		env: { N8N_DISABLE_PRODUCTION_MAIN_PROCESS: 'true' },
	},
	worker: { command: 'worker', takesDeliveries: false, args: ['--concurrency=10'] },
	'webhook-1': { command: 'webhook', takesDeliveries: true },
	'webhook-2': { command: 'webhook', takesDeliveries: true },
};
const SINGLE: Record<string, Part> = { n8n: { command: 'start', takesDeliveries: true } };

export interface Parts {
	proxy: Proxy;
	/** Signed in at the main process; another one after each of its starts. */
	client: N8nClient;
	/** The process whose trigger looks after the subscription and replays. */
	readonly main: string;
	/** Log files of every life of every process. */
	logs: string[];
	start(...names: string[]): Promise<void>;
	stop(...names: string[]): Promise<void>;
	kill(...names: string[]): Promise<void>;
	/** The process and life (as in `Served`) of the main process at a moment. */
	mainAt(time: number): string;
	close(): Promise<void>;
}

export async function openParts(mode: Mode, folder: string): Promise<Parts> {
	const parts = mode === 'queue' ? QUEUE : SINGLE;
	const main = Object.keys(parts)[0];
	const open: Array<() => Promise<void>> = [];
	const running = new Map<string, N8nProcess>();
	const births: Array<{ name: string; at: number }> = [];
	const close = async () => {
		await Promise.all([...running.values()].map(async (n8n) => await n8n.stop()));
		for (const one of open.reverse()) await one();
	};
	try {
		const proxy = await startProxy();
		open.push(proxy.stop);
		const services = mode === 'queue' ? await makeServices() : { env: {}, remove: async () => {} };
		open.push(services.remove);
		const packed = await packPackage();
		for (const name of Object.keys(parts)) await installPackage(packed, path.join(folder, name));

		const startOne = async (name: string) => {
			const { takesDeliveries, ...part } = parts[name];
			births.push({ name, at: Date.now() });
			const life = births.filter((birth) => birth.name === name).length;
			const logFile = path.join(folder, `${name}-${life}.log`);
			environment.logs.push(logFile);
			const n8n = await startN8n({
				...part,
				userFolder: path.join(folder, name),
				logFile,
				webhookUrl: proxy.url,
				env: { ...services.env, ...part.env, EXECUTIONS_DATA_PRUNE: 'false' },
			});
			running.set(name, n8n);
			if (takesDeliveries) proxy.set(name, Number(new URL(n8n.url).port));
			if (name !== main) return;
			environment.client = new N8nClient(n8n.url);
			await environment.client.signIn(owner);
		};
		const end = async (how: 'stop' | 'kill', names: string[]) => {
			await Promise.all(names.map(async (name) => await running.get(name)?.[how]()));
			for (const name of names) {
				running.delete(name);
				proxy.set(name, undefined);
			}
		};
		const environment: Parts = {
			proxy,
			client: undefined as unknown as N8nClient,
			main,
			logs: [],
			start: async (...names) => {
				// The main process makes the tables that the others need.
				const wanted = names.length === 0 ? Object.keys(parts) : names;
				if (wanted.includes(main)) await startOne(main);
				await Promise.all(wanted.filter((name) => name !== main).map(startOne));
			},
			stop: async (...names) => await end('stop', names),
			kill: async (...names) => await end('kill', names),
			mainAt: (time) =>
				`${main} ${births.filter(({ name, at }) => name === main && at <= time).length}`,
			close,
		};
		return environment;
	} catch (error) {
		await close();
		throw error;
	}
}
