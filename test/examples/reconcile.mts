import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { SavedWorkflow } from '../../demo/n8n-client.mts';
import {
	importExample,
	itemsOf,
	nextExecution,
	succeeded,
	type ExamplesEnvironment,
} from './environment.mts';

export function reconcile(environment: () => ExamplesEnvironment): void {
	let workflow: SavedWorkflow;
	let executions = 0;
	const run = async () => {
		const execution = succeeded(await environment().client.run(workflow, 'Every hour'));
		executions++;
		return execution;
	};
	const about = (cardId: string) =>
		environment()
			.slack.messages.map(({ text }) => text)
			.filter((text) => text.includes(`gift card ${cardId}`));
	const pay = async (amount: number) => {
		const card = environment().sandbox.books.card('REC-1');
		return await environment().sandbox.pay({
			token: card?.tokens[0] ?? '',
			pin: card?.pin ?? undefined,
			amount,
		});
	};

	before(async () => {
		const { client } = environment();
		await environment().issue({ cardId: 'REC-0', amount: 100 }); // before the workflow watches
		// The sandbox writes whole seconds; events of the same second cannot be told apart.
		await new Promise((resolve) => setTimeout(resolve, 1100));
		workflow = await importExample(environment(), 'reconcile', { settings: { settleMinutes: 0 } });
		await client.publish(workflow);
	});
	after(async () => {
		environment().sandbox.set({ silentTransactions: [] });
		await environment().client.unpublish(workflow);
	});

	it('makes its table and leaves alone what happened before', async () => {
		const execution = await run();
		assert.equal(
			itemsOf(execution, 'Make the table if needed')[0].json.name,
			'Dintero transactions handled',
		);
		assert.ok(itemsOf(execution, 'Cards that changed').length > 0);
		assert.deepEqual(itemsOf(execution, 'Their transactions'), []);
		assert.ok(itemsOf(execution, 'Remember the cards').length > 0);
		assert.deepEqual(about('REC-0'), []);
	});

	it('handles what an event tells, and not again in the hourly look', async () => {
		await environment().issue({ cardId: 'REC-1', amount: 500 });
		succeeded(await nextExecution(environment(), workflow, executions++));
		await pay(10_000);
		succeeded(await nextExecution(environment(), workflow, executions++));
		await run();
		assert.deepEqual(about('REC-1'), [
			'500.00 NOK (fund) on gift card REC-1',
			'100.00 NOK (drawdown) on gift card REC-1',
		]);
	});

	it('handles a transaction once although its event comes again', async () => {
		const { sandbox } = environment();
		const { id, ref_id, currency, type } = await pay(1000);
		succeeded(await nextExecution(environment(), workflow, executions++));
		const transaction = {
			id,
			ref_id,
			currency,
			type,
			amount: 1000,
			card_id: 'REC-1',
			note: 'again',
		};
		sandbox.fireEvent('wallet_transaction', { transaction });
		const again = succeeded(await nextExecution(environment(), workflow, executions++));
		assert.deepEqual(itemsOf(again, 'Post to Slack'), []);
		assert.equal(about('REC-1').length, 3);
	});

	it('finds transactions whose events were lost, and handles them once', async () => {
		environment().sandbox.set({ silentTransactions: ['drawdown'] });
		await pay(2000);
		await pay(3000);
		const found = await run();
		assert.equal(itemsOf(found, 'Remember it').length, 2);
		assert.deepEqual(about('REC-1').slice(3).sort(), [
			'20.00 NOK (drawdown) on gift card REC-1, found by reconcile',
			'30.00 NOK (drawdown) on gift card REC-1, found by reconcile',
		]);
		assert.deepEqual(itemsOf(await run(), 'Post to Slack'), []);
		assert.equal(about('REC-1').length, 5);
		// Nothing has changed since, so nothing is asked for.
		assert.deepEqual(itemsOf(await run(), 'Cards that changed'), []);
	});

	it('takes a transaction up again whose handling failed', async () => {
		const { slack, client } = environment();
		await pay(4000);
		const address = slack.webhookUrl;
		const broken = await importExample(environment(), 'reconcile', {
			settings: { settleMinutes: 0 },
			slackUrl: `${address}-gone`,
		});
		assert.equal(broken.id, workflow.id);
		const failed = await client.run(broken, 'Every hour');
		executions++;
		assert.equal(failed.status, 'error');
		workflow = await importExample(environment(), 'reconcile', { settings: { settleMinutes: 0 } });
		const found = await run();
		assert.equal(itemsOf(found, 'Remember it').length, 1);
		assert.equal(
			about('REC-1').at(-1),
			'40.00 NOK (drawdown) on gift card REC-1, found by reconcile',
		);
	});
}
