import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { root } from '../../demo/package.mts';
import type { WorkflowJson } from '../../demo/n8n-client.mts';
import { readExample, type House } from './house.mts';

const names = readdirSync(path.join(root, 'examples'), { recursive: true, encoding: 'utf8' });
const workflows = names.filter((name) => name.endsWith('.json'));

const parse = async (file: string): Promise<WorkflowJson> =>
	JSON.parse(await readExample(file)) as WorkflowJson;

/** What holds for the file of every example. */
export function exampleFiles(house: () => House): void {
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
		const types = await house().client.rest<Array<{ version: number | number[] }>>(
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
			const paths = source.match(/(?:\/(?:work|root|tmp|usr)\/|\/home\/(?!node\/)|[A-Z]:\\\\)\S*/g);
			assert.equal(paths, null, where(String(paths)));
			for (const [address] of source.matchAll(/https?:\/\/[\w.:-]+/g))
				assert.match(
					address,
					/^https:\/\/(hooks\.slack\.com|checkout\.dintero\.com)$/,
					where(address),
				);
		}
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
