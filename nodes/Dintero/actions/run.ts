import {
	NodeApiError,
	NodeOperationError,
	sleep,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';

import { InvalidInput } from '../domain/invalidInput';
import { originsOf } from '../issuance/origin';
import { openDintero, type Dintero } from '../transport/client';
import { operationError } from '../transport/operationError';
import { forEachParallel } from '../transport/parallel';
import type { AnyOperation, Item, Output } from './operation';
import { Parameters } from './parameters';
import { readRunOptions } from './runOptions';

/** Long runs say how far they are in the log this often, in milliseconds. */
const PROGRESS_EVERY = 10_000;

/** Checking the items leaves n8n to its other work after so many milliseconds. */
const LONGEST_STRETCH = 50;

/** More than this many refused items are counted, not listed, so that the error stays readable and small. */
const LISTED_PROBLEMS = 200;

/**
 * Runs an operation for every input item: checks all of them first, then works on several at once, and returns the
 * results in the order of the input, each paired with its item.
 *
 * n8n throws away what a node has done when it throws. So when some items of a writing operation succeeded, a
 * failed item becomes an error item among the results; the run as a whole fails only when nothing was done, or when
 * the person asked for that (*If an Item Fails*).
 */
export async function runOperation(
	context: IExecuteFunctions,
	operation: AnyOperation,
): Promise<INodeExecutionData[]> {
	const count = context.getInputData().length;
	const parameters = new Parameters(context);
	const options = readRunOptions(context, parameters);
	const dintero = await openDintero(context, options);
	const items = itemsOf(context, parameters, dintero, options.resumeExecutionId);
	const tolerant = context.continueOnFail();

	const results: Array<INodeExecutionData[] | undefined> = new Array<undefined>(count);
	const problems = new Map<number, Error>();
	const plans = await planAll(operation, items.all, problems, dintero.signal);
	const refusal = reviewAll(operation, items.all, plans, problems);
	if (problems.size > 0 && !tolerant && (options.checkAllFirst || problems.size === count))
		throw allProblems(context, problems, count);
	if (refusal && !tolerant) throw nodeError(context, refusal);
	if (refusal)
		items.all.forEach(({ index }) => problems.set(index, problems.get(index) ?? refusal));

	if (operation.preview && options.preview) {
		(refusal ? [] : operation.preview(plans)).forEach((output, index) => {
			if (output) results[index] = [{ json: output.json, pairedItem: { item: index } }];
		});
	} else {
		const stop = { now: false };
		const progress = progressLog(context, count);
		await forEachParallel(
			count,
			options.concurrency,
			async (index) => {
				if (problems.has(index)) return;
				try {
					const outputs = [await operation.run(plans[index], dintero)].flat();
					results[index] = await itemsFrom(context, outputs, index);
					const part = outputs.find(({ problem }) => problem !== undefined)?.problem;
					if (part && options.stopOnFailure && !tolerant) throw part;
				} catch (error) {
					problems.set(index, error as Error);
					stop.now ||= !tolerant && (operation.effect === 'read' || options.stopOnFailure);
				}
				progress();
			},
			() => stop.now || dintero.signal?.aborted === true,
		);
	}
	items.showAdvice();

	const done = results.filter((result) => result !== undefined).length;
	const loseNothing = operation.effect === 'write' && !options.stopOnFailure && done > 0;
	if (dintero.signal?.aborted)
		context.logger.warn(
			`${context.getNode().name}: cancelled after ${done} of ${count} items. ${howToResume(context)}`,
		);
	else if (problems.size > 0 && !tolerant && !loseNothing)
		throw firstProblem(context, problems, operation, done, count);
	for (const [index, problem] of problems) results[index] = [errorItem(context, problem, index)];
	return results.flatMap((result) => result ?? []);
}

/**
 * The plan of every item; items that cannot be used are added to `problems`, nothing is sent. Now and then it lets
 * n8n do its other work: a thousand expressions take it half a second.
 */
async function planAll(
	operation: AnyOperation,
	items: Item[],
	problems: Map<number, Error>,
	signal?: AbortSignal,
): Promise<unknown[]> {
	const plans: unknown[] = [];
	let begun = Date.now();
	for (const item of items) {
		if (Date.now() - begun > LONGEST_STRETCH) {
			await sleep(0);
			if (signal?.aborted) break;
			begun = Date.now();
		}
		try {
			plans[item.index] = operation.prepare(item);
		} catch (error) {
			problems.set(item.index, error as Error);
		}
	}
	return plans;
}

/** Looks at all plans together; may refuse single items. @returns why the run as a whole is refused */
function reviewAll(
	operation: AnyOperation,
	items: Item[],
	plans: unknown[],
	problems: Map<number, Error>,
): Error | undefined {
	const refuse = (index: number, problem: Error): void => {
		problems.set(index, problem);
		plans[index] = undefined;
	};
	try {
		if (items.length > 0) operation.review?.(plans, refuse, items[0]);
		return undefined;
	} catch (error) {
		return error as Error;
	}
}

function itemsOf(
	context: IExecuteFunctions,
	parameters: Parameters,
	dintero: Dintero,
	resumeExecutionId?: string,
) {
	const originOf = originsOf(context, resumeExecutionId);
	const timeZone = context.getTimezone();
	const advice = new Set<string>();
	const all: Item[] = context.getInputData().map((_, index) => ({
		index,
		timeZone,
		get origin() {
			return originOf(index);
		},
		spendingLimit: dintero.spendingLimit,
		get: (name, fallback) => parameters.get(name, index, fallback),
		isExpression: (name) => parameters.isExpression(name),
		warn: (text) => void advice.add(text),
	}));
	const showAdvice = () => {
		if (advice.size > 0 && 'addExecutionHints' in context)
			context.addExecutionHints(
				...[...advice].map((message) => ({
					message,
					type: 'warning' as const,
					location: 'outputPane' as const,
				})),
			);
	};
	return { all, showAdvice };
}

async function itemsFrom(
	context: IExecuteFunctions,
	outputs: Output[],
	index: number,
): Promise<INodeExecutionData[]> {
	const items: INodeExecutionData[] = [];
	for (const { json, files, problem } of outputs) {
		if (problem) {
			items.push(errorItem(context, problem, index));
			continue;
		}
		const item: INodeExecutionData = { json, pairedItem: { item: index } };
		for (const [name, file] of Object.entries(files ?? {}))
			(item.binary ??= {})[name] = await context.helpers.prepareBinaryData(
				file.data,
				file.fileName,
				file.mimeType,
			);
		items.push(item);
	}
	return items;
}

/**
 * An error as an item. n8n sends it to the error output, with the fields of its input item, only when `json` has no
 * other members than these; and it must not carry `error` beside `json`, because n8n then drops all but the message.
 */
function errorItem(context: IExecuteFunctions, problem: Error, index: number): INodeExecutionData {
	const { message, description, context: facts } = nodeError(context, problem, index);
	const dintero = facts.dintero as IDataObject | undefined;
	return {
		json: {
			error: message,
			details: { ...(description ? { description } : {}), itemIndex: index, ...dintero },
		},
		pairedItem: { item: index },
	};
}

/** The item's error as n8n knows errors, with the item's index; an error that is one already keeps its class and facts. */
function nodeError(
	context: IExecuteFunctions,
	problem: Error,
	index?: number,
): NodeApiError | NodeOperationError {
	if (problem instanceof InvalidInput)
		return operationError(
			context.getNode(),
			`${problem.field}: ${problem.problem}`,
			problem.wayOut,
			index,
		);
	if (problem instanceof NodeApiError || problem instanceof NodeOperationError) {
		if (index !== undefined) problem.context.itemIndex = index;
		return problem;
	}
	return operationError(
		context.getNode(),
		problem.message,
		'This was not expected; please report it with the steps that led to it.',
		index,
	);
}

/** One error that lists every item that cannot be used. Nothing has been sent. */
function allProblems(
	context: IExecuteFunctions,
	problems: Map<number, Error>,
	count: number,
): NodeOperationError {
	const entries = [...problems].sort(([a], [b]) => a - b);
	const [first, problem] = entries[0];
	if (entries.length === 1) {
		const error = nodeError(context, problem, first) as NodeOperationError;
		error.message = count > 1 ? `${error.message} [item ${first + 1}]` : error.message;
		error.description = `${error.description ?? ''} Nothing was sent.`.trim();
		return error;
	}
	const lines = entries
		.slice(0, LISTED_PROBLEMS)
		.map(([index, { message }]) => `Item ${index + 1}: ${message}`);
	if (entries.length > LISTED_PROBLEMS)
		lines.push(`… and ${entries.length - LISTED_PROBLEMS} more`);
	return operationError(
		context.getNode(),
		`${entries.length} of ${count} items cannot be used; nothing was sent`,
		lines.join('\n'),
		first,
	);
}

/** The error that ends a run, saying how much was done before it. */
function firstProblem(
	context: IExecuteFunctions,
	problems: Map<number, Error>,
	operation: AnyOperation,
	done: number,
	count: number,
) {
	const [index, problem] = [...problems].sort(([a], [b]) => a - b)[0];
	const error = nodeError(context, problem, index);
	if (count > 1) error.message = `${error.message} [item ${index + 1}]`;
	if (operation.effect === 'write' && done > 0)
		error.description =
			`${done} of ${count} items were done before the run stopped. ${howToResume(context)} ${error.description ?? ''}`.trim();
	return error;
}

/** n8n drops the results of a node that stops; this is the way back to them. */
function howToResume(context: IExecuteFunctions): string {
	return `To get their results without doing them again, run again with the same input and 'Resume Execution ID' ${String(context.getExecutionId())} in the options.`;
}

function progressLog(context: IExecuteFunctions, count: number): () => void {
	let done = 0;
	let last = Date.now();
	return () => {
		done++;
		if (Date.now() - last < PROGRESS_EVERY) return;
		last = Date.now();
		context.logger.info(`${context.getNode().name}: ${done} of ${count} items done`);
	};
}
