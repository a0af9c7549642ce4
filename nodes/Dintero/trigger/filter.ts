import type {
	IExecuteFunctions,
	IHookFunctions,
	ITriggerFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';

import type { InvalidInput } from '../domain/invalidInput';
import type { RawParameters } from '../fields/field';
import { parametersOf } from '../fields/parameters';
import { inputError } from '../transport/operationError';
import { CHECKOUT_TRANSACTION, WALLET_TRANSACTION } from '../domain/eventNames';
import { whatHappened, type DinteroEvent } from './events';
import { logOf } from './log';
import type { OrderChange } from './order';
import { triggerFields as fields } from './properties';

/** Reads all of the trigger's parameters; nothing else does. */

type Context = IHookFunctions | ITriggerFunctions | IWebhookFunctions;

/**
 * The events to subscribe to, without duplicates.
 * @throws InvalidInput when a parameter can't be read
 */
export function chosenEvents(context: Context): string[] {
	const raw = parametersOf(context);
	switch (fields.triggerOn.read(raw)) {
		case 'giftCard':
			return [WALLET_TRANSACTION];
		case 'checkoutOrder':
			return [CHECKOUT_TRANSACTION];
		case 'otherEvents':
			return fields.events.read(raw);
	}
}

/**
 * Reads all parameters once, so that an invalid one is refused when the workflow is published, not when an event
 * arrives.
 * @throws NodeOperationError naming the field
 */
export function checkParameters(context: IHookFunctions): void {
	let problem: InvalidInput;
	try {
		readAll(context);
		return;
	} catch (error) {
		problem = error as InvalidInput;
	}
	throw inputError(context.getNode(), problem);
}

/** @throws InvalidInput naming the field */
function readAll(context: IHookFunctions): void {
	const raw = parametersOf(context);
	chosenEvents(context);
	if (fields.triggerOn.read(raw) === 'giftCard') fields.whatHappened.read(raw);
	executionOptions(context);
}

/**
 * Whether an event starts the workflow. An event that was not asked for doesn't (an old subscription may still send
 * it). An event whose name or kind is unknown does, because losing it would be worse. So does every event while a
 * parameter can't be read.
 */
export function wants(context: Context, event: DinteroEvent): boolean {
	let problem: InvalidInput;
	try {
		return matches(context, event);
	} catch (error) {
		problem = error as InvalidInput;
	}
	logOf(context).warn(`event not filtered, because a parameter can't be read: ${problem.message}`);
	return true;
}

/** @throws InvalidInput when the parameters cannot be read */
function matches(context: Context, event: DinteroEvent): boolean {
	if (event.name !== undefined && !chosenEvents(context).includes(event.name)) {
		logOf(context).info(
			`event '${event.name.slice(0, 60)}' ignored, because it is not among the chosen events`,
		);
		return false;
	}
	if (event.name !== WALLET_TRANSACTION) return true;
	const raw = parametersOf(context);
	if (fields.triggerOn.read(raw) !== 'giftCard') return true;
	const wanted = fields.whatHappened.read(raw);
	const happened = whatHappened(event.body);
	return wanted === 'any' || happened === undefined || happened === wanted;
}

/** What an execution does with its items before the workflow gets them. */
export interface ExecutionOptions {
	/** Look up the card and add it. */
	addBalance: boolean;
	/** Pass only cards with less available money than this, in minor units; `undefined` for all cards. */
	balanceBelow?: number;
	/** Look up the Checkout order and add it. */
	addOrder: boolean;
	/** Pass only this change of an order; `undefined` for all. */
	orderChange?: OrderChange;
	/** Ask n8n's database whether the event already started the workflow. */
	startOnce: boolean;
}

/** @throws InvalidInput when a parameter cannot be read */
export function executionOptions(context: IExecuteFunctions | IHookFunctions): ExecutionOptions {
	const raw = parametersOf(context);
	const startOnce = fields.startOnce.read(raw);
	const none = { addBalance: false, addOrder: false, startOnce };
	switch (fields.triggerOn.read(raw)) {
		case 'giftCard':
			return { ...none, addBalance: fields.addBalance.read(raw), balanceBelow: readBelow(raw) };
		case 'checkoutOrder':
			return { ...none, addOrder: fields.addOrder.read(raw), orderChange: readChange(raw) };
		case 'otherEvents':
			return none;
	}
}

/** The limit that a card's available money must be below, in minor units; `undefined` for no limit. */
function readBelow(raw: RawParameters): number | undefined {
	switch (fields.cardBalance.read(raw)) {
		case 'any':
			return undefined;
		case 'usedUp':
			// Less than the smallest amount means that nothing is left.
			return 1;
		case 'below':
			return fields.balanceBelow.read(raw);
	}
}

function readChange(raw: RawParameters): OrderChange | undefined {
	const change = fields.orderChange.read(raw);
	return change === 'any' ? undefined : change;
}
