/** Runs dependency-cruiser with this project's rules over a copy of the sources. */
import { execFile } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

import { root, withSourcesAnd } from './fixtures.mts';

/** @returns the names of the rules that are broken, each with the file it starts from: `rule file` */
export async function brokenRules(files: Record<string, string>): Promise<string[]> {
	return await withSourcesAnd(files, async (folder) => {
		await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
		const text = await new Promise<string>((resolve, reject) => {
			execFile(
				process.execPath,
				[
					path.join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs'),
					'--config',
					path.join(root, '.dependency-cruiser.cjs'),
					'--output-type',
					'json',
					'nodes',
					'credentials',
				],
				{ cwd: folder, maxBuffer: 64 * 1024 * 1024 },
				(error, stdout, stderr) => (stdout ? resolve(stdout) : reject(error ?? new Error(stderr))),
			);
		});
		const { summary } = JSON.parse(text) as {
			summary: { violations: Array<{ from: string; rule: { name: string } }> };
		};
		return [...new Set(summary.violations.map(({ from, rule }) => `${rule.name} ${from}`))].sort();
	});
}

export function ruleNames(): string[] {
	const rules = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
		forbidden: Array<{ name: string }>;
	};
	return rules.forbidden.map(({ name }) => name);
}
