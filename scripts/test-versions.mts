/**
 * Compiles the package and runs its engine tests against the oldest n8n it supports and the newest there is, each
 * installed in a temporary folder beside a copy of the sources.
 *
 *   npm run test:versions                           the oldest and the newest
 *   npm run test:versions -- 2.20.0                 another version of n8n-core
 *   npm run test:versions -- 2.20.0 trigger/replay  only some tests in it
 */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');

/**
 * The oldest n8n this package supports; README.md names it. Below, from 2.35.1 down, n8n sends an item that failed out
 * of the success output although it has an error output; below 2.31 it also drops Dintero's own words from errors.
 */
export const OLDEST = '2.36.0';

/** What older versions do otherwise, by the test that shows it; with those versions the test is left out and named. */
const DIFFERENCES = [
	{
		before: '2.40.0',
		tests: 'a wrong secret stops the run|an access token that expires in the middle \\(401\\)',
		because: 'n8n itself signs in once more after each 401',
	},
];

/** Tests that run nodes inside n8n's engine. */
const TESTS = ['actions', 'credentials', 'issuance', 'transport', 'trigger'];
/** Everything but what is installed or built. */
const isSource = (file: string) =>
	!/^(?:node_modules|dist|demo|reports|coverage|\.[^.].*)$/.test(path.relative(root, file));

/** Of the development tools, those that compiling and testing needs. */
const TOOLS = [
	'@swc/core',
	'@swc/jest',
	'@types/node',
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

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** Runs a program and shows its output, each line indented; resolves to its status and that output. */
async function run(program: string, args: string[], cwd: string, show = true) {
	const child = spawn(program, args, {
		cwd,
		env: { ...process.env, FORCE_COLOR: '0' },
		stdio: ['ignore', 'pipe', 'pipe'],
		shell: process.platform === 'win32',
	});
	let text = '';
	for (const stream of [child.stdout, child.stderr])
		stream.on('data', (chunk: Buffer) => {
			text += chunk.toString();
			if (show) process.stdout.write(chunk.toString().replace(/^(?=.)/gm, '    '));
		});
	const status = await new Promise<number>((resolve, reject) =>
		child.on('error', reject).on('close', (code) => resolve(code ?? 1)),
	);
	return { status, text };
}

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
	const step = async (args: string[]) => {
		const { status, text } = await run(npm, [...args, ...options], folder, false);
		if (status !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${text.slice(-3000)}`);
	};
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
		await cp(root, folder, { recursive: true, filter: isSource });
		console.log(`› ${label}: compiling and testing…`);
		const bin = (name: string) => path.join(folder, 'node_modules', '.bin', name);
		const compiled = await run(bin('tsc'), ['--noEmit', '-p', 'tsconfig.json'], folder);
		if (compiled.status !== 0) failed.push(`${label}: compiling`);
		const left = DIFFERENCES.filter(({ before }) => isBefore(versions['n8n-core'], before));
		for (const { tests, because } of left) console.log(`  left out: ${tests} (${because})`);
		const tested = await run(bin('jest'), [...paths, ...leaveOut(left)], folder);
		if (tested.status !== 0) failed.push(`${label}: testing`);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
	return failed;
}

const failed: string[] = [];
for (const version of wanted.length > 0 ? wanted : [OLDEST, 'latest'])
	failed.push(...(await check(version)));
console.log(failed.length === 0 ? '\n✔ All versions hold' : `\n✗ ${failed.join('; ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
