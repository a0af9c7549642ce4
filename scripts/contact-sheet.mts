/**
 * Takes screenshots of the panel of every operation, and of the trigger, in a real n8n, light and dark, with every
 * additional field and option open, and lists them in docs/panels by resource. For reviewing order, wording and
 * width.
 *
 *   npm run check -- contact-sheet                    all of them, and the list
 *   npm run check -- contact-sheet giftCard-create    only the panels whose name starts with this
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { startEnvironment, owner, saveCredential } from '../demo/environment.mts';
import { Editor } from '../test/e2e/editor.mts';
import { root, runFolder } from './project.mts';

interface Panel {
	/** The file name of the screenshots: `giftCard-create`. */
	file: string;
	/** The node's name on the canvas, and the title of the screenshot. */
	name: string;
	/** The heading it is listed under. */
	group: string;
	type: string;
	parameters: Record<string, unknown>;
}

const folder = runFolder('panels');
const pictures = path.join(root, 'docs', 'panels');
const THEMES = ['light', 'dark'] as const;
/** Taller than any panel, so that nothing needs scrolling. */
const VIEW = { width: 1440, height: 3200 };

/** n8n adds its own option, "Custom API Call", to both dropdowns. */
const ours = ({ value }: INodePropertyOptions) => value !== '__CUSTOM_API_CALL__';
const entries = (property?: INodeProperties) =>
	((property?.options ?? []) as INodePropertyOptions[]).filter(ours);

/** Whether a field is shown for these parameters, by its display conditions. */
const belongs = ({ displayOptions }: INodeProperties, parameters: Record<string, unknown>) =>
	Object.entries(parameters).every(
		([name, value]) => displayOptions?.show?.[name]?.includes(value as never) ?? true,
	);

/** Every collection of these fields with all its entries added. */
const opened = (fields: INodeProperties[], parameters: Record<string, unknown>) =>
	Object.fromEntries(
		fields
			.filter((field) => field.type === 'collection' && belongs(field, parameters))
			.map(({ name, options }) => [
				name,
				Object.fromEntries(
					(options as INodeProperties[]).map((entry) => [entry.name, entry.default]),
				),
			]),
	);

/** The panels of the action node, in the order of its dropdowns. */
function actionPanels(fields: INodeProperties[]): Panel[] {
	const resources = entries(fields.find(({ name }) => name === 'resource'));
	return resources.flatMap(({ name: group, value: resource }) => {
		const operations = fields.find(
			(field) => field.name === 'operation' && belongs(field, { resource }),
		);
		return entries(operations).map(({ action, value: operation }): Panel => {
			const chosen = { resource, operation };
			return {
				file: `${resource}-${operation}`,
				name: action!,
				group,
				type: 'n8n-nodes-dintero.dintero',
				parameters: { ...chosen, ...opened(fields, chosen) },
			};
		});
	});
}

/** The panels of the trigger, one for each entry of *Trigger On*. */
function triggerPanels(fields: INodeProperties[]): Panel[] {
	return entries(fields.find(({ name }) => name === 'triggerOn')).map(({ action, value }) => ({
		file: `trigger-${value}`,
		name: action!,
		group: 'Dintero Trigger',
		type: 'n8n-nodes-dintero.dinteroTrigger',
		parameters: { triggerOn: value, ...opened(fields, { triggerOn: value }) },
	}));
}

async function takePictures(editor: Editor, panels: Panel[], theme: string): Promise<void> {
	for (const { name, file } of panels) {
		await editor.openNode(name);
		const panel = editor.id('node-parameters').first();
		await editor.page.waitForTimeout(500);
		const box = await panel.boundingBox();
		if (!box) throw new Error(`${name} shows no panel`);
		// The panel is as tall as the window; only the part with fields belongs into the picture.
		const end = await panel.evaluate((element) => {
			const fields = element.querySelectorAll(
				'[data-test-id^="parameter-input"], .el-switch, textarea',
			);
			return Math.max(...[...fields].map((field) => field.getBoundingClientRect().bottom));
		});
		await editor.page.screenshot({
			path: path.join(pictures, `${file}-${theme}.jpg`),
			type: 'jpeg',
			quality: 75,
			clip: { ...box, height: Math.min(box.height, end - box.y + 24) },
		});
		await editor.closeNode();
	}
	console.log(`${panels.length} panels, ${theme}`);
}

/** Renders the page that lists them. */
function page(panels: Panel[]): string {
	const groups = [...new Set(panels.map(({ group }) => group))];
	const sections = groups.map((group) =>
		[
			`## ${group}`,
			...panels
				.filter((panel) => panel.group === group)
				.map(({ name, file }) =>
					[
						`### ${name}`,
						'',
						'<picture>',
						`  <source media="(prefers-color-scheme: dark)" srcset="${file}-dark.jpg">`,
						`  <img alt="${name}" src="${file}-light.jpg" width="420">`,
						'</picture>',
					].join('\n'),
				),
		].join('\n\n'),
	);
	return [
		'# Every panel of the nodes',
		'',
		'With every additional field and option open, in a real n8n. Taken by `npm run check -- contact-sheet`.',
		'',
		sections.join('\n\n'),
		'',
	].join('\n');
}

const wanted = process.argv.slice(2);
await rm(folder, { recursive: true, force: true });
const environment = await startEnvironment({ folder, files: path.join(folder, 'files') });
const editor = await Editor.open(environment.n8n.url);
try {
	const [action, trigger] = await environment.client.rest<Array<{ properties: INodeProperties[] }>>(
		'POST',
		'/node-types',
		{
			nodeInfos: [
				{ name: 'n8n-nodes-dintero.dintero', version: 1 },
				{ name: 'n8n-nodes-dintero.dinteroTrigger', version: 1.1 },
			],
		},
	);
	const all = [...actionPanels(action.properties), ...triggerPanels(trigger.properties)];
	const panels = all.filter(
		({ file }) => wanted.length === 0 || wanted.some((part) => file.startsWith(part)),
	);
	const credential = await saveCredential(environment);
	const workflow = await environment.client.saveWorkflow({
		name: 'Panels',
		connections: {},
		nodes: panels.map(({ name, type, parameters }, index) => ({
			id: `panel-${index}`,
			name,
			type,
			typeVersion: type.endsWith('Trigger') ? 1.1 : 1,
			position: [(index % 6) * 220, Math.floor(index / 6) * 200] as [number, number],
			parameters,
			credentials: { dinteroApi: { id: credential.id, name: credential.name } },
		})),
	} as never);
	await mkdir(pictures, { recursive: true });
	if (wanted.length === 0)
		for (const file of await readdir(pictures))
			if (file.endsWith('.jpg')) await rm(path.join(pictures, file));
	await editor.signIn(owner);
	for (const theme of THEMES) {
		await editor.page.emulateMedia({ colorScheme: theme });
		await editor.page.setViewportSize(VIEW);
		await editor.openWorkflow(workflow.id);
		await takePictures(editor, panels, theme);
	}
	await writeFile(path.join(pictures, 'README.md'), page(all));
} finally {
	await editor.close();
	await environment.stop();
}
