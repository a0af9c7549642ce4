/** Minimal versions of n8n's own nodes, which are not installed for the engine tests. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';

const describe = (
	name: string,
	displayName: string,
	extra: object = {},
): INodeType['description'] =>
	({
		displayName,
		name,
		group: ['transform'],
		version: [1, 1.1, 2, 3, 3.1, 3.2, 3.3, 3.4, 4, 4.2],
		description: displayName,
		defaults: { name: displayName },
		inputs: ['main'],
		outputs: ['main'],
		properties: [],
		...extra,
	}) as unknown as INodeType['description'];

const passThrough = async function (this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	return [this.getInputData()];
};

/** Emits the items a test gives to `engine.run(…, { items })`. */
export const start: INodeType = {
	description: describe('start', 'Start', { group: ['trigger'], inputs: [] }),
	execute: passThrough,
};

export const noOp: INodeType = {
	description: describe('noOp', 'No Operation'),
	execute: passThrough,
};

/** Of the Edit Fields node: `assignments` (version 3), set on top of the input item. */
export const set: INodeType = {
	description: describe('set', 'Edit Fields', {
		properties: [
			{ displayName: 'Fields', name: 'assignments', type: 'assignmentCollection', default: {} },
			{ displayName: 'Include', name: 'includeOtherFields', type: 'boolean', default: false },
		],
	}),
	async execute(this: IExecuteFunctions) {
		return [
			this.getInputData().map((item, index) => {
				const values = this.getNodeParameter('assignments.assignments', index, []) as Array<{
					name: string;
					value: IDataObject[string];
				}>;
				const keep = this.getNodeParameter('includeOtherFields', index, false) as boolean;
				const json: IDataObject = keep ? { ...item.json } : {};
				for (const { name, value } of values) json[name] = value;
				return { json, pairedItem: { item: index } };
			}),
		];
	},
};

/** For a node type the engine does not know but whose output the workflow pins. */
export const pinned: INodeType = {
	description: describe('pinned', 'Pinned'),
	execute: passThrough,
};

export const minimalNodes: Record<string, INodeType> = {
	'n8n-nodes-base.start': start,
	'n8n-nodes-base.manualTrigger': start,
	'n8n-nodes-base.scheduleTrigger': start,
	'n8n-nodes-base.noOp': noOp,
	'n8n-nodes-base.set': set,
};
