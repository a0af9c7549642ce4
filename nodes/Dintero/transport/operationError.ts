import { NodeOperationError, type INode } from 'n8n-workflow';

import type { InvalidInput } from '../domain/invalidInput';

/**
 * A NodeOperationError with exactly our texts: when the error is created, n8n replaces a message that happens to
 * contain a code such as EEXIST ("prEEXISTing"), so the texts are set again afterwards.
 * @param message what happened
 * @param description what to do about it
 */
export function operationError(
	node: INode,
	message: string,
	description: string,
	itemIndex?: number,
): NodeOperationError {
	const error = new NodeOperationError(redactedNode(node), message, { description, itemIndex });
	error.message = message;
	error.description = description;
	return error;
}

/** Turns invalid input into n8n's error. */
export function inputError(
	node: INode,
	{ field, problem, wayOut }: InvalidInput,
	itemIndex?: number,
): NodeOperationError {
	return operationError(node, `${field}: ${problem}`, wayOut, itemIndex);
}

/** Parameters that hold a secret a person typed. */
const SECRET_PARAMETERS = ['cardToken', 'pin', 'secretValue', 'awsSecretAccessKey'];

/**
 * The node without its secrets. n8n stores the node with an error and writes it to the debug log, so values in
 * password fields are masked. Expressions stay: they contain no secret.
 */
export function redactedNode(node: INode): INode {
	const parameters = { ...node.parameters };
	for (const name of SECRET_PARAMETERS) {
		const value = parameters[name];
		if (typeof value === 'string' && value !== '' && !value.startsWith('='))
			parameters[name] = '***';
	}
	return { ...node, parameters };
}
