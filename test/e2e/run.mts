/** Runs the end-to-end suites one after another with Node's own test runner, which prints the counts. */
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { readdirSync } from 'node:fs';
import path from 'node:path';

const wanted = process.argv.slice(2);
const files = readdirSync(import.meta.dirname)
	.filter((name) => name.endsWith('.e2e.mts'))
	.filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
	.map((name) => path.join(import.meta.dirname, name));

run({ files, concurrency: false })
	.on('test:fail', () => (process.exitCode = 1))
	.compose(spec)
	.pipe(process.stdout);
