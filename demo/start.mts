/**
 * `npm start`: the whole product at work in a real n8n, on this machine alone. `npm start -- --exit` ends
 * after the job, with status 0 only if everything it tells about really happened.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { kroner, publishCardUsed, runCampaign, useCard } from './main-job.mts';
import { root, runFolder } from './package.mts';
import { step } from './say.mts';
import { readable } from './slack.mts';
import { openStage, owner, saveCredential, type Stage } from './stage.mts';

const folder = runFolder('demo');
const shown = (file: string) => path.relative(root, file);

/** Resolves when the person presses Ctrl+C or the process is asked to end. */
const askedToStop = new Promise<'stop'>((resolve) => {
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
		process.on(signal, () => resolve('stop'));
});

async function showEverything(stage: Stage): Promise<void> {
	const { sandbox, slack, n8n } = stage;
	const credential = await step("Saving and testing n8n's Dintero credential", async () => {
		return await saveCredential(stage);
	});
	const cardUsed = await step('Publishing "Message when a gift card is used"', async () => {
		return await publishCardUsed(stage, credential);
	});
	const campaign = await step('Running "Gift card campaign from a spreadsheet"', async (note) => {
		const report = await runCampaign(stage, credential);
		note(`${report.codes.length} cards`);
		return report;
	});
	const { codes, rejected, people, total } = campaign;
	const use = await step('Paying with one of the cards', async (note) => {
		const report = await useCard(stage, cardUsed, codes[0], 15_000);
		note('the message has come');
		return report;
	});
	const outbound = await stage.outbound();
	if (outbound.length > 0)
		throw new Error(`n8n tried to leave this machine:\n${outbound.join('\n')}`);
	if (sandbox.violations.length > 0)
		throw new Error(`requests broke Dintero's contract: ${JSON.stringify(sandbox.violations)}`);

	console.log(`
Gift cards from a spreadsheet
  ${people.length} rows in examples/campaign/people.csv
  ${codes.length} gift cards issued, ${kroner(total)} ${codes[0].currency} in all, the same in the sandbox's books
  ${rejected.length} row rejected: ${rejected[0].reference} ${rejected[0].name}, "${rejected[0].amount}"
    ${rejected[0].reason}
  Codes:    ${shown(campaign.codesFile)}
  Rejected: ${shown(campaign.rejectedFile)}

A used card becomes a message
  Paid:    ${kroner(use.paid)} ${use.code.currency} with ${use.code.reference} (${use.code.name})
  Event:   ${use.event}, delivery ${use.delivery}
  Message: ${readable(use.message)}
`);
	if (!process.argv.includes('--exit'))
		console.log(`Open until you press Ctrl+C:
  n8n      ${n8n.url}   e-mail ${owner.email}   password ${owner.password}
  Sandbox  ${sandbox.url}   pay with a gift card there, and see the message come in:
  Slack    ${slack.url}   (a stand-in)
`);
}

/** One demo at a time: two would share n8n's database. */
async function lock(): Promise<() => Promise<void>> {
	const file = path.join(folder, 'running.pid');
	await mkdir(folder, { recursive: true });
	if (existsSync(file)) {
		const pid = Number(await readFile(file, 'utf8'));
		if (isRunning(pid))
			throw new Error(
				`The demo is running already, as process ${pid}. Stop that one first, or delete ${shown(file)} if it is something else.`,
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
	let stage: Stage | undefined;
	let code = 0;
	try {
		const opening = openStage({
			folder,
			files: path.join(import.meta.dirname, 'output'),
			ports: { n8n: 5678, sandbox: 8787, slack: 8788 },
		}).then((opened) => (stage = opened));
		const job = opening.then(showEverything);
		if ((await Promise.race([job, askedToStop])) === 'stop') {
			code = 130;
			job.catch(() => {}); // it fails on what is being stopped under it
			await opening.catch(() => {});
		} else if (!process.argv.includes('--exit')) {
			const ended = stage?.n8n.ended.then((reason) => `n8n ended by itself (${reason})`);
			const reason = await Promise.race([askedToStop, ended]);
			if (reason !== 'stop') throw new Error(reason);
		}
	} catch (error) {
		console.error(`\n✗ ${error instanceof Error ? error.message : error}`);
		if (stage) console.error(`  n8n's log: ${shown(stage.n8n.logFile)}`);
		code = 1;
	}
	if (stage) await step('Stopping everything', async () => await stage?.stop());
	await unlock();
	return code;
}

process.exit(
	await main().catch((error) => {
		console.error(`✗ ${error instanceof Error ? error.message : error}`);
		return 1;
	}),
);
