/** Uses n8n's forms as a browser does: fills in pages, waits for the next one, reads it. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SavedWorkflow } from './n8n-client.mts';

export interface FormFile {
	name: string;
	content: Uint8Array<ArrayBuffer>;
}

/** A value for each field of a page, in order; `undefined` omits a field. */
export type Values = Array<string | FormFile | undefined>;

/** The content of a form page. */
export interface Page {
	/** Where to submit it. */
	url: string;
	html: string;
	/** Its text, without markup and scripts. */
	text: string;
	/** Files that the page downloads, by name. */
	files: Map<string, Buffer>;
	ending: boolean;
}

/** The password of the forms in these tests. */
export const formSignIn = { user: 'till', password: 'Kasse-2026' };
const authorization = `Basic ${Buffer.from(`${formSignIn.user}:${formSignIn.password}`).toString('base64')}`;
const ended = ['success', 'error', 'crashed', 'canceled', 'null'];

/** The URL of a published form. */
export function formUrl(n8nUrl: string, workflow: SavedWorkflow, trigger: string): string {
	const node = workflow.nodes.find(({ name }) => name === trigger);
	assert.ok(node?.webhookId, `${workflow.name} has no form "${trigger}"`);
	return `${n8nUrl}/form/${node.webhookId}`;
}

/**
 * Submits the first page.
 * @returns the URL of the next page
 */
export async function submitForm(url: string, values: Values): Promise<string> {
	const answer = await post(url, values);
	const text = await answer.text();
	assert.equal(answer.status, 200, text);
	const { formWaitingUrl } = JSON.parse(text) as { formWaitingUrl?: string };
	assert.ok(formWaitingUrl, `the form answered ${text}`);
	return formWaitingUrl;
}

/** Waits for the page at a URL. */
export async function nextPage(url: string, patience = 60_000): Promise<Page> {
	const deadline = Date.now() + patience;
	while (Date.now() < deadline) {
		const status = await pageStatus(url);
		if (status === 'form-waiting') return await readPage(url);
		if (ended.includes(status)) throw new Error(`The execution behind the form ended: ${status}`);
		await sleep(100);
	}
	throw new Error(`No page for ${patience / 1000} s at ${url}`);
}

/** `form-waiting` when a page is ready, otherwise the status of the execution. */
export async function pageStatus(url: string): Promise<string> {
	const address = new URL(url);
	address.pathname += '/n8n-execution-status';
	const answer = await fetch(address, { signal: AbortSignal.timeout(20_000) });
	return (await answer.text()).trim();
}

export async function readPage(url: string): Promise<Page> {
	const answer = await fetch(url, { signal: AbortSignal.timeout(20_000) });
	const html = await answer.text();
	assert.equal(answer.status, 200, html);
	return { url, html, text: wordsOf(html), files: filesOf(html), ending: !html.includes('<form') };
}

/** Submits a page. */
export async function answerPage(url: string, values: Values): Promise<void> {
	const answer = await post(url, values);
	assert.equal(answer.status, 200, await answer.text());
}

/** Reports that the last page was shown, so that its execution ends. */
export async function closePage(url: string): Promise<void> {
	await fetch(url, { method: 'POST', signal: AbortSignal.timeout(20_000) });
}

/** The ID of the execution behind a page. */
export const executionOf = (url: string): string =>
	new URL(url).pathname.split('/').at(-1) as string;

async function post(url: string, values: Values): Promise<Response> {
	const body = new FormData();
	for (const [index, value] of values.entries())
		if (typeof value === 'string') body.append(`field-${index}`, value);
		else if (value) body.append(`field-${index}`, new Blob([value.content]), value.name);
	const headers = { authorization };
	return await fetch(url, { method: 'POST', body, headers, signal: AbortSignal.timeout(30_000) });
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };

export function wordsOf(html: string): string {
	return html
		.replaceAll(/<(script|style|svg)[\s\S]*?<\/\1>/g, '')
		.replaceAll(/<[^>]+>/g, ' ')
		.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
		.replaceAll(/&#x([0-9a-f]+);/gi, (_, code: string) =>
			String.fromCodePoint(Number.parseInt(code, 16)),
		)
		.replaceAll(/&(\w+);/g, (all, name: string) => entities[name] ?? all)
		.replaceAll(/\s+/g, ' ')
		.trim();
}

function filesOf(html: string): Map<string, Buffer> {
	const files = new Map<string, Buffer>();
	const embedded = /decodeURIComponent\(["'`]([^"'`]*)["'`]\)/.exec(html)?.[1];
	if (!embedded) return files;
	type File = { fileName: string; data: string | { data: number[] } };
	for (const { fileName, data } of JSON.parse(decodeURIComponent(embedded)) as File[])
		files.set(
			fileName,
			typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(data.data),
		);
	return files;
}
