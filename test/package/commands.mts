/** The commands of this project, and where its files name them. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import path from 'node:path';

import { readText, root } from './fixtures.mts';

interface Check {
	proves: string;
	takes: string;
	command: string[];
	writes?: boolean;
}

/** The checks of `npm run check`, by name. */
export const checks = JSON.parse(
	execFileSync(process.execPath, ['scripts/check.mjs', 'list', '--json'], {
		cwd: root,
		encoding: 'utf8',
	}),
) as Record<string, Check>;

/** The scripts of package.json, by name. */
export const { scripts } = JSON.parse(readText('package.json')) as {
	scripts: Record<string, string>;
};

const exclude = (name: string) =>
	/(?:^|\/)(?:node_modules|reports|coverage|dist|\.git)$/.test(name);
const files = ['.ci/run', '.github/workflows/ci.yml', '.github/workflows/publish.yml'].concat(
	globSync('**/*.{md,ts,mts,mjs,cjs,js,yml}', { cwd: root, exclude }),
);

/** Every command `npm run …` that a file names, with the file. */
export const namedCommands = files.flatMap((file) =>
	[...readText(file).matchAll(/npm run (?:-s )?([a-z][\w:-]*)(?: -- ([a-z][\w-]*))?/g)].map(
		([, script, argument]) => ({ file, script, argument }),
	),
);

/** The files of a check's command that are not there. */
export const missingFiles = ({ command }: Check): string[] =>
	command
		.filter((argument) => argument.endsWith('.mts'))
		.filter((file) => !existsSync(path.join(root, file)));
