/** What a person does with the examples in the editor and on their forms. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, it } from 'node:test';
import type { Page } from 'playwright-core';
import { root } from '../../scripts/project.mts';
import { owner } from '../../demo/environment.mts';
import type { SavedWorkflow, WorkflowJson } from '../../demo/n8n-client.mts';
import { Editor } from '../e2e/editor.mts';
import { cp1252, readExcel, writeExcel } from '../../demo/excel.mts';
import { formSignIn, formUrl } from '../../demo/forms.mts';
import { importExample, readExample, type ExamplesEnvironment } from './environment.mts';

const isTrigger = ({ type }: { type: string }) =>
	/trigger$/i.test(type) || type === 'n8n-nodes-base.webhook';

/** Triggers at which a person who presses the button waits for somebody else. */
const waits = /\.(webhook|dinteroTrigger)$/;

export function inTheBrowser(environment: () => ExamplesEnvironment): void {
	let editor: Editor;
	let downloads: string;

	before(async () => {
		editor = await Editor.open(environment().n8n.url);
		// What the browser asks a person for when the form opens.
		const { user, password } = formSignIn;
		await editor.page.context().setHTTPCredentials({ username: user, password });
		downloads = await mkdtemp(path.join(os.tmpdir(), 'campaign-'));
	});
	after(async () => {
		await editor?.close();
		await rm(downloads, { recursive: true, force: true });
	});

	const rows = (campaign: string) => [
		['referanse', 'navn', 'e-post', 'beløp'],
		['1001', 'Åse Bjørnstad', `ase.${campaign}@example.com`, '1 299,50'],
		['1002', 'Øystein Kjærgård – «Kjære»', `oystein.${campaign}@example.com`, '250'],
		['1003', 'Per', `per.${campaign}@example.com`, 'fem hundre'],
	];
	const norwegian = (campaign: string) =>
		rows(campaign)
			.map((row) => `${row.join(';')}\r\n`)
			.join('');
	const spreadsheets: Record<string, [string, (campaign: string) => Buffer]> = {
		cp1252: ['people.csv', (campaign) => cp1252(norwegian(campaign))],
		utf8: ['people.csv', (campaign) => Buffer.from(`\uFEFF${norwegian(campaign)}`)],
		workbook: [
			'people.xlsx',
			(campaign) =>
				writeExcel(
					rows(campaign).map((row) =>
						row.map((value) =>
							/^[\d ,]+$/.test(value) ? Number(value.replace(' ', '').replace(',', '.')) : value,
						),
					),
				),
		],
	};

	let workflow: SavedWorkflow;
	const say = async (page: Page) =>
		(await page.locator('body').innerText()).replaceAll(/\s+/g, ' ');

	for (const [campaign, [fileName, content]] of Object.entries(spreadsheets))
		it(`runs the campaign through its form, with the spreadsheet as ${campaign}`, async () => {
			const { client, n8n, sandbox, mailbox } = environment();
			const settings = { shopName: 'Kaffebaren', color: '#7a3b12' };
			const saved = await importExample(environment(), 'campaign', { settings });
			await client.publish(saved);
			workflow = await client.workflow(saved.id);
			const file = path.join(downloads, `${campaign}-${fileName}`);
			await writeFile(file, content(campaign));

			const page = await editor.page.context().newPage();
			await page.goto(formUrl(n8n.url, workflow, 'Campaign form'));
			await page.locator('input[type=file]').setInputFiles(file);
			await page.getByLabel('Campaign name').fill(`browser-${campaign}`);
			await page.getByLabel('Name on the card').fill('Vårkampanje');
			await page.locator('select').selectOption({ label: 'NOK' });
			await page.locator('input[type=date]').fill('2027-12-24');
			await page.locator('input[type=email]').fill('marketer@example.com');
			await editor.picture(`campaign-form-${campaign}`, undefined, page);
			await page.getByRole('button', { name: 'Look at it first' }).click();

			await page.getByText('2 gift cards worth 1549.50 NOK').waitFor({ timeout: 60_000 });
			const asked = await say(page);
			assert.match(asked, /1 of 3 rows cannot be used.* 4 1003 Amount: 'fem hundre'/);
			assert.match(asked, /Hei Åse Bjørnstad, .*Gyldig til og med: 24\. desember 2027/);
			assert.match(asked, /Yes issues real gift cards/);
			assert.deepEqual(
				sandbox.books.cards().filter(({ cardId }) => cardId.startsWith(`browser-${campaign}`)),
				[],
			);
			await page.getByText('Yes, issue them').click();
			await editor.picture(`campaign-question-${campaign}`, undefined, page);
			const downloading = page.waitForEvent('download', { timeout: 120_000 });
			await page.getByRole('button', { name: 'Answer' }).click();
			const download = await downloading;
			await page.getByText('Done: everybody has a gift card').waitFor();
			await editor.picture(`campaign-done-${campaign}`, undefined, page);
			assert.match(await say(page), /Gift cards issued 2 .*Whole campaign 2 cards, 1549\.50 NOK/);

			assert.equal(download.suggestedFilename(), `browser-${campaign}-codes.xlsx`);
			const kept = path.join(downloads, `${campaign}-codes.xlsx`);
			await download.saveAs(kept);
			type Code = { name: string; email: string; cardId: string; cardNumber: string; pin: string };
			const codes = readExcel<Code>(await readFile(kept));
			assert.deepEqual(
				codes.map(({ name }) => name),
				['Åse Bjørnstad', 'Øystein Kjærgård – «Kjære»'],
			);
			for (const { cardId, cardNumber, pin, email } of codes) {
				assert.equal(sandbox.books.opens(cardNumber, pin), cardId);
				const sent = mailbox.emails.findLast(({ to }) => to.includes(email));
				assert.ok(sent?.text.includes(`PIN: ${pin}`), `${email} got another PIN`);
			}
			await page.close();
		});

	it('starts what a person can start, first in the file, with the orange button', async () => {
		const names = await readdir(path.join(root, 'examples'), { recursive: true });
		const files = names.filter((name) => name.endsWith('.json'));
		assert.ok(files.length > 10);
		await editor.signIn(owner);
		const wrong: string[] = [];
		for (const file of files) {
			const { nodes } = JSON.parse(await readExample(file)) as WorkflowJson;
			const [first, ...more] = nodes.filter(isTrigger);
			if (more.length === 0) continue; // there is nothing else to start
			const workflow = await importExample(environment(), path.basename(file, '.json'));
			await editor.openWorkflow(workflow.id);
			const button = editor.page.locator('[data-test-id="execute-workflow-button"]').last();
			await button.waitFor();
			const said = (await button.innerText()).replaceAll(/\s+/g, ' ').trim();
			const name = /from (.*?)(?:\.\.\.|…)?$/.exec(said)?.[1] ?? said;
			if (!first.name.startsWith(name) || waits.test(first.type))
				wrong.push(`${file}: "${said}", not "${first.name}"`);
		}
		assert.deepEqual(wrong, []);
	});
}
