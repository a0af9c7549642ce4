/** Checks that package.json lets n8n install, load and verify the package. */
import { existsSync } from 'node:fs';
import path from 'node:path';

export interface Manifest {
	name: string;
	version: string;
	n8n: { nodes: string[]; credentials: string[]; n8nNodesApiVersion: number; strict: boolean };
	[key: string]: unknown;
}

/** Dependency fields of package.json; n8n refuses or removes all of them except the peer dependency. */
const NO_DEPENDENCIES = [
	'dependencies',
	'optionalDependencies',
	'bundleDependencies',
	'bundledDependencies',
	'peerDependenciesMeta',
	'overrides',
];

/** Scripts that npm would run on a user's machine. */
const NO_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare'];

/**
 * @param root the folder of the sources; every published path must have one there
 * @returns what is wrong, one line each
 */
export function manifestProblems(manifest: Manifest, root: string): string[] {
	const problems: string[] = [];
	const expect = (ok: boolean, problem: string) => ok || problems.push(problem);
	const record = (value: unknown) => (value ?? {}) as Record<string, unknown>;
	const { name, version, n8n } = manifest;

	expect(
		/^(?:@[a-z0-9-]+\/)?n8n-nodes-[a-z0-9-]+$/.test(name),
		`name '${name}' is not n8n-nodes-…`,
	);
	expect(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version), `version '${version}' is not semantic`);
	expect(manifest.license === 'MIT', 'license is not MIT');
	expect(manifest.private === undefined, 'private packages cannot be published');
	expect(
		((manifest.keywords as string[] | undefined) ?? []).includes('n8n-community-node-package'),
		"keywords lack 'n8n-community-node-package'",
	);
	const author = record(manifest.author);
	expect(/\S/.test(String(author.name ?? '')), 'author has no name');
	expect(/^\S+@\S+\.\S+$/.test(String(author.email ?? '')), 'author has no e-mail address');
	expect(/^https:\/\//.test(String(manifest.homepage ?? '')), 'homepage is missing');
	expect(
		/^git\+https:\/\/github\.com\/[\w.-]+\/[\w.-]+\.git$/.test(
			String(record(manifest.repository).url ?? ''),
		),
		'repository.url is not git+https://github.com/…; provenance is checked against it',
	);

	for (const field of NO_DEPENDENCIES)
		expect(manifest[field] === undefined, `${field} must not be there`);
	expect(
		JSON.stringify(manifest.peerDependencies) === '{"n8n-workflow":"*"}',
		'peerDependencies must be exactly { "n8n-workflow": "*" }',
	);
	for (const script of NO_SCRIPTS)
		expect(
			record(manifest.scripts)[script] === undefined,
			`script ${script} would run where people install`,
		);
	expect(
		/\bprerelease\b/.test(String(record(manifest.scripts).prepublishOnly ?? '')),
		'prepublishOnly does not stop a publish from a laptop',
	);

	expect(JSON.stringify(manifest.files) === '["dist"]', 'files must be exactly ["dist"]');
	expect(n8n.n8nNodesApiVersion === 1, 'n8n.n8nNodesApiVersion is not 1');
	expect(n8n.strict === true, 'n8n.strict is not true; n8n Cloud verification needs it');
	for (const [kind, suffix] of [
		['nodes', 'node'],
		['credentials', 'credentials'],
	] as const) {
		const paths = n8n[kind];
		expect(paths.length > 0, `n8n.${kind} is empty`);
		for (const file of paths) {
			const source = path.join(root, file.replace(/^dist\//, '').replace(/\.js$/, '.ts'));
			expect(
				file.startsWith(`dist/${kind}/`) && file.endsWith(`.${suffix}.js`),
				`n8n.${kind}: '${file}' is not dist/${kind}/….${suffix}.js`,
			);
			expect(existsSync(source), `n8n.${kind}: '${file}' has no source file yet`);
		}
	}
	return problems;
}
