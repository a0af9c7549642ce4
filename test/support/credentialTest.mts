/** Runs the credential's test as n8n does: the node's test function on n8n-core's own test context. */
import { CredentialTestContext } from 'n8n-core';
import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { dinteroApiTest } from '../../nodes/Dintero/methods/credentialTest';

export async function testCredential(
	data: Record<string, unknown>,
): Promise<INodeCredentialTestResult> {
	const context = new CredentialTestContext({} as never) as unknown as ICredentialTestFunctions;
	const credential = {
		id: '1',
		name: 'Dintero',
		type: 'dinteroApi',
		data,
	} as ICredentialsDecrypted;
	return await dinteroApiTest.call(context, credential);
}
