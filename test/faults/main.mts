/** `npm run check -- faults`: the whole table of faults. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { env, execPath, exit } from 'node:process';

const jest = createRequire(import.meta.url).resolve('jest/bin/jest.js');
const { status } = spawnSync(execPath, [jest, '--maxWorkers=1', 'test/faults'], {
	stdio: 'inherit',
	env: { ...env, FAULTS: 'all' },
});
exit(status ?? 1);
