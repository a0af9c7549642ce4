import { parseExecutionId } from '../domain/executionId';
import { choice } from './choice';
import { field, readFields, type Field, type RawParameters } from './field';
import { flag } from './flag';
import { number } from './number';

const MAXIMUM_CONCURRENCY = 100;

/** Options of every operation. */
export const paceOptions = {
	concurrency: number({
		name: 'concurrency',
		displayName: 'Concurrency',
		default: 10,
		least: 1,
		most: MAXIMUM_CONCURRENCY,
		wholeRun: true,
		description: 'How many items to work on at the same time',
	}),
	requestsPerSecond: number({
		name: 'requestsPerSecond',
		displayName: 'Requests per Second',
		default: 0,
		least: 0,
		most: 10_000,
		whole: false,
		wholeRun: true,
		description:
			'The most requests to start per second. 0 means no limit; the node still waits when Dintero asks it to.',
	}),
	timeout: number({
		name: 'timeout',
		displayName: 'Timeout (Seconds)',
		default: 30,
		least: 1,
		most: 3600,
		whole: false,
		wholeRun: true,
		description:
			'How long to wait for an answer before the node checks whether the request was carried out',
	}),
};

const resumeExecutionId: Field<string | undefined> = field<string | undefined>({
	kind: 'execution',
	property: {
		displayName: 'Resume Execution ID',
		name: 'resumeExecutionId',
		type: 'string',
		default: '',
		placeholder: 'e.g. 1234',
		description:
			'The ID of a stopped execution of this workflow. With the same input, what that execution did is returned, with new codes, instead of being done again.',
	},
	empty: { is: undefined },
	wholeRun: true,
	parse: (value) => parseExecutionId(value, 'Resume Execution ID'),
});

/** Options of operations that change something at Dintero. */
export const writeOptions = {
	...paceOptions,
	checkAllFirst: flag(
		{
			name: 'checkAllFirst',
			displayName: 'Check All Items First',
			default: true,
			description:
				"Whether to check all items before anything is sent, and to stop with a list of the invalid ones if there are any. When off, or with 'On Error' set to continue, the valid items are still done.",
		},
		{ wholeRun: true },
	),
	ifItemFails: choice(
		{
			name: 'ifItemFails',
			displayName: 'If an Item Fails',
			options: [
				{
					name: 'Keep Going and List It',
					value: 'return',
					description:
						'Results of the other items are kept; a failed item has an error instead of a result',
				},
				{
					name: 'Stop the Run',
					value: 'stop',
					description:
						"The run ends and n8n drops its results; run again with 'Resume Execution ID' to get them",
				},
			],
			default: 'return',
			description:
				"What to do when Dintero refuses an item in the middle of a run. If 'On Error' in the node's settings is set to continue, that setting applies instead.",
		},
		{ wholeRun: true },
	),
	resumeExecutionId,
};

/** *Preview*: show what would be done, and do nothing. */
export const preview = (description: string): Field<boolean> =>
	flag(
		{ name: 'preview', displayName: 'Preview', default: false, description },
		{ wholeRun: true },
	);

const anyPreview = preview('');

/** The options of a run; the same for every item. */
export interface RunOptions {
	concurrency: number;
	/** 0 for no limit. */
	requestsPerSecond: number;
	/** Milliseconds. */
	timeout: number;
	checkAllFirst: boolean;
	stopOnFailure: boolean;
	preview: boolean;
	resumeExecutionId?: string;
}

/** @throws InvalidInput when an option is not valid */
export function readRunOptions(raw: RawParameters): RunOptions {
	const { ifItemFails, timeout, ...rest } = readFields(
		{ ...writeOptions, preview: anyPreview },
		raw,
		'options',
	);
	return { ...rest, timeout: timeout * 1000, stopOnFailure: ifItemFails === 'stop' };
}
