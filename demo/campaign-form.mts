/**
 * Runs the campaign as a person would: uploads a spreadsheet on its form, answers the question, reads the summary.
 */
import type { SavedWorkflow } from './n8n-client.mts';
import { answerPage, closePage, formUrl, nextPage, submitForm, type Page } from './forms.mts';

export const yes = 'Yes, issue them';
export const sample = 'First send me a sample';
export const no = 'No, issue nothing';
/** Submits the form and gets the sample and the summary. */
export const sender = 'marketer@example.com';

export interface Campaign {
	/** The URL of n8n, or of its webhook process. */
	n8nUrl: string;
	/** Published. */
	workflow: SavedWorkflow;
	name: string;
	currency?: string;
	/** A date, `2027-12-24`. */
	validUntil?: string;
}

export interface Spreadsheet {
	name: string;
	content: Uint8Array<ArrayBuffer>;
}

/** A CSV file with semicolons, in UTF-8. */
export function csv(rows: Array<Record<string, string>>): Spreadsheet {
	const [first] = rows;
	const lines = [Object.keys(first), ...rows.map((row) => Object.values(row))];
	return { name: 'people.csv', content: Buffer.from(lines.map((l) => l.join(';')).join('\r\n')) };
}

/**
 * Submits the first page.
 * @returns the URL of the following pages
 */
export async function startCampaign(campaign: Campaign, file: Spreadsheet): Promise<string> {
	const { n8nUrl, workflow, name, currency = 'NOK', validUntil = '2027-12-24' } = campaign;
	const url = formUrl(n8nUrl, workflow, 'Campaign form');
	return await submitForm(url, [file, name, undefined, currency, validUntil, sender]);
}

export async function answerQuestion(url: string, answer: string): Promise<void> {
	await answerPage(url, [undefined, JSON.stringify([answer])]); // as the page sends a radio button
}

/** Runs the campaign to its last page, with this answer if it asks a question. */
export async function runCampaign(
	campaign: Campaign,
	file: Spreadsheet,
	answer = yes,
): Promise<Page> {
	const url = await startCampaign(campaign, file);
	const asked = await nextPage(url);
	return asked.ending ? await lastPage(url) : await answeredPage(url, answer);
}

/** Answers the question and waits for the last page. */
export async function answeredPage(url: string, answer = yes): Promise<Page> {
	await answerQuestion(url, answer);
	return await lastPage(url);
}

/** Waits for the last page, however long the campaign takes, and closes it. */
export async function lastPage(url: string): Promise<Page> {
	const page = await nextPage(url, 300_000);
	await closePage(url);
	return page;
}

const facts = {
	issued: 'Gift cards issued',
	recovered: 'Given new codes',
	sent: 'E-mails sent',
	sentBefore: 'Sent before',
	refused: 'Rows without a card',
	missing: 'Still missing',
	cards: 'Whole campaign',
} as const;

/** The numbers in the summary. */
export function figures({ text }: Page): Record<keyof typeof facts, number> {
	const entries = Object.entries(facts).map(([key, words]) => {
		const [, number] = new RegExp(`${words} (\\d+)`).exec(text) ?? [];
		if (number === undefined) throw new Error(`No "${words}" in: ${text}`);
		return [key, Number(number)];
	});
	return Object.fromEntries(entries);
}
