import manifest from '../../package.json';
import { manifestProblems, type Manifest } from '../../scripts/verify/manifest.mts';
import { root } from './fixtures.mts';

const changed = (change: (copy: Record<string, never>) => void): string[] => {
	const copy = JSON.parse(JSON.stringify(manifest)) as Record<string, never>;
	change(copy);
	return manifestProblems(copy as unknown as Manifest, root);
};

describe('package.json', () => {
	test('has nothing to complain about', () => {
		expect(manifestProblems(manifest as unknown as Manifest, root)).toEqual([]);
	});

	test.each<[string, (copy: Record<string, never>) => unknown, RegExp]>([
		[
			'a runtime dependency',
			(copy) => Object.assign(copy, { dependencies: { axios: '1' } }),
			/^dependencies/,
		],
		['an empty list of them', (copy) => Object.assign(copy, { dependencies: {} }), /^dependencies/],
		[
			'an optional one',
			(copy) => Object.assign(copy, { optionalDependencies: { a: '1' } }),
			/^optional/,
		],
		['a bundled one', (copy) => Object.assign(copy, { bundledDependencies: ['a'] }), /^bundled/],
		['overrides', (copy) => Object.assign(copy, { overrides: { a: '1' } }), /^overrides/],
		[
			'a narrower peer',
			(copy) => Object.assign(copy, { peerDependencies: { 'n8n-workflow': '^2' } }),
			/exactly/,
		],
		[
			'a second peer',
			(copy) => Object.assign(copy.peerDependencies, { 'n8n-core': '*' }),
			/exactly/,
		],
		['another licence', (copy) => Object.assign(copy, { license: 'ISC' }), /MIT/],
		['a private package', (copy) => Object.assign(copy, { private: true }), /private/],
		['a name n8n does not load', (copy) => Object.assign(copy, { name: 'dintero' }), /n8n-nodes/],
		['no semantic version', (copy) => Object.assign(copy, { version: '1' }), /semantic/],
		['no keyword', (copy) => Object.assign(copy, { keywords: [] }), /keyword/],
		['no author', (copy) => Object.assign(copy, { author: { name: 'A' } }), /e-mail/],
		['no homepage', (copy) => Object.assign(copy, { homepage: '' }), /homepage/],
		[
			'a repository elsewhere',
			(copy) => Object.assign(copy.repository, { url: 'https://gitlab.com/a/b' }),
			/github/,
		],
		['more files', (copy) => Object.assign(copy, { files: ['dist', 'docs'] }), /files/],
		[
			'a script at installation',
			(copy) => Object.assign(copy.scripts, { postinstall: 'true' }),
			/postinstall/,
		],
		[
			'a publish from a laptop',
			(copy) => Object.assign(copy.scripts, { prepublishOnly: 'true' }),
			/laptop/,
		],
		['no strict mode', (copy) => Object.assign(copy.n8n, { strict: false }), /strict/],
		[
			'another API version',
			(copy) => Object.assign(copy.n8n, { n8nNodesApiVersion: 2 }),
			/ApiVersion/,
		],
		[
			'a path to the source',
			(copy) => Object.assign(copy.n8n, { nodes: ['nodes/A.node.ts'] }),
			/dist\/nodes/,
		],
		[
			'a node that is not there',
			(copy) => Object.assign(copy.n8n, { nodes: ['dist/nodes/A/A.node.js'] }),
			/source/,
		],
		['no nodes', (copy) => Object.assign(copy.n8n, { nodes: [] }), /empty/],
	])('%s is found', (_, change, problem) => {
		expect(changed(change as never)).toContainEqual(expect.stringMatching(problem));
	});
});
