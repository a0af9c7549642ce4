/** The workflows in `examples/`, filled in for a given n8n, Dintero credential and Slack address. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { SavedCredential, WorkflowJson } from './n8n-client.mts';
import { root } from './package.mts';

/** What a person changes by hand after importing an example. */
export interface ExampleSettings {
	/** The Dintero credential that the Dintero nodes use. */
	credential: SavedCredential;
	/** The folder the workflow reads from and writes to. */
	folder?: string;
	/** The address of a Slack incoming webhook. */
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
	const { id, name: credentialName, type } = settings.credential;
	for (const node of workflow.nodes)
		if (node.type.startsWith('n8n-nodes-dintero.'))
			node.credentials = { [type]: { id, name: credentialName } };
	return workflow;
}

/** The trigger at which a person starts a workflow by hand. */
export const manualTriggerOf = (workflow: WorkflowJson): string => {
	const trigger = workflow.nodes.find((node) => node.type === 'n8n-nodes-base.manualTrigger');
	if (!trigger) throw new Error(`Workflow "${workflow.name}" has no manual trigger`);
	return trigger.name;
};
