import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { before, it } from 'node:test';
import { readCsv } from '../../demo/main-job.mts';
import type { SavedWorkflow } from '../../demo/n8n-client.mts';
import { root } from '../../scripts/project.mts';
import {
	importExample,
	itemsOf,
	nodeOf,
	succeeded,
	type ExamplesEnvironment,
} from './environment.mts';

interface Row {
	reference: string;
	cardNumber: string;
	pin: string;
	reason?: string;
}

const start = 'When clicking ‘Execute workflow’';

export function campaignFromFile(environment: () => ExamplesEnvironment): void {
	let workflow: SavedWorkflow;
	before(async () => {
		const people = path.join(root, 'examples', 'campaign-from-file', 'people.csv');
		await cp(people, path.join(environment().files, 'people.csv'));
		workflow = await importExample(environment(), 'campaign-from-file');
	});

	it('issues the cards of a file and saves the codes and the rejected rows', async () => {
		const { client, sandbox } = environment();
		const execution = succeeded(await client.run(workflow, start));
		const saved = async (node: string) =>
			await readCsv<Row>(String(itemsOf(execution, node)[0].json.fileName));
		const codes = await saved('Save the codes');
		assert.equal(codes.length, 25);
		for (const { reference, cardNumber, pin } of codes)
			assert.equal(sandbox.books.opens(cardNumber, pin), reference);
		const [rejected, ...more] = await saved('Save the rejected rows');
		assert.equal(more.length, 0);
		assert.match(rejected.reason ?? '', /fem hundre/);
	});

	it('works as its notes say with a sheet in place of the files', async () => {
		const { client, sandbox } = environment();
		const rows = [
			{ row_number: 2, reference: 'SHEET-1', name: 'Åse', email: 'ase@example.com', amount: 500 },
			{ row_number: 3, reference: 'SHEET-2', name: 'Per', email: 'per@example.com', amount: 'mye' },
		];
		const nodes = workflow.nodes.filter(
			({ name }) =>
				!['Read the spreadsheet', 'One item per row'].includes(name) &&
				!/^(Save|Codes as|Rejected rows as)/.test(name),
		);
		const sheet = {
			...nodeOf(workflow, 'Read the spreadsheet'),
			name: 'A sheet',
			type: 'n8n-nodes-base.code',
			typeVersion: 2,
			parameters: { jsCode: `return ${JSON.stringify(rows)}.map((json) => ({ json }));` },
		};
		const to = (node: string) => ({ main: [[{ node, type: 'main', index: 0 }]] });
		const connections: Record<string, unknown> = {
			...workflow.connections,
			'Campaign settings': to('A sheet'),
			'A sheet': to('People'),
		};
		for (const gone of workflow.nodes.filter((node) => !nodes.includes(node)))
			delete connections[gone.name];
		for (const last of ['Codes for the mailing', 'Rejected rows']) delete connections[last];
		const changed = { ...workflow, name: 'From a sheet', nodes: [...nodes, sheet], connections };
		const execution = succeeded(await client.run(await client.saveWorkflow(changed), start));
		const [code] = itemsOf(execution, 'Codes for the mailing').map(({ json }) => json);
		assert.equal(sandbox.books.opens(String(code.cardNumber), String(code.pin)), 'SHEET-1');
		assert.equal(code.name, 'Åse');
		const [rejected] = itemsOf(execution, 'Rejected rows').map(({ json }) => json);
		assert.equal(rejected.reference, 'SHEET-2');
	});
}
