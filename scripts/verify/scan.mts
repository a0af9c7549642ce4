/**
 * n8n's own verification gate, offline: the code of `@n8n/scan-community-package` on a folder, instead of on what npm
 * and GitHub would hand it.
 *
 * The scanner brings an older set of rules than the linter people use. With `rules` 'newest' the very same scanner
 * runs with this project's set, which is what the next scanner will bring.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const RULES = '@n8n/eslint-plugin-community-nodes';
export const SCANNER = '@n8n/scan-community-package';

const program = fileURLToPath(new URL('scan-here.mts', import.meta.url));

/** Under NODE_ENV=test, which jest sets, eslint-plugin-n8n-nodes-base takes every file for its own fixture. */
const neutral = { NODE_ENV: '', NODE_OPTIONS: '' };

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
		const { stdout } = await promisify(execFile)(process.execPath, [program, folder, leg, rules], {
			env: { ...process.env, ...neutral, TMPDIR: temporary },
			maxBuffer: 64 * 1024 * 1024,
		});
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
