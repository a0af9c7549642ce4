/**
 * n8n's own verification, offline: runs `@n8n/scan-community-package` on a folder instead of what it would download
 * from npm and GitHub.
 *
 * The scanner comes with older rules than the linter. With `rules` set to 'newest', the same scanner runs with this
 * project's rules, which the next scanner will use.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { mustRun } from '../command.mts';

export const RULES = '@n8n/eslint-plugin-community-nodes';
export const SCANNER = '@n8n/scan-community-package';

const program = fileURLToPath(new URL('scan-here.mts', import.meta.url));

/** With NODE_ENV=test, which jest sets, eslint-plugin-n8n-nodes-base treats every file as its own fixture. */
const neutral = { NODE_ENV: '', NODE_OPTIONS: '' };

export type Rules = 'scanner' | 'newest';

/** The two things the scanner lints: the repository at the attested commit, and the published package. */
export type Leg = 'source' | 'tarball';

export interface ScanReport {
	passed: boolean;
	files: number;
	errors: number;
	/** The scanner allows warnings; we don't. */
	warnings: number;
	/** ESLint's list of all findings. */
	details: string;
	rulesVersion: string;
}

/** Lints a folder as the scanner does, in its own process. */
export async function scan(folder: string, leg: Leg, rules: Rules): Promise<ScanReport> {
	// The scanner leaves an empty folder in the temporary directory.
	const temporary = await mkdtemp(path.join(tmpdir(), 'scan-'));
	try {
		const stdout = await mustRun(process.execPath, [program, folder, leg, rules], {
			env: { ...neutral, TMPDIR: temporary },
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
