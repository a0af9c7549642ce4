/**
 * What a card costs in our own code: reading the row, checks, request body, pace, answer, output. n8n's part is
 * played by the cheapest stand-ins, and the network is left out.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

interface Package {
	runOperation(context: IExecuteFunctions, operation: unknown): Promise<INodeExecutionData[]>;
	findOperation(resource: string, operation: string): unknown;
}

/** @param folder of the installed package */
function load(folder: string): Package {
	const require = createRequire(path.join(folder, 'index.js'));
	const actions = path.join(folder, 'dist', 'nodes', 'Dintero', 'actions');
	return {
		...(require(path.join(actions, 'run.js')) as Pick<Package, 'runOperation'>),
		...(require(path.join(actions, 'registry.js')) as Pick<Package, 'findOperation'>),
	};
}

/** @returns microseconds per card, one figure for each repetition */
export async function measureOwnWork(
	folder: string,
	cards: number,
	repetitions: number,
): Promise<number[]> {
	const { runOperation, findOperation } = load(folder);
	const create = findOperation('giftCard', 'create');
	const figures: number[] = [];
	// The first two are for the compiler.
	for (let i = -2; i < repetitions; i++) {
		const context = standIn(cards, i);
		const begun = process.cpuUsage();
		const items = await runOperation(context, create);
		// Processor time: there is nothing to wait for, and other work on the machine does not count.
		const { user, system } = process.cpuUsage(begun);
		if (items.length !== cards || items.some(({ json }) => json.error !== undefined))
			throw new Error('Not every card was made');
		if (i >= 0) figures.push((user + system) / cards);
	}
	return figures;
}

function standIn(cards: number, run: number): IExecuteFunctions {
	const parameters: Record<string, unknown> = {
		resource: 'giftCard',
		operation: 'create',
		cardId: '={{ $json.id }}',
		amount: '={{ $json.amount }}',
		currency: 'NOK',
		pinFormat: 'digits4',
		tokenFormat: 'digits16',
		additionalFields: {},
		options: { concurrency: 25 },
	};
	const node = {
		id: 'n',
		name: 'Dintero',
		type: 'x',
		typeVersion: 1,
		position: [0, 0],
		parameters,
	};
	const items = Array.from({ length: cards }, (_, i) => ({
		json: { id: `own-${run}-${i + 1}`, amount: 100 + (i % 900), name: `Customer ${i + 1}` },
	}));
	const logger = { debug: noop, info: noop, warn: noop, error: noop };
	const signal = new AbortController().signal;
	return {
		getNode: () => node,
		getInputData: () => items,
		getNodeParameter: (name: string, _index: number, missing: unknown) =>
			parameters[name] ?? missing,
		getCredentials: async () => ({
			accountId: 'T11223344',
			clientId: 'client',
			clientSecret: 'secret-of-the-client',
			baseUrl: 'http://127.0.0.1/v1',
			accessToken: 'token',
		}),
		getExecutionId: () => '1',
		getInstanceId: () => 'instance',
		getWorkflow: () => ({ id: 'w' }),
		getWorkflowDataProxy: () => ({ $runIndex: 0 }),
		getTimezone: () => 'Europe/Oslo',
		getExecutionCancelSignal: () => signal,
		continueOnFail: () => false,
		logger,
		helpers: {
			httpRequestWithAuthentication: async (_type: string, { body }: { body: Body }) => ({
				statusCode: 200,
				headers: {},
				body: answerTo(body),
			}),
		},
	} as unknown as IExecuteFunctions;
}

interface Body {
	card_id: string;
	amount: number;
	currency: string;
	originated_by: string;
}

/** What the sandbox answers, made anew for each card as a parser would. */
const answerTo = ({ card_id, amount, currency, originated_by }: Body) => ({
	id: '6d1b6f0e-8e6f-4c39-8f4e-1d0f7f0f2c11',
	card_id,
	type: 'gift_card',
	status: 'unused',
	originated_by,
	created_at: '2026-01-01T00:00:00Z',
	created_by: 'client',
	amount,
	currency,
	amount_balance: amount,
	amount_available: amount,
	amount_funds: amount,
	amount_drawdown: 0,
	amount_pending: 0,
	amount_reserved: 0,
	pin: { format: { length: 4, numbers: true }, pin: { value: '1234' } },
	card_token: {
		format: { length: 16, numbers: true },
		expires_in: 315_360_000,
		expires_after_transaction: false,
		token: { value: '1234567890123456' },
	},
});

const noop = (): void => {};
