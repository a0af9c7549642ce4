/** The API contract: the OpenAPI files, their operations, and validators for requests and answers. */
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';

// openapi-backend requires an ES module, which jest's module loader can't load, so this uses Node's own loader.
// Outside jest it is the same; inside jest it also avoids loading the package for every test file.
const { OpenAPIBackend } = (
	runInThisContext(`process.getBuiltinModule('node:module')`) as typeof import('node:module')
).createRequire(import.meta.url)('openapi-backend') as typeof import('openapi-backend');

export interface ContractOperation {
	operationId: string;
	method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
	/** The path as in the contract, with `{parameter}`s. */
	path: string;
	/** The scopes of which one is enough; empty for the token request. */
	scopes: string[];
	/** Checkout has its own base URL, and its paths contain no account. */
	checkout: boolean;
	validateRequest: (request: ContractRequest) => object[];
	validateAnswer: (status: number, body: unknown) => object[];
}
export interface ContractRequest {
	params: unknown;
	/** Changed in place: numbers and booleans are parsed. */
	query: Record<string, unknown>;
	body: unknown;
}

const inContract = (name: string) => fileURLToPath(new URL(`./contract/${name}`, import.meta.url));

export const contractFile = inContract('dintero-openapi.yaml');
export const checkoutContractFile = inContract('dintero-checkout-openapi.yaml');

const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Throws if a file is not a valid OpenAPI document. Too slow to run at every start. */
export async function checkContract(): Promise<void> {
	for (const definition of [contractFile, checkoutContractFile]) {
		await new OpenAPIBackend({ definition, strict: true, validate: false }).init();
	}
}

let loaded: Promise<ContractOperation[]> | undefined;

/** Reads the contract once per process. It has no state, so all sandboxes share it. */
export function loadContract(): Promise<ContractOperation[]> {
	loaded ??= Promise.all([load(contractFile), load(checkoutContractFile)]).then((all) =>
		all.flat(),
	);
	return loaded;
}

async function load(definition: string): Promise<ContractOperation[]> {
	const api = new OpenAPIBackend({
		definition,
		quick: true, // validators are compiled when first needed; a test checks the file itself
		strict: true,
		ajvOpts: { allErrors: true },
		customizeAjv: (ajv) => {
			const format = (name: string, validate: (text: string) => boolean) =>
				ajv.addFormat(name, { type: 'string', validate });
			format('uuid', (text) => uuid.test(text));
			format('uri', (text) => URL.canParse(text));
			format('date-time', (text) => dateTime.test(text) && !Number.isNaN(Date.parse(text)));
			return ajv;
		},
	});
	await api.init();
	return api.router.getOperations().map((operation) => {
		const { operationId, path, method } = operation;
		const extensions = operation as unknown as Record<string, unknown>;
		if (!operationId) throw new Error(`The contract names no operationId for ${method} ${path}`);
		const arrays = (operation.parameters ?? []).flatMap((parameter) =>
			'in' in parameter && parameter.in === 'query' && isArraySchema(parameter.schema)
				? [parameter.name]
				: [],
		);
		const takesBody = operation.requestBody !== undefined;
		return {
			operationId,
			method: method.toUpperCase() as ContractOperation['method'],
			path,
			scopes: (extensions['x-scopes'] as string[] | undefined) ?? [],
			checkout: definition === checkoutContractFile,
			validateRequest: ({ params, query, body }) => {
				for (const name of arrays) {
					if (typeof query[name] === 'string') query[name] = [query[name]];
				}
				const request = { path: params, query, header: {}, cookie: {}, requestBody: body };
				const validators = api.validator.getRequestValidatorsForOperation(operationId) ?? [];
				const errors = validators.flatMap((validate) =>
					validate(request) ? [] : describe(validate.errors),
				);
				if (!takesBody && body !== undefined && Object.keys(body as object).length > 0) {
					errors.push({ path: '/requestBody', message: 'this operation takes no body' });
				}
				return errors;
			},
			validateAnswer: (status, body) => {
				const byStatus = api.validator.getStatusBasedResponseValidatorForOperation(operationId);
				// Switches may choose statuses that the contract does not list; their bodies still have its shapes.
				const validate = byStatus?.[status] ?? byStatus?.[status < 300 ? '200' : '403'];
				if (!validate) return [];
				return validate(body ?? null) ? [] : describe(validate.errors);
			},
		};
	});
}

/** One of ajv's validation errors. */
interface Mismatch {
	instancePath: string;
	message?: string;
	params: Record<string, unknown>;
}

const isArraySchema = (schema: unknown) =>
	(schema as { type?: string } | undefined)?.type === 'array';

/** Describes where and what is wrong, never the value: it may be a PIN. */
const describe = (errors: Mismatch[] | null | undefined): object[] =>
	(errors ?? []).map(({ instancePath, message, params }) => ({
		path: instancePath,
		message: message ?? 'is invalid',
		...('additionalProperty' in params ? { member: params.additionalProperty } : {}),
		...('allowedValues' in params ? { allowed: params.allowedValues } : {}),
	}));
