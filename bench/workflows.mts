/** The benchmark's workflows: rows, the node under test, a report. */
import type { SavedCredential, WorkflowJson, WorkflowNode } from '../demo/n8n-client.mts';

/** The node under test, between the rows and the report. It is named `Issue` in every workflow. */
export type Contestant = Pick<WorkflowNode, 'type' | 'typeVersion' | 'parameters'> & {
	credentials?: WorkflowNode['credentials'];
};

const DIGITS = { symbols: false, characters: false, numbers: true };

export interface Surroundings {
	credential: SavedCredential;
	/** The URL at which cards are created. */
	url: string;
	authorization: string;
}

/** Our node, with the row's fields as expressions, as in a campaign. */
export const ours = ({ credential }: Surroundings, concurrency: number): Contestant => ({
	type: 'n8n-nodes-dintero.dintero',
	typeVersion: 1,
	parameters: {
		resource: 'giftCard',
		operation: 'create',
		cardId: '={{ $json.id }}',
		amount: '={{ $json.amount }}',
		currency: 'NOK',
		options: { concurrency },
	},
	credentials: { dinteroApi: { id: credential.id, name: credential.name } },
});

export const floor = ({ url, authorization }: Surroundings, concurrency: number): Contestant => ({
	type: 'CUSTOM.benchFloor',
	typeVersion: 1,
	parameters: { url, authorization, concurrency },
});

/**
 * n8n's HTTP Request node with our credential.
 * @param batching n8n's defaults are 50 items, then a pause of 1000 ms
 */
export const httpRequest = (
	{ credential, url }: Surroundings,
	batching?: { batchSize: number; batchInterval: number },
): Contestant => ({
	type: 'n8n-nodes-base.httpRequest',
	typeVersion: 4.5,
	parameters: {
		method: 'POST',
		url,
		authentication: 'predefinedCredentialType',
		nodeCredentialType: 'dinteroApi',
		sendBody: true,
		specifyBody: 'json',
		jsonBody: `={{ JSON.stringify({
			card_id: $json.id,
			amount: $json.amount * 100,
			currency: 'NOK',
			pin: { format: ${JSON.stringify({ length: 4, ...DIGITS })} },
			card_token: {
				format: ${JSON.stringify({ length: 16, ...DIGITS })},
				expires_in: 315360000,
				expires_after_transaction: false
			}
		}) }}`,
		options: batching ? { batching: { batch: batching } } : {},
	},
	credentials: { dinteroApi: { id: credential.id, name: credential.name } },
});

export const parameterReading: Contestant = {
	type: 'CUSTOM.benchParameters',
	typeVersion: 1,
	parameters: { cardId: '={{ $json.id }}', amount: '={{ $json.amount }}' },
};

export const nothing: Contestant = {
	type: 'n8n-nodes-base.noOp',
	typeVersion: 1,
	parameters: {},
};

export interface Sizes {
	count: number;
	prefix: string;
	/** The path of the report. */
	file: string;
}

const node = (
	name: string,
	type: string,
	column: number,
	parameters: WorkflowNode['parameters'] = {},
	typeVersion = 1,
): WorkflowNode => ({
	id: `bench-${name.toLowerCase().replaceAll(' ', '-')}`,
	name,
	type,
	typeVersion,
	position: [column * 200, 0],
	parameters,
});

const to = (name: string) => [{ node: name, type: 'main', index: 0 }];

const settings = {
	executionOrder: 'v1',
	saveManualExecutions: false,
	saveDataSuccessExecution: 'none',
};

/** Sends all rows at once to the node under test. */
export function straight(contestant: Contestant, { count, prefix, file }: Sizes): WorkflowJson {
	return {
		name: 'Benchmark',
		nodes: [
			node('Start', 'n8n-nodes-base.manualTrigger', 0),
			node('Rows', 'CUSTOM.benchRows', 1, { count, prefix }),
			{ ...node('Issue', '', 2), ...contestant },
			node('Report', 'CUSTOM.benchReport', 3, { file, node: 'Issue' }),
		],
		connections: {
			Start: { main: [to('Rows')] },
			Rows: { main: [to('Issue')] },
			Issue: { main: [to('Report')] },
		},
		settings,
	};
}

/** Sends the rows in chunks, as the campaign example does. */
export function inChunks(
	contestant: Contestant,
	{ count, prefix, file }: Sizes,
	chunk: number,
): WorkflowJson {
	return {
		name: 'Benchmark in chunks',
		nodes: [
			node('Start', 'n8n-nodes-base.manualTrigger', 0),
			node('Rows', 'CUSTOM.benchRows', 1, { count, prefix }),
			node('Loop', 'n8n-nodes-base.splitInBatches', 2, { batchSize: chunk, options: {} }, 3),
			{ ...node('Issue', '', 3), ...contestant },
			node('Mark', 'CUSTOM.benchMark', 4),
			node('Report', 'CUSTOM.benchReport', 5, { file, node: 'Issue' }),
		],
		connections: {
			Start: { main: [to('Rows')] },
			Rows: { main: [to('Loop')] },
			Loop: { main: [to('Report'), to('Issue')] },
			Issue: { main: [to('Mark')] },
			Mark: { main: [to('Loop')] },
		},
		settings,
	};
}

/**
 * A workflow started by an event: the trigger under test and a node that does nothing, with n8n's default settings.
 */
const startedBy = (name: string, trigger: Omit<WorkflowNode, 'id' | 'name' | 'position'>) => ({
	name,
	nodes: [{ ...node('Trigger', '', 0), ...trigger }, node('After', 'n8n-nodes-base.noOp', 1)],
	connections: { Trigger: { main: [to('After')] } },
	settings: { executionOrder: 'v1' },
});

/** Our trigger with its default parameters. */
export const ourTrigger = ({ credential }: Surroundings): WorkflowJson =>
	startedBy('Events to the Dintero Trigger', {
		type: 'n8n-nodes-dintero.dinteroTrigger',
		typeVersion: 1.1,
		parameters: {},
		credentials: { dinteroApi: { id: credential.id, name: credential.name } },
		webhookId: 'bench-dintero',
	});

/**
 * n8n's Webhook node: POST, answers at once, otherwise with its default parameters.
 * @param path the path it is called at
 * @param header a credential with a required header; without it every request is accepted
 */
export const webhookNode = (path: string, header?: SavedCredential): WorkflowJson =>
	startedBy(`Events to n8n's Webhook node at ${path}`, {
		type: 'n8n-nodes-base.webhook',
		typeVersion: 2.1,
		parameters: {
			httpMethod: 'POST',
			path,
			...(header ? { authentication: 'headerAuth' } : {}),
			responseMode: 'onReceived',
			options: {},
		},
		...(header ? { credentials: { httpHeaderAuth: { id: header.id, name: header.name } } } : {}),
		webhookId: path,
	});
