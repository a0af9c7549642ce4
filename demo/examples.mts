/** Loads the workflows in `examples/` and fills in an n8n, a Dintero credential and a Slack URL. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { SavedCredential, WorkflowJson, WorkflowNode } from './n8n-client.mts';
import { root } from '../scripts/project.mts';

/** What a person changes by hand after importing an example. */
export interface ExampleSettings {
	/** The Dintero credential that the Dintero nodes use. */
	credential: SavedCredential;
	/** The credentials of other nodes, by type. */
	credentials?: Record<string, SavedCredential>;
	/** Values to put into *Set* nodes, by field name. */
	settings?: Record<string, string | number>;
	/** The folder that the workflow reads and writes. */
	folder?: string;
	/** The URL of a Slack incoming webhook. */
	slackUrl?: string;
}

const placeholders = {
	folder: '/home/node/.n8n-files',
	slackUrl: 'https://hooks.slack.com/services/REPLACE/WITH/YOURS',
};

/** @param name path below `examples/`, for example `campaign/campaign.json` */
export async function loadExample(name: string, settings: ExampleSettings): Promise<WorkflowJson> {
	const fill = (_key: string, value: unknown): unknown =>
		typeof value === 'string'
			? value
					.replaceAll(placeholders.folder, settings.folder ?? placeholders.folder)
					.replaceAll(placeholders.slackUrl, settings.slackUrl ?? placeholders.slackUrl)
			: value;
	const workflow = JSON.parse(await readFile(path.join(root, 'examples', name), 'utf8'));
	for (const node of workflow.nodes)
		if (node.type !== 'n8n-nodes-base.stickyNote')
			node.parameters = JSON.parse(JSON.stringify(node.parameters), fill);
	const { credential, credentials = {} } = settings;
	for (const node of workflow.nodes as WorkflowNode[]) {
		const { nodeCredentialType, genericAuthType } = node.parameters;
		const type = credentialOf(node) ?? nodeCredentialType ?? genericAuthType;
		const chosen = { ...credentials, dinteroApi: credential }[String(type)];
		if (chosen) node.credentials = { [chosen.type]: { id: chosen.id, name: chosen.name } };
	}
	fillIn(name, workflow, settings.settings ?? {});
	return workflow;
}

/** The credential that a person must choose in a node. */
function credentialOf({ type }: WorkflowNode): string | undefined {
	if (type.startsWith('n8n-nodes-dintero.')) return 'dinteroApi';
	return {
		'n8n-nodes-base.emailSend': 'smtp',
		'n8n-nodes-base.formTrigger': 'httpBasicAuth',
		'n8n-nodes-base.webhook': 'httpHeaderAuth',
		'@n8n/n8n-nodes-langchain.lmChatOpenAi': 'openAiApi',
	}[type];
}

function fillIn(
	example: string,
	{ nodes }: WorkflowJson,
	settings: Record<string, string | number>,
) {
	const unused = new Set(Object.keys(settings));
	type Fields = { assignments?: Array<{ name: string; value: unknown }> };
	for (const { parameters } of nodes)
		for (const field of ((parameters.assignments ?? {}) as Fields).assignments ?? [])
			if (Object.hasOwn(settings, field.name)) {
				field.value = settings[field.name];
				unused.delete(field.name);
			}
	if (unused.size > 0) throw new Error(`${example} has no setting ${[...unused].join(', ')}`);
}

/** The trigger that starts a workflow by hand. */
export const manualTriggerOf = (workflow: WorkflowJson): string => {
	const trigger = workflow.nodes.find((node) => node.type === 'n8n-nodes-base.manualTrigger');
	if (!trigger) throw new Error(`Workflow "${workflow.name}" has no manual trigger`);
	return trigger.name;
};
