/** One real n8n with the sandbox and stand-ins around it, and an example imported as a person would do it. */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadExample } from '../../demo/examples.mts';
import type { Execution, Item, SavedCredential, SavedWorkflow } from '../../demo/n8n-client.mts';
import { root, runFolder } from '../../demo/package.mts';
import { openStage, saveCredential, type Stage } from '../../demo/stage.mts';
import { startMailbox, type Mailbox } from './mailbox.mts';

export interface House extends Stage {
	mailbox: Mailbox;
	/** By credential type. */
	credentials: Record<string, SavedCredential>;
	/** Issues gift cards with the node itself. */
	issue(...cards: Card[]): Promise<void>;
}

export interface Card {
	cardId: string;
	/** In kroner. */
	amount: number;
	customerId?: string;
	expiresAt?: string;
	/** As JSON. */
	metadata?: string;
}

export interface Changes {
	/** Values to put into *Set* nodes, by field name: what a person fills in. */
	settings?: Record<string, string | number>;
	/** Credentials other than the house's own, by type. */
	credentials?: Record<string, SavedCredential>;
	/** Where the Slack messages go, when not to the house's stand-in. */
	slackUrl?: string;
}

export async function openHouse(): Promise<House> {
	const folder = runFolder('examples');
	await rm(folder, { recursive: true, force: true });
	const stage = await openStage({ folder, files: path.join(folder, 'files') });
	const mailbox = await startMailbox();
	const stop = async () => {
		await mailbox.stop();
		await stage.stop();
	};
	try {
		const { client } = stage;
		const basic = { user: 'till', password: 'Kasse-2026' };
		const header = { name: 'x-till-key', value: 'Kasse-2026' };
		const credentials = {
			dinteroApi: await saveCredential(stage),
			smtp: await client.saveCredential('Mailbox', 'smtp', mailbox.credential),
			httpBasicAuth: await client.saveCredential('Form', 'httpBasicAuth', basic),
			httpHeaderAuth: await client.saveCredential('Till', 'httpHeaderAuth', header),
		};
		const issue = async (...cards: Card[]) => await issueCards(house, cards);
		const house: House = { ...stage, mailbox, credentials, issue, stop };
		return house;
	} catch (error) {
		await stop();
		throw error;
	}
}

async function issueCards({ client, credentials }: House, cards: Card[]): Promise<void> {
	const { dinteroApi } = credentials;
	const [trigger, list, issue] = ['Start', 'Cards', 'Issue'];
	const to = (node: string) => ({ main: [[{ node, type: 'main', index: 0 }]] });
	const node = (name: string, type: string, typeVersion: number, parameters: object) => ({
		id: name,
		name,
		type,
		typeVersion,
		position: [0, 0] as [number, number],
		parameters: parameters as Record<string, unknown>,
	});
	const workflow = await client.saveWorkflow({
		name: 'Cards for the test',
		nodes: [
			node(trigger, 'n8n-nodes-base.manualTrigger', 1, {}),
			node(list, 'n8n-nodes-base.code', 2, {
				jsCode: `return ${JSON.stringify(cards)}.map((json) => ({ json }));`,
			}),
			{
				...node(issue, 'n8n-nodes-dintero.dintero', 1, {
					amount: '={{ $json.amount }}',
					cardId: '={{ $json.cardId }}',
					additionalFields: {
						customerId: '={{ $json.customerId }}',
						expiresAt: '={{ $json.expiresAt }}',
						metadataJson: '={{ $json.metadata }}',
					},
				}),
				credentials: { dinteroApi },
			},
		],
		connections: { [trigger]: to(list), [list]: to(issue) },
	});
	succeeded(await client.run(workflow, trigger));
}

/** Which credential a person has to choose in a node of this type. */
const credentialOf: Record<string, string> = {
	'n8n-nodes-base.emailSend': 'smtp',
	'n8n-nodes-base.formTrigger': 'httpBasicAuth',
	'n8n-nodes-base.webhook': 'httpHeaderAuth',
	'@n8n/n8n-nodes-langchain.lmChatOpenAi': 'openAiApi',
};

/** Imports `examples/<name>/<name>.json`, chooses the credentials, fills the settings in. */
export async function importExample(
	house: Pick<House, 'client' | 'credentials' | 'files' | 'slack'>,
	name: string,
	{ settings = {}, credentials = {}, slackUrl }: Changes = {},
): Promise<SavedWorkflow> {
	const all = { ...house.credentials, ...credentials };
	const workflow = await loadExample(`${name}/${name}.json`, {
		credential: all.dinteroApi,
		folder: house.files,
		slackUrl: slackUrl ?? house.slack.webhookUrl,
	});
	const unused = new Set(Object.keys(settings));
	for (const node of workflow.nodes) {
		const { nodeCredentialType, genericAuthType } = node.parameters;
		const type = credentialOf[node.type] ?? nodeCredentialType ?? genericAuthType;
		const chosen = all[String(type)];
		if (chosen) node.credentials = { [chosen.type]: { id: chosen.id, name: chosen.name } };
		for (const field of fieldsOf(node.parameters))
			if (Object.hasOwn(settings, field.name)) {
				field.value = settings[field.name];
				unused.delete(field.name);
			}
	}
	if (unused.size > 0) throw new Error(`${name} has no setting ${[...unused].join(', ')}`);
	return await house.client.saveWorkflow(workflow);
}

function fieldsOf(parameters: Record<string, unknown>): Array<{ name: string; value: unknown }> {
	const { assignments } = (parameters.assignments ?? {}) as { assignments?: [] };
	return assignments ?? [];
}

/** Waits for the next finished execution of a workflow, after `known` ones. */
export async function nextExecution(
	house: House,
	workflow: SavedWorkflow,
	known: number,
): Promise<Execution> {
	const ids = await until(`execution ${known + 1} of "${workflow.name}"`, async () => {
		const list = await house.client.executions(workflow);
		return list.length > known ? list.map(({ id }) => id) : undefined;
	});
	return await house.client.untilFinished(ids.sort((a, b) => Number(a) - Number(b))[known]);
}

export async function until<T>(
	what: string,
	look: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
	const deadline = Date.now() + 30_000;
	while (Date.now() < deadline) {
		const found = await look();
		if (found !== undefined && found !== false) return found;
		await sleep(100);
	}
	throw new Error(`Waited 30 s in vain for ${what}`);
}

/** The items of all outputs of a node's first run. */
export const itemsOf = (execution: Execution, node: string): Item[] =>
	(execution.runs[node]?.[0]?.data?.main ?? []).flatMap((output) => output ?? []);

/** Throws with the node and its words when an execution failed. */
export function succeeded(execution: Execution): Execution {
	if (execution.status === 'success') return execution;
	const [node, runs] =
		Object.entries(execution.runs).find(([, list]) => list.some(({ error }) => error)) ?? [];
	const error = runs?.find((run) => run.error)?.error ?? execution.error;
	throw new Error(
		`The execution ended with ${execution.status} at "${node}": ${error?.message} ${error?.description ?? ''}`,
	);
}

export const readExample = async (name: string): Promise<string> =>
	await readFile(path.join(root, 'examples', name), 'utf8');
