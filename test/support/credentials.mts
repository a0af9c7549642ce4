/**
 * Credentials as n8n 2.41 handles them. n8n-core holds only the abstract side; the rest lives in the
 * server package (credentials-helper.js, credentials-tester.service.js), whose rules are repeated here.
 */
import { CredentialTestContext, ExecuteContext, RoutingNode, getAdditionalKeys } from 'n8n-core';
import * as n8nWorkflow from 'n8n-workflow';
import {
	createEmptyRunExecutionData,
	ICredentials,
	ICredentialsHelper,
	isExpression,
	NodeHelpers,
	Workflow,
	type ICredentialDataDecryptedObject,
	type ICredentialTestFunction,
	type ICredentialTestRequest,
	type ICredentialType,
	type ICredentialsExpressionResolveValues,
	type IExecuteData,
	type IHttpRequestHelper,
	type IHttpRequestOptions,
	type INode,
	type INodeCredentialsDetails,
	type INodeParameters,
	type INodeProperties,
	type INodeType,
	type INodeTypes,
	type IWorkflowExecuteAdditionalData,
	type WorkflowExecuteMode,
} from 'n8n-workflow';

export interface StoredCredential {
	id: string;
	name: string;
	type: string;
	/** What the database would hold, decrypted: the user's fields and the stored token. */
	data: ICredentialDataDecryptedObject;
	/** How often a node had it decrypted. */
	reads: number;
	/** How often n8n stored it again, which it does after every fetched token. */
	writes: number;
}

// n8n exports it for its own server; the type declaration is there, the name is not in the index of older ones.
const ownRequestAllowedDomains = (
	n8nWorkflow as unknown as {
		getCredentialOwnRequestAllowedDomains?: (
			data: ICredentialDataDecryptedObject,
		) => string | undefined;
	}
).getCredentialOwnRequestAllowedDomains;

const restrictToDomains = (
	helpers: IHttpRequestHelper,
	data: ICredentialDataDecryptedObject,
): IHttpRequestHelper => ({
	helpers: {
		httpRequest: async (options: IHttpRequestOptions) => {
			const allowedDomains = ownRequestAllowedDomains?.(data);
			if (allowedDomains === undefined) return await helpers.helpers.httpRequest(options);
			if (options.allowedDomains !== undefined) {
				throw new Error('This credential restricts requests to specific domains');
			}
			return await helpers.helpers.httpRequest({ ...options, allowedDomains });
		},
	},
});

const mockNode: INode = {
	id: 'mock',
	name: '',
	typeVersion: 1,
	type: 'mock',
	position: [0, 0],
	parameters: {},
};
const mockNodeTypes: INodeTypes = (() => {
	const type = { description: { properties: [] as INodeProperties[] } } as unknown as INodeType;
	return { getByName: () => type, getByNameAndVersion: () => type, getKnownTypes: () => ({}) };
})();

/** A stored credential as n8n hands it out, but not encrypted: encryption needs n8n's key service. */
class PlainCredentials extends ICredentials {
	private readonly entry: StoredCredential;

	constructor(entry: StoredCredential) {
		super({ id: entry.id, name: entry.name }, entry.type, '');
		this.entry = entry;
	}

	async getData(): Promise<ICredentialDataDecryptedObject> {
		return structuredClone(this.entry.data);
	}

	async setData(data: ICredentialDataDecryptedObject): Promise<void> {
		this.entry.data = structuredClone(data);
	}

	async updateData(changes: Partial<ICredentialDataDecryptedObject>): Promise<void> {
		Object.assign(this.entry.data, changes);
	}

	getDataToSave(): never {
		throw new Error('Credentials of the engine tests are not encrypted');
	}
}

export class CredentialStore extends ICredentialsHelper {
	private readonly stored = new Map<string, StoredCredential>();
	private readonly types: Record<string, ICredentialType>;
	/** Names of the node types that list a credential, for `restrictToSupportedNodes`. */
	private readonly supportedNodes: (credentialType: string) => string[];

