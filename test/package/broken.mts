/** Packages that are broken in one place, and what the gate says of them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';

import { checkContents } from '../../scripts/verify/contents.mts';
import type { Manifest } from '../../scripts/verify/manifest.mts';
import { root, withFiles } from './fixtures.mts';

const packed: Record<string, string> = {
	'package.json': '{"name":"a","version":"1.0.0"}',
	'README.md': '# A',
	'LICENSE.md': 'MIT',
	'index.js': '',
	'dist/icons/dintero.svg': '<svg/>',
	'dist/icons/dintero.dark.svg': '<svg/>',
	'dist/nodes/A/A.node.js': '',
	'dist/nodes/A/A.node.json': '{}',
	'dist/nodes/A/__schema__/v1.0.0/card/get.json': '{}',
	'dist/credentials/A.credentials.js': '',
};

/** What the check of the contents says of a package with these files; `undefined` takes one away. */
export async function problemsInside(
	changes: Record<string, string | undefined> = {},
): Promise<string[]> {
	const files = Object.entries({ ...packed, ...changes }).filter(([, text]) => text !== undefined);
	const manifest = {
		n8n: { nodes: ['dist/nodes/A/A.node.js'], credentials: ['dist/credentials/A.credentials.js'] },
	} as Manifest;
	return await withFiles(
		Object.fromEntries(files.map(([name, text]) => [`package/${name}`, text!])),
		async (folder) => {
			const tarball = path.join(folder, 'a.tgz');
			execFileSync('tar', ['-czf', tarball, '-C', folder, 'package']);
			return (await checkContents(tarball, path.join(folder, 'package'), manifest)).problems;
		},
	);
}

/** What loading a package with these files says, where `n8n-workflow` is the only package to be found. */
export async function problemsOfLoading(files: Record<string, string>): Promise<string[]> {
	const all = {
		'home/package.json': {
			name: 'n8n-nodes-a',
			n8n: { nodes: ['dist/A/A.node.js'], credentials: [] },
		},
		'home/dist/icons/a.svg': '<svg/>',
		'home/dist/icons/b.svg': '<svg/>',
		...files,
	};
	return await withFiles(all, async (folder) => {
		const modules = path.join(folder, 'modules');
		mkdirSync(modules);
		symlinkSync(
			path.join(root, 'node_modules', 'n8n-workflow'),
			path.join(modules, 'n8n-workflow'),
		);
		const loader = path.join(root, 'scripts', 'verify', 'load.mts');
		const text = execFileSync(process.execPath, [loader, 'bare', path.join(folder, 'home')], {
			env: { ...process.env, NODE_OPTIONS: '', NODE_PATH: modules, HOME: folder },
			encoding: 'utf8',
		});
		return (JSON.parse(text.slice(text.lastIndexOf('\n{') + 1)) as { problems: string[] }).problems;
	});
}
