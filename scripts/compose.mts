/**
 * `npm run check -- compose`: parses the files in docs/docker with Docker Compose. Starts nothing and needs no
 * running engine. If Compose is not installed, it reports that the check was not run.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';

import { root } from './project.mts';

const folder = path.join(root, 'docs', 'docker');
const programs = [['docker', 'compose'], ['docker-compose']];
// Neither has a default, so that n8n never starts with a key from a public file.
const env = { ...process.env, N8N_ENCRYPTION_KEY: 'check', POSTGRES_PASSWORD: 'check' };

const run = ([program, ...first]: string[], args: string[]) =>
	spawnSync(program, [...first, ...args], { cwd: folder, env, encoding: 'utf8' });

const compose = programs.find((program) => run(program, ['version']).status === 0);
if (compose) {
	console.log(run(compose, ['version']).stdout.split('\n')[0]);
	for (const file of readdirSync(folder).filter((name) => /\.ya?ml$/.test(name))) {
		const { status, stderr } = run(compose, ['-f', file, 'config']);
		console.log(status === 0 ? `✔ ${file}` : `✗ ${file}\n${stderr}`);
		if (status !== 0) process.exitCode = 1;
	}
} else
	console.log(
		'Not run: Docker Compose is not installed here. The files were only parsed, by npm test.',
	);