	constructor(
		types: Record<string, ICredentialType>,
		supportedNodes: (credentialType: string) => string[],
	) {
		super();
		this.types = types;
		this.supportedNodes = supportedNodes;
	}

	add(type: string, data: ICredentialDataDecryptedObject, id: string, name: string): void {
		this.typeOf(type);
		this.stored.set(id, { id, name, type, data: { ...data }, reads: 0, writes: 0 });
	}

	/** As saving the credential in the editor does: the stored token is kept unless a new one is given. */
	edit(id: string, data: ICredentialDataDecryptedObject): void {
		Object.assign(this.get(id).data, data);
	}

	get(id: string): StoredCredential {
		const found = this.stored.get(id);
		if (!found) throw new Error(`Credential with ID "${id}" does not exist`);
		return found;
	}

	/** What is stored of all credentials of a type. */
	of(type: string): ICredentialDataDecryptedObject[] {
		return [...this.stored.values()].filter((one) => one.type === type).map(({ data }) => data);
	}

	private typeOf(name: string): ICredentialType {
		const type = this.types[name];
		if (!type) throw new Error(`Unknown credential type "${name}"`);
		return type;
	}

	getParentTypes(name: string): string[] {
		const { extends: parents = [] } = this.types[name] ?? {};
		return parents.flatMap((parent) => [parent, ...this.getParentTypes(parent)]);
	}

	isCredentialUsableByNode(credentialType: string, nodeType: string): boolean {
		const type = this.types[credentialType] as
			(ICredentialType & { restrictToSupportedNodes?: boolean }) | undefined;
		return (
			!type?.restrictToSupportedNodes || this.supportedNodes(credentialType).includes(nodeType)
		);
	}

	getCredentialsProperties(name: string): INodeProperties[] {
		const type = this.typeOf(name);
		if (!type.extends) return type.properties;
		const combined: INodeProperties[] = [];
		for (const parent of type.extends)
			NodeHelpers.mergeNodeProperties(combined, this.getCredentialsProperties(parent));
		NodeHelpers.mergeNodeProperties(combined, type.properties);
		return combined;
	}

	async getCredentials({ id }: INodeCredentialsDetails, type: string): Promise<ICredentials> {
		const entry = this.get(String(id));
		if (entry.type !== type)
			throw new Error(`Credential with ID "${id}" does not exist for type "${type}"`);
		return new PlainCredentials(entry);
	}

	async getDecrypted(
		additionalData: IWorkflowExecuteAdditionalData,
		nodeCredentials: INodeCredentialsDetails,
		type: string,
		mode: WorkflowExecuteMode,
		executeData?: IExecuteData,
		raw?: boolean,
		values?: ICredentialsExpressionResolveValues,
	): Promise<ICredentialDataDecryptedObject> {
		const entry = this.get(String(nodeCredentials.id));
		entry.reads++;
		// n8n reads a database row here, so other work may come in between.
		await new Promise((resolve) => setImmediate(resolve));
		const original = await (await this.getCredentials(nodeCredentials, type)).getData();
		if (raw === true) return original;
		return await this.applyDefaults(additionalData, original, type, mode, executeData, values);
	}

