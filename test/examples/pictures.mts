/**
 * Takes the pictures of the examples in the real editor, of the campaign's question and of the e-mail:
 * `npm run check -- pictures [example … | e-mail]`.
 */
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { answeredPage, no, startCampaign } from '../../demo/campaign-form.mts';
import { nextPage } from '../../demo/forms.mts';
import { owner } from '../../demo/environment.mts';
import { root } from '../../scripts/project.mts';
import { Editor } from '../e2e/editor.mts';
import { openMailProgram, schemes, sendSamples, showEmail, widths } from './card-email.mts';
import { importExample, startExamples } from './environment.mts';

/** The canvas alone, without the editor's buttons around it. */
const canvasOnly = `
	body * { visibility: hidden !important }
	.vue-flow, .vue-flow * { visibility: visible !important }
	.vue-flow__panel, .vue-flow__panel * { visibility: hidden !important }
`;
/** As it is in the file, not as the tests fill it in. */
const slackUrl = 'https://hooks.slack.com/services/REPLACE/WITH/YOURS';

const examples = [
	'campaign',
	'campaign-from-file',
	'gift-on-a-day',
	'send-again',
	'balance-page',
	'card-used',
	'sold-online',
	'refund-to-card',
	'monthly-reminder',
	'bookkeeper-report',
	'print-batch',
	'activate-at-till',
	'support-agent',
	'reconcile',
];

/** The page with the question, on the campaign's own form. */
async function questionOfCampaign(id: string): Promise<void> {
	const saved = await environment.client.workflow(id);
	await environment.client.publish(saved);
	const workflow = await environment.client.workflow(id);
	const content = await readFile(path.join(root, 'examples', 'campaign', 'people.csv'));
	const about = {
		n8nUrl: environment.n8n.url,
		workflow,
		name: 'spring-2027',
		validUntil: '2027-12-31',
	};
	const url = await startCampaign(about, { name: 'people.csv', content });
	await nextPage(url);
	const form = await editor.page.context().newPage();
	await form.setViewportSize({ width: 720, height: 720 });
	await form.goto(url);
	await form.getByText('Yes, issue them').click();
	const file = path.join(root, 'examples', 'campaign', 'question.png');
	await form.screenshot({ path: file, fullPage: true });
	await form.close();
	await answeredPage(url, no);
	await environment.client.unpublish(saved);
}

/** The gift card as customers get it, at two widths, light and dark. */
async function emailPictures(): Promise<void> {
	const folder = path.join(root, 'docs', 'email');
	await mkdir(folder, { recursive: true });
	const [card, gift] = await sendSamples(environment, [
		{},
		{ from: 'Kari', message: 'Gratulerer med dagen!\nHilsen Kari', person: { language: 'no' } },
	]);
	const browser = await openMailProgram();
	for (const scheme of schemes)
		for (const [name, email, width] of [
			['card', card, widths.desktop],
			['phone', gift, widths.phone],
		] as const) {
			const { page } = await showEmail(browser, email, width, scheme);
			await page.screenshot({ path: path.join(folder, `${name}-${scheme}.png`), fullPage: true });
			await page.close();
		}
	await browser.close();
}

const wanted = process.argv.slice(2);
const environment = await startExamples();
const editor = await Editor.open(environment.n8n.url);
try {
	if (wanted.length === 0 || wanted.includes('e-mail')) await emailPictures();
	await editor.page.setViewportSize({ width: 1500, height: 800 });
	await editor.signIn(owner);
	for (const name of examples.filter((one) => wanted.length === 0 || wanted.includes(one))) {
		const workflow = await importExample(environment, name, { slackUrl });
		await editor.openWorkflow(workflow.id);
		await editor.page.addStyleTag({ content: canvasOnly });
		await editor.page.waitForTimeout(800); // zooming to fit
		const file = path.join(root, 'examples', name, 'picture.png');
		await rm(file, { force: true });
		await editor.page.locator('.vue-flow').first().screenshot({ path: file });
		console.log(`${name}: ${Math.round((await stat(file)).size / 1000)} kB`);
		if (name === 'campaign') await questionOfCampaign(workflow.id);
	}
} finally {
	await editor.close();
	await environment.stop();
}
