/** Measures how long n8n itself takes to read a row's two parameters that contain an expression. */
import type { IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';

export class BenchParameters implements INodeType {
	description: INodeType['description'] = {
		displayName: 'Bench Parameters',
		name: 'benchParameters',
		group: ['transform'],
		version: 1,
		description: 'Reads parameters and does nothing with them',
		defaults: { name: 'Bench Parameters' },
		inputs: ['main'],
		outputs: ['main'],
		properties: [
			{ displayName: 'Card ID', name: 'cardId', type: 'string', default: '' },
			{ displayName: 'Amount', name: 'amount', type: 'string', default: '' },
		],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const items = this.getInputData();
		for (let index = 0; index < items.length; index++) {
			this.getNodeParameter('cardId', index);
			this.getNodeParameter('amount', index);
		}
		return [items];
	}
}
