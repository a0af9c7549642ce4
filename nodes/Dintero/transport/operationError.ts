import { NodeOperationError, type INode } from 'n8n-workflow';

/**
 * A NodeOperationError whose texts are what we wrote: n8n replaces a message that happens to contain a code such as
 * EEXIST ("prEEXISTing") when the error is made, so they are set again afterwards.
 * @param message what happened
 * @param description how to get on
 */
export function operationError(
	node: INode,
	message: string,
	description: string,
	itemIndex?: number,
): NodeOperationError {
	const error = new NodeOperationError(node, message, { description, itemIndex });
	error.message = message;
	error.description = description;
	return error;
}
