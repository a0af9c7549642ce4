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
	const error = new NodeOperationError(tellable(node), message, { description, itemIndex });
	error.message = message;
	error.description = description;
	return error;
}

/** Parameters that hold a secret a person typed. */
const SECRET_PARAMETERS = ['cardToken', 'pin', 'secretValue', 'awsSecretAccessKey'];

/**
 * The node as an error may carry it: n8n stores it with the error and writes it to the debug log, so what stands in a
 * password field is masked. An expression tells nothing and stays.
 */
export function tellable(node: INode): INode {
	const parameters = { ...node.parameters };
	for (const name of SECRET_PARAMETERS) {
		const value = parameters[name];
		if (typeof value === 'string' && value !== '' && !value.startsWith('='))
			parameters[name] = '***';
	}
	return { ...node, parameters };
}
