/** Runs other programs for this project's tools. */
import { spawn } from 'node:child_process';
import process from 'node:process';

export interface Ended {
	status: number;
	stdout: string;
	/** Standard output and standard error, interleaved. */
	text: string;
}

interface Options {
	cwd?: string;
	/** Variables to add to the environment; `undefined` removes one. */
	env?: Record<string, string | undefined>;
	/** Also prints the output as it arrives, indented. */
	show?: boolean;
}

/** Runs a program until it ends, whatever its status. */
export async function runCommand(
	program: string,
	args: string[],
	{ cwd, env, show = false }: Options = {},
): Promise<Ended> {
	const child = spawn(program, args, {
		cwd,
		env: { ...process.env, ...env },
		stdio: ['ignore', 'pipe', 'pipe'],
		shell: process.platform === 'win32',
	});
	const ended: Ended = { status: 1, stdout: '', text: '' };
	child.stdout.on('data', (chunk: Buffer) => (ended.stdout += chunk.toString()));
	for (const stream of [child.stdout, child.stderr])
		stream.on('data', (chunk: Buffer) => {
			ended.text += chunk.toString();
			if (show) process.stdout.write(chunk.toString().replace(/^(?=.)/gm, '    '));
		});
	ended.status = await new Promise<number>((resolve, reject) =>
		child.on('error', reject).on('close', (code) => resolve(code ?? 1)),
	);
	return ended;
}

/**
 * Runs a program that must exit with status 0.
 * @returns its standard output
 * @throws {Error} with the end of its output
 */
export async function mustRun(program: string, args: string[], options?: Options): Promise<string> {
	const { status, stdout, text } = await runCommand(program, args, options);
	if (status === 0) return stdout;
	throw new Error(
		`${program} ${args.join(' ')} ended with status ${status}:\n${text.trim().slice(-4000)}`,
	);
}
