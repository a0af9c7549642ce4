/**
 * Measures the time a card and an event take in our own code. A card: reading the row, checks, request body, pace,
 * answer, output. An event: from the raw bytes to the item. n8n is replaced by minimal fakes, and there is no
 * network.
 */
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import type {
	IExecuteFunctions,
	INodeExecutionData,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { deliveryOf, type Delivery } from './load.mts';

interface Package {
	runOperation(context: IExecuteFunctions, operation: unknown): Promise<INodeExecutionData[]>;
	findOperation(resource: string, operation: string): unknown;
}

/** @param folder the installed package's folder */
function load(folder: string): Package {
	const require = createRequire(path.join(folder, 'index.js'));
	const actions = path.join(folder, 'dist', 'nodes', 'Dintero', 'actions');
	return {
		...(require(path.join(actions, 'run.js')) as Pick<Package, 'runOperation'>),
		...(require(path.join(actions, 'registry.js')) as Pick<Package, 'findOperation'>),
	};
}

/** @returns microseconds per card, one figure per repetition */
export async function measureOwnWork(
	folder: string,
	cards: number,
	repetitions: number,
): Promise<number[]> {
	const { runOperation, findOperation } = load(folder);
	const create = findOperation('giftCard', 'create');
	const figures: number[] = [];
	// The first two repetitions only warm up the compiler.
	for (let i = -2; i < repetitions; i++) {
		const context = fakeContext(cards, i);
		const begun = process.cpuUsage();
		const items = await runOperation(context, create);
		// Measure processor time: nothing waits, and other load on the machine must not count.
		const { user, system } = process.cpuUsage(begun);
		if (items.length !== cards || items.some(({ json }) => json.error !== undefined))
			throw new Error('Not every card was created');
		if (i >= 0) figures.push((user + system) / cards);
	}
	return figures;
}

function fakeContext(cards: number, run: number): IExecuteFunctions {
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

/** The sandbox's answer, built anew for each card as a parser would. */
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

interface Trigger {
	receive(context: IWebhookFunctions): Promise<IWebhookResponseData>;
	whyNotSigned(body: Uint8Array, signature: unknown, secret: string): string | undefined;
}

/**
 * @returns microseconds per event, one figure per repetition: all of our work (signature, parsing, filter,
 *   identities, delivery memory, item), and the signature alone
 */
export async function measureEventWork(
	folder: string,
	events: number,
	repetitions: number,
): Promise<Record<'all' | 'signature', number[]>> {
	const require = createRequire(path.join(folder, 'index.js'));
	const trigger = path.join(folder, 'dist', 'nodes', 'Dintero', 'trigger');
	const { receive } = require(path.join(trigger, 'receive.js')) as Pick<Trigger, 'receive'>;
	const { whyNotSigned } = require(path.join(trigger, 'signature.js')) as Pick<
		Trigger,
		'whyNotSigned'
	>;
	const secret = 'c0ffee'.repeat(10);
	const figures: Record<'all' | 'signature', number[]> = { all: [], signature: [] };
	// The first two repetitions only warm up the compiler.
	for (let i = -2; i < repetitions; i++) {
		const from = {
			secret,
			accountId: 'T11223344',
			prefix: `e${i + 2}`.padStart(4, '0'),
			headers: {},
		};
		const deliveries = Array.from({ length: events }, (_, number) => deliveryOf(from, number));
		const responses = deliveries.map(() => Object.assign(new EventEmitter(), ANSWERED));
		const contexts = deliveries.map((one, n) => fakeWebhook(one, secret, responses[n]));

		let begun = process.cpuUsage();
		let started = 0;
		for (let n = 0; n < events; n++) {
			if ((await receive(contexts[n])).workflowData !== undefined) started++;
			responses[n].emit('close');
		}
		const all = process.cpuUsage(begun);
		if (started !== events) throw new Error(`Only ${started} of ${events} events were taken`);

		begun = process.cpuUsage();
		let right = 0;
		for (const { body, headers } of deliveries)
			if (whyNotSigned(body, headers['event-signature'], secret) === undefined) right++;
		const signature = process.cpuUsage(begun);
		if (right !== events) throw new Error(`Only ${right} of ${events} signatures were right`);

		if (i < 0) continue;
		figures.all.push((all.user + all.system) / events);
		figures.signature.push((signature.user + signature.system) / events);
	}
	return figures;
}

/** n8n's response after it has started the workflow. */
const ANSWERED = { statusCode: 200, writableFinished: true };

function fakeWebhook(
	{ headers, body }: Delivery,
	secret: string,
	response: EventEmitter,
): IWebhookFunctions {
	const node = { id: 'n', name: 'Dintero Trigger' };
	return {
		getHeaderData: () => headers,
		getRequestObject: () => ({ rawBody: body, contentType: 'application/json' }),
		getResponseObject: () => response,
		getWorkflowStaticData: () => ({ secret }),
		getNodeParameter: (_name: string, missing: unknown) => missing,
		getWorkflow: () => ({ id: 'w' }),
		getNode: () => node,
		getMode: () => 'webhook',
	} as unknown as IWebhookFunctions;
}
