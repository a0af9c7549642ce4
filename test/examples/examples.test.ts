/** What the examples say and how their nodes are set, without an n8n. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { IDataObject, INode, INodeParameters } from 'n8n-workflow';

import { OPERATIONS } from '../../nodes/Dintero/actions/registry';
import { root } from '../package/fixtures.mts';

const text = (file: string) => readFileSync(path.join(root, file), 'utf8');

const examples = globSync('examples/*/*.json', { cwd: root }).map((file) => {
	const { nodes } = JSON.parse(text(file)) as { nodes: INode[] };
	const notes = nodes.flatMap(({ parameters: { content } }) =>
		typeof content === 'string' ? [content] : [],
	);
	return {
		name: path.basename(path.dirname(file)),
		nodes,
		words: [...notes, text(path.join(path.dirname(file), 'README.md'))].join('\n'),
	};
});

const operationOf = ({ resource, operation }: INodeParameters) =>
	OPERATIONS.find((each) => each.resource === resource && each.value === operation);

test('a right that an example calls enough is enough for each of its operations', () => {
	const said = examples.flatMap(({ name, nodes, words }) =>
		[...words.matchAll(/right `([^`]+)` is enough/g)].map(([, right]) => ({ name, nodes, right })),
	);
	expect(said.length).toBeGreaterThanOrEqual(6);
	for (const { name, nodes, right } of said)
		for (const { name: node, type, parameters } of nodes)
			if (type.endsWith('.dintero'))
				expect({ name, node, rights: operationOf(parameters)?.scopes }).toEqual({
					name,
					node,
					rights: expect.arrayContaining([right]),
				});
});
