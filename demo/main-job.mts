/**
 * The package's main job, done for real on a stage and checked afterwards: the campaign workflow turns a
 * spreadsheet into gift cards, one of them is paid with, and the other workflow tells Slack about it.
 */
import { parse } from 'csv-parse/sync';
import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadExample, manualTriggerOf } from './examples.mts';
import type { Execution, Item, SavedCredential, SavedWorkflow } from './n8n-client.mts';
import { root } from './package.mts';
import type { Stage } from './stage.mts';

/** A row of people.csv. */
export interface Person {
	reference: string;
	name: string;
	email: string;
	amount: string;
}

/** A row of the file of codes. */
export interface Code {
	reference: string;
	name: string;
	email: string;
	cardNumber: string;
	pin: string;
	/** In kroner, for example `500.00`. */
	amount: string;
	currency: string;
}

export interface RejectedRow extends Person {
	reason: string;
}

export interface CampaignReport {
	workflow: SavedWorkflow;
	people: Person[];
	codes: Code[];
	rejected: RejectedRow[];
	codesFile: string;
	rejectedFile: string;
	/** In øre. */
	total: number;
}

export interface CardUseReport {
	code: Code;
	/** In øre. */
	paid: number;
	event: string;
	delivery: string;
	message: string;
}

/** Everything that was expected and did not happen. */
export class JobError extends Error {}

/** Imports the campaign and its spreadsheet, runs it, and holds the files against the sandbox's books. */
export async function runCampaign(
	stage: Stage,
	credential: SavedCredential,
): Promise<CampaignReport> {
	const { client, files, sandbox } = stage;
	await cp(path.join(root, 'examples/campaign/people.csv'), path.join(files, 'people.csv'));
	const people = await readCsv<Person>(path.join(files, 'people.csv'));
	const workflow = await client.saveWorkflow(
		await loadExample('campaign/campaign.json', { credential, folder: files }),
	);
	const execution = await client.run(workflow, manualTriggerOf(workflow));
	expectSuccess('The campaign workflow', execution);

	const codesFile = savedFile(execution, 'Save the codes');
	const rejectedFile = savedFile(execution, 'Save the rejected rows');
	const codes = await readCsv<Code>(codesFile);
	const rejected = await readCsv<RejectedRow>(rejectedFile);
	const problems: string[] = [];
	const expect = (holds: boolean, otherwise: string) => holds || problems.push(otherwise);

	const wanted = people.map(({ reference }) => reference);
	const got = [...codes, ...rejected].map(({ reference }) => reference);
	expect(
		wanted.toSorted().join() === got.toSorted().join(),
		`the files do not account for each of the ${wanted.length} rows once`,
	);
	expect(
		rejected.length === 1 && rejected[0].amount === 'fem hundre',
		`exactly the row with the amount "fem hundre" should be rejected, not ${JSON.stringify(rejected)}`,
	);
	expect(
		rejected.every(({ reason }) => reason),
		'the rejected row gives no reason',
	);
	for (const field of ['cardNumber', 'pin'] as const)
		expect(
			codes.every((code) => code[field]),
			`a card in ${codesFile} has no ${field}`,
		);
	expect(
		new Set(codes.map(({ cardNumber }) => cardNumber)).size === codes.length,
		'two cards have the same number',
	);

	for (const { cardNumber, pin, reference } of codes)
		expect(
			sandbox.books.opens(cardNumber, pin) === reference,
			`the card number and PIN of ${reference} in ${codesFile} do not open that card`,
		);
	const cards = sandbox.books.cards();
	const booked = cards.map((card) => `${card.cardId} ${card.amount} ${card.currency}`).sort();
	const filed = codes
		.map((code) => `${code.reference} ${minor(code.amount)} ${code.currency}`)
		.sort();
	expect(
		booked.join() === filed.join(),
		`the sandbox's books and the file of codes differ:\n  books ${booked}\n  file  ${filed}`,
	);
	if (problems.length > 0) throw new JobError(problems.join('\n'));
	const total = codes.reduce((sum, { amount }) => sum + minor(amount), 0);
	return { workflow, people, codes, rejected, codesFile, rejectedFile, total };
}

