/** Runs at the end of each chunk: records the process's memory and drops the chunk's items. */
import type { IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';

export class BenchMark implements INodeType {
	description: INodeType['description'] = {
		displayName: 'Bench Mark',
		name: 'benchMark',
		group: ['transform'],
		version: 1,
		description: 'Notes the memory',
		defaults: { name: 'Bench Mark' },
		inputs: ['main'],
		outputs: ['main'],
		properties: [],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const { gc, benchMarks } = globalThis as { gc?: () => void; benchMarks?: number[] };
		gc?.();
		benchMarks?.push(process.memoryUsage().heapUsed);
		return [[{ json: { done: this.getInputData().length }, pairedItem: { item: 0 } }]];
	}
}
