import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { findOperation, nodeProperties } from './actions/registry';
import { runOperation } from './actions/run';
import { dinteroApiTest } from './methods/credentialTest';
import { listSearch } from './methods/listSearch';

/** The action node: builds its description from the operation registry and passes each run to the item runner. */
export class Dintero implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Dintero',
		name: 'dintero',
		icon: { light: 'file:../../icons/dintero.svg', dark: 'file:../../icons/dintero.dark.svg' },
		group: ['output'],
		version: 1,
		subtitle:
			'={{ ($parameter["operation"].replace("getAll", "getMany") + ": " + $parameter["resource"]).replace(/([A-Z])/g, " $1").toLowerCase() }}',
		description: 'Issue and manage gift cards, or start a workflow when one is created or used',
		defaults: { name: 'Dintero' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'dinteroApi', required: true, testedBy: 'dinteroApiTest' }],
		properties: nodeProperties(),
	};

	methods = {
		credentialTest: { dinteroApiTest },
		listSearch,
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const operation = findOperation(
			this.getNodeParameter('resource', 0),
			this.getNodeParameter('operation', 0),
		);
		return [await runOperation(this, operation)];
	}
}
