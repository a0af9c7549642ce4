/**
 * Photographs the panel of every operation, and of the trigger, in a real n8n, light and dark, and puts the
 * pictures on contact sheets under docs/panels. For looking at: order, wording, width, needless fields.
 *
 *   npm run contact-sheet
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { root, runFolder } from '../demo/package.mts';
import { openStage, owner, saveCredential } from '../demo/stage.mts';
import { Editor } from '../test/e2e/editor.mts';

interface Panel {
	name: string;
	type: string;
	parameters: Record<string, string>;
}

const folder = runFolder('panels');
const sheets = path.join(root, 'docs', 'panels');
const columns = 4;
const panelWidth = 420;

/** Every operation the built package offers, in the order of its dropdowns. */
function panelsOf(properties: INodeProperties[]): Panel[] {
	const resources = properties.find(({ name }) => name === 'resource')!
		.options as INodePropertyOptions[];
	const operations = properties.filter(({ name }) => name === 'operation');
	// n8n adds a choice of its own, "Custom API Call", to both dropdowns.
	const ours = ({ value }: INodePropertyOptions) => value !== '__CUSTOM_API_CALL__';
	return resources.filter(ours).flatMap(({ value: resource }) => {
		const dropdown = operations.find(({ displayOptions }) =>
			displayOptions?.show?.resource?.includes(resource),
		)!;
		return (dropdown.options as INodePropertyOptions[]).filter(ours).map(({ action, value }) => ({
			name: action!,
			type: 'n8n-nodes-dintero.dintero',
			parameters: { resource: String(resource), operation: String(value) },
		}));
	});
}

async function photograph(editor: Editor, panels: Panel[], theme: string): Promise<string[]> {
	const files: string[] = [];
	for (const { name } of panels) {
		await editor.openNode(name);
		// Tall enough that no panel has to be scrolled.
		const panel = editor.id('node-parameters').first();
		const file = path.join(folder, `${theme}-${name.replace(/\W+/g, '-').toLowerCase()}.png`);
		await editor.page.waitForTimeout(500);
		await panel.screenshot({ path: file });
		files.push(file);
		await editor.closeNode();
	}
	return files;
}

/** One page with all pictures, each under the name of its operation. */
async function compose(
	editor: Editor,
	panels: Panel[],
	files: string[],
	theme: string,
): Promise<void> {
	const figures = await Promise.all(
		panels.map(async ({ name }, index) => {
			const picture = (await readFile(files[index])).toString('base64');
			return `<figure><figcaption>${name}</figcaption><img src="data:image/png;base64,${picture}"></figure>`;
		}),
	);
	const [paper, ink] = theme === 'dark' ? ['#1a1a1a', '#eee'] : ['#e9e9ee', '#222'];
	await editor.page.setViewportSize({ width: columns * (panelWidth + 20) + 20, height: 900 });
	await editor.page.setContent(
		`<!doctype html><body style="margin:10px;background:${paper};color:${ink};font:600 17px sans-serif;columns:${columns};column-gap:20px">
		<style>figure{margin:0 0 24px;break-inside:avoid}figcaption{padding:4px 0}img{width:100%;border-radius:6px}</style>
		${figures.join('')}</body>`,
	);
	await editor.page.waitForTimeout(500);
	await editor.page.screenshot({
		path: path.join(sheets, `operations-${theme}.jpg`),
		fullPage: true,
		type: 'jpeg',
		quality: 80,
	});
}

await rm(folder, { recursive: true, force: true });
const stage = await openStage({ folder, files: path.join(folder, 'files') });
const editor = await Editor.open(stage.n8n.url);
try {
	await mkdir(sheets, { recursive: true });
	const [{ properties }] = await stage.client.rest<Array<{ properties: INodeProperties[] }>>(
		'POST',
		'/node-types',
		{ nodeInfos: [{ name: 'n8n-nodes-dintero.dintero', version: 1 }] },
	);
	const panels: Panel[] = [
		...panelsOf(properties),
		{ name: 'Dintero Trigger', type: 'n8n-nodes-dintero.dinteroTrigger', parameters: {} },
	];
	const credential = await saveCredential(stage);
	const workflow = await stage.client.saveWorkflow({
		name: 'Panels',
		connections: {},
		nodes: panels.map(({ name, type, parameters }, index) => ({
			id: `panel-${index}`,
			name,
			type,
			typeVersion: 1,
			position: [(index % 6) * 220, Math.floor(index / 6) * 200] as [number, number],
			parameters,
			credentials: { dinteroApi: { id: credential.id, name: credential.name } },
		})),
	} as never);
	await editor.signIn(owner);
	const pictures: Record<string, string[]> = {};
	for (const theme of ['light', 'dark'] as const) {
		await editor.page.emulateMedia({ colorScheme: theme });
		await editor.page.setViewportSize({ width: 1440, height: 1000 });
		await editor.openWorkflow(workflow.id);
		pictures[theme] = await photograph(editor, panels, theme);
		console.log(`${panels.length} panels photographed, ${theme}`);
	}
	for (const theme of ['light', 'dark']) await compose(editor, panels, pictures[theme], theme);
	await writeFile(
		path.join(sheets, 'README.md'),
		[
			'# Every panel of the nodes',
			'',
			'Photographed in a real n8n by `npm run contact-sheet`.',
			'',
			'![All operations, light](operations-light.jpg)',
			'',
			'![All operations, dark](operations-dark.jpg)',
			'',
		].join('\n'),
	);
} finally {
	await editor.close();
	await stage.stop();
}
