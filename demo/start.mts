/**
 * `npm start`: the whole product in a real n8n, on this machine only. `npm start -- --exit` exits when the job is
 * done, with status 0 only if everything it reports really happened.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formSignIn } from './forms.mts';
import { kroner, publishCardUsed, runCampaign, useCard } from './main-job.mts';
import { root, runFolder } from '../scripts/project.mts';
import { step } from './say.mts';
import { readable } from './slack.mts';
import { startEnvironment, owner, saveCredential, type Environment } from './environment.mts';

const folder = runFolder('demo');
const shown = (file: string) => path.relative(root, file);

/** Resolves on Ctrl+C or a termination signal. */
const askedToStop = new Promise<'stop'>((resolve) => {
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
		process.on(signal, () => resolve('stop'));
});

async function showEverything(environment: Environment): Promise<void> {
	const { sandbox, slack, mailbox, n8n } = environment;
	const credential = await step("Saving and testing n8n's Dintero credential", async () => {
		return await saveCredential(environment);
	});
	const cardUsed = await step('Publishing "Message when a gift card is used"', async () => {
		return await publishCardUsed(environment, credential);
	});
	const campaign = await step(
		'Uploading a spreadsheet on the form of "Gift card campaign"',
		async (note) => {
			const report = await runCampaign(environment, credential);
			note(`${report.codes.length} cards, e-mailed`);
			return report;
		},
	);
	const { codes, refused, people, total, name, form } = campaign;
	const use = await step('Paying with one of the cards', async (note) => {
		const report = await useCard(environment, cardUsed, codes[0], 15_000);
		note('the message arrived');
		return report;
	});
	const outbound = await environment.outbound();
	if (outbound.length > 0)
		throw new Error(`n8n tried to connect to other machines:\n${outbound.join('\n')}`);
	if (sandbox.violations.length > 0)
		throw new Error(`requests broke Dintero's contract: ${JSON.stringify(sandbox.violations)}`);

	console.log(`
Gift cards for everybody in a spreadsheet, campaign ${name}
  ${people.length} rows in examples/campaign/people.csv, sent on the form
  ${codes.length} gift cards issued and e-mailed after a yes, ${kroner(total)} ${codes[0].currency} in all, the same in the sandbox's books
  ${refused.length} row refused: row ${refused[0].row}, ${refused[0].reference}
    ${refused[0].reason}
  Codes:    ${shown(campaign.codesFile)}

A used card becomes a message
  Paid:    ${kroner(use.paid)} ${use.code.currency} with ${use.code.cardId} (${use.code.name})
  Event:   ${use.event}, delivery ${use.delivery}
  Message: ${readable(use.message)}
`);
	if (!process.argv.includes('--exit'))
		console.log(`Open until you press Ctrl+C:
  n8n      ${n8n.url}   e-mail ${owner.email}   password ${owner.password}
  Sandbox  ${sandbox.url}   pay with a gift card there, and see the message come in:
  Slack    ${slack.url}   (a fake)
  Mailbox  ${mailbox.url}   (a fake) the gift cards as the customers see them
  Form     ${form}   user ${formSignIn.user}   password ${formSignIn.password}   send a spreadsheet yourself
`);
}

/** Allows only one demo at a time: two would share n8n's database. */
async function lock(): Promise<() => Promise<void>> {
	const file = path.join(folder, 'running.pid');
	await mkdir(folder, { recursive: true });
	if (existsSync(file)) {
		const pid = Number(await readFile(file, 'utf8'));
		if (isRunning(pid))
			throw new Error(
				`The demo is already running as process ${pid}. Stop it first, or delete ${shown(file)} if that process is something else.`,
			);
	}
	await writeFile(file, String(process.pid));
	return async () => await rm(file, { force: true });
}

function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

async function main(): Promise<number> {
	const unlock = await lock();
	let environment: Environment | undefined;
	let code = 0;
	try {
		const opening = startEnvironment({
			folder,
			files: path.join(import.meta.dirname, 'output'),
			ports: { n8n: 5678, sandbox: 8787, slack: 8788, mailbox: 8789 },
		}).then((opened) => (environment = opened));
		const job = opening.then(showEverything);
		if ((await Promise.race([job, askedToStop])) === 'stop') {
			code = 130;
			job.catch(() => {}); // it fails on what is being stopped under it
			await opening.catch(() => {});
		} else if (!process.argv.includes('--exit')) {
			const ended = environment?.n8n.ended.then((reason) => `n8n ended by itself (${reason})`);
			const reason = await Promise.race([askedToStop, ended]);
			if (reason !== 'stop') throw new Error(reason);
		}
	} catch (error) {
		console.error(`\n✗ ${error instanceof Error ? error.message : error}`);
		if (environment) console.error(`  n8n's log: ${shown(environment.n8n.logFile)}`);
		code = 1;
	}
	if (environment) await step('Stopping everything', async () => await environment?.stop());
	await unlock();
	return code;
}

process.exit(
	await main().catch((error) => {
		console.error(`✗ ${error instanceof Error ? error.message : error}`);
		return 1;
	}),
);
