import assert from 'node:assert/strict';
import { after, beforeEach, it } from 'node:test';
import type { Execution } from '../../demo/n8n-client.mts';
import { importExample, itemsOf, succeeded, type ExamplesEnvironment } from './environment.mts';

export function retryLoop(environment: () => ExamplesEnvironment): void {
	const create = 'aid_cards_post';
	const read = 'aid_cards_cardid_get';
	beforeEach(() => environment().sandbox.faults.clear());
	after(() => environment().sandbox.faults.clear());

	const run = async (orderId: string): Promise<Execution> => {
		const { client } = environment();
		const settings = { orderId, secondsToWait: 1 };
		const workflow = await importExample(environment(), 'retry-loop', { settings });
		return await client.run(workflow, 'When clicking ‘Execute workflow’');
	};
	const cardsOf = (orderId: string) =>
		environment()
			.sandbox.books.cards()
			.filter(({ cardId }) => cardId === orderId);

	it('issues one card, with codes that work, though the first try was carried out and nobody heard of it', async () => {
		const { sandbox } = environment();
		sandbox.faults.add(
			{ kind: 'cut-after', operationId: create, nth: 1 },
			{ kind: 'error-before', status: 403, operationId: read, nth: [1, 2] },
		);
		const execution = succeeded(await run('loop-1'));
		assert.equal(execution.runs['Issue the card'].length, 2);
		const [{ json: card }] = itemsOf(execution, 'Issued');
		assert.equal(card.outcome, 'recovered');
		assert.equal(sandbox.books.opens(String(card.cardToken), String(card.pin)), 'loop-1');
		assert.equal(cardsOf('loop-1').length, 1);
	});

	it('gives up after the third repetition, with the reason and the Card ID', async () => {
		environment().sandbox.faults.add({ kind: 'error-before', status: 400, operationId: create });
		const execution = await run('loop-2');
		assert.equal(execution.status, 'error');
		assert.equal(execution.runs['Issue the card'].length, 4);
		assert.match(String(execution.error?.message), /Injected failure.*Card ID: loop-2\./);
		assert.equal(cardsOf('loop-2').length, 0);
	});
}
