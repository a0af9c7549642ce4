/**
 * Builds the package, packs it with `npm pack`, and installs the tarball into an n8n user folder with the same steps
 * as n8n's installer (its CommunityPackagesService.downloadPackage).
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { mustRun } from '../scripts/command.mts';
import { npm, root, runFolder } from '../scripts/project.mts';

/** Packed packages, keyed by the fingerprint of their sources. */
const packFolder = runFolder('packs');

/** The sources of the tarball. */
const sources = [
	'package.json',
	'README.md',
	'LICENSE.md',
	'index.js',
	'gulpfile.js',
	'tsconfig.json',
	'nodes',
	'credentials',
	'icons',
];

export interface PackedPackage {
	name: string;
	version: string;
	/** Absolute path of the .tgz file. */
	tarball: string;
	/** False when exactly these sources were already packed. */
	built: boolean;
}

/**
 * Builds and packs the package, unless exactly these sources were already packed. The build runs in a copy of the
 * sources, so that `dist` and a running `npm run dev` are not affected. If PACKAGE_TARBALL is set, that tarball is
 * used instead, for example one about to be published.
 */
export async function packPackage(): Promise<PackedPackage> {
	const { name, version } = await readJson(path.join(root, 'package.json'));
	const given = process.env.PACKAGE_TARBALL;
	if (given) return { name, version, tarball: path.resolve(given), built: false };
	const tarball = path.join(packFolder, `${name}-${version}-${await fingerprint()}.tgz`);
	if (existsSync(tarball)) return { name, version, tarball, built: false };

	const copy = path.join(packFolder, `build-${process.pid}`);
	try {
		await rm(copy, { recursive: true, force: true });
		await mkdir(copy, { recursive: true });
		for (const source of sources.filter((entry) => existsSync(path.join(root, entry))))
			await cp(path.join(root, source), path.join(copy, source), { recursive: true });
		await symlink(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
		await command(process.execPath, ['node_modules/gulp/bin/gulp.js', 'build'], copy);
		await command(npm, ['pack', '--ignore-scripts', '--silent'], copy);
		await rename(path.join(copy, `${name}-${version}.tgz`), tarball);
	} finally {
		await rm(copy, { recursive: true, force: true });
	}
	for (const old of await readdir(packFolder))
		if (old.endsWith('.tgz') && old !== path.basename(tarball))
			await rm(path.join(packFolder, old), { force: true });
	return { name, version, tarball, built: true };
}

/**
 * Installs a packed package into an n8n user folder as n8n does: unpacked, without its development, peer and optional
 * dependencies, and without running install scripts.
 * @param userFolder n8n's N8N_USER_FOLDER
 * @returns false when this tarball was already installed there
 */
export async function installPackage(packed: PackedPackage, userFolder: string): Promise<boolean> {
	const downloads = path.join(userFolder, '.n8n', 'nodes');
	const home = path.join(downloads, 'node_modules', packed.name);
	const stamp = path.join(downloads, 'installed-from.txt');
	if (existsSync(stamp) && existsSync(home) && (await readFile(stamp, 'utf8')) === packed.tarball)
		return false;

	await rm(home, { recursive: true, force: true });
	await mkdir(home, { recursive: true });
	await command('tar', ['-xzf', packed.tarball, '-C', home, '--strip-components=1'], downloads);
	const manifest = await readJson(path.join(home, 'package.json'));
	for (const key of ['devDependencies', 'peerDependencies', 'optionalDependencies'])
		delete manifest[key];
	await writeFile(path.join(home, 'package.json'), JSON.stringify(manifest, null, 2));
	await command(
		npm,
		[
			'install',
			'--audit=false',
			'--fund=false',
			'--bin-links=false',
			'--install-strategy=shallow',
			'--ignore-scripts=true',
			'--package-lock=false',
		],
		home,
	);
	const ledger = path.join(downloads, 'package.json');
	const dependencies = existsSync(ledger) ? (await readJson(ledger)).dependencies : {};
	await writeFile(
		ledger,
		JSON.stringify(
			{
				name: 'installed-nodes',
				private: true,
				dependencies: { ...dependencies, [packed.name]: packed.version },
			},
			null,
			2,
		),
	);
	await writeFile(stamp, packed.tarball);
	return true;
}

/** A short hash of the names and contents of all sources. */
async function fingerprint(): Promise<string> {
	const hash = createHash('sha256');
	for (const source of sources) {
		const file = path.join(root, source);
		if (!existsSync(file)) continue;
		for (const name of source.includes('.') ? [''] : await filesBelow(file))
			hash.update(`${source}/${name}\n`).update(await readFile(path.join(file, name)));
	}
	return hash.digest('hex').slice(0, 12);
}

async function filesBelow(folder: string): Promise<string[]> {
	const entries = await readdir(folder, { recursive: true, withFileTypes: true });
	return entries
		.filter((entry) => entry.isFile())
		.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
		.sort();
}

/** Variables that npm sets for scripts; they would mislead an npm in another folder. */
const foreign = Object.keys(process.env).filter((key) =>
	/^npm_(?:package|lifecycle|config_local_prefix)/i.test(key),
);

/** Runs a program; shows its output only in the error when it fails. */
async function command(program: string, args: string[], cwd: string): Promise<void> {
	const env = Object.fromEntries(foreign.map((key) => [key, undefined]));
	await mustRun(program, args, { cwd, env });
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a package.json can hold anything
const readJson = async (file: string): Promise<any> => JSON.parse(await readFile(file, 'utf8'));
