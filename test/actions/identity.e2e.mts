/**
 * In a whole n8n: two calls of a tool are two jobs, every try of one is one job. `npm run check -- identity`
 * An MCP client over HTTP, an AI agent with a scripted model, the editor's Retry, a retry loop, two executions at once, a restored database.
 */
import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import { after, before, beforeEach, describe, it } from 'node:test';
import path from 'node:path';
import { owner } from '../../demo/environment.mts';
import {
	N8nClient,
	type Execution,
	type SavedWorkflow,
	type WorkflowNode,
} from '../../demo/n8n-client.mts';
import { startN8n } from '../../demo/n8n.mts';
import { runFolder } from '../../scripts/project.mts';
import {
	itemsOf,
	startExamples,
	succeeded,
	type ExamplesEnvironment,
} from '../examples/environment.mts';
import { startModel, type Model } from '../examples/model.mts';

const DINTERO = 'n8n-nodes-dintero.dintero';
const LANGCHAIN = '@n8n/n8n-nodes-langchain';
const fromAi = (name: string) => `={{ $fromAI('${name}', '', 'string') }}`;
const chosen = (value: string) => ({ __rl: true, mode: 'id', value });

let environment: ExamplesEnvironment;
let model: Model;
let n = 0;

const node = (
	name: string,
	type: string,
	typeVersion: number,
	parameters: object,
): WorkflowNode => ({
	id: `${name} ${++n}`,
	name,
	type,
	typeVersion,
	position: [0, 0],
	parameters: parameters as Record<string, unknown>,
});
const dintero = (name: string, parameters: object, settings: object = {}): WorkflowNode => ({
	...node(name, DINTERO, 1, parameters),
	credentials: { dinteroApi: environment.credentials.dinteroApi },
	...settings,
});
const tool = (name: string, parameters: object, settings: object = {}): WorkflowNode => ({
	...dintero(name, { descriptionType: 'manual', toolDescription: name, ...parameters }, settings),
	type: `${DINTERO}Tool`,
});
const to = (...names: string[]) => names.map((name) => ({ node: name, type: 'main', index: 0 }));
const asTool = (parent: string) => ({ ai_tool: [[{ node: parent, type: 'ai_tool', index: 0 }]] });
const create = (more: object = {}) => ({
	resource: 'giftCard',
	operation: 'create',
	amount: '500',
	currency: 'NOK',
	...more,
});
const folder = runFolder('identity');
/** Starts n8n again, on what lies in its user folder now. */
async function restart(): Promise<void> {
	const { n8n, files, stop } = environment;
	const again = await startN8n({
		userFolder: path.join(folder, 'n8n'),
		logFile: path.join(folder, 'n8n-again.log'),
		preferredPort: Number(new URL(n8n.url).port),
		filesFolder: files,
	});
	const client = new N8nClient(again.url);
	await client.signIn(owner);
	const everything = async () => {
		await again.stop();
		await stop();
	};
	Object.assign(environment, { n8n: again, client, stop: everything });
}
const cardsSince = (count: number) => environment.sandbox.books.cards().slice(count);
const opens = (card: Record<string, unknown>) =>
	environment.sandbox.books.opens(String(card.cardToken), String(card.pin));

