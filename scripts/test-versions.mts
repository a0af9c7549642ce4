/**
 * Compiles the package and runs its engine tests with the oldest supported n8n and the newest one, each installed in
 * a temporary folder beside a copy of the sources.
 *
 *   npm run check -- versions                        the oldest and the newest
 *   npm run check -- versions 2.20.0                 another version of n8n-core
 *   npm run check -- versions 2.20.0 trigger/replay  only some of its tests
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { mustRun, runCommand } from './command.mts';
import { copySources, npm, root } from './project.mts';

/**
 * The oldest supported n8n; README.md states it. Versions up to 2.35.1 send a failed item to the success output
 * although there is an error output; versions before 2.31 also drop Dintero's own message from errors.
 */
export const OLDEST = '2.36.0';

/**
 * Differences of older versions, with the tests that show them; with those versions the tests are skipped and listed.
 */
const DIFFERENCES = [
	{
		before: '2.40.0',
		tests: 'a wrong secret stops the run|an access token that expires in the middle \\(401\\)',
		because: 'n8n itself signs in once more after each 401',
	},
];

/** Tests that run nodes inside n8n's engine. */
const TESTS = ['actions', 'credentials', 'exactlyOnce', 'transport', 'trigger'];

/** The development tools needed for compiling and testing. */
const TOOLS = [
	'@swc/core',
	'@swc/jest',
	'@types/node',
	'ajv',
	'axios',
	'bwip-js',
	'csv-parse',
	'csv-stringify',
	'fast-check',
	'fastify',
	'flatted',
	'jest',
	'luxon',
	'openapi-backend',
	'reflect-metadata',
	'typescript',
];

interface Manifest {
	version: string;
	dependencies?: Record<string, string>;
	devDependencies: Record<string, string>;
}
const readManifest = async (file: string) => JSON.parse(await readFile(file, 'utf8')) as Manifest;

async function install(folder: string, core: string): Promise<Record<string, string>> {
	const { devDependencies } = await readManifest(path.join(root, 'package.json'));
	const tools = Object.fromEntries(TOOLS.map((name) => [name, devDependencies[name]]));
	const manifest = {
		name: 'versions',
		private: true,
		dependencies: { ...tools, 'n8n-core': core },
	};
	const file = path.join(folder, 'package.json');
	const options = [
		'--ignore-scripts',
		'--no-audit',
		'--no-fund',
		'--loglevel=error',
		'--legacy-peer-deps',
	];
	const step = async (args: string[]) =>
		void (await mustRun(npm, [...args, ...options], { cwd: folder }));
	await writeFile(file, JSON.stringify(manifest));
	await step(['install']);
	const modules = path.join(folder, 'node_modules');
	const { version, dependencies } = await readManifest(
		path.join(modules, 'n8n-core', 'package.json'),
	);
	const workflow = dependencies?.['n8n-workflow'] ?? version;
	await step(['install', '--save-exact', `n8n-workflow@${workflow}`]);
	return { 'n8n-core': version, 'n8n-workflow': workflow };
}

const isVersion = (argument: string) => /^(?:\d|latest$)/.test(argument);
const wanted = process.argv.slice(2).filter(isVersion);
const some = process.argv.slice(2).filter((argument) => !isVersion(argument));
const paths = some.length > 0 ? some : TESTS.map((name) => `test/${name}/`);

const leaveOut = (differences: typeof DIFFERENCES) =>
	differences.length === 0
		? []
		: [`--testNamePattern=^(?!.*(?:${differences.map(({ tests }) => tests).join('|')}))`];

function isBefore(version: string, other: string): boolean {
	return version.localeCompare(other, 'en', { numeric: true }) < 0;
}

/** @returns what failed */
async function check(wanted: string): Promise<string[]> {
	const folder = await mkdtemp(path.join(tmpdir(), 'n8n-version-'));
	const failed: string[] = [];
	try {
		console.log(`› n8n-core ${wanted}: installing…`);
		const versions = await install(folder, wanted);
		const label = Object.entries(versions)
			.map(([name, version]) => `${name} ${version}`)
			.join(', ');
		// Over the package.json of the installation: the tests read the list of nodes from it.
		await copySources(folder);
		console.log(`› ${label}: compiling and testing…`);
		const bin = (name: string) => path.join(folder, 'node_modules', '.bin', name);
		const shown = { cwd: folder, env: { FORCE_COLOR: '0' }, show: true };
		const compiled = await runCommand(bin('tsc'), ['--noEmit', '-p', 'tsconfig.json'], shown);
		if (compiled.status !== 0) failed.push(`${label}: compiling`);
		const left = DIFFERENCES.filter(({ before }) => isBefore(versions['n8n-core'], before));
		for (const { tests, because } of left) console.log(`  left out: ${tests} (${because})`);
		const tested = await runCommand(bin('jest'), [...paths, ...leaveOut(left)], shown);
		if (tested.status !== 0) failed.push(`${label}: testing`);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
	return failed;
}

const failed: string[] = [];
for (const version of wanted.length > 0 ? wanted : [OLDEST, 'latest'])
	failed.push(...(await check(version)));
console.log(failed.length === 0 ? '\n✔ All versions passed' : `\n✗ ${failed.join('; ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
