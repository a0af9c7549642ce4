import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import type { AnyOperation, Resource } from './operation';
import { capture as captureOrder } from './checkoutTransaction/capture';
import { get as getOrder } from './checkoutTransaction/get';
import { getAll as getOrders } from './checkoutTransaction/getAll';
import { refund as refundOrder } from './checkoutTransaction/refund';
import { voidOrder } from './checkoutTransaction/void';
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
import { replace } from './giftCard/replace';
import { rotatePin } from './giftCard/rotatePin';
import { cancel as cancelSession } from './paymentSession/cancel';
import { create as createSession } from './paymentSession/create';
import { get as getSession } from './paymentSession/get';
import { capture } from './transaction/capture';
import { charge } from './transaction/charge';
import { getAll as getTransactions } from './transaction/getAll';
import { refund } from './transaction/refund';
import { topUp } from './transaction/topUp';
import { voidReservation } from './transaction/void';
import { get as getWalletSettings } from './walletSettings/get';
import { update as updateWalletSettings } from './walletSettings/update';
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
	replace,
	charge,
	refund,
	topUp,
	capture,
	voidReservation,
	getTransactions,
	getCustomerCard,
	getCustomerCards,
	createSession,
	getSession,
	cancelSession,
	getOrder,
	getOrders,
	captureOrder,
	refundOrder,
	voidOrder,
	getWalletSettings,
	updateWalletSettings,
	createSubscription,
	getSubscription,
	getSubscriptions,
	deleteSubscription,
	ping,
	getDelivery,
	getDeliveries,
];

/** The most used first; n8n's node panel shows the actions in this order. */
export const RESOURCE_NAMES: Record<Resource, string> = {
	giftCard: 'Gift Card',
	transaction: 'Transaction',
	customerCard: 'Customer Card',
	paymentSession: 'Payment Session',
	checkoutTransaction: 'Checkout Transaction',
	walletSettings: 'Wallet Settings',
	webhookSubscription: 'Webhook Subscription',
	webhookDelivery: 'Webhook Delivery',
};

/** @throws Error when there is no such operation */
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
		...OPERATIONS.flatMap(propertiesOf),
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

function propertiesOf({ resource, value, fields }: AnyOperation): INodeProperties[] {
	const properties = Object.values(fields).flatMap((field) => [...field.properties]);
	return properties.map((property) => ({
		...property,
		displayOptions: {
			...property.displayOptions,
			show: { resource: [resource], operation: [value], ...property.displayOptions?.show },
		},
	}));
}
