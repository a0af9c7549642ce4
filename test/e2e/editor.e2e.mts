/** What a person does in n8n's editor with the installed package, in a real browser. */
import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { root, runFolder } from '../../scripts/project.mts';
import { loadExample } from '../../demo/examples.mts';
import type {
	SavedCredential,
	SavedWorkflow,
	WorkflowJson,
	WorkflowNode,
} from '../../demo/n8n-client.mts';
import { startEnvironment, owner, type Environment } from '../../demo/environment.mts';
import { secretsWritten } from '../support/writtenLogs.mts';
import { Editor } from './editor.mts';

const folder = runFolder('e2e');

describe('A person at n8n’s editor', { timeout: 600_000 }, () => {
	let environment: Environment;
	let editor: Editor;
	let cardUsed: SavedWorkflow;

	before(async () => {
		await rm(folder, { recursive: true, force: true });
		environment = await startEnvironment({ folder, files: path.join(folder, 'files') });
		editor = await Editor.open(environment.n8n.url);
	});
	after(async () => {
		await editor?.close();
		await environment?.stop();
	});

	/** A step of the story; after one that failed the next ones cannot work. */
	let failed: string | undefined;
	const step = (name: string, work: () => Promise<void>) =>
		it(name, async () => {
			if (failed) assert.fail(`not tried, because the step before failed: ${failed}`);
			try {
				await work();
			} catch (error) {
				failed = name;
				await editor.picture('failed').catch(() => {});
				throw error;
			}
		});

	step('finds "Create gift card" by searching for "gift card"', async () => {
		await editor.signIn(owner);
		await editor.openNewWorkflow();
		await (await editor.searchNode('manual')).first().click();
		const found = await editor.searchNode('gift card');
		await found.filter({ hasText: 'Dintero' }).first().waitFor();
		assert.equal(await found.first().innerText().then(firstLine), 'Dintero');
		await editor.picture('01-search-gift-card');
		await found.first().click();
		const action = editor.page.getByText('Create gift card', { exact: true });
		await action.waitFor();
		await editor.picture('02-actions');
		await action.click();
		await editor.id('node-parameters').first().waitFor();
		await editor.picture('03-create-gift-card');
	});

	step('sees why a wrong secret does not work, and the test pass with the right one', async () => {
		const { accountId, clientId, clientSecret, baseUrl } = environment.credentialData;
		await editor.page.getByRole('button', { name: 'Connect to Dintero' }).click();
		await editor.field('accountId').waitFor();
		await editor.picture('04-credential-empty');
		await editor.fill('accountId', accountId);
		await editor.fill('clientId', clientId);
		await editor.fill('clientSecret', 'not-the-secret');
		await editor.fill('baseUrl', baseUrl);
		await editor.id('credential-save-button').first().click();
		await editor.page.getByText('Couldn’t connect with these settings').waitFor();
		await editor.page.getByText('More details').click();
		await editor.picture('05-credential-wrong-secret');
		assert.match(
			await editor.dialog.innerText(),
			/does not accept this Client ID and Client Secret/,
		);

		await editor.fill('clientSecret', clientSecret);
		await editor.id('credential-save-button').first().click();
		await editor.dialog.waitFor({ state: 'hidden' }); // n8n closes it once the test has passed
		await editor.closeMessages();
		await editor.id('credential-edit-button').first().click();
		await editor.page.getByText('Connection tested successfully').waitFor();
		await editor.closeMessages();
		await editor.picture('06-credential-works');
		await editor.closeDialog();
	});

	step('fills the node, runs it and sees the card', async () => {
		await editor.fill('cardId', 'ORDER-1001');
		await editor.fill('amount', '500');
		await editor.picture('07-filled');
		await editor.executeStep();
		await editor.output.getByText('ORDER-1001').first().waitFor();
		await editor.closeMessages();
		await editor.picture('08-card-issued');
		// The same screen in the dark, for those who read the documentation so.
		await editor.page.emulateMedia({ colorScheme: 'dark' });
		await editor.picture('08-card-issued-dark');
		await editor.page.emulateMedia({ colorScheme: 'light' });
		const output = await editor.output.innerText();
		const card = environment.sandbox.books.card('ORDER-1001');
		assert.equal(card?.amount, 50000);
		assert.ok(output.includes(card.tokens[0]), 'the output shows the card token');
		assert.ok(output.includes(String(card.pin)), 'the output shows the PIN');
	});

	step('reads what to do when the amount is not a number', async () => {
		await editor.fill('cardId', 'ORDER-1002');
		await editor.fill('amount', 'fem hundre');
		await editor.executeStep();
		await editor.output.getByText('fem hundre').first().waitFor();
		await editor.picture('09-amount-not-a-number');
		assert.match(await editor.output.innerText(), /Amount: .* is not a number/);
		assert.equal(environment.sandbox.books.card('ORDER-1002'), undefined);
	});

	/** What people type into *Amount* and *Card ID*, and the card it makes in øre, or the words of the refusal. */
	const typed: Array<[amount: string, cardId: string, result: number | RegExp]> = [
		['19,90', 'ORDER-2001', 1990],
		['1 000,50', 'ORDER-2002', 100_050],
		['250.5', ' ORDER-2003 ', 25_050],
		['1.000', 'ORDER-2004', /Amount: '1\.000'/],
		['#I/T', 'ORDER-2005', /Amount: '#I\/T'/],
		['-5', 'ORDER-2006', /Amount: '-5'/],
		['19,999', 'ORDER-2007', /Amount: '19,999'/],
		['0', 'ORDER-2008', /Amount: /],
		['100', '#VERDI!', /Card ID: '#VERDI!'/],
		['100', '2.00902E+11', /Card ID: '2\.00902E\+11'/],
	];
	step('types ten values as people do: each is read right, or refused by name', async () => {
		for (const [index, [amount, cardId, result]] of typed.entries()) {
			await editor.fill('cardId', cardId);
			await editor.fill('amount', amount);
			await editor.executeStep();
			const words = typeof result === 'number' ? cardId.trim() : result;
			await editor.output.getByText(words).first().waitFor();
			await editor.closeMessages();
			await editor.picture(`09-typed-${String(index + 1).padStart(2, '0')}`);
			const card = environment.sandbox.books.card(cardId.trim());
			assert.equal(card?.amount, typeof result === 'number' ? result : undefined, amount);
		}
	});

	step(
		'publishes the workflow that tells Slack, and sees that Dintero got a subscription',
		async () => {
			const { client, slack, n8n } = environment;
			const [credential] = await client.rest<SavedCredential[]>('GET', '/credentials');
			cardUsed = await client.saveWorkflow(
				await loadExample('card-used/card-used.json', { credential, slackUrl: slack.webhookUrl }),
			);
			await editor.openWorkflow(cardUsed.id);
			await editor.picture('10-card-used');
			await editor.openNode('When a gift card is used');
			await editor.picture('11-trigger');
			await editor.closeNode();
			await editor.publish();
			const told = editor.page.getByRole('dialog').filter({ hasText: 'Workflow published' });
			await told.waitFor();
			await editor.picture('12-published');
			await told.getByRole('button', { name: 'Got it' }).click();
			const subscriptions = environment.sandbox.books.subscriptions();
			assert.equal(subscriptions.length, 1);
			assert.ok(JSON.stringify(subscriptions[0]).includes(`${n8n.url}/webhook/`));
		},
	);

	step('sees the execution after a customer has paid with the card', async () => {
		const { sandbox, slack, client } = environment;
		const card = sandbox.books.card('ORDER-1001');
		assert.ok(card);
		await sandbox.pay({ token: card.tokens[0], pin: card.pin ?? undefined, amount: 15_000 });
		await editor.id('radio-button-executions').first().click();
		const execution = editor.page.getByText(/Succeeded/);
		await execution.first().waitFor();
		await editor.picture('13-execution');
		assert.deepEqual(
			slack.messages.map(({ text }) => text),
			[':gift: 150.00 NOK was used from gift card ORDER-1001. 350.00 NOK is left.'],
		);
		assert.deepEqual(
			(await client.executions(cardUsed)).map(({ status }) => status),
			['success'],
		);
	});

	step('runs the campaign and reads why one row was refused', async () => {
		const { client, files } = environment;
		const [credential] = await client.rest<SavedCredential[]>('GET', '/credentials');
		const people = 'examples/campaign-from-file/people.csv';
		await cp(path.join(root, people), path.join(files, 'people.csv'));
		const campaign = await client.saveWorkflow(
			await loadExample('campaign-from-file/campaign-from-file.json', {
				credential,
				folder: files,
			}),
		);
		const before = environment.sandbox.books.cards().length;
		await editor.openWorkflow(campaign.id);
		await editor.picture('14-campaign');
		await editor.executeWorkflow();
		await editor.succeeded('Save the codes');
		await editor.succeeded('Save the rejected rows');
		await editor.closeMessages();
		await editor.picture('15-campaign-done');
		await editor.openNode('Issue gift cards');
		await editor.picture('16-campaign-codes');
		await editor.closeNode();
		await editor.openNode('Rejected rows');
		await editor.output.getByText('fem hundre').first().waitFor();
		await editor.picture('17-campaign-rejected');
		assert.equal(environment.sandbox.books.cards().length, before + 25);
	});

	step('sees it all in the dark', async () => {
		await editor.closeNode();
		await editor.page.emulateMedia({ colorScheme: 'dark' });
		await editor.picture('18-campaign-dark');
		await editor.openNode('Issue gift cards');
		await editor.picture('19-create-dark');
	});

	it('stays on this machine, n8n and browser alike, and tells its log no secret', async () => {
		assert.deepEqual(await environment.outbound(), []);
		// n8n's editor looks every installed community package up by its name.
		const foreign = editor.outbound.filter((url) => !url.endsWith('/n8n-nodes-dintero'));
		assert.deepEqual(foreign, []);
		assert.deepEqual(await secretsWritten(environment.sandbox, [environment.n8n.logFile]), []);

		// The watch itself works: a request that does leave is seen.
		const leaving = await environment.client.saveWorkflow(
			workflowThatLeaves('http://outside.invalid/'),
		);
		await environment.client.run(leaving, 'Start');
		assert.match((await environment.outbound()).join(), /outside\.invalid/);
	});
});

const firstLine = (text: string): string => text.split('\n')[0].trim();

function workflowThatLeaves(url: string): WorkflowJson {
	const node = (name: string, type: string, parameters: Record<string, unknown>): WorkflowNode => ({
		id: name,
		name,
		type: `n8n-nodes-base.${type}`,
		typeVersion: 1,
		position: [0, 0],
		parameters,
	});
	return {
		name: 'A request that leaves this machine',
		nodes: [
			node('Start', 'manualTrigger', {}),
			{ ...node('Leave', 'httpRequest', { url }), typeVersion: 4.2 },
		],
		connections: { Start: { main: [[{ node: 'Leave', type: 'main', index: 0 }]] } },
	};
}
