/** The baseline for any node in n8n: a bare loop of n8n's plain request helper with a fixed header. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';

export class BenchFloor implements INodeType {
	description: INodeType['description'] = {
		displayName: 'Bench Floor',
		name: 'benchFloor',
		group: ['output'],
		version: 1,
		description: 'Creates cards and does nothing else',
		defaults: { name: 'Bench Floor' },
		inputs: ['main'],
		outputs: ['main'],
		properties: [
			{ displayName: 'URL', name: 'url', type: 'string', default: '' },
			{ displayName: 'Authorization', name: 'authorization', type: 'string', default: '' },
			{ displayName: 'Concurrency', name: 'concurrency', type: 'number', default: 10 },
		],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const items = this.getInputData();
		const url = this.getNodeParameter('url', 0) as string;
		const Authorization = this.getNodeParameter('authorization', 0) as string;
		const concurrency = this.getNodeParameter('concurrency', 0) as number;
		const digits = { symbols: false, characters: false, numbers: true };
		const results: INodeExecutionData[] = [];
		let next = 0;
		const worker = async (): Promise<void> => {
			while (next < items.length) {
				const index = next++;
				const { id, amount } = items[index].json as { id: string; amount: number };
				const json = (await this.helpers.httpRequest({
					method: 'POST',
					url,
					headers: { Authorization },
					body: {
						card_id: id,
						amount: amount * 100,
						currency: 'NOK',
						pin: { format: { length: 4, ...digits } },
						card_token: {
							format: { length: 16, ...digits },
							expires_in: 315_360_000,
							expires_after_transaction: false,
						},
					},
					json: true,
				})) as IDataObject;
				results[index] = { json, pairedItem: { item: index } };
			}
		};
		await Promise.all(Array.from({ length: concurrency }, worker));
		return [results];
	}
}
