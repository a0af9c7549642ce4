/** A campaign as a real n8n runs it: rows from a file, in chunks, each chunk recorded in a data table when it is done. */
import type { SavedCredential, WorkflowJson, WorkflowNode } from '../../demo/n8n-client.mts';

export interface CampaignSettings {
	credential: SavedCredential;
	/** A CSV file with the columns id and amount. */
	rowsFile: string;
	dataTableId: string;
	chunk: number;
	/** Of the Dintero node. */
	options: Record<string, unknown>;
}

export const COLUMNS = ['cardId', 'cardToken', 'pin', 'amountMinor', 'outcome'] as const;

const ROWS_LEFT = `
const done = new Set($('Rows done').all().map((item) => item.json.cardId));
return $input.all().filter((item) => !done.has(item.json.id));
`;

export function campaign(settings: CampaignSettings): WorkflowJson {
	const { credential, rowsFile, dataTableId, chunk, options } = settings;
	const table = { resource: 'row', dataTableId: { __rl: true, mode: 'id', value: dataTableId } };
	return {
		name: 'Campaign under faults',
		nodes: [
			node('Start', 'n8n-nodes-base.manualTrigger', 1),
			{
				...node('Rows done', 'n8n-nodes-base.dataTable', 1.1, {
					...table,
					operation: 'get',
					returnAll: true,
				}),
				alwaysOutputData: true,
			},
			{
				...node('Read the file', 'n8n-nodes-base.readWriteFile', 1.1, {
					operation: 'read',
					fileSelector: rowsFile,
					options: {},
				}),
				executeOnce: true,
			},
			node('Rows', 'n8n-nodes-base.extractFromFile', 1.1, { operation: 'csv', options: {} }),
			node('Rows left', 'n8n-nodes-base.code', 2, { jsCode: ROWS_LEFT }),
			node('Loop', 'n8n-nodes-base.splitInBatches', 3, { batchSize: chunk, options: {} }),
			{
				...node('Issue', 'n8n-nodes-dintero.dintero', 1, {
					resource: 'giftCard',
					operation: 'create',
					cardId: '={{ $json.id }}',
					amount: '={{ $json.amount }}',
					currency: 'NOK',
					options,
				}),
				credentials: { dinteroApi: { id: credential.id, name: credential.name } },
			},
			node('Codes', 'n8n-nodes-base.set', 3.4, {
				mode: 'manual',
				assignments: { assignments: [] },
				includeOtherFields: true,
				include: 'selected',
				includeFields: COLUMNS.join(', '),
				options: {},
			}),
			node('Record', 'n8n-nodes-base.dataTable', 1.1, {
				...table,
				operation: 'insert',
				columns: { mappingMode: 'autoMapInputData', value: null },
				options: { optimizeBulk: true },
			}),
		],
		connections: {
			Start: { main: [to('Rows done')] },
			'Rows done': { main: [to('Read the file')] },
			'Read the file': { main: [to('Rows')] },
			Rows: { main: [to('Rows left')] },
			'Rows left': { main: [to('Loop')] },
			Loop: { main: [[], to('Issue')] },
			Issue: { main: [to('Codes')] },
			Codes: { main: [to('Record')] },
			Record: { main: [to('Loop')] },
		},
		settings: { executionOrder: 'v1' },
	};
}

let column = 0;

const node = (
	name: string,
	type: string,
	typeVersion: number,
	parameters: WorkflowNode['parameters'] = {},
): WorkflowNode => ({
	id: `chaos-${name.toLowerCase().replaceAll(' ', '-')}`,
	name,
	type,
	typeVersion,
	position: [200 * column++, 0],
	parameters,
});

const to = (name: string) => [{ node: name, type: 'main', index: 0 }];
