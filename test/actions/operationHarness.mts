/**
 * One operation under test: a workflow of it, a sandbox, n8n's engine, and the checks every operation must pass.
 * Call `operationHarness(resource, operation)` once per test file.
 */
import type { IDataObject, INode, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { startSandbox, type Account, type Sandbox } from '../../sandbox/sandbox.mts';
import { clientFor, getToken } from '../sandbox/client.mts';
import { Engine, type Run, type RunOptions, type WorkflowJson } from '../support/engine.mts';
import { fastTime, until } from '../support/time.mts';
import { mismatches, propertiesIn, readSchema, writeSchema } from './schema.mts';

/** The first test of a file loads n8n and the contract, which takes its time on a busy machine. */
jest.setTimeout(60_000);

const NODE = 'Dintero';
const CREDENTIAL = 'dintero';

export interface OperationRun extends RunOptions {
	/** Of the Dintero node; added to those of the workflow. */
	set?: object;
	/** Of the Dintero node: onError, retryOnFail… */
	settings?: Partial<INode>;
	/** Raw output was asked for, which no schema describes. */
	raw?: boolean;
}

/** What a card that stands ready was made with. */
export interface SeededCard {
	cardId: string;
	token: string;
	pin: string;
}

export type OperationHarness = ReturnType<typeof operationHarness>;

/**
 * @param parameters of the node besides resource and operation, for all runs
 * @param timezone of the workflow (IANA name); n8n's own when missing
 */
export function operationHarness(
	resource: string,
	operation: string,
	parameters: object = {},
	timezone?: string,
) {
	const workflow: WorkflowJson = {
		id: 'workflow1',
		nodes: [
			{ id: 'start', name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
			{
				id: 'dintero',
				name: NODE,
				type: 'n8n-nodes-dintero.dintero',
				typeVersion: 1,
				parameters: { resource, operation, ...parameters },
				credentials: { dinteroApi: { id: CREDENTIAL, name: 'Dintero sandbox' } },
			},
		],
		connections: { Start: { main: [[{ node: NODE, type: 'main', index: 0 }]] } },
		settings: timezone === undefined ? {} : { timezone },
	};
	const writing = process.env.SCHEMAS === 'write';
	const schema = writing ? {} : readSchema(resource, operation);
	const seen = new Set<string>();
	const outputs: IDataObject[] = [];
	let sandbox: Sandbox;
	let engine: Engine;
	let api: ReturnType<typeof clientFor>;
	let realTime: () => void;
	let runs: Run[];

	beforeEach(async () => {
		sandbox = await startSandbox();
		engine = new Engine();
		signIn(sandbox.account);
		const { data } = await getToken(sandbox.apiUrl, sandbox.account);
		api = clientFor(sandbox.apiUrl, sandbox.account, data.access_token as string);
		sandbox.resetLog();
		runs = [];
		realTime = fastTime();
	});
	afterEach(async () => {
		realTime();
		try {
			expect(sandbox.violations).toEqual([]);
			for (const run of runs) expectNoSecretTold(run);
		} finally {
			await sandbox.stop();
		}
	});
	afterAll(() => {
		if (writing) return writeSchema(resource, operation, outputs);
		// The schema must not promise fields that no output has.
		expect(propertiesIn(schema).filter((property) => !seen.has(property))).toEqual([]);
	});

	/** Uses another client, or the same with fields of the credential changed. */
	function signIn(account: Account, fields: IDataObject = {}): void {
		const { accountId, clientId, clientSecret } = account;
		engine.addCredential(
			'dinteroApi',
			{ accountId, clientId, clientSecret, baseUrl: sandbox.apiUrl, ...fields } as never,
			{ id: CREDENTIAL },
		);
	}

	function expectNoSecretTold(run: Run): void {
		const told = [
			run.logText,
			...run.hints.map(({ message }) => message),
			...[run.error, run.nodeError(NODE)].map((error) => textOf(error)),
			...run
				.json(NODE)
				.filter(({ error }) => error)
				.map(textOf),
		].join('\n');
		for (const { tokens } of sandbox.books.cards())
			for (const token of tokens) expect(told).not.toContain(token);
		expect(told).not.toContain(sandbox.account.clientSecret);
	}

	function check(items: INodeExecutionData[]): void {
		for (const { json: output } of items) {
			if ('error' in output) continue;
			outputs.push(output);
			if (writing) continue;
			expect(mismatches(schema, output)).toEqual([]);
			for (const property of Object.keys(output)) seen.add(property);
		}
	}

	return {
		get sandbox() {
			return sandbox;
		},
		get engine() {
			return engine;
		},
		/** Plain HTTP to the sandbox, for what a test needs to stand ready. */
		get api() {
			return api;
		},
		resource,
		operation,
		signIn,

		/** Runs the workflow over these items. */
		async run(
			items: IDataObject[] = [{}],
			{ set = {}, settings = {}, raw = false, ...options }: OperationRun = {},
		): Promise<Run> {
			const run = await engine.run(
				{
					...workflow,
					nodes: workflow.nodes.map((one) => (one.name === NODE ? { ...one, ...settings } : one)),
				},
				{ items, parameters: { [NODE]: set as INodeParameters }, ...options },
			);
			runs.push(run);
			if (!raw) check(run.output(NODE));
			return run;
		},

		/** Runs it and gives the output; fails with the run's own error. */
		async outputOf(items?: IDataObject[], options?: OperationRun): Promise<IDataObject[]> {
			const run = await this.run(items, options);
			if (run.error) throw run.error;
			const output = run.output(NODE);
			expect(output.map(({ pairedItem }) => pairedItem)).toEqual(
				[...output.map(({ pairedItem }) => pairedItem as { item: number })].sort(
					(a, b) => a.item - b.item,
				),
			);
			return output.map(({ json: value }) => value);
		},

		/** Runs it and gives the error it must end with: its message and its description as one text. */
		async failureOf(items?: IDataObject[], options?: OperationRun): Promise<string> {
			const run = await this.run(items, options);
			const error = run.nodeError(NODE);
			if (!error) throw new Error(`It did not fail: ${JSON.stringify(run.json(NODE))}`);
			return `${error.message} | ${(error as { description?: string }).description ?? ''}`;
		},

		/** The items that carry an error, as texts. */
		errorsOf(run: Run): string[] {
			return run.json(NODE).flatMap(({ error }) => (error ? [String(error)] : []));
		},

		/** A card that stands ready, with a 6-character PIN and a reusable 16-digit card token. */
		async seed(cardId: string, more: object = {}): Promise<SeededCard> {
			const { status, data } = await api.post('/wallets/cards', {
				card_id: cardId,
				amount: 50000,
				currency: 'NOK',
				pin: { format: { length: 6, numbers: true, characters: true, symbols: false } },
				card_token: {
					format: { length: 16, numbers: true, characters: false, symbols: false },
					expires_after_transaction: false,
				},
				...more,
			});
			if (status !== 200) throw new Error(`Seeding failed: ${JSON.stringify(data)}`);
			sandbox.resetLog();
			return {
				cardId,
				token: String(data.card_token?.token?.value),
				pin: String(data.pin?.pin?.value),
			};
		},

		/** Inactive cards as from a batch. */
		async seedBatch(...cardIds: string[]): Promise<SeededCard[]> {
			const { data } = await api.post('/wallets/cards/batch', {
				cards: cardIds.map((card_id) => ({ card_id, type: 'gift_card' })),
				options: {
					pin: { format: { length: 6, numbers: true, characters: true, symbols: false } },
					card_token: { format: { length: 16, numbers: true, characters: false, symbols: false } },
				},
			});
			sandbox.resetLog();
			return cardIds.map((cardId, index) => ({
				cardId,
				token: String(data.cards[index].card_token.token.value),
				pin: String(data.cards[index].pin.pin.value),
			}));
		},

		/** Waits for requests that the node gave up and the sandbox still works on. */
		async quiet(): Promise<void> {
			await until(() => sandbox.log.inFlight === 0, 'the sandbox to come to rest');
		},

		/** What was moved on a card after it was made: kinds and minor amounts, oldest first. */
		movesOf(cardId: string): Array<[string, number]> {
			return sandbox.books
				.transactions(cardId)
				.slice(1)
				.map(({ kind, amount }) => [kind, amount]);
		},
	};
}

const textOf = (error: unknown): string =>
	error === undefined
		? ''
		: JSON.stringify(error, (_key, value: unknown) =>
				value instanceof Error
					? {
							...value,
							message: value.message,
							stack: value.stack,
							cause: value.cause,
							node: undefined,
						}
					: value,
			);
