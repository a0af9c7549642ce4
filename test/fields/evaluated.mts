/** A node whose parameters n8n itself evaluates, without an engine around it; counts how often it is asked. */
import {
	createRunExecutionData,
	Workflow,
	type IDataObject,
	type IExecuteFunctions,
	type INode,
	type INodeType,
	type NodeParameterValueType,
} from 'n8n-workflow';

import { Parameters } from '../../nodes/Dintero/fields/parameters';

const nodeType = {
	description: { properties: [], inputs: ['main'], outputs: ['main'], defaults: {} },
} as unknown as INodeType;
const nodeTypes = {
	getByName: () => nodeType,
	getByNameAndVersion: () => nodeType,
	getKnownTypes: () => ({}),
};

export function nodeWith(given: IDataObject, rows: IDataObject[]) {
	const node: INode = {
		id: '1',
		name: 'Node',
		type: 'x',
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
	};
	const workflow = new Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });
	const items = rows.map((json) => ({ json }));
	let asked = 0;
	const evaluate = (value: unknown, index = 0): unknown =>
		workflow.expression.getParameterValue(
			value as NodeParameterValueType,
			createRunExecutionData({}),
			0,
			index,
			'Node',
			items,
			'manual',
			{},
			{ node, data: { main: [items] }, source: null },
		);
	const stored = (path: string): unknown =>
		path
			.split('.')
			.reduce<unknown>((value, name) => (value as IDataObject | undefined)?.[name], given);
	const context = {
		getNode: () => ({ ...node, parameters: given }),
		getInputData: () => items,
		getTimezone: () => 'Europe/Oslo',
		getNodeParameter(path: string, index: number) {
			asked++;
			return evaluate(stored(path), index);
		},
		evaluateExpression: (expression: string, index: number) => evaluate(`=${expression}`, index),
	};
	const parameters = new Parameters(context as unknown as IExecuteFunctions);
	return {
		parameters,
		at: (path: string, index = 0) => parameters.item(index).at(path),
		evaluate,
		asked: () => asked,
	};
}
