/**
 * Runs the package's main job for real and checks the result: the campaign workflow turns a spreadsheet into gift
 * cards and e-mails them, driven through its form; one card is then used, and the other workflow reports it to Slack.
 */
import { parse } from 'csv-parse/sync';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { answeredPage, sender, startCampaign } from './campaign-form.mts';
import { loadExample } from './examples.mts';
import { readExcel } from './excel.mts';
import { formSignIn, formUrl, nextPage, wordsOf } from './forms.mts';
import type { Execution, Item, SavedCredential, SavedWorkflow } from './n8n-client.mts';
import { root } from '../scripts/project.mts';
import type { Environment } from './environment.mts';

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
	cardId: string;
	cardNumber: string;
	pin: string;
	/** In kroner, for example `500.00`. */
	amount: string;
	currency: string;
}

export interface RefusedRow {
	/** The row number in the spreadsheet; the header is row 1. */
	row: number;
	reference: string;
	reason: string;
}

export interface CampaignReport {
	workflow: SavedWorkflow;
	name: string;
	/** The form's URL. */
	form: string;
	people: Person[];
	codes: Code[];
	refused: RefusedRow[];
	codesFile: string;
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

/** Lists every expectation that was not met. */
export class JobError extends Error {}

/**
 * Imports and publishes the campaign, uploads the spreadsheet on its form, confirms, and compares the file of codes
 * and the e-mails with the sandbox's books.
 * @param formsUrl the URL where n8n serves its forms: the webhook process in queue mode
 */
export async function runCampaign(
	environment: Environment,
	credential: SavedCredential,
	formsUrl = environment.n8n.url,
): Promise<CampaignReport> {
	const { client, files, sandbox, mailbox } = environment;
	const people = await readCsv<Person>(path.join(root, 'examples/campaign/people.csv'));
	const saved = await client.saveWorkflow(
		await loadExample('campaign/campaign.json', {
			credential,
			credentials: {
				smtp: await client.saveCredential('Mailbox', 'smtp', mailbox.credential),
				httpBasicAuth: await client.saveCredential('Forms', 'httpBasicAuth', formSignIn),
			},
			settings: {
				shopName: 'Kaffebaren',
				color: '#7a3b12',
				sender: 'Kaffebaren <gavekort@kaffebaren.example>',
				whereToUse: 'I kaffebarene våre i Oslo og Bergen, og på kaffebaren.example',
			},
		}),
	);
	if ((await client.workflow(saved.id)).active) await client.unpublish(saved);
	await client.publish(saved);
	const workflow = await client.workflow(saved.id);

	// n8n remembers campaigns across starts and the sandbox does not, so each start has its own campaign.
	const name = `spring-${new Date().toISOString().slice(5, 19).replaceAll(/\D/g, '')}`;
	const about = { n8nUrl: formsUrl, workflow, name, validUntil: '2027-12-31' };
	const content = await readFile(path.join(root, 'examples/campaign/people.csv'));
	const waiting = await startCampaign(about, { name: 'people.csv', content });
	const question = await nextPage(waiting);
	const refused = refusedRows(question.html);
	const problems: string[] = [];
	const expect = (holds: boolean, otherwise: string) => holds || problems.push(otherwise);
	const before = mailbox.emails.length;
	expect(sandbox.books.cards().length === 0, 'cards were issued before anybody said yes');

	const summary = await answeredPage(waiting);
	const [[fileName, workbook] = []] = [...summary.files];
	if (!fileName) throw new JobError(`The last page hands out no file of codes: ${summary.text}`);
	const codesFile = path.join(files, fileName);
	await writeFile(codesFile, workbook ?? '');
	const codes = readExcel<Code>(workbook);

	const wanted = people.map(({ reference }) => reference);
	const got = [...codes, ...refused].map(({ reference }) => reference);
	expect(
		wanted.toSorted().join() === got.toSorted().join(),
		`the file of codes and the refused rows do not account for each of the ${wanted.length} rows once`,
	);
	expect(
		refused.length === 1 && refused[0].reason.includes('fem hundre'),
		`exactly the row with the amount "fem hundre" should be refused, not ${JSON.stringify(refused)}`,
	);
	expect(
		new Set(codes.map(({ cardNumber }) => cardNumber)).size === codes.length,
		'two cards have the same number',
	);
	for (const { cardNumber, pin, cardId, email } of codes) {
		expect(
			sandbox.books.opens(cardNumber, pin) === cardId,
			`the card number and PIN of ${cardId} in ${codesFile} do not open that card`,
		);
		const sent = mailbox.emails.slice(before).filter(({ to }) => to.includes(email));
		const grouped = cardNumber.match(/.{4}/g)?.join(' ') ?? cardNumber;
		expect(
			sent.length === 1 && sent[0].text.includes(grouped) && sent[0].text.includes(`PIN: ${pin}`),
			`${email} should have one e-mail with the codes of ${cardId}, and has ${sent.length}`,
		);
	}
	const cards = sandbox.books.cards();
	const booked = cards.map((card) => `${card.cardId} ${card.amount} ${card.currency}`).sort();
	const filed = codes.map((code) => `${code.cardId} ${minor(code.amount)} ${code.currency}`).sort();
	expect(
		booked.join() === filed.join(),
		`the sandbox's books and the file of codes differ:\n  books ${booked}\n  file  ${filed}`,
	);
	const told = mailbox.emails.findLast(({ to }) => to.includes(sender))?.subject;
	expect(told?.includes('Done') === true, `the summary by e-mail says "${told}"`);
	if (problems.length > 0) throw new JobError(problems.join('\n'));
	const total = codes.reduce((sum, { amount }) => sum + minor(amount), 0);
	const form = formUrl(formsUrl, workflow, 'Campaign form');
	return { workflow, name, form, people, codes, refused, codesFile, total };
}

/** Reads the table of unusable rows on the page with the question. */
function refusedRows(html: string): RefusedRow[] {
	const [, table = ''] = /cannot be used[\s\S]*?<table>([\s\S]*?)<\/table>/.exec(html) ?? [];
	return [...table.matchAll(/<tr><td>(\d+)<\/td><td>(.*?)<\/td><td>(.*?)<\/td><\/tr>/g)].map(
		([, row, reference, reason]) => ({
			row: Number(row),
			reference: wordsOf(reference),
			reason: wordsOf(reason),
		}),
	);
}

/** Imports and publishes the workflow that tells Slack when a card is used. */
export async function publishCardUsed(
	environment: Environment,
	credential: SavedCredential,
): Promise<SavedWorkflow> {
	const { client, slack } = environment;
	const workflow = await client.saveWorkflow(
		await loadExample('card-used/card-used.json', { credential, slackUrl: slack.webhookUrl }),
	);
	// A workflow that is still published from an earlier start belongs to a sandbox that no longer exists.
	if ((await client.workflow(workflow.id)).active) await client.unpublish(workflow);
	await client.publish(workflow);
	return workflow;
}

/** Pays with a card at the sandbox's till and waits for the message in the fake Slack. */
export async function useCard(
	environment: Environment,
	workflow: SavedWorkflow,
	code: Code,
	paid: number,
): Promise<CardUseReport> {
	const { client, sandbox, slack } = environment;
	const before = slack.messages.length;
	await sandbox.pay({ token: code.cardNumber, pin: code.pin, amount: paid });
	const about = () =>
		slack.messages.slice(before).find(({ text }) => text.includes(code.cardId))?.text;
	const deadline = Date.now() + 30_000;
	while (!about() && Date.now() < deadline) await sleep(100);
	const message = about();
	if (!message)
		throw new JobError(
			`30 s after the payment no message about ${code.cardId} had come to the fake Slack. ` +
				`Executions of "${workflow.name}": ${JSON.stringify(await client.executions(workflow))}`,
		);

	const balance = sandbox.books.card(code.cardId)?.balance;
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

/** Parses an amount in our files, which always have two decimals, into øre. */
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

/** The items of a node's first run, over all its outputs. */
function items(execution: Execution, node: string): Item[] {
	return (execution.runs[node]?.[0]?.data?.main ?? []).flatMap((output) => output ?? []);
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
