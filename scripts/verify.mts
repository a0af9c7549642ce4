/**
 * The gate before a release: everything n8n checks before it verifies a community node, and problems that users would
 * otherwise find first. Needs no network. `npm run verify`, or `npm run verify -- scan` for the checks whose name
 * contains `scan`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { runCommand } from './command.mts';
import { root } from './project.mts';
import { checkContents } from './verify/contents.mts';
import {
	loadBare,
	loadProblems,
	loadWithN8n,
	packAndInstall,
	readManifest,
	type Installed,
} from './verify/installed.mts';
import { manifestProblems } from './verify/manifest.mts';
import { scan, type Leg, type Rules } from './verify/scan.mts';

const binary = (name: string) => path.join(root, 'node_modules', '.bin', name);

/** How many times the load time is measured; the median is printed. */
const LOADS = 5;

/** The result of a check: a short fact to print, and any problems. */
interface Finding {
	fact: string;
	problems: string[];
}

const manifest = await readManifest(root);
const folder = await mkdtemp(path.join(tmpdir(), 'verify-'));
let installing: Promise<Installed> | undefined;
const installed = () => (installing ??= packAndInstall(folder));

/** A tool's output and status. */
const output = async (name: string, args: string[]) =>
	await runCommand(binary(name), args, { cwd: root });

async function strictLint(): Promise<Finding> {
	const { text, status } = await output('n8n-node', ['lint']);
	const found = /(\d+) problems? \((\d+) errors?, (\d+) warnings?\)/.exec(text);
	const clean = status === 0 && !found;
	return {
		fact: clean ? '0 errors, 0 warnings' : (found?.[0] ?? `status ${status}`),
		problems: clean ? [] : [text.trim()],
	};
}

async function scanner(leg: Leg, rules: Rules): Promise<Finding> {
	const where = leg === 'source' ? root : (await installed()).unpacked;
	const { passed, files, errors, warnings, details, rulesVersion } = await scan(where, leg, rules);
	const clean = passed && errors === 0 && warnings === 0 && files > 0;
	return {
		fact: `${files} files, ${errors} errors, ${warnings} warnings, rules ${rulesVersion}`,
		problems: clean ? [] : [details || 'The scanner found no files'],
	};
}

async function packageJson(): Promise<Finding> {
	return {
		fact: `${manifest.name} ${manifest.version}, no dependencies, peer n8n-workflow`,
		problems: manifestProblems(manifest, root),
	};
}

async function contents(): Promise<Finding> {
	const { tarball, unpacked } = await installed();
	const { bytes, files, problems } = await checkContents(tarball, unpacked, manifest);
	return { fact: `${files.length} files, ${(bytes / 1000).toFixed(1)} kB packed`, problems };
}

async function bareLoad(): Promise<Finding> {
	const { home } = await installed();
	const times: number[] = [];
	let last = await loadBare(home, folder);
	for (let index = 0; index < LOADS; index++) {
		last = await loadBare(home, folder);
		times.push(last.milliseconds);
	}
	const middle = times.sort((a, b) => a - b)[Math.floor(LOADS / 2)];
	return {
		fact: `${last.nodes.length} nodes and ${last.credentials.length} credential with only n8n-workflow, ${middle.toFixed(0)} ms (median of ${LOADS})`,
		problems: last.problems,
	};
}

async function n8nLoad(): Promise<Finding> {
	const { home } = await installed();
	await loadBare(home, folder);
	const report = await loadWithN8n(home, folder);
	const operations = report.nodes.reduce((sum, node) => sum + node.operations.length, 0);
	return {
		fact: `icons, codex, credential and ${operations} operations with output schemas`,
		problems: loadProblems(report, home, manifest),
	};
}

async function arrows(): Promise<Finding> {
	const { text, status } = await output('depcruise', [
		'--config',
		'.dependency-cruiser.cjs',
		'nodes',
		'credentials',
	]);
	const counted = /\((\d+ modules, \d+ dependencies)/.exec(text);
	return { fact: counted?.[1] ?? '', problems: status === 0 ? [] : [text.trim()] };
}

const CHECKS: Array<[name: string, check: () => Promise<Finding>]> = [
	['package.json', packageJson],
	['arrows between folders', arrows],
	['strict lint', strictLint],
	["scan source, scanner's rules", () => scanner('source', 'scanner')],
	['scan source, newest rules', () => scanner('source', 'newest')],
	["scan tarball, scanner's rules", () => scanner('tarball', 'scanner')],
	['scan tarball, newest rules', () => scanner('tarball', 'newest')],
	['package contents', contents],
	['load, only n8n-workflow', bareLoad],
	["load, n8n's own loader", n8nLoad],
];

const wanted = process.argv.slice(2);
const failed: string[] = [];
let done = 0;
try {
	for (const [name, check] of CHECKS) {
		if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
		const started = Date.now();
		const { fact, problems } = await check().catch((error: Error) => ({
			fact: 'did not finish',
			problems: [error.message],
		}));
		const seconds = `${((Date.now() - started) / 1000).toFixed(1)} s`;
		console.log(`${problems.length === 0 ? '✔' : '✗'} ${name.padEnd(30)} ${fact} (${seconds})`);
		for (const problem of problems) console.log(problem.replace(/^/gm, '    '));
		if (problems.length > 0) failed.push(name);
		done++;
	}
} finally {
	await rm(folder, { recursive: true, force: true });
}
console.log(
	failed.length === 0
		? `\n✔ ${done} checks passed: ready to publish`
		: `\n✗ ${failed.length} of ${done} checks failed: ${failed.join('; ')}`,
);
process.exitCode = failed.length === 0 && done > 0 ? 0 : 1;
