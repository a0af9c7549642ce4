/**
 * Which file may import which: the picture of docs/architecture.md as rules, checked against the real imports (types
 * too) by `npm run verify`. Every rule says in its comment why it is there.
 */

const at = (...folders) => `^nodes/Dintero/(?:${folders.join('|')})`;

/** The layers, from the bottom up: each may import itself and what is named here, and nothing else of ours. */
const MAY_IMPORT = {
	'domain/': [],
	'transport/': ['domain/'],
	'exactlyOnce/': ['transport/', 'domain/'],
	'methods/': ['transport/', 'domain/'],
	'fields/': ['domain/'],
	'trigger/': ['fields/', 'transport/', 'domain/'],
	'actions/': ['fields/', 'exactlyOnce/', 'transport/', 'domain/'],
};

const layers = Object.entries(MAY_IMPORT).map(([layer, others]) => ({
	name: `${layer.slice(0, -1)}-imports-only-what-is-below`,
	comment: `Arrows point one way: ${layer} may import itself${others.map((other) => `, ${other}`).join('')} and nothing else of this package.`,
	severity: 'error',
	from: { path: at(layer) },
	to: { path: '^(?:nodes|credentials)/', pathNot: at(layer, ...others) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
	forbidden: [
		...layers,
		{
			name: 'domain-knows-no-n8n',
			comment:
				'Money, formats and dates are plain functions; they can be read, tested and mutated alone.',
			severity: 'error',
			from: { path: at('domain/') },
			to: { pathNot: at('domain/') },
		},
		{
			name: 'operations-know-no-machinery',
			comment:
				'An operation is one item in, one item out. Loops, retries, paired items and the list of operations are for the files beside the resource folders and for transport.',
			severity: 'error',
			from: { path: at('actions/[^/]+/') },
			to: { path: at('actions/(?:registry|run)\\.ts', 'transport/(?:retry|parallel|pace)\\.ts') },
		},
		{
			name: 'operations-get-read-values',
			comment:
				'Only the runner and the trigger may touch unread parameters: what an operation gets was read by a field.',
			severity: 'error',
			from: { path: at('actions/[^/]+/', 'exactlyOnce/') },
			to: { path: at('fields/(?:parameters|plainExpressions)\\.ts') },
		},
		{
			name: 'nodes-start-at-the-registry',
			comment:
				'A node file is thin: the registry and the runner lead to the operations, the node does not.',
			severity: 'error',
			from: { path: '^nodes/Dintero/Dintero\\.node\\.ts' },
			to: { path: at('actions/[^/]+/', 'exactlyOnce/', 'trigger/') },
		},
		{
			name: 'the-trigger-is-not-an-action',
			comment: 'The two nodes share transport and domain, never each other.',
			severity: 'error',
			from: { path: '^nodes/Dintero/DinteroTrigger\\.node\\.ts' },
			to: { path: at('actions/', 'exactlyOnce/', 'Dintero\\.node') },
		},
		{
			name: 'nobody-imports-a-node',
			comment: 'n8n loads the node files; nothing else does.',
			severity: 'error',
			from: { path: '^(?:nodes|credentials)/' },
			to: { path: '\\.node\\.ts$' },
		},
		{
			name: 'the-credential-only-signs-in',
			comment: 'The credential and the nodes share one thing: how a token is asked for.',
			severity: 'error',
			from: { path: '^credentials/' },
			to: { path: '^nodes/', pathNot: at('transport/signIn\\.ts') },
		},
		{
			name: 'published-code-stays-inside',
			comment:
				'The sandbox, the tests, the demo, the benchmark and the scripts are not in the package.',
			severity: 'error',
			from: { path: '^(?:nodes|credentials)/' },
			to: {
				pathNot: '^(?:nodes|credentials)/',
				dependencyTypesNot: ['core', 'npm', 'npm-dev', 'npm-peer', 'unknown'],
			},
		},
		{
			name: 'no-package-but-n8n-workflow',
			comment:
				'A community node has no dependencies; n8n brings n8n-workflow. Everything else resolves here and is missing in n8n.',
			severity: 'error',
			from: { path: '^(?:nodes|credentials)/' },
			to: {
				dependencyTypes: [
					'npm',
					'npm-dev',
					'npm-peer',
					'npm-optional',
					'npm-no-pkg',
					'npm-unknown',
				],
				pathNot: '(?:^|/)node_modules/n8n-workflow/',
			},
		},
		{
			name: 'no-node-module-but-crypto',
			comment: "n8n Cloud refuses community nodes that use Node's own modules, except crypto.",
			severity: 'error',
			from: { path: '^(?:nodes|credentials)/' },
			to: { dependencyTypes: ['core'], pathNot: '^(?:node:)?crypto$' },
		},
		{
			name: 'every-import-leads-somewhere',
			comment: 'An import that cannot be resolved would only fail in n8n.',
			severity: 'error',
			from: { path: '^(?:nodes|credentials)/' },
			to: { couldNotResolve: true },
		},
		{
			name: 'no-circles',
			comment: 'Two files that need each other are one file, or need a third.',
			severity: 'error',
			from: { path: '^(?:nodes|credentials)/' },
			to: { circular: true },
		},
		{
			name: 'no-file-nobody-uses',
			comment: 'Published code that nothing leads to is dead.',
			severity: 'error',
			from: { path: '^nodes/', pathNot: '\\.node\\.ts$', orphan: true },
			to: {},
		},
	],
	options: {
		doNotFollow: { path: 'node_modules' },
		// Types count: an arrow is an arrow even if it vanishes when compiled.
		tsPreCompilationDeps: true,
		tsConfig: { fileName: 'tsconfig.json' },
		enhancedResolveOptions: {
			exportsFields: ['exports'],
			conditionNames: ['require', 'node', 'default'],
		},
	},
};
