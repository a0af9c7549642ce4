import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { InvalidInput } from '../domain/invalidInput';
import { attempt } from '../transport/attempt';
import { inputError } from '../transport/operationError';
import { addCards } from './balance';
import { identitiesOf } from './events';
import { executionOptions, type ExecutionOptions } from './filter';
import { logOf } from './log';
import { addOrders } from './order';
import { messageOf } from './subscription';

/** How many events n8n's database remembers for *Start Once*; n8n reads and writes all of them for each event. */
const MAX_REMEMBERED = 10_000;

/**
 * What the node does in an execution, after Dintero has had its answer: drops events seen before, looks up cards and
 * orders, and applies the filters that need them. If no item is left, the execution ends.
 * @throws NodeOperationError when a parameter can't be read
 */
export async function passOn(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const { startOnce, addBalance, balanceBelow, addOrder, orderChange } = optionsOf(context);
	let items = context.getInputData();
	// A test run shows every event, also a repeated one.
	if (startOnce && context.getMode() !== 'manual') items = await onlyNew(context, items);
	if (addOrder || orderChange !== undefined) return await addOrders(context, items, orderChange);
	if (!addBalance && balanceBelow === undefined) return items;
	const withCards = await addCards(context, items);
	return balanceBelow === undefined
		? withCards
		: withCards.filter(({ json }) => passes(json.card, balanceBelow));
}

function optionsOf(context: IExecuteFunctions): ExecutionOptions {
	let problem: InvalidInput;
	try {
		return executionOptions(context);
	} catch (error) {
		problem = error as InvalidInput;
	}
	throw inputError(context.getNode(), problem);
}

/** A card that could not be looked up passes, because losing the event would be worse. */
function passes(card: IDataObject[string], balanceBelow: number): boolean {
	const { availableMinor } = (card ?? {}) as IDataObject;
	return typeof availableMinor !== 'number' || availableMinor < balanceBelow;
}

/** n8n keeps the identities it has seen in its database, per node, so all its processes share them. */
async function onlyNew(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
): Promise<INodeExecutionData[]> {
	const passed: INodeExecutionData[] = [];
	for (const item of items) {
		const { event, eventDelivery, body } = item.json as {
			event?: string;
			eventDelivery?: string;
			body: unknown;
		};
		const [identity] = identitiesOf({ name: event, deliveryId: eventDelivery, body });
		if (identity === undefined) {
			passed.push(item);
			continue;
		}
		const { answer, problem } = await attempt(
			context.helpers.checkProcessedAndRecord([identity], 'node', {
				mode: 'entries',
				maxEntries: MAX_REMEMBERED,
			}),
		);
		if (problem !== undefined)
			logOf(context).warn(
				`n8n could not check whether an event was seen before, so the workflow continues with it (${messageOf(problem)})`,
			);
		if (problem !== undefined || answer!.new.length > 0) passed.push(item);
		else logOf(context).info(`event ${eventDelivery ?? ''} already started this workflow`);
	}
	return passed;
}
