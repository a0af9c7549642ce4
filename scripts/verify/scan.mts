/**
 * n8n's own verification gate, offline: the code of `@n8n/scan-community-package` on a folder, instead of on what npm
 * and GitHub would hand it. Run as a program it lints and prints a report; `scan` does that in a process of its own.
 *
 * The scanner brings an older set of rules than the linter people use. With `rules` 'newest' the very same scanner
 * runs with this project's set, which is what the next scanner will bring.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire, registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const RULES = '@n8n/eslint-plugin-community-nodes';
const SCANNER = '@n8n/scan-community-package';

export type Rules = 'scanner' | 'newest';

/** The two things the scanner lints: the repository at the attested commit, and what was published. */
export type Leg = 'source' | 'tarball';

export interface ScanReport {
	passed: boolean;
	files: number;
	errors: number;
	/** The scanner lets warnings pass; we do not. */
	warnings: number;
	/** ESLint's listing of all findings. */
	details: string;
	rulesVersion: string;
}

/** Lints a folder as the scanner would, in a process of its own. */
export async function scan(folder: string, leg: Leg, rules: Rules): Promise<ScanReport> {
	// The scanner leaves an empty folder behind among the temporary files.
	const temporary = await mkdtemp(path.join(tmpdir(), 'scan-'));
	try {
		const { stdout } = await promisify(execFile)(
			process.execPath,
			[fileURLToPath(import.meta.url), folder, leg, rules],
			{ env: { ...process.env, TMPDIR: temporary, NODE_OPTIONS: '' }, maxBuffer: 64 * 1024 * 1024 },
		);
		return JSON.parse(stdout.slice(stdout.lastIndexOf('\n{') + 1)) as ScanReport;
	} finally {
		await rm(temporary, { recursive: true, force: true });
	}
}

/** The version of a set of rules as installed here. */
export async function rulesVersion(rules: Rules): Promise<string> {
	const own = createRequire(import.meta.url);
	const from = rules === 'newest' ? own : createRequire(own.resolve(`${SCANNER}/package.json`));
	const entry = from.resolve(RULES);
	const home = entry.slice(0, entry.lastIndexOf(RULES) + RULES.length);
	const { version } = JSON.parse(await readFile(path.join(home, 'package.json'), 'utf8')) as {
		version: string;
	};
	return version;
}

interface Scanner {
	SOURCE_FILE_PATTERNS: string[];
	analyzePackage(
		folder: string,
		patterns: string[],
	): Promise<{ passed: boolean; message?: string; details?: string }>;
}

async function scanHere(folder: string, leg: Leg, rules: Rules): Promise<ScanReport> {
	if (rules === 'newest')
		registerHooks({
			resolve: (specifier, context, next) =>
				next(specifier, specifier === RULES ? { ...context, parentURL: import.meta.url } : context),
		});
	// What ESLint found, warnings included, which the scanner keeps to itself.
	const { ESLint } = await import('eslint');
	let results: Awaited<ReturnType<InstanceType<typeof ESLint>['lintFiles']>> = [];
	const { lintFiles } = ESLint.prototype;
	ESLint.prototype.lintFiles = async function (patterns) {
		results = await lintFiles.call(this, patterns);
		return results;
	};
	const { analyzePackage, SOURCE_FILE_PATTERNS } = (await import(
		`${SCANNER}/scanner/scanner.mjs`
	)) as Scanner;
	const patterns = leg === 'source' ? SOURCE_FILE_PATTERNS : ['**/*.js', 'package.json'];
	const { passed, message, details } = await analyzePackage(folder, patterns);
	const sum = (count: (result: (typeof results)[number]) => number) =>
		results.reduce((total, result) => total + count(result), 0);
	const listing = results.flatMap(({ filePath, messages }) =>
		messages.map(
			({ line, message: text, ruleId }) =>
				`${path.relative(folder, filePath)}:${line} ${text} (${ruleId})`,
		),
	);
	return {
		passed,
		files: results.length,
		errors: sum(({ errorCount }) => errorCount),
		warnings: sum(({ warningCount }) => warningCount),
		details: listing.join('\n') || details || message || '',
		rulesVersion: await rulesVersion(rules),
	};
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const [folder, leg, rules] = process.argv.slice(2) as [string, Leg, Rules];
	console.log(`\n${JSON.stringify(await scanHere(folder, leg, rules))}`);
}
