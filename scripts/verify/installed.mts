/** Packs the package, installs it as n8n does, and loads it. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { installPackage, packPackage } from '../../demo/package.mts';
import { mustRun } from '../command.mts';
import { root } from '../project.mts';
import type { LoadReport } from './load.mts';
import type { Manifest } from './manifest.mts';

const loader = fileURLToPath(new URL('load.mts', import.meta.url));

export interface Installed {
	tarball: string;
	/** The unpacked tarball. */
	unpacked: string;
	/** The package after n8n's installation: without development, peer and optional dependencies. */
	home: string;
}

/** Packs and installs into an empty folder. */
export async function packAndInstall(folder: string): Promise<Installed> {
	const packed = await packPackage();
	// A copy, because packing other sources later removes the shared one.
	const tarball = path.join(folder, path.basename(packed.tarball));
	await copyFile(packed.tarball, tarball);
	const unpacked = path.join(folder, 'unpacked');
	await mkdir(unpacked, { recursive: true });
	await mustRun('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1']);
	await installPackage({ ...packed, tarball }, folder);
	const home = path.join(folder, '.n8n', 'nodes', 'node_modules', packed.name);
	return { tarball, unpacked, home };
}

/** Loads an installed package in its own process, which finds `n8n-workflow` and no other package. */
export async function loadBare(home: string, folder: string): Promise<LoadReport> {
	const modules = path.join(folder, 'n8n-modules');
	const link = path.join(modules, 'n8n-workflow');
	await mkdir(modules, { recursive: true });
	if (!existsSync(link))
		await symlink(path.join(root, 'node_modules', 'n8n-workflow'), link, 'junction');
	// Node also searches below the home folder.
	return await load('bare', home, { HOME: folder, USERPROFILE: folder, NODE_PATH: modules });
}

/** Loads an installed package with n8n's own loader. */
export async function loadWithN8n(home: string, folder: string): Promise<LoadReport> {
	return await load('n8n', home, {
		N8N_USER_FOLDER: path.join(folder, 'n8n-user'),
		N8N_ENCRYPTION_KEY: 'only-for-tests',
		N8N_LOG_LEVEL: 'silent',
		NODE_PATH: path.join(folder, 'n8n-modules'),
	});
}

async function load(
	how: 'bare' | 'n8n',
	home: string,
	changes: Record<string, string>,
): Promise<LoadReport> {
	const stdout = await mustRun(process.execPath, [loader, how, home], {
		env: { NODE_OPTIONS: '', ...changes },
	});
	return JSON.parse(stdout.slice(stdout.lastIndexOf('\n{') + 1)) as LoadReport;
}

/** Compares what n8n's loader found in the package with what the package promises. */
export function loadProblems(report: LoadReport, home: string, manifest: Manifest): string[] {
	const problems = [...report.problems];
	const expected = manifest.n8n.nodes.map((file) =>
		path.basename(file).split('.')[0].toLowerCase(),
	);
	for (const name of expected)
		if (!report.nodes.some((node) => node.name.toLowerCase() === name))
			problems.push(`n8n does not know the node ${name}`);
	for (const {
		name,
		codexCategories,
		operations,
		folder,
		trigger,
		usableAsTool,
		...node
	} of report.nodes) {
		if (!codexCategories?.length) problems.push(`n8n dropped the codex of ${name}`);
		if (trigger === usableAsTool)
			problems.push(`${name}: only the action node may be a tool for agents`);
		if (!node.credentials.includes('dinteroApi'))
			problems.push(`${name} does not take the credential`);
		for (const operation of operations) {
			const schema = path.join(folder, '__schema__', 'v1.0.0', `${operation}.json`);
			if (!existsSync(path.join(home, schema))) problems.push(`${operation} has no output schema`);
		}
	}
	for (const { name, supportedNodes } of report.credentials)
		for (const node of report.nodes)
			if (!supportedNodes?.includes(node.name))
				problems.push(`n8n does not offer the credential ${name} in ${node.name}`);
	if (!report.nodes.some((node) => node.credentialTests.length > 0))
		problems.push('No node tests the credential');
	return problems;
}

export async function readManifest(folder: string): Promise<Manifest> {
	return JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as Manifest;
}
