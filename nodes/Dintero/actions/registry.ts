import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import type { AnyOperation, Resource } from './operation';
import { get as getCustomerCard } from './customerCard/get';
import { getAll as getCustomerCards } from './customerCard/getAll';
import { activate } from './giftCard/activate';
import { checkBalance } from './giftCard/checkBalance';
import { create } from './giftCard/create';
import { createBatch } from './giftCard/createBatch';
import { createToken } from './giftCard/createToken';
import { get } from './giftCard/get';
import { getAll } from './giftCard/getAll';
import { reissueCodes } from './giftCard/reissueCodes';
import { rotatePin } from './giftCard/rotatePin';
import { capture } from './transaction/capture';
import { charge } from './transaction/charge';
import { getAll as getTransactions } from './transaction/getAll';
import { topUp } from './transaction/topUp';
import { voidReservation } from './transaction/void';
import { get as getDelivery } from './webhookDelivery/get';
import { getAll as getDeliveries } from './webhookDelivery/getAll';
import { create as createSubscription } from './webhookSubscription/create';
import { deleteSubscription } from './webhookSubscription/delete';
import { get as getSubscription } from './webhookSubscription/get';
import { getAll as getSubscriptions } from './webhookSubscription/getAll';
import { ping } from './webhookSubscription/ping';

/** Every operation of the node. The dropdowns, the fields and the dispatch are made from this list. */
export const OPERATIONS: readonly AnyOperation[] = [
	create,
	createBatch,
	activate,
	get,
	getAll,
	checkBalance,
	rotatePin,
	createToken,
	reissueCodes,
	charge,
	topUp,
	capture,
	voidReservation,
	getTransactions,
	getCustomerCard,
	getCustomerCards,
	createSubscription,
	getSubscription,
	getSubscriptions,
	deleteSubscription,
	ping,
	getDelivery,
	getDeliveries,
];

/** In the order of their use, which is also the order of the actions in n8n's node panel. */
export const RESOURCE_NAMES: Record<Resource, string> = {
	giftCard: 'Gift Card',
	transaction: 'Transaction',
	customerCard: 'Customer Card',
	webhookSubscription: 'Webhook Subscription',
	webhookDelivery: 'Webhook Delivery',
};

/** @throws Error for a resource and operation that no version of this node had */
export function findOperation(resource: unknown, value: unknown): AnyOperation {
	const found = OPERATIONS.find(
		(operation) => operation.resource === resource && operation.value === value,
	);
	if (!found)
		throw new Error(
			`The operation '${String(value)}' of the resource '${String(resource)}' does not exist`,
		);
	return found;
}

/** Resource, Operation, and each operation's own fields, shown only where they belong. */
export function nodeProperties(): INodeProperties[] {
	const resources = (Object.keys(RESOURCE_NAMES) as Resource[]).filter((resource) =>
		OPERATIONS.some((operation) => operation.resource === resource),
	);
	return [
		{
			displayName: 'Resource',
			name: 'resource',
			type: 'options',
			noDataExpression: true,
			options: resources.map((value) => ({ name: RESOURCE_NAMES[value], value })),
			default: 'giftCard',
		},
		...resources.map(operationDropdown),
		...OPERATIONS.flatMap(fieldsOf),
	];
}

function operationDropdown(resource: Resource): INodeProperties {
	const options: INodePropertyOptions[] = OPERATIONS.filter(
		(operation) => operation.resource === resource,
	)
		.map(({ name, value, action, description }) => ({ name, value, action, description }))
		.sort((a, b) => a.name.localeCompare(b.name));
	const preferred = options.some(({ value }) => value === 'create') ? 'create' : options[0].value;
	return {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [resource] } },
		options,
		default: preferred,
	};
}

function fieldsOf({ resource, value, fields }: AnyOperation): INodeProperties[] {
	return fields.map((field) => ({
		...field,
		displayOptions: {
			...field.displayOptions,
			show: { resource: [resource], operation: [value], ...field.displayOptions?.show },
		},
	}));
}