/** Imports and publishes the workflow that tells Slack when a card is used. */
export async function publishCardUsed(
	stage: Stage,
	credential: SavedCredential,
): Promise<SavedWorkflow> {
	const { client, slack } = stage;
	const workflow = await client.saveWorkflow(
		await loadExample('card-used/card-used.json', { credential, slackUrl: slack.webhookUrl }),
	);
	// A workflow that stayed published from an earlier start knows a sandbox that is gone.
	if ((await client.workflow(workflow.id)).active) await client.unpublish(workflow);
	await client.publish(workflow);
	return workflow;
}

/** Pays with a card at the sandbox's till and waits for the message at the Slack stand-in. */
export async function useCard(
	stage: Stage,
	workflow: SavedWorkflow,
	code: Code,
	paid: number,
): Promise<CardUseReport> {
	const { client, sandbox, slack } = stage;
	const before = slack.messages.length;
	await sandbox.pay({ token: code.cardNumber, pin: code.pin, amount: paid });
	const about = () =>
		slack.messages.slice(before).find(({ text }) => text.includes(code.reference))?.text;
	const deadline = Date.now() + 30_000;
	while (!about() && Date.now() < deadline) await sleep(100);
	const message = about();
	if (!message)
		throw new JobError(
			`30 s after the payment no message about ${code.reference} had come to the Slack stand-in. ` +
				`Executions of "${workflow.name}": ${JSON.stringify(await client.executions(workflow))}`,
		);

	const balance = sandbox.books.card(code.reference)?.balance;
	if (balance !== minor(code.amount) - paid)
		throw new JobError(
			`the sandbox's books do not show the payment: the balance is ${balance} øre`,
		);
	for (const { id } of await client.executions(workflow)) {
		const execution = await client.untilFinished(id);
		const json = items(execution, 'When a gift card is used')[0]?.json ?? {};
		if (!items(execution, 'Write the message').some((item) => item.json.text === message)) continue;
		expectSuccess(`The workflow "${workflow.name}"`, execution);
		return { code, paid, event: String(json.event), delivery: String(json.eventDelivery), message };
	}
	throw new JobError(`no execution of "${workflow.name}" wrote the message that Slack got`);
}

/** Øre from the amounts in our files, which always have two decimals. */
export const minor = (amount: string): number => {
	if (!/^\d+\.\d\d$/.test(amount)) throw new JobError(`"${amount}" is not an amount like 500.00`);
	return Number(amount.replace('.', ''));
};

/** 1250000 → `12 500.00`. */
export const kroner = (amount: number): string =>
	(amount / 100).toFixed(2).replaceAll(/\B(?=(\d{3})+\.)/g, ' ');

export async function readCsv<Row>(file: string): Promise<Row[]> {
	return parse(await readFile(file), { bom: true, columns: true, delimiter: ';' }) as Row[];
}

/** The items a node gave in its first run, over all its outputs. */
function items(execution: Execution, node: string): Item[] {
	return (execution.runs[node]?.[0]?.data?.main ?? []).flatMap((output) => output ?? []);
}

/** The path of the file that a node of the campaign wrote. */
function savedFile(execution: Execution, node: string): string {
	const [saved] = items(execution, node);
	if (saved) return String(saved.json.fileName);
	const [rejected] = items(execution, 'Rejected rows');
	throw new JobError(
		`The node "${node}" wrote no file. ` +
			`The first rejected row: ${JSON.stringify(rejected?.json ?? 'none')}`,
	);
}

function expectSuccess(what: string, execution: Execution): void {
	if (execution.status === 'success') return;
	const failed = Object.entries(execution.runs).find(([, runs]) => runs.some((run) => run.error));
	const error = failed?.[1].find((run) => run.error)?.error ?? execution.error;
	throw new JobError(
		`${what} ended with status ${execution.status}` +
			(failed ? ` at the node "${failed[0]}"` : '') +
			(error ? `: ${error.message} ${error.description ?? ''}` : ''),
	);
}
