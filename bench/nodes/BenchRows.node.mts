/** Creates the rows of a benchmark with a clean heap, and watches the process's memory from then on. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

export interface MemoryWatch {
	timer: NodeJS.Timeout;
	/** Bytes. */
	before: number;
	peak: number;
	cpu: NodeJS.CpuUsage;
}

export class BenchRows implements INodeType {
	description: INodeType['description'] = {
		displayName: 'Bench Rows',
		name: 'benchRows',
		group: ['input'],
		version: 1,
		description: 'Rows of a campaign',
		defaults: { name: 'Bench Rows' },
		inputs: ['main'],
		outputs: ['main'],
		properties: [
			{ displayName: 'Count', name: 'count', type: 'number', default: 1000 },
			{ displayName: 'Prefix', name: 'prefix', type: 'string', default: 'row' },
		],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const count = this.getNodeParameter('count', 0) as number;
		const prefix = this.getNodeParameter('prefix', 0) as string;
		collectGarbage();
		const rows = Array.from({ length: count }, (_, i) => ({
			json: { id: `${prefix}-${i + 1}`, amount: 100 + (i % 900), name: `Customer ${i + 1}` },
			pairedItem: { item: 0 },
		}));
		const before = process.memoryUsage.rss();
		const watch: MemoryWatch = {
			before,
			peak: before,
			cpu: process.cpuUsage(),
			timer: setInterval(() => {
				watch.peak = Math.max(watch.peak, process.memoryUsage.rss());
			}, 10),
		};
		Object.assign(globalThis, { benchMemory: watch, benchMarks: [], gc: collectGarbage });
		return [rows];
	}
}
