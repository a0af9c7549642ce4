import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { root } from '../../scripts/project.mts';
import type { WorkflowJson } from '../../demo/n8n-client.mts';
import { importExample, readExample, type ExamplesEnvironment } from './environment.mts';

const names = readdirSync(path.join(root, 'examples'), { recursive: true, encoding: 'utf8' });
const workflows = names.filter((name) => name.endsWith('.json'));

const parse = async (file: string): Promise<WorkflowJson> =>
	JSON.parse(await readExample(file)) as WorkflowJson;

/** Examples whose e-mails are still words alone. */
const elsewhere = ['sold-online/sold-online.json', 'refund-to-card/refund-to-card.json'];

/** n8n publishes workflows that have a trigger other than the manual one. */
const canBePublished = ({ nodes }: WorkflowJson): boolean =>
	nodes.some(({ type }) => /trigger$|\.webhook$/i.test(type) && !type.endsWith('.manualTrigger'));

/** Addresses and IDs that n8n would have to give out itself. */
function fixedIds({ nodes, ...workflow }: WorkflowJson): string[] {
	const found = Object.keys(workflow).filter((key) => ['id', 'versionId', 'meta'].includes(key));
	for (const { name, webhookId, parameters } of nodes) {
		if (webhookId) found.push(`webhookId of ${name}`);
		const { path: own, options, workflowId } = parameters as Record<string, unknown>;
		const paths = [own, (options as { path?: unknown } | undefined)?.path];
		if (paths.some((one) => one && !String(one).startsWith('='))) found.push(`path of ${name}`);
		if (workflowId) found.push(`workflow in ${name}`);
		const table = parameters.dataTableId as { mode: string } | undefined;
		if (table && table.mode !== 'name') found.push(`data table in ${name}`);
	}
	return found;
}

/** What holds for the file of every example. */
export function exampleFiles(environment: () => ExamplesEnvironment): void {
	it('can be imported: known nodes, complete connections, no credentials, no paths of a machine', async () => {
		assert.ok(workflows.length >= 9, `${workflows.length} workflows`);
		const all = await Promise.all(workflows.map(parse));
		const nodeInfos = all
			.flatMap(({ nodes }) => nodes)
			// n8n makes the tool of an agent from the node; asked by name it knows the node only.
			.map(({ type, typeVersion }) => ({
				name: type.replace(/\.dinteroTool$/, '.dintero'),
				version: typeVersion,
			}));
		// n8n answers with an error for a type it does not know.
		const types = await environment().client.rest<Array<{ version: number | number[] }>>(
			'POST',
			'/node-types',
			{ nodeInfos },
		);
		for (const [index, { name, version }] of nodeInfos.entries())
			assert.ok([types[index].version].flat().includes(version), `${name} ${version} is unknown`);
		for (const file of workflows) {
			const source = await readExample(file);
			const workflow = await parse(file);
			const where = (what: string) => `${file}: ${what}`;
			const nodes = new Set(workflow.nodes.map(({ name }) => name));
			assert.equal(nodes.size, workflow.nodes.length, where('two nodes have one name'));
			for (const { name, credentials } of workflow.nodes) {
				assert.equal(credentials, undefined, where(`${name} names a credential`));
			}
			const targets = Object.entries(workflow.connections).flatMap(([from, outputs]) => [
				from,
				...Object.values(outputs as Record<string, Array<Array<{ node: string }>>>)
					.flat(2)
					.map(({ node }) => node),
			]);
			for (const target of targets) assert.ok(nodes.has(target), where(`no node "${target}"`));
			const fixed = fixedIds(workflow);
			assert.deepEqual(fixed, [], where('these make a second import collide with the first'));
			const paths = source.match(/(?:\/(?:work|root|tmp|usr)\/|\/home\/(?!node\/)|[A-Z]:\\\\)\S*/g);
			assert.equal(paths, null, where(String(paths)));
			for (const [address] of source.matchAll(/https?:\/\/[\w.:-]+/g))
				assert.match(
					address,
					/^https:\/\/(hooks\.slack\.com|checkout\.dintero\.com|([\w-]+\.)?example\.com)$/,
					where(address),
				);
		}
	});

	for (const file of workflows)
		it(`is imported twice into one n8n, and published both times: ${path.dirname(file)}`, async () => {
			const { client } = environment();
			const example = path.basename(file, '.json');
			const copies = [];
			const model = { apiKey: 'none', url: 'http://127.0.0.1:9' };
			const openAiApi = await client.saveCredential('No model', 'openAiApi', model);
			try {
				for (const title of ['once', 'twice']) {
					const name = `${example} imported ${title}`;
					const copy = await importExample(environment(), example, {
						name,
						credentials: { openAiApi },
					});
					copies.push(copy);
					if (canBePublished(copy)) await client.publish(copy);
				}
			} finally {
				for (const copy of copies) {
					if ((await client.workflow(copy.id)).active) await client.unpublish(copy);
					await client.rest('POST', `/workflows/${copy.id}/archive`, {});
					await client.rest('DELETE', `/workflows/${copy.id}`);
				}
			}
		});

	it('writes every gift card e-mail with the one template, in one place of each workflow', async () => {
		const template = await readExample('email/card-email.js.txt');
		let copies = 0;
		for (const file of workflows) {
			const { nodes } = await parse(file);
			const writers = nodes.filter(({ name }) => name === 'Write the e-mail');
			assert.ok(writers.length <= 1, `${file} writes its e-mail in ${writers.length} places`);
			for (const { parameters } of writers)
				assert.ok(
					parameters.jsCode === template,
					`${file}: 'Write the e-mail' is not the code of examples/email/card-email.js.txt`,
				);
			copies += writers.length;
			for (const { name, type, parameters } of nodes)
				if (type === 'n8n-nodes-base.emailSend' && !elsewhere.includes(file))
					assert.doesNotMatch(
						JSON.stringify(parameters),
						/\bPIN\b|cardToken[^B]/,
						`${file}: ${name} writes codes by itself`,
					);
		}
		assert.ok(copies >= 4, `${copies} copies`);
	});

	it('has a README and is in the list', async () => {
		const list = await readExample('README.md');
		for (const file of workflows) {
			const folder = path.dirname(file);
			assert.ok(names.includes(path.join(folder, 'README.md')), `${folder} has no README.md`);
			const picture = path.join(folder, 'picture.png');
			const size = names.includes(picture)
				? statSync(path.join(root, 'examples', picture)).size
				: 0;
			assert.ok(size < 150_000, `${picture} has ${size} bytes`);
			assert.ok(list.includes(`](${folder}/)`), `${folder} is not in examples/README.md`);
		}
	});
}
