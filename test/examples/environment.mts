/** One real n8n with the sandbox and fake services around it, and an example imported as a person would do it. */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadExample } from '../../demo/examples.mts';
import type {
	Execution,
	Item,
	SavedCredential,
	SavedWorkflow,
	WorkflowNode,
} from '../../demo/n8n-client.mts';
import { root, runFolder } from '../../scripts/project.mts';
import { startEnvironment, saveCredential, type Environment } from '../../demo/environment.mts';
import { formSignIn } from '../../demo/forms.mts';

export interface ExamplesEnvironment extends Environment {
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
	/** Instead of the name in the file. */
	name?: string;
	/** Credentials other than the environment's own, by type. */
	credentials?: Record<string, SavedCredential>;
	/** Where the Slack messages go, when not to the environment's fake Slack. */
	slackUrl?: string;
}

/** @param name of the folder it runs in; two that run at once need two */
export async function startExamples(name = 'examples'): Promise<ExamplesEnvironment> {
	const folder = runFolder(name);
	await rm(folder, { recursive: true, force: true });
	const started = await startEnvironment({ folder, files: path.join(folder, 'files') });
	try {
		const { client, mailbox } = started;
		const header = { name: 'x-till-key', value: 'Kasse-2026' };
		const credentials = {
			dinteroApi: await saveCredential(started),
			smtp: await client.saveCredential('Mailbox', 'smtp', mailbox.credential),
			httpBasicAuth: await client.saveCredential('Form', 'httpBasicAuth', formSignIn),
			httpHeaderAuth: await client.saveCredential('Till', 'httpHeaderAuth', header),
		};
		// An expression that gives nothing is refused, so cards with other fields are a run of their own.
		const issue = async (...cards: Card[]) => {
			const groups = new Map<string, Card[]>();
			for (const card of cards) {
				const fields = given(card).join();
				groups.set(fields, [...(groups.get(fields) ?? []), card]);
			}
			for (const group of groups.values()) await issueCards(environment, group);
		};
		const environment: ExamplesEnvironment = { ...started, credentials, issue };
		return environment;
	} catch (error) {
		await started.stop();
		throw error;
	}
}

/** The node's fields for what a card may have. */
const optionalFields = {
	customerId: 'customerId',
	expiresAt: 'expiresAt',
	metadata: 'metadataJson',
} as const;

const given = (card: Card) =>
	(Object.keys(optionalFields) as Array<keyof typeof optionalFields>).filter(
		(field) => card[field] !== undefined,
	);

async function issueCards(
	{ client, credentials }: ExamplesEnvironment,
	cards: Card[],
): Promise<void> {
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
					additionalFields: Object.fromEntries(
						given(cards[0]).map((field) => [optionalFields[field], `={{ $json.${field} }}`]),
					),
				}),
				credentials: { dinteroApi },
			},
		],
		connections: { [trigger]: to(list), [list]: to(issue) },
	});
	succeeded(await client.run(workflow, trigger));
}

/** Imports `examples/<name>/<name>.json`, chooses the credentials, fills the settings in. */
export async function importExample(
	environment: Pick<ExamplesEnvironment, 'client' | 'credentials' | 'files' | 'slack'>,
	name: string,
	{ settings, credentials = {}, slackUrl, name: title }: Changes = {},
): Promise<SavedWorkflow> {
	const { dinteroApi, ...others } = { ...environment.credentials, ...credentials };
	const workflow = await loadExample(`${name}/${name}.json`, {
		credential: dinteroApi,
		credentials: others,
		settings,
		folder: environment.files,
		slackUrl: slackUrl ?? environment.slack.webhookUrl,
	});
	if (title !== undefined) workflow.name = title;
	return await environment.client.saveWorkflow(workflow);
}

export function nodeOf(workflow: SavedWorkflow, name: string): WorkflowNode {
	const node = workflow.nodes.find((one) => one.name === name);
	if (!node) throw new Error(`${workflow.name} has no node "${name}"`);
	return node;
}

/** Waits for the next finished execution of a workflow, after `known` ones. */
export async function nextExecution(
	environment: ExamplesEnvironment,
	workflow: SavedWorkflow,
	known: number,
): Promise<Execution> {
	const ids = await until(`execution ${known + 1} of "${workflow.name}"`, async () => {
		const list = await environment.client.executions(workflow);
		return list.length > known ? list.map(({ id }) => id) : undefined;
	});
	return await environment.client.untilFinished(ids.sort((a, b) => Number(a) - Number(b))[known]);
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
