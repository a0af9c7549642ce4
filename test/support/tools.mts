/**
 * The action node as a tool, called as n8n 2.41.1 calls one outside its own loop over nodes: for a request to the MCP
 * Server Trigger (the tools are created for each call, and there is no execution), and for an AI agent that runs its tools itself.
 * n8n-core's makeHandleToolInvocation counts the run index up for every try of *Retry On Fail*.
 */
import { SupplyDataContext, WebhookContext } from 'n8n-core';
import {
	createRunExecutionData,
	NodeHelpers,
	Workflow,
	type IDataObject,
	type INode,
	type INodeParameters,
	type INodeType,
	type INodeTypeDescription,
	type IRunExecutionData,
} from 'n8n-workflow';

import type { Harness } from './harness.mts';

interface Tool {
	invoke(args: object): Promise<unknown>;
}

/** What a call gave: the first item, or how it failed. */
export type Called = IDataObject & { failed?: string };

const PARENT = 'Parent';
const TOOL = 'Dintero';

function workflowWith(harness: Harness, parameters: INodeParameters, settings: Partial<INode>) {
	const dintero = harness.engine.nodeTypes['n8n-nodes-dintero.dintero'] as INodeType;
	// As n8n makes a tool of a node: another name, another output.
	const tool = Object.create(dintero) as INodeType;
	tool.description = {
		...dintero.description,
		name: 'dinteroTool',
		displayName: 'Dintero Tool',
		inputs: [],
		outputs: ['ai_tool'],
	} as INodeTypeDescription;
	const parent = {
		description: {
			displayName: PARENT,
			name: 'parent',
			group: ['trigger'],
			version: 1,
			description: '',
			defaults: { name: PARENT },
			inputs: [{ type: 'ai_tool', displayName: 'Tools' }],
			outputs: [],
			properties: [],
			webhooks: [{ name: 'default', httpMethod: 'POST', path: 'x', responseMode: 'onReceived' }],
		} as unknown as INodeTypeDescription,
	} as INodeType;
	const types: Record<string, INodeType> = {
		'n8n-nodes-dintero.dinteroTool': tool,
		'test.parent': parent,
	};
	const at = { typeVersion: 1, position: [0, 0] as [number, number] };
	return new Workflow({
		id: 'workflow1',
		name: 'Tools',
		active: true,
		nodes: [
			{ id: 'parent', name: PARENT, type: 'test.parent', parameters: {}, ...at },
			{
				id: 'tool',
				name: TOOL,
				type: 'n8n-nodes-dintero.dinteroTool',
				parameters,
				credentials: { dinteroApi: harness.credential },
				...at,
				...settings,
			},
		],
		connections: { [TOOL]: { ai_tool: [[{ node: PARENT, type: 'ai_tool', index: 0 }]] } },
		nodeTypes: {
			getByName: (name) => types[name],
			getByNameAndVersion: (name, version) =>
				NodeHelpers.getVersionedNodeType(types[name], version),
			getKnownTypes: () => ({}),
		},
		settings: { timezone: 'Europe/Oslo' },
	});
}

async function call(tool: Tool, args: object): Promise<Called> {
	try {
		const answer = JSON.parse(String(await tool.invoke(args))) as Called | Called[];
		return Array.isArray(answer) ? answer[0] : answer;
	} catch (error) {
		return { failed: (error as Error).message };
	}
}

/** One request of an MCP client. */
export async function callByMcp(
	harness: Harness,
	parameters: INodeParameters,
	args: object,
	settings: Partial<INode> = {},
): Promise<Called> {
	const workflow = workflowWith(harness, parameters, settings);
	const node = workflow.getNode(PARENT)!;
	const http = {
		httpRequest: { body: {}, headers: {}, params: {}, query: {} } as never,
		httpResponse: {} as never,
	};
	const context = new WebhookContext(
		workflow,
		node,
		harness.engine.additionalData(http),
		'webhook',
		{
			httpMethod: 'POST',
			node: PARENT,
			path: 'x',
			webhookDescription: { name: 'default' },
		} as never,
		[],
		dataOf(node),
	);
	const [tool] = (await context.getInputConnectionData('ai_tool', 0)) as Tool[];
	return await call(tool, args);
}

/** An AI agent in one execution. */
export function agentOf(
	harness: Harness,
	parameters: INodeParameters,
	settings: Partial<INode> = {},
	executionId = '4711',
) {
	const workflow = workflowWith(harness, parameters, settings);
	const node = workflow.getNode(PARENT)!;
	const data = dataOf(node);
	const items = [{ json: {} }];
	return {
		/** Creates the agent's tools again, as n8n does for each item, and calls the tool. */
		async call(args: object): Promise<Called> {
			const context = new SupplyDataContext(
				workflow,
				node,
				harness.engine.additionalData({ executionId }),
				'trigger',
				data,
				0,
				items,
				{ main: [items] },
				'ai_agent',
				{ node, data: { main: [items] }, source: null },
				[],
			);
			const [tool] = (await context.getInputConnectionData('ai_tool', 0)) as Tool[];
			return await call(tool, args);
		},
	};
}

const dataOf = (node: INode): IRunExecutionData =>
	createRunExecutionData({
		executionData: { nodeExecutionStack: [{ node, data: { main: [] }, source: null }] },
	});