describe('The same job once, two jobs twice, in a whole n8n', { timeout: 900_000 }, () => {
	before(
		async () => {
			environment = await startExamples('identity');
			model = await startModel();
		},
		{ timeout: 600_000 },
	);
	after(async () => {
		await model?.stop();
		await environment?.stop();
	});
	let known = 0;
	beforeEach(() => {
		environment.sandbox.faults.clear();
		known = environment.sandbox.books.cards().length;
	});

	describe('MCP Server Trigger over HTTP', () => {
		const path = 'dintero-identity';
		let workflow: SavedWorkflow;

		before(async () => {
			const { client } = environment;
			workflow = await client.saveWorkflow({
				name: 'MCP',
				nodes: [
					node('MCP', `${LANGCHAIN}.mcpTrigger`, 2, { path, authentication: 'none' }),
					tool('Issue without ID', create()),
					tool('Issue', create({ cardId: fromAi('Card_ID') }), {
						retryOnFail: true,
						maxTries: 2,
						waitBetweenTries: 0,
					}),
					tool('Charge', {
						resource: 'transaction',
						operation: 'charge',
						cardBy: 'cardId',
						cardId: chosen(fromAi('Card')),
						amount: '100',
						currency: 'NOK',
						refId: fromAi('Reference'),
					}),
				],
				connections: {
					'Issue without ID': asTool('MCP'),
					Issue: asTool('MCP'),
					Charge: asTool('MCP'),
				},
			});
			await client.publish(workflow);
		});

		/** One session of an MCP client with one call. @returns what the tool gave, or its error as text */
		async function call(name: string, args: object): Promise<Record<string, unknown>> {
			const url = `${environment.n8n.url}/mcp/${path}`;
			let session: string | undefined;
			const send = async (body: object) => {
				const response = await fetch(url, {
					method: 'POST',
					headers: {
						'content-type': 'application/json',
						accept: 'application/json, text/event-stream',
						...(session === undefined ? {} : { 'mcp-session-id': session }),
					},
					body: JSON.stringify({ jsonrpc: '2.0', ...body }),
				});
				session ??= response.headers.get('mcp-session-id') ?? undefined;
				const text = await response.text();
				const data = text.startsWith('{')
					? text
					: text
							.split('\n')
							.findLast((line) => line.startsWith('data:'))
							?.slice(5);
				return data ? (JSON.parse(data) as { result?: never; error?: unknown }) : {};
			};
			const clientInfo = { name: 'test', version: '1' };
			const params = { protocolVersion: '2025-03-26', capabilities: {}, clientInfo };
			await send({ id: 1, method: 'initialize', params });
			await send({ method: 'notifications/initialized' });
			const { result, error } = await send({
				id: 2,
				method: 'tools/call',
				params: { name, arguments: args },
			});
			const { content = [] } = (result ?? {}) as { content?: Array<{ text: string }> };
			const text = content.map((part) => part.text).join('') || JSON.stringify(error ?? result);
			try {
				const answer = JSON.parse(text) as Record<string, unknown> | Array<Record<string, unknown>>;
				return Array.isArray(answer) ? answer[0] : answer;
			} catch {
				return { failed: text };
			}
		}

		it('refuses to issue without a Card ID, and says what to fill in', async () => {
			const { failed } = await call('Issue_without_ID', {});
			assert.match(String(failed), /Card ID: is empty, .*not belong to an execution[\s\S]*Fill in 'Card ID'/);
			assert.equal(cardsSince(known).length, 0);
		});

		it('two calls with two Card IDs are two cards, two with one are one and a refusal', async () => {
			const kari = await call('Issue', { Card_ID: 'mcp-kari' });
			const ola = await call('Issue', { Card_ID: 'mcp-ola' });
			assert.deepEqual([opens(kari), opens(ola)], ['mcp-kari', 'mcp-ola']);
			assert.match(String((await call('Issue', { Card_ID: 'mcp-kari' })).failed), /already exists/);
			assert.equal(opens(kari), 'mcp-kari');
			assert.equal(cardsSince(known).length, 2);
		});

		it('every try of one call is one job', async () => {
			environment.sandbox.faults.add(
				{ kind: 'cut-after', operationId: 'aid_cards_post', nth: 1 },
				{ kind: 'error-before', status: 403, operationId: 'aid_cards_cardid_get', nth: [1, 2] },
			);
			const card = await call('Issue', { Card_ID: 'mcp-retry' });
			assert.equal(card.outcome, 'recovered', JSON.stringify(card));
			assert.equal(opens(card), 'mcp-retry');
			assert.equal(cardsSince(known).length, 1);
		});

		it('two charges with two References move money twice, with one once', async () => {
			await environment.issue({ cardId: 'mcp-shop', amount: 500 });
			const charged = [];
			for (const Reference of ['a', 'b', 'b'])
				charged.push((await call('Charge', { Card: 'mcp-shop', Reference })).outcome);
			assert.deepEqual(charged, ['done', 'done', 'alreadyDone']);
			const moved = environment.sandbox.books.transactions('mcp-shop').slice(1);
			assert.deepEqual(
				moved.map(({ amount }) => amount),
				[10_000, 10_000],
			);
		});
	});

	describe('AI Agent', () => {
		let workflow: SavedWorkflow;

		before(async () => {
			const { client } = environment;
			const openAiApi = await client.saveCredential('Identity model', 'openAiApi', {
				apiKey: 'none',
				url: model.url,
			});
			workflow = await client.saveWorkflow({
				name: 'Agent',
				nodes: [
					node('Start', 'n8n-nodes-base.manualTrigger', 1, {}),
					node('Agent', `${LANGCHAIN}.agent`, 3, {
						promptType: 'define',
						text: 'Issue cards',
						options: { maxIterations: 10 },
					}),
					{
						...node('Model', `${LANGCHAIN}.lmChatOpenAi`, 1.2, {
							model: { __rl: true, mode: 'id', value: 'fake-model' },
							options: {},
						}),
						credentials: { openAiApi },
					},
					tool('Issue', create(), { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 }),
				],
				connections: {
					Start: { main: [to('Agent')] },
					Model: { ai_languageModel: [[{ node: 'Agent', type: 'ai_languageModel', index: 0 }]] },
					Issue: asTool('Agent'),
				},
			});
		});
		const ask = async (calls: number): Promise<Execution> => {
			model.script = Array.from({ length: calls }, () => ({ tool: /^Issue/, arguments: {} }));
			return await environment.client.run(workflow, 'Start');
		};

		it('two calls of its tool are two cards', async () => {
			succeeded(await ask(2));
			const issued = cardsSince(known);
			assert.equal(issued.length, 2);
			for (const { cardId } of issued) assert.match(cardId, /^n8n-\d+-1-/);
		});

		it('the tool’s own retry is one card, and its codes work', async () => {
			environment.sandbox.faults.add(
				{ kind: 'cut-after', operationId: 'aid_cards_post', nth: 1 },
				{ kind: 'error-before', status: 403, operationId: 'aid_cards_cardid_get', nth: [1, 2] },
			);
			const execution = succeeded(await ask(1));
			const answer = String(itemsOf(execution, 'Agent')[0].json.output);
			const [issued, ...others] = cardsSince(known);
			assert.equal(others.length, 0);
			assert.ok(answer.includes('recovered'), answer);
			assert.ok(answer.includes(String(issued.pin)), 'the model was told the PIN that works');
		});
	});

	describe('in one workflow', () => {
		const lose = () =>
			environment.sandbox.faults.add(
				{ kind: 'cut-after', operationId: 'aid_cards_post', nth: 1 },
				{ kind: 'error-before', status: 403, operationId: 'aid_cards_cardid_get', nth: [1, 2] },
			);

		it("the editor's Retry of a failed execution finds the card", async () => {
			const { client } = environment;
			const workflow = await client.saveWorkflow({
				name: 'Retry',
				nodes: [node('Start', 'n8n-nodes-base.manualTrigger', 1, {}), dintero('Issue', create())],
				connections: { Start: { main: [to('Issue')] } },
			});
			lose();
			const failed = await client.run(workflow, 'Start');
			assert.equal(failed.status, 'error');
			const [{ id }] = await client.executions(workflow);
			await client.rest('POST', `/executions/${id}/retry`, { loadWorkflow: false });
			const list = await client.executions(workflow);
			const again = list.map((one) => one.id).sort((a, b) => Number(b) - Number(a))[0];
			assert.notEqual(again, id);
			const [{ json: card }] = itemsOf(succeeded(await client.untilFinished(again)), 'Issue');
			assert.equal(card.outcome, 'recovered');
			assert.deepEqual(
				cardsSince(known).map(({ cardId }) => cardId),
				[opens(card)],
			);
		});

		it('a retry loop finds the card', async () => {
			const workflow = await environment.client.saveWorkflow({
				name: 'Loop',
				nodes: [
					node('Start', 'n8n-nodes-base.manualTrigger', 1, {}),
					dintero('Issue', create(), { onError: 'continueErrorOutput' }),
					node('Wait', 'n8n-nodes-base.wait', 1.1, { amount: 1, unit: 'seconds' }),
					node('Done', 'n8n-nodes-base.noOp', 1, {}),
				],
				connections: {
					Start: { main: [to('Issue')] },
					Issue: { main: [to('Done'), to('Wait')] },
					Wait: { main: [to('Issue')] },
				},
			});
			lose();
			const [{ json: card }] = itemsOf(
				succeeded(await environment.client.run(workflow, 'Start')),
				'Done',
			);
			assert.equal(card.outcome, 'recovered');
			assert.deepEqual(
				cardsSince(known).map(({ cardId }) => cardId),
				[opens(card)],
			);
		});

		it('two executions at once are two cards', async () => {
			const { client } = environment;
			const workflow = await client.saveWorkflow({
				name: 'Twice',
				nodes: [node('Start', 'n8n-nodes-base.manualTrigger', 1, {}), dintero('Issue', create())],
				connections: { Start: { main: [to('Issue')] } },
			});
			const both = await Promise.all([1, 2].map(async () => await client.run(workflow, 'Start')));
			const cards = both.map((one) => itemsOf(succeeded(one), 'Issue')[0].json);
			assert.equal(new Set(cards.map(opens)).size, 2);
			assert.equal(cardsSince(known).length, 2);
		});
	});

	it('after a backup of the database was restored, the same execution number is another job', async () => {
		const { client } = environment;
		const workflow = await client.saveWorkflow({
			name: 'Restored',
			nodes: [node('Start', 'n8n-nodes-base.manualTrigger', 1, {}), dintero('Issue', create())],
			connections: { Start: { main: [to('Issue')] } },
		});
		const backup = path.join(folder, 'backup');
		await environment.n8n.stop();
		await cp(path.join(folder, 'n8n', '.n8n'), backup, { recursive: true });
		await restart();
		const before = await environment.client.run(workflow, 'Start');
		const [{ json: first }] = itemsOf(succeeded(before), 'Issue');
		await environment.n8n.stop();
		await rm(path.join(folder, 'n8n', '.n8n'), { recursive: true });
		await cp(backup, path.join(folder, 'n8n', '.n8n'), { recursive: true });
		await restart();
		const after = await environment.client.run(workflow, 'Start');
		assert.equal(after.id, before.id, 'n8n gave another number, so this shows nothing');
		const [{ json: second }] = itemsOf(succeeded(after), 'Issue');
		assert.notEqual(second.cardId, first.cardId);
		assert.deepEqual([opens(first), opens(second)], [first.cardId, second.cardId]);
		assert.equal(cardsSince(known).length, 2);
	});

	it('keeps to Dintero’s contract', () => assert.deepEqual(environment.sandbox.violations, []));
});
