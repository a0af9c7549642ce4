/**
 * Generates the output schemas that n8n's editor shows before the first run, from the outputs in each operation's own
 * test: `npm run check -- schemas giftCard/get`. Without a name it writes all of them; then review the diff.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from './project.mts';

const tests = process.argv.slice(2).map((name) => `test/actions/${name}`);
const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const { status } = spawnSync(
	process.execPath,
	[jest, ...(tests.length > 0 ? tests : ['test/actions/[^/]+/'])],
	{ cwd: root, stdio: 'inherit', env: { ...process.env, SCHEMAS: 'write' } },
);
process.exit(status ?? 1);
