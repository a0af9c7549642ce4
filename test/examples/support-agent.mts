import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { SavedWorkflow } from '../../demo/n8n-client.mts';
import { importExample, itemsOf, succeeded, type ExamplesEnvironment } from './environment.mts';
import { startModel, type Model, type ToolCall } from './model.mts';

export function supportAgent(environment: () => ExamplesEnvironment): void {
	let model: Model;
	let workflow: SavedWorkflow;

	/** Types a message into the chat; the model then asks for these calls. @returns the assistant's answer */
	const ask = async (chatInput: string, ...script: ToolCall[]): Promise<string> => {
		const { client } = environment();
		model.script = script;
		const json = { sessionId: `session ${chatInput}`, action: 'sendMessage', chatInput };
		const data = {
			startTime: Date.now(),
			executionTime: 0,
			executionStatus: 'success',
			source: [null],
			data: { main: [[{ json }]] },
		};
		const { executionId } = await client.rest<{ executionId: string }>(
			'POST',
			`/workflows/${workflow.id}/run`,
			{
				workflowData: await client.workflow(workflow.id),
				triggerToStartFrom: { name: 'Question from staff', data },
			},
		);
		const execution = succeeded(await client.untilFinished(executionId));
		assert.equal(model.script.length, 0, 'the model was asked for everything in the script');
		return String(itemsOf(execution, 'Assistant')[0].json.output);
	};

	before(async () => {
		const { client, credentialData } = environment();
		model = await startModel();
		workflow = await importExample(environment(), 'support-agent', {
			credentials: {
				openAiApi: await client.saveCredential('Model', 'openAiApi', {
					apiKey: 'none',
					url: model.url,
				}),
				dinteroApi: await client.saveCredential('Dintero support', 'dinteroApi', {
					...credentialData,
					maximumAmount: 200,
				}),
			},
		});
		await environment().issue({ cardId: 'SUP-1', amount: 500, customerId: 'kari' });
	});
	after(async () => await model.stop());

	it('offers the model four tools, with few fields to fill in', async () => {
		await ask('Hello');
		assert.deepEqual(model.offered, {
			Check_balance: ['cardToken', 'pin'],
			Look_up_card: ['cardId'],
			Make_new_codes: ['cardId'],
			Issue_goodwill_card: ['amount', 'caseNumber'],
		});
	});

	it('checks a balance, with and without a PIN, and says when the PIN is wrong', async () => {
		const card = environment().sandbox.books.card('SUP-1');
		const cardToken = card?.tokens[0];
		const tool = /balance/i;
		const right = await ask('What is left?', { tool, arguments: { cardToken, pin: card?.pin } });
		assert.match(right, /500\.00 NOK/);
		const without = await ask('And now?', { tool, arguments: { cardToken, pin: '' } });
		assert.match(without, /500\.00 NOK/);
		const wrong = await ask('With 0?', { tool, arguments: { cardToken, pin: '000000' } });
		assert.match(wrong, /PIN/);
		assert.doesNotMatch(wrong, /500\.00/);
	});

	it('looks a card up and gives it new codes', async () => {
		const { sandbox } = environment();
		const old = sandbox.books.card('SUP-1');
		const cardId = 'SUP-1';
		const answer = await ask(
			'The customer lost the codes of SUP-1',
			{ tool: /look/i, arguments: { cardId } },
			{ tool: /codes/i, arguments: { cardId } },
		);
		const now = sandbox.books.card('SUP-1');
		assert.notEqual(now?.pin, old?.pin);
		assert.equal(now?.tokens.length, 2);
		assert.ok(answer.includes(String(now?.pin)) && answer.includes(String(now?.tokens[1])));
		assert.equal(now?.balance, 50_000);
	});

	it('issues a goodwill card within the spending limit, and one per case', async () => {
		const { sandbox } = environment();
		const tool = /goodwill/i;
		const cards = sandbox.books.cards().length;
		const posts = sandbox.count('aid_cards_post');
		const tooMuch = await ask('50000 kr', {
			tool,
			arguments: { amount: '50000', caseNumber: '1' },
		});
		assert.match(tooMuch, /limit/i);
		assert.equal(sandbox.books.cards().length, cards);
		assert.equal(sandbox.count('aid_cards_post'), posts, 'nothing was sent');

		const given = await ask('100 kr', { tool, arguments: { amount: '100', caseNumber: '4711' } });
		assert.match(given, /goodwill-4711/);
		assert.equal(sandbox.books.card('goodwill-4711')?.balance, 10_000);

		const again = await ask('Once more', {
			tool,
			arguments: { amount: '100', caseNumber: '4711' },
		});
		assert.match(again, /already exists/);
		assert.equal(sandbox.books.cards().length, cards + 1);
	});
}
