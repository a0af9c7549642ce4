/** A sandbox and an engine with a credential for it: what nearly every engine test starts from. */
import type { IDataObject, INode, INodeParameters } from 'n8n-workflow';

import { startSandbox, type Account, type SandboxOptions } from '../../sandbox/sandbox.mts';
import { Engine, type RunOptions, type WorkflowJson } from './engine.mts';

export type Harness = Awaited<ReturnType<typeof openHarness>>;

export async function openHarness(options: SandboxOptions = {}) {
	const sandbox = await startSandbox(options);
	const engine = new Engine();
	const signIn = (extra: IDataObject = {}, account: Account = sandbox.account) =>
		engine.addCredential('dinteroApi', {
			accountId: account.accountId,
			clientId: account.clientId,
			clientSecret: account.clientSecret,
			baseUrl: sandbox.apiUrl,
			...extra,
		} as never);
	const credential = signIn();

	return {
		sandbox,
		engine,
		credential,
		/** Stores another credential for the sandbox, with these fields changed. */
		signIn,
		/**
		 * Runs the action node once over these items.
		 * @param settings of the node: credentials, onError, retryOnFail…
		 */
		async run(
			parameters: INodeParameters,
			items: IDataObject[] = [{}],
			{ settings = {}, ...options }: RunOptions & { settings?: Partial<INode> } = {},
		) {
			return await engine.run(workflowOf(parameters, credential, settings), { items, ...options });
		},
		async close() {
			await sandbox.stop();
		},
	};
}

export function workflowOf(
	parameters: INodeParameters,
	credential: { id: string; name: string },
	settings: Partial<INode> = {},
): WorkflowJson {
	return {
		id: 'workflow1',
		nodes: [
			{ id: 'start', name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
			{
				id: 'dintero',
				name: 'Dintero',
				type: 'n8n-nodes-dintero.dintero',
				typeVersion: 1,
				parameters,
				credentials: { dinteroApi: credential },
				...settings,
			},
		],
		connections: { Start: { main: [[{ node: 'Dintero', type: 'main', index: 0 }]] } },
	};
}