	async applyDefaults(
		additionalData: IWorkflowExecuteAdditionalData,
		original: ICredentialDataDecryptedObject,
		type: string,
		mode: WorkflowExecuteMode,
		executeData?: IExecuteData,
		values?: ICredentialsExpressionResolveValues,
	): Promise<ICredentialDataDecryptedObject> {
		const properties = this.getCredentialsProperties(type);
		const decrypted = NodeHelpers.getNodeParameters(
			properties,
			original as Parameters<typeof NodeHelpers.getNodeParameters>[1],
			true,
			false,
			null,
			null,
		) as ICredentialDataDecryptedObject;
		for (const field of ['allowedHttpRequestDomains', 'allowedDomains']) {
			if (decrypted[field] === undefined && original[field] !== undefined)
				decrypted[field] = original[field];
		}
		const keys = getAdditionalKeys(additionalData, mode, null, { isCredential: true } as Parameters<
			typeof getAdditionalKeys
		>[3]);
		const data = decrypted as INodeParameters;
		if (values) {
			return values.workflow.expression.getParameterValue(
				data,
				values.runExecutionData,
				values.runIndex,
				values.itemIndex,
				values.node.name,
				values.connectionInputData,
				mode,
				keys,
				executeData,
				false,
				decrypted as Parameters<Workflow['expression']['getParameterValue']>[10],
			) as unknown as ICredentialDataDecryptedObject;
		}
		const workflow = new Workflow({
			nodes: [mockNode],
			connections: {},
			active: false,
			nodeTypes: mockNodeTypes,
		});
		return workflow.expression.getComplexParameterValue(
			mockNode,
			data,
			mode,
			keys,
			undefined,
			undefined,
			decrypted as Parameters<Workflow['expression']['getParameterValue']>[10],
		) as unknown as ICredentialDataDecryptedObject;
	}

	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		typeName: string,
		incoming: Parameters<ICredentialsHelper['authenticate']>[2],
		workflow?: Workflow,
		node?: INode,
	): Promise<IHttpRequestOptions> {
		const options = incoming as IHttpRequestOptions;
		const { authenticate } = this.typeOf(typeName);
		if (!authenticate) return options;
		if (typeof authenticate === 'function') return await authenticate(credentials, options);
		if (!workflow || !node)
			throw new Error('Workflow and node are required for declarative credential authentication');
		const resolve = (value: string): string =>
			isExpression(value)
				? String(
						workflow.expression.getSimpleParameterValue(
							node,
							value,
							'internal',
							{ $credentials: credentials } as never,
							undefined,
							'',
						) || '',
					)
				: value;
		options.headers ??= {};
		const target = options as unknown as Record<string, Record<string, string>>;
		for (const [outer, inner] of Object.entries(authenticate.properties)) {
			for (const [key, value] of Object.entries(inner as Record<string, string>)) {
				target[outer] ??= {};
				target[outer][resolve(key)] = resolve(value);
			}
		}
		return options;
	}

	async preAuthentication(
		helpers: IHttpRequestHelper,
		credentials: ICredentialDataDecryptedObject,
		typeName: string,
		node: INode,
		credentialsExpired: boolean,
	): Promise<ICredentialDataDecryptedObject | undefined> {
		const type = this.typeOf(typeName);
		const expirable = type.properties.find(
			(property) => property.type === 'hidden' && property.typeOptions?.expirable === true,
		);
		if (!expirable || typeof type.preAuthentication !== 'function') return undefined;
		const testing = node?.parameters?.temp === '' && node?.type === 'n8n-nodes-base.noOp';
		if (credentials[expirable.name] !== '' && !credentialsExpired && !testing) return undefined;

		const output = (await type.preAuthentication.call(
			restrictToDomains(helpers, credentials),
			credentials,
		)) as ICredentialDataDecryptedObject;
		if (output[expirable.name] === undefined || !node.credentials) return undefined;
		const nodeCredentials = node.credentials[type.name];
		const storedData = await (await this.getCredentials(nodeCredentials, type.name)).getData();
		const toPersist = { ...storedData };
		for (const [key, value] of Object.entries(output)) {
			if (key === expirable.name || !isExpression(storedData[key])) toPersist[key] = value;
		}
		await this.updateCredentials(nodeCredentials, type.name, toPersist);
		return Object.assign(credentials, output);
	}

	async runPreAuthentication(
		helpers: IHttpRequestHelper,
		credentials: ICredentialDataDecryptedObject,
		typeName: string,
	): Promise<ICredentialDataDecryptedObject | undefined> {
		const { preAuthentication } = this.typeOf(typeName);
		if (typeof preAuthentication !== 'function') return undefined;
		return (
			((await preAuthentication.call(restrictToDomains(helpers, credentials), credentials)) as
				ICredentialDataDecryptedObject | undefined) ?? undefined
		);
	}

	async updateCredentials(
		{ id }: INodeCredentialsDetails,
		_type: string,
		data: ICredentialDataDecryptedObject,
	): Promise<void> {
		const entry = this.get(String(id));
		entry.data = { ...data };
		entry.writes++;
	}

	async updateCredentialsOauthTokenData(): Promise<void> {
		throw new Error('OAuth is not part of this harness');
	}

	/**
	 * The "Test" of the credential dialog.
	 * @param testedBy the test function of a node that names one, used when the type has no test request
	 */
	async test(
		id: string,
		additionalData: IWorkflowExecuteAdditionalData,
		testedBy?: ICredentialTestFunction,
	): Promise<{ status: 'OK' | 'Error'; message: string }> {
		const { type, name } = this.get(id);
		const { test } = this.typeOf(type) as { test?: ICredentialTestRequest };
		const data = await this.applyDefaults(additionalData, this.get(id).data, type, 'internal');
		if (!test) {
			if (!testedBy) {
				return { status: 'Error', message: 'No testing function found for this credential.' };
			}
			const context = new CredentialTestContext(additionalData);
			return await testedBy.call(context, { id, name, type, data });
		}
		const node: INode = {
			id: 'temp',
			parameters: { temp: '' }, // filled in from the default by n8n's Workflow
			name: 'Temp-Node',
			type: 'n8n-nodes-base.noOp',
			typeVersion: 1,
			position: [0, 0],
			credentials: { [type]: { id, name } },
		};
		const nodeType = {
			description: {
				displayName: 'No Operation',
				name: 'noOp',
				group: ['organization'],
				version: 1,
				description: '',
				defaults: { name: 'No Operation' },
				inputs: ['main'],
				outputs: ['main'],
				credentials: [{ name: type, required: true }],
				properties: [
					{
						displayName: 'Temp',
						name: 'temp',
						type: 'string',
						routing: { request: test.request },
						default: '',
					},
				],
			},
		} as unknown as INodeType;
		const nodeTypes: INodeTypes = {
			getByName: () => nodeType,
			getByNameAndVersion: () => nodeType,
			getKnownTypes: () => ({}),
		};
		const workflow = new Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });
		// The values on the screen are tested, not the stored ones; a token fetched is stored nevertheless.
		const helper = new Proxy(this as CredentialStore, {
			get: (target, property) => {
				if (property === 'getDecrypted') return async () => data;
				const value = Reflect.get(target, property) as unknown;
				return typeof value === 'function' ? value.bind(target) : value;
			},
		});
		const withHelper = {
			...additionalData,
			credentialsHelper: helper,
		} as IWorkflowExecuteAdditionalData;
		const input = { main: [[{ json: {} }]] };
		const executeData: IExecuteData = { node, data: {}, source: null };
		const context = new ExecuteContext(
			workflow,
			node,
			withHelper,
			'internal',
			createEmptyRunExecutionData(),
			0,
			[],
			input,
			executeData,
			[],
		);
		const routing = new RoutingNode(context, nodeType, { id, name, type, data });
		try {
			const response = await routing.runNode();
			for (const rule of test.rules ?? []) {
				if (rule.type !== 'responseSuccessBody') continue;
				const body = response?.[0]?.[0]?.json as Record<string, unknown> | undefined;
				const value = rule.properties.key
					.split('.')
					.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], body);
				if (value === rule.properties.value)
					return { status: 'Error', message: rule.properties.message };
			}
			return { status: 'OK', message: 'Connection successful!' };
		} catch (caught) {
			const error = caught as Error & {
				cause?: { code?: string; response?: { status: number; statusText: string } };
			};
			const response = error.cause?.response;
			if (response) {
				for (const rule of test.rules ?? []) {
					if (rule.type === 'responseCode' && rule.properties.value === response.status) {
						return { status: 'Error', message: rule.properties.message };
					}
				}
				if (response.status < 199 || response.status > 299) {
					return {
						status: 'Error',
						message: response.statusText || `Received HTTP status code: ${response.status}`,
					};
				}
			} else if (error.cause?.code) {
				return { status: 'Error', message: error.cause.code };
			}
			return { status: 'Error', message: String(error.message) };
		}
	}
}
