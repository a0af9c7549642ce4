/**
 * `npm run check -- publish`: runs the steps of .github/workflows/publish.yml in a copy of the sources, up to the
 * publishing itself. The version check is taken from the workflow unchanged; `npm run release` is what n8n's tool
 * does in GitHub Actions (lint, build, `npm publish`), with `--dry-run` and a registry that does not exist, so
 * nothing can be published.
 *
 * Not run: the provenance statement, which only GitHub Actions can sign, and n8n's scan of the published version;
 * `npm run verify` runs the same scanner on the packed files.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { parse } from 'yaml';

import { step } from '../demo/say.mts';
import { mustRun, runCommand } from './command.mts';
import { copySources, npm, root } from './project.mts';

interface Workflow {
	jobs: Record<string, { steps?: Array<{ name?: string; run?: string }> }>;
}

const folder = await mkdtemp(path.join(tmpdir(), 'publish-'));

/** The commands of the workflow's step that compares the tag, package.json and the changelog. */
async function versionCheck(): Promise<string> {
	const file = path.join(root, '.github', 'workflows', 'publish.yml');
	const { jobs } = parse(await readFile(file, 'utf8')) as Workflow;
	const found = jobs.publish.steps?.find(({ name }) => name?.includes('name the same version'));
	assert.ok(found?.run, 'The publish workflow has no step that compares the versions');
	return found.run;
}

const inCopy = (env: Record<string, string> = {}) => ({ cwd: folder, env });

/** Renames the changelog's unreleased section to this version, as step 1 of a release does. */
async function nameTheVersion(version: string): Promise<void> {
	const file = path.join(folder, 'CHANGELOG.md');
	const text = await readFile(file, 'utf8');
	if (text.includes(`## [${version}]`)) return;
	assert.ok(
		text.includes('## [Unreleased]'),
		'CHANGELOG.md names neither the version nor Unreleased',
	);
	const heading = `## [Unreleased]\n\n## [${version}] - ${new Date().toISOString().slice(0, 10)}`;
	await writeFile(file, text.replace('## [Unreleased]', heading));
}

interface Packed {
	id: string;
	entryCount: number;
	size: number;
}

try {
	await copySources(folder);
	await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
	const { version } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as {
		version: string;
	};
	await step('The tag, package.json and the changelog name the same version', async (note) => {
		await nameTheVersion(version);
		const shell = ['-e', '-c', await versionCheck()];
		await mustRun('bash', shell, inCopy({ TAG: `v${version}` }));
		const wrong = await runCommand('bash', shell, inCopy({ TAG: 'v99.0.0' }));
		assert.notEqual(wrong.status, 0, 'A wrong tag was accepted');
		note(`v${version} passes, v99.0.0 does not`);
	});
	await step('npm publish without RELEASE_MODE is stopped', async () => {
		const { status } = await runCommand(npm, ['publish', '--dry-run'], inCopy());
		assert.notEqual(status, 0, 'A manual publish was not stopped');
	});
	for (const script of ['lint', 'build'])
		await step(
			`npm run ${script}`,
			async () => void (await mustRun(npm, ['run', script], inCopy())),
		);
	await step('npm publish --dry-run', async (note) => {
		const nowhere = ['--registry=http://127.0.0.1:1/', '--fetch-retries=0'];
		const args = ['publish', '--dry-run', '--json', ...nowhere];
		const text = await mustRun(npm, args, inCopy({ RELEASE_MODE: 'true' }));
		const [{ id, entryCount, size }] = Object.values(
			JSON.parse(text.slice(text.indexOf('{'))) as Record<string, Packed>,
		);
		note(`${id}, ${entryCount} files, ${(size / 1000).toFixed(1)} kB`);
	});
	console.log(
		'\n✔ The steps passed. Not run here: provenance and the scan of the published version',
	);
} catch (error) {
	console.error(`\n✗ ${error instanceof Error ? error.message : String(error)}`);
	process.exitCode = 1;
} finally {
	await rm(folder, { recursive: true, force: true });
}
