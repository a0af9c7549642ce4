/**
 * Takes the picture of every example in the real editor: `npm run pictures [-- example …]`. That of the campaign, after
 * a run, comes from the end-to-end test (`npm run test:e2e -- --update-docs`).
 */
import { cp, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { owner } from '../../demo/stage.mts';
import { root } from '../../demo/package.mts';
import { Editor } from '../e2e/editor.mts';
import { importExample, openHouse } from './house.mts';

/** The canvas alone, without the editor's buttons around it. */
const canvasOnly = `
	body * { visibility: hidden !important }
	.vue-flow, .vue-flow * { visibility: visible !important }
	.vue-flow__panel, .vue-flow__panel * { visibility: hidden !important }
`;
/** As it is in the file, not as the tests fill it in. */
const slackUrl = 'https://hooks.slack.com/services/REPLACE/WITH/YOURS';

const examples = [
	'card-used',
	'sold-online',
	'refund-to-card',
	'monthly-reminder',
	'print-batch',
	'activate-at-till',
	'support-agent',
	'reconcile',
	'large-campaign',
];
/** The form that opens by itself when a person executes the large campaign, with the answer given. */
async function questionOfCost(workflow: string): Promise<void> {
	const people = path.join(root, 'examples', 'campaign', 'people.csv');
	await cp(people, path.join(house.files, 'people.csv'));
	await editor.page.reload(); // the buttons are there again
	await editor.openWorkflow(workflow);
	const opened = editor.page.context().waitForEvent('page', { timeout: 30_000 });
	const button = 'execute-workflow-button-When clicking ‘Execute workflow’';
	await editor.page.getByTestId(button).click({ force: true });
	const form = await opened.catch(async (error: unknown) => {
		await editor.picture('question-did-not-open');
		throw error;
	});
	await form.setViewportSize({ width: 620, height: 720 });
	await form.getByText('Yes, issue them').click();
	const file = path.join(root, 'examples', 'large-campaign', 'question.png');
	await form.screenshot({ path: file, fullPage: true });
	await form.getByText('No, issue nothing').click();
	await form.getByRole('button').click();
	await form.getByText('Thank you').waitFor();
}

const wanted = process.argv.slice(2);
const house = await openHouse();
const editor = await Editor.open(house.n8n.url);
try {
	await editor.page.setViewportSize({ width: 1500, height: 800 });
	await editor.signIn(owner);
	for (const name of examples.filter((one) => wanted.length === 0 || wanted.includes(one))) {
		const workflow = await importExample(house, name, { slackUrl });
		await editor.openWorkflow(workflow.id);
		await editor.page.addStyleTag({ content: canvasOnly });
		await editor.page.waitForTimeout(800); // zooming to fit
		const file = path.join(root, 'examples', name, 'picture.png');
		await rm(file, { force: true });
		await editor.page.locator('.vue-flow').first().screenshot({ path: file });
		console.log(`${name}: ${Math.round((await stat(file)).size / 1000)} kB`);
		if (name === 'large-campaign') await questionOfCost(workflow.id);
	}
} finally {
	await editor.close();
	await house.stop();
}
