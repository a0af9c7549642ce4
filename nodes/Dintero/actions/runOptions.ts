import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { TransportSettings } from '../transport/client';
import type { Parameters } from './parameters';

/** How a run treats its items; the same for every item. */
export interface RunOptions extends TransportSettings {
	concurrency: number;
	checkAllFirst: boolean;
	stopOnFailure: boolean;
	preview: boolean;
	resumeExecutionId?: string;
}

const DEFAULT_CONCURRENCY = 10;
const MAXIMUM_CONCURRENCY = 100;

export function readRunOptions(context: IExecuteFunctions, parameters: Parameters): RunOptions {
	const options = (
		context.getInputData().length > 0 ? parameters.get('options', 0, {}) : {}
	) as IDataObject;
	const number = (value: unknown, missing: number) => (Number(value) > 0 ? Number(value) : missing);
	return {
		concurrency: Math.min(
			Math.floor(number(options.concurrency, DEFAULT_CONCURRENCY)) || 1,
			MAXIMUM_CONCURRENCY,
		),
		requestsPerSecond: number(options.requestsPerSecond, 0),
		timeout: number(options.timeout, 30) * 1000,
		checkAllFirst: options.checkAllFirst !== false,
		stopOnFailure: options.ifItemFails === 'stop',
		preview: options.preview === true,
		resumeExecutionId: String(options.resumeExecutionId ?? '').trim() || undefined,
	};
}

/** Options every operation on many items has. Operations merge them with their own, in alphabetical order. */
export const PACE_OPTIONS: INodeProperties[] = [
	{
		displayName: 'Concurrency',
		name: 'concurrency',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: MAXIMUM_CONCURRENCY },
		default: DEFAULT_CONCURRENCY,
		description: 'How many items are worked on at the same time',
	},
	{
		displayName: 'Requests per Second',
		name: 'requestsPerSecond',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 0,
		description:
			'The most requests to start in a second. 0 means no limit; Dintero is still given the time it asks for.',
	},
	{
		displayName: 'Timeout (Seconds)',
		name: 'timeout',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 30,
		description: 'How long to wait for an answer before looking up what became of the request',
	},
];

/** Options of operations that make something or move money. */
export const WRITE_OPTIONS: INodeProperties[] = [
	{
		displayName: 'Check All Items First',
		name: 'checkAllFirst',
		type: 'boolean',
		default: true,
		description:
			"Whether one item that cannot be used stops the run before anything is sent, with every such item listed. When off, or with 'On Error' set to continue, the other items are done.",
	},
	{
		displayName: 'If an Item Fails',
		name: 'ifItemFails',
		type: 'options',
		options: [
			{
				name: 'Return the Failure Among the Results',
				value: 'return',
				description:
					'Nothing that was done is lost; failed items carry an error instead of a result',
			},
			{
				name: 'Stop the Run',
				value: 'stop',
				description:
					"This node's results are then dropped by n8n; run again with 'Resume Execution ID' to get them",
			},
		],
		default: 'return',
		description:
			"What to do when Dintero refuses an item in the middle of a run. 'On Error' in the node's settings comes first when it is set to continue.",
	},
	{
		displayName: 'Resume Execution ID',
		name: 'resumeExecutionId',
		type: 'string',
		default: '',
		placeholder: 'e.g. 1234',
		description:
			'The ID of an execution of this workflow that stopped. With the same input, what it had done already is returned, with new codes, instead of done again.',
	},
];

/** An `Options` collection with these entries in alphabetical order, as n8n's guidelines ask. */
export function optionsCollection(entries: INodeProperties[]): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [...entries].sort((a, b) => a.displayName.localeCompare(b.displayName)),
	};
}
