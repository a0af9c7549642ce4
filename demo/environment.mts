/**
 * Starts and connects everything a demo or a test needs: the Dintero sandbox, fake Slack and mail servers, and a real
 * n8n with the packed package installed and its owner signed in.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { startSandbox, type Sandbox } from '../sandbox/sandbox.mts';
import { N8nClient, type Owner, type SavedCredential } from './n8n-client.mts';
import { freePort, startN8n, type N8nProcess } from './n8n.mts';
import { installPackage, packPackage } from './package.mts';
import { startMailbox, type Mailbox } from './mailbox.mts';
import { startSlack, type FakeSlack } from './slack.mts';
import { step } from './say.mts';

export interface Environment {
	sandbox: Sandbox;
	slack: FakeSlack;
	mailbox: Mailbox;
	n8n: N8nProcess;
	/** Signed in as the owner. */
	client: N8nClient;
	/** The data of a Dintero credential for the sandbox. */
	credentialData: Record<'accountId' | 'clientId' | 'clientSecret' | 'baseUrl', string>;
	/** The folder n8n may read and write. */
	files: string;
	/** DNS look-ups and connections by n8n that left this machine; there should be none. */
	outbound(): Promise<string[]>;
	stop(): Promise<void>;
}

export const owner: Owner = {
	email: 'kari@example.com',
	firstName: 'Kari',
	lastName: 'Nordmann',
	password: 'Gavekort-2026',
};

export interface EnvironmentOptions {
	/** The folder for n8n's user folder and its log. */
	folder: string;
	/** The folder n8n may read and write. */
	files: string;
	/** Preferred ports, used if free. */
	ports?: { n8n?: number; sandbox?: number; slack?: number; mailbox?: number };
}

/** Starts everything. If a step fails, stops what was already started. */
export async function startEnvironment(options: EnvironmentOptions): Promise<Environment> {
	const { folder, ports = {} } = options;
	const userFolder = path.join(folder, 'n8n');
	const outboundLog = path.join(folder, 'outbound.log');
	await mkdir(folder, { recursive: true });
	await mkdir(options.files, { recursive: true });
	const files = await realpath(options.files); // n8n compares real paths
	await rm(outboundLog, { force: true });

	const open: Array<() => Promise<void>> = [];
	let closing: Promise<void> | undefined;
	const stop = () =>
		(closing ??= (async () => {
			for (const close of open.reverse()) await close();
		})());
	try {
		const packed = await step('Building and packing the package', async (note) => {
			const result = await packPackage();
			note(result.built ? path.basename(result.tarball) : 'unchanged');
			return result;
		});
		await step('Installing it as n8n installs community nodes', async (note) => {
			if (!(await installPackage(packed, userFolder))) note('unchanged');
		});
		const sandbox = await step('Starting the Dintero sandbox', async (note) => {
			const started = await startSandbox({ port: await freePort(ports.sandbox) });
			note(started.url);
			return started;
		});
		open.push(async () => await sandbox.stop());
		const slack = await startSlack(await freePort(ports.slack));
		open.push(slack.stop);
		const mailbox = await startMailbox(await freePort(ports.mailbox));
		open.push(mailbox.stop);
		const n8n = await step('Starting n8n', async (note) => {
			const started = await startN8n({
				userFolder,
				logFile: path.join(folder, 'n8n.log'),
				preferredPort: ports.n8n,
				filesFolder: files,
				outboundLog,
			});
			note(started.url);
			return started;
		});
		open.push(n8n.stop);

		const client = new N8nClient(n8n.url);
		const { accountId, clientId, clientSecret } = sandbox.account;
		const credentialData = { accountId, clientId, clientSecret, baseUrl: sandbox.apiUrl };
		await client.signIn(owner);
		const outbound = async () =>
			existsSync(outboundLog) ? (await readFile(outboundLog, 'utf8')).trim().split('\n') : [];
		return { sandbox, slack, mailbox, n8n, client, credentialData, files, outbound, stop };
	} catch (error) {
		await stop();
		throw error;
	}
}

/** Saves the credential for the sandbox and lets n8n test it. */
export async function saveCredential(environment: Environment): Promise<SavedCredential> {
	const { client, credentialData } = environment;
	const saved = await client.saveCredential('Dintero sandbox', 'dinteroApi', credentialData);
	const tested = await client.testCredential(saved, credentialData);
	if (tested.status !== 'OK')
		throw new Error(`n8n's test of the Dintero credential failed: ${tested.message}`);
	return saved;
}
