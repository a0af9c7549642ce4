/**
 * Runs the end-to-end suites one after another with Node's own test runner, which prints the counts.
 * `--update-docs` also updates the pictures in the documentation.
 */
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/project.mts';

/** Pictures of the documentation, by the name they have there. */
const documentation = {
	'find-create-gift-card.png': '02-actions.png',
	'create-gift-card.png': '08-card-issued.png',
	'create-gift-card-dark.png': '08-card-issued-dark.png',
	'credential.png': '06-credential-works.png',
	'trigger.png': '11-trigger.png',
};

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const files = readdirSync(import.meta.dirname)
	.filter((name) => name.endsWith('.e2e.mts'))
	.filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
	.map((name) => path.join(import.meta.dirname, name));

const tests = run({ files, concurrency: false }).on('test:fail', () => (process.exitCode = 1));
tests.compose(spec).pipe(process.stdout);

process.on('exit', () => {
	if (process.exitCode || !process.argv.includes('--update-docs')) return;
	const folder = path.join(root, 'docs', 'screenshots');
	mkdirSync(folder, { recursive: true });
	for (const [name, picture] of Object.entries(documentation))
		cpSync(path.join(import.meta.dirname, 'screenshots', picture), path.join(folder, name));
});
