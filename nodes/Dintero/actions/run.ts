import {
	NodeApiError,
	NodeOperationError,
	sleep,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';

import { InvalidInput } from '../domain/invalidInput';
import { readFields } from '../fields/field';
import { Parameters } from '../fields/parameters';
import { readRunOptions, type RunOptions } from '../fields/runOptions';
import { idsOf } from '../exactlyOnce/errorIds';
import { originsOf, type Origins } from '../exactlyOnce/origin';
import { openDintero, type DinteroClient } from '../transport/client';
import { inputError, operationError } from '../transport/operationError';
import { forEachParallel } from '../transport/parallel';
import { leavesOf, type AnyOperation, type Item, type Output } from './operation';

/** How often a long run logs its progress, in milliseconds. */
const PROGRESS_INTERVAL = 10_000;

/** How long checking the items may block n8n, in milliseconds. */
const MAX_BLOCKING = 50;

/** The most invalid items listed in an error; the others are only counted. */
const MAX_LISTED_ERRORS = 200;

/**
 * Runs an operation for every input item: checks all of them first, then works on several at once, and returns the
 * results in the order of the input, each paired with its item.
 *
 * n8n drops a node's results when the node throws. So when some items of a writing operation succeeded, a failed item
 * becomes an error item among the results. The whole run fails only if nothing was done, or if the user chose that in
 * *If an Item Fails*.
 */
export async function runOperation(
	context: IExecuteFunctions,
	operation: AnyOperation,
): Promise<INodeExecutionData[]> {
	const count = context.getInputData().length;
	if (count === 0) return [];
	const parameters = new Parameters(context);
	const continueOnFail = context.continueOnFail();
	const yieldToN8n = yielding();
	let options: RunOptions;
	let origins: Origins;
	let finish: () => void;
	try {
		await parameters.checkWholeRun(leavesOf(operation), yieldToN8n);
		options = readRunOptions(parameters.item(0));
		origins = originsOf(context, options.resumeExecutionId);
		finish = origins.begin();
	} catch (error) {
		return refuseRun(context, error as Error, count, continueOnFail);
	}
	try {
		const dintero = await openDintero(context, { ...options, scopes: operation.scopes });
		return await runItems(context, operation, parameters, options, dintero, origins, yieldToN8n);
	} finally {
		finish();
	}
}

async function runItems(
	context: IExecuteFunctions,
	operation: AnyOperation,
	parameters: Parameters,
	options: RunOptions,
	dintero: DinteroClient,
	origins: Origins,
	yieldToN8n: () => Promise<void>,
): Promise<INodeExecutionData[]> {
	const count = context.getInputData().length;
	const continueOnFail = context.continueOnFail();
	const items = itemsOf(context, dintero, origins);
	const results: Array<INodeExecutionData[] | undefined> = new Array<undefined>(count);
	const errors = new Map<number, Error>();
	const planAll = async (): Promise<unknown[]> => {
		errors.clear();
		const planned: unknown[] = [];
		for (const item of items.all) {
			await yieldToN8n();
			if (dintero.signal?.aborted) break;
			try {
				const values = readFields(operation.fields, parameters.item(item.index));
				planned[item.index] = operation.prepare(values, item);
			} catch (error) {
				errors.set(item.index, error as Error);
			}
		}
		return planned;
	};
	let plans = await planAll();
	if (origins.needsCards && !(operation.preview && options.preview)) {
		try {
			await origins.findCards(dintero);
		} catch (error) {
			return refuseRun(context, error as Error, count, continueOnFail);
		}
		// Only now the IDs of the continued execution's cards are known.
		plans = await planAll();
	}
	const runError = reviewAll(operation, plans, errors);
	if (errors.size > 0 && !continueOnFail && (options.checkAllFirst || errors.size === count))
		throw allErrors(context, errors, count);
	if (runError) return refuseRun(context, runError, count, continueOnFail, errors);

	if (operation.preview && options.preview) {
		operation.preview(plans).forEach((output, index) => {
			if (output) results[index] = [{ json: output.json, pairedItem: { item: index } }];
		});
	} else {
		const stop = { now: false };
		const progress = progressLog(context, count);
		await forEachParallel(
			count,
			options.concurrency,
			async (index) => {
				if (errors.has(index)) return;
				try {
					const outputs = [await operation.run(plans[index], dintero)].flat();
					results[index] = await itemsFrom(context, outputs, index);
					const partError = outputs.find(({ error }) => error !== undefined)?.error;
					if (partError && options.stopOnFailure && !continueOnFail) throw partError;
					if (operation.effect === 'write' && partError) items.all[index].origin.keepForRetry();
					else if (operation.effect === 'write') items.all[index].origin.clearRetry();
				} catch (error) {
					errors.set(index, error as Error);
					if (operation.effect === 'write') items.all[index].origin.keepForRetry(...idsOf(error));
					stop.now ||= !continueOnFail && (operation.effect === 'read' || options.stopOnFailure);
				}
				progress();
			},
			() => stop.now || dintero.signal?.aborted === true,
		);
	}
	if (
		operation.effect === 'write' &&
		origins.identity.kind === 'continued' &&
		origins.foundAny() === false
	)
		items.advice.add(
			`Nothing that execution ${origins.identity.execution} made was found, so every item was done as new. Check 'Resume Execution ID'`,
		);
	showAdvice(context, [...items.advice, ...parameters.allAdvice()]);

	const done = results.filter((result) => result !== undefined).length;
	const loseNothing = operation.effect === 'write' && !options.stopOnFailure && done > 0;
	if (dintero.signal?.aborted)
		context.logger.warn(
			`${context.getNode().name}: canceled after ${done} of ${count} items. ${howToResume(origins)}`,
		);
	else if (errors.size > 0 && !continueOnFail && !loseNothing) {
		const dropped = results.flatMap((result) => (result ?? []).map(({ json }) => json));
		const advice = [howToResume(origins), operation.dropped?.(plans, dropped) ?? ''];
		throw firstError(context, errors, operation, done, count, advice.filter(Boolean).join(' '));
	}
	for (const [index, error] of errors) results[index] = [errorItem(context, error, index)];
	return results.flatMap((result) => result ?? []);
}

/** Makes a function that lets n8n do other work now and then: a thousand expressions block it for half a second. */
function yielding(): () => Promise<void> {
	let begun = Date.now();
	return async () => {
		if (Date.now() - begun <= MAX_BLOCKING) return;
		await sleep(0);
		begun = Date.now();
	};
}

/**
 * Refuses the whole run before anything is sent.
 * @param errors of single items; an item without one gets the error of the run
 * @returns error items, if *On Error* is set to continue
 */
function refuseRun(
	context: IExecuteFunctions,
	cause: Error,
	count: number,
	continueOnFail: boolean,
	errors: ReadonlyMap<number, Error> = new Map(),
): INodeExecutionData[] {
	const error = nodeError(context, cause);
	error.description = `${error.description ?? ''} Nothing was sent.`.trim();
	if (!continueOnFail) throw error;
	return Array.from({ length: count }, (_, index) =>
		errorItem(context, errors.get(index) ?? cause, index),
	);
}

/** Checks all plans together and may refuse single items. @returns the error when the whole run is refused */
function reviewAll(
	operation: AnyOperation,
	plans: unknown[],
	errors: Map<number, Error>,
): Error | undefined {
	const refuse = (index: number, cause: Error): void => {
		errors.set(index, cause);
		plans[index] = undefined;
	};
	try {
		operation.review?.(plans, refuse);
		return undefined;
	} catch (error) {
		return error as Error;
	}
}

function itemsOf(context: IExecuteFunctions, dintero: DinteroClient, origins: Origins) {
	const advice = new Set<string>();
	const all: Item[] = context.getInputData().map((_, index) => ({
		index,
		get origin() {
			return origins.of(index);
		},
		spendingLimit: dintero.spendingLimit,
		warn: (text) => void advice.add(text),
	}));
	return { all, advice };
}

/** Shows advice beside the output in n8n's editor. */
function showAdvice(context: IExecuteFunctions, advice: string[]): void {
	if (advice.length === 0 || !('addExecutionHints' in context)) return;
	context.addExecutionHints(
		...advice.map((message) => ({
			message,
			type: 'warning' as const,
			location: 'outputPane' as const,
		})),
	);
}

async function itemsFrom(
	context: IExecuteFunctions,
	outputs: Output[],
	index: number,
): Promise<INodeExecutionData[]> {
	const items: INodeExecutionData[] = [];
	for (const { json, files, error } of outputs) {
		if (error) {
			items.push(errorItem(context, error, index));
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
 * An error as an item. n8n sends it to the error output, with the fields of its input item, only if `json` has no other
 * members than these. The item must not have `error` beside `json`, because n8n then drops all but the message.
 */
function errorItem(context: IExecuteFunctions, cause: Error, index: number): INodeExecutionData {
	const { message, description, context: facts } = nodeError(context, cause, index);
	const dintero = facts.dintero as IDataObject | undefined;
	return {
		json: {
			error: message,
			details: { ...(description ? { description } : {}), itemIndex: index, ...dintero },
		},
		pairedItem: { item: index },
	};
}

/** Turns an error into one of n8n's, with the item's index. One of n8n's keeps its class and context. */
function nodeError(
	context: IExecuteFunctions,
	cause: Error,
	index?: number,
): NodeApiError | NodeOperationError {
	if (cause instanceof InvalidInput) return inputError(context.getNode(), cause, index);
	if (cause instanceof NodeApiError || cause instanceof NodeOperationError) {
		if (index !== undefined) cause.context.itemIndex = index;
		return cause;
	}
	return operationError(
		context.getNode(),
		cause.message,
		'This was not expected. Please report it with the steps that led to it.',
		index,
	);
}

/** One error that lists every invalid item. Nothing has been sent. */
function allErrors(
	context: IExecuteFunctions,
	errors: Map<number, Error>,
	count: number,
): NodeOperationError {
	const entries = [...errors].sort(([a], [b]) => a - b);
	const [first, cause] = entries[0];
	if (entries.length === 1) {
		const error = nodeError(context, cause, first) as NodeOperationError;
		error.message = count > 1 ? `${error.message} [item ${first + 1}]` : error.message;
		error.description = `${error.description ?? ''} Nothing was sent.`.trim();
		return error;
	}
	const lines = entries
		.slice(0, MAX_LISTED_ERRORS)
		.map(([index, { message }]) => `Item ${index + 1}: ${message}`);
	if (entries.length > MAX_LISTED_ERRORS)
		lines.push(`… and ${entries.length - MAX_LISTED_ERRORS} more`);
	return operationError(
		context.getNode(),
		`${entries.length} of ${count} items are not valid; nothing was sent`,
		lines.join('\n'),
		first,
	);
}

/** The error that ends a run, with how many items were done before it. */
function firstError(
	context: IExecuteFunctions,
	errors: Map<number, Error>,
	operation: AnyOperation,
	done: number,
	count: number,
	advice: string,
) {
	const [index, cause] = [...errors].sort(([a], [b]) => a - b)[0];
	const error = nodeError(context, cause, index);
	if (count > 1) error.message = `${error.message} [item ${index + 1}]`;
	if (operation.effect === 'write' && done > 0)
		error.description =
			`${done} of ${count} items were done before the run stopped. ${advice} ${error.description ?? ''}`.trim();
	return error;
}

/** How to get the results that n8n drops when a node stops. */
function howToResume({ identity }: Origins): string {
	if (identity.kind === 'none') return "Look for them with 'Get' before you ask for them again.";
	return `To get their results without doing them again, run again with the same input and 'Resume Execution ID' ${identity.execution} in the options.`;
}

function progressLog(context: IExecuteFunctions, count: number): () => void {
	let done = 0;
	let last = Date.now();
	return () => {
		done++;
		if (Date.now() - last < PROGRESS_INTERVAL) return;
		last = Date.now();
		context.logger.info(`${context.getNode().name}: ${done} of ${count} items done`);
	};
}
