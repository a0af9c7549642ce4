/** Records, in the process that did the work, the memory and how long the previous node took by n8n's own clock. */
import { writeFileSync, renameSync } from 'node:fs';
import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	IRunExecutionData,
} from 'n8n-workflow';
import type { MemoryWatch } from './BenchRows.node.mts';

export interface BenchReportFile {
	/** Duration in milliseconds, over all runs of the node. */
	time: number;
	/** Processor time of the whole process in milliseconds, since the rows were created. */
	cpu: number;
	runs: number;
	items: number;
	failed: number;
	/** Resident memory in bytes. */
	before: number;
	peak: number;
	/** Heap in use after each chunk, in bytes. */
	marks: number[];
}

export class BenchReport implements INodeType {
	description: INodeType['description'] = {
		displayName: 'Bench Report',
		name: 'benchReport',
		group: ['output'],
		version: 1,
		description: 'Ends a benchmark',
		defaults: { name: 'Bench Report' },
		inputs: ['main'],
		outputs: ['main'],
		properties: [
			{ displayName: 'File', name: 'file', type: 'string', default: '' },
			{ displayName: 'Node', name: 'node', type: 'string', default: '' },
		],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const { benchMemory, benchMarks } = globalThis as unknown as {
			benchMemory?: MemoryWatch;
			benchMarks: number[];
		};
		clearInterval(benchMemory?.timer);
		const used = process.cpuUsage(benchMemory?.cpu);
		const { runExecutionData } = this as unknown as { runExecutionData: IRunExecutionData };
		const node = this.getNodeParameter('node', 0) as string;
		const runs = runExecutionData.resultData.runData[node] ?? [];
		const items = runs.flatMap((run) => run.data?.main[0] ?? []);
		const report: BenchReportFile = {
			time: runs.reduce((sum, { executionTime }) => sum + executionTime, 0),
			cpu: (used.user + used.system) / 1000,
			runs: runs.length,
			items: items.length,
			failed: items.filter(({ json }) => json.error !== undefined).length,
			before: benchMemory?.before ?? 0,
			peak: Math.max(benchMemory?.peak ?? 0, process.memoryUsage.rss()),
			marks: benchMarks,
		};
		const file = this.getNodeParameter('file', 0) as string;
		writeFileSync(`${file}.part`, JSON.stringify(report));
		renameSync(`${file}.part`, file);
		return [[{ json: { ...report } }]];
	}
}
