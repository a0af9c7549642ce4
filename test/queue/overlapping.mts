/** A workflow that makes a batch of cards for each call of its webhook. */
import type { SavedCredential, WorkflowJson } from '../../demo/n8n-client.mts';

/** What became of one card. */
export interface BatchLine {
	cardId?: string;
	cardToken?: string;
	pin?: string;
	error?: string;
}

/** Issues as many inactive cards as a call asks for, and answers with the result of each. */
export function batchOnCall(credential: SavedCredential): WorkflowJson {
	const node = (
		name: string,
		type: string,
		typeVersion: number,
		parameters: Record<string, unknown>,
		x: number,
	) => ({
		id: name,
		name,
		type,
		typeVersion,
		position: [x, 0] as [number, number],
		parameters,
	});
	const to = (name: string) => ({ main: [[{ node: name, type: 'main', index: 0 }]] });
	return {
		name: 'Overlapping batches',
		settings: { executionOrder: 'v1' },
		nodes: [
			{
				...node(
					'Call',
					'n8n-nodes-base.webhook',
					2,
					{
						httpMethod: 'POST',
						path: 'overlapping',
						responseMode: 'lastNode',
						responseData: 'allEntries',
					},
					0,
				),
				webhookId: 'overlapping',
			},
			node(
				'Rows',
				'n8n-nodes-base.code',
				2,
				{
					jsCode:
						'const { from, count } = $json.body;\nreturn Array.from({ length: count }, (_, n) => ({ json: { id: `overlap-${from + n}` } }));',
				},
				200,
			),
			{
				...node(
					'Batch',
					'n8n-nodes-dintero.dintero',
					1,
					{
						resource: 'giftCard',
						operation: 'createBatch',
						batchSource: 'items',
						cardId: '={{ $json.id }}',
					},
					400,
				),
				credentials: { dinteroApi: credential },
				onError: 'continueRegularOutput',
			},
		],
		connections: { Call: to('Rows'), Rows: to('Batch') },
	};
}
